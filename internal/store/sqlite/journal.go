package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	// commitMost is how many facts one transaction takes at most, so that
	// Update gets its turn soon even when a backlog is worked off.
	commitMost = 4096
	// keepMost is the buffer capacity, in facts, kept after a backlog.
	keepMost     = 16384
	firstBackoff = 10 * time.Millisecond
	lastBackoff  = time.Second
)

// journal collects facts and commits them in one goroutine. While the disk
// fails everything stays in memory: Backlog tells how much.
type journal struct {
	commit func(*batch) error
	log    *slog.Logger
	every  time.Duration
	bell   chan struct{} // something to commit
	waited chan struct{} // somebody waits for what was appended
	urgent chan struct{} // somebody waits in Sync
	quit   chan struct{}
	ended  chan struct{}

	mu       sync.Mutex // guards the rest
	watchers []func(org int64)
	filling  *batch // not taken by the goroutine yet
	spare    *batch // empty, for reuse
	backlog  int    // facts not settled yet
	closed   bool

	told    map[int64]struct{} // scratch of tell
	trouble trouble            // these belong to the goroutine until it ended
	lost    int                // facts given up
	lostErr error              // why; nil = none were
}

// batch is facts in the order they were appended; reused, so that a steady
// load allocates nothing here.
type batch struct {
	facts   []acd.Fact
	entries []entry
}

// entry is one Append.
type entry struct {
	org   int64
	count int // of batch.facts
	done  func(error)
	err   error // why these facts can never be committed
}

// unawaited is how many times longer facts that nobody waits for may be
// collected: calls write many, and a commit costs about as much as ten of them.
const unawaited = 4

// newJournal starts a journal that commits through commit, at most once in
// every while somebody waits for it.
func newJournal(commit func(*batch) error, log *slog.Logger, every time.Duration) *journal {
	j := &journal{
		commit: commit, log: log, every: every,
		bell: make(chan struct{}, 1), waited: make(chan struct{}, 1), urgent: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{}),
		filling: &batch{}, spare: &batch{}, told: map[int64]struct{}{},
	}
	go j.run()
	return j
}

// Append implements store.Journal.
func (j *journal) Append(org int64, facts []acd.Fact, done func(error)) {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		if done != nil {
			go done(store.ErrClosed) // the caller may hold what done needs
		}
		return
	}
	j.filling.facts = append(j.filling.facts, facts...)
	j.filling.entries = append(j.filling.entries, entry{org: org, count: len(facts), done: done})
	j.backlog += len(facts)
	j.mu.Unlock()
	if done != nil {
		ring(j.waited)
	}
	ring(j.bell)
}

// Backlog implements store.Journal.
func (j *journal) Backlog() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.backlog
}

