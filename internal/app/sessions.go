package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// How long a browser stays signed in, unless Deps says otherwise: unused, and at all.
const (
	SessionIdle   = 12 * time.Hour
	SessionLength = 7 * 24 * time.Hour
)

const (
	sessionTouch = time.Minute // how exactly the last use is kept, or to a tenth of SessionIdle
	maxSessions  = 20          // of a user; one more ends the oldest
	maxLogin     = 128         // bytes
	maxPassword  = 1024        // bytes that are hashed at most
	minPassword  = 10          // characters of a new password
)

// Browser is where a sign-in comes from.
type Browser struct {
	Address   string // host, or host:port
	UserAgent string
}

// Session is a browser somebody is signed in with.
type Session struct {
	User    User
	Actor   Actor  // of its use cases
	CSRF    string // what each form and script sends with a change: auth.MatchesCSRF
	Created time.Time
	Expires time.Time // unless it is used again
}

// SignIn proves a login and its password and opens a session; cookie is what
// the browser keeps, auth.SetCookie gives it. Every refusal of the two reads the
// same and takes the same time, whether there is such a login or not
// (Unauthorized); guessing is slowed down (TooMany, Retry tells for how long).
func (s *Service) SignIn(ctx context.Context, login, password string, from Browser) (cookie string, in Session, err error) {
	login = canonicalLogin(login)
	user, err := s.prove(ctx, login, password, from.Address)
	if err != nil {
		return "", in, err
	}
	cookie, ctx = auth.NewSecret(), WithAddress(ctx, from.Address)
	now := s.now()
	row := store.Session{Hash: auth.HashToken(cookie), UserID: user.ID, Created: now, Seen: now, Expires: s.sessionEnd(now, now),
		Address: addressOf(ctx), UserAgent: clipped(from.UserAgent, 255)}
	in = s.sessionOf(user, row, cookie)
	err = s.store.Update(ctx, func(tx store.Tx) error {
		again, err := tx.Users.Get(ctx, user.OrgID, user.ID)
		if err != nil || again.Password != user.Password {
			return errors.Join(errSignIn(), err) // changed while it was being proven
		}
		if err := tx.Sessions.DeleteExpired(ctx, now); err != nil {
			return err
		}
		if err := endOldest(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := tx.Sessions.Create(ctx, row); err != nil {
			return err
		}
		return putAudit(ctx, tx, in.Actor, s.entry(ctx, in.Actor, "session.sign_in", "user "+user.Login, row.UserAgent))
	})
	if err != nil {
		return "", Session{}, err
	}
	return cookie, in, nil
}

// prove finds the user a login and a password belong to.
func (s *Service) prove(ctx context.Context, login, password, address string) (u store.User, err error) {
	if len(login) > maxLogin || len(password) > maxPassword {
		login, password = "", ""
	}
	if wait := s.throttle.Try(login, address); wait > 0 {
		return u, tooManyAttempts(wait)
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		u, err = tx.Users.ByLogin(ctx, login)
		if errors.Is(err, store.ErrNotFound) {
			return nil // u is empty: its password matches nothing, and that takes as long
		}
		return err
	})
	if err != nil {
		return u, err
	}
	ok, err := s.passwords.Matches(ctx, u.Password, password)
	if err != nil {
		return u, fmt.Errorf("app: password of user %d: %w", u.ID, err)
	}
	if !ok {
		if u.ID != 0 {
			s.noteLater(WithAddress(ctx, address), actorOfUser(u), "session.refused", "user "+u.Login, "wrong password")
		}
		return u, errSignIn()
	}
	s.throttle.Passed(login, address)
	return u, nil
}

func errSignIn() *Error {
	return refuse(Unauthorized, "login or password is wrong; check both, or ask whoever manages your users for a new password")
}

func tooManyAttempts(wait time.Duration) *Error {
	wait = (wait + time.Second - 1).Truncate(time.Second)
	e := refuse(TooMany, "too many attempts; try again in %s", wait)
	e.Retry = wait
	return e
}

// endOldest makes room for one more session of a user.
func endOldest(ctx context.Context, tx store.Tx, user int64) error {
	have, err := tx.Sessions.OfUser(ctx, user)
	for i := 0; err == nil && i <= len(have)-maxSessions; i++ {
		err = tx.Sessions.Delete(ctx, have[i].Hash)
	}
	return err
}

// Session gives the session of a cookie: Unauthorized when there is none, or
// none any more. The user's role is read anew each time.
func (s *Service) Session(ctx context.Context, cookie string) (in Session, err error) {
	row, user, err := s.session(ctx, cookie)
	if err != nil {
		return in, err
	}
	if now := s.now(); now.Sub(row.Seen) >= min(sessionTouch, s.sessionIdle/10) {
		row.Seen, row.Expires = now, s.sessionEnd(row.Created, now)
		err := s.store.Update(ctx, func(tx store.Tx) error { return tx.Sessions.Touch(ctx, row.Hash, row.Seen, row.Expires) })
		switch {
		case errors.Is(err, store.ErrNotFound):
			return in, errNoSession()
		case err != nil:
			s.log.Warn("the last use of a session could not be stored; it may end sooner", "user", user.ID, "err", err)
		}
	}
	return s.sessionOf(user, row, cookie), nil
}

