// Package webhook is the outbox: it tells subscribers over HTTP what happened.
//
// The journal is the source. A projector reads the facts that were committed
// after each organisation's cursor, asks which deliveries they make, and
// commits these together with the new cursor: a crash at any moment loses no
// delivery and makes none twice. Senders carry them out, one for each
// subscription that has something to send:
//
//	journal -> project (teller.go, project.go) -> outbox rows -> send (sender.go, lanes.go)
//	        -> sign and request (request.go, sign.go) -> guard (guard.go, dial.go)
//	        -> retry (backoff.go) -> mark (mark.go) -> clean up (clean.go)
//
// Deliveries are made at least once, and strictly in order within a
// subscription: one that fails holds up those behind it, and nobody else's.
// docs/webhooks.md tells receivers what to expect; docs/adr/0006-outbox.md why
// it is done so.
package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Projector finds out which deliveries facts make.
type Projector interface {
	// Project gives the deliveries the facts make, in order, for the enabled subscriptions of the
	// organisation. Of each it sets Subscription, Event, Seq, Happened and Form. What happened before
	// its subscription was made is left out by the caller. It only reads from tx, and the same facts
	// may be given to it again.
	Project(ctx context.Context, tx store.Tx, org int64, facts []acd.Fact) ([]store.Delivery, error)
	// Changed tells that the organisation's subscriptions may be other ones from the next call of
	// Project on. It is called from the same goroutine.
	Changed(org int64)
}

// Config is what an Outbox needs. Store and Projector are required.
type Config struct {
	Store     store.Store
	Projector Projector
	// Allow are the targets deliveries may go to although they are no public ones.
	Allow Allow
	// Keep is how long deliveries are kept once they ended; 0 = for ever.
	Keep time.Duration
	// Resolver finds the addresses of names; nil = net.DefaultResolver.
	Resolver Resolver
	Log      *slog.Logger // nil = nothing is logged
}

const (
	// attemptTimeout is how long a receiver has for its answer, redirects and all.
	attemptTimeout = 10 * time.Second
	// parting is how long requests under way may take when the server stops.
	parting = 2 * time.Second
)

// Outbox projects and delivers. Start and Stop are called once each.
type Outbox struct {
	cfg       Config
	log       *slog.Logger
	transport http.RoundTripper
	idle      func() // closes connections nobody uses
	lanes     *lanes
	marks     *marker
	tell      *teller
	count     counters

	ctx      context.Context // ends requests and waits
	cancel   context.CancelFunc
	quit     chan struct{} // closed when nothing new is begun any more
	sending  sync.WaitGroup
	services sync.WaitGroup

	mu      sync.Mutex // guards senders and what of a sender is said to be
	senders map[int64]*sender
	stopped bool
}

// New makes an outbox that does nothing yet.
func New(cfg Config) *Outbox {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	o := &Outbox{cfg: cfg, log: cfg.Log, lanes: newLanes(quickLane, slowLane, perReceiver), quit: make(chan struct{}), senders: map[int64]*sender{}}
	t := newTransport(&dialer{allow: cfg.Allow, resolver: cfg.Resolver})
	o.transport, o.idle = t, t.CloseIdleConnections
	o.marks = newMarker(cfg.Store, cfg.Log)
	o.tell = newTeller(cfg.Store, cfg.Projector, cfg.Log, o.wake)
	return o
}

// Start goes on where the last run ended: facts that were not projected yet
// are, and deliveries that are pending are made.
func (o *Outbox) Start(ctx context.Context) error {
	o.ctx, o.cancel = context.WithCancel(context.WithoutCancel(ctx))
	var orgs []store.Organisation
	err := o.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		orgs, err = tx.Organisations.List(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, org := range orgs {
		o.tell.ring(org.ID)
	}
	o.cfg.Store.Journal().Watch(o.tell.committed)
	o.services.Go(func() { o.marks.run(o.ctx) })
	o.services.Go(func() { o.tell.run(o.ctx, o.quit) })
	o.services.Go(o.clean)
	o.Wake()
	return nil
}

// Stop lets requests under way come to their end, briefly, and saves what
// became of them. What is left is delivered by the next start.
func (o *Outbox) Stop(ctx context.Context) error {
	o.mu.Lock()
	o.stopped = true
	for _, s := range o.senders {
		s.rest()
	}
	o.mu.Unlock()
	close(o.quit)
	patience := time.AfterFunc(parting, o.cancel)
	defer patience.Stop()
	stopEarly := context.AfterFunc(ctx, o.cancel)
	defer stopEarly()
	o.sending.Wait()
	o.tell.wait()
	o.cancel()
	o.services.Wait()
	o.idle()
	return o.marks.close(context.WithoutCancel(ctx))
}

// Changed tells that subscriptions of the organisation were made, changed or
// deleted: the change counts from the next attempt on, and a delivery that
// waits for its next attempt is tried at once if its own subscription changed.
func (o *Outbox) Changed(org int64) {
	o.tell.changed(org)
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.senders {
		if s.org == org {
			s.stale = true
			o.startLocked(s)
		}
	}
}

// Wake tells that deliveries were added to the outbox by others.
func (o *Outbox) Wake() { o.tell.look() }

// wake has a sender for each of the subscriptions, unless it waits for its next attempt.
func (o *Outbox) wake(org int64, subscriptions ...int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range subscriptions {
		s := o.senders[id]
		if s == nil {
			s = &sender{o: o, id: id, org: org}
			o.senders[id] = s
			o.startLocked(s)
		}
		s.more = true
	}
}

// startLocked runs a sender that does not run; o.mu is held.
func (o *Outbox) startLocked(s *sender) {
	if s.running || o.stopped {
		return
	}
	s.rest()
	s.running = true
	o.sending.Go(s.run)
}
