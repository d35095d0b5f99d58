package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	// tellEvery is the shortest time between two passes.
	tellEvery = 10 * time.Millisecond
	// factsAtOnce is how many facts of an organisation a pass takes.
	factsAtOnce = 500
	// rowsAtOnce is how many deliveries one commit adds, about.
	rowsAtOnce = 2000
	// lazily is how many facts that made no delivery a cursor may lie behind:
	// they are read again after a restart, and make none again.
	lazily = 1000

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

// told is what one pass found out about an organisation.
type told struct {
	org         int64
	before, seq uint64 // cursor as the store has it, and to be
	rows        []store.Delivery
	more        bool // facts are left
}

// pass projects the organisations, and commits when enough has come together.
func (t *teller) pass(ctx context.Context, orgs map[int64]bool, change uint64) {
	var batch []told
	rows := 0
	for org, changed := range orgs {
		if changed { // here, so that no View from before the change is read after it
			t.projector.Changed(org)
		}
		n, err := t.project(ctx, org, change)
		if err != nil {
			t.failed(ctx, org, err)
			continue
		}
		if n == nil {
			continue
		}
		batch = append(batch, *n)
		if rows += len(n.rows); rows >= rowsAtOnce {
			t.commit(ctx, batch)
			batch, rows = nil, 0
		}
	}
	t.commit(ctx, batch)
}

// project reads an organisation's new facts and what they make; nil when there
// is nothing to commit.
func (t *teller) project(ctx context.Context, org int64, change uint64) (n *told, err error) {
	c := t.cursors[org]
	if c == nil {
		c = &cursor{}
		t.cursors[org] = c
	}
	wanted := false
	err = t.db.View(ctx, func(tx store.Tx) error {
		_, total, err := tx.Subscriptions.List(ctx, org, store.SubscriptionFilter{Enabled: true, Page: store.Page{Limit: 1}})
		if wanted = total > 0; err != nil || !wanted {
			return err
		}
		if c.saved, err = tx.Deliveries.Told(ctx, org); err != nil {
			return err
		}
		n, err = t.read(ctx, tx, org, c)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !wanted:
		t.rest(org, change)
		return nil, nil
	case n.more:
		t.ring(org)
	}
	if len(n.rows) == 0 && n.seq-c.saved < lazily {
		c.seq, c.errors = n.seq, 0
		return nil, nil
	}
	return n, nil
}

func (t *teller) read(ctx context.Context, tx store.Tx, org int64, c *cursor) (*told, error) {
	from := max(c.seq, c.saved)
	n := &told{org: org, before: c.saved, seq: from}
	facts, err := tx.Facts.After(ctx, org, from, factsAtOnce)
	if err != nil || len(facts) == 0 {
		return n, err
	}
	n.seq, n.more = facts[len(facts)-1].Seq, len(facts) == factsAtOnce
	if n.rows, err = t.projector.Project(ctx, tx, org, facts); err != nil {
		return n, fmt.Errorf("facts %d to %d: %w", facts[0].Seq, n.seq, err)
	}
	return n, nil
}

// rest passes an organisation's facts over from now on, unless its
// subscriptions have changed meanwhile.
func (t *teller) rest(org int64, change uint64) {
	delete(t.cursors, org)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.change == change {
		t.idle[org] = true
		return
	}
	t.ringLocked(org, false)
}

// commit adds deliveries and moves cursors in one transaction. If it fails,
// each organisation gets its own, so that one cannot hold up the others.
func (t *teller) commit(ctx context.Context, batch []told) {
	if len(batch) == 0 {
		return
	}
	err := t.db.Update(ctx, func(tx store.Tx) error {
		for i := range batch {
			if err := add(ctx, tx, &batch[i]); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil:
		for _, n := range batch {
			t.committedTo(n)
		}
	case len(batch) == 1:
		t.failed(ctx, batch[0].org, err)
	default:
		for i := range batch {
			t.commit(ctx, batch[i:i+1])
		}
	}
}

// errMoved: the cursor is not where it was read.
var errMoved = errors.New("the cursor has moved")

func add(ctx context.Context, tx store.Tx, n *told) error {
	switch at, err := tx.Deliveries.Told(ctx, n.org); {
	case err != nil:
		return err
	case at != n.before:
		return errMoved
	}
	now := acd.TimeOf(time.Now())
	for i := range n.rows {
		d := &n.rows[i]
		d.Key, d.Created, d.State, d.Due = newKey(now), now, store.DeliveryPending, now
	}
	if err := tx.Deliveries.Add(ctx, n.org, n.rows); err != nil {
		return err
	}
	return tx.Deliveries.SetTold(ctx, n.org, n.seq)
}

func (t *teller) committedTo(n told) {
	*t.cursors[n.org] = cursor{seq: n.seq, saved: n.seq}
	seen := map[int64]bool{}
	for _, d := range n.rows {
		if !seen[d.Subscription] {
			seen[d.Subscription] = true
			t.wake(n.org, d.Subscription)
		}
	}
}

// failed has an organisation tried again. That a subscription was deleted or
// made in between is no fault: then at once.
func (t *teller) failed(ctx context.Context, org int64, err error) {
	if ctx.Err() != nil {
		return
	}
	c := t.cursors[org]
	c.errors++
	wait := min(lastTellWait, firstTellWait<<min(c.errors-1, 12))
	if c.errors > 1 || !errors.Is(err, store.ErrNotFound) && !errors.Is(err, errMoved) {
		t.log.Error("webhook deliveries could not be made out of the journal; it is tried again", "org", org, "after", wait, "error", err)
	}
	time.AfterFunc(wait, func() { t.ring(org) })
}

// save writes down how far was looked, so that the next start need not look again.
func (t *teller) save(ctx context.Context) {
	var batch []told
	for org, c := range t.cursors {
		if c.seq > c.saved {
			batch = append(batch, told{org: org, before: c.saved, seq: c.seq})
		}
	}
	t.commit(ctx, batch)
}
