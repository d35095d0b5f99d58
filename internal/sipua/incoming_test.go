package sipua

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

var (
	accept = telephony.Verdict{Disposition: telephony.Accept}
	ring   = telephony.Verdict{Disposition: telephony.Ring}
)

func TestCallerIsAskedRungAnsweredAndHangsUp(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.request("INVITE", "", pcma)
	b.take("SIP/2.0 100 Trying")
	in := event[telephony.Incoming](b)
	if in.Dialled != "700" || in.Trunk != trunkID || in.Extension != 0 || in.From != (telephony.Party{Number: "+4930123", Name: "Eve"}) || in.SIPCallID != "a" {
		t.Fatalf("asked %+v", in)
	}
	b.answer(in.Leg, ring)
	ringing := b.take("SIP/2.0 180 Ringing")
	if ringing.toTag() == "" || ringing.field("Contact") != "<sip:198.51.100.1:5060>" {
		t.Fatalf("180 makes no dialog:\n%s", ringing.text)
	}
	b.pass(61 * time.Second)
	b.take("SIP/2.0 180 Ringing") // RFC 3261 §13.3.1.1
	b.answer(in.Leg, accept)
	ok := b.take("SIP/2.0 200 OK")
	if ok.toTag() != ringing.toTag() || !strings.Contains(ok.body(), "m=audio 10000 RTP/AVP 8 101\r\n") || ok.field("Content-Type") != "application/sdp" {
		t.Fatalf("answer:\n%s", ok.text)
	}
	if via := ok.field("Via"); !strings.Contains(via, "rport=5060") || !strings.Contains(via, "received=192.0.2.50") {
		t.Fatalf("Via does not say where the request came from: %s", via)
	}
	c.confirm(ok)
	b.pass(10 * time.Second)
	b.quiet()
	c.request("BYE", "", "")
	b.take("SIP/2.0 200 OK")
	b.ended(in.Leg, telephony.Remote, telephony.Normal)
	b.empty()
}

func TestRetransmittedInviteIsAnsweredAgainNotTakenAgain(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	c.send("INVITE", 1, 1, "", pcma)
	b.take("SIP/2.0 100 Trying")
	b.answer(leg, ring)
	b.take("SIP/2.0 180 Ringing")
	c.send("INVITE", 1, 1, "", pcma)
	b.take("SIP/2.0 180 Ringing")
	b.answer(leg, accept)
	ok := b.take("SIP/2.0 200 OK")
	c.send("INVITE", 1, 1, "", pcma) // absorbed: the 2xx repeats by itself (RFC 6026 §7.1)
	b.quiet()
	c.confirm(ok)
	b.noEvent()
}

func TestLost200IsRepeatedUntilItsAck(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	b.answer(c.invite(pcma), accept)
	ok := b.take("SIP/2.0 200 OK")
	b.pass(8 * time.Second)
	var at []time.Duration
	for _, m := range b.sent {
		if m.text != ok.text {
			t.Fatalf("the repetition differs:\n%s", m.text)
		}
		at = append(at, m.at.Sub(start))
	}
	if got, want := fmt.Sprint(at), "[500ms 1.5s 3.5s 7.5s]"; got != want {
		t.Fatalf("repeated at %s, want %s (RFC 3261 §13.3.1.4)", got, want)
	}
	b.sent = nil
	c.confirm(ok)
	b.pass(time.Minute)
	b.quiet()
}

func TestLostAckEndsTheCall(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, accept)
	b.pass(31900 * time.Millisecond)
	b.noEvent()
	b.sent = nil
	b.pass(2 * time.Second)
	bye := b.take("BYE sip:eve@192.0.2.50:5060 SIP/2.0")
	b.ended(leg, telephony.Network, telephony.SessionExpired)
	b.receive(trunkFlow, bye.reply("200 OK", "", ""))
	b.empty()
}

func TestHangupBeforeTheAckWaitsForIt(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, accept)
	ok := b.take("SIP/2.0 200 OK")
	b.hangup(leg, telephony.Normal)
	b.ended(leg, telephony.Local, telephony.Normal)
	b.quiet() // RFC 3261 §15: no BYE before the ACK
	b.pass(600 * time.Millisecond)
	b.take("SIP/2.0 200 OK")
	c.confirm(ok)
	bye := b.take("BYE ")
	b.receive(trunkFlow, bye.reply("200 OK", "", ""))
	b.empty()
}

