package webhook

import (
	"context"
	"errors"
	"net/url"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	// firstRead is how many deliveries a sender takes at first, mostRead as
	// long as there are more; these may be made again after a crash.
	firstRead = 8
	mostRead  = 256
)

// sender makes the deliveries of one subscription, one after the other. It
// runs while there is something to send, and rests until the next attempt of
// one that failed.
type sender struct {
	o   *Outbox
	id  int64
	org int64

	// Guarded by o.mu.
	running bool
	more    bool        // something was added since it last read
	stale   bool        // its subscription may have changed since it last read
	timer   *time.Timer // while it rests; nil = it does not

	// These belong to its goroutine.
	sub      store.Subscription
	failures int           // in a row
	slow     bool          // the last attempt took long
	marked   chan struct{} // closed when the results so far are saved; nil = they are
	reading  int           // deliveries at once
}

// rest ends a rest before its time. o.mu is held.
func (s *sender) rest() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// run makes deliveries until there are none, or one has to wait.
func (s *sender) run() {
	for {
		rows, err := s.read()
		switch {
		case errors.Is(err, context.Canceled):
			s.end()
			return
		case err != nil:
			s.o.log.Error("deliveries could not be read; it is tried again", "subscription", s.id, "error", err)
			s.sleep(time.Minute)
			return
		case len(rows) == 0:
			if s.end() {
				return
			}
		default:
			if wait, ok := s.deliver(rows); !ok {
				s.sleep(wait)
				return
			}
		}
	}
}

// end takes the sender away unless there is more to send.
func (s *sender) end() bool {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	if s.more && !s.o.stopped {
		return false
	}
	s.running = false
	delete(s.o.senders, s.id)
	return true
}

// sleep has the sender run again after a while.
func (s *sender) sleep(d time.Duration) {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	s.running = false
	if s.o.stopped {
		return
	}
	if s.stale {
		d = 0
	}
	s.timer = time.AfterFunc(d, func() {
		s.o.mu.Lock()
		defer s.o.mu.Unlock()
		s.o.startLocked(s)
	})
}

// read gives what to send next.
func (s *sender) read() (rows []store.Delivery, err error) {
	if !s.saved() {
		return nil, context.Canceled
	}
	s.o.mu.Lock()
	s.more, s.stale = false, false
	s.o.mu.Unlock()
	s.reading = min(max(firstRead, s.reading), mostRead)
	before := s.sub.Modified
	if rows, err = s.load(); err != nil {
		return nil, err
	}
	if len(rows) == s.reading {
		s.reading *= 4
	} else {
		s.reading = firstRead
	}
	if before != 0 && before != s.sub.Modified { // what was wrong may be right now
		s.failures, s.slow = 0, false
		for i := range rows {
			rows[i].Due = 0
		}
	}
	return rows, nil
}

// saved waits until the results so far are saved: else they would be read as
// pending. It is false when the server stops.
func (s *sender) saved() bool {
	if s.marked != nil {
		select {
		case <-s.marked:
			s.marked = nil
		case <-s.o.ctx.Done():
		}
	}
	return !s.over()
}

// load reads deliveries, and the subscription as it is now.
func (s *sender) load() (rows []store.Delivery, err error) {
	ctx := s.o.ctx
	err = s.o.cfg.Store.View(ctx, func(tx store.Tx) error {
		if rows, err = tx.Deliveries.Pending(ctx, s.id, s.reading); err != nil || len(rows) == 0 {
			return err
		}
		s.sub, err = tx.Subscriptions.Get(ctx, s.org, s.id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) { // deleted in this moment, and its deliveries with it
		return nil, nil
	}
	return rows, err
}

// over says whether nothing new is to be begun.
func (s *sender) over() bool {
	select {
	case <-s.o.quit:
		return true
	case <-s.o.ctx.Done():
		return true
	default:
		return false
	}
}

// deliver makes deliveries in order. ok is false when the next one has to
// wait, for how long tells wait.
func (s *sender) deliver(rows []store.Delivery) (wait time.Duration, ok bool) {
	if !s.sub.Enabled {
		s.giveUp(rows, "given up because the subscription was disabled")
		return 0, true
	}
	for i, d := range rows {
		if s.over() || s.outdated() {
			return 0, true
		}
		if due := time.Until(d.Due.Std()); due > 0 {
			return due, false
		}
		a, err := s.attempt(d)
		if err != nil { // the server stops; it counts as not made
			return 0, true
		}
		if a.State == store.DeliveryDelivered {
			s.failures = 0
			s.marked = s.o.marks.add(a)
			continue
		}
		return s.failed(rows[i:], a)
	}
	return 0, true
}

func (s *sender) outdated() bool {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	return s.stale
}

// attempt makes one delivery's request in its turn.
func (s *sender) attempt(d store.Delivery) (store.Attempt, error) {
	t, err := s.o.lanes.enter(s.o.ctx, receiver{s.org, hostOf(s.sub.URL)}, s.slow)
	if err != nil {
		return store.Attempt{}, err
	}
	defer t.leave()
	if s.over() {
		return store.Attempt{}, context.Canceled
	}
	a := s.o.request(s.o.ctx, s.sub, d)
	if s.o.ctx.Err() != nil && a.State != store.DeliveryDelivered {
		return a, s.o.ctx.Err()
	}
	s.slow = a.Took >= quick
	s.o.count.attempt(d, a)
	return a, nil
}

// hostOf gives what bounds are kept by; what is no URL is its own receiver.
func hostOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	return u.Scheme + "://" + u.Host
}

// failed decides what becomes of the first of the deliveries after a failed
// attempt, and of those behind it whose time is over as well: trying each of
// them would take days when a receiver is gone.
func (s *sender) failed(rows []store.Delivery, a store.Attempt) (wait time.Duration, ok bool) {
	d := rows[0]
	now := acd.TimeOf(time.Now())
	s.failures = max(s.failures, d.Attempts) + 1
	due, again := retryAt(d, now, a.Due, s.failures)
	if again {
		a.Due = due
		s.marked = s.o.marks.add(a)
		return due.Sub(now), false
	}
	a.State, a.Due = store.DeliveryDead, 0
	s.marked = s.o.marks.add(a)
	s.o.count.dead.Add(1)
	n := 1
	for n < len(rows) && deadline(rows[n]) <= now {
		n++
	}
	s.giveUp(rows[1:n], "given up after 24 hours, in which no delivery before it succeeded")
	s.o.log.Warn("a webhook delivery was given up", "org", s.org, "subscription", s.id, "delivery", d.ID, "attempts", a.Number,
		"host", hostOf(s.sub.URL), "problem", a.Problem)
	if n == len(rows) {
		return 0, true
	}
	return backoff(s.failures), false
}

// giveUp marks deliveries dead without an attempt.
func (s *sender) giveUp(rows []store.Delivery, why string) {
	now := acd.TimeOf(time.Now())
	for _, d := range rows {
		s.marked = s.o.marks.add(store.Attempt{Delivery: d.ID, Number: d.Attempts, At: now, Status: d.Status, Problem: why, State: store.DeliveryDead})
	}
	s.o.count.dead.Add(uint64(len(rows)))
}
