package app

import (
	"context"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

// Trunk is a line to a provider as dialects show and edit it. Password is
// empty when it is shown; what is put there is the new one.
type Trunk struct {
	store.Trunk
	Registration TrunkState
}

// TrunkState is where the registration at a provider stands.
type TrunkState struct {
	State   string // "idle", "registering", "registered", "failing", "unregistering", "stopped"; "" = it does not register
	Message string // what is wrong, with what to do about it; "" = nothing is
}

const (
	maxTrunks    = 100 // of an organisation
	maxAddresses = 50  // of a trunk
	// Ranges an organisation may take for its providers': not half the world.
	minBits4, minBits6 = 20, 48
)

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

func (s *Service) shownTrunk(row store.Trunk, states map[int64]TrunkState) Trunk {
	row.Password = ""
	return Trunk{Trunk: row, Registration: states[row.ID]}
}

func (s *Service) trunkStates() map[int64]TrunkState {
	if s.trunkState == nil {
		return nil
	}
	return s.trunkState()
}

// ListTrunks lists the organisation's trunks, by id, with their number.
func (s *Service) ListTrunks(ctx context.Context, a Actor, p Page) (list []Trunk, total int, err error) {
	if err := a.manages("trunks"); err != nil {
		return nil, 0, err
	}
	states := s.trunkStates()
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, err := trunksOf(ctx, tx, a.Org)
		total = len(rows)
		for _, row := range pageOf(rows, p) {
			list = append(list, s.shownTrunk(row, states))
		}
		return err
	})
	return list, total, err
}

func trunksOf(ctx context.Context, tx store.Tx, org int64) ([]store.Trunk, error) {
	all, err := tx.Trunks.All(ctx)
	own, _ := cut(all, func(t store.Trunk) bool { return t.OrgID == org }, Page{})
	return own, err
}

// GetTrunk gives one trunk.
func (s *Service) GetTrunk(ctx context.Context, a Actor, id int64) (t Trunk, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := findTrunk(ctx, tx, a, id)
		t = s.shownTrunk(row, s.trunkStates())
		return err
	})
	return t, err
}

func findTrunk(ctx context.Context, tx store.Tx, a Actor, id int64) (store.Trunk, error) {
	if err := a.manages("trunks"); err != nil {
		return store.Trunk{}, err
	}
	row, err := tx.Trunks.Get(ctx, a.Org, id)
	return row, missing(err, "there is no trunk %d among yours; list them to find the right id", id)
}

// CreateTrunk makes a trunk. Calls come and go through it from now on; one
// that registers does so within a second.
func (s *Service) CreateTrunk(ctx context.Context, a Actor, n Trunk) (t Trunk, err error) {
	if err := a.manages("trunks"); err != nil {
		return t, err
	}
	row := n.Trunk
	row.ID, row.OrgID = 0, a.Org
	if err := s.checkTrunk(a, row); err != nil {
		return t, err
	}
	var others []store.Trunk
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		have, err := trunksOf(ctx, tx, a.Org)
		if err != nil {
			return err
		}
		if len(have) >= maxTrunks {
			return refuse(Conflict, "there are %d trunks already, and no more are possible; delete those nobody needs", len(have))
		}
		if others, err = onlyDefault(ctx, tx, row, have); err != nil {
			return err
		}
		if err := tx.Trunks.Create(ctx, &row); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "trunk.create", trunkTarget(row), row.Host)
	}, s.putTrunks(&others, &row))
	return s.shownTrunk(row, s.trunkStates()), err
}

// UpdateTrunk lets edit change a trunk and saves it. A changed account
// registers anew within a second; calls that are up go on.
func (s *Service) UpdateTrunk(ctx context.Context, a Actor, id int64, edit func(*Trunk) error) (t Trunk, err error) {
	var row store.Trunk
	var others []store.Trunk
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		old, err := findTrunk(ctx, tx, a, id)
		if err != nil {
			return err
		}
		t = s.shownTrunk(old, s.trunkStates())
		if err := edit(&t); err != nil {
			return err
		}
		row = t.Trunk
		row.ID, row.OrgID = old.ID, old.OrgID
		if row.Password == "" {
			row.Password = old.Password
		}
		if err := s.checkTrunk(a, row); err != nil {
			return err
		}
		have, err := trunksOf(ctx, tx, a.Org)
		if err != nil {
			return err
		}
		if others, err = onlyDefault(ctx, tx, row, have); err != nil {
			return err
		}
		if err := tx.Trunks.Put(ctx, row); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "trunk.update", trunkTarget(row), changed(old, row))
	}, s.putTrunks(&others, &row))
	return s.shownTrunk(row, s.trunkStates()), err
}

