package app

import (
	"context"
	"errors"
	"time"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// authSource gives the token server applications and tokens of the store.
type authSource struct{ *Service }

// AuthSource is what the token server (auth.Server) reads from and keeps tokens in.
func (s *Service) AuthSource() auth.Source { return authSource{s} }

func (s authSource) Client(ctx context.Context, clientID string) (c auth.Client, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := tx.Applications.ByClientID(ctx, clientID)
		c = clientOf(row)
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
		c, expires = clientOf(row), token.Expires.Std()
		return err
	})
	return c, expires, unknown(err)
}

// sweepEvery is how often expired tokens are deleted, at the next token issued.
const sweepEvery = 10 * time.Minute

func (s authSource) SaveToken(ctx context.Context, hash [32]byte, application int64, expires time.Time) error {
	sweep := s.sweepDue()
	return s.store.Update(ctx, func(tx store.Tx) error {
		if sweep {
			if err := tx.Tokens.DeleteExpired(ctx, s.now()); err != nil {
				return err
			}
		}
		return tx.Tokens.Create(ctx, store.Token{Hash: hash, ApplicationID: application, Expires: acd.TimeOf(expires)})
	})
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

func clientOf(a store.Application) auth.Client {
	return auth.Client{
		Grant:      auth.Grant{Application: a.ID, Org: a.OrgID, User: a.UserID, Reach: string(a.Reach)},
		SecretHash: a.SecretHash,
		Suspended:  a.Suspended,
	}
}

func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return auth.ErrUnknown
	}
	return err
}
