package sipua

import (
	"strings"
	"testing"

	"holdline/internal/store"
	"holdline/internal/telephony"
)

// provider is one at which the clients 1 and 2 have accounts; those in accepted are registered.
func provider(t *testing.T, accepted ...string) *bench {
	t.Helper()
	b := newBench(t)
	b.dir.DropTrunk(trunkID)
	b.dir.PutOrganisation(store.Organisation{ID: 2, Prefix: "0004", Domain: "other.local"})
	b.dir.PutTrunk(store.Trunk{ID: 11, OrgID: 1, Name: "ours", Host: "192.0.2.50", Transport: "udp", Username: "acct1", Password: "pw", Register: true})
	b.dir.PutTrunk(store.Trunk{ID: 12, OrgID: 2, Name: "theirs", Host: "192.0.2.50", Transport: "udp", Username: "acct2", Password: "pw", Register: true})
	b.dir.PutDID(store.DID{OrgID: 1, Number: "49891"})
	b.dir.PutDID(store.DID{OrgID: 2, Number: "49892"})
	b.ua.syncTrunks()
	b.run()
	for range 2 {
		r := b.take("REGISTER ")
		status := "403 Forbidden"
		for _, account := range accepted {
			if strings.Contains(r.field("From"), account+"@") {
				status = "200 OK"
			}
		}
		b.receive(trunkFlow, r.reply(status, "t", "Expires: 600\n"))
	}
	return b
}

// TestClientsShareAProvider: each gets the calls of its own account or number.
func TestClientsShareAProvider(t *testing.T) {
	for name, c := range map[string]struct {
		target, to, extra string
		trunk             int64
		dialled           string
	}{
		"our contact as registered":       {"sip:acct1@198.51.100.1:5060;line=11", "<sip:49891@p.example>", "", 11, "49891"},
		"theirs":                          {"sip:acct2@198.51.100.1:5060;line=12", "<sip:49892@p.example>", "", 12, "49892"},
		"the number at the contact":       {"sip:49892@198.51.100.1:5060;line=12", "<sip:49892@p.example>", "", 12, "49892"},
		"a contact without its line":      {"sip:acct2@198.51.100.1:5060", "<sip:+49892@p.example>", "", 12, "+49892"},
		"whom the proxy was called for":   {"sip:acct1@198.51.100.1:5060", "<sip:forwarded@p.example>", "P-Called-Party-ID: <sip:49891@p.example>\n", 11, "49891"},
		"the number alone":                {"sip:49892@198.51.100.1:5060", "<sip:49892@p.example>", "", 12, "49892"},
		"the number in To":                {"sip:s@198.51.100.1:5060", "<sip:49891@p.example>", "", 11, "s"},
		"an account and no number at all": {"sip:acct2@198.51.100.1:5060;line=12", "<sip:acct2@p.example>", "", 12, "acct2"},
	} {
		t.Run(name, func(t *testing.T) {
			b := provider(t, "acct1", "acct2")
			call := b.caller("c1")
			call.target, call.to = c.target, c.to
			call.request("INVITE", c.extra, pcma)
			b.take("SIP/2.0 100 Trying")
			ev := event[telephony.Incoming](b)
			if ev.Trunk != c.trunk || ev.Dialled != c.dialled {
				t.Errorf("trunk %d is called for %q, want %d for %q", ev.Trunk, ev.Dialled, c.trunk, c.dialled)
			}
		})
	}
}

// TestNobodyClaimsAnothersCalls: what is nobody's for sure is refused, without
// taking the provider for a stranger, and an account the provider refuses has no calls.
func TestNobodyClaimsAnothersCalls(t *testing.T) {
	for name, target := range map[string]string{
		"a number nobody has":         "sip:49893@198.51.100.1:5060",
		"a refused account":           "sip:acct2@198.51.100.1:5060",
		"a number of a refused trunk": "sip:49892@198.51.100.1:5060",
		"a line nobody has":           "sip:x@198.51.100.1:5060;line=99",
	} {
		t.Run(name, func(t *testing.T) {
			b := provider(t, "acct1")
			for range 50 { // a stranger would be banned by then
				call := b.caller("c1")
				call.target, call.to = target, "<sip:x@p.example>"
				call.request("INVITE", "", pcma)
				b.take("SIP/2.0 404 ")
			}
			own := b.caller("c2")
			own.target = "sip:49891@198.51.100.1:5060"
			own.invite(pcma)
		})
	}
}
