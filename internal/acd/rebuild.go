package acd

import "slices"

// rebuild sets up all lines, counts and deadlines from what agents and callers
// say of themselves, and goes on from there as a step does.
func (e *Engine) rebuild() {
	e.rebuildTimers()
	e.rebuildOffers()
	for _, q := range e.rounds.queues {
		q.levels, q.loggedIn, q.online, q.ready, q.trying = nil, 0, 0, 0, 0
		q.waiting, q.seeking, q.talking, q.stirred = nil, nil, nil, false
	}
	for _, c := range e.rounds.callers { // of removed queues too
		c.queue.waiting, c.queue.seeking, c.queue.talking = nil, nil, nil
	}
	e.stirred, e.touched = e.stirred[:0], e.touched[:0]
	for _, a := range e.rounds.agents {
		e.rebuildMemberships(a)
	}
	for _, c := range e.rounds.callers {
		e.rebuildPlace(c)
	}
	for _, c := range e.again {
		if !c.ringback {
			e.music(c)
		}
		e.armWaits(c)
	}
	e.again = e.again[:0]
	for _, a := range slices.Clone(e.rounds.agents) {
		if a.removed && a.offer.phase == noOffer {
			e.forget(a)
		}
	}
	for _, q := range e.rounds.queues {
		e.touchAll(q)
		e.stir(q, 0)
	}
	e.settle()
	for e.due() {
		e.fireTimers()
		e.settle()
	}
}

// rebuildTimers keeps the deadlines whose owners are there and need them.
func (e *Engine) rebuildTimers() {
	e.timers = e.timers[:0]
	for _, a := range e.rounds.agents {
		e.keep(&a.hold.timer, a.hold.until > e.now)
		e.keep(&a.offer.timer, a.offer.phase == ringing || a.offer.phase == leaving)
	}
	for _, c := range e.rounds.callers {
		waits := c.phase < callerTalking
		e.keep(&c.again, waits)
		e.keep(&c.sound, waits)
		e.keep(&c.maxWait, waits)
		e.keep(&c.noAgent, waits)
	}
}

func (e *Engine) keep(t *timer, needed bool) {
	armed := t.armed()
	t.place = 0
	if armed && needed {
		e.arm(t, t.at)
	}
}

func (e *Engine) rebuildOffers() {
	clear(e.offers)
	for _, a := range e.rounds.agents {
		if a.offer.phase != noOffer {
			e.offers[a.offer.id] = &a.offer
		}
	}
}

// rebuildMemberships puts the agent's memberships back into their queues'
// levels. The state is taken over after that: counting comes with it.
func (e *Engine) rebuildMemberships(a *agent) {
	a.memberships = slices.DeleteFunc(a.memberships, func(m *membership) bool {
		return m.agent != a || e.queues[m.queue.ID] != m.queue
	})
	for _, m := range a.memberships {
		number := 1
		if m.level != nil {
			number = m.level.number
		}
		m.counted, m.ready = LoggedOut, false
		m.level = m.queue.levelFor(number)
		m.level.insert(m)
	}
	e.refresh(a)
	for _, m := range a.memberships {
		e.recount(m)
	}
}

// rebuildPlace puts the caller in the lines he belongs to.
func (e *Engine) rebuildPlace(c *caller) {
	c.offers = slices.DeleteFunc(c.offers, func(o *offer) bool { return o.phase != ringing || o.caller != c })
	c.seeking = false
	if c.phase == callerTalking {
		c.queue.talking.insert(c)
		return
	}
	c.queue.waiting.insert(c)
	if len(c.offers) > 0 {
		c.queue.trying++
	}
	e.review(c)
}
