package acd

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
	e.talkOver(o, cause)
	if q := c.queue; q.AgentHangupAction == "transfer" && q.AgentHangupDst != "" && cause == CauseAgentHangup {
		e.sendAway(c, OutcomeAnswered, q.AgentHangupDst)
		return
	}
	e.sendAway(c, OutcomeAnswered, "")
}

// callerGone ends a talk whose caller is gone: the agent's leg is to follow.
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
	talked := e.now.Sub(o.connected)
	a.talk += talked
	a.lastCall = e.now
	e.rest(a, WrapUp, e.now.Add(a.WrapUp), NoCause)
	e.fact(Fact{Kind: FactTalkEnded, Queue: c.queue.ID, Agent: a.ID, Call: c.call, Offer: o.id, Cause: cause, Duration: talked})
	c.queue.talking.remove(c)
	c.agent = nil
	e.gone(c, OutcomeAnswered, cause)
}
