package app

import (
	"context"
	"errors"
	"time"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// OrganisationLogins checks the logins of organisations themselves, which send
// their password with every request (contracts/voiptech.md, Password).
type OrganisationLogins struct {
	s        *Service
	verified *auth.Verified
}

// verifiedFor is how long a password that was proven is taken without hashing it again.
const verifiedFor = 5 * time.Minute

// OrganisationLogins gives the check of organisations' logins.
func (s *Service) OrganisationLogins() *OrganisationLogins {
	return &OrganisationLogins{s: s, verified: auth.NewVerified(verifiedFor, s.clock)}
}

// Check gives the actor of the organisation with a login, AccessDenied if
// there is none or password is neither its password nor the MD5 of it. Before
// a slow hash slow is asked: its error, if any, ends the check. An unknown
// login costs what a wrong password costs, and is refused in the same words.
func (l *OrganisationLogins) Check(ctx context.Context, login, password string, slow func() error) (Actor, error) {
	var o store.Organisation
	err := l.s.store.View(ctx, func(tx store.Tx) (err error) {
		o, err = tx.Organisations.ByLogin(ctx, login)
		return err
	})
	if login == "" || errors.Is(err, store.ErrNotFound) {
		o, err = store.Organisation{}, nil
	}
	if err != nil {
		return Actor{}, err
	}
	if o.Password == "" || !l.verified.Has(o.Password, password) {
		if err := slow(); err != nil {
			return Actor{}, err
		}
		ok, err := l.s.passwords.MatchesOrganisation(ctx, o.Password, password)
		if err != nil {
			return Actor{}, err
		}
		if !ok {
			return Actor{}, refuse(AccessDenied, "username or password is wrong; use the organisation's own login, not a user's")
		}
		l.verified.Add(o.Password, password)
	}
	return Actor{Org: o.ID, Reach: store.ReachOrganisation, Source: acd.SourceAPI}, nil
}
