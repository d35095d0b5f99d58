package acd

import (
	"math"
	"time"
)

// The estimated wait (docs/adr/0004-estimated-wait.md). A caller with k-1
// unserved callers before him waits until k agents have become free. Agents
// become free at the rate crew / cycle. Cycle is how long one call takes an
// agent of this queue, from the first ring to the end of wrap-up, as it was of
// late. Crew is how many agents the queue has for itself: one who serves other
// queues too is shared among them by the work that waits there before this
// caller. Those before him also give up, as callers of this queue did of late.

const (
	// priorCycle and priorRing stand in until the first calls are over;
	// priorWeight says how many calls they are worth.
	priorCycle  = 3 * time.Minute
	priorRing   = 5 * time.Second
	priorWeight = 2
	// priorPatience is how long callers are taken to have waited, with nobody
	// giving up, before the queue's own are known.
	priorPatience = 30 * time.Minute
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
	o.caller.queue.handled(ring, cycle)
	e.cycles.add(cycle)
}

// untilFree is how long it takes until k agents have become free for a caller
// before whom k-1 wait and give up at the queue's rate: the sum of
// 1/(rate + i·giving) over those still before him, as an integral.
func (q *queue) untilFree(k, rate float64) float64 {
	giving := q.given / (q.waited + float64(priorPatience))
	if giving*k < rate/1000 { // nobody to speak of
		return k / rate
	}
	return math.Log1p(k*giving/rate) / giving
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
		wait = q.untilFree(float64(unserved), crew/e.cycle(q))
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
