package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdline/internal/acd"
)

// feed follows one organisation while somebody watches it.
type feed struct {
	hub *Hub
	org int64

	watchers int       // guarded by hub.mu
	idle     time.Time // since when there is none; guarded by hub.mu

	mu      sync.Mutex  // guards below
	silent  bool        // calls have changed, and no fact tells it
	facts   []acd.Fact  // not looked at yet
	inputs  []acd.Input // changes of the configuration, likewise
	touched bool        // something else has changed
	closed  error       // why it has ended
	failed  error       // why there is no table yet
	table   *table
	wake    chan struct{} // closed at the next publication

	bell   chan struct{}
	quit   chan struct{}
	seeded chan *day

	// Below are run's own.
	day      *day        // nil: not counted yet
	counting bool        // it is being counted
	held     []acd.Fact  // what happens while it is
	midnight *time.Timer // the end of day
	dirty    dirty
	crews    map[acd.AgentID][]acd.QueueID // the queues each agent serves, as last seen
}

func newFeed(h *Hub, org int64) *feed {
	return &feed{hub: h, org: org, table: newTable(), wake: make(chan struct{}), idle: h.cfg.Clock(),
		bell: make(chan struct{}, 1), quit: make(chan struct{}), seeded: make(chan *day, 1), dirty: newDirty(),
		crews: map[acd.AgentID][]acd.QueueID{}}
}

// note keeps facts until run looks at them.
func (f *feed) note(facts []acd.Fact) {
	f.mu.Lock()
	f.facts = append(f.facts, facts...)
	f.silent = f.silent || len(facts) == 0
	f.mu.Unlock()
	f.ring()
}

func (f *feed) touch(in []acd.Input) {
	f.mu.Lock()
	f.inputs = append(f.inputs, in...)
	f.touched = f.touched || len(in) == 0
	f.mu.Unlock()
	f.ring()
}

func (f *feed) ring() {
	select {
	case f.bell <- struct{}{}:
	default:
	}
}

// close ends the feed and, with this error, its cursors. It is called once: by who took it out of the hub.
func (f *feed) close(why error) {
	f.mu.Lock()
	f.closed = why
	close(f.wake)
	f.wake = make(chan struct{}) // nobody waits for it: closed is looked at first
	f.mu.Unlock()
	close(f.quit)
}

// run publishes what changes until the hub closes, or nobody has watched for a while.
func (f *feed) run() {
	defer f.hub.ended.Done()
	ctx, cancel := context.WithCancel(context.Background())
	var counts sync.WaitGroup
	defer func() { cancel(); counts.Wait() }()
	f.midnight = time.NewTimer(f.hub.cfg.Sweep)
	defer f.midnight.Stop()
	f.dirty.all = true
	f.tell(ctx, &counts)
	sweep := time.NewTicker(f.hub.cfg.Sweep)
	defer sweep.Stop()
	for {
		select {
		case <-f.bell:
		case <-f.midnight.C:
		case d := <-f.seeded:
			f.counted(d)
		case <-sweep.C:
			if f.hub.forget(f) {
				return
			}
			f.dirty.all = true
		case <-f.quit:
			return
		}
		f.tell(ctx, &counts)
		if !f.rest() {
			return
		}
	}
}

// tell publishes, and has the day counted where that is due.
func (f *feed) tell(ctx context.Context, counts *sync.WaitGroup) {
	if f.publish(ctx) {
		f.count(ctx, counts)
	}
}

// rest keeps publications apart, so that what happens meanwhile is one.
func (f *feed) rest() bool {
	pause := time.NewTimer(f.hub.cfg.Pause)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-f.quit:
		return false
	}
}

// publish looks at what is dirty and tells what has changed; false when that could not be read.
func (f *feed) publish(ctx context.Context) bool {
	f.gather()
	if f.dirty.none() {
		return true
	}
	seen, err := f.look(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = err
	if err != nil {
		// The engine is being opened or is gone; the next sweep looks again.
		f.hub.log.Debug("the live feed cannot read its engine", "org", f.org, "err", err)
		f.dirty.all = true
	} else {
		p := f.table.begin()
		seen.into(p)
		if !p.end() {
			return true
		}
	}
	if f.closed == nil {
		close(f.wake)
		f.wake = make(chan struct{})
	}
	return err == nil
}

// gather takes over what has happened.
func (f *feed) gather() {
	f.mu.Lock()
	facts, inputs, touched, silent := f.facts, f.inputs, f.touched, f.silent
	f.facts, f.inputs, f.touched, f.silent = nil, nil, false, false
	f.mu.Unlock()
	f.dirty.all = f.dirty.all || touched
	f.dirty.calls = f.dirty.calls || silent
	for _, in := range inputs {
		f.dirty.configured(in)
	}
	for i := range facts {
		f.dirty.mark(&facts[i])
	}
	if f.counting {
		f.held = append(f.held, facts...)
	}
	if f.day == nil {
		return
	}
	for _, x := range facts {
		f.day.add(x)
	}
}

// dirty is what may have changed.
type dirty struct {
	all    bool
	calls  bool
	queues map[acd.QueueID]bool
	agents map[acd.AgentID]bool
	caller map[acd.CallID]bool
}

func newDirty() dirty {
	return dirty{queues: map[acd.QueueID]bool{}, agents: map[acd.AgentID]bool{}, caller: map[acd.CallID]bool{}}
}

func (d *dirty) none() bool {
	return !d.all && !d.calls && len(d.queues) == 0 && len(d.agents) == 0 && len(d.caller) == 0
}

// mark notes what a fact may have changed. The other queues of an agent are
// found when the agent is looked at.
func (d *dirty) mark(x *acd.Fact) {
	if x.Queue != 0 {
		d.queues[x.Queue] = true
	}
	if x.Agent != 0 {
		d.agents[x.Agent] = true
	}
	if x.Call != "" {
		d.caller[x.Call] = true
		d.calls = true
	}
}

// configured notes what a change of the configuration may have changed.
func (d *dirty) configured(in acd.Input) {
	switch in := in.(type) {
	case acd.SetQueue:
		d.queues[in.Queue.ID] = true
	case acd.SetAgent:
		d.agents[in.Agent.ID] = true
	case acd.SetMembership:
		d.agents[in.Membership.Agent] = true
	case acd.RemoveMembership:
		d.agents[in.Agent] = true
	case acd.RemoveAgent:
		d.agents[in.Agent] = true
	case acd.SetStatus, acd.Note: // facts tell of them
	default:
		d.all = true
	}
}

func (d *dirty) clear() {
	d.all, d.calls = false, false
	clear(d.queues)
	clear(d.agents)
	clear(d.caller)
}

func callKey(id acd.CallID) string   { return "call/" + string(id) }
func callerKey(id acd.CallID) string { return "caller/" + string(id) }
func agentKey(id acd.AgentID) string { return fmt.Sprint("agent/", id) }
func queueKey(id acd.QueueID) string { return fmt.Sprint("queue/", id) }
