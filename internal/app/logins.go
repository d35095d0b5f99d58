package app

import (
	"context"
	"errors"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// Login is a user of any organisation, as whoever runs the server lists them.
type Login struct {
	store.User          // without its password
	Organisation string // its name
}

// ListLogins lists the users of all organisations, for whoever has the server's files.
func (s *Service) ListLogins(ctx context.Context) (list []Login, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		for _, o := range orgs {
			if err != nil {
				return err
			}
			var users []store.User
			users, err = tx.Users.List(ctx, o.ID)
			for _, u := range users {
				u.Password = ""
				list = append(list, Login{u, o.Name})
			}
		}
		return err
	})
	return list, err
}

// ResetPassword gives a user another password, for whoever has the server's
// files; "" makes one up. It gives the new one. The user's sessions end at once;
// tokens that act for the user end, too, with a running server within a minute.
func (s *Service) ResetPassword(ctx context.Context, login, password string) (string, error) {
	login = canonicalLogin(login)
	if password == "" {
		password = auth.NewPassword()
	}
	hash, err := s.newPassword(ctx, password, login)
	if err != nil {
		return "", err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		u, err := tx.Users.ByLogin(ctx, login)
		if errors.Is(err, store.ErrNotFound) {
			return refuse(NotFound, "there is no user with the login %q", login)
		}
		if err != nil {
			return err
		}
		u.Password = hash
		if err := tx.Users.Put(ctx, u); err != nil {
			return err
		}
		if err := endUser(ctx, tx, u.ID); err != nil {
			return err
		}
		a := Actor{Org: u.OrgID, Reach: store.ReachAll, Source: acd.SourceSystem}
		return s.noted(ctx, tx, a, "user.password", "user "+u.Login, "set with the program beside the server; signed out everywhere")
	})
	return password, err
}