// sessionEnd is when a session ends that was begun and last used at these moments.
func (s *Service) sessionEnd(begun, used acd.Time) acd.Time {
	return min(used.Add(s.sessionIdle), begun.Add(s.sessionLength))
}

// SessionLength is how long a browser stays signed in at most.
func (s *Service) SessionLength() time.Duration { return s.sessionLength }

func (s *Service) session(ctx context.Context, cookie string) (row store.Session, u store.User, err error) {
	if cookie == "" || len(cookie) > maxLogin {
		return row, u, errNoSession()
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		if row, err = tx.Sessions.Get(ctx, auth.HashToken(cookie)); err != nil {
			return err
		}
		u, err = tx.Users.ByID(ctx, row.UserID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && row.Expires <= s.now() {
		return row, u, errNoSession()
	}
	return row, u, err
}

func errNoSession() *Error {
	return refuse(Unauthorized, "you are not signed in, or not any more; sign in again")
}

// SignOut ends the session of a cookie; ending none is fine.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	row, user, err := s.session(ctx, cookie)
	var refused *Error
	if errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		return err
	}
	a := actorOfUser(user)
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.Sessions.Delete(ctx, row.Hash); err != nil {
			return err
		}
		return putAudit(ctx, tx, a, s.entry(ctx, a, "session.sign_out", "user "+user.Login, ""))
	})
}

// ChangePassword gives the user of a session another password, proven by the
// one before. Every other session of the user ends.
func (s *Service) ChangePassword(ctx context.Context, cookie, old, now string) error {
	row, user, err := s.session(ctx, cookie)
	if err != nil {
		return err
	}
	if err := checkUserPassword("password", now, user.Login); err != nil {
		return err
	}
	if _, err := s.prove(ctx, user.Login, old, row.Address); err != nil {
		var refused *Error
		if errors.As(err, &refused) && refused.Code == Unauthorized {
			return Invalidf("old_password", "old_password is not your password; type the one you signed in with")
		}
		return err
	}
	hash, err := s.passwords.Hash(ctx, now)
	if err != nil {
		return err
	}
	a := actorOfUser(user)
	return s.store.Update(ctx, func(tx store.Tx) error {
		again, err := tx.Users.Get(ctx, user.OrgID, user.ID)
		if err != nil || again.Password != user.Password {
			return errors.Join(errNoSession(), err)
		}
		again.Password = hash
		if err := tx.Users.Put(ctx, again); err != nil {
			return err
		}
		if err := tx.Sessions.DeleteUser(ctx, user.ID, row.Hash); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "session.password", "user "+user.Login, "password changed; other sessions ended")
	})
}

// canonicalLogin is a login as it is kept.
func canonicalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// checkUserPassword asks for length, which guards better than rules about characters do.
func checkUserPassword(field, p, login string) error {
	switch n := utf8.RuneCountInString(p); {
	case n < minPassword || len(p) > maxPassword/4:
		return Invalidf(field, "%s is %d characters long; allowed are %d to %d", field, n, minPassword, maxPassword/4)
	case strings.EqualFold(strings.TrimSpace(p), login):
		return Invalidf(field, "%s is the login itself; choose another", field)
	}
	return first(checkText(field, p, maxPassword))
}

func (s *Service) sessionOf(u store.User, row store.Session, cookie string) Session {
	return Session{User: s.shownUser(u), Actor: actorOfUser(u), CSRF: auth.CSRFToken(cookie), Created: row.Created.Std(), Expires: row.Expires.Std()}
}

// actorOfUser gives the actor of somebody who signed in.
func actorOfUser(u store.User) Actor {
	return Actor{Org: u.OrgID, User: u.ID, Reach: reachOf(u.Role), Role: u.Role, Source: acd.SourceAPI}
}

// reachOf is how far a role sees; what is no role sees least.
func reachOf(role string) store.Reach {
	switch role {
	case store.RoleAdministrator:
		return store.ReachAll
	case store.RoleSupervisor:
		return store.ReachOrganisation
	}
	return store.ReachUser
}

// narrower gives the one of two reaches that sees less.
func narrower(a, b store.Reach) store.Reach {
	rank := map[store.Reach]int{store.ReachOrganisation: 1, store.ReachAll: 2}
	if rank[a] < rank[b] {
		return a
	}
	return b
}

// clipped cuts a text to so many bytes and to what can be printed.
func clipped(s string, most int) string {
	s = strings.ToValidUTF8(s[:min(len(s), most)], "")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
