package acd

import (
	"fmt"
	"maps"
	"slices"
)

// Check verifies the invariants of contracts/engine.md and the engine's own
// books, and names the first that is broken. It reads everything once: it is
// for tests. Patrol is for production.
func (e *Engine) Check() error {
	if found := e.breaches(); len(found) > 0 {
		return fmt.Errorf("acd: %s", found[0])
	}
	return nil
}

// breaches looks at everything.
func (e *Engine) breaches() (found []Breach) {
	for _, id := range slices.Sorted(maps.Keys(e.agents)) {
		found = e.inspectAgent(found, e.agents[id])
	}
	for _, id := range slices.Sorted(maps.Keys(e.callers)) {
		found = e.inspectCaller(found, e.callers[id])
	}
	for _, id := range slices.Sorted(maps.Keys(e.queues)) {
		found = e.inspectQueue(found, e.queues[id])
	}
	for place := range e.timers {
		found = e.inspectTimer(found, place)
	}
	return e.inspectEnds(e.inspectBooks(found))
}

func (e *Engine) inspectAgent(found []Breach, a *agent) []Breach {
	err := e.checkAgent(a)
	if err == nil {
		return found
	}
	b := Breach{Agent: a.ID, Reason: err.Error()}
	if o := &a.offer; o.phase != noOffer {
		b.Offer = o.id
		if o.caller != nil {
			b.Call, b.Queue = o.caller.call, o.caller.queue.ID
		}
	}
	return append(found, b)
}

func (e *Engine) inspectCaller(found []Breach, c *caller) []Breach {
	if err := e.checkCaller(c); err != nil {
		return append(found, Breach{Call: c.call, Queue: c.queue.ID, Reason: err.Error()})
	}
	return found
}

func (e *Engine) inspectQueue(found []Breach, q *queue) []Breach {
	if err := e.checkQueue(q); err != nil {
		return append(found, Breach{Queue: q.ID, Reason: err.Error()})
	}
	return found
}

func (e *Engine) inspectTimer(found []Breach, place int) []Breach {
	if t := e.timers[place]; t.place != place+1 || place > 0 && e.timers.Less(place, (place-1)/2) {
		return append(found, Breach{Reason: "deadlines are out of order"})
	}
	return found
}

// inspectBooks looks whether agents, queues and the offers by id tell the same.
func (e *Engine) inspectBooks(found []Breach) []Breach {
	var live, memberships, members int
	for _, a := range e.rounds.agents {
		memberships += len(a.memberships)
		if a.offer.phase != noOffer {
			live++
		}
	}
	for _, q := range e.rounds.queues {
		for _, l := range q.levels {
			members += len(l.members)
		}
	}
	if live != len(e.offers) {
		found = append(found, Breach{Reason: fmt.Sprintf("%d offers live, %d known", live, len(e.offers))})
	}
	if memberships != members {
		found = append(found, Breach{Reason: fmt.Sprintf("agents have %d memberships, queues %d", memberships, members)})
	}
	return found
}

// inspectEnds looks at what belongs to nobody and costs nothing: the next
// deadline, and the rows that Patrol goes along.
func (e *Engine) inspectEnds(found []Breach) []Breach {
	if e.due() {
		found = append(found, Breach{Reason: "a deadline has passed unheeded"})
	}
	known := [...]int{len(e.agents), len(e.callers), len(e.queues)}
	if watched := [...]int{len(e.rounds.agents), len(e.rounds.callers), len(e.rounds.queues)}; watched != known {
		found = append(found, Breach{Reason: fmt.Sprintf("agents, callers, queues are %v, watched %v", known, watched)})
	}
	return found
}

