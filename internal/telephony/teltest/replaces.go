package teltest

import (
	"testing"

	"holdline/internal/telephony"
)

// asks waits for a phone's call that is to take a leg's place.
func (b *bench) asks(t *testing.T, phone Phone, instead telephony.LegID) telephony.LegID {
	t.Helper()
	in := next[telephony.Incoming](t, b.Events)
	if in.Replaces != instead || in.Extension != phone.Endpoint().Extension {
		t.Fatalf("asked about %+v, want a call of extension %d in place of %s", in, phone.Endpoint().Extension, instead)
	}
	return in.Leg
}

func replacedRinging(t *testing.T, b *bench) {
	caller, legA := b.caller(t)
	rings := b.ring(t, "out1", legA)
	phone := b.Phone(t)
	taker := phone.Replace(t, rings)
	leg := b.asks(t, phone, "out1")
	b.sw.Hangup("out1", telephony.Elsewhere)
	rings.AwaitOver(t)
	b.expectEnd(t, "out1", telephony.Local, telephony.Elsewhere)
	b.sw.Answer(leg, telephony.Verdict{Disposition: telephony.Accept})
	taker.AwaitUp(t)
	b.sw.Bridge(legA, leg)
	caller.AwaitVoice(t, taker)
	taker.AwaitVoice(t, caller)
}

func replacedTalking(t *testing.T, b *bench) {
	caller, called, legA, legC := b.talk(t)
	for _, replaced := range []struct {
		call Call
		leg  telephony.LegID
	}{{called, legC}, {caller, legA}} {
		phone := b.Phone(t)
		refused := phone.Replace(t, replaced.call)
		b.sw.Answer(b.asks(t, phone, replaced.leg), telephony.Verdict{Disposition: telephony.Reject, Cause: telephony.Busy})
		next[telephony.Ended](t, b.Events)
		expectCode(t, refused, 486)
	}
	caller.AwaitVoice(t, called) // nothing has changed
}
