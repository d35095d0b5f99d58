package teltest

import (
	"testing"

	"holdline/internal/telephony"
)

func incomingAccepted(t *testing.T, b *bench) {
	phone := b.Phone(t)
	call := phone.Dial(t, "700")
	in := next[telephony.Incoming](t, b.Events)
	if in.Dialled != "700" || in.Extension != phone.Endpoint().Extension || in.Trunk != 0 {
		t.Fatalf("asked about %+v, want a call to 700 from extension %d", in, phone.Endpoint().Extension)
	}
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	call.AwaitUp(t)
	b.sw.Play(in.Leg, telephony.Playback{Sounds: []int64{b.Music()}, Loop: true})
	call.AwaitSound(t)
	b.sw.Hangup(in.Leg, telephony.Normal)
	expectCode(t, call, 0)
	b.expectEnd(t, in.Leg, telephony.Local, telephony.Normal)
}

func incomingRings(t *testing.T, b *bench) {
	call := b.Phone(t).Dial(t, "700")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Ring})
	call.AwaitRingback(t)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	call.AwaitUp(t)
	call.Hangup(t)
	b.expectEnd(t, in.Leg, telephony.Remote, telephony.Normal)
}

func incomingRejected(t *testing.T, b *bench) {
	for cause, code := range map[telephony.Cause]int{telephony.Busy: 486, telephony.Rejected: 603, telephony.NoAnswer: 480,
		telephony.Unreachable: 480, telephony.NotFound: 404, telephony.Forbidden: 403, telephony.Overloaded: 503} {
		call := b.Phone(t).Dial(t, "700")
		in := next[telephony.Incoming](t, b.Events)
		b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Reject, Cause: cause})
		expectCode(t, call, code)
		b.expectEnd(t, in.Leg, telephony.Local, cause)
	}
}

func incomingCancelled(t *testing.T, b *bench) {
	call := b.Phone(t).Dial(t, "700")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Ring})
	call.AwaitRingback(t)
	call.Hangup(t)
	b.expectEnd(t, in.Leg, telephony.Remote, telephony.Cancelled)
}

func callerHangsUp(t *testing.T, b *bench) {
	call, leg := b.caller(t)
	call.Hangup(t)
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
}

func outgoingBridged(t *testing.T, b *bench) {
	a, c, legA, legC := b.talk(t)
	a.Hangup(t)
	b.expectEnd(t, legA, telephony.Remote, telephony.Normal)
	c.AwaitSilence(t)
	b.sw.Hangup(legC, telephony.Normal)
	b.expectEnd(t, legC, telephony.Local, telephony.Normal)
	expectCode(t, c, 0)
}

func outgoingBusy(t *testing.T, b *bench) {
	b.ring(t, "out1", "").Refuse(t, telephony.Busy)
	b.expectEnd(t, "out1", telephony.Remote, telephony.Busy)
}

func outgoingDeclined(t *testing.T, b *bench) {
	b.ring(t, "out1", "").Refuse(t, telephony.Rejected)
	b.expectEnd(t, "out1", telephony.Remote, telephony.Rejected)
}

func outgoingUnreachable(t *testing.T, b *bench) {
	phone := b.Phone(t)
	phone.Unregister(t)
	b.sw.Originate(telephony.Origination{Leg: "out1", Org: Org, To: phone.Endpoint()})
	if got := ends(t, b.Events, "out1")["out1"]; got.Cause != telephony.Unreachable {
		t.Fatalf("a phone that is not registered ended with %s, want %s", got.Cause, telephony.Unreachable)
	}
}

func ringingWithdrawn(t *testing.T, b *bench) {
	call := b.ring(t, "out1", "")
	b.sw.Hangup("out1", telephony.Elsewhere)
	call.AwaitOver(t)
	b.expectEnd(t, "out1", telephony.Local, telephony.Elsewhere)
}

