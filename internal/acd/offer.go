package acd

// offerPhase is where an offer stands.
type offerPhase uint8

const (
	noOffer   offerPhase = iota
	ringing              // may be answered
	connected            // caller and agent talk
	leaving              // decided; the end of the agent's leg is awaited
)

// offer is one reservation of (caller, agent). It lives in its agent: an agent
// has one at most.
type offer struct {
	id        OfferID
	phase     offerPhase
	agent     *agent
	caller    *caller // nil once leaving
	alerted   bool    // the phone said that it rings
	made      Time
	deadline  Time // of the answer
	connected Time // 0 = never
	held      Time // since when the talk is on hold; 0 = it is not
	timer     timer
}

// offer reserves the agent for the caller and rings.
func (e *Engine) offer(c *caller, m *membership) {
	a, q := m.agent, m.queue
	o := &a.offer
	if o.phase != noOffer {
		impossible("agent %d is offered to caller %s while in offer %d", a.ID, c.call, o.id)
	}
	e.lastOffer++
	o.id, o.phase, o.caller = e.lastOffer, ringing, c
	o.alerted, o.connected, o.held = false, 0, 0
	o.made, o.deadline = e.now, e.now.Add(orDefault(a.CallTimeout, defaultCallTimeout))
	e.offers[o.id] = o
	e.arm(&o.timer, o.deadline)
	if c.offers = append(c.offers, o); len(c.offers) == 1 {
		q.trying++
	}
	c.last, q.last = m.turn(), m.turn()
	c.lastOffer, a.lastOffered, c.replace = e.now, e.now, false
	e.fact(Fact{Kind: FactOffered, Queue: q.ID, Agent: a.ID, Call: c.call, Offer: o.id})
	e.command(Command{Kind: CmdOffer, Queue: q.ID, Agent: a.ID, Call: c.call, Offer: o.id, Record: q.Record})
	e.refresh(a)
	e.review(c)
}

func (e *Engine) offerRinging(id OfferID) {
	o := e.offers[id]
	if o == nil || o.phase != ringing || o.alerted {
		return
	}
	o.alerted = true
	e.fact(Fact{Kind: FactRinging, Queue: o.caller.queue.ID, Agent: o.agent.ID, Call: o.caller.call, Offer: id})
}

// offerAnswered connects the first to answer. A leg that is answered although
// it was withdrawn (the 200 crossed the CANCEL) is withdrawn again, so that
// nobody sits in a call with nobody.
func (e *Engine) offerAnswered(id OfferID) {
	o := e.offers[id]
	switch {
	case o == nil:
		e.command(Command{Kind: CmdWithdraw, Offer: id, Cause: CauseLostRace})
	case o.phase == leaving:
		e.command(Command{Kind: CmdWithdraw, Agent: o.agent.ID, Offer: id, Cause: CauseLostRace})
	case o.phase == ringing:
		e.connect(o)
	}
}

// offerEnded: the agent's leg is gone.
func (e *Engine) offerEnded(id OfferID, cause OfferCause) {
	o := e.offers[id]
	if o == nil {
		return
	}
	switch o.phase {
	case ringing:
		e.offerFailed(o, failureOf(cause))
	case connected:
		e.agentHungUp(o, cause)
	}
	e.release(o)
}

// failureOf reads the end of a ringing leg. What names no reason of the phone's
// is taken as unreachable: a rest of 5 s keeps a broken line from being tried in a loop.
func failureOf(cause OfferCause) OfferCause {
	switch cause {
	case CauseBusy, CauseRejected, CauseNoAnswer, CauseLostRace, CauseGone, CauseWithdrawn:
		return cause
	case CauseAgentHangup:
		return CauseRejected
	}
	return CauseUnreachable
}

// offerOverdue: call_timeout is over, or a withdrawn leg's end was never reported.
func (e *Engine) offerOverdue(o *offer) {
	if o.phase == ringing {
		e.withdraw(o, CauseNoAnswer)
		return
	}
	e.release(o)
}

// withdraw ends a ringing offer from our side. The agent is free when the leg
// is gone, or a second later if that is never reported.
func (e *Engine) withdraw(o *offer, cause OfferCause) {
	if o.phase != ringing {
		impossible("withdrawing offer %d which does not ring", o.id)
	}
	e.command(Command{Kind: CmdWithdraw, Queue: o.caller.queue.ID, Agent: o.agent.ID, Call: o.caller.call, Offer: o.id, Cause: cause})
	gone := min(e.now, o.deadline).Add(legGrace)
	e.offerFailed(o, cause)
	o.phase = leaving
	e.arm(&o.timer, gone)
}

// offerFailed decides what a failed offer means for agent and caller
// (contracts/engine.md, When an offer fails).
func (e *Engine) offerFailed(o *offer, cause OfferCause) {
	c, a := o.caller, o.agent
	o.caller, o.phase = nil, leaving
	e.fact(Fact{Kind: FactOfferEnded, Queue: c.queue.ID, Agent: a.ID, Call: c.call, Offer: o.id, Cause: cause})
	c.dropOffer(o)
	c.pauseFor(a, e.now)
	switch cause {
	case CauseBusy:
		e.rest(a, Resting, e.now.Add(a.BusyDelay), cause)
	case CauseRejected:
		e.rest(a, Resting, e.now.Add(a.RejectDelay), cause)
	case CauseUnreachable:
		e.rest(a, Resting, e.now.Add(unreachableRest), cause)
	case CauseNoAnswer:
		e.rest(a, Resting, e.now.Add(a.NoAnswerDelay), cause)
		e.missed(o, c)
	}
	e.afterOffer(c)
}

// missed counts an unanswered offer; too many in a row pause the membership.
func (e *Engine) missed(o *offer, c *caller) {
	a := o.agent
	e.fact(Fact{Kind: FactMissed, Queue: c.queue.ID, Agent: a.ID, Call: c.call, Offer: o.id, Cause: CauseNoAnswer})
	m := a.membership(c.queue)
	if m == nil {
		return
	}
	m.missed++
	if a.MaxNoAnswer > 0 && m.missed >= a.MaxNoAnswer && m.status == Online {
		e.changeStatus(m, Paused, reasonNoAnswer, SourceSystem)
	}
}

// release frees the agent: its leg is gone.
func (e *Engine) release(o *offer) {
	delete(e.offers, o.id)
	e.disarm(&o.timer)
	o.phase, o.caller = noOffer, nil
	if o.agent.removed {
		e.forget(o.agent)
		return
	}
	e.refresh(o.agent)
}
