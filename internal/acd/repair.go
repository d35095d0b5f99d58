package acd

import (
	"cmp"
	"maps"
	"slices"
)

// repairRounds is how often a repair may find something else that is broken.
const repairRounds = 3

// Repair mends what Patrol found and returns facts and commands like Step: a
// FactBreach for each breach, then what follows. Who is named is released: an
// agent's offer or talk ends and the agent rests no longer; a caller who waits
// is put in line again, one whose talk has no agent is let go. Everything else
// (lines, counts, deadlines) is set up anew from what agents and callers say
// of themselves, so a repair costs time in proportion to the organisation.
// Where even that leaves a breach it panics, as every impossible state does.
func (e *Engine) Repair(now Time, found []Breach) (facts []Fact, cmds []Command) {
	for _, b := range e.breaches() { // as of the last step; what belongs together is mended together
		if !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	e.now, e.facts, e.cmds = max(e.now, now), e.facts[:0], e.cmds[:0]
	for range repairRounds {
		for _, b := range found {
			e.fact(Fact{Kind: FactBreach, Queue: b.Queue, Agent: b.Agent, Call: b.Call, Offer: b.Offer, Reason: b.Reason})
		}
		e.recallAll()
		e.rebuildTimers()
		e.mend(found)
		e.rebuild()
		if found = e.breaches(); len(found) == 0 {
			return e.facts, e.cmds
		}
	}
	impossible("not to be repaired: %s", found[0])
	return nil, nil
}

// mend releases who is named: callers first, who know best which agents are theirs.
func (e *Engine) mend(found []Breach) {
	for _, b := range found {
		if c := e.callers[b.Call]; c != nil {
			e.reseat(c)
		}
	}
	for _, b := range found {
		if a := e.agents[b.Agent]; a != nil {
			e.free(a)
		}
	}
}

// recallAll brings the maps and the patrol's rows together: whoever is in one
// of them is there. Agents and callers come in a defined order.
func (e *Engine) recallAll() {
	for _, a := range e.rounds.agents {
		if e.agents[a.ID] == nil {
			e.agents[a.ID] = a
		}
	}
	for _, c := range e.rounds.callers {
		if e.callers[c.call] == nil {
			e.callers[c.call] = c
		}
	}
	for _, q := range e.rounds.queues {
		if e.queues[q.ID] == nil {
			e.queues[q.ID] = q
		}
	}
	maps.DeleteFunc(e.agents, func(id AgentID, a *agent) bool { return a.ID != id })
	maps.DeleteFunc(e.callers, func(id CallID, c *caller) bool { return c.call != id })
	maps.DeleteFunc(e.queues, func(id QueueID, q *queue) bool { return q.ID != id })
	e.rounds = rounds{}
	for _, id := range slices.Sorted(maps.Keys(e.agents)) {
		e.rounds.agents.add(e.agents[id])
	}
	for _, c := range slices.SortedFunc(maps.Values(e.callers), func(a, b *caller) int { return cmp.Compare(a.arrival, b.arrival) }) {
		e.rounds.callers.add(c)
	}
	for _, id := range slices.Sorted(maps.Keys(e.queues)) {
		e.rounds.queues.add(e.queues[id])
	}
}

// free takes an agent out of whatever it is in. Unlike releaseAgent it relies on nothing.
func (e *Engine) free(a *agent) {
	a.hold.until = min(a.hold.until, e.now)
	o := &a.offer
	phase, c := o.phase, o.caller
	if phase == noOffer {
		return
	}
	withdraw := Command{Kind: CmdWithdraw, Agent: a.ID, Offer: o.id, Cause: CauseWithdrawn}
	if c != nil {
		withdraw.Queue, withdraw.Call = c.queue.ID, c.call
		e.bookEnd(o)
		c.pauseFor(a, e.now)
	}
	e.command(withdraw)
	o.phase, o.caller, o.held = noOffer, nil, 0
	if phase == connected && c != nil && (c.agent == a || c.agent == nil) {
		e.lose(c, OutcomeAnswered)
	}
}

// bookEnd writes down that an offer or talk was ended by a repair.
func (e *Engine) bookEnd(o *offer) {
	f := Fact{Kind: FactOfferEnded, Queue: o.caller.queue.ID, Agent: o.agent.ID, Call: o.caller.call, Offer: o.id, Cause: CauseWithdrawn}
	switch o.phase {
	case ringing:
		e.fact(f)
	case connected:
		e.resume(o)
		f.Kind, f.Cause, f.Duration = FactTalkEnded, CauseLost, e.now.Sub(o.connected)
		e.fact(f)
	}
}

// reseat has a caller begin to wait anew, at the place in the order that he
// has. One who is not known to wait is let go.
func (e *Engine) reseat(c *caller) {
	if a := e.partner(c); a != nil {
		e.free(a)
		return
	}
	for _, o := range slices.Clone(c.offers) {
		if o.belongsTo(c, ringing) {
			e.free(o.agent)
		}
	}
	c.offers, c.expired, c.begun, c.replace = c.offers[:0], NoOutcome, false, false
	if c.phase >= callerTalking || e.queues[c.queue.ID] != c.queue {
		e.lose(c, OutcomeFailed)
		return
	}
	c.phase, c.play, c.untold = callerWaiting, 0, false
	if !slices.Contains(e.again, c) {
		e.again = append(e.again, c)
	}
}

// partner gives the agent a caller talks to, of whom at least one of the two knows.
func (e *Engine) partner(c *caller) *agent {
	if c.phase != callerTalking {
		return nil
	}
	if c.agent != nil && c.agent.offer.belongsTo(c, connected) {
		return c.agent
	}
	for _, a := range e.rounds.agents {
		if a.offer.phase == connected && a.offer.caller == c {
			return a
		}
	}
	return nil
}

// belongsTo tells whether the offer is the caller's; one that has lost its caller is given back.
func (o *offer) belongsTo(c *caller, phase offerPhase) bool {
	if o.phase == phase && o.caller == nil {
		o.caller = c
	}
	return o.phase == phase && o.caller == c
}

// lose ends a caller of whom nothing else is certain.
func (e *Engine) lose(c *caller, outcome Outcome) {
	if e.callers[c.call] != c {
		return
	}
	c.agent = nil
	e.gone(c, outcome, CauseLost)
	e.command(Command{Kind: CmdHangup, Queue: c.queue.ID, Call: c.call, Outcome: outcome})
}
