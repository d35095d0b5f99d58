package directory

import (
	"net/netip"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// two organisations with the same short numbers.
func world() *Directory {
	d := New()
	d.resolve = func(host string) []netip.Addr {
		if host == "provider.example" {
			return []netip.Addr{netip.MustParseAddr("192.0.2.7")}
		}
		return nil
	}
	for i, prefix := range []string{"0003", "0004"} {
		org := int64(i + 1)
		d.PutOrganisation(store.Organisation{ID: org, Prefix: prefix, Domain: prefix + ".local"})
		d.PutExtension(store.Extension{ID: org * 100, OrgID: org, Number: "201", Type: store.PhoneExtension})
		d.PutExtension(store.Extension{ID: org*100 + 1, OrgID: org, Number: "700", Type: store.QueueExtension})
		d.PutDID(store.DID{OrgID: org, Number: "15550700", ExtensionID: org*100 + 1})
	}
	d.PutTrunk(store.Trunk{ID: 9, OrgID: 1, Host: "provider.example:5080"})
	d.PutTrunk(store.Trunk{ID: 10, OrgID: 2, Host: "10.0.0.1", Addresses: []string{"10.0.0.0/8", "10.1.2.3"}})
	return d
}

func TestResolve(t *testing.T) {
	d := world()
	for dialled, want := range map[string]Target{
		"201":          {Kind: Phone, Extension: 100, Number: "0003*201"},
		"0003*201":     {Kind: Phone, Extension: 100, Number: "0003*201"},
		"700":          {Kind: Queue, Extension: 101, Number: "0003*700"},
		"15550700":     {Kind: Queue, Extension: 101, Number: "0003*700"},
		"+49301234567": {Kind: External, Number: "+49301234567", Trunk: 9},
		"0004*201":     {}, // another organisation's
		"99":           {},
		"":             {},
		"bob":          {},
	} {
		if got := d.Resolve(1, dialled); got != want {
			t.Errorf("Resolve(1, %q) = %+v, want %+v", dialled, got, want)
		}
	}
	if got := d.Resolve(3, "201"); got != (Target{}) {
		t.Errorf("an organisation that does not exist reaches %+v", got)
	}
}

func TestResolveDIDNeverLeadsOut(t *testing.T) {
	d := world()
	for called, want := range map[string]Kind{"15550700": Queue, "+15550700": Queue, "0003*201": Phone, "201": Nowhere, "49301234567": Nowhere, "0004*201": Nowhere} {
		if got := d.ResolveDID(1, called); got.Kind != want {
			t.Errorf("ResolveDID(1, %q) = %+v, want kind %d", called, got, want)
		}
	}
}

func TestTrunkFromTakesTheNarrowestRange(t *testing.T) {
	d := world()
	d.PutTrunk(store.Trunk{ID: 11, OrgID: 1, Addresses: []string{"10.1.2.0/24"}})
	for addr, want := range map[string]int64{"192.0.2.7": 9, "10.9.9.9": 10, "10.1.2.4": 11, "10.1.2.3": 10, "::ffff:192.0.2.7": 9} {
		if got, ok := d.TrunkFrom(netip.MustParseAddr(addr)); !ok || got.ID != want {
			t.Errorf("TrunkFrom(%s) = %d, want %d", addr, got.ID, want)
		}
	}
	if got, ok := d.TrunkFrom(netip.MustParseAddr("203.0.113.1")); ok {
		t.Errorf("a stranger is taken for trunk %d", got.ID)
	}
	d.DropTrunk(9)
	if _, ok := d.TrunkFrom(netip.MustParseAddr("192.0.2.7")); ok {
		t.Error("a dropped trunk still calls")
	}
	if got := d.Resolve(1, "15557777"); got.Trunk != 11 {
		t.Errorf("after the default trunk is gone the number leaves through %d, want 11", got.Trunk)
	}
}

func TestPhoneAccount(t *testing.T) {
	d := world()
	for _, c := range []struct {
		user, domain string
		want         int64
	}{{"0003*201", "0003.local", 100}, {"0004*201", "0004.local", 200}, {"0003*201", "127.0.0.1", 100}, {"0003*700", "0003.local", 0}, {"201", "0003.local", 0}} {
		e, o, ok := d.PhoneAccount(c.user, c.domain)
		if ok != (c.want != 0) || e.ID != c.want || o.ID != e.OrgID {
			t.Errorf("PhoneAccount(%s, %s) = %d of %d, want %d", c.user, c.domain, e.ID, o.ID, c.want)
		}
	}
	d.DropExtension(1, 100)
	if _, _, ok := d.PhoneAccount("0003*201", "0003.local"); ok {
		t.Error("a dropped phone still registers")
	}
}

func TestAgents(t *testing.T) {
	d := world()
	d.PutAgent(store.Agent{Agent: acd.Agent{ID: 1}, OrgID: 1, ExtensionID: 100})
	d.PutAgent(store.Agent{Agent: acd.Agent{ID: 2, Remote: true}, OrgID: 1, Number: "15550100"})
	if to, ok := d.AgentEndpoint(1, 1); !ok || to != (telephony.Endpoint{Extension: 100, Number: "0003*201"}) {
		t.Errorf("the local agent is called at %+v", to)
	}
	if to, ok := d.AgentEndpoint(1, 2); !ok || to != (telephony.Endpoint{Trunk: 9, Number: "15550100"}) {
		t.Errorf("the remote agent is called at %+v", to)
	}
	if _, ok := d.AgentEndpoint(2, 1); ok {
		t.Error("another organisation reaches the agent")
	}
	d.PutAgent(store.Agent{Agent: acd.Agent{ID: 2, Remote: true}, OrgID: 1, Number: "15550199"})
	if _, ok := d.AgentByNumber(1, "15550100"); ok {
		t.Error("the agent is still found at the old number")
	}
	d.DropAgent(1, 1)
	if _, ok := d.AgentAt(1, 100); ok {
		t.Error("a dropped agent still sits at the extension")
	}
}
