// Package engine is the shell around the rules: one goroutine per
// organisation owns one acd.Engine, turns telephony events and use cases into
// its inputs, sends its commands to the telephony port at once and its facts
// to the journal. Calls that are no queue's business (phone to phone, out
// through a trunk) are joined here too, so that an agent's line has one owner.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// ErrNoOrganisation: no engine runs for that organisation here.
var ErrNoOrganisation = errors.New("engine: no such organisation")

// Prompts turns what is to be said into sound ids.
type Prompts interface {
	// WaitTime tells an agent how long the caller waited; nil when there is nothing worth saying.
	WaitTime(time.Duration) []int64
	// Position tells a caller the place in the queue and the estimated wait; 0 = not told.
	Position(language string, position int, wait time.Duration) []int64
	// Rate asks a caller for a key from 1 to 5; nil = nobody is asked.
	Rate(language string) []int64
	// Thanks is heard when it was pressed.
	Thanks(language string) []int64
}

// silent has nothing to say.
type silent struct{}

func (silent) WaitTime(time.Duration) []int64              { return nil }
func (silent) Position(string, int, time.Duration) []int64 { return nil }
func (silent) Rate(string) []int64                         { return nil }
func (silent) Thanks(string) []int64                       { return nil }

// Config is what a Host needs. Store and Directory are required.
type Config struct {
	Store      store.Store
	Directory  *directory.Directory
	Prompts    Prompts    // nil = nothing is said
	Codes      Codes      // nil = there are no phone codes
	Recordings Recordings // nil = nothing is recorded
	// Watch, if not nil, is shown every fact as it goes to the journal, not
	// committed yet; without facts it is told that a call has changed in a way
	// that may leave none. It is called in the organisation's goroutine: it must
	// be quick and keep nothing of the slice.
	Watch func(org int64, facts []acd.Fact)
	// Now, if not nil, tells the time, and nothing happens by itself then: see Host.Work.
	Now func() time.Time
	Log *slog.Logger
}

// Host runs the engines of all organisations of this node.
type Host struct {
	cfg Config
	sw  telephony.Switch
	log *slog.Logger
	// byHand: the time is somebody else's, who also says when there is work to be done.
	byHand bool

	mu   sync.RWMutex // guards orgs
	orgs map[int64]*org

	recordingsFailed atomic.Uint64
}

// RecordingsFailed counts the recordings that are not whole, or were never
// begun, since the start: a full or failing disk.
func (h *Host) RecordingsFailed() uint64 { return h.recordingsFailed.Load() }

// New makes a host without organisations. Start opens them.
func New(cfg Config) *Host {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Prompts == nil {
		cfg.Prompts = silent{}
	}
	h := &Host{cfg: cfg, log: cfg.Log, orgs: map[int64]*org{}, byHand: cfg.Now != nil}
	if !h.byHand {
		h.cfg.Now = time.Now
	}
	return h
}

// Start opens every organisation of the store. sw takes the commands from now
// on; its events come in through HandleEvent, also while Start is running.
func (h *Host) Start(ctx context.Context, sw telephony.Switch) error {
	h.sw = sw
	var all []store.Organisation
	err := h.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		all, err = tx.Organisations.List(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("engine: list organisations: %w", err)
	}
	for _, o := range all {
		if err := h.Open(ctx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends all engines; their legs are the switch's to end.
func (h *Host) Stop() {
	h.mu.Lock()
	orgs := h.orgs
	h.orgs = map[int64]*org{}
	h.mu.Unlock()
	for _, o := range orgs {
		o.box.close()
		o.serveByHand()
	}
	for _, o := range orgs {
		<-o.done
	}
}

// Open starts an organisation's engine from what the store holds. Calls that
// were up when the server stopped are closed in the journal first.
func (h *Host) Open(ctx context.Context, id int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.orgs[id] != nil {
		return nil
	}
	o := newOrg(h, id)
	if err := o.load(ctx); err != nil {
		return fmt.Errorf("engine: open organisation %d: %w", id, err)
	}
	h.orgs[id] = o
	if !h.byHand {
		go o.run()
	}
	return nil
}

// Close ends an organisation's engine and hangs up its calls.
func (h *Host) Close(ctx context.Context, id int64) error {
	h.mu.Lock()
	o := h.orgs[id]
	delete(h.orgs, id)
	h.mu.Unlock()
	if o == nil {
		return ErrNoOrganisation
	}
	o.box.put(read{fn: func(*acd.Engine, acd.Time) { o.hangupAll(telephony.Shutdown) }})
	o.box.close()
	o.serveByHand()
	select {
	case <-o.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Host) org(id int64) *org {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.orgs[id]
}

// HandleEvent takes an event of the switch; it never blocks.
func (h *Host) HandleEvent(id int64, ev telephony.Event) {
	if o := h.org(id); o != nil && o.box.put(ev) {
		return
	}
	if in, ok := ev.(telephony.Incoming); ok {
		h.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Reject, Cause: telephony.NotFound})
	}
}

// Apply steps the organisation's engine through the inputs in order and
// returns their facts once these are committed.
func (h *Host) Apply(ctx context.Context, id int64, in ...acd.Input) ([]acd.Fact, error) {
	return h.commit(ctx, id, func(o *org) { o.feed(in) })
}

// commit runs fn in the organisation's goroutine and returns the facts it led to once these are committed.
func (h *Host) commit(ctx context.Context, id int64, fn func(*org)) ([]acd.Fact, error) {
	o := h.org(id)
	if o == nil {
		return nil, fmt.Errorf("%w: %d", ErrNoOrganisation, id)
	}
	reply := make(chan applied, 1)
	if !o.box.put(apply{fn: fn, reply: reply}) {
		return nil, fmt.Errorf("%w: %d", ErrNoOrganisation, id)
	}
	o.serveByHand()
	select {
	case r := <-reply:
		return r.facts, r.err
	case <-o.done:
		return nil, fmt.Errorf("%w: %d is closing", ErrNoOrganisation, id)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Read runs fn in the organisation's goroutine: fn must be quick and keep nothing of the engine.
func (h *Host) Read(ctx context.Context, id int64, fn func(e *acd.Engine, now acd.Time)) error {
	o := h.org(id)
	if o == nil {
		return fmt.Errorf("%w: %d", ErrNoOrganisation, id)
	}
	done := make(chan struct{})
	if !o.box.put(read{fn: fn, done: done}) {
		return fmt.Errorf("%w: %d", ErrNoOrganisation, id)
	}
	o.serveByHand()
	// Not left on ctx: fn writes to the caller's variables until done.
	select {
	case <-done:
		return nil
	case <-o.done:
		return fmt.Errorf("%w: %d is closing", ErrNoOrganisation, id)
	}
}
