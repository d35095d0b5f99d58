package sipua

import (
	"errors"
	"strings"
	"testing"
	"time"

	"holdline/internal/store"
	"holdline/internal/telephony"
)

func registering(t *testing.T) *bench {
	b := newBench(t)
	b.dir.PutTrunk(store.Trunk{ID: trunkID, OrgID: 1, Name: "line", Host: "192.0.2.50", Transport: "udp", Username: "acct", Password: "pw", Register: true, Default: true})
	b.ua.syncTrunks()
	b.run()
	return b
}

func TestTrunkRegistersRefreshesAndTakesItBack(t *testing.T) {
	b := registering(t)
	first := b.take("REGISTER sip:192.0.2.50 SIP/2.0")
	if first.to != trunkFlow || !strings.HasPrefix(first.field("From"), "<sip:acct@192.0.2.50>;tag=") || first.field("Contact") != "<sip:acct@198.51.100.1:5060;line=5>;expires=600" {
		t.Fatalf("to %v:\n%s", first.to, first.text)
	}
	b.receive(trunkFlow, first.reply("401 Unauthorized", "t", "WWW-Authenticate: Digest realm=\"line\", nonce=\"n1\", qop=\"auth\"\n"))
	second := b.take("REGISTER ")
	if !strings.Contains(second.field("Authorization"), `username="acct"`) || second.field("Call-ID") != first.field("Call-ID") {
		t.Fatal(second.text)
	}
	b.receive(trunkFlow, second.reply("200 OK", "t", "Contact: <sip:other@203.0.113.1>;expires=7200\nContact: <sip:acct@198.51.100.1:5060;line=5>;expires=100\n"))
	b.pass(74 * time.Second)
	b.quiet()
	for range 200 { // at three quarters to nine tenths of what was granted
		if len(b.sent) == 0 {
			b.pass(100 * time.Millisecond)
		}
	}
	b.receive(trunkFlow, b.take("REGISTER ").reply("200 OK", "t", "Expires: 600\n"))
	b.ua.syncTrunks()
	b.run()
	b.quiet()
	b.dir.DropTrunk(trunkID)
	b.ua.syncTrunks()
	b.run()
	last := b.take("REGISTER ")
	if last.field("Expires") != "0" {
		t.Fatal(last.text)
	}
	b.receive(trunkFlow, last.reply("200 OK", "t", ""))
	if len(b.w.enrolled) != 0 {
		t.Fatal("still enrolled")
	}
	b.empty()
}

func TestStopTakesTheRegistrationBack(t *testing.T) {
	b := registering(t)
	b.receive(trunkFlow, b.take("REGISTER ").reply("200 OK", "t", "Expires: 600\n"))
	idle := make(chan struct{}, 1)
	b.w.drain(b.now, idle)
	last := b.take("REGISTER ")
	if len(idle) != 0 {
		t.Fatal("idle while the withdrawal is out")
	}
	b.receive(trunkFlow, last.reply("200 OK", "t", ""))
	if len(idle) != 1 || last.field("Expires") != "0" {
		t.Fatalf("not idle after:\n%s", last.text)
	}
}

func TestTrunkStatus(t *testing.T) {
	b := registering(t)
	expect := func(state string, code int) TrunkStatus {
		t.Helper()
		all := b.ua.TrunkStatus()
		if len(all) != 1 || all[0].ID != trunkID || all[0].Org != 1 || all[0].Name != "line" || all[0].State != state || all[0].Code != code {
			t.Fatalf("%+v, want %s after %d", all, state, code)
		}
		return all[0]
	}
	expect("registering", 0)
	b.receive(trunkFlow, b.take("REGISTER ").reply("403 Forbidden", "t", ""))
	if s := expect("failing", 403); s.Message == "" {
		t.Fatal("nobody is told why")
	}
	for len(b.sent) == 0 {
		b.pass(time.Second)
	}
	b.receive(trunkFlow, b.take("REGISTER ").reply("200 OK", "t", "Expires: 600\n"))
	if s := b.ua.TrunkStatus()[0]; !s.Until.After(b.now) || s.Message != "" {
		t.Fatalf("%+v", s)
	}
	b.dir.DropTrunk(trunkID)
	b.ua.syncTrunks()
	b.run()
	if all := b.ua.TrunkStatus(); len(all) != 0 {
		t.Fatalf("%+v", all)
	}
}

func TestPeerThatCanNotBeReachedEndsTheLegAtOnce(t *testing.T) {
	b, _ := ringOne(t)
	for _, tx := range b.w.clients {
		tx.SendFailed(errors.New("connection refused"))
	}
	b.run()
	b.ended("out", telephony.Network, telephony.Unreachable)
	b.empty()
}

func TestTrunkByNameThatIsNotFound(t *testing.T) {
	b := newBench(t)
	b.dir.PutTrunk(store.Trunk{ID: trunkID, OrgID: 1, Host: "trunk.invalid:5060", Transport: "udp", Addresses: []string{"192.0.2.50"}, Default: true})
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}})
	b.ua.running.Wait() // the look-up
	b.run()
	b.ended("out", telephony.Network, telephony.Unreachable)
	b.empty()
}

func TestForeignTrunkIsNotUsed(t *testing.T) {
	b := newBench(t)
	b.dir.PutOrganisation(store.Organisation{ID: 2, Prefix: "0004", Domain: "other.local"})
	b.ua.Originate(telephony.Origination{Leg: "out", Org: 2, To: telephony.Endpoint{Trunk: trunkID, Number: "15550100"}})
	b.run()
	b.quiet()
	b.ended("out", telephony.Network, telephony.Unreachable)
}