func answeredHungUp(t *testing.T, b *bench) {
	call := b.ring(t, "out1", "")
	call.Answer(t)
	next[telephony.Answered](t, b.Events)
	b.sw.Hangup("out1", telephony.Normal)
	expectCode(t, call, 0)
	b.expectEnd(t, "out1", telephony.Local, telephony.Normal)
}

func calledHangsUp(t *testing.T, b *bench) {
	_, c, _, legC := b.talk(t)
	c.Hangup(t)
	b.expectEnd(t, legC, telephony.Remote, telephony.Normal)
}

func digits(t *testing.T, b *bench) {
	call, leg := b.caller(t)
	for _, digit := range []byte("15#") {
		call.Press(t, digit)
		if ev := next[telephony.Digit](t, b.Events); ev.Leg != leg || ev.Digit != digit {
			t.Fatalf("got digit %q of %s, want %q of %s", ev.Digit, ev.Leg, digit, leg)
		}
	}
}

func soundOnce(t *testing.T, b *bench) {
	call, leg := b.caller(t)
	b.sw.Play(leg, telephony.Playback{ID: 7, Sounds: []int64{b.Sound()}})
	call.AwaitSound(t)
	if ev := next[telephony.PlayDone](t, b.Events); ev.Leg != leg || ev.ID != 7 || ev.Failed {
		t.Fatalf("got %+v, want playback 7 of %s done", ev, leg)
	}
	call.AwaitSilence(t)
}

func playReplacesBridge(t *testing.T, b *bench) {
	a, c, legA, legC := b.talk(t)
	b.sw.Play(legA, telephony.Playback{Sounds: []int64{b.Music()}, Loop: true})
	a.AwaitSound(t)
	c.AwaitSilence(t)
	b.sw.Bridge(legA, legC)
	a.AwaitVoice(t, c)
	c.AwaitVoice(t, a)
	b.sw.Stop(legA)
	a.AwaitSilence(t)
}

func hold(t *testing.T, b *bench) {
	_, c, legA, legC := b.talk(t)
	c.Hold(t, true)
	if ev := next[telephony.Held](t, b.Events); ev.Leg != legC || !ev.On {
		t.Fatalf("got %+v, want %s held", ev, legC)
	}
	c.Hold(t, false)
	if ev := next[telephony.Held](t, b.Events); ev.Leg != legC || ev.On {
		t.Fatalf("got %+v, want %s resumed", ev, legC)
	}
	b.sw.Bridge(legA, legC)
}

func unknownLegs(t *testing.T, b *bench) {
	b.sw.Answer("nobody", telephony.Verdict{Disposition: telephony.Accept})
	b.sw.Play("nobody", telephony.Playback{Sounds: []int64{b.Sound()}})
	b.sw.Bridge("nobody", "nobody else")
	b.sw.Stop("nobody")
	b.sw.Hangup("nobody", telephony.Normal)
	call, leg := b.caller(t) // the first event there is
	call.Hangup(t)
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
	b.sw.Hangup(leg, telephony.Normal)
	b.sw.Bridge(leg, "nobody")
	call, leg = b.caller(t)
	call.Hangup(t)
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
}

func bothHangUp(t *testing.T, b *bench) {
	for range 20 {
		call, leg := b.caller(t)
		go b.sw.Hangup(leg, telephony.Normal)
		call.Hangup(t)
		got := ends(t, b.Events, leg)[leg]
		if got.Cause != telephony.Normal {
			t.Fatalf("ended for %s, want %s", got.Cause, telephony.Normal)
		}
	}
}

func bridgeEarly(t *testing.T, b *bench) {
	a := b.Phone(t).Dial(t, "201")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Ring})
	a.AwaitRingback(t)
	c := b.ring(t, "out1", in.Leg)
	c.Answer(t)
	next[telephony.Answered](t, b.Events)
	b.sw.Bridge(in.Leg, "out1")
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	a.AwaitUp(t)
	a.AwaitVoice(t, c)
	c.AwaitVoice(t, a)
}
