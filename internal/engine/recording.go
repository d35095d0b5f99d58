package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// Recordings keeps what is recorded.
type Recordings interface {
	// Begin makes room for a recording of a call and gives the file's path. It may wait.
	Begin(ctx context.Context, org int64, id string, call acd.CallID, at acd.Time) (path string, err error)
}

// beginTime is how long a recording may take to begin.
const beginTime = 10 * time.Second

// recordingReady brings a recording's path, or why there is none, back to the
// organisation's goroutine.
type recordingReady struct {
	leg      telephony.LegID
	call     acd.CallID
	id, path string
	err      error
}

// startRecording records a caller's leg from now on. The call does not wait
// for it, and goes on without it where it cannot be.
func (o *org) startRecording(l *leg) {
	keeper := o.host.cfg.Recordings
	if keeper == nil || l.recorded != "" {
		return
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // does not fail
	id, at := hex.EncodeToString(random[:]), o.clock.now()
	l.recorded = id
	ready := recordingReady{leg: l.id, call: l.record.Call, id: id}
	ctx, cancel := context.WithTimeout(context.Background(), beginTime)
	o.aside(func() {
		defer cancel()
		ready.path, ready.err = keeper.Begin(ctx, o.id, id, ready.call, at)
		o.box.put(ready)
	})
}

func (o *org) recordingReady(r recordingReady) {
	switch {
	case r.err != nil:
		o.log.Error("call is not recorded", "call", r.leg, "error", r.err)
		o.recorded(r.call, r.id, 0, "it could not be begun: "+r.err.Error())
	case o.legs[r.leg] == nil: // gone meanwhile: the shortest recording there is
		o.recorded(r.call, r.id, 0, "the call was over before its recording began")
	default:
		o.sw.Record(r.leg, telephony.Recording{ID: r.id, Path: r.path})
	}
}

func (o *org) recordingEnded(l *leg, ev telephony.Recorded) {
	if ev.Err != "" {
		o.log.Error("recording is not whole", "call", l.id, "recording", ev.ID, "error", ev.Err)
	}
	o.recorded(l.record.Call, ev.ID, ev.Duration, ev.Err)
}

// recorded tells of a recording that is over. What is wrong with it stands in
// the journal, in the list of recordings and in the count of those that failed.
func (o *org) recorded(call acd.CallID, id string, d time.Duration, problem string) {
	if problem != "" {
		o.host.recordingsFailed.Add(1)
	}
	o.step(acd.Note{Fact: acd.Fact{Kind: acd.FactRecorded, Call: call, Reason: id, Duration: d, Name: problem}})
}
