package sipua

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdline/internal/telephony"
)

// desktop is phone 201 in a call that we placed to it.
type desktop struct {
	b      *bench
	leg    telephony.LegID
	invite message
	tag    string
	cseq   int
}

// callDesk calls phone 201, which answers.
func (b *bench) callDesk(leg telephony.LegID) *desktop {
	b.t.Helper()
	if len(b.ua.registrar.Bindings(phone201)) == 0 {
		b.register(phone201, deskURI, desk.String())
	}
	b.originate(telephony.Origination{Leg: leg, To: telephony.Endpoint{Extension: phone201}})
	p := &desktop{b: b, leg: leg, invite: b.take("INVITE "), tag: "tag-" + string(leg)}
	b.receive(desk, ok200(p.invite, p.tag))
	b.take("ACK ")
	if ev := event[telephony.Answered](b); ev.Leg != leg {
		b.t.Fatalf("%+v", ev)
	}
	return p
}

func (p *desktop) send(method, more string) {
	p.b.t.Helper()
	p.cseq++
	p.b.receive(desk, fmt.Sprintf("%s sip:198.51.100.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK%s%d\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\n%s%s\n",
		method, p.tag, p.cseq, p.invite.field("To"), p.tag, p.invite.field("From"), p.invite.field("Call-ID"), p.cseq, method, contactHeader, more))
}

func (p *desktop) refer(more string) { p.b.t.Helper(); p.send("REFER", more) }

// notified takes a NOTIFY and answers it.
func (p *desktop) notified(state, line, answer string) message {
	p.b.t.Helper()
	m := p.b.take("NOTIFY " + deskURI + " SIP/2.0")
	if !strings.HasPrefix(m.field("Subscription-State"), state) || m.body() != line+"\r\n" || !strings.HasPrefix(m.field("Event"), "refer;id=") ||
		!strings.HasPrefix(m.field("Content-Type"), "message/sipfrag") || m.field("Contact") == "" {
		p.b.t.Fatalf("NOTIFY, want %s with %q:\n%s", state, line, m.text)
	}
	if answer != "" {
		p.b.receive(desk, m.reply(answer, "", ""))
	}
	return m
}

// accepted takes the 202, the first NOTIFY and what was asked for.
func (p *desktop) accepted() telephony.Referred {
	p.b.t.Helper()
	if m := p.b.take("SIP/2.0 202 Accepted"); m.field("Contact") == "" {
		p.b.t.Fatal(m.text)
	}
	p.notified("active;expires=", "SIP/2.0 100 Trying", "200 OK")
	return event[telephony.Referred](p.b)
}

// replacesOf writes the dialog of another call as the phone sees it (RFC 5589 §7.1).
func (p *desktop) replacesOf() string {
	_, ours, _ := strings.Cut(p.invite.field("From"), ";tag=")
	return url.QueryEscape(p.invite.field("Call-ID") + ";to-tag=" + ours + ";from-tag=" + p.tag)
}

func (b *bench) progress(leg telephony.LegID, code int) { b.ua.ReferProgress(leg, code); b.run() }

func TestBlindTransfer(t *testing.T) {
	for referTo, want := range map[string]string{
		"<sip:702@demo.local>":                              "702",
		"sip:702@demo.local":                                "702",
		"\"Eve\" <sip:*45%23@demo.local;user=phone>":        "*45#",
		"<sip:%2B4930123;ext=1@demo.local;method=INVITE>":   "+4930123",
		"<tel:+4930123;phone-context=x>":                    "+4930123",
		"<sips:0003*202@demo.local:5061?Priority=urgent>":   "0003*202",
		"<sip:702@demo.local>;some=parameter":               "702",
		"<sip:702@demo.local?Accept-Contact=a%3Bb&X-Y=%7A>": "702",
	} {
		b := newBench(t)
		p := b.callDesk("out")
		p.refer("Refer-To: " + referTo + "\nReferred-By: <sip:0003*201@demo.local>\n")
		if ev := p.accepted(); ev != (telephony.Referred{Leg: "out", Target: want}) {
			t.Fatalf("%s: %+v", referTo, ev)
		}
		b.progress("out", 180)
		p.notified("active;expires=180", "SIP/2.0 180 Ringing", "200 OK")
		b.progress("out", 180) // nothing new
		b.quiet()
		b.progress("out", 200)
		last := p.notified("terminated;reason=noresource", "SIP/2.0 200 OK", "200 OK")
		if last.field("Event") != "refer;id=1" {
			t.Fatal(last.text)
		}
		b.progress("out", 486) // over
		b.quiet()
		b.hangup("out", telephony.Normal)
		b.receive(desk, b.take("BYE ").reply("200 OK", "", ""))
		b.ended("out", telephony.Local, telephony.Normal)
		b.empty()
	}
}

