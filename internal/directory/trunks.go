package directory

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"holdline/internal/store"
)

// TrunkCall is what is known of a call that comes from a provider's address,
// to tell through which trunk it came: clients may share a provider.
type TrunkCall struct {
	From netip.Addr
	// Line is the id of the trunk whose contact was called, by the parameter
	// its registration gave it (RFC 3261 §16.6 keeps it); 0 = none.
	Line int64
	// Numbers are whom the call is for, the likeliest first.
	Numbers []string
	// Registered tells whether the provider has accepted a trunk's account.
	Registered func(trunk int64) bool
}

// TrunkFrom finds a trunk that calls from addr; the narrowest range wins.
func (d *Directory) TrunkFrom(addr netip.Addr) (store.Trunk, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	addr, bits, found := addr.Unmap(), -1, int64(0)
	for _, s := range d.sources {
		if s.prefix.Contains(addr) && s.prefix.Bits() > bits {
			bits, found = s.prefix.Bits(), s.trunk
		}
	}
	t, ok := d.trunks[found]
	return t, ok
}

// TrunkOf finds the trunk a call came through; shared is the number of those
// that it could have been, 0 for a stranger's address. Of several clients' at
// one address it is the one whose contact was called, else the one whose
// account was, else the one whose client has the number: and of those that
// register only one the provider has accepted, so that no client can claim
// another's calls by its settings alone.
func (d *Directory) TrunkOf(c TrunkCall) (t store.Trunk, shared int, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := d.trunksFrom(c.From)
	if i := slices.IndexFunc(all, func(t store.Trunk) bool { return t.ID == c.Line }); i >= 0 {
		return all[i], len(all), true
	}
	if len(all) == 0 {
		return t, 0, false
	}
	account := func(number string) func(store.Trunk) bool {
		return func(t store.Trunk) bool { return t.Register && t.Username == number }
	}
	if !slices.ContainsFunc(all, func(t store.Trunk) bool { return t.OrgID != all[0].OrgID }) {
		if i := slices.IndexFunc(all, account(first(c.Numbers))); i >= 0 {
			return all[i], len(all), true
		}
		return all[0], len(all), true
	}
	proven := slices.DeleteFunc(slices.Clone(all), func(t store.Trunk) bool { return t.Register && !c.Registered(t.ID) })
	tests := []func(store.Trunk) bool{account(first(c.Numbers))}
	for _, n := range c.Numbers {
		tests = append(tests, func(t store.Trunk) bool { return d.hasDID(t.OrgID, n) })
	}
	for _, test := range tests {
		if t, ok = onlyOne(proven, test); ok {
			return t, len(all), true
		}
	}
	return store.Trunk{}, len(all), false
}

func first(numbers []string) string {
	if len(numbers) == 0 {
		return ""
	}
	return numbers[0]
}

// onlyOne gives the first trunk that passes the test, if all that do are one client's.
func onlyOne(trunks []store.Trunk, test func(store.Trunk) bool) (found store.Trunk, ok bool) {
	for _, t := range trunks {
		switch {
		case !test(t):
		case ok && t.OrgID != found.OrgID:
			return store.Trunk{}, false
		case !ok:
			found, ok = t, true
		}
	}
	return found, ok
}

// trunksFrom lists the trunks that call from addr, of each organisation those
// of its narrowest range, the narrowest first. d.mu is held.
func (d *Directory) trunksFrom(addr netip.Addr) []store.Trunk {
	addr = addr.Unmap()
	var hits []source
	for _, s := range d.sources {
		if s.prefix.Contains(addr) {
			hits = append(hits, s)
		}
	}
	slices.SortFunc(hits, func(a, b source) int {
		return cmp.Or(cmp.Compare(b.prefix.Bits(), a.prefix.Bits()), cmp.Compare(a.trunk, b.trunk))
	})
	var out []store.Trunk
	narrowest := map[int64]int{}
	for _, s := range hits {
		t := d.trunks[s.trunk]
		bits, known := narrowest[t.OrgID]
		if known && bits != s.prefix.Bits() || slices.ContainsFunc(out, func(o store.Trunk) bool { return o.ID == t.ID }) {
			continue
		}
		narrowest[t.OrgID] = s.prefix.Bits()
		out = append(out, t)
	}
	return out
}

// hasDID tells whether a public number is an organisation's. d.mu is held.
func (d *Directory) hasDID(orgID int64, number string) bool {
	_, ok := d.orgs[orgID].did(number)
	return ok
}

// did finds where a public number leads, with a leading + or without.
func (o *org) did(called string) (extension int64, ok bool) {
	if o == nil {
		return 0, false
	}
	for _, n := range []string{called, strings.TrimPrefix(called, "+")} {
		if id, ok := o.dids[n]; ok {
			return id, true
		}
	}
	return 0, false
}

// Clash is why two clients' trunks cannot call from one address.
type Clash uint8

const (
	NoClash Clash = iota
	// SameAddress: one of the two does not register, so that only the number tells whose call it is.
	SameAddress
	// SameAccount: both register the same account.
	SameAccount
	// SameNumber: both have the same public number.
	SameNumber
)

// TrunkClash tells whether calls that come through a trunk could be taken for
// those of another organisation's trunk.
func (d *Directory) TrunkClash(t store.Trunk) Clash {
	prefixes := d.prefixesOf(t)
	d.mu.RLock()
	defer d.mu.RUnlock()
	worst := NoClash
	for _, s := range d.sources {
		other := d.trunks[s.trunk]
		if other.OrgID == t.OrgID || !slices.ContainsFunc(prefixes, s.prefix.Overlaps) {
			continue
		}
		switch {
		case t.Register && other.Register && t.Username == other.Username:
			worst = max(worst, SameAccount)
		case d.sameNumber(t.OrgID, other.OrgID):
			worst = max(worst, SameNumber)
		case !t.Register || !other.Register:
			worst = max(worst, SameAddress)
		}
	}
	return worst
}

func (d *Directory) sameNumber(a, b int64) bool {
	if d.orgs[a] == nil {
		return false
	}
	for n := range d.orgs[a].dids {
		if d.hasDID(b, n) || d.hasDID(b, "+"+n) {
			return true
		}
	}
	return false
}

// DIDClashes tells whether another organisation that shares a provider's
// address with this one has the public number, so that calls to it could be either's.
func (d *Directory) DIDClashes(orgID int64, number string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, own := range d.sources {
		if d.trunks[own.trunk].OrgID != orgID {
			continue
		}
		for _, s := range d.sources {
			other := d.trunks[s.trunk].OrgID
			if other != orgID && s.prefix.Overlaps(own.prefix) && (d.hasDID(other, number) || d.hasDID(other, "+"+number)) {
				return true
			}
		}
	}
	return false
}
