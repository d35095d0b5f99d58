package app

import (
	"context"
	"errors"
	"time"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// authSource gives the token server applications, codes and tokens of the store.
type authSource struct{ *Service }

// AuthSource is what the token server (auth.Server) reads from and keeps codes and tokens in.
func (s *Service) AuthSource() auth.Source { return authSource{s} }

func (s authSource) Client(ctx context.Context, clientID string) (c auth.Client, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := tx.Applications.ByClientID(ctx, clientID)
		if err != nil {
			return err
		}
		c, err = clientOf(ctx, tx, row)
		return err
	})
	return c, unknown(err)
}

func (s authSource) Token(ctx context.Context, hash [32]byte) (c auth.Client, expires time.Time, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		token, err := tx.Tokens.Get(ctx, hash)
		if err != nil {
			return err
		}
		row, err := tx.Applications.Get(ctx, token.ApplicationID)
		if err != nil {
			return err
		}
		expires = token.Expires.Std()
		if c, err = clientOf(ctx, tx, row); err != nil {
			return err
		}
		c.Grant, err = grantFor(ctx, tx, row, token.UserID)
		return err
	})
	return c, expires, unknown(err)
}

// grantFor gives what a token stands for: one that acts for a user sees as far as both the user and the application do.
func grantFor(ctx context.Context, tx store.Tx, a store.Application, user int64) (auth.Grant, error) {
	g := auth.Grant{Application: a.ID, Org: a.OrgID, User: a.UserID, Reach: string(a.Reach)}
	if user == 0 {
		return g, nil
	}
	u, err := tx.Users.Get(ctx, a.OrgID, user)
	g.User, g.Role, g.Reach = user, u.Role, string(narrower(a.Reach, reachOf(u.Role)))
	return g, err
}

// sweepEvery is how often what has expired is deleted, at the next token issued.
const sweepEvery = 10 * time.Minute

func (s authSource) SaveToken(ctx context.Context, t auth.NewToken) error {
	sweep := s.sweepDue()
	return unknown(s.store.Update(ctx, func(tx store.Tx) error {
		if sweep {
			if err := s.sweep(ctx, tx); err != nil {
				return err
			}
		}
		if _, err := provenApplication(ctx, tx, t); err != nil {
			return err
		}
		return tx.Tokens.Create(ctx, store.Token{Hash: t.Hash, ApplicationID: t.Application, Expires: acd.TimeOf(t.Expires)})
	}))
}

// provenApplication finds a token's application as long as it is the one that was proven.
func provenApplication(ctx context.Context, tx store.Tx, t auth.NewToken) (store.Application, error) {
	row, err := tx.Applications.Get(ctx, t.Application)
	if err == nil && (row.Suspended || row.SecretHash != t.SecretHash) {
		err = store.ErrNotFound
	}
	return row, err
}

func (s authSource) SaveCode(ctx context.Context, hash [32]byte, c auth.Code) error {
	return unknown(s.store.Update(ctx, func(tx store.Tx) error {
		row, err := tx.Applications.Get(ctx, c.Application)
		if err == nil && row.Suspended {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		err = tx.Codes.Create(ctx, store.Code{Hash: hash, ApplicationID: c.Application, UserID: c.User,
			RedirectURI: c.RedirectURI, Challenge: c.Challenge, Expires: acd.TimeOf(c.Expires)})
		if err != nil {
			return err
		}
		u, err := tx.Users.Get(ctx, row.OrgID, c.User)
		if err != nil {
			return err
		}
		a := actorOfUser(u)
		return putAudit(ctx, tx, a, s.entry(ctx, a, "application.consent", "application "+row.Name, "may act for user "+u.Login))
	}))
}

// Redeem commits also when the code was used before: what it revokes then must stay revoked.
func (s authSource) Redeem(ctx context.Context, code [32]byte, t auth.NewToken, check func(auth.Code) error) (g auth.Grant, err error) {
	reused := int64(0)
	err = s.store.Update(ctx, func(tx store.Tx) error {
		k, err := tx.Codes.Get(ctx, code)
		if err != nil {
			return err
		}
		if k.Used != 0 {
			reused = k.ApplicationID
			return tx.Tokens.DeleteCode(ctx, code) // RFC 6749 §4.1.2
		}
		row, err := provenApplication(ctx, tx, t)
		if err != nil {
			return err
		}
		if err := check(auth.Code{Application: k.ApplicationID, User: k.UserID, RedirectURI: k.RedirectURI, Challenge: k.Challenge, Expires: k.Expires.Std()}); err != nil {
			return err
		}
		if g, err = grantFor(ctx, tx, row, k.UserID); err != nil {
			return err
		}
		if err := tx.Codes.Use(ctx, code, s.now()); err != nil {
			return err
		}
		return tx.Tokens.Create(ctx, store.Token{Hash: t.Hash, ApplicationID: t.Application, UserID: k.UserID, Code: code, Expires: acd.TimeOf(t.Expires)})
	})
	if err == nil && reused != 0 {
		s.log.Warn("an authorization code was used twice; the tokens made from it are revoked", "application", reused)
		s.forget(reused, 0)
		err = store.ErrNotFound
	}
	return g, unknown(err)
}

func (s authSource) DropToken(ctx context.Context, hash [32]byte, application int64) error {
	return s.store.Update(ctx, func(tx store.Tx) error {
		t, err := tx.Tokens.Get(ctx, hash)
		if errors.Is(err, store.ErrNotFound) || err == nil && t.ApplicationID != application {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Tokens.Delete(ctx, hash)
	})
}

func (s authSource) OnRevoke(forget func(application, user int64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, forget)
}

// forget tells token servers that all tokens of an application or a user have died.
func (s *Service) forget(application, user int64) {
	s.mu.Lock()
	tell := s.revoked
	s.mu.Unlock()
	for _, f := range tell {
		f(application, user)
	}
}

func (s *Service) sweepDue() bool {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) < sweepEvery {
		return false
	}
	s.swept = now
	return true
}

// sweep deletes what has expired. A code is kept as long as tokens made from
// it may live, so that its second use is noticed.
func (s *Service) sweep(ctx context.Context, tx store.Tx) error {
	now := s.now()
	if err := tx.Tokens.DeleteExpired(ctx, now); err != nil {
		return err
	}
	if err := tx.Codes.DeleteExpired(ctx, now.Add(-2*time.Hour)); err != nil {
		return err
	}
	if err := tx.Sessions.DeleteExpired(ctx, now); err != nil {
		return err
	}
	_, err := tx.AuditLog.DeleteBefore(ctx, now.Add(-auditKeep), auditSweep)
	return err
}

func clientOf(ctx context.Context, tx store.Tx, a store.Application) (auth.Client, error) {
	o, err := tx.Organisations.Get(ctx, a.OrgID)
	return auth.Client{
		Grant:        auth.Grant{Application: a.ID, Org: a.OrgID, User: a.UserID, Reach: string(a.Reach)},
		Name:         a.Name,
		Organisation: o.Name,
		SecretHash:   a.SecretHash,
		Suspended:    a.Suspended,
		RedirectURIs: a.RedirectURIs,
	}, err
}

func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return auth.ErrUnknown
	}
	return err
}
