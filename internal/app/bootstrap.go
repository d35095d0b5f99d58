package app

import (
	"context"
	"fmt"

	"holdline/internal/auth"
	"holdline/internal/store"
)

// FirstName is what the first administrator is called until somebody gives a name.
const FirstName = "Administrator"

// Credentials are what the first start prints; the secrets are kept nowhere
// but as hashes. What was not created is empty.
type Credentials struct {
	Organisation int64 // id

	AdminLogin    string // of the administrator, for the console
	AdminPassword string

	AdminClientID     string // application that sees every organisation
	AdminClientSecret string

	OrganisationLogin    string // of the organisation (voiptech dialect)
	OrganisationPassword string

	ClientID     string // application of the organisation
	ClientSecret string
}

// FirstOrganisation names what Bootstrap creates; empty fields get the defaults.
type FirstOrganisation struct {
	Name     string // "Main"
	Prefix   string // "0001"
	Domain   string // "holdline.local"
	TimeZone string // "" = UTC
}

func (f *FirstOrganisation) fill() {
	for field, value := range map[*string]string{&f.Name: "Main", &f.Prefix: "0001", &f.Domain: "holdline.local"} {
		if *field == "" {
			*field = value
		}
	}
}

// Bootstrap creates, in a store without organisations, an administrator, one
// organisation and an application of each, and gives their secrets, once. In
// a store without users, as before there were any, it creates the administrator
// in the first organisation: somebody has to be able to sign in. In any other
// store it does nothing and gives nil. Run it before the engines are opened.
func (s *Service) Bootstrap(ctx context.Context, f FirstOrganisation) (*Credentials, error) {
	f.fill()
	c := Credentials{
		AdminLogin: "admin", AdminPassword: auth.NewPassword(),
		AdminClientID: "admin-" + auth.NewPassword(), AdminClientSecret: auth.NewSecret(),
		OrganisationLogin: "office@" + f.Domain, OrganisationPassword: auth.NewPassword(),
		ClientID: "app-" + auth.NewPassword(), ClientSecret: auth.NewSecret(),
	}
	admin, office, err := s.hashes(ctx, c.AdminPassword, c.OrganisationPassword)
	if err != nil {
		return nil, err
	}
	seeded := false
	err = s.store.Update(ctx, func(tx store.Tx) error {
		have, err := tx.Organisations.List(ctx)
		if err != nil {
			return err
		}
		b := seed{ctx: ctx, tx: tx, now: s.now()}
		if len(have) > 0 {
			seeded, err = b.onlyUser(have, admin, c.AdminLogin)
			c = Credentials{Organisation: have[0].ID, AdminLogin: c.AdminLogin, AdminPassword: c.AdminPassword}
			return err
		}
		org := b.organisation(store.Organisation{Name: f.Name, Prefix: f.Prefix, Domain: f.Domain, TimeZone: f.TimeZone,
			Login: c.OrganisationLogin, Password: office})
		user := b.administrator(c.AdminLogin, admin)
		b.application(store.Application{UserID: user, Name: "Administrator", ClientID: c.AdminClientID,
			SecretHash: auth.HashSecret(c.AdminClientSecret), Reach: store.ReachAll})
		b.application(store.Application{Name: f.Name, ClientID: c.ClientID,
			SecretHash: auth.HashSecret(c.ClientSecret), Reach: store.ReachOrganisation})
		c.Organisation, seeded = org, b.err == nil
		return b.err
	})
	if err != nil {
		return nil, fmt.Errorf("app: creating the first organisation: %w", err)
	}
	if !seeded {
		return nil, nil
	}
	return &c, s.directory.Load(ctx, s.store)
}

func (b *seed) administrator(login, hash string) int64 {
	return b.user(store.User{Login: login, Name: FirstName, Password: hash, Role: store.RoleAdministrator})
}

// onlyUser makes the administrator in the first of the organisations if none of them has a user.
func (b *seed) onlyUser(orgs []store.Organisation, hash, login string) (made bool, err error) {
	for _, o := range orgs {
		users, err := b.tx.Users.List(b.ctx, o.ID)
		if err != nil || len(users) > 0 {
			return false, err
		}
	}
	b.org = orgs[0]
	b.administrator(login, hash)
	return b.err == nil, b.err
}

// hashes hashes the passwords of a user and of an organisation.
func (s *Service) hashes(ctx context.Context, user, organisation string) (u, o string, err error) {
	if u, err = s.passwords.Hash(ctx, user); err != nil {
		return "", "", err
	}
	o, err = s.passwords.HashOrganisation(ctx, organisation)
	return u, o, err
}
