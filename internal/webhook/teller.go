package webhook

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/store"
)

const (
	// tellEvery is the shortest time between two passes.
	tellEvery = 10 * time.Millisecond

	firstTellWait = 50 * time.Millisecond
	lastTellWait  = time.Minute
)

// teller is the projector's loop: it tells the outbox what the journal has.
// Organisations are taken together, so that busy ones share their commits.
type teller struct {
	db        store.Store
	projector Projector
	log       *slog.Logger
	wake      func(org int64, subscriptions ...int64)
	bell      chan struct{}
	ended     chan struct{}

	mu     sync.Mutex     // guards the rest
	rung   map[int64]bool // true = its subscriptions may have changed
	idle   map[int64]bool // no subscription is enabled: facts are passed over
	change uint64         // counts calls of changed
	all    bool           // the outbox is to be looked through

	cursors map[int64]*cursor // belongs to run's goroutine
}

// cursor is how far an organisation's journal is told.
type cursor struct {
	seq    uint64 // as far as was looked
	saved  uint64 // as far as the store knows
	errors int    // in a row
}

func newTeller(db store.Store, p Projector, log *slog.Logger, wake func(org int64, subscriptions ...int64)) *teller {
	return &teller{db: db, projector: p, log: log, wake: wake, bell: make(chan struct{}, 1), ended: make(chan struct{}),
		rung: map[int64]bool{}, idle: map[int64]bool{}, cursors: map[int64]*cursor{}}
}

// committed takes note of new facts; nothing is done while nobody wants them.
func (t *teller) committed(org int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.idle[org] {
		t.ringLocked(org, false)
	}
}

// changed takes note that an organisation's subscriptions are other ones now.
func (t *teller) changed(org int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change++
	delete(t.idle, org)
	t.ringLocked(org, true)
}

func (t *teller) ring(org int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ringLocked(org, false)
}

func (t *teller) ringLocked(org int64, changed bool) {
	t.rung[org] = t.rung[org] || changed
	t.strike()
}

// look has the outbox looked through for subscriptions with something to send.
func (t *teller) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = true
	t.strike()
}

func (t *teller) strike() {
	select {
	case t.bell <- struct{}{}:
	default:
	}
}

// take gives what there is to do.
func (t *teller) take() (orgs map[int64]bool, look bool, change uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	orgs, t.rung = t.rung, map[int64]bool{}
	look, t.all = t.all, false
	return orgs, look, t.change
}

// wait returns when run has ended.
func (t *teller) wait() { <-t.ended }

func (t *teller) run(ctx context.Context, quit <-chan struct{}) {
	defer close(t.ended)
	pace := time.NewTimer(0)
	defer pace.Stop()
	for {
		select {
		case <-t.bell:
		case <-quit:
			t.save(ctx)
			return
		}
		select {
		case <-pace.C:
		case <-quit:
			t.save(ctx)
			return
		}
		pace.Reset(tellEvery)
		orgs, look, change := t.take()
		if look {
			t.wakeWaiting(ctx)
		}
		t.pass(ctx, orgs, change)
	}
}

// wakeWaiting wakes every subscription that has something to send.
func (t *teller) wakeWaiting(ctx context.Context) {
	var found []store.Subscription
	err := t.db.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.Deliveries.Waiting(ctx)
		return err
	})
	if err != nil && ctx.Err() == nil {
		t.log.Error("the outbox could not be read; it is tried again", "error", err)
		time.AfterFunc(lastTellWait, t.look)
	}
	for _, s := range found {
		t.wake(s.OrgID, s.ID)
	}
}