// Sync implements store.Journal.
func (j *journal) Sync(ctx context.Context) error {
	settled := make(chan error, 1)
	j.Append(0, nil, func(err error) { settled <- err })
	ring(j.urgent)
	select {
	case err := <-settled:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Watch implements store.Journal.
func (j *journal) Watch(fn func(org int64)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watchers = append(j.watchers, fn)
}

// tell tells the watchers whose facts were committed, each organisation once.
func (j *journal) tell(b *batch) {
	j.mu.Lock()
	watchers := j.watchers // only ever appended to
	j.mu.Unlock()
	if len(watchers) == 0 {
		return
	}
	clear(j.told)
	for _, e := range b.entries {
		if e.count > 0 && e.err == nil {
			j.told[e.org] = struct{}{}
		}
	}
	for org := range j.told {
		for _, fn := range watchers {
			fn(org)
		}
	}
}

// stop commits what is there and ends the goroutine. first is false when it
// was stopped before; err tells of facts that could not be saved.
func (j *journal) stop() (first bool, err error) {
	j.mu.Lock()
	first, j.closed = !j.closed, true
	j.mu.Unlock()
	if first {
		close(j.quit)
	}
	<-j.ended
	if j.lost > 0 {
		err = fmt.Errorf("%d facts of the journal could not be saved: %w", j.lost, j.lostErr)
	}
	return first, err
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

func (j *journal) run() {
	defer close(j.ended)
	pace, patience := time.NewTimer(0), time.NewTimer(0)
	defer pace.Stop()
	defer patience.Stop()
	for {
		select {
		case <-j.bell:
		case <-j.quit:
			j.settle(j.take())
			return
		}
		// The timers have been running since the last commit began: after a
		// pause they are over and the first fact is committed at once.
		select {
		case <-patience.C:
		case <-j.waited:
			select {
			case <-pace.C:
			case <-j.urgent:
			case <-j.quit:
			}
		case <-j.urgent:
		case <-j.quit:
		}
		pace.Reset(j.every)
		patience.Reset(unawaited * j.every)
		j.settle(j.take())
	}
}

// take swaps the buffers.
func (j *journal) take() *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.filling
	j.filling, j.spare = j.spare, nil
	return b
}

// settle commits a batch in parts of bounded size and tells its callers.
func (j *journal) settle(b *batch) {
	rest := *b
	for len(rest.entries) > 0 {
		part := rest.cut(commitMost)
		err := j.persist(&part)
		for _, e := range part.entries {
			e.err = firstError(err, e.err)
			if e.err != nil && j.lostErr != nil {
				j.lost += e.count // what follows a lost fact is refused
			}
			if e.done != nil {
				e.done(e.err)
			}
		}
		if err == nil {
			j.tell(&part)
		}
		j.mu.Lock()
		j.backlog -= len(part.facts)
		j.mu.Unlock()
	}
	j.recycle(b)
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// cut takes whole entries of at most n facts off the front, at least one entry.
func (b *batch) cut(n int) batch {
	facts, entries := 0, 0
	for _, e := range b.entries {
		if entries > 0 && facts+e.count > n {
			break
		}
		facts += e.count
		entries++
	}
	part := batch{b.facts[:facts], b.entries[:entries]}
	b.facts, b.entries = b.facts[facts:], b.entries[entries:]
	return part
}

func (j *journal) recycle(b *batch) {
	clear(b.facts) // lets go of the strings
	clear(b.entries)
	b.facts, b.entries = b.facts[:0], b.entries[:0]
	if cap(b.facts) > keepMost {
		b = &batch{}
	}
	j.mu.Lock()
	j.spare = b
	j.mu.Unlock()
}

// persist commits a batch, trying again until it works or the store is
// closed; then one last attempt decides.
func (j *journal) persist(b *batch) error {
	for backoff := firstBackoff; ; backoff = min(2*backoff, lastBackoff) {
		closing := j.closing()
		err := j.commit(b)
		if err == nil {
			j.trouble.over(j.log)
			return nil
		}
		j.trouble.note(j.log, err, j.Backlog())
		if closing {
			j.lostErr = firstError(j.lostErr, err)
			return err
		}
		select {
		case <-time.After(backoff):
		case <-j.quit:
		}
	}
}

func (j *journal) closing() bool {
	select {
	case <-j.quit:
		return true
	default:
		return false
	}
}

// trouble writes one log line when commits begin to fail, when the reason
// changes and when they work again.
type trouble struct {
	reason string
	since  time.Time
}

func (t *trouble) note(log *slog.Logger, err error, backlog int) {
	reason := advice(err)
	if reason == t.reason {
		return
	}
	if t.reason == "" {
		t.since = time.Now()
	}
	t.reason = reason
	log.Error("journal cannot be committed: "+reason+"; calls go on, facts stay in memory and are tried again",
		"error", err, "waiting", backlog)
}

func (t *trouble) over(log *slog.Logger) {
	if t.reason == "" {
		return
	}
	log.Info("journal is committed again", "was", t.reason, "after", time.Since(t.since).Round(time.Millisecond))
	t.reason = ""
}
