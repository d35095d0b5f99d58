package webhook

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/store"
)

const (
	// markEvery is the shortest time between two commits of results.
	markEvery     = 10 * time.Millisecond
	firstMarkWait = 10 * time.Millisecond
	lastMarkWait  = 5 * time.Second
)

// marker saves what became of attempts, those of all senders together.
type marker struct {
	db   store.Store
	log  *slog.Logger
	bell chan struct{}

	mu      sync.Mutex // guards filling
	filling *results

	failing bool // belongs to run's goroutine
}

// results are attempts that are saved together.
type results struct {
	attempts []store.Attempt
	saved    chan struct{} // closed when they are
}

func newResults() *results { return &results{saved: make(chan struct{})} }

func newMarker(db store.Store, log *slog.Logger) *marker {
	return &marker{db: db, log: log, bell: make(chan struct{}, 1), filling: newResults()}
}

// add takes an attempt; the channel is closed when it is saved.
func (m *marker) add(a store.Attempt) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.filling.attempts = append(m.filling.attempts, a)
	select {
	case m.bell <- struct{}{}:
	default:
	}
	return m.filling.saved
}

func (m *marker) take() *results {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.filling
	m.filling = newResults()
	return r
}

// run saves until ctx ends. What cannot be saved is tried again: senders wait
// for it, so that no more than they have read is sent twice after a crash.
func (m *marker) run(ctx context.Context) {
	pace := time.NewTimer(0)
	defer pace.Stop()
	for {
		select {
		case <-m.bell:
		case <-ctx.Done():
			return
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
		pace.Reset(markEvery)
		r := m.take()
		for wait := firstMarkWait; !m.save(ctx, r); wait = min(2*wait, lastMarkWait) {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				m.putBack(r)
				return
			}
		}
	}
}

// putBack leaves results that could not be saved to close.
func (m *marker) putBack(r *results) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.filling.attempts = append(r.attempts, m.filling.attempts...)
}

func (m *marker) save(ctx context.Context, r *results) bool {
	if len(r.attempts) == 0 {
		return true
	}
	err := m.db.Update(ctx, func(tx store.Tx) error { return tx.Deliveries.Record(ctx, r.attempts) })
	if err == nil {
		close(r.saved)
		if m.failing {
			m.log.Info("results of webhook deliveries are saved again")
		}
		m.failing = false
		return true
	}
	if !m.failing && ctx.Err() == nil {
		m.log.Error("results of webhook deliveries cannot be saved; senders wait, and it is tried again", "error", err)
		m.failing = true
	}
	return false
}

// close saves what is left when run has ended.
func (m *marker) close(ctx context.Context) error {
	r := m.take()
	if len(r.attempts) == 0 {
		return nil
	}
	defer close(r.saved)
	return m.db.Update(ctx, func(tx store.Tx) error { return tx.Deliveries.Record(ctx, r.attempts) })
}
