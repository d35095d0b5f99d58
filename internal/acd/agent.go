package acd

import (
	"cmp"
	"slices"
	"time"
)

// agent is an agent's configuration and what its line does.
type agent struct {
	Agent
	place       int  // in the patrol's round
	removed     bool // gone from the configuration, its last leg is not gone yet
	reachable   bool
	onCall      bool
	offer       offer // the one live offer or call, if any
	hold        hold
	memberships []*membership // by queue

	state State
	since Time
	until Time

	login       Time // when it left logged_out
	lastCall    Time // end of the last call
	lastOffered Time
	talk        time.Duration // talked today
	calls       int           // answered today
}

// hold is a wrap-up or a rest: until it is over the agent is not offered.
type hold struct {
	state State
	until Time
	cause OfferCause
	timer timer
}

// setAgent adds or reconfigures an agent. Times that run go on as they were.
func (e *Engine) setAgent(cfg Agent) {
	a := e.agents[cfg.ID]
	if a == nil {
		a = e.newAgent(cfg)
	}
	if cfg.Remote != a.Remote {
		e.reach(a, cfg.Remote)
	}
	a.Agent, a.removed = cfg, false
	e.refresh(a)
}

func (e *Engine) newAgent(cfg Agent) *agent {
	a := &agent{Agent: cfg, reachable: cfg.Remote, since: e.now}
	a.offer.agent = a
	a.offer.timer = timer{kind: offerTimer, agent: a}
	a.hold.timer = timer{kind: holdTimer, agent: a}
	if past, known := e.past[cfg.ID]; known {
		delete(e.past, cfg.ID)
		a.talk, a.calls = past.Talk, past.Calls
		a.lastCall, a.lastOffered, a.login = past.LastCall, past.LastOffered, past.LoggedIn
	}
	a.state = a.lineState(e.now)
	e.agents[cfg.ID] = a
	e.rounds.agents.add(a)
	return a
}

// removeAgent takes the agent out of every queue; a call in progress goes on.
func (e *Engine) removeAgent(id AgentID) {
	a := e.agents[id]
	if a == nil || a.removed {
		return
	}
	a.removed = true
	for len(a.memberships) > 0 {
		e.dropMembership(a.memberships[0])
	}
	if a.offer.phase == noOffer {
		e.forget(a)
	}
}

func (e *Engine) forget(a *agent) {
	e.disarm(&a.hold.timer)
	delete(e.agents, a.ID)
	e.rounds.agents.remove(a)
}

func (e *Engine) setReachable(id AgentID, reachable bool) {
	if a := e.agents[id]; a != nil {
		e.reach(a, reachable)
	}
}

// reach takes over whether the agent's line can be rung at all.
func (e *Engine) reach(a *agent, reachable bool) {
	if a.reachable == reachable {
		return
	}
	a.reachable = reachable
	if reachable && a.hold.cause == CauseUnreachable {
		a.hold.until = e.now // a fresh contact: nothing to rest for
		e.disarm(&a.hold.timer)
	}
	if !reachable && a.offer.phase == ringing {
		e.withdraw(&a.offer, CauseUnreachable)
	}
	e.refresh(a)
}

func (e *Engine) setOnCall(id AgentID, on bool) {
	a := e.agents[id]
	if a == nil || a.onCall == on {
		return
	}
	a.onCall = on
	if on && a.offer.phase == ringing {
		e.withdraw(&a.offer, CauseWithdrawn)
	}
	e.refresh(a)
}

// newDay starts the counters of the day anew.
func (e *Engine) newDay() {
	for _, a := range e.agents {
		a.talk, a.calls = 0, 0
	}
	clear(e.past)
}

// lineState derives what the line does from all that is known of it.
func (a *agent) lineState(now Time) State {
	switch {
	case a.offer.phase != noOffer:
		if a.offer.connected > 0 {
			return Talking
		}
		return Offered
	case !a.reachable:
		return Unreachable
	case a.onCall:
		return OnCall
	case a.hold.until > now:
		return a.hold.state
	}
	return Idle
}

// rest keeps the agent from being offered until then. No other rest or wrap-up
// can run: whoever rests is not offered and does not talk.
func (e *Engine) rest(a *agent, state State, until Time, cause OfferCause) {
	if until <= e.now {
		return
	}
	a.hold.state, a.hold.until, a.hold.cause = state, until, cause
	e.arm(&a.hold.timer, until)
}

// refresh takes over a change of the line: state, fact, and who is ready where.
func (e *Engine) refresh(a *agent) {
	state, until, cause := a.lineState(e.now), Time(0), NoCause
	if state == WrapUp || state == Resting {
		until, cause = a.hold.until, a.hold.cause
	}
	if state == a.state && until == a.until {
		return
	}
	if state != a.state {
		a.since = e.now
	}
	a.state, a.until = state, until
	if !a.removed {
		e.fact(Fact{Kind: FactAgentState, Agent: a.ID, State: state, Until: until, Cause: cause})
	}
	for _, m := range a.memberships {
		e.recount(m)
	}
}

func (a *agent) membership(q *queue) *membership {
	i, found := slices.BinarySearchFunc(a.memberships, q.ID, func(m *membership, id QueueID) int {
		return cmp.Compare(m.queue.ID, id)
	})
	if !found || a.memberships[i].queue != q {
		return nil
	}
	return a.memberships[i]
}
