package sipua

import (
	"slices"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

// recording is one recording of a leg, from Record to Recorded.
type recording struct {
	telephony.Recording
	began bool // media was told; it calls back once
}

// recordedWait is how long the Ended of a leg waits for its recordings, so that
// it is the last event. The file of one that takes longer, on a disk that
// hangs, is finished or mended without the leg.
const recordedWait = 2 * time.Second

// Record implements telephony.Switch.
func (ua *UA) Record(id telephony.LegID, r telephony.Recording) {
	ua.withLeg(id, func(l *leg, _ time.Time) { l.record(r) })
}

// record ends the recording that runs and, unless r is zero, begins another:
// once the leg has media.
func (l *leg) record(r telephony.Recording) {
	if rec := l.taping; rec != nil {
		l.taping = nil
		switch {
		case !rec.began:
			l.recorded(rec, 0, noAudio)
		case r.Path == "":
			l.stream.Record(media.Recording{})
		}
	}
	if r.Path == "" {
		return
	}
	l.taping = &recording{Recording: r}
	l.recordings = append(l.recordings, l.taping)
	if l.heard {
		l.tape()
	}
}

const noAudio = "the call was over before there was anything to record"

// tape begins the recording that is wanted.
func (l *leg) tape() {
	rec := l.taping
	if rec == nil {
		return
	}
	rec.began = true
	l.stream.Record(media.Recording{Path: rec.Path, Done: func(res media.RecordResult) {
		problem := ""
		if res.Err != nil {
			problem = res.Err.Error()
		}
		l.w.post(taskFunc(func(*worker, time.Time) { l.recorded(rec, res.Duration, problem) }))
	}})
}

// recorded tells that a recording is finished. One that was given up is not told again.
func (l *leg) recorded(rec *recording, d time.Duration, problem string) {
	i := slices.Index(l.recordings, rec)
	if i < 0 {
		return
	}
	l.recordings = slices.Delete(l.recordings, i, i+1)
	if l.taping == rec { // it broke off by itself
		l.taping = nil
	}
	l.emit(telephony.Recorded{Leg: l.id, ID: rec.ID, Duration: d, Err: problem})
	if l.last != nil && len(l.recordings) == 0 {
		l.depart()
	}
}

// conclude tells the end of the leg, after its recordings.
func (l *leg) conclude(now time.Time, ev telephony.Ended) {
	if rec := l.taping; rec != nil && !rec.began {
		l.recorded(rec, 0, noAudio)
	}
	l.last = &ev
	l.w.busy++
	if len(l.recordings) == 0 {
		l.depart()
		return
	}
	l.arm(recordTimer, now.Add(recordedWait))
}

// overdue gives recordings up whose end does not come.
func (l *leg) overdue() {
	for _, rec := range slices.Clone(l.recordings) {
		l.logger().Warn("recording is not finished in time: check the disk it is written to", "recording", rec.ID, "file", rec.Path)
		l.recorded(rec, 0, "the recording was not finished in time; the disk is too slow or hangs")
	}
}

// depart sends the last event.
func (l *leg) depart() {
	ev := *l.last
	l.last = nil
	l.disarm(recordTimer)
	l.emit(ev)
	l.w.busy--
	l.w.settle()
}
