package sipua

import (
	"sync/atomic"
	"time"
)

// overload decides whether new calls are refused. Calls that are up are served
// as before: refusing early is what keeps them whole. What counts is a queue
// that stays, not a burst that passes: the shortest wait of each interval, not
// the longest (as RFC 8289 does for routers).
type overload struct {
	on    atomic.Bool
	lag   int // checks in a row with signalling too late
	late  int // checks in a row with RTP too late
	quiet int // checks in a row that found no overload
}

const (
	checkEvery    = 100 * time.Millisecond
	lagLimit      = 100 * time.Millisecond // wait of a task for its worker
	lagChecks     = 5                      // in a row
	latenessLimit = 100 * time.Millisecond // of RTP: five packets' time
	lateChecks    = 25                     // in a row: media tells the worst of the last two seconds
	calmChecks    = 5                      // in a row with both below half, until calls are taken again
	retryAfter    = 5                      // seconds, in the Retry-After of a 503
	fewLegs       = 50                     // with fewer, delays are not our doing: refusing calls would not end them
)

// housekeeping watches load and registrations until the UA stops.
func (ua *UA) housekeeping() {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	expiry := time.Now()
	for {
		select {
		case <-ua.done:
			return
		case <-tick.C:
		}
		ua.watch()
		if now := time.Now(); now.Sub(expiry) >= time.Second {
			expiry = now
			ua.expire(now)
			ua.syncTrunks()
		}
	}
}

// watch compares load with its limits. Log lines come with each change only.
func (ua *UA) watch() {
	var lag time.Duration
	for _, w := range ua.workers {
		if least := w.least.Swap(noTask); least != noTask {
			lag = max(lag, time.Duration(least))
		}
	}
	lateness, busy := ua.media.load().Lateness, ua.counters.legs.Load() >= fewLegs
	o := &ua.overload
	count(&o.lag, busy && lag > lagLimit)
	count(&o.late, busy && lateness > latenessLimit)
	count(&o.quiet, !busy || lag < lagLimit/2 && lateness < latenessLimit/2)
	switch {
	case o.lag >= lagChecks || o.late >= lateChecks:
		if !o.on.Swap(true) {
			ua.log.Warn("overloaded: new calls get 503 until it is over; lower the load or add processors",
				"signalling_lag", lag, "rtp_lateness", lateness, "calls", ua.counters.calls.Load())
		}
	case o.quiet >= calmChecks:
		if o.on.Swap(false) {
			ua.log.Info("overload is over: new calls are taken again", "refused_so_far", ua.counters.refused.Load())
		}
	}
}

// count counts checks in a row.
func count(n *int, again bool) {
	if *n++; !again {
		*n = 0
	}
}

// full says why a new call can not be taken now; "" if it can.
func (ua *UA) full() string {
	switch {
	case ua.stopping.Load():
		return "Server Is Stopping"
	case ua.overload.on.Load():
		return "Overloaded"
	case ua.cfg.Behind != nil && ua.cfg.Behind():
		ua.warn("behind", "call refused: the journal cannot be written; see what the database logs, the disk may be full")
		return "Journal Is Behind"
	case ua.cfg.MaxCalls > 0 && ua.counters.calls.Load() >= int64(ua.cfg.MaxCalls):
		ua.warn("max-calls", "call refused: the limit of calls is reached; raise --max-calls if the machine can take more", "limit", ua.cfg.MaxCalls)
		return "Too Many Calls"
	}
	return ""
}
