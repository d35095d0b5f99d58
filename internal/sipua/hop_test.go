package sipua

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdline/internal/telephony"
)

// knows has the resolver know a host.
func (b *bench) knows(key, addr string) {
	b.ua.names.known[key] = &resolved{addr: netip.MustParseAddrPort(addr), at: b.now.Add(time.Hour)}
}

func TestTrunkThatNamesItsContact(t *testing.T) {
	for name, c := range map[string]struct{ headers, known, addr, to string }{
		"contact":            {"Contact: <sip:eve@sbc.example:5070>\n", "udp:sbc.example:5070", "192.0.2.60:5070", "udp:192.0.2.60:5070"},
		"route, over TCP":    {"Contact: <sip:eve@10.0.0.1>\nRecord-Route: <sip:edge.example;lr;transport=tcp>\n", "tcp:edge.example", "192.0.2.61:5060", "tcp:192.0.2.61:5060"},
		"private":            {"Contact: <sip:eve@sbc.example>\n", "udp:sbc.example", "10.1.2.3:5060", "udp:192.0.2.50:5060"},
		"loopback":           {"Contact: <sip:eve@127.0.0.1:5062>\n", "", "", "udp:192.0.2.50:5060"},
		"no address at all":  {"Contact: <sip:eve@0.0.0.0>\n", "", "", "udp:192.0.2.50:5060"},
		"same, other scheme": {"Contact: <sip:eve@192.0.2.50;transport=tcp>\n", "", "", "udp:192.0.2.50:5060"},
	} {
		b := newBench(t)
		if c.known != "" {
			b.knows(c.known, c.addr)
		}
		b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}})
		b.receive(trunkFlow, b.take("INVITE ").reply("200 OK", "t", c.headers+sdpHeader+"\n"+pcma))
		if ack := b.take("ACK "); ack.to != flow(c.to) {
			t.Errorf("%s: ACK went to %v, want %s", name, ack.to, c.to)
		}
		event[telephony.Answered](b)
		b.hangup("out", telephony.Normal)
		if bye := b.take("BYE "); bye.to != flow(c.to) {
			t.Errorf("%s: BYE went to %v, want %s", name, bye.to, c.to)
		}
	}
}

func TestTrunkThatNamesAHostNobodyKnows(t *testing.T) {
	b := newBench(t)
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}})
	invite := b.take("INVITE ")
	b.receive(trunkFlow, invite.reply("200 OK", "t", "Contact: <sip:eve@sbc.invalid:5070>\n"+sdpHeader+"\n"+pcma))
	if ack := b.take("ACK "); ack.to != trunkFlow {
		t.Fatalf("ACK went to %v", ack.to)
	}
	b.ua.running.Wait() // the look-up
	b.run()
	event[telephony.Answered](b)
	b.hangup("out", telephony.Normal)
	if bye := b.take("BYE "); bye.to != trunkFlow {
		t.Fatalf("BYE went to %v", bye.to)
	}
}

func TestNameThatIsFoundLaterIsUsedFromThen(t *testing.T) {
	b := newBench(t)
	entry := &resolved{asking: true}
	b.ua.names.known["udp:sbc.example"] = entry
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}})
	b.receive(trunkFlow, b.take("INVITE ").reply("200 OK", "t", "Contact: <sip:eve@sbc.example>\n"+sdpHeader+"\n"+pcma))
	b.take("ACK ")
	event[telephony.Answered](b)
	for _, then := range entry.waiting {
		then(netip.MustParseAddrPort("192.0.2.60:5060"), true, true)
	}
	b.run()
	b.hangup("out", telephony.Normal)
	if bye := b.take("BYE "); bye.to != flow("udp:192.0.2.60:5060") {
		t.Fatalf("BYE went to %v", bye.to)
	}
}

func TestNamesRememberedAreBounded(t *testing.T) {
	b := newBench(t)
	for i := range 3 * maxNames {
		b.ua.names.known["udp:"+itoa(i)] = &resolved{}
	}
	b.ua.names.find(b.now, "sbc.invalid:1", "udp", func(netip.AddrPort, bool, bool) {})
	if n := len(b.ua.names.known); n > maxNames {
		t.Fatalf("%d names are remembered", n)
	}
	b.ua.running.Wait()
}

// TestLoopThroughATrunkEnds: a call forwarded through a provider that sends it
// back, stripped of our Via, comes back with fewer hops left each time.
func TestLoopThroughATrunkEnds(t *testing.T) {
	b := newBench(t)
	forwards, last := 70, ""
	for round := 0; ; round++ {
		c := b.caller("round" + itoa(round))
		b.receive(trunkFlow, strings.Replace(string(inviteOf(c)), "Max-Forwards: 70", "Max-Forwards: "+itoa(forwards), 1))
		if strings.HasPrefix(b.sent[0].text, "SIP/2.0 483 ") {
			b.sent = nil
			break
		}
		b.take("SIP/2.0 100")
		in := event[telephony.Incoming](b)
		out := telephony.LegID("out" + itoa(round))
		b.originate(telephony.Origination{Leg: out, To: telephony.Endpoint{Number: "15550100"}, Peer: in.Leg})
		invite := b.take("INVITE ")
		last = invite.field("Max-Forwards")
		if last != itoa(forwards-1) || round > 70 {
			t.Fatalf("round %d: %s hops left of %d", round, last, forwards)
		}
		forwards--
		// A leg placed for the one just placed has one hop more behind it.
		if round == 0 {
			b.originate(telephony.Origination{Leg: "third", To: telephony.Endpoint{Number: "15550101"}, Peer: out})
			if m := b.take("INVITE "); m.field("Max-Forwards") != "68" {
				t.Fatal(m.text)
			}
		}
		b.sent = nil
	}
	if last != "0" {
		t.Fatalf("ended with %s hops left", last)
	}
}

func inviteOf(c *caller) []byte {
	return []byte("INVITE sip:700@demo.local SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK" + c.id + "\nMax-Forwards: 70\n" +
		"From: <sip:+4930123@192.0.2.50>;tag=" + c.id + "\nTo: <sip:700@demo.local>\nCall-ID: " + c.id + "\nCSeq: 1 INVITE\nContact: <sip:eve@192.0.2.50:5060>\n" +
		sdpHeader + "\n" + pcma)
}

func TestFirstHopOfACall(t *testing.T) {
	b := newBench(t)
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}, Peer: "gone"})
	if m := b.take("INVITE "); m.field("Max-Forwards") != "70" {
		t.Fatal(m.text)
	}
	b.hangup("out", telephony.Normal)
	b.events = nil
	b.receive(trunkFlow, strings.Replace(string(inviteOf(b.caller("a"))), "Max-Forwards: 70", "Max-Forwards: 200", 1))
	in := event[telephony.Incoming](b)
	b.sent = nil
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}, Peer: in.Leg})
	if m := b.take("INVITE "); m.field("Max-Forwards") != "69" {
		t.Fatal(m.text)
	}
}
