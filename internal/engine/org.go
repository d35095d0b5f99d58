package engine

import (
	"fmt"
	"log/slog"
	"time"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// org is one organisation's shell. Everything below run is owned by its goroutine.
type org struct {
	id   int64
	host *Host
	sw   telephony.Switch
	log  *slog.Logger
	box  *mailbox
	done chan struct{}

	clock     clock
	rules     *acd.Engine
	stepping  bool        // commands of a step are being carried out
	next      []acd.Input // what they led to
	facts     []acd.Fact  // of this turn, not yet handed to the journal
	unwritten bool        // a call has changed in a way that may have left no fact
	tail      tail        // last facts, for the log when something breaks
	legs      map[telephony.LegID]*leg
	offers    map[acd.OfferID]*leg
	lines     map[acd.AgentID]int // an agent's calls outside the queues, if any
	reachable map[int64]bool      // phone extensions with a binding
	timers    timers              // ring limits of direct calls
	lastLeg   uint64              // number of the last leg that went out, from the clock at start
	midnight  time.Time
}

func newOrg(h *Host, id int64) *org {
	return &org{id: id, host: h, sw: h.sw, log: h.log.With("org", id), box: newMailbox(), done: make(chan struct{}),
		legs: map[telephony.LegID]*leg{}, offers: map[acd.OfferID]*leg{}, lines: map[acd.AgentID]int{},
		reachable: map[int64]bool{}, clock: clock{wall: h.cfg.Now}}
}

func (o *org) run() {
	defer close(o.done)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	o.turn(nil) // what the start wrote, the ends of calls that a crash cut off, is told now
	var batch []any
	for {
		alarm.Reset(time.Until(o.nextDeadline()))
		select {
		case <-o.box.bell:
		case <-alarm.C:
		}
		var closed bool
		clear(batch)
		batch, closed = o.box.take(batch)
		o.turn(batch)
		if closed {
			return
		}
	}
}

// turn handles a batch and whatever time has brought; the facts of a turn go to the journal together.
func (o *org) turn(batch []any) {
	for _, item := range batch {
		o.guarded(func() { o.handle(item) })
	}
	o.guarded(o.passTime)
	o.guarded(o.patrol)
	o.flush(nil)
}

func (o *org) handle(item any) {
	switch m := item.(type) {
	case telephony.Event:
		o.event(m)
	case apply:
		o.apply(m)
	case codeDone:
		o.codeDone(m)
	case recordingReady:
		o.recordingReady(m)
	case read:
		if m.done != nil {
			defer close(m.done)
		}
		o.step(acd.Tick{}) // so that what is seen is true now
		m.fn(o.rules, o.clock.now())
	}
}

// apply flushes what was before, so that the reply waits for exactly its own facts.
func (o *org) apply(m apply) {
	answered := false
	defer func() {
		if !answered { // the rules broke under it
			m.reply <- applied{err: fmt.Errorf("engine: organisation %d could not take the change", o.id)}
		}
	}()
	o.flush(nil)
	m.fn(o)
	facts := append([]acd.Fact(nil), o.facts...)
	answered = true
	o.flush(func(err error) { m.reply <- applied{facts, err} })
}

// feed steps the rules through what a use case has changed.
func (o *org) feed(inputs []acd.Input) {
	for _, in := range inputs {
		o.step(in)
		if set, ok := in.(acd.SetAgent); ok {
			o.tellLine(set.Agent.ID)
		}
	}
}

// tellLine hands a new agent what is known of its phone.
func (o *org) tellLine(id acd.AgentID) {
	to, ok := o.host.cfg.Directory.AgentEndpoint(o.id, id)
	if !ok {
		return
	}
	if to.Extension != 0 {
		o.step(acd.SetReachable{Agent: id, Reachable: o.reachable[to.Extension]})
	}
	if o.lines[id] > 0 { // the rules are rebuilt
		o.step(acd.SetOnCall{Agent: id, On: true})
	}
	o.inheritLines(id, to)
}

// step runs the rules. What carrying out their commands leads to steps them
// only after that: it would reuse the slices.
func (o *org) step(in acd.Input) {
	if o.stepping {
		o.next = append(o.next, in)
		return
	}
	o.carryOut(o.rules.Step(o.clock.now(), in))
}

// carryOut sends commands at once: a caller never waits for a disk.
func (o *org) carryOut(facts []acd.Fact, commands []acd.Command) {
	o.stepping = true
	for {
		o.facts = append(o.facts, facts...)
		for _, c := range commands {
			o.command(c)
		}
		if len(o.next) == 0 {
			break
		}
		in := o.next[0]
		o.next = o.next[1:]
		facts, commands = o.rules.Step(o.clock.now(), in)
	}
	o.stepping, o.next = false, o.next[:0]
}

// patrol looks whether the invariants hold, a little at each turn, and has
// what is stuck released.
func (o *org) patrol() {
	found := o.rules.Patrol()
	if len(found) == 0 {
		return
	}
	for _, b := range found {
		o.log.Error("an invariant of the queue rules did not hold and is repaired; please report this with the journal's tail",
			"breach", b.String(), "tail", o.tail.String())
	}
	o.carryOut(o.rules.Repair(o.clock.now(), found))
}

// flush hands the turn's facts to the journal; done, if any, is called when they are committed.
func (o *org) flush(done func(error)) {
	if watch := o.host.cfg.Watch; watch != nil && o.unwritten {
		watch(o.id, nil)
	}
	o.unwritten = false
	if len(o.facts) == 0 {
		if done != nil {
			done(nil)
		}
		return
	}
	o.tail.add(o.facts)
	if watch := o.host.cfg.Watch; watch != nil {
		watch(o.id, o.facts)
	}
	o.host.cfg.Store.Journal().Append(o.id, o.facts, done)
	o.facts = o.facts[:0]
}

func (o *org) nextDeadline() time.Time {
	next := o.midnight
	if at, ok := o.rules.NextDeadline(); ok {
		if due := o.host.cfg.Now().Add(o.clock.until(at)); due.Before(next) {
			next = due
		}
	}
	if at, ok := o.timers.next(); ok && at.Before(next) {
		next = at
	}
	return next
}

func (o *org) passTime() {
	now := o.host.cfg.Now()
	if !now.Before(o.midnight) {
		o.setMidnight(now)
		o.step(acd.NewDay{})
	}
	if at, ok := o.rules.NextDeadline(); ok && at <= o.clock.now() {
		o.step(acd.Tick{})
	}
	for {
		l, ok := o.timers.pop(now)
		if !ok {
			return
		}
		o.overdue(l)
	}
}

// setMidnight finds the organisation's next local midnight, when day counters start anew.
func (o *org) setMidnight(now time.Time) {
	place := time.UTC
	if conf, ok := o.host.cfg.Directory.Organisation(o.id); ok && conf.TimeZone != "" {
		if p, err := time.LoadLocation(conf.TimeZone); err == nil {
			place = p
		}
	}
	y, m, d := now.In(place).Date()
	o.midnight = time.Date(y, m, d+1, 0, 0, 0, 0, place)
}
