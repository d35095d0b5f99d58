package app

import (
	"context"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// SIPAccount is what a phone registers with.
type SIPAccount struct {
	Username   string // the extended number
	Domain     string // the organisation's; also the digest realm
	Password   string // only right after it was set
	Transports []string
	SIPServer
}

// SIPServer is where phones send SIP.
type SIPServer struct {
	Server string // host; "" = whatever address of this server they reach
	Port   int    // there; 0 = not known
	// Addresses are those this machine has in its networks, the likeliest
	// first, where there is no Server. One of them is right unless there is a NAT.
	Addresses  []string
	OnlySHA256 bool // digest challenges offer no MD5
}

// GetSIPAccount gives a phone extension's account, without the password: only its hashes are kept.
func (s *Service) GetSIPAccount(ctx context.Context, a Actor, ref ExtensionRef) (acc SIPAccount, err error) {
	err = s.viewExtension(ctx, a, ref, func(tx store.Tx, row store.Extension) error {
		acc, err = s.account(ctx, tx, row)
		return err
	})
	return acc, err
}

// SetSIPPassword sets a phone extension's password, or a random one if it is
// "", and gives the account with it. Phones registered with the old password
// stay until their registration runs out.
func (s *Service) SetSIPPassword(ctx context.Context, a Actor, ref ExtensionRef, password string) (acc SIPAccount, err error) {
	if password == "" {
		password = auth.NewPassword()
	}
	if err := checkPassword(password); err != nil {
		return acc, err
	}
	if a, ref, err = s.at(ctx, a, ref); err != nil {
		return acc, err
	}
	var row store.Extension
	err = s.change(ctx, a.Org, func(tx store.Tx) (err error) {
		if row, err = findExtension(ctx, tx, a, ref); err != nil {
			return err
		}
		if acc, err = s.account(ctx, tx, row); err != nil {
			return err
		}
		row.HA1MD5, row.HA1SHA256 = auth.HA1(acc.Username, acc.Domain, password)
		if err := tx.Extensions.Put(ctx, row); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "extension.password", extensionTarget(row), "SIP password changed")
	}, func() []acd.Input {
		s.directory.PutExtension(row)
		s.provisionings.end(row.ID)
		return nil
	})
	acc.Password = password
	return acc, err
}

// account refuses queues: they have no SIP account.
func (s *Service) account(ctx context.Context, tx store.Tx, row store.Extension) (SIPAccount, error) {
	if row.Type != Phone {
		return SIPAccount{}, refuse(NotFound, "extension %s is a %s; only phones have SIP credentials", row.Number, row.Type)
	}
	o, err := tx.Organisations.Get(ctx, row.OrgID)
	acc := SIPAccount{Username: o.Prefix + "*" + row.Number, Domain: o.Domain, Transports: s.transports}
	if s.sipServer != nil {
		acc.SIPServer = s.sipServer()
	}
	return acc, err
}

func checkPassword(p string) error {
	if len(p) < 8 || len(p) > 128 {
		return Invalidf("password", "the password is %d characters long; allowed are 8 to 128, or null for a random one", len(p))
	}
	return first(checkText("password", p, 128))
}