func (e *Engine) checkQueue(q *queue) error {
	if e.queues[q.ID] != q {
		return fmt.Errorf("is not there any more")
	}
	var loggedIn, online, ready, trying int
	for i, l := range q.levels {
		if i > 0 && q.levels[i-1].number >= l.number || len(l.members) == 0 {
			return fmt.Errorf("levels are out of order or empty at %d", l.number)
		}
		if !slices.IsSortedFunc(l.members, comparePlaces) {
			return fmt.Errorf("level %d is out of order", l.number)
		}
		counted := [2]int{l.loggedIn, l.ready}
		var actual [2]int
		for _, m := range l.members {
			if m.queue != q || m.level != l {
				return fmt.Errorf("agent %d stands here and belongs elsewhere", m.agent.ID)
			}
			if m.counted != m.status || m.ready != (m.status == Online && m.agent.state == Idle) {
				return fmt.Errorf("agent %d is counted as what it is not", m.agent.ID)
			}
			actual[0] += delta(false, m.status != LoggedOut)
			actual[1] += delta(false, m.status == Online && m.agent.state == Idle)
			online += delta(false, m.status == Online)
		}
		if actual != counted {
			return fmt.Errorf("logged in, ready at level %d are %v, counted %v", l.number, actual, counted)
		}
		loggedIn += actual[0]
		ready += actual[1]
	}
	for _, c := range q.waiting {
		trying += delta(false, len(c.offers) > 0)
	}
	counted, actual := [4]int{q.loggedIn, q.online, q.ready, q.trying}, [4]int{loggedIn, online, ready, trying}
	if counted != actual {
		return fmt.Errorf("logged in, online, ready, trying are %v, counted %v", actual, counted)
	}
	return q.checkLines()
}

// checkLines: the order of callers is total, and whoever stands in line is there.
func (q *queue) checkLines() error {
	for _, l := range [...]line{q.waiting, q.talking} {
		for i, c := range l {
			if i > 0 && compareCallers(l[i-1], c) >= 0 {
				return fmt.Errorf("callers %s and %s stand out of order", l[i-1].call, c.call)
			}
			if c.phase == callerGone {
				return fmt.Errorf("caller %s is gone and stands in line", c.call)
			}
		}
	}
	for i, x := range q.seeking {
		if i > 0 && compareCallers(q.seeking[i-1].caller, x.caller) >= 0 || !x.caller.seeking {
			return fmt.Errorf("caller %s seeks out of order", x.caller.call)
		}
		if x.level != x.caller.openLevel() {
			return fmt.Errorf("another level than said is open to caller %s", x.caller.call)
		}
	}
	return nil
}

func (e *Engine) checkAgent(a *agent) error {
	if e.agents[a.ID] != a || a.removed && a.offer.phase == noOffer {
		return fmt.Errorf("is not there any more")
	}
	if state := a.lineState(e.now); state != a.state {
		return fmt.Errorf("state is %s, should be %s", a.state, state)
	}
	if a.hold.until > e.now && !a.hold.timer.armed() {
		return fmt.Errorf("%s without an end", a.hold.state)
	}
	return e.checkOffer(a)
}

// checkOffer: the agent's one offer or talk is whole, and has an end.
func (e *Engine) checkOffer(a *agent) error {
	o := &a.offer
	if (o.phase == noOffer) == (e.offers[o.id] == o) {
		return fmt.Errorf("offer %d is half there", o.id)
	}
	if (o.phase == ringing || o.phase == leaving) != o.timer.armed() {
		return fmt.Errorf("offer %d can go on for ever", o.id)
	}
	if o.timer.armed() && o.timer.at > o.deadline.Add(legGrace) && o.connected == 0 {
		return fmt.Errorf("offer %d can outlast its deadline by more than %s", o.id, legGrace)
	}
	if o.held != 0 && o.phase != connected {
		return fmt.Errorf("offer %d is on hold but nobody talks", o.id)
	}
	switch o.phase {
	case ringing:
		if o.caller == nil || !slices.Contains(o.caller.offers, o) {
			return fmt.Errorf("offer %d rings for nobody", o.id)
		}
		m := a.membership(o.caller.queue)
		if m == nil || m.status != Online || !a.reachable || a.onCall || a.hold.until > e.now {
			return fmt.Errorf("offer %d to one who may not be offered", o.id)
		}
	case connected:
		if o.caller == nil || o.caller.agent != a || o.caller.phase != callerTalking {
			return fmt.Errorf("offer %d is connected with nobody", o.id)
		}
	}
	return nil
}
