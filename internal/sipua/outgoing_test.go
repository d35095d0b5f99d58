package sipua

import (
	"strings"
	"testing"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

var (
	desk   = flow("udp:10.0.0.1:5062")
	mobile = flow("tcp:10.0.0.2:40000")
)

const (
	deskURI   = "sip:201@10.0.0.1:5062"
	mobileURI = "sip:201@10.0.0.2:40000;transport=tcp"
)

// ringTwo calls a phone with two bindings and gives both INVITEs.
func ringTwo(t *testing.T) (b *bench, first, second message) {
	b = newBench(t)
	b.register(phone201, deskURI, desk.String())
	b.register(phone201, mobileURI, mobile.String())
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}, From: telephony.Party{Number: "100", Name: `Eve "E"`}})
	return b, b.take("INVITE " + deskURI + " "), b.take("INVITE " + mobileURI + " ")
}

// ringOne calls a phone with one binding.
func ringOne(t *testing.T) (*bench, message) {
	b := newBench(t)
	b.register(phone201, deskURI, desk.String())
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}, From: telephony.Party{Number: "100"}})
	return b, b.take("INVITE ")
}

const contactHeader = "Contact: <sip:201@10.0.0.1:5062>\n"

func ok200(m message, tag string) string {
	return m.reply("200 OK", tag, contactHeader+sdpHeader+"\n"+pcma)
}

// talking is an outgoing leg that was answered.
func talking(t *testing.T) (*bench, message) {
	b, invite := ringOne(t)
	b.receive(desk, ok200(invite, "d"))
	b.take("ACK ")
	event[telephony.Answered](b)
	return b, invite
}

func TestAllBindingsRingAndTheFirstToAnswerWins(t *testing.T) {
	b, first, second := ringTwo(t)
	if first.to != desk || second.to != mobile || first.field("Call-ID") != second.field("Call-ID") || first.field("From") == second.field("From") {
		t.Fatalf("forks:\n%s\n%s", first.text, second.text)
	}
	if from := first.field("From"); !strings.HasPrefix(from, `"Eve \"E\"" <sip:100@demo.local>;tag=`) {
		t.Fatalf("From: %s", from)
	}
	if first.field("To") != "<sip:0003*201@demo.local>" || !strings.Contains(second.field("Contact"), ";transport=tcp") {
		t.Fatalf("headers:\n%s", second.text)
	}
	b.receive(desk, first.reply("100 Trying", "", ""))
	b.noEvent()
	b.receive(desk, first.reply("180 Ringing", "d", contactHeader))
	b.receive(mobile, second.reply("180 Ringing", "m", ""))
	if ev := event[telephony.Ringing](b); ev.Leg != "out" || ev.Early {
		t.Fatalf("%+v", ev)
	}
	b.noEvent() // one Ringing, not one for each phone
	b.receive(desk, ok200(first, "d"))
	ack := b.take("ACK sip:201@10.0.0.1:5062 SIP/2.0")
	if ack.field("Via") == first.field("Via") || ack.field("CSeq") != strings.Replace(first.field("CSeq"), "INVITE", "ACK", 1) {
		t.Fatalf("ACK:\n%s", ack.text)
	}
	cancel := b.take("CANCEL " + mobileURI + " ")
	if cancel.field("Via") != second.field("Via") || !strings.Contains(cancel.field("Reason"), "cause=200") {
		t.Fatalf("CANCEL:\n%s", cancel.text)
	}
	event[telephony.Answered](b)
	b.receive(mobile, cancel.reply("200 OK", "m", ""))
	b.receive(mobile, second.reply("487 Request Terminated", "m", ""))
	b.take("ACK " + mobileURI + " ")
	b.hangup("out", telephony.Normal)
	bye := b.take("BYE sip:201@10.0.0.1:5062 SIP/2.0")
	b.receive(desk, bye.reply("200 OK", "", ""))
	b.ended("out", telephony.Local, telephony.Normal)
	b.empty()
}

