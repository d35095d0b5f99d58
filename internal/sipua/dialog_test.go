package sipua

import (
	"strings"
	"testing"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

func TestHoldAndResume(t *testing.T) {
	for _, direction := range []string{"sendonly", "inactive"} {
		b := newBench(t)
		c, leg := b.established("a")
		s := b.audio.streams[0]
		c.request("INVITE", "", sdpOf("8 0", direction))
		ok := b.take("SIP/2.0 200 OK")
		want := map[string]string{"sendonly": "a=recvonly", "inactive": "a=inactive"}[direction]
		if !strings.Contains(ok.body(), want) || !strings.Contains(ok.body(), " 2 IN IP4") {
			t.Fatalf("answer to %s:\n%s", direction, ok.body())
		}
		if ev := event[telephony.Held](b); ev.Leg != leg || !ev.On || s.remote().Send {
			t.Fatalf("%+v, sending %v", ev, s.remote().Send)
		}
		c.confirm(ok)
		c.request("INVITE", "", pcma)
		ok = b.take("SIP/2.0 200 OK")
		c.confirm(ok)
		if ev := event[telephony.Held](b); ev.On || !s.remote().Send {
			t.Fatalf("%+v, sending %v", ev, s.remote().Send)
		}
		c.request("INVITE", "", pcma) // a refresh: nothing changed
		again := b.take("SIP/2.0 200 OK")
		if again.body() != ok.body() {
			t.Fatal("the version rose without a change (RFC 3264 §8)")
		}
		c.confirm(again)
		b.noEvent()
		b.quiet()
	}
}

func TestOldHoldWithoutAddress(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	c.request("INVITE", "", strings.ReplaceAll(pcma, "c=IN IP4 192.0.2.50", "c=IN IP4 0.0.0.0"))
	c.confirm(b.take("SIP/2.0 200 OK"))
	if ev := event[telephony.Held](b); !ev.On {
		t.Fatal("not held")
	}
	if r := b.audio.streams[0].remote(); r.Addr.Addr().IsUnspecified() || r.Send {
		t.Fatalf("media: %+v", r)
	}
}

func TestReinviteWithoutOfferGetsOne(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	c.request("INVITE", "", "")
	ok := b.take("SIP/2.0 200 OK")
	if !strings.Contains(ok.body(), "RTP/AVP 8 0 101") {
		t.Fatal(ok.text)
	}
	c.send("INVITE", c.cseq+1, 90, "", pcma) // before the ACK with the answer
	if m := b.take("SIP/2.0 500 "); m.field("Retry-After") == "" {
		t.Fatal(m.text)
	}
	c.branch = 100
	c.request("ACK", "", sdpOf("0", "sendrecv"))
	if b.audio.streams[0].remote().Codec != media.PCMU {
		t.Fatal("the answer in the ACK was not taken")
	}
}

func TestRefusedReinviteLeavesTheCallAsItWas(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	c.request("INVITE", "", sdpOf("18", "sendrecv"))
	b.take("SIP/2.0 488 ")
	b.noEvent()
	c.branch++
	c.cseq++
	c.request("BYE", "", "")
	b.take("SIP/2.0 200 OK")
}

func TestUpdateRefreshes(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	c.request("UPDATE", "Supported: timer\nSession-Expires: 120;refresher=uac\n", "")
	ok := b.take("SIP/2.0 200 OK")
	if ok.body() != "" || ok.field("Session-Expires") != "120;refresher=uac" {
		t.Fatal(ok.text)
	}
	c.cseq++
	c.request("UPDATE", "", sdpOf("8", "sendonly"))
	if ok := b.take("SIP/2.0 200 OK"); !strings.Contains(ok.body(), "recvonly") {
		t.Fatal(ok.text)
	}
	if !event[telephony.Held](b).On {
		t.Fatal("UPDATE did not hold")
	}
}

func TestCSeqThatFallsIsRefused(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	c.send("INFO", 1, 99, "", "")
	b.take("SIP/2.0 500 ")
}

func TestRequestsOfNoDialog(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.to = "<sip:700@demo.local>;tag=nobody"
	for _, method := range []string{"BYE", "INVITE", "UPDATE", "INFO", "REFER"} {
		c.request(method, "", "")
		b.take("SIP/2.0 481 ")
	}
	c.request("ACK", "", "")
	c.request("CANCEL", "", "")
	b.take("SIP/2.0 481 ")
	b.quiet()
	b.empty()
}

func TestMethodsInADialog(t *testing.T) {
	b := newBench(t)
	c, _ := b.established("a")
	for method, code := range map[string]string{"OPTIONS": "200", "REFER": "603", "PRACK": "481", "NOTIFY": "481", "MESSAGE": "405", "FROBNICATE": "501"} {
		c.request(method, "", "")
		m := b.take("SIP/2.0 " + code)
		if code[0] == '4' && code[2] == '5' && m.field("Allow") == "" {
			t.Error("405 without Allow")
		}
		c.cseq++
	}
}

func TestDigitsByInfo(t *testing.T) {
	b := newBench(t)
	c, leg := b.established("a")
	for body, want := range map[string]byte{"Signal=5\nDuration=160\n": '5', "Signal= *\nDuration=100": '*', "Signal=11\n": '#'} {
		c.request("INFO", "Content-Type: application/dtmf-relay\n\n", "")
		b.take("SIP/2.0 200") // empty: a keep-alive
		c.cseq++
		c.branch++
		c.b.receive(trunkFlow, infoText(c, "application/dtmf-relay", body))
		b.take("SIP/2.0 200")
		if ev := event[telephony.Digit](b); ev.Leg != leg || ev.Digit != want {
			t.Errorf("%q: %+v, want %c", body, ev, want)
		}
		c.cseq++
	}
	c.branch++
	b.receive(trunkFlow, infoText(c, "application/dtmf", "7"))
	b.take("SIP/2.0 200")
	if ev := event[telephony.Digit](b); ev.Digit != '7' {
		t.Errorf("%+v", ev)
	}
	c.cseq++
	c.branch++
	b.receive(trunkFlow, infoText(c, "application/isup", "x"))
	if m := b.take("SIP/2.0 415"); m.field("Accept") == "" {
		t.Error("415 without Accept")
	}
}

func infoText(c *caller, kind, body string) string {
	return strings.NewReplacer("{to}", c.to, "{target}", c.target, "{cseq}", itoa(c.cseq), "{branch}", itoa(c.branch), "{type}", kind, "{body}", body).Replace(
		"INFO {target} SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKi{branch}\nFrom: <sip:+4930123@192.0.2.50>;tag=a\nTo: {to}\n" +
			"Call-ID: a\nCSeq: {cseq} INFO\nContent-Type: {type}\n\n{body}")
}

func TestSilentPhoneIsHungUp(t *testing.T) {
	b := newBench(t)
	_, leg := b.established("a")
	b.audio.streams[0].ears.Silent(nil)
	b.run()
	if bye := b.take("BYE "); !strings.Contains(bye.field("Reason"), "RTP") {
		t.Fatal(bye.text)
	}
	b.ended(leg, telephony.Network, telephony.MediaLost)
	b.audio.streams[0].ears.Digit(nil, '1') // late news of a leg that is gone
	b.audio.streams[0].ears.PlayDone(nil, 1)
	b.run()
	b.empty()
}

func TestPhoneThatIsSilentWhileItHolds(t *testing.T) {
	b := newBench(t)
	c, leg := b.established("a")
	s := b.audio.streams[0]
	c.request("INVITE", "", sdpOf("8", "sendonly"))
	c.confirm(b.take("SIP/2.0 200 OK"))
	event[telephony.Held](b)
	s.ears.Silent(nil) // it holds without music
	b.run()
	b.quiet()
	b.noEvent()
	n := len(s.remotes)
	c.request("INVITE", "", pcma)
	c.confirm(b.take("SIP/2.0 200 OK"))
	event[telephony.Held](b)
	if now := s.remotes[n:]; len(now) != 2 || now[0].Receive || !now[1].Receive {
		t.Fatalf("silence is not listened for anew: %+v", now)
	}
	s.ears.Silent(nil)
	b.run()
	b.take("BYE ")
	b.ended(leg, telephony.Network, telephony.MediaLost)
}

func TestQueueCallerIsAcceptedWithG711(t *testing.T) {
	for offered, want := range map[string]string{"9 8 0": "RTP/AVP 8 101", "9 0": "RTP/AVP 0 101", "8 9": "RTP/AVP 8 101", "9": "RTP/AVP 9 101"} {
		b := newBench(t)
		b.answer(b.caller("a").invite(sdpOf(offered, "sendrecv")), accept)
		if ok := b.take("SIP/2.0 200 OK"); !strings.Contains(ok.body(), want) {
			t.Errorf("%s offered, answered\n%s", offered, ok.body())
		}
	}
}

func TestSessionThatIsNotRefreshedEnds(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.extra = "Supported: timer\nSession-Expires: 90\n"
	leg := c.invite(pcma)
	b.answer(leg, accept)
	ok := b.take("SIP/2.0 200 OK")
	if ok.field("Session-Expires") != "90;refresher=uac" || ok.field("Require") != "timer" {
		t.Fatal(ok.text)
	}
	c.confirm(ok)
	b.pass(50 * time.Second)
	c.request("UPDATE", "", "")
	b.take("SIP/2.0 200 OK")
	b.pass(59 * time.Second)
	b.noEvent()
	b.pass(2 * time.Second) // 90 s less a third (RFC 4028 §10)
	b.take("BYE ")
	b.ended(leg, telephony.Network, telephony.SessionExpired)
	b.empty()
}

func TestWeRefreshForAPhoneThatCannot(t *testing.T) {
	b, _ := talking(t)
	b.w.legs["out"].session = session{interval: 100 * time.Second, ours: true}
	b.w.legs["out"].startSession(b.now)
	b.pass(50 * time.Second)
	refresh := b.take("INVITE sip:201@10.0.0.1:5062 SIP/2.0") // no Allow: UPDATE was seen
	if !strings.Contains(refresh.body(), " 1 IN IP4") || refresh.field("Session-Expires") != "100;refresher=uac" {
		t.Fatal(refresh.text)
	}
	b.receive(desk, refresh.reply("200 OK", "", contactHeader+"Allow: INVITE, UPDATE\nSession-Expires: 100;refresher=uac\n"+sdpHeader+"\n"+pcma))
	ack := b.take("ACK ")
	b.receive(desk, refresh.reply("200 OK", "", contactHeader+sdpHeader+"\n"+pcma))
	if again := b.take("ACK "); again.text != ack.text {
		t.Fatal("a repeated 200 of a refresh got another ACK")
	}
	b.pass(50 * time.Second)
	update := b.take("UPDATE ")
	b.receive(desk, update.reply("405 Method Not Allowed", "", ""))
	again := b.take("INVITE ")
	b.receive(desk, again.reply("481 Call/Transaction Does Not Exist", "", ""))
	b.take("ACK ")
	b.take("BYE ")
	b.ended("out", telephony.Network, telephony.SessionExpired)
	b.empty()
}

func TestRefreshThatIsRefusedLetsTheSessionRunOut(t *testing.T) {
	b, _ := talking(t)
	b.w.legs["out"].session = session{interval: 120 * time.Second, ours: true}
	b.w.legs["out"].startSession(b.now)
	b.pass(60 * time.Second)
	b.receive(desk, b.take("INVITE ").reply("503 Service Unavailable", "", ""))
	b.take("ACK ")
	b.pass(27 * time.Second)
	b.noEvent()
	b.pass(2 * time.Second)
	b.take("BYE ")
	b.ended("out", telephony.Network, telephony.SessionExpired)
}

func TestRefreshToADeadPhone(t *testing.T) {
	b, _ := talking(t)
	b.w.legs["out"].session = session{interval: 120 * time.Second, ours: true}
	b.w.legs["out"].startSession(b.now)
	b.pass(93 * time.Second)
	b.ended("out", telephony.Network, telephony.SessionExpired)
	b.empty()
}

func TestGlare(t *testing.T) {
	b, invite := talking(t)
	l := b.w.legs["out"]
	l.session = session{interval: 100 * time.Second, ours: true}
	l.startSession(b.now)
	b.pass(50 * time.Second)
	refresh := b.take("INVITE ")
	// Theirs meets ours: refused here …
	reinvite := func(cseq string) string {
		return "INVITE sip:198.51.100.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKr" + cseq + "\nFrom: " + invite.field("To") + ";tag=d\nTo: " +
			invite.field("From") + "\nCall-ID: " + invite.field("Call-ID") + "\nCSeq: " + cseq + " INVITE\n" + contactHeader + sdpHeader + "\n" + pcma
	}
	b.receive(desk, reinvite("1"))
	b.take("SIP/2.0 491 ")
	// … and ours there: tried again after 2.1 to 4 s, as the Call-ID is ours (RFC 3261 §14.1).
	b.receive(desk, refresh.reply("491 Request Pending", "", ""))
	b.take("ACK ")
	b.pass(2 * time.Second)
	b.sent = nil // 491 repeated: its ACK is lost
	b.receive(desk, reinvite("2"))
	ok := b.take("SIP/2.0 200 OK")
	b.receive(desk, strings.NewReplacer("INVITE sip", "ACK sip", "2 INVITE", "2 ACK", "z9hG4bKr2", "z9hG4bKr2a").Replace(reinvite("2")))
	if ok.field("Session-Expires") == "" {
		t.Fatal(ok.text)
	}
	b.hangup("out", telephony.Normal)
	b.ended("out", telephony.Local, telephony.Normal)
	b.empty()
}

func TestTooShortASession(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.request("INVITE", "Supported: timer\nSession-Expires: 30\n", pcma)
	if m := b.take("SIP/2.0 422 "); m.field("Min-SE") != "90" {
		t.Fatal(m.text)
	}
	b.noEvent()
}

func TestByeBeforeTheAnswer(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, ring)
	c.to = b.take("SIP/2.0 180").field("To")
	c.cseq++
	c.request("BYE", "", "")
	b.take("SIP/2.0 200 OK")
	b.take("SIP/2.0 487 ")
	b.ended(leg, telephony.Remote, telephony.Cancelled)
	b.empty()
}

