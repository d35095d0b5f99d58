package acd

import "time"

// The estimated wait (docs/adr/0004-estimated-wait.md). A caller with k-1
// unserved callers before him waits until agents have become free k times:
// k · cycle / crew. Cycle is how long one call takes an agent of this queue,
// from the first ring to the end of wrap-up, as it was of late. Crew is how
// many agents the queue has for itself: one who serves other queues too is
// shared among them by the work that waits there before this caller.

const (
	// priorCycle and priorRing stand in until the first calls are over;
	// priorWeight says how many calls they are worth.
	priorCycle  = 3 * time.Minute
	priorRing   = 5 * time.Second
	priorWeight = 2
	// fading makes the last fifty calls count most.
	fading = 0.98
	// crewSample bounds how many agents an estimate looks at.
	crewSample = 64
	// leastWait is told where the next moment is meant: 0 means unknown.
	leastWait = time.Second
)

// recent is a mean in which the past fades.
type recent struct{ weight, sum float64 }

func (r *recent) add(d time.Duration) {
	r.weight = r.weight*fading + 1
	r.sum = r.sum*fading + float64(d)
}

// mean gives the mean; prior counts as priorWeight values.
func (r *recent) mean(prior float64) float64 {
	return (r.sum + priorWeight*prior) / (r.weight + priorWeight)
}

// handled learns from a talk that is over.
func (e *Engine) handled(o *offer, talked time.Duration) {
	ring := o.connected.Sub(o.made)
	cycle := ring + talked + o.agent.WrapUp
	q := o.caller.queue
	q.cycles.add(cycle)
	q.rings.add(ring)
	e.cycles.add(cycle)
}

// cycle is how long one call of the queue takes an agent. A queue that has
// seen few calls leans on what calls take in the other queues.
func (e *Engine) cycle(q *queue) float64 {
	return q.cycles.mean(e.cycles.mean(float64(priorCycle)))
}

// estimate tells how long the caller, at that position, will probably wait
// from now on; 0 if nobody serves the queue.
func (e *Engine) estimate(c *caller, position int) time.Duration {
	return e.estimateWith(c, position, e.crew(c))
}

func (e *Engine) estimateWith(c *caller, position int, crew float64) time.Duration {
	if crew == 0 {
		return 0
	}
	q := c.queue
	wait := 0.0
	if len(c.offers) == 0 {
		unserved := position - min(q.trying, position-1)
		wait = float64(unserved) * e.cycle(q) / crew
		if q.TierRulesApply && unserved <= q.ready { // somebody is free behind a level that will open
			if next := c.levelAfter(); next != nil {
				wait = min(wait, float64(c.levelDue(next).Sub(e.now)))
			}
		}
	}
	return max(leastWait, time.Duration(wait+q.rings.mean(float64(priorRing))).Round(time.Second))
}

// crew gives how many agents work for the caller's queue, seen from his place
// in the order. Of a large queue every n-th agent is looked at.
func (e *Engine) crew(c *caller) float64 {
	q := c.queue
	e.estimates++
	stride := 1 + q.online/crewSample
	crew, i := 0.0, 0
	for _, l := range q.levels {
		for ; i < len(l.members); i += stride {
			if m := l.members[i]; m.status == Online && m.agent.reachable {
				crew += e.share(m, c)
			}
		}
		i -= len(l.members)
	}
	return crew * float64(stride)
}

// share is the part of an agent's time that goes to the caller's queue.
func (e *Engine) share(m *membership, c *caller) float64 {
	own := e.demand(m.queue, c)
	all := 0.0
	for _, other := range m.agent.memberships {
		if other.status == Online {
			all += e.demand(other.queue, c)
		}
	}
	return own / all
}

// demand is the work before and including the caller that waits in a queue,
// for each of its agents.
func (e *Engine) demand(q *queue, c *caller) float64 {
	if q.demandFor != e.estimates {
		ahead, _ := q.waiting.index(c)
		if q == c.queue {
			ahead++
		}
		q.demandFor, q.demand = e.estimates, float64(ahead)*e.cycle(q)/float64(max(1, q.online))
	}
	return q.demand
}
