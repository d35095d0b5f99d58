package acd

import "slices"

// queue is a queue's configuration and everything in it.
type queue struct {
	Queue
	place    int      // in the patrol's round
	levels   []*level // ascending
	loggedIn int      // memberships online or paused
	online   int      // memberships online
	ready    int      // memberships that could be offered now

	waiting line    // callers not talking
	seeking seekers // those of them who want an offer, or one more
	talking line
	trying  int // waiting callers with at least one offer

	noAgentSince Time // since when nobody is online; meaningful while online is 0
	last         turn // whom this queue last offered to, for round-robin

	lessons
	demand    float64 // work that waits here, for each agent, in the estimate number demandFor
	demandFor uint64

	stirred bool // see Engine.stir
	cursor  int  // seeking callers before it cannot be offered to anybody in this step
}

// setQueue adds or reconfigures a queue. One with an unknown strategy is not
// taken over (Queue.Validate tells the sender): replacing the strategy
// silently is worse than keeping what worked.
func (e *Engine) setQueue(cfg Queue) {
	if cfg.Validate() != nil {
		return
	}
	q := e.queues[cfg.ID]
	if q == nil {
		q = &queue{Queue: cfg, noAgentSince: e.now}
		if l := e.learnt[cfg.ID]; l != nil {
			q.lessons = *l
			delete(e.learnt, cfg.ID)
			e.forgetAbandoned(q)
		}
		e.queues[cfg.ID] = q
		e.rounds.queues.add(q)
		return
	}
	old := q.Queue
	q.Queue = cfg
	for _, c := range q.waiting {
		e.reconfigured(c, old)
	}
	e.touchAll(q)
}

// removeQueue ends its waiting callers; those who talk go on talking.
func (e *Engine) removeQueue(id QueueID) {
	q := e.queues[id]
	if q == nil {
		return
	}
	for len(q.waiting) > 0 {
		e.leave(q.waiting[0], OutcomeFailed)
	}
	for len(q.levels) > 0 {
		e.dropMembership(q.levels[0].members[0])
	}
	delete(e.queues, id)
	e.rounds.queues.remove(q)
}

// abandonment remembers a caller who gave up, for abandoned_resume_allowed.
type abandonment struct {
	number string
	joined Time // the first joined time
	at     Time
}

func (e *Engine) rememberAbandoned(c *caller) {
	q := c.queue
	if !q.AbandonedResume || c.number == "" {
		return
	}
	e.forgetAbandoned(q)
	q.abandoned = append(q.abandoned, abandonment{number: c.number, joined: c.joined, at: e.now})
}

// forgetAbandoned drops those who gave up longer than discard_abandoned_after ago.
func (e *Engine) forgetAbandoned(q *queue) {
	keep := orDefault(q.DiscardAbandonedAfter, defaultDiscardAbandoned)
	q.abandoned = slices.DeleteFunc(q.abandoned, func(a abandonment) bool { return a.at.Add(keep) < e.now })
}

// resumed gives the joined time of an earlier, abandoned call of this number, or at.
func (e *Engine) resumed(q *queue, number string, at Time) Time {
	if !q.AbandonedResume || number == "" {
		return at
	}
	e.forgetAbandoned(q)
	i := slices.IndexFunc(q.abandoned, func(a abandonment) bool { return a.number == number })
	if i < 0 {
		return at
	}
	joined := q.abandoned[i].joined
	q.abandoned = slices.Delete(q.abandoned, i, i+1)
	return min(at, joined)
}
