package directory

import (
	"net/netip"
	"testing"

	"holdline/internal/store"
)

// sharing is three clients: 1 and 2 register accounts of theirs at a provider,
// 3 has a line without registration there. Trunk 11 is 1's second account.
func sharing() *Directory {
	d := New()
	for org := range int64(3) {
		d.PutOrganisation(store.Organisation{ID: org + 1})
	}
	for _, t := range []store.Trunk{
		{ID: 10, OrgID: 1, Host: "192.0.2.1", Register: true, Username: "ann"},
		{ID: 11, OrgID: 1, Host: "192.0.2.1", Register: true, Username: "ann2"},
		{ID: 20, OrgID: 2, Host: "provider.invalid", Addresses: []string{"192.0.2.0/29"}, Register: true, Username: "4989200"},
		{ID: 30, OrgID: 3, Host: "192.0.2.1"},
		{ID: 40, OrgID: 3, Host: "192.0.2.99"},
	} {
		d.PutTrunk(t)
	}
	for number, org := range map[string]int64{"4989100": 1, "+4989200": 2, "4989300": 3, "4989999": 1} {
		d.PutDID(store.DID{OrgID: org, Number: number})
	}
	d.PutDID(store.DID{OrgID: 3, Number: "4989999"}) // as no use case lets it
	return d
}

// TestTrunkOf: of clients that share a provider's address each gets its own
// calls, and a call that could be either's nobody.
func TestTrunkOf(t *testing.T) {
	d := sharing()
	for name, c := range map[string]struct {
		from         string
		line         int64
		numbers      []string
		unregistered int64
		want, shared int64
	}{
		"the contact called":                         {"192.0.2.1", 20, []string{"4989100"}, 0, 20, 4},
		"the contact called, also if in doubt":       {"192.0.2.1", 20, []string{"x"}, 20, 20, 4},
		"a contact of somebody who is not there":     {"192.0.2.99", 20, []string{"x"}, 0, 40, 1},
		"the account called":                         {"192.0.2.1", 0, []string{"ann2", "4989200"}, 0, 11, 4},
		"an account the provider has not accepted":   {"192.0.2.1", 0, []string{"ann2"}, 11, 0, 4},
		"the number, with + or without":              {"192.0.2.1", 0, []string{"+4989100"}, 0, 10, 4},
		"the first of two numbers":                   {"192.0.2.1", 0, []string{"s", "+4989200", "4989100"}, 0, 20, 4},
		"the number in the second place":             {"192.0.2.1", 0, []string{"s", "4989100", "4989300"}, 0, 10, 4},
		"a number of a line without registration":    {"192.0.2.1", 0, []string{"4989300"}, 0, 30, 4},
		"a number two have":                          {"192.0.2.1", 0, []string{"4989999"}, 0, 0, 4},
		"a number nobody has":                        {"192.0.2.1", 0, []string{"4989555"}, 0, 0, 4},
		"the only one there":                         {"192.0.2.2", 0, []string{"4989555"}, 0, 20, 1},
		"the only one there, not registered for now": {"192.0.2.2", 0, []string{"4989555"}, 20, 20, 1},
		"a stranger":                                 {"203.0.113.1", 10, []string{"ann"}, 0, 0, 0},
	} {
		got, shared, ok := d.TrunkOf(TrunkCall{From: netip.MustParseAddr(c.from), Line: c.line, Numbers: c.numbers,
			Registered: func(id int64) bool { return id != c.unregistered }})
		if c.unregistered == 11 { // neither of 1's
			got, shared, ok = d.TrunkOf(TrunkCall{From: netip.MustParseAddr(c.from), Numbers: c.numbers, Registered: func(id int64) bool { return id == 20 }})
		}
		if got.ID != c.want || ok != (c.want != 0) || int64(shared) != c.shared {
			t.Errorf("%s: trunk %d of %d (%v), want %d of %d", name, got.ID, shared, ok, c.want, c.shared)
		}
	}
	d.DropTrunk(20)
	d.DropTrunk(30)
	for number, want := range map[string]int64{"ann2": 11, "4989100": 10, "anything": 10} {
		if got, _, ok := d.TrunkOf(TrunkCall{From: netip.MustParseAddr("192.0.2.1"), Numbers: []string{number}}); !ok || got.ID != want {
			t.Errorf("among one client's own trunks %s is for %d, want %d", number, got.ID, want)
		}
	}
}

func TestTrunkClash(t *testing.T) {
	for name, c := range map[string]struct {
		trunk store.Trunk
		did   string
		want  Clash
	}{
		"another address":           {store.Trunk{Host: "198.51.100.1"}, "4989100", NoClash},
		"an account of its own":     {store.Trunk{Host: "192.0.2.1", Register: true, Username: "dan"}, "", SameAddress}, // 3's line tells no account
		"among those that register": {store.Trunk{Host: "192.0.2.2", Register: true, Username: "dan"}, "4989400", NoClash},
		"somebody's account":        {store.Trunk{Host: "192.0.2.2", Register: true, Username: "4989200"}, "", SameAccount},
		"no account":                {store.Trunk{Host: "192.0.2.2"}, "", SameAddress},
		"somebody's number":         {store.Trunk{Host: "192.0.2.2", Register: true, Username: "dan"}, "4989200", SameNumber},
	} {
		d := sharing()
		d.PutOrganisation(store.Organisation{ID: 4})
		if c.did != "" {
			d.PutDID(store.DID{OrgID: 4, Number: c.did})
		}
		c.trunk.ID, c.trunk.OrgID = 50, 4
		if got := d.TrunkClash(c.trunk); got != c.want {
			t.Errorf("%s: clash %d, want %d", name, got, c.want)
		}
		d.PutTrunk(c.trunk)
		for number, want := range map[string]bool{"4989200": c.want != NoClash || name == "among those that register", "+4989200": c.want != NoClash || name == "among those that register", "4989777": false} {
			if got := d.DIDClashes(4, number); got != want {
				t.Errorf("%s: number %s clashes %v, want %v", name, number, got, want)
			}
		}
	}
	if d := sharing(); d.TrunkClash(store.Trunk{ID: 60, OrgID: 1, Host: "192.0.2.1", Register: true, Username: "ann"}) != SameNumber {
		t.Error("1 and 3 have a number in common, and that is no clash")
	}
}