func TestTransferThatCanNotBeRead(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	for more, code := range map[string]string{
		"":                             "400",
		"Refer-To: <sip:demo.local>\n": "400",
		"Refer-To: <sip:demo.local\n":  "400",
		"Refer-To: <sip:702@demo.local?Replaces=abc>\n":                "400",
		"Refer-To: <sip:702@demo.local?Replaces=abc%3Bto-tag%3D1>\n":   "400",
		"Refer-To: <sip:702@demo.local?Replaces=abc%zz>\n":             "400",
		"Refer-To: <mailto:eve@demo.local>\n":                          "416",
		"Refer-To: <sip:702@demo.local;method=BYE>\n":                  "603",
		"Refer-To: <sip:702@demo.local>\nRequire: multiple-refer\n":    "420",
		"Refer-To: <sip:7?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>\n":   "481",
		"Refer-To: <sip:702%0d%0aX@demo.local>\n":                      "400",
		"Refer-To: <sip:1@demo.local>\nRefer-To: <sip:2@demo.local>\n": "400",
	} {
		p.refer(more)
		if m := b.sent[0]; !strings.HasPrefix(m.text, "SIP/2.0 "+code+" ") {
			t.Errorf("%q:\n%s", more, m.text)
		}
		b.sent = b.sent[1:]
		b.quiet()
		b.noEvent()
	}
	p.refer("Refer-To: <sip:702@demo.local>\n") // none of them is in the way
	p.accepted()
}

func TestTrunksMayNotTransfer(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	c.request("REFER", "Refer-To: <sip:00900@demo.local>\n", "")
	b.take("SIP/2.0 603 ")
	b.noEvent()
	b.receive(flow(stranger), raw("REFER", "Refer-To: <sip:00900@demo.local>\n"))
	b.take("SIP/2.0 403 ")
	b.noEvent()
}

func TestAttendedTransferNamesTheOtherCall(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("first")
	q := b.callDesk("second")
	own, id := "sip:198.51.100.1:5060", q.invite.field("Call-ID")
	_, ours, _ := strings.Cut(q.invite.field("From"), ";tag=")
	for _, header := range []string{q.replacesOf(), url.QueryEscape(id + ";from-tag=" + ours + ";to-tag=" + q.tag), id + ";to-tag=" + ours + ";early-only;from-tag=" + q.tag} {
		p.refer("Refer-To: <" + own + "?Replaces=" + header + ">\n")
		if ev := p.accepted(); ev != (telephony.Referred{Leg: "first", Replaces: "second"}) {
			t.Fatalf("%s: %+v", header, ev)
		}
		b.progress("first", 503)
		p.notified("terminated;reason=noresource", "SIP/2.0 503 Service Unavailable", "200 OK")
	}
	for name, header := range map[string]string{"itself": p.replacesOf(), "unknown call": url.QueryEscape("x" + id + ";to-tag=" + ours + ";from-tag=" + q.tag),
		"unknown tag": url.QueryEscape(id + ";to-tag=" + ours + ";from-tag=x")} {
		p.refer("Refer-To: <" + own + "?Replaces=" + header + ">\n")
		if m := b.sent[0]; !strings.HasPrefix(m.text, "SIP/2.0 481 ") {
			t.Errorf("%s:\n%s", name, m.text)
		}
		b.sent = nil
		b.noEvent()
	}
	c, _ := b.established("stranger's") // a call of nobody here is not to be joined
	_, tag, _ := strings.Cut(c.to, ";tag=")
	p.refer("Refer-To: <" + own + "?Replaces=" + url.QueryEscape(c.id+";to-tag="+tag+";from-tag="+c.id) + ">\n")
	b.take("SIP/2.0 481 ")
	b.hangup("second", telephony.Normal)
	b.ended("second", telephony.Local, telephony.Normal)
	b.take("BYE ")
	p.refer("Refer-To: <" + own + "?Replaces=" + q.replacesOf() + ">\n") // too late
	b.take("SIP/2.0 481 ")
	b.noEvent()
}