func Test200ThatCrossesOurCancelIsAcknowledgedAndEnded(t *testing.T) {
	b, first, second := ringTwo(t)
	b.receive(mobile, second.reply("180 Ringing", "m", ""))
	event[telephony.Ringing](b)
	b.receive(desk, ok200(first, "d"))
	b.take("ACK ")
	b.take("CANCEL ")
	event[telephony.Answered](b)
	b.receive(mobile, second.reply("200 OK", "m", "Contact: <sip:201@10.0.0.2:40000;transport=tcp>\n"+sdpHeader+"\n"+pcma))
	b.take("ACK " + mobileURI)
	bye := b.take("BYE " + mobileURI)
	b.noEvent()
	b.receive(mobile, bye.reply("200 OK", "", ""))
	b.hangup("out", telephony.Normal)
	b.ended("out", telephony.Local, telephony.Normal)
	b.empty()
}

func TestWithdrawnLegThatIsAnsweredAllTheSame(t *testing.T) {
	b, invite := ringOne(t)
	b.receive(desk, invite.reply("180 Ringing", "d", ""))
	event[telephony.Ringing](b)
	b.hangup("out", telephony.Elsewhere)
	if c := b.take("CANCEL "); c.field("Reason") != `SIP;cause=200;text="Call completed elsewhere"` {
		t.Fatal(c.text)
	}
	b.ended("out", telephony.Local, telephony.Elsewhere)
	b.receive(desk, ok200(invite, "d"))
	b.take("ACK ")
	b.take("BYE ")
	b.noEvent()
	b.empty()
}

func TestCancelWaitsForAProvisionalAnswer(t *testing.T) {
	b, invite := ringOne(t)
	b.hangup("out", telephony.Cancelled)
	b.ended("out", telephony.Local, telephony.Cancelled)
	b.quiet() // RFC 3261 §9.1
	b.receive(desk, invite.reply("100 Trying", "", ""))
	cancel := b.take("CANCEL ")
	b.receive(desk, invite.reply("180 Ringing", "d", ""))
	b.quiet() // once is enough
	b.receive(desk, cancel.reply("200 OK", "d", ""))
	b.receive(desk, invite.reply("487 Request Terminated", "d", ""))
	b.take("ACK ")
	b.empty()
}

func TestCancelledPhoneThatNeverAnswersIsForgotten(t *testing.T) {
	b, invite := ringOne(t)
	b.receive(desk, invite.reply("180 Ringing", "d", ""))
	event[telephony.Ringing](b)
	b.hangup("out", telephony.Cancelled)
	b.ended("out", telephony.Local, telephony.Cancelled)
	b.empty()
}

func TestRepeated200IsAcknowledgedAgain(t *testing.T) {
	b, invite := ringOne(t)
	b.receive(desk, ok200(invite, "d"))
	ack := b.take("ACK ")
	event[telephony.Answered](b)
	b.receive(desk, ok200(invite, "d"))
	if again := b.take("ACK "); again.text != ack.text {
		t.Fatal("the ACK changed")
	}
	b.noEvent()
	b.receive(desk, ok200(invite, "another")) // a proxy forked behind the contact
	if a, bye := b.take("ACK "), b.take("BYE "); a.toTag() != "another" || bye.toTag() != "another" {
		t.Fatal("the second dialog was not ended")
	}
	b.noEvent()
}

func TestSilentPhoneIsUnreachable(t *testing.T) {
	b, _ := ringOne(t)
	b.pass(31 * time.Second)
	b.noEvent()
	b.pass(2 * time.Second)
	if n := len(b.sent); n != 6 { // timer A: 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s after the first
		t.Fatalf("INVITE was repeated %d times, want 6", n)
	}
	b.ended("out", telephony.Network, telephony.Unreachable)
	b.empty()
}

