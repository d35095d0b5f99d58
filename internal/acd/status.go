package acd

// reasonNoAnswer is the reason of the pause that max_no_answer imposes.
const reasonNoAnswer = "no answer"

// setStatus changes one membership's status or all of the agent's.
func (e *Engine) setStatus(in SetStatus) {
	a := e.agents[in.Agent]
	if a == nil || in.Status > Paused {
		return
	}
	before := a.loggedIn()
	for _, m := range a.memberships {
		if in.Queue != 0 && m.queue.ID != in.Queue {
			continue
		}
		if in.SkipLoggedOut && m.status == LoggedOut {
			continue
		}
		e.changeStatus(m, in.Status, in.Reason, in.Source)
	}
	e.tellLogin(a, before, in.Source)
}

// changeStatus changes one membership. It withdraws that membership's own
// ringing offer and nothing else: not another queue's, never a talking call.
func (e *Engine) changeStatus(m *membership, status Status, reason string, source Source) {
	kept := ""
	if status == Paused {
		kept = reason
	}
	if status == m.status && kept == m.reason {
		return
	}
	m.status, m.reason, m.since, m.missed = status, kept, e.now, 0
	e.fact(Fact{Kind: FactStatus, Queue: m.queue.ID, Agent: m.agent.ID, Status: status, Reason: reason, Source: source})
	if o := &m.agent.offer; status != Online && o.phase == ringing && o.caller.queue == m.queue {
		e.withdraw(o, CauseWithdrawn)
	}
	e.recount(m)
}

// loggedIn tells whether the agent-level status is other than logged_out.
func (a *agent) loggedIn() bool {
	for _, m := range a.memberships {
		if m.status != LoggedOut {
			return true
		}
	}
	return false
}

// tellLogin reports a change of the derived agent-level status.
func (e *Engine) tellLogin(a *agent, before bool, source Source) {
	switch after := a.loggedIn(); {
	case after && !before:
		a.login = e.now
		e.fact(Fact{Kind: FactAgentLogin, Agent: a.ID, Source: source})
	case before && !after:
		a.login = 0
		e.fact(Fact{Kind: FactAgentLogout, Agent: a.ID, Source: source})
	}
}