func TestReplacedCallOnAnotherWorker(t *testing.T) {
	for _, crossing := range []string{"", "BYE", "hangup"} {
		b := newBench(t, func(c *Config) { c.Workers = 2 })
		var legs [2]telephony.LegID
		for i := 0; legs[0] == "" || legs[1] == ""; i++ {
			id := telephony.LegID(fmt.Sprint("leg", i))
			legs[b.ua.workerOf(string(id)).index] = id
		}
		p, q := b.callDesk(legs[0]), b.callDesk(legs[1])
		switch crossing {
		case "":
			p.refer("Refer-To: <sip:198.51.100.1?Replaces=" + q.replacesOf() + ">\n")
			if ev := p.accepted(); ev.Replaces != legs[1] {
				t.Fatalf("%+v", ev)
			}
		default: // the first call ends while the other worker is asked
			p.cseq++
			refer := wire(fmt.Sprintf("REFER sip:198.51.100.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKx\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d REFER\nRefer-To: <sip:198.51.100.1?Replaces=%s>\n\n",
				p.invite.field("To"), p.tag, p.invite.field("From"), p.invite.field("Call-ID"), p.cseq, q.replacesOf()))
			b.ua.Receive(desk, refer)
			first := b.ua.workers[0]
			for _, l := range first.box.take(nil) {
				first.step(b.now, l.task)
			}
			if crossing == "BYE" {
				p.send("BYE", "")
				b.take("SIP/2.0 200 OK")
			} else {
				b.hangup(legs[0], telephony.Normal)
				b.take("BYE ")
			}
			event[telephony.Ended](b)
			b.take("SIP/2.0 481 ")
			b.quiet()
			b.noEvent()
			if len(first.referrals) != 0 {
				t.Fatal("the referral is left")
			}
		}
	}
}

func TestOneTransferAtATime(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
	p.refer("Refer-To: <sip:703@demo.local>\n")
	b.take("SIP/2.0 491 ")
	b.noEvent()
	b.progress("out", 404)
	p.notified("terminated;reason=noresource", "SIP/2.0 404 Not Found", "200 OK")
	p.refer("Refer-To: <sip:703@demo.local>\n")
	if ev := p.accepted(); ev.Target != "703" {
		t.Fatalf("%+v", ev)
	}
}

func TestRepeatedReferIsTakenOnce(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
	p.cseq--
	p.refer("Refer-To: <sip:702@demo.local>\n")
	b.take("SIP/2.0 202 ")
	b.quiet()
	b.noEvent()
}

func TestPhoneThatHangsUpAfterItsRefer(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	b.take("SIP/2.0 202 ")
	p.notified("active", "SIP/2.0 100 Trying", "")
	event[telephony.Referred](b)
	p.send("BYE", "") // before it has answered the NOTIFY
	b.take("SIP/2.0 200 OK")
	b.ended("out", telephony.Remote, telephony.Normal)
	b.pass(600 * time.Millisecond)
	p.notified("active", "SIP/2.0 100 Trying", "200 OK") // repeated
	b.progress("out", 200)
	p.notified("terminated;reason=noresource", "SIP/2.0 200 OK", "200 OK")
	b.empty()
}

func TestPhoneThatForgetsItsTransferWithTheCall(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
	p.send("BYE", "")
	b.take("SIP/2.0 200 OK")
	b.ended("out", telephony.Remote, telephony.Normal)
	b.progress("out", 183)
	p.notified("active", "SIP/2.0 183 Session Progress", "481 Call/Transaction Does Not Exist")
	b.progress("out", 200)
	b.quiet()
	b.empty()
}

