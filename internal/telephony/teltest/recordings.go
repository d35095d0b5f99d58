package teltest

import (
	"path/filepath"
	"testing"

	"holdline/internal/telephony"
)

// recording gives one to record to.
func recording(t *testing.T, id string) telephony.Recording {
	return telephony.Recording{ID: id, Path: filepath.Join(t.TempDir(), id+".wav")}
}

func (b *bench) expectRecorded(t *testing.T, leg telephony.LegID, id string) {
	t.Helper()
	ev := next[telephony.Recorded](t, b.Events)
	if ev.Leg != leg || ev.ID != id || ev.Duration <= 0 || ev.Err != "" {
		t.Fatalf("got %+v, want %s of %s recorded", ev, id, leg)
	}
}

func recordedToTheEnd(t *testing.T, b *bench) {
	a, c, legA, legC := b.talk(t)
	b.sw.Record(legA, recording(t, "r1"))
	b.sw.Play(legA, telephony.Playback{Sounds: []int64{b.Music()}, Loop: true})
	a.AwaitSound(t)
	b.sw.Bridge(legA, legC)
	a.AwaitVoice(t, c)
	c.Hold(t, true)
	next[telephony.Held](t, b.Events)
	c.Hangup(t)
	b.expectEnd(t, legC, telephony.Remote, telephony.Normal)
	a.AwaitSilence(t)
	a.Hangup(t)
	b.expectRecorded(t, legA, "r1")
	b.expectEnd(t, legA, telephony.Remote, telephony.Normal)
}

func recordedInParts(t *testing.T, b *bench) {
	call, leg := b.caller(t)
	b.sw.Record(leg, telephony.Recording{}) // nothing to stop
	b.sw.Record(leg, recording(t, "r1"))
	call.AwaitSilence(t)
	b.sw.Record(leg, recording(t, "r2"))
	b.expectRecorded(t, leg, "r1")
	call.AwaitSilence(t)
	b.sw.Record(leg, telephony.Recording{})
	b.expectRecorded(t, leg, "r2")
	b.sw.Record(leg, telephony.Recording{})
	b.sw.Record("nobody", recording(t, "r3"))
	call.Hangup(t)
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
	b.sw.Record(leg, recording(t, "r4"))
	call, leg = b.caller(t) // the next event there is
	call.Hangup(t)
	b.expectEnd(t, leg, telephony.Remote, telephony.Normal)
}

func recordedFromTheAnswer(t *testing.T, b *bench) {
	call := b.Phone(t).Dial(t, "700")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Record(in.Leg, recording(t, "r1"))
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	call.AwaitUp(t)
	b.sw.Play(in.Leg, telephony.Playback{Sounds: []int64{b.Music()}, Loop: true})
	call.AwaitSound(t)
	b.sw.Hangup(in.Leg, telephony.Normal)
	b.expectRecorded(t, in.Leg, "r1")
	b.expectEnd(t, in.Leg, telephony.Local, telephony.Normal)
}