func TestFinalResponsesMean(t *testing.T) {
	for status, want := range map[string]telephony.Cause{"486 Busy Here": telephony.Busy, "600 Busy Everywhere": telephony.Busy, "603 Decline": telephony.Rejected,
		"403 Forbidden": telephony.Rejected, "480 Temporarily Unavailable": telephony.Unreachable, "404 Not Found": telephony.NotFound,
		"488 Not Acceptable Here": telephony.NotAcceptable, "503 Service Unavailable": telephony.Unreachable, "302 Moved Temporarily": telephony.Rejected} {
		b, invite := ringOne(t)
		b.receive(desk, invite.reply(status, "d", "Contact: <sip:elsewhere@203.0.113.9>\n"))
		b.take("ACK ")
		b.quiet() // no redirect is followed
		if ev := event[telephony.Ended](b); ev.Cause != want {
			t.Errorf("%s ended as %s, want %s", status, ev.Cause, want)
		}
		b.empty()
	}
	b, invite := ringOne(t)
	b.receive(desk, invite.reply("180 Ringing", "d", ""))
	event[telephony.Ringing](b)
	b.receive(desk, invite.reply("408 Request Timeout", "d", ""))
	if ev := event[telephony.Ended](b); ev.Cause != telephony.NoAnswer {
		t.Errorf("408 after ringing ended as %s", ev.Cause)
	}
}

func TestForkEndsForTheBestReason(t *testing.T) {
	b, first, second := ringTwo(t)
	b.receive(mobile, second.reply("486 Busy Here", "m", ""))
	b.noEvent()
	b.receive(desk, first.reply("480 Temporarily Unavailable", "d", ""))
	b.ended("out", telephony.Remote, telephony.Busy)
}

func TestDeclineOfOnePhoneEndsTheOthers(t *testing.T) {
	b, first, second := ringTwo(t)
	b.receive(mobile, second.reply("180 Ringing", "m", ""))
	event[telephony.Ringing](b)
	b.receive(desk, first.reply("603 Decline", "d", ""))
	b.ended("out", telephony.Remote, telephony.Rejected)
	b.take("ACK ")
	b.take("CANCEL " + mobileURI)
	b.receive(mobile, second.reply("487 Request Terminated", "m", ""))
	b.empty()
}

func TestPhoneThatMovedIsFoundAgain(t *testing.T) {
	b, invite := ringOne(t)
	b.register(phone201, "sip:201@10.0.0.9:5062", "udp:10.0.0.9:5062")
	b.receive(desk, invite.reply("480 Temporarily Unavailable", "d", ""))
	b.take("ACK ")
	again := b.take("INVITE sip:201@10.0.0.9:5062 ")
	b.noEvent()
	b.receive(again.to, again.reply("480 Temporarily Unavailable", "x", ""))
	b.ended("out", telephony.Network, telephony.Unreachable)
	b.empty()
}

func TestTrunkThatChallengesIsAnswered(t *testing.T) {
	for _, c := range []struct{ status, challenge, answer string }{
		{"401 Unauthorized", "WWW-Authenticate", "Authorization"}, {"407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"}} {
		b := newBench(t)
		b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}, From: telephony.Party{Number: "0003*201"}})
		invite := b.take("INVITE sip:15550100@192.0.2.50 SIP/2.0")
		if invite.to != trunkFlow || invite.field("P-Asserted-Identity") != "<sip:0003*201@192.0.2.50>" {
			t.Fatalf("INVITE:\n%s", invite.text)
		}
		b.receive(trunkFlow, invite.reply(c.status, "t", c.challenge+": Digest realm=\"line\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n"))
		b.take("ACK ")
		second := b.take("INVITE ")
		if !strings.Contains(second.field(c.answer), `username="acct"`) || second.field("CSeq") == invite.field("CSeq") || second.field("From") != invite.field("From") {
			t.Fatalf("second INVITE:\n%s", second.text)
		}
		b.receive(trunkFlow, second.reply(c.status, "t", c.challenge+": Digest realm=\"line\", nonce=\"n2\", algorithm=MD5, qop=\"auth\", stale=true\n"))
		b.take("ACK ")
		third := b.take("INVITE ")
		b.receive(trunkFlow, third.reply("200 OK", "t", "Contact: <sip:15550100@192.0.2.60:5070>\nRecord-Route: <sip:192.0.2.51;lr>\nRecord-Route: <sip:192.0.2.50;lr>\n"+sdpHeader+"\n"+pcma))
		ack := b.take("ACK sip:15550100@192.0.2.60:5070 SIP/2.0")
		if !strings.Contains(ack.text, "Route: <sip:192.0.2.50;lr>\r\nRoute: <sip:192.0.2.51;lr>\r\n") || ack.field(c.answer) == "" || ack.to != trunkFlow {
			t.Fatalf("route set (RFC 3261 §12.1.2), sent to %v:\n%s", ack.to, ack.text)
		}
		event[telephony.Answered](b)
		b.hangup("out", telephony.Normal)
		bye := b.take("BYE ")
		b.receive(trunkFlow, bye.reply(c.status, "", c.challenge+": Digest realm=\"line\", nonce=\"n3\", algorithm=MD5, qop=\"auth\"\n"))
		if again := b.take("BYE "); again.field(c.answer) == "" {
			t.Fatal("the challenge of a BYE was not answered")
		}
		b.ended("out", telephony.Local, telephony.Normal)
		b.empty()
	}
}