func TestReferThatCrossesOurBye(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	b.hangup("out", telephony.Normal)
	bye := b.take("BYE ")
	b.ended("out", telephony.Local, telephony.Normal)
	p.refer("Refer-To: <sip:702@demo.local>\n")
	b.take("SIP/2.0 481 ")
	b.noEvent()
	b.receive(desk, bye.reply("200 OK", "", ""))
	b.empty()
}

func TestLostNotifyEndsTheSubscription(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	b.take("SIP/2.0 202 ")
	event[telephony.Referred](b)
	b.pass(33 * time.Second)
	if len(b.sent) != 11 { // timer E (RFC 3261 §17.1.2.2)
		t.Fatalf("NOTIFY was sent %d times, want 11", len(b.sent))
	}
	b.sent = nil
	b.progress("out", 200)
	b.quiet()
	b.hangup("out", telephony.Normal)
	b.ended("out", telephony.Local, telephony.Normal)
	b.empty()
}

func TestNotifyThatIsOvertakenChangesNothing(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	b.take("SIP/2.0 202 ")
	event[telephony.Referred](b)
	first := p.notified("active", "SIP/2.0 100 Trying", "") // lost
	b.progress("out", 180)
	p.notified("active", "SIP/2.0 180 Ringing", "200 OK")
	b.pass(600 * time.Millisecond)
	if again := b.take("NOTIFY "); again.text != first.text {
		t.Fatalf("repeated:\n%s", again.text)
	}
	b.receive(desk, first.reply("500 Server Internal Error", "", "")) // its CSeq is old
	b.progress("out", 200)
	p.notified("terminated", "SIP/2.0 200 OK", "200 OK")
}

func TestTransferNobodyTellsTheEndOf(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
	b.pass(referralTime - time.Millisecond)
	b.quiet()
	b.pass(2 * time.Millisecond)
	p.notified("terminated;reason=timeout", "SIP/2.0 100 Trying", "200 OK")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
}

func TestTransferWithoutSubscription(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\nRequire: norefersub\nRefer-Sub: false\n")
	if m := b.take("SIP/2.0 202 "); m.field("Refer-Sub") != "false" {
		t.Fatal(m.text)
	}
	if ev := event[telephony.Referred](b); ev.Target != "702" {
		t.Fatalf("%+v", ev)
	}
	b.progress("out", 200)
	b.quiet()
	p.refer("Refer-To: <sip:703@demo.local>\n") // the first is over
	p.accepted()
}

func TestPhoneRenewsOrEndsItsSubscription(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.send("SUBSCRIBE", "Event: refer\n")
	b.take("SIP/2.0 481 ")
	p.send("SUBSCRIBE", "Event: dialog\n")
	if m := b.take("SIP/2.0 489 "); m.field("Allow-Events") != "refer" {
		t.Fatal(m.text)
	}
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
	p.send("SUBSCRIBE", "Event: refer;id=3\nExpires: 60\n")
	if m := b.take("SIP/2.0 200 OK"); m.field("Expires") != "60" {
		t.Fatal(m.text)
	}
	p.notified("active;expires=60", "SIP/2.0 100 Trying", "200 OK")
	p.send("SUBSCRIBE", "Event: refer;id=3\nExpires: 0\n")
	b.take("SIP/2.0 200 OK")
	p.notified("terminated;reason=timeout", "SIP/2.0 100 Trying", "200 OK")
	b.progress("out", 200)
	b.quiet()
}

func TestStopEndsTransfersToo(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	p.refer("Refer-To: <sip:702@demo.local>\n")
	p.accepted()
	idle := make(chan struct{}, 1)
	b.w.drain(b.now, idle)
	p.notified("terminated;reason=noresource", "SIP/2.0 503 Service Unavailable", "200 OK")
	b.receive(desk, b.take("BYE ").reply("200 OK", "", ""))
	b.ended("out", telephony.Local, telephony.Shutdown)
	if len(idle) != 1 {
		t.Fatal("not idle")
	}
	b.empty()
}

func TestTransferOfACallThatIsNotAnswered(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.w.legs[leg].extension = phone201
	b.answer(leg, ring)
	c.to = b.take("SIP/2.0 180").field("To")
	c.cseq++
	c.request("REFER", "Refer-To: <sip:702@demo.local>\n", "")
	b.take("SIP/2.0 491 ")
	b.noEvent()
}

