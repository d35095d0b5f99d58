package sipua

import (
	"sync/atomic"
	"time"
)

// overload decides whether new calls are refused. Calls that are up are served
// as before: refusing early is what keeps them whole.
type overload struct {
	on    atomic.Bool
	quiet int // checks in a row that found no overload
}

const (
	checkEvery    = 100 * time.Millisecond
	lagLimit      = 100 * time.Millisecond // tasks older than this when their turn comes: overload
	latenessLimit = 60 * time.Millisecond  // RTP later than this: three packets' time
	calmChecks    = 10                     // how long both must be below half until calls are taken again
	retryAfter    = 5                      // seconds, in the Retry-After of a 503
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
	var worst int64
	for _, w := range ua.workers {
		worst = max(worst, w.peak.Swap(0))
	}
	lag, lateness := time.Duration(worst), ua.media.load().Lateness
	o := &ua.overload
	switch {
	case lag > lagLimit || lateness > latenessLimit:
		o.quiet = 0
		if !o.on.Swap(true) {
			ua.log.Warn("overloaded: new calls get 503 until it is over; lower the load or add processors",
				"signalling_lag", lag, "rtp_lateness", lateness, "calls", ua.counters.calls.Load())
		}
	case lag < lagLimit/2 && lateness < latenessLimit/2:
		if o.quiet++; o.quiet >= calmChecks && o.on.Swap(false) {
			ua.log.Info("overload is over: new calls are taken again", "refused_so_far", ua.counters.refused.Load())
		}
	default:
		o.quiet = 0
	}
}

// full says why a new call can not be taken now; "" if it can.
func (ua *UA) full() string {
	switch {
	case ua.stopping.Load():
		return "Server Is Stopping"
	case ua.overload.on.Load():
		return "Overloaded"
	case ua.cfg.MaxCalls > 0 && ua.counters.calls.Load() >= int64(ua.cfg.MaxCalls):
		ua.warn("max-calls", "call refused: the limit of calls is reached; raise --max-calls if the machine can take more", "limit", ua.cfg.MaxCalls)
		return "Too Many Calls"
	}
	return ""
}
