package acd

// releaseCaller: the caller's leg goes on elsewhere.
func (e *Engine) releaseCaller(id CallID) {
	c := e.callers[id]
	switch {
	case c == nil:
	case c.phase == callerTalking:
		e.callerGone(c, CauseWithdrawn)
	default:
		e.endWaiting(c, OutcomeTransferred, NoCause)
	}
}

// releaseAgent frees an agent whatever it is stuck in.
func (e *Engine) releaseAgent(id AgentID) {
	a := e.agents[id]
	if a == nil {
		return
	}
	o := &a.offer
	switch o.phase {
	case ringing:
		e.withdraw(o, CauseWithdrawn)
	case connected:
		c := o.caller
		e.callerGone(c, CauseWithdrawn)
		e.sendAway(c, OutcomeAnswered, "")
	}
	e.cutRest(a)
	a.onCall = false
	if o.phase == leaving {
		e.release(o)
		return
	}
	e.refresh(a)
}

// endRest has an agent be ready before wrap-up or rest is over.
func (e *Engine) endRest(id AgentID) {
	if a := e.agents[id]; a != nil {
		e.cutRest(a)
		e.refresh(a)
	}
}

// cutRest has the agent's wrap-up or rest end now, if there is one.
func (e *Engine) cutRest(a *agent) {
	if a.hold.until > e.now {
		a.hold.until = e.now
		e.disarm(&a.hold.timer)
	}
}
