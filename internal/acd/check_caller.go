package acd

import "fmt"

func (e *Engine) checkCaller(c *caller) error {
	if e.callers[c.call] != c || c.phase == callerGone {
		return fmt.Errorf("is gone but still there")
	}
	if c.phase == callerTalking {
		return c.checkTalk()
	}
	q := c.queue
	if !q.waiting.has(c) || q.talking.has(c) || e.queues[q.ID] != q {
		return fmt.Errorf("waits nowhere")
	}
	if c.seeking != c.wantsOffer() || c.seeking != q.seeking.has(c) {
		return fmt.Errorf("wants an offer, or does not, and stands in the wrong line")
	}
	for _, o := range c.offers {
		if o.phase != ringing || o.caller != c {
			return fmt.Errorf("offer %d is another's", o.id)
		}
	}
	if err := c.checkEnds(); err != nil {
		return err
	}
	return e.checkServed(c)
}

func (c *caller) checkTalk() error {
	if c.agent == nil || c.agent.offer.caller != c || c.agent.offer.phase != connected || len(c.offers) > 0 {
		return fmt.Errorf("talks without an agent, or is offered besides")
	}
	if q := c.queue; !q.talking.has(c) || q.waiting.has(c) || q.seeking.has(c) {
		return fmt.Errorf("talks but stands in the wrong line")
	}
	return nil
}

// checkEnds: nothing that a waiting caller goes through lasts for ever.
func (c *caller) checkEnds() error {
	q := c.queue
	switch {
	case c.phase == callerGreeted && c.play == 0:
		return fmt.Errorf("hears no greeting but is not served")
	case c.play != 0 && !c.sound.armed():
		return fmt.Errorf("playback %d can go on for ever", c.play)
	case c.play == 0 && !c.ringback && q.announces() && !c.sound.armed():
		return fmt.Errorf("hears no announcement any more")
	case c.expired != NoOutcome && len(c.offers) == 0:
		return fmt.Errorf("has waited too long and still waits")
	case c.expired == NoOutcome && (q.MaxWait > 0 && !c.maxWait.armed() || q.MaxWaitNoAgent > 0 && !c.noAgent.armed()):
		return fmt.Errorf("can wait for ever")
	}
	return nil
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
	switch {
	case next == nil:
		return nil
	case !c.begun:
		return fmt.Errorf("no level has begun")
	case c.queue.TierRulesApply && !c.again.armed():
		return fmt.Errorf("level %d never opens", next.number)
	case !c.queue.TierRulesApply && len(c.offers) == 0:
		return fmt.Errorf("level %d is shut though nobody can be offered", next.number)
	}
	return nil
}