func TestTrunkWithoutARouteIsFollowedToItsContact(t *testing.T) {
	b := newBench(t)
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}})
	invite := b.take("INVITE ")
	b.receive(trunkFlow, invite.reply("200 OK", "t", "Contact: <sip:15550100@192.0.2.60:5070>\n"+sdpHeader+"\n"+pcma))
	if ack := b.take("ACK "); ack.to != flow("udp:192.0.2.60:5070") {
		t.Fatalf("ACK went to %v", ack.to)
	}
}

func TestTrunkThatRefusesOurPassword(t *testing.T) {
	b := newBench(t)
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Number: "15550100"}})
	for range 2 {
		m := b.take("INVITE ")
		b.receive(trunkFlow, m.reply("407 Proxy Authentication Required", "t", "Proxy-Authenticate: Digest realm=\"line\", nonce=\"n\"\n"))
		b.take("ACK ")
	}
	b.ended("out", telephony.Remote, telephony.Rejected)
	b.empty()
}

func TestAnswerWithoutUsableAudioIsEnded(t *testing.T) {
	b, invite := ringOne(t)
	b.receive(desk, invite.reply("200 OK", "d", contactHeader+sdpHeader+"\n"+sdpOf("18", "sendrecv")))
	b.take("ACK ")
	b.take("BYE ")
	b.ended("out", telephony.Remote, telephony.NotAcceptable)
	b.empty()
}

func TestAnswerWithWhatWasNotOffered(t *testing.T) {
	for types, want := range map[string]media.Codec{"9 0": media.PCMU, "0 8": media.PCMU, "8 9": media.PCMA, "9": 0} {
		b, invite := ringOne(t)
		b.receive(desk, invite.reply("200 OK", "d", contactHeader+sdpHeader+"\n"+sdpOf(types, "sendrecv")))
		b.take("ACK ")
		if want == 0 {
			b.take("BYE ")
			b.ended("out", telephony.Remote, telephony.NotAcceptable)
			continue
		}
		event[telephony.Answered](b)
		if got := b.audio.streams[0].remote().Codec; got != want {
			t.Errorf("answer %s: talking %v, want %v", types, got, want)
		}
	}
}

func TestEarlyMediaOfACalledPhone(t *testing.T) {
	b, invite := ringOne(t)
	b.receive(desk, invite.reply("183 Session Progress", "d", contactHeader+sdpHeader+"\n"+pcma))
	if ev := event[telephony.Ringing](b); !ev.Early {
		t.Fatalf("%+v", ev)
	}
	if b.audio.streams[0].remote().Codec != media.PCMA {
		t.Fatal("early media has no remote")
	}
	b.receive(desk, invite.reply("200 OK", "d", contactHeader))
	b.take("ACK ")
	event[telephony.Answered](b)
}

func TestIntervalTooSmallIsRaised(t *testing.T) {
	b, invite := ringOne(t)
	b.receive(desk, invite.reply("422 Session Interval Too Small", "d", "Min-SE: 3600\n"))
	b.take("ACK ")
	again := b.take("INVITE ")
	if again.field("Session-Expires") != "3600" || again.field("Min-SE") != "3600" {
		t.Fatal(again.text)
	}
}

