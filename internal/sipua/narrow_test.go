package sipua

import (
	"strings"
	"testing"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

// wideband is a call of a peer that talks G.722.
func (b *bench) wideband(id string) (*caller, telephony.LegID) {
	b.t.Helper()
	c := b.caller(id)
	leg := c.invite(sdpOf("9", "sendrecv"))
	b.answer(leg, telephony.Verdict{Disposition: telephony.Accept})
	c.confirm(b.take("SIP/2.0 200 OK"))
	if got := b.w.legs[leg].format.Codec; got != media.G722 {
		b.t.Fatalf("the leg talks %v", got)
	}
	return c, leg
}

// asked takes the re-INVITE that asks for G.711.
func (b *bench) asked() message {
	b.t.Helper()
	m := b.take("INVITE ")
	if !strings.Contains(m.body(), " RTP/AVP 8 0 101\r\n") {
		b.t.Fatalf("want G.711 offered:\n%s", m.text)
	}
	return m
}

func (b *bench) agreed(m message) {
	b.t.Helper()
	b.receive(trunkFlow, m.reply("200 OK", "", sdpHeader+"\n"+pcma))
	b.take("ACK ")
}

func (b *bench) music(leg telephony.LegID) {
	b.ua.Play(leg, telephony.Playback{Sounds: []int64{0}, Loop: true})
	b.run()
}

func TestMusicAsksAWidebandPhoneForG711(t *testing.T) {
	b := newBench(t)
	_, leg := b.wideband("a")
	b.w.legs[leg].session = session{} // without a session timer too
	b.music(leg)
	m := b.asked()
	if m.field("Session-Expires") != "" {
		t.Error(m.text)
	}
	b.music(leg) // once is enough
	b.quiet()
	b.agreed(m)
	if got := b.audio.streams[0].remote(); got.Codec != media.PCMA || got.PayloadType != 8 {
		t.Errorf("the stream is told %+v", got)
	}
	b.music(leg)
	b.quiet()
}

func TestWidebandPhonesGoOnTogetherAndNarrowForOthers(t *testing.T) {
	b := newBench(t)
	_, wide := b.wideband("a")
	_, too := b.wideband("b")
	_, narrow := b.established("c")
	b.ua.Bridge(wide, too)
	b.run()
	b.quiet()
	b.ua.Bridge(narrow, too)
	b.run()
	b.agreed(b.asked())
	b.ua.Bridge(wide, too) // the other follows
	b.run()
	b.agreed(b.asked())
	if a, c := b.audio.streams[0].remote().Codec, b.audio.streams[1].remote().Codec; a != media.PCMA || c != media.PCMA {
		t.Errorf("they talk %v and %v", a, c)
	}
	b.ua.Bridge(wide, too)
	b.run()
	b.quiet()
}

func TestMixAsksForG711(t *testing.T) {
	b := newBench(t)
	_, wide := b.wideband("a")
	_, narrow := b.established("b")
	b.ua.Mix([]telephony.Member{{Leg: wide, Hears: []telephony.LegID{narrow}}, {Leg: narrow, Hears: []telephony.LegID{wide}}})
	b.run()
	b.agreed(b.asked())
	last := b.audio.mixes[len(b.audio.mixes)-1]
	if len(last) != 2 || len(last[0].hears) != 1 || len(last[1].hears) != 1 {
		t.Errorf("the mix is %+v", last)
	}
}

func TestPhoneThatHasG722Only(t *testing.T) {
	b := newBench(t)
	_, leg := b.wideband("a")
	l := b.w.legs[leg]
	before := string(l.sdp)
	b.music(leg)
	b.receive(trunkFlow, b.asked().reply("488 Not Acceptable Here", "", ""))
	b.take("ACK ")
	if string(l.sdp) != before || l.format.Codec != media.G722 {
		t.Errorf("the session has changed:\n%s", l.sdp)
	}
	b.music(leg) // it is not asked again
	b.quiet()
	b.noEvent()
}

func TestGlareWhileG711IsAskedFor(t *testing.T) {
	b := newBench(t)
	_, leg := b.wideband("a")
	b.music(leg)
	b.receive(trunkFlow, b.asked().reply("491 Request Pending", "", ""))
	b.take("ACK ")
	b.pass(2 * time.Second) // the Call-ID is theirs: we wait no longer (RFC 3261 §14.1)
	again := b.asked()
	b.sent = nil // repeated meanwhile
	b.agreed(again)
	if got := b.audio.streams[0].remote().Codec; got != media.PCMA {
		t.Errorf("the stream is told %v", got)
	}
}

// A refresh is out when G.711 is wanted: both are done, one after the other.
func TestG711IsAskedForAfterARefresh(t *testing.T) {
	b := newBench(t)
	_, leg := b.wideband("a")
	l := b.w.legs[leg]
	l.session = session{interval: 100 * time.Second, ours: true}
	l.startSession(b.now)
	b.pass(50 * time.Second)
	refresh := b.take("INVITE ")
	if !strings.Contains(refresh.body(), " RTP/AVP 9 101\r\n") {
		t.Fatal(refresh.text)
	}
	b.music(leg)
	b.receive(trunkFlow, refresh.reply("200 OK", "", sdpHeader+"\n"+sdpOf("9", "sendrecv")))
	b.take("ACK ")
	b.pass(time.Second)
	b.agreed(b.asked())
}
