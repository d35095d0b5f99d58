package acd

// What becomes of a caller whose agent hangs up first (Queue.AgentHangupAction).
// After a lost leg neither is done: nobody chose to end that talk.
const (
	hangupTransfer = "transfer"
	hangupRate     = "quality_rate"
)

// connect joins the caller with the agent who answered first.
func (e *Engine) connect(o *offer) {
	c, a := o.caller, o.agent
	q := c.queue
	c.phase = callerTalking
	q.waiting.remove(c)
	e.review(c)
	e.disarmAll(c)
	for len(c.offers) > 0 {
		if other := c.offers[0]; other != o {
			e.withdraw(other, CauseLostRace)
			continue
		}
		c.dropOffer(o)
	}
	c.agent, c.waited = a, e.now.Sub(c.since)
	q.departed(e.now.Sub(c.entered), true)
	q.talking.insert(c)
	o.phase, o.connected = connected, e.now
	e.disarm(&o.timer)
	a.calls++
	for _, m := range a.memberships {
		m.missed = 0
	}
	e.bridge(o)
	e.fact(Fact{Kind: FactConnected, Queue: q.ID, Agent: a.ID, Call: c.call, Offer: o.id, Duration: c.waited})
	e.refresh(a)
}

func (e *Engine) bridge(o *offer) {
	c := o.caller
	q := c.queue
	if !c.answered {
		c.answered = true
		e.command(Command{Kind: CmdAnswer, Queue: q.ID, Call: c.call})
	}
	cmd := Command{Kind: CmdConnect, Queue: q.ID, Agent: o.agent.ID, Call: c.call, Offer: o.id,
		Sound: q.AgentAnnouncement, Record: q.Record}
	if q.ReportWaitTime {
		cmd.Wait = c.waited
	}
	e.command(cmd)
}

// agentHungUp ends a talk whose agent leg is gone.
func (e *Engine) agentHungUp(o *offer, cause OfferCause) {
	if cause != CauseLost && cause != CauseRestart {
		cause = CauseAgentHangup
	}
	c := o.caller
	q := c.queue
	e.talkOver(o, cause)
	switch {
	case cause != CauseAgentHangup:
		e.sendAway(c, OutcomeAnswered, "")
	case q.AgentHangupAction == hangupTransfer:
		e.sendAway(c, OutcomeAnswered, q.AgentHangupDst)
	case q.AgentHangupAction == hangupRate:
		e.command(Command{Kind: CmdRate, Queue: q.ID, Agent: o.agent.ID, Call: c.call, Language: q.Language})
	default:
		e.sendAway(c, OutcomeAnswered, "")
	}
}

// callerGone ends a talk whose caller is gone, or goes elsewhere: the agent's leg is to follow.
func (e *Engine) callerGone(c *caller, cause OfferCause) {
	o := &c.agent.offer
	e.command(Command{Kind: CmdWithdraw, Queue: c.queue.ID, Agent: o.agent.ID, Call: c.call, Offer: o.id, Cause: cause})
	e.talkOver(o, cause)
	o.phase, o.caller = leaving, nil
	e.arm(&o.timer, e.now.Add(legGrace))
}

// talkOver books the talk; the agent's wrap-up runs from now on.
func (e *Engine) talkOver(o *offer, cause OfferCause) {
	c, a := o.caller, o.agent
	e.resume(o)
	talked := e.now.Sub(o.connected)
	a.talk += talked
	e.handled(o, talked)
	a.lastCall = e.now
	e.rest(a, WrapUp, e.now.Add(a.WrapUp), NoCause)
	e.fact(Fact{Kind: FactTalkEnded, Queue: c.queue.ID, Agent: a.ID, Call: c.call, Offer: o.id, Cause: cause, Duration: talked})
	c.queue.talking.remove(c)
	c.agent = nil
	e.gone(c, OutcomeAnswered, cause)
}

// callerHeld: one of the two put the other on hold, or took it back. Of two
// holds at once the first begins and the first end ends it: the telephone side
// reports changes of the call, not of each phone.
func (e *Engine) callerHeld(id CallID, on bool) {
	c := e.callers[id]
	if c == nil || c.phase != callerTalking {
		return
	}
	o := &c.agent.offer
	if !on {
		e.resume(o)
		return
	}
	if o.held == 0 {
		o.held = e.now
		e.fact(Fact{Kind: FactHeld, Queue: c.queue.ID, Agent: o.agent.ID, Call: c.call, Offer: o.id})
	}
}

// resume ends a hold, if there is one. A talk that ends while held ends the
// hold first, so that every held has its resumed.
func (e *Engine) resume(o *offer) {
	if o.held == 0 {
		return
	}
	e.fact(Fact{Kind: FactResumed, Queue: o.caller.queue.ID, Agent: o.agent.ID, Call: o.caller.call, Offer: o.id,
		Duration: e.now.Sub(o.held)})
	o.held = 0
}
