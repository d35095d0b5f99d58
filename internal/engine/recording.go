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

// recordingReady brings a recording's path back to the organisation's goroutine.
type recordingReady struct {
	leg      telephony.LegID
	id, path string
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
	ctx, cancel := context.WithTimeout(context.Background(), beginTime)
	go func() {
		defer cancel()
		path, err := keeper.Begin(ctx, o.id, id, l.record.Call, at)
		if err != nil {
			o.log.Error("call is not recorded", "call", l.id, "error", err)
			return
		}
		o.box.put(recordingReady{l.id, id, path})
	}()
}

func (o *org) recordingReady(r recordingReady) {
	if o.legs[r.leg] == nil { // gone meanwhile: the shortest recording there is
		o.step(acd.Note{Fact: acd.Fact{Kind: acd.FactRecorded, Reason: r.id, Name: "the call was over before its recording began"}})
		return
	}
	o.sw.Record(r.leg, telephony.Recording{ID: r.id, Path: r.path})
}

func (o *org) recordingEnded(l *leg, ev telephony.Recorded) {
	if ev.Err != "" {
		o.log.Error("recording is not whole", "call", l.id, "recording", ev.ID, "error", ev.Err)
	}
	o.step(acd.Note{Fact: acd.Fact{Kind: acd.FactRecorded, Call: l.record.Call, Reason: ev.ID, Duration: ev.Duration, Name: ev.Err}})
}
