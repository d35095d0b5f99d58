package acd

import (
	"fmt"
	"strings"
)

// Breach is an invariant that does not hold: who is stuck, and how. IDs are
// zero where nobody is meant.
type Breach struct {
	Queue  QueueID
	Agent  AgentID
	Call   CallID
	Offer  OfferID
	Reason string
}

// String names who is meant, and says how: "agent 7 queue 700: …".
func (b Breach) String() string {
	var s strings.Builder
	if b.Agent != 0 {
		fmt.Fprintf(&s, "agent %d ", b.Agent)
	}
	if b.Call != "" {
		fmt.Fprintf(&s, "caller %s ", b.Call)
	}
	if b.Queue != 0 {
		fmt.Fprintf(&s, "queue %d ", b.Queue)
	}
	if s.Len() == 0 {
		return b.Reason
	}
	return strings.TrimSpace(s.String()) + ": " + b.Reason
}

// How much one patrol looks at. Whole queues and the list of offers are looked
// at when enough patrols have saved up for it, so that a patrol costs the same
// on average however large the organisation is.
const (
	patrolAgents  = 1
	patrolCallers = 1
	patrolTimers  = 1
	patrolSavings = 4 // members and callers of a queue, for each patrol
)

// rounds is where the patrol goes: everybody, in no order, and how far it has come.
type rounds struct {
	agents  row[*agent]
	callers row[*caller]
	queues  row[*queue]

	agent, caller, queue, timer int
	saved                       int
}

// row is a list whose members know their place, so that leaving it is cheap.
type row[T seated] []T

type seated interface {
	comparable
	seat() *int
}

func (r *row[T]) add(x T) {
	*x.seat() = len(*r)
	*r = append(*r, x)
}

func (r *row[T]) remove(x T) {
	i, last := *x.seat(), len(*r)-1
	(*r)[i] = (*r)[last]
	*(*r)[i].seat() = i
	clear((*r)[last:])
	*r = (*r)[:last]
}

// next gives the member at the cursor and moves it on, round and round.
func (r row[T]) next(cursor *int) T {
	if *cursor >= len(r) {
		*cursor = 0
	}
	*cursor++
	return r[*cursor-1]
}

func (a *agent) seat() *int  { return &a.place }
func (c *caller) seat() *int { return &c.place }
func (q *queue) seat() *int  { return &q.place }

// Patrol is Check for production: each call looks at a few agents, callers and
// deadlines, and now and then at a queue, so that everything is looked at in
// turn. Call it after a step. A breach is a defect of the rules: log it with
// the journal's tail and have it repaired (Repair).
func (e *Engine) Patrol() []Breach {
	r := &e.rounds
	found := e.inspectEnds(nil)
	for range min(patrolAgents, len(r.agents)) {
		found = e.inspectAgent(found, r.agents.next(&r.agent))
	}
	for range min(patrolCallers, len(r.callers)) {
		found = e.inspectCaller(found, r.callers.next(&r.caller))
	}
	for range min(patrolTimers, len(e.timers)) {
		r.timer = (r.timer + 1) % len(e.timers)
		found = e.inspectTimer(found, r.timer)
	}
	return e.patrolBooks(found)
}

// patrolBooks looks at the next queue, or behind the last at the list of
// offers, when enough is saved for its size.
func (e *Engine) patrolBooks(found []Breach) []Breach {
	r := &e.rounds
	r.saved += patrolSavings
	if r.queue >= len(r.queues) {
		if r.saved < len(r.agents) {
			return found
		}
		r.queue, r.saved = 0, 0
		return e.inspectBooks(found)
	}
	q := r.queues[r.queue]
	if r.saved < q.size() {
		return found
	}
	r.queue, r.saved = r.queue+1, 0
	return e.inspectQueue(found, q)
}

// size is how many memberships and callers a queue has.
func (q *queue) size() int {
	n := len(q.waiting) + len(q.talking)
	for _, l := range q.levels {
		n += len(l.members)
	}
	return n
}
