package sipua

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"holdline/internal/sipua/trunk"
)

// counters count since the start.
type counters struct {
	received, malformed, dropped, panics atomic.Uint64
	incoming, outgoing, refused          atomic.Uint64
	badPasswords                         atomic.Uint64
	calls                                atomic.Int64 // incoming legs now
	legs                                 atomic.Int64 // all legs now
}

// Stats are figures for metrics. Counts are since the start.
type Stats struct {
	Legs         int           // legs now
	Calls        int           // incoming legs now
	Incoming     uint64        // incoming calls taken
	Outgoing     uint64        // outgoing calls placed
	Refused      uint64        // incoming calls refused with 503 by overload or limit
	Received     uint64        // SIP messages received
	Malformed    uint64        // that could not be parsed
	Dropped      uint64        // left unanswered: strangers, bans, full mailboxes
	BadPasswords uint64        // requests with wrong credentials
	KernelDrops  uint64        // UDP packets the kernel dropped because we did not read them in time
	Panics       uint64        // internal errors survived
	Bindings     int           // registered contacts now
	Lag          time.Duration // how long the latest message waited for its worker
	Overloaded   bool          // new calls are being refused
}

// TrunkStatus is where the registration at a provider stands.
type TrunkStatus struct {
	ID      int64
	Org     int64
	Name    string
	State   string    // "idle", "registering", "registered", "failing", "unregistering" or "stopped"
	Message string    // what is wrong, with what to do about it; "" = nothing is
	Code    int       // last final answer; 0 = none came
	Until   time.Time // end of the last grant; zero = never granted
}

// TrunkStatus gives the registrations of all trunks that register, by id.
func (ua *UA) TrunkStatus() []TrunkStatus {
	ua.trunks.mu.Lock()
	defer ua.trunks.mu.Unlock()
	out := make([]TrunkStatus, 0, len(ua.trunks.enrolled))
	for id, e := range ua.trunks.enrolled {
		s := *e.status.Load()
		if s.State == trunk.Registered && !time.Now().Before(s.Until) { // since the latest step
			s.State = trunk.Failing
		}
		out = append(out, TrunkStatus{ID: id, Org: e.trunk.OrgID, Name: e.trunk.Name, State: s.State.String(), Message: s.Message, Code: s.Code, Until: s.Until})
	}
	slices.SortFunc(out, func(a, b TrunkStatus) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Stats gives the figures of now.
func (ua *UA) Stats() Stats {
	c := &ua.counters
	s := Stats{Legs: int(c.legs.Load()), Calls: int(c.calls.Load()), Incoming: c.incoming.Load(), Outgoing: c.outgoing.Load(),
		Refused: c.refused.Load(), Received: c.received.Load(), Malformed: c.malformed.Load(), Dropped: c.dropped.Load(),
		BadPasswords: c.badPasswords.Load(), Panics: c.panics.Load(), Bindings: ua.registrar.Len(),
		Lag: ua.lag(), Overloaded: ua.overload.on.Load()}
	if ua.transport != nil {
		s.KernelDrops, _ = ua.transport.KernelDrops() // unreadable counters count nothing
	}
	return s
}

// lag gives the longest wait among the workers' latest tasks.
func (ua *UA) lag() time.Duration {
	var worst int64
	for _, w := range ua.workers {
		worst = max(worst, w.lag.Load())
	}
	return time.Duration(worst)
}

// limiter lets one log line of a kind through each interval, so that a flood
// of packets is no flood of the log.
type limiter struct {
	mu   sync.Mutex // guards last
	last map[string]time.Time
}

const warnEvery = 5 * time.Second

func (l *limiter) allow(kind string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.last[kind]) < warnEvery {
		return false
	}
	if l.last == nil {
		l.last = map[string]time.Time{}
	}
	l.last[kind] = now
	return true
}

// warn logs something strangers can bring about: at most one line of a kind in
// a few seconds, the rest at debug level.
func (ua *UA) warn(kind, msg string, args ...any) {
	if ua.warnings.allow(kind, time.Now()) {
		ua.log.Warn(msg, args...)
		return
	}
	ua.log.Debug(msg, args...)
}
