package acd

import (
	"cmp"
	"slices"
)

// QueueView tells how a queue looks after the last step.
func (e *Engine) QueueView(id QueueID) (QueueView, bool) {
	q := e.queues[id]
	if q == nil {
		return QueueView{}, false
	}
	v := QueueView{
		Waiting: len(q.waiting) - q.trying, Trying: q.trying, Answered: len(q.talking),
		LoggedIn: q.loggedIn, Online: q.online, Ready: q.ready,
	}
	if len(q.waiting) > 0 {
		v.First = q.waiting[0].joined
	}
	return v, true
}

// Callers lists a queue's callers, longest wait first, those talking included.
// Waits are as of the last step: send a Tick before, if they are to be of now.
func (e *Engine) Callers(id QueueID) []CallerView {
	q := e.queues[id]
	if q == nil {
		return nil
	}
	views := make([]CallerView, 0, len(q.waiting)+len(q.talking))
	crew, stride := 0.0, 1+len(q.waiting)/crewSample
	for i, c := range q.waiting {
		if i%stride == 0 { // neighbours in a long line see the same agents
			crew = e.crew(c)
		}
		v := e.viewOf(c, i+1)
		v.Estimate = e.estimateWith(c, i+1, crew)
		views = append(views, v)
	}
	for _, c := range q.talking {
		views = append(views, e.viewOf(c, 0))
	}
	slices.SortStableFunc(views, func(a, b CallerView) int { return cmp.Compare(b.Wait, a.Wait) })
	return views
}

// Caller tells about one caller.
func (e *Engine) Caller(id CallID) (CallerView, bool) {
	c := e.callers[id]
	if c == nil {
		return CallerView{}, false
	}
	if c.phase == callerTalking {
		return e.viewOf(c, 0), true
	}
	i, _ := c.queue.waiting.index(c)
	v := e.viewOf(c, i+1)
	v.Estimate = e.estimate(c, i+1)
	return v, true
}

func (e *Engine) viewOf(c *caller, position int) CallerView {
	v := CallerView{
		Call: c.call, Queue: c.queue.ID, Number: c.number, Name: c.name, Joined: c.joined,
		Position: position, Wait: e.now.Sub(c.since),
	}
	switch {
	case c.phase == callerTalking:
		v.State, v.Agent, v.Wait, v.Answered = CallerAnswered, c.agent.ID, c.waited, c.agent.offer.connected
	case len(c.offers) == 1:
		v.State, v.Agent = CallerTrying, c.offers[0].agent.ID
	case len(c.offers) > 1:
		v.State = CallerTrying
	}
	return v
}

// AgentView tells about one agent.
func (e *Engine) AgentView(id AgentID) (AgentView, bool) {
	a := e.agents[id]
	if a == nil || a.removed {
		return AgentView{}, false
	}
	v := AgentView{Agent: id, State: a.state, Since: a.since, Until: a.until, Calls: a.calls, LastCall: a.lastCall}
	if a.loggedIn() {
		v.LoggedIn = a.login
	}
	if a.until != 0 {
		v.Cause = a.hold.cause
	}
	if a.offer.caller != nil {
		v.Call = a.offer.caller.call
	}
	for _, m := range a.memberships {
		v.Memberships = append(v.Memberships, Membership{
			Queue: m.queue.ID, Agent: id, Level: m.level.number, Position: m.position,
			Status: m.status, Reason: m.reason, Since: m.since,
		})
	}
	return v, true
}
