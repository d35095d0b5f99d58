package webhook

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	// factsAtOnce is how many facts of an organisation a pass takes.
	factsAtOnce = 500
	// rowsAtOnce is how many deliveries one commit adds, about.
	rowsAtOnce = 2000
	// lazily is how many facts that made no delivery a cursor may lie behind:
	// they are read again after a restart, and make none again. So where
	// subscriptions have changed, it moves up to them at once.
	lazily = 1000
)

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
		n, err := t.project(ctx, org, changed, change)
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
func (t *teller) project(ctx context.Context, org int64, changed bool, change uint64) (n *told, err error) {
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
	if behind := n.seq - c.saved; len(n.rows) == 0 && (behind == 0 || !changed && behind < lazily) {
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
	n.rows, err = sinceBegun(ctx, tx, org, n.rows)
	return n, err
}

// sinceBegun leaves out what happened before its subscription was made or
// enabled, as it may while the cursor lies behind.
func sinceBegun(ctx context.Context, tx store.Tx, org int64, rows []store.Delivery) ([]store.Delivery, error) {
	begun := map[int64]acd.Time{}
	kept := rows[:0]
	for _, d := range rows {
		at, known := begun[d.Subscription]
		if !known {
			sub, err := tx.Subscriptions.Get(ctx, org, d.Subscription)
			switch {
			case errors.Is(err, store.ErrNotFound):
				at = math.MaxInt64
			case err != nil:
				return nil, err
			default:
				at = sub.Since
			}
			begun[d.Subscription] = at
		}
		if d.Happened >= at {
			kept = append(kept, d)
		}
	}
	return kept, nil
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
