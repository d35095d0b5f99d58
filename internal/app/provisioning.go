package app

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"time"

	"holdline/internal/auth"
	"holdline/internal/store"
)

// A provisioning code lets a softphone fetch its account once it knows the
// code, which travels as a QR code. It is bearer of the account, so it is
// random, short-lived, good for a few fetches, and ends when another is made
// for the phone, when the phone's password is changed, and with the server:
// codes are in memory only, and only as hashes. No password is needed for it
// and none is told: a softphone registers with the hash (HA1) the server has.
const (
	// ProvisioningLife is how long a code can be used.
	ProvisioningLife = 15 * time.Minute
	// ProvisioningFetches is how often: a phone whose answer was lost on the
	// way tries again, and a second device may be set up along with the first.
	ProvisioningFetches = 3
)

// Provisioning is a new code. It is told this once.
type Provisioning struct {
	Code    string // letters and digits
	Expires time.Time
	// Server is the host the phone will be told to send SIP to; "" = the one it fetches its account from.
	Server string
}

// Provisioned is an account as a softphone fetches it.
type Provisioned struct {
	SIPAccount
	Label     string // what people call the phone; may be ""
	Algorithm string // of HA1: "MD5" or "SHA-256"
	HA1       string // in place of the password (RFC 7616 §3.4.2)
}

// provisionings are those codes that can be used now, one a phone at most.
type provisionings struct {
	mu     sync.Mutex // guards byHash
	byHash map[[32]byte]*provisionable
}

type provisionable struct {
	org, extension int64
	ha1            string // of the password there was, SHA-256
	server         string
	expires        time.Time
	left           int // fetches
}

// MakeProvisioning makes a code for a phone extension's account; the one it
// had before ends. server is the host phones reach this server by, where the
// one who asks knows it; "" leaves it to the settings. A phone that never had a
// password gets a random one.
func (s *Service) MakeProvisioning(ctx context.Context, a Actor, ref ExtensionRef, server string) (Provisioning, error) {
	server, err := reachedBy(server)
	if err != nil {
		return Provisioning{}, err
	}
	a, ref, err = s.at(ctx, a, ref)
	if err != nil {
		return Provisioning{}, err
	}
	p := Provisioning{Code: auth.NewKey(), Expires: s.clock().Add(ProvisioningLife), Server: server}
	var row store.Extension
	err = s.store.Update(ctx, func(tx store.Tx) (err error) {
		if row, err = findExtension(ctx, tx, a, ref); err != nil {
			return err
		}
		acc, err := s.account(ctx, tx, row)
		if err != nil {
			return err
		}
		if acc.Server != "" {
			p.Server = acc.Server
		}
		switch {
		case row.HA1SHA256 == "":
			return errNoPassword
		case row.Blocked:
			return refuse(Conflict, "phone %s is blocked; unblock it first", row.Number)
		}
		return s.noted(ctx, tx, a, "extension.provisioning", extensionTarget(row), "code for a softphone made")
	})
	if errors.Is(err, errNoPassword) { // nobody has to know one
		if _, err = s.SetSIPPassword(ctx, a, ref, ""); err == nil {
			return s.MakeProvisioning(ctx, a, ref, server)
		}
	}
	if err != nil {
		return Provisioning{}, err
	}
	s.provisionings.put(p, row, s.clock())
	return p, nil
}

var errNoPassword = errors.New("app: the phone has no password yet")

// Provision gives the account a code was made for, and counts the fetch. A
// code that cannot be used is refused with NotFound, whatever is wrong with it.
func (s *Service) Provision(ctx context.Context, sent string) (p Provisioned, err error) {
	c, ok := s.provisionings.take(auth.HashToken(sent), s.clock())
	if !ok {
		return p, errCode
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		row, err := tx.Extensions.Get(ctx, c.org, c.extension)
		if err != nil {
			return missing(err, "%s", errCode.Message)
		}
		if row.HA1SHA256 != c.ha1 || row.Blocked {
			return errCode
		}
		if p.SIPAccount, err = s.account(ctx, tx, row); err != nil {
			return err
		}
		if p.Server == "" {
			p.Server = c.server
		}
		p.Label = row.Label
		p.Algorithm, p.HA1 = s.hashFor(row)
		by := Actor{Org: row.OrgID}
		e := s.entry(ctx, by, "extension.provisioned", extensionTarget(row), "a softphone fetched its account")
		e.Actor = "softphone"
		return putAudit(ctx, tx, by, e)
	})
	return p, err
}

var errCode = refuse(NotFound, "this code does not set up a softphone (any more): it is good for %d minutes, and until the phone's password is changed; make a new one in the console, under Phones", ProvisioningLife/time.Minute)

// hashFor gives the hash a softphone can answer the challenges with: MD5 where
// it is offered, which all of them know (RFC 8760 §2.3 keeps it for them).
func (s *Service) hashFor(row store.Extension) (algorithm, ha1 string) {
	if s.sipServer != nil && s.sipServer().OnlySHA256 {
		return "SHA-256", row.HA1SHA256
	}
	return "MD5", row.HA1MD5
}

func (c *provisionings) put(p Provisioning, row store.Extension, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byHash == nil {
		c.byHash = map[[32]byte]*provisionable{}
	}
	maps.DeleteFunc(c.byHash, func(_ [32]byte, old *provisionable) bool { return old.extension == row.ID || !now.Before(old.expires) })
	c.byHash[auth.HashToken(p.Code)] = &provisionable{org: row.OrgID, extension: row.ID, ha1: row.HA1SHA256, server: p.Server, expires: p.Expires, left: ProvisioningFetches}
}

// take counts a fetch; false if there is no such code, or it is used up.
func (c *provisionings) take(hash [32]byte, now time.Time) (provisionable, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.byHash[hash]
	if found == nil {
		return provisionable{}, false
	}
	if found.left--; found.left == 0 || !now.Before(found.expires) {
		delete(c.byHash, hash)
	}
	return *found, now.Before(found.expires)
}

// end takes the code of a phone away, if it has one.
func (c *provisionings) end(extension int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.byHash, func(_ [32]byte, old *provisionable) bool { return old.extension == extension })
}

// reachedBy reads the host phones reach the server by; an IPv6 address may come in the brackets URLs have it in.
func reachedBy(host string) (string, error) {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case err == nil && ip.Zone() == "" && !ip.IsUnspecified() && !ip.IsMulticast():
		return ip.Unmap().String(), nil
	case host == "", err != nil && hostName.MatchString(host):
		return host, nil
	}
	return "", Invalidf("server", "server is %q; it must be the name or the IP address by which phones reach this server, without a port", clipped(host, 128))
}
