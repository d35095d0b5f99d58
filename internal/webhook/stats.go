package webhook

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"holdline/internal/store"
)

// Stats is what an Outbox has done since it started.
type Stats struct {
	Delivered uint64    // deliveries that succeeded
	Failed    uint64    // attempts that did not
	Dead      uint64    // deliveries given up
	Senders   int       // subscriptions with something to send, those that wait for their next attempt among them
	Latency   Histogram // from what happened to its delivery
}

// Histogram counts times in seconds, as Prometheus wants them: Buckets maps an
// upper bound to the number of times at or below it.
type Histogram struct {
	Count   uint64
	Sum     float64
	Buckets map[float64]uint64
}

// latencyBounds are upper bounds in seconds.
var latencyBounds = [...]float64{0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86400}

type counters struct {
	delivered, failed, dead atomic.Uint64

	mu      sync.Mutex // guards the rest
	sum     float64
	count   uint64
	buckets [len(latencyBounds)]uint64 // not cumulated
}

// attempt counts an attempt. How late a replay or a test is says nothing.
func (c *counters) attempt(d store.Delivery, a store.Attempt) {
	if a.State != store.DeliveryDelivered {
		c.failed.Add(1)
		return
	}
	c.delivered.Add(1)
	if d.Seq == 0 || d.Created.Sub(d.Happened) > time.Minute {
		return
	}
	late := max(0, a.At.Add(a.Took).Sub(d.Happened).Seconds())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum += late
	c.count++
	for i, bound := range latencyBounds {
		if late <= bound {
			c.buckets[i]++
			break
		}
	}
}

// Stats tells what was done so far.
func (o *Outbox) Stats() Stats {
	o.mu.Lock()
	senders := len(o.senders)
	o.mu.Unlock()
	c := &o.count
	s := Stats{Delivered: c.delivered.Load(), Failed: c.failed.Load(), Dead: c.dead.Load(), Senders: senders}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Latency = Histogram{Count: c.count, Sum: c.sum, Buckets: map[float64]uint64{}}
	var below uint64
	for i, bound := range latencyBounds {
		below += c.buckets[i]
		s.Latency.Buckets[bound] = below
	}
	return s
}

// Pending counts the deliveries that are still to be made.
func (o *Outbox) Pending(ctx context.Context) (n int, err error) {
	err = o.cfg.Store.View(ctx, func(tx store.Tx) error {
		n, err = tx.Deliveries.Backlog(ctx)
		return err
	})
	return n, err
}
