package acd

import "cmp"

// eligible tells whether the membership may be offered to the caller now.
func (e *Engine) eligible(c *caller, m *membership) bool {
	return m.ready && !c.pausedFor(m.agent, e.now)
}

// eligibleAt gives the level's eligible agents in the order of position and
// id. It looks no further than the last who is ready, and none may become
// ready or cease to be while it runs.
func (e *Engine) eligibleAt(c *caller, l *level) func(yield func(*membership) bool) {
	return func(yield func(*membership) bool) {
		left := l.ready
		for i := 0; left > 0 && i < len(l.members); i++ {
			m := l.members[i]
			if !m.ready {
				continue
			}
			left--
			if e.eligible(c, m) && !yield(m) {
				return
			}
		}
	}
}

// anyone tells whether somebody at the caller's open levels may be offered.
func (e *Engine) anyone(c *caller) bool {
	for _, l := range c.open() {
		if e.firstOf(c, l) != nil {
			return true
		}
	}
	return false
}

// firstOf gives the level's first eligible agent.
func (e *Engine) firstOf(c *caller, l *level) *membership {
	for m := range e.eligibleAt(c, l) {
		return m
	}
	return nil
}

// serve offers a seeking caller to whom the queue's strategy names.
func (e *Engine) serve(c *caller) {
	if c.queue.Strategy == RingAll {
		for _, l := range c.open() {
			for i := 0; l.ready > 0 && i < len(l.members); i++ {
				if m := l.members[i]; e.eligible(c, m) {
					e.offer(c, m)
				}
			}
		}
		return
	}
	m := e.choose(c)
	if m == nil {
		impossible("caller %s is servable but nobody can be chosen", c.call)
	}
	e.offer(c, m)
}

// choose applies the strategies that ring one agent at a time.
func (e *Engine) choose(c *caller) *membership {
	switch c.queue.Strategy {
	case TopDown:
		return e.nextInTurn(c, c.last)
	case RoundRobin:
		return e.nextInTurn(c, c.queue.last)
	}
	for _, l := range c.open() {
		if m := e.chooseAt(c, l); m != nil {
			return m
		}
	}
	return nil
}

// nextInTurn gives the first eligible agent behind last in the order of level,
// position and id, or else the first of all.
func (e *Engine) nextInTurn(c *caller, last turn) *membership {
	var first *membership
	for _, l := range c.open() {
		for m := range e.eligibleAt(c, l) {
			if !last.taken || compareTurns(m.turn(), last) > 0 {
				return m
			}
			if first == nil {
				first = m
			}
		}
	}
	return first
}

// chooseAt gives the level's best eligible agent.
func (e *Engine) chooseAt(c *caller, l *level) *membership {
	switch c.queue.Strategy {
	case RingProgressively:
		return e.firstOf(c, l)
	case LongestIdleAgent:
		return e.least(c, l, func(a, b *membership) int { return cmp.Compare(a.idleSince(), b.idleSince()) })
	case LeastTalkTime:
		return e.least(c, l, func(a, b *membership) int { return cmp.Compare(a.agent.talk, b.agent.talk) })
	case FewestCalls:
		return e.least(c, l, func(a, b *membership) int { return cmp.Compare(a.agent.calls, b.agent.calls) })
	case SequentiallyByAgentOrder:
		return e.least(c, l, func(a, b *membership) int {
			return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.agent.lastOffered, b.agent.lastOffered))
		})
	case Random:
		return e.shuffled(c, l)
	}
	impossible("strategy %q of queue %d", c.queue.Strategy, c.queue.ID)
	return nil
}

// least gives the eligible agent with the least key; they come in the order of
// position and id, so the first of equals is the right one.
func (e *Engine) least(c *caller, l *level, compare func(a, b *membership) int) *membership {
	var best *membership
	for m := range e.eligibleAt(c, l) {
		if best == nil || compare(m, best) < 0 {
			best = m
		}
	}
	return best
}

// shuffled draws one of the eligible agents, each as likely as the others.
func (e *Engine) shuffled(c *caller, l *level) *membership {
	var drawn *membership
	seen := uint64(0)
	for m := range e.eligibleAt(c, l) {
		seen++
		if e.draw()%seen == 0 {
			drawn = m
		}
	}
	return drawn
}

// draw gives the next number of a splitmix64 sequence: seeded, so that the
// same inputs give the same journal.
func (e *Engine) draw() uint64 {
	e.random += 0x9e3779b97f4a7c15
	z := e.random
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}
