package sipua

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"holdline/internal/sipua/transport"
	"holdline/internal/telephony"
)

// worker owns a share of the Call-IDs: their transactions, dialogs, legs and
// timers. Everything below its loop runs on one goroutine and takes the time
// as an argument, so that tests can drive it by hand.
type worker struct {
	ua     *UA
	index  int
	box    mailbox
	rand   *rand.Rand
	timers timers

	servers   map[serverKey]*serverTx
	merged    map[mergeKey]*serverTx // those of requests outside of any dialog
	clients   map[clientKey]*clientTx
	dialogs   map[string]*dialog // by our own tag
	invites   map[inviteKey]*leg
	legs      map[telephony.LegID]*leg
	enrolled  map[*enrolment]struct{}
	referrals map[telephony.LegID]*referral

	out     buffer          // scratch for messages on their way out
	busy    int             // transactions that wait for a peer
	drained chan<- struct{} // told when the worker is idle, once the server stops
	lag     atomic.Int64    // nanoseconds the latest task waited
	least   atomic.Int64    // the shortest wait since the last check; noTask if nothing was done
}

// noTask is worker.least when nothing was done.
const noTask = math.MaxInt64

func newWorker(ua *UA, index int, seed [32]byte) *worker {
	w := &worker{ua: ua, index: index, rand: rand.New(rand.NewChaCha8(seed)),
		box:     mailbox{wake: make(chan struct{}, 1)},
		servers: map[serverKey]*serverTx{}, merged: map[mergeKey]*serverTx{}, clients: map[clientKey]*clientTx{},
		dialogs: map[string]*dialog{}, invites: map[inviteKey]*leg{}, legs: map[telephony.LegID]*leg{}, enrolled: map[*enrolment]struct{}{},
		referrals: map[telephony.LegID]*referral{}}
	w.least.Store(noTask)
	return w
}

// post gives the worker a task from another goroutine.
func (w *worker) post(t task) { w.box.put(t, time.Now(), false) }

// loop runs until the mailbox is told to stop by closing done.
func (w *worker) loop(done <-chan struct{}) {
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	var spare []letter
	for {
		if next := w.timers.next(); !next.IsZero() {
			alarm.Reset(time.Until(next))
		}
		select {
		case <-done:
			return
		case <-w.box.wake:
		case <-alarm.C:
		}
		batch := w.box.take(spare)
		for i, l := range batch {
			now := time.Now()
			wait := int64(now.Sub(l.at))
			w.lag.Store(wait)
			w.least.Store(min(w.least.Load(), wait))
			w.step(now, l.task)
			batch[i] = letter{}
		}
		if len(batch) == 0 {
			w.lag.Store(0)
		}
		spare = batch
		w.wind(time.Now())
	}
}

// step does one task. A panic costs that task, not every call of the server.
func (w *worker) step(now time.Time, t task) {
	defer w.survive()
	t.run(w, now)
}

// wind fires every timer that is due.
func (w *worker) wind(now time.Time) {
	for {
		next := w.timers.next()
		if next.IsZero() || next.After(now) {
			return
		}
		w.fire(now)
	}
}

func (w *worker) fire(now time.Time) {
	defer w.survive()
	t := w.timers[0]
	w.timers.disarm(t)
	t.owner.tick(w, now, t.kind)
}

func (w *worker) survive() {
	if what := recover(); what != nil {
		w.ua.counters.panics.Add(1)
		w.ua.log.Error("internal error in SIP signalling: please report it with this stack; other calls go on",
			"error", what, "stack", string(debug.Stack()))
	}
}

// send sends bytes; a failure that shows at once is reported to who as well.
func (w *worker) send(to transport.Flow, msg []byte, who transport.Sender) {
	if err := w.ua.net.Send(to, msg, who); err != nil {
		w.ua.log.Debug("SIP message not sent", "to", to, "error", err)
		if who != nil {
			who.SendFailed(err)
		}
	}
}

// token gives 64 random bits in hex: a tag, or the unique part of a branch.
func (w *worker) token() string {
	var raw [8]byte
	put64(raw[:], w.rand.Uint64())
	return hex.EncodeToString(raw[:])
}

func put64(b []byte, v uint64) {
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
}

// branch gives the branch of a new transaction; the part of this instance
// shows a request that has come back to us (RFC 3261 §16.3, item 4).
func (w *worker) branch() string { return w.ua.branchPrefix + w.token() }

// ownID gives 128 random bits in hex that hash to this worker.
func (w *worker) ownID() string {
	for {
		id := w.token() + w.token()
		if w.ua.workerOf(id) == w {
			return id
		}
	}
}

// hash is FNV-1a: few instructions for short strings.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func (ua *UA) workerOf(id string) *worker {
	return ua.workers[hash(id)%uint32(len(ua.workers))]
}

func itoa(n int) string { return strconv.Itoa(n) }
