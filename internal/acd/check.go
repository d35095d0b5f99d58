package acd

import (
	"fmt"
	"maps"
	"slices"
)

// Check verifies the invariants of contracts/engine.md and the engine's own
// books, and names the first that is broken. It reads everything once.
func (e *Engine) Check() error {
	for _, id := range slices.Sorted(maps.Keys(e.queues)) {
		if err := e.checkQueue(e.queues[id]); err != nil {
			return fmt.Errorf("queue %d: %w", id, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.agents)) {
		if err := e.checkAgent(e.agents[id]); err != nil {
			return fmt.Errorf("agent %d: %w", id, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.callers)) {
		if err := e.checkCaller(e.callers[id]); err != nil {
			return fmt.Errorf("caller %s: %w", id, err)
		}
	}
	return e.checkOffers()
}

func (e *Engine) checkQueue(q *queue) error {
	var loggedIn, online, ready, trying int
	for i, l := range q.levels {
		if i > 0 && q.levels[i-1].number >= l.number || len(l.members) == 0 {
			return fmt.Errorf("levels are out of order or empty at %d", l.number)
		}
		if !slices.IsSortedFunc(l.members, comparePlaces) {
			return fmt.Errorf("level %d is out of order", l.number)
		}
		atLevel := 0
		for _, m := range l.members {
			loggedIn += delta(false, m.status != LoggedOut)
			online += delta(false, m.status == Online)
			atLevel += delta(false, m.status == Online && m.agent.state == Idle)
		}
		if atLevel != l.ready {
			return fmt.Errorf("%d agents ready at level %d, counted %d", atLevel, l.number, l.ready)
		}
		ready += atLevel
	}
	for _, c := range q.waiting {
		trying += delta(false, len(c.offers) > 0)
	}
	counted, actual := [4]int{q.loggedIn, q.online, q.ready, q.trying}, [4]int{loggedIn, online, ready, trying}
	if counted != actual {
		return fmt.Errorf("logged in, online, ready, trying are %v, counted %v", actual, counted)
	}
	for _, l := range []line{q.waiting, q.seeking, q.talking} {
		if !slices.IsSortedFunc(l, compareCallers) {
			return fmt.Errorf("callers stand out of order")
		}
	}
	return nil
}

func (e *Engine) checkAgent(a *agent) error {
	o := &a.offer
	if state := a.lineState(e.now); state != a.state {
		return fmt.Errorf("state is %s, should be %s", a.state, state)
	}
	if (o.phase == noOffer) == (e.offers[o.id] == o) {
		return fmt.Errorf("offer %d is half there", o.id)
	}
	if (o.phase == ringing || o.phase == leaving) != o.timer.armed() {
		return fmt.Errorf("offer %d can go on for ever", o.id)
	}
	if o.timer.armed() && o.timer.at > o.deadline.Add(legGrace) && o.connected == 0 {
		return fmt.Errorf("offer %d can outlast its deadline by more than %s", o.id, legGrace)
	}
	if (a.state == WrapUp || a.state == Resting) && !a.hold.timer.armed() {
		return fmt.Errorf("%s without an end", a.state)
	}
	if o.phase == ringing {
		m := a.membership(o.caller.queue)
		if m == nil || m.status != Online || !a.reachable || a.onCall || a.hold.until > e.now {
			return fmt.Errorf("offer %d to one who may not be offered", o.id)
		}
	}
	return nil
}

func (e *Engine) checkCaller(c *caller) error {
	q := c.queue
	if c.phase == callerTalking {
		if c.agent == nil || c.agent.offer.caller != c || c.agent.offer.phase != connected || len(c.offers) > 0 {
			return fmt.Errorf("talks without an agent, or is offered besides")
		}
		if !q.talking.has(c) || q.waiting.has(c) || q.seeking.has(c) {
			return fmt.Errorf("talks but stands in the wrong line")
		}
		return nil
	}
	if c.phase == callerGone || !q.waiting.has(c) || e.queues[q.ID] != q {
		return fmt.Errorf("waits nowhere")
	}
	if c.seeking != c.wantsOffer() || c.seeking != q.seeking.has(c) {
		return fmt.Errorf("wants an offer, or does not, and stands in the wrong line")
	}
	if c.play != 0 && !c.sound.armed() {
		return fmt.Errorf("playback %d can go on for ever", c.play)
	}
	for _, o := range c.offers {
		if o.phase != ringing || o.caller != c {
			return fmt.Errorf("offer %d is not his", o.id)
		}
	}
	return e.checkServed(c)
}

// checkServed: no caller waits beside an agent who could be offered.
func (e *Engine) checkServed(c *caller) error {
	if !c.seeking {
		return nil
	}
	if c.paceDue() > e.now {
		if c.queue.ready > 0 && !c.again.armed() {
			return fmt.Errorf("nobody more is ever rung")
		}
		return nil
	}
	if e.anyone(c) {
		return fmt.Errorf("waits beside an agent who may be offered")
	}
	for _, r := range c.recent {
		m := r.agent.membership(c.queue)
		if r.until > e.now && m != nil && m.ready && !c.again.armed() {
			return fmt.Errorf("agent %d is never offered again", r.agent.ID)
		}
	}
	next := c.levelAfter()
	if !c.begun && next != nil {
		return fmt.Errorf("no level has begun")
	}
	if next != nil && !c.again.armed() && c.queue.TierRulesApply {
		return fmt.Errorf("level %d never opens", next.number)
	}
	if next != nil && len(c.offers) == 0 && !c.queue.TierRulesApply {
		return fmt.Errorf("level %d is shut though nobody can be offered", next.number)
	}
	return nil
}

func (e *Engine) checkOffers() error {
	for _, id := range slices.Sorted(maps.Keys(e.offers)) {
		o := e.offers[id]
		if o.id != id || o.phase == noOffer {
			return fmt.Errorf("offer %d is lost", id)
		}
		if o.phase == connected && (o.caller == nil || o.caller.agent != o.agent) {
			return fmt.Errorf("offer %d is connected with nobody", id)
		}
	}
	if e.due() {
		return fmt.Errorf("a deadline has passed unheeded")
	}
	for i, t := range e.timers {
		if t.place != i+1 || i > 0 && e.timers.Less(i, (i-1)/2) {
			return fmt.Errorf("timers are out of order")
		}
	}
	return nil
}