func TestAttendedTransferToACallThatStillRings(t *testing.T) {
	b := newBench(t)
	p := b.callDesk("out")
	c := b.caller("a") // stands for a call of the same phone
	leg := c.invite(pcma)
	b.w.legs[leg].extension = phone201
	b.answer(leg, ring)
	tag := b.take("SIP/2.0 180").toTag()
	p.refer("Refer-To: <sip:702@demo.local?Replaces=" + url.QueryEscape(c.id+";to-tag="+tag+";from-tag="+c.id) + ">\n")
	if ev := p.accepted(); ev != (telephony.Referred{Leg: "out", Target: "702", Replaces: leg}) {
		t.Fatalf("%+v", ev)
	}
}

// FuzzInDialog: whatever a phone sends within a call, nothing panics, the
// call can be ended, and nothing of it is left.
func FuzzInDialog(f *testing.F) {
	for _, seed := range [][2]string{{"REFER", "Refer-To: <sip:702@demo.local>\n"}, {"REFER", "r: sip:702@a\nRefer-Sub: false\n"},
		{"SUBSCRIBE", "Event: refer\nExpires: 0\n"}, {"INFO", "Content-Type: application/dtmf\n\n5"}, {"INVITE", sdpHeader + "\n" + pcma}, {"BYE", ""}, {"NOTIFY", "Event: refer\n"}} {
		f.Add(seed[0], seed[1], seed[0], seed[1])
		f.Add("REFER", "Refer-To: <sip:702@demo.local?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>\n", seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, method, more, method2, more2 string) {
		b := newBench(t)
		p := b.callDesk("out")
		p.send(method, more)
		p.send(method2, more2)
		b.progress("out", 180)
		p.send(method, more)
		b.progress("out", 200)
		b.hangup("out", telephony.Normal)
		ends := 0
		for _, ev := range b.events {
			if _, ok := ev.(telephony.Ended); ok {
				ends++
			}
		}
		for id := range b.w.legs { // whatever else was begun
			b.hangup(id, telephony.Normal)
		}
		b.events = nil
		b.pass(referralTime)
		b.empty()
		if ends != 1 {
			t.Fatalf("ended %d times", ends)
		}
	})
}

// FuzzReferTo: whatever a phone asks for, what is passed on is a number and a
// dialog that can be looked for, and reading it again gives the same.
func FuzzReferTo(f *testing.F) {
	for _, seed := range []string{"<sip:702@demo.local>", "sip:702@a;x=y", "\"a\\\"b\" <sip:%2a45%23@[::1]:5060;method=INVITE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>",
		"<tel:+49;x>", "*", "<sip:a?Replaces=x;to-tag=1;from-tag=2;early-only>", "<sip:@>", "<sip:a%zz@b>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := readReferTo(value)
		if err != nil {
			if got != (transfer{}) || referRefusal(err).code < 400 {
				t.Fatalf("%q: %+v with %v", value, got, err)
			}
			return
		}
		if got.target == "" && got.replaces == (replaces{}) || strings.ContainsAny(got.target, "\r\n\x00") {
			t.Fatalf("%q gave %+v", value, got)
		}
		if r := got.replaces; r != (replaces{}) && (r.callID == "" || r.toTag == "" || r.fromTag == "") {
			t.Fatalf("%q gave %+v", value, r)
		}
		if got.target != "" {
			if again, err := readReferTo("<sip:" + escape(got.target) + "@demo.local>"); err == nil && again.target != strings.Split(got.target, ";")[0] {
				t.Fatalf("%q became %q", got.target, again.target)
			}
		}
	})
}

// FuzzReplaces: what is taken names a dialog whole.
func FuzzReplaces(f *testing.F) {
	for _, seed := range []string{"a@b;to-tag=1;from-tag=2", "a;from-tag=2;to-tag=1;early-only", "a;to-tag=;from-tag=2", ";to-tag=1;from-tag=2", "a ; TO-TAG = 1 ;from-tag=2;x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if r, err := readReplaces(value); (err == nil) != (r.callID != "" && r.toTag != "" && r.fromTag != "") {
			t.Fatalf("%q: %+v with %v", value, r, err)
		}
	})
}