func TestCancelWhileRinging(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, ring)
	b.take("SIP/2.0 180")
	c.send("CANCEL", 1, 1, "", "")
	if m := b.take("SIP/2.0 200 OK"); m.field("CSeq") != "1 CANCEL" {
		t.Fatal(m.text)
	}
	b.take("SIP/2.0 487 Request Terminated")
	b.ended(leg, telephony.Remote, telephony.Cancelled)
	b.answer(leg, accept) // too late, and harmless
	b.pass(600 * time.Millisecond)
	final := b.take("SIP/2.0 487") // timer G
	c.to = final.field("To")
	c.send("ACK", 1, 1, "", "")
	b.pass(10 * time.Second)
	b.quiet()
	b.empty()
}

func TestCancelThatCrossesThe200ChangesNothing(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, accept)
	ok := b.take("SIP/2.0 200 OK")
	c.send("CANCEL", 1, 1, "", "")
	if m := b.take("SIP/2.0 200 OK"); m.field("CSeq") != "1 CANCEL" {
		t.Fatal(m.text)
	}
	b.noEvent()
	c.confirm(ok)
	c.request("BYE", "", "") // RFC 3261 §9.1: who cancelled in vain sends BYE
	b.take("SIP/2.0 200 OK")
	b.ended(leg, telephony.Remote, telephony.Normal)
	b.empty()
}

func TestByesThatCross(t *testing.T) {
	for _, answer := range []string{"200 OK", "481 Call/Transaction Does Not Exist"} {
		b := newBench(t)
		c, leg := b.established("a")
		b.hangup(leg, telephony.Normal)
		ours := b.take("BYE ")
		b.ended(leg, telephony.Local, telephony.Normal)
		c.request("BYE", "", "")
		if m := b.take("SIP/2.0 200 OK"); !strings.HasSuffix(m.field("CSeq"), "BYE") {
			t.Fatal(m.text)
		}
		b.receive(trunkFlow, ours.reply(answer, "", ""))
		b.empty()
	}
}

func TestUnansweredByeIsRepeatedAndForgotten(t *testing.T) {
	b := newBench(t)
	_, leg := b.established("a")
	b.hangup(leg, telephony.Normal)
	b.ended(leg, telephony.Local, telephony.Normal)
	b.pass(40 * time.Second)
	if n := len(b.sent); n != 11 { // timer E: 0, 0.5, 1.5, 3.5, 7.5, then every 4 s (RFC 3261 §17.1.2.2)
		t.Fatalf("BYE was sent %d times, want 11", n)
	}
	b.empty()
}

func TestEveryCauseHasItsCode(t *testing.T) {
	codes := map[telephony.Cause]int{telephony.Busy: 486, telephony.Rejected: 603, telephony.NoAnswer: 480, telephony.Unreachable: 480,
		telephony.NotFound: 404, telephony.NotAcceptable: 488, telephony.Forbidden: 403, telephony.Overloaded: 503,
		telephony.Failed: 500, telephony.Shutdown: 503}
	for cause, code := range codes {
		b := newBench(t)
		leg := b.caller("a").invite(pcma)
		b.answer(leg, telephony.Verdict{Disposition: telephony.Reject, Cause: cause})
		m := b.take(fmt.Sprintf("SIP/2.0 %d ", code))
		if code == 503 && m.field("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		if ev := event[telephony.Ended](b); ev.Cause != cause || ev.By != telephony.Local || ev.Code != code {
			t.Errorf("ended %+v", ev)
		}
		b.empty()
	}
}

func TestDropLeavesNoWord(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, telephony.Verdict{Disposition: telephony.Drop})
	b.ended(leg, telephony.Local, telephony.Rejected)
	c.send("INVITE", 1, 1, "", pcma)
	b.quiet()
	b.noEvent()
	b.empty()
}

func TestLateOffer(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite("")
	b.answer(leg, accept)
	ok := b.take("SIP/2.0 200 OK")
	if !strings.Contains(ok.body(), "m=audio 10000 RTP/AVP 8 0 101") {
		t.Fatalf("no offer in the 200:\n%s", ok.text)
	}
	b.ua.Play(leg, telephony.Playback{Sounds: []int64{0}, Loop: true})
	b.run()
	s := b.audio.streams[0]
	if len(s.plays) != 0 {
		t.Fatal("played before there was anybody to hear")
	}
	c.to = ok.field("To")
	c.request("ACK", "", sdpOf("0", "sendrecv"))
	if r := s.remote(); r.Codec != media.PCMU || r.Addr.Port() != 4000 || !r.Send || !r.Receive || len(s.plays) != 1 {
		t.Fatalf("after the answer: %+v, %d playbacks", r, len(s.plays))
	}
}