// onlyDefault takes the default from the organisation's other trunks when this one is to be it, and gives those it changed.
func onlyDefault(ctx context.Context, tx store.Tx, t store.Trunk, have []store.Trunk) (others []store.Trunk, err error) {
	for _, o := range have {
		if !t.Default || !o.Default || o.ID == t.ID {
			continue
		}
		o.Default = false
		if err := tx.Trunks.Put(ctx, o); err != nil {
			return nil, err
		}
		others = append(others, o)
	}
	return others, nil
}

func (s *Service) putTrunks(others *[]store.Trunk, t *store.Trunk) func() []acd.Input {
	return func() []acd.Input {
		for _, o := range *others {
			s.directory.PutTrunk(o)
		}
		s.directory.PutTrunk(*t)
		return nil
	}
}

// DeleteTrunk deletes a trunk; its registration ends within a second, calls that are up go on.
func (s *Service) DeleteTrunk(ctx context.Context, a Actor, id int64) error {
	return s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findTrunk(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := tx.Trunks.Delete(ctx, a.Org, id); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "trunk.delete", trunkTarget(row), "")
	}, func() []acd.Input {
		s.directory.DropTrunk(id)
		return nil
	})
}

func trunkTarget(t store.Trunk) string { return "trunk " + t.Name }

func (s *Service) checkTrunk(a Actor, t store.Trunk) error {
	if err := first(checkName(t.Name), checkHost(t.Host), checkText("username", t.Username, 128), checkText("password", t.Password, 128)); err != nil {
		return err
	}
	switch {
	case t.Transport != "udp" && t.Transport != "tcp":
		return Invalidf("transport", "transport is %q; allowed are udp, tcp", t.Transport)
	case t.Register && t.Username == "":
		return Invalidf("username", "username is missing; register needs the account's name and password")
	case t.CallerID != "" && !externalNumber.MatchString(t.CallerID):
		return Invalidf("caller_id", "caller_id is %q; allowed are 3 to 20 digits, with a leading + if you like, or null", t.CallerID)
	case len(t.Addresses) > maxAddresses:
		return Invalidf("addresses", "addresses has %d entries; at most %d are allowed", len(t.Addresses), maxAddresses)
	}
	for _, text := range t.Addresses {
		if err := checkRange4or6(a, text); err != nil {
			return err
		}
	}
	return s.checkShared(a, t)
}

// checkShared has clients share a provider's addresses only where calls can be
// told apart: by the accounts both register or, which only an administrator
// may decide, by their public numbers.
func (s *Service) checkShared(a Actor, t store.Trunk) error {
	switch clash := s.directory.TrunkClash(t); {
	case clash == directory.SameAccount:
		return refuse(Conflict, "calls to the account %q at %q cannot be told from another client's; register an account of your own", t.Username, t.Host)
	case clash == directory.SameNumber:
		return refuse(Conflict, "calls from %q, or from one of the addresses, to one of your public numbers cannot be told from another client's; delete the numbers that are not yours, or ask the administrator", t.Host)
	case clash == directory.SameAddress && a.Reach != store.ReachAll:
		return refuse(Conflict, "calls from %q, or from one of the addresses, are taken for another client's already; let the trunk register an account of its own, name the addresses of your own line in addresses, or ask the administrator", t.Host)
	}
	return nil
}

func checkHost(text string) *Error {
	host := text
	if h, port, err := net.SplitHostPort(text); err == nil {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return Invalidf("host", "host is %q; its port must be 1 to 65535", clipped(text, 128))
		}
		host = h
	}
	if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") {
		host = strings.TrimSuffix(inner, "]")
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil && ip.Zone() == "" && !ip.IsUnspecified() && !ip.IsMulticast():
		return nil
	case err != nil && hostName.MatchString(host):
		return nil
	}
	return Invalidf("host", "host is %q; allowed is the provider's name or address, like sip.example.com or 192.0.2.1:5060", clipped(text, 128))
}

// checkRange4or6 bounds what an organisation takes for its own: only an
// administrator names ranges that may be others' as well.
func checkRange4or6(a Actor, text string) error {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" {
			return Invalidf("addresses", "addresses has %q; allowed are IP addresses and ranges, like 192.0.2.1 or 192.0.2.0/24", clipped(text, 64))
		}
		p = netip.PrefixFrom(ip, ip.BitLen())
	}
	if p.Addr().Is4In6() {
		return Invalidf("addresses", "addresses has %q; write it as IPv4, like %s", clipped(text, 64), p.Addr().Unmap())
	}
	least := minBits6
	if p.Addr().Is4() {
		least = minBits4
	}
	if a.Reach != store.ReachAll && p.Bits() < least {
		return Invalidf("addresses", "addresses has %q, a range too large for one provider; allowed is /%d or smaller", text, least)
	}
	return nil
}