// Who is called for a talk that will be recorded is offered what recordings
// can have; G.722 alone only for a caller who has nothing else.
func TestRecordedTalksAreG711(t *testing.T) {
	for offered, want := range map[string]string{"9 0 8": "RTP/AVP 0 8 101", "8 9": "RTP/AVP 8 101", "9": "RTP/AVP 9 101"} {
		b := newBench(t)
		b.register(phone201, deskURI, desk.String())
		caller := b.caller("a").invite(sdpOf(offered, "sendrecv"))
		b.answer(caller, ring)
		b.take("SIP/2.0 180")
		b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}, Peer: caller, Recorded: true})
		if invite := b.take("INVITE "); !strings.Contains(invite.body(), want) {
			t.Errorf("for a caller with %s there is offered\n%s\nwant %s", offered, invite.body(), want)
		}
	}
}

func TestCodecsFollowThePeer(t *testing.T) {
	wide := sdpOf("9 0 8", "sendrecv")
	b := newBench(t)
	b.register(phone201, deskURI, desk.String())
	caller := b.caller("a").invite(wide)
	b.answer(caller, ring)
	b.take("SIP/2.0 180")
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}, Peer: caller})
	invite := b.take("INVITE ")
	if !strings.Contains(invite.body(), "RTP/AVP 9 0 8 101") {
		t.Fatalf("a caller who is not answered yet passes on what it offered:\n%s", invite.body())
	}
	b.receive(desk, invite.reply("200 OK", "d", contactHeader+sdpHeader+"\n"+sdpOf("9", "sendrecv")))
	b.take("ACK ")
	event[telephony.Answered](b)
	b.ua.Bridge(caller, "out")
	b.run()
	if len(b.audio.bridges) != 0 {
		t.Fatal("bridged before the caller has media")
	}
	b.answer(caller, accept)
	if ok := b.take("SIP/2.0 200"); !strings.Contains(ok.body(), "RTP/AVP 9 101") || len(b.audio.bridges) != 1 {
		t.Fatalf("answer, %d bridges:\n%s", len(b.audio.bridges), ok.body())
	}

	b = newBench(t)
	b.register(phone201, deskURI, desk.String())
	waiting := b.caller("a").invite(wide)
	b.answer(waiting, accept)
	if ok := b.take("SIP/2.0 200"); !strings.Contains(ok.body(), "RTP/AVP 0 101") {
		t.Fatalf("music is G.711:\n%s", ok.body())
	}
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}, Peer: waiting})
	if invite := b.take("INVITE "); !strings.Contains(invite.body(), "RTP/AVP 0 8 101") {
		t.Fatalf("the caller's codec comes first:\n%s", invite.body())
	}
}

func TestPlayTakesABridgeWishBack(t *testing.T) {
	b := newBench(t)
	b.register(phone201, deskURI, desk.String())
	_, a := b.established("a")
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}, Peer: a})
	invite := b.take("INVITE ")
	b.ua.Bridge(a, "out")
	b.ua.Play(a, telephony.Playback{Sounds: []int64{0}, Loop: true})
	b.run()
	b.receive(desk, ok200(invite, "d"))
	if len(b.audio.bridges) != 0 || len(b.audio.streams[0].plays) != 1 {
		t.Fatal("the later command did not win")
	}
	b.ua.Play(a, telephony.Playback{ID: 9, Sounds: []int64{77}})
	b.run()
	event[telephony.Answered](b)
	if ev := event[telephony.PlayDone](b); !ev.Failed || ev.ID != 9 {
		t.Fatalf("%+v", ev)
	}
}

// Who waits hears the built-in music where the queue's own is not there, or
// not yet; an announcement that is not there is passed over.
func TestMissingMusicIsReplaced(t *testing.T) {
	b := newBench(t)
	_, a := b.established("a")
	b.ua.Play(a, telephony.Playback{Sounds: []int64{77}, Loop: true})
	b.ua.Play(a, telephony.Playback{ID: 1, Sounds: []int64{77, 0}})
	b.run()
	plays := b.audio.streams[0].plays
	if len(plays) != 2 || len(plays[0].Sounds) != 1 || !plays[0].Loop || len(plays[1].Sounds) != 1 {
		t.Fatalf("played %+v, want the built-in music twice", plays)
	}
}

func TestNobodyRegistered(t *testing.T) {
	b := newBench(t)
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone202}})
	b.ended("out", telephony.Network, telephony.Unreachable)
	b.empty()
}
