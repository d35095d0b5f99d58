package apptest

import (
	"context"
	"fmt"
	"sync"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/store"
)

// Outbox is an app.Outbox that carries nothing out: deliveries stay pending.
type Outbox struct {
	mu      sync.Mutex // guards below
	changed []int64
	woken   int
}

// Changed notes whose subscriptions changed.
func (o *Outbox) Changed(org int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changed = append(o.changed, org)
}

// Wake notes that there is something to deliver.
func (o *Outbox) Wake() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.woken++
}

// Example is told by its keys.
func (o *Outbox) Example(_ context.Context, _ store.Tx, sub app.Subscription, at acd.Time) (string, error) {
	return fmt.Sprintf("example=%s&at=%d", sub.Event, at), nil
}

// Told gives whose subscriptions changed and how often there was something to
// deliver, since the last time asked.
func (o *Outbox) Told() (changed []int64, woken int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	changed, woken = o.changed, o.woken
	o.changed, o.woken = nil, 0
	return changed, woken
}
