package acd

// armWaits starts the timers that bound the caller's wait, or sets them anew
// after the queue was reconfigured.
func (e *Engine) armWaits(c *caller) {
	q := c.queue
	e.disarm(&c.maxWait)
	e.disarm(&c.noAgent)
	if q.MaxWait > 0 {
		e.arm(&c.maxWait, c.entered.Add(q.MaxWait))
	}
	if q.MaxWaitNoAgent > 0 {
		e.arm(&c.noAgent, e.noAgentLimit(c))
	}
}

// noAgentLimit is the earliest moment at which the caller can have waited
// max_wait_time_with_no_agent without anybody online in the queue.
func (e *Engine) noAgentLimit(c *caller) Time {
	if c.queue.online > 0 {
		return e.now.Add(c.queue.MaxWaitNoAgent)
	}
	return max(c.entered, c.queue.noAgentSince).Add(c.queue.MaxWaitNoAgent)
}

// noAgentDue looks whether the limit is reached. The timer is not touched when
// agents come and go, so a change of status costs nothing however many wait.
func (e *Engine) noAgentDue(c *caller) {
	if limit := e.noAgentLimit(c); limit > e.now {
		e.arm(&c.noAgent, limit)
		return
	}
	e.expire(c, OutcomeNoAgent)
}

// expire ends a wait that is too long; an offer that rings is allowed to end first.
func (e *Engine) expire(c *caller, outcome Outcome) {
	if len(c.offers) == 0 {
		e.leave(c, outcome)
		return
	}
	if c.expired == NoOutcome {
		c.expired = outcome
	}
	e.review(c)
}

func (e *Engine) disarmAll(c *caller) {
	e.disarm(&c.again)
	e.disarm(&c.sound)
	e.disarm(&c.maxWait)
	e.disarm(&c.noAgent)
}