func TestLateOfferWithoutAnswerEndsTheCall(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite("")
	b.answer(leg, accept)
	c.confirm(b.take("SIP/2.0 200 OK"))
	b.take("BYE ")
	b.ended(leg, telephony.Network, telephony.NotAcceptable)
}

func TestNoCommonCodec(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.request("INVITE", "", "v=0\no=- 1 1 IN IP4 192.0.2.50\ns=-\nc=IN IP4 192.0.2.50\nt=0 0\nm=audio 4000 RTP/AVP 18\n")
	m := b.take("SIP/2.0 488 ")
	if !strings.HasPrefix(m.field("Warning"), "305 ") {
		t.Fatalf("no Warning (RFC 3261 §20.43):\n%s", m.text)
	}
	b.noEvent()
	b.empty()
}

func TestFullPortRangeRefusesWith503(t *testing.T) {
	b := newBench(t)
	b.audio.noPorts = true
	leg := b.caller("a").invite(pcma)
	b.answer(leg, accept)
	if m := b.take("SIP/2.0 503 "); m.field("Retry-After") == "" {
		t.Fatal(m.text)
	}
	b.ended(leg, telephony.Network, telephony.Overloaded)
	b.register(phone201, "sip:201@10.0.0.1:5062", "udp:10.0.0.1:5062")
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}})
	b.ended("out", telephony.Network, telephony.Overloaded)
	b.empty()
}

func TestEarlyMediaThenAnswer(t *testing.T) {
	b := newBench(t)
	leg := b.caller("a").invite(pcma)
	b.answer(leg, telephony.Verdict{Disposition: telephony.Early})
	early := b.take("SIP/2.0 183 Session Progress")
	b.ua.Play(leg, telephony.Playback{Sounds: []int64{0}, Loop: true})
	b.answer(leg, accept)
	if ok := b.take("SIP/2.0 200 OK"); ok.body() != early.body() || len(b.audio.streams[0].plays) != 1 {
		t.Fatalf("the answer changed:\n%s\n%s", early.body(), ok.body())
	}
}

func TestCallsBeyondTheLimitGet503(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxCalls = 1 })
	b.established("a")
	b.caller("b").request("INVITE", "", pcma)
	if m := b.take("SIP/2.0 503 "); m.field("Retry-After") == "" {
		t.Fatal(m.text)
	}
	b.noEvent()
	if len(b.w.legs) != 1 || b.ua.Stats().Refused != 1 {
		t.Fatal("a refused call left something behind")
	}
}

func TestCallsAreRefusedWhileTheJournalIsBehind(t *testing.T) {
	behind := true
	b := newBench(t, func(c *Config) { c.Behind = func() bool { return behind } })
	b.caller("a").request("INVITE", "", pcma)
	if m := b.take("SIP/2.0 503 "); m.field("Retry-After") == "" {
		t.Fatal(m.text)
	}
	behind = false
	b.caller("b").invite(pcma)
}

func TestOverloadRefusesEarlyAndRecovers(t *testing.T) {
	for name, load := range map[string]struct {
		busy   func(*bench)
		checks int
	}{
		"rtp":        {func(b *bench) { b.audio.late = time.Second }, lateChecks},
		"signalling": {func(b *bench) { b.w.least.Store(int64(time.Second)) }, lagChecks},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.ua.counters.legs.Add(fewLegs)
			for range load.checks - 1 {
				load.busy(b)
				b.ua.watch()
			}
			b.caller("a").invite(pcma) // a burst that passes is no overload
			load.busy(b)
			b.ua.watch()
			b.caller("b").request("INVITE", "", pcma)
			b.take("SIP/2.0 503 ")
			b.audio.late = 0
			for range calmChecks - 1 {
				b.ua.watch()
			}
			b.caller("c").request("INVITE", "", pcma)
			b.take("SIP/2.0 503 ") // not yet: hysteresis
			b.ua.watch()
			b.caller("d").invite(pcma)
		})
	}
}

func TestDelaysWithFewCallsAreNoOverload(t *testing.T) {
	b := newBench(t)
	b.established("a")
	b.audio.late = time.Second
	for range 2 * lateChecks {
		b.w.least.Store(int64(time.Second))
		b.ua.watch()
	}
	b.caller("b").invite(pcma)
}

func TestRejectedCallIsRepeatedUntilItsAck(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, telephony.Verdict{Disposition: telephony.Reject, Cause: telephony.Busy})
	b.ended(leg, telephony.Local, telephony.Busy)
	b.pass(2 * time.Second)
	if len(b.sent) != 3 { // 0, 0.5, 1.5 s
		t.Fatalf("486 was sent %d times in two seconds, want 3", len(b.sent))
	}
	b.empty()
}
