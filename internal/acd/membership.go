package acd

import (
	"cmp"
	"slices"
)

// membership is an agent in a queue.
type membership struct {
	queue    *queue
	agent    *agent
	level    *level
	position int
	status   Status
	reason   string
	since    Time // of the status
	missed   int  // offers missed in a row

	counted Status // what the counts of queue and level know of it
	ready   bool   // online, and the agent idle
}

func (m *membership) turn() turn {
	return turn{level: m.level.number, position: m.position, agent: m.agent.ID, taken: true}
}

// idleSince is the latest of the last call's end, login and return from pause.
func (m *membership) idleSince() Time { return max(m.agent.lastCall, m.since) }

func comparePlaces(a, b *membership) int {
	return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.agent.ID, b.agent.ID))
}

func (e *Engine) setMembership(in Membership) {
	q, a := e.queues[in.Queue], e.agents[in.Agent]
	if q == nil || a == nil || a.removed || in.Status > Paused {
		return
	}
	m := a.membership(q)
	if m == nil {
		m = &membership{queue: q, agent: a, status: in.Status, reason: in.Reason, since: in.Since}
		if m.since == 0 {
			m.since = e.now
		}
		if m.status != LoggedOut && (a.login == 0 || m.since < a.login) {
			a.login = m.since // the best that is known of what was stored
		}
		i, _ := slices.BinarySearchFunc(a.memberships, q.ID, func(m *membership, id QueueID) int {
			return cmp.Compare(m.queue.ID, id)
		})
		a.memberships = slices.Insert(a.memberships, i, m)
	} else {
		e.takeOut(m)
	}
	m.position = in.Position
	m.level = q.levelFor(in.Level)
	m.level.insert(m)
	e.recount(m)
	e.touchAll(q)
}

func (e *Engine) removeMembership(queue QueueID, id AgentID) {
	q, a := e.queues[queue], e.agents[id]
	if q == nil || a == nil {
		return
	}
	if m := a.membership(q); m != nil {
		e.dropMembership(m)
	}
}

// dropMembership withdraws the membership's own offer only, then removes it.
// Who was logged in there alone is logged out by it.
func (e *Engine) dropMembership(m *membership) {
	a, q := m.agent, m.queue
	before := a.loggedIn()
	if o := &a.offer; o.phase == ringing && o.caller.queue == q {
		e.withdraw(o, CauseWithdrawn)
	}
	e.takeOut(m)
	a.memberships = slices.DeleteFunc(a.memberships, func(other *membership) bool { return other == m })
	if !a.removed && len(a.memberships) > 0 {
		e.tellLogin(a, before, SourceAPI)
	}
	if !a.loggedIn() {
		a.login = 0
	}
	e.touchAll(q)
}

// takeOut removes a membership from its level and from all counts.
func (e *Engine) takeOut(m *membership) {
	q, l := m.queue, m.level
	e.count(m, LoggedOut, false)
	i := slices.Index(l.members, m)
	l.members = slices.Delete(l.members, i, i+1)
	if len(l.members) == 0 {
		q.levels = slices.DeleteFunc(q.levels, func(other *level) bool { return other == l })
	}
	m.level = nil
}

// recount brings the counts of queue and level up to date with the
// membership; one who became ready stirs the queue.
func (e *Engine) recount(m *membership) {
	ready := m.status == Online && m.agent.state == Idle
	if ready && !m.ready {
		e.stir(m.queue, 0)
	}
	e.count(m, m.status, ready)
}

func (e *Engine) count(m *membership, status Status, ready bool) {
	q, l := m.queue, m.level
	loggedIn := delta(m.counted != LoggedOut, status != LoggedOut)
	online := delta(m.counted == Online, status == Online)
	readiness := delta(m.ready, ready)
	l.loggedIn += loggedIn
	q.loggedIn += loggedIn
	q.online += online
	l.ready += readiness
	q.ready += readiness
	m.counted, m.ready = status, ready
	if online < 0 && q.online == 0 {
		q.noAgentSince = e.now
	}
	if loggedIn < 0 && l.loggedIn == 0 && q.TierRulesApply {
		e.touchAll(q) // a level without logged-in agents is passed at once
	}
}

func delta(before, after bool) int {
	switch {
	case before == after:
		return 0
	case after:
		return 1
	}
	return -1
}
