package teltest

import (
	"testing"

	"holdline/internal/telephony"
)

// phoneCall is a phone that called in and was accepted.
func (b *bench) phoneCall(t *testing.T, phone Phone) (Call, telephony.LegID) {
	t.Helper()
	call := phone.Dial(t, "700")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	call.AwaitUp(t)
	return call, in.Leg
}

func (b *bench) expectReferred(t *testing.T, want telephony.Referred) {
	t.Helper()
	got := next[telephony.Referred](t, b.Events)
	if want.Target == "" {
		got.Target = "" // a dialog is named by what follows it
	}
	if got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func transferBlind(t *testing.T, b *bench) {
	_, c, _, legC := b.talk(t)
	c.Refer(t, "*45#", nil)
	b.expectReferred(t, telephony.Referred{Leg: legC, Target: "*45#"})
	b.sw.ReferProgress(legC, 404)
	c.AwaitProgress(t, 404)
	c.Refer(t, "702", nil) // another try
	b.expectReferred(t, telephony.Referred{Leg: legC, Target: "702"})
	b.sw.ReferProgress(legC, 180)
	c.AwaitProgress(t, 180)
	b.sw.ReferProgress(legC, 200)
	c.AwaitProgress(t, 200)
	b.sw.Hangup(legC, telephony.Normal)
	b.expectEnd(t, legC, telephony.Local, telephony.Normal)
	expectCode(t, c, 0)
}

func transferFromHold(t *testing.T, b *bench) {
	a, c, legA, legC := b.talk(t)
	c.Hold(t, true)
	if ev := next[telephony.Held](t, b.Events); ev.Leg != legC || !ev.On {
		t.Fatalf("got %+v, want %s held", ev, legC)
	}
	b.sw.Play(legA, telephony.Playback{Sounds: []int64{b.Music()}, Loop: true})
	a.AwaitSound(t)
	c.Refer(t, "202", nil)
	b.expectReferred(t, telephony.Referred{Leg: legC, Target: "202"})
	b.sw.ReferProgress(legC, 200)
	b.sw.Hangup(legC, telephony.Normal)
	b.expectEnd(t, legC, telephony.Local, telephony.Normal)
	c.AwaitProgress(t, 200) // told before the end
	expectCode(t, c, 0)
	d := b.ring(t, "out2", legA)
	d.Answer(t)
	next[telephony.Answered](t, b.Events)
	b.sw.Bridge(legA, "out2")
	a.AwaitVoice(t, d)
	d.AwaitVoice(t, a)
}

func transferAttended(t *testing.T, b *bench) {
	phone := b.Phone(t)
	first, leg1 := b.phoneCall(t, phone)
	second, leg2 := b.phoneCall(t, phone)
	first.Refer(t, "", second)
	b.expectReferred(t, telephony.Referred{Leg: leg1, Replaces: leg2})
	b.sw.ReferProgress(leg1, 200)
	first.AwaitProgress(t, 200)
	b.sw.Hangup(leg1, telephony.Normal)
	b.sw.Hangup(leg2, telephony.Normal)
	ends(t, b.Events, leg1, leg2)
	expectCode(t, first, 0)
	expectCode(t, second, 0)
}

func transferAfterTheEnd(t *testing.T, b *bench) {
	call, leg := b.caller(t)
	call.Refer(t, "702", nil)
	b.expectReferred(t, telephony.Referred{Leg: leg, Target: "702"})
	call.Hangup(t) // as most phones do at once
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
	b.sw.ReferProgress(leg, 200)
	b.sw.ReferProgress(leg, 200)
	b.sw.Hangup(leg, telephony.Normal)
	call, leg = b.caller(t) // the next event there is
	call.Hangup(t)
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
}
