package teltest

import (
	"testing"

	"holdline/internal/telephony"
)

// choir is singers that have called in and were accepted.
func (b *bench) choir(t *testing.T, n int) (calls []Call, legs []telephony.LegID) {
	t.Helper()
	for range n {
		call, leg := b.phoneCall(t, b.Singer(t))
		calls, legs = append(calls, call), append(legs, leg)
	}
	return calls, legs
}

// everybody has each of the legs hear all others.
func everybody(legs []telephony.LegID) []telephony.Member {
	members := make([]telephony.Member, len(legs))
	for i, leg := range legs {
		members[i].Leg = leg
		for j, other := range legs {
			if i != j {
				members[i].Hears = append(members[i].Hears, other)
			}
		}
	}
	return members
}

func mixed(t *testing.T, b *bench) {
	calls, legs := b.choir(t, 4)
	b.sw.Mix([]telephony.Member{
		{Leg: legs[0], Hears: []telephony.LegID{legs[1]}},
		{Leg: legs[1], Hears: []telephony.LegID{legs[0], legs[3]}},
		{Leg: legs[2], Hears: []telephony.LegID{legs[0], legs[1], legs[3], "nobody"}},
		{Leg: legs[3]},
		{Leg: "nobody", Hears: legs},
	})
	calls[0].AwaitVoices(t, calls[1])
	calls[1].AwaitVoices(t, calls[0], calls[3])
	calls[2].AwaitVoices(t, calls[0], calls[1], calls[3])
	calls[3].AwaitVoices(t)
}

func mixLeft(t *testing.T, b *bench) {
	calls, legs := b.choir(t, 4)
	b.sw.Mix(everybody(legs))
	calls[0].AwaitVoices(t, calls[1], calls[2], calls[3])
	calls[3].Hangup(t)
	b.expectEnd(t, legs[3], telephony.Remote, telephony.Normal)
	calls[0].AwaitVoices(t, calls[1], calls[2])
	b.sw.Play(legs[2], telephony.Playback{Sounds: []int64{b.Music()}, Loop: true})
	calls[2].AwaitSound(t)
	calls[0].AwaitVoices(t, calls[1])
	calls[1].AwaitVoices(t, calls[0])
	b.sw.Stop(legs[1])
	calls[0].AwaitVoices(t)
}

func mixReplaced(t *testing.T, b *bench) {
	calls, legs := b.choir(t, 3)
	b.sw.Bridge(legs[0], legs[1])
	calls[0].AwaitVoices(t, calls[1])
	b.sw.Mix(everybody(legs))
	calls[0].AwaitVoices(t, calls[1], calls[2])
	b.sw.Mix([]telephony.Member{{Leg: legs[0], Hears: legs[1:]}, {Leg: legs[1]}, {Leg: legs[2], Hears: legs[:1]}})
	calls[1].AwaitVoices(t)
	calls[2].AwaitVoices(t, calls[0])
	calls[0].AwaitVoices(t, calls[1], calls[2])
	b.sw.Bridge(legs[0], legs[1])
	calls[0].AwaitVoices(t, calls[1])
	calls[1].AwaitVoices(t, calls[0])
	calls[2].AwaitVoices(t)
	b.sw.Mix(nil)
	b.sw.Mix([]telephony.Member{{Leg: "nobody"}})
}

func mixBeforeMedia(t *testing.T, b *bench) {
	calls, legs := b.choir(t, 2)
	late := b.Singer(t).Dial(t, "201")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Ring})
	late.AwaitRingback(t)
	b.sw.Mix(everybody(append(legs, in.Leg)))
	calls[0].AwaitVoices(t, calls[1])
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	late.AwaitUp(t)
	late.AwaitVoices(t, calls...)
	calls[0].AwaitVoices(t, calls[1], late)
}

func mixRecorded(t *testing.T, b *bench) {
	calls, legs := b.choir(t, 3)
	b.sw.Record(legs[0], recording(t, "r1"))
	b.sw.Bridge(legs[0], legs[1])
	calls[0].AwaitVoices(t, calls[1])
	b.sw.Mix(everybody(legs))
	calls[0].AwaitVoices(t, calls[1], calls[2])
	calls[0].Hangup(t)
	b.expectRecorded(t, legs[0], "r1")
	b.expectEnd(t, legs[0], telephony.Remote, telephony.Normal)
	calls[1].AwaitVoices(t, calls[2])
}