func TestStopEndsEveryLegAsItsStateDemands(t *testing.T) {
	b, _ := talking(t)
	b.register(phone202, "sip:202@10.0.0.2:5062", "udp:10.0.0.2:5062")
	b.originate(telephony.Origination{Leg: "ringing", To: telephony.Endpoint{Extension: phone202}})
	ringing := b.take("INVITE ")
	b.receive(ringing.to, ringing.reply("180 Ringing", "r", ""))
	event[telephony.Ringing](b)
	b.caller("waiting").invite(pcma)
	idle := make(chan struct{}, 1)
	b.ua.stopping.Store(true)
	b.w.drain(b.now, idle)
	var bye, cancel message
	for _, m := range b.sent {
		switch {
		case strings.HasPrefix(m.text, "BYE"):
			bye = m
		case strings.HasPrefix(m.text, "CANCEL"):
			cancel = m
		case !strings.HasPrefix(m.text, "SIP/2.0 503"):
			t.Fatal(m.text)
		}
	}
	for range 3 {
		if ev := event[telephony.Ended](b); ev.Cause != telephony.Shutdown || ev.By != telephony.Local {
			t.Fatalf("%+v", ev)
		}
	}
	b.sent = nil
	b.receive(desk, bye.reply("200 OK", "", ""))
	b.receive(ringing.to, cancel.reply("200 OK", "r", ""))
	if len(idle) != 0 {
		t.Fatal("idle before the last phone confirmed")
	}
	b.receive(ringing.to, ringing.reply("487 Request Terminated", "r", ""))
	c := b.caller("waiting")
	c.send("ACK", 1, 1, "", "")
	if len(idle) != 1 {
		t.Fatal("not idle after all have confirmed")
	}
	b.caller("late").request("INVITE", "", pcma)
	b.take("ACK ") // of the 487
	b.take("SIP/2.0 503 ")
}
