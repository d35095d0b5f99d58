package acd

import (
	"slices"
	"time"
)

// lessons is what a queue's calls have taught of late: for the estimated wait,
// and who gave up and may resume.
type lessons struct {
	cycles recent  // how long a call took its agent, from the ring to the end of wrap-up
	rings  recent  // how long agents rang who answered
	waited float64 // how long callers waited here, and
	given  float64 // how many gave up, both fading

	abandoned []abandonment
}

// departed learns from a caller's wait in this queue that is over.
func (l *lessons) departed(waited time.Duration, served bool) {
	l.waited = l.waited*fading + float64(waited)
	l.given *= fading
	if !served {
		l.given++
	}
}

// handled learns from a call that an agent of this queue has taken.
func (l *lessons) handled(ring, cycle time.Duration) {
	l.rings.add(ring)
	l.cycles.add(cycle)
}

// Learnt reads back from the journal what an engine had learnt before a
// restart (docs/adr/0004-estimated-wait.md), and whom it remembered. Every fact of the last day or so,
// in order, is enough: the last fifty calls count most. Calls whose beginning
// it has not seen, and those a restart cut off, teach nothing. The zero value
// has learnt nothing.
type Learnt struct {
	queues map[QueueID]*lessons
	cycles recent // in all queues

	joined map[CallID]Fact           // how callers who wait joined their queue
	rung   map[OfferID]Time          // when offers that ring were made
	rings  map[OfferID]time.Duration // how long those rang who talk
	talks  map[AgentID]taken         // over, but for the wrap-up that may follow
}

// taken is a talk that is over.
type taken struct {
	queue       QueueID
	ring, cycle time.Duration
	ended       Time
}

// Add takes the next fact.
func (l *Learnt) Add(f Fact) {
	if l.queues == nil {
		*l = Learnt{queues: map[QueueID]*lessons{}, joined: map[CallID]Fact{}, rung: map[OfferID]Time{},
			rings: map[OfferID]time.Duration{}, talks: map[AgentID]taken{}}
	}
	switch f.Kind {
	case FactCallerJoined:
		l.came(f)
	case FactCallerLeft:
		l.departed(f, false)
	case FactOffered:
		l.rung[f.Offer] = f.At
	case FactOfferEnded:
		delete(l.rung, f.Offer)
	case FactConnected:
		l.departed(f, true)
		if made, known := l.rung[f.Offer]; known {
			l.rings[f.Offer] = f.At.Sub(made)
			delete(l.rung, f.Offer)
		}
	case FactTalkEnded:
		if ring, known := l.rings[f.Offer]; known && f.Cause != CauseRestart {
			l.talks[f.Agent] = taken{queue: f.Queue, ring: ring, cycle: ring + f.Duration, ended: f.At}
		}
		delete(l.rings, f.Offer)
	case FactAgentState:
		l.free(f)
	}
}

// departed: a caller is served, or leaves without. Who was served leaves a
// second time, which counts no more.
func (l *Learnt) departed(f Fact, served bool) {
	joined, waits := l.joined[f.Call]
	delete(l.joined, f.Call)
	if !waits || f.Cause == CauseRestart {
		return
	}
	q := l.of(f.Queue)
	q.departed(f.At.Sub(joined.At), served)
	if f.Outcome == OutcomeAbandoned && joined.Number != "" {
		q.abandoned = append(q.abandoned, abandonment{number: joined.Number, joined: placeOf(joined), at: f.At})
	}
}

// came: a caller joined, perhaps in the place of an earlier call of the same number.
func (l *Learnt) came(f Fact) {
	l.joined[f.Call] = f
	if f.Until == 0 || f.Number == "" {
		return
	}
	q := l.of(f.Queue)
	i := slices.IndexFunc(q.abandoned, func(a abandonment) bool { return a.number == f.Number && f.Until <= a.joined })
	if i >= 0 {
		q.abandoned = slices.Delete(q.abandoned, i, i+1)
	}
}

// placeOf gives the place in the order of a caller who joined.
func placeOf(f Fact) Time {
	if f.Until != 0 {
		return f.Until
	}
	return f.At
}

// free: the agent's line does something else now, with wrap-up if it is that.
func (l *Learnt) free(f Fact) {
	t, known := l.talks[f.Agent]
	if !known {
		return
	}
	delete(l.talks, f.Agent)
	if f.State == WrapUp {
		t.cycle += f.Until.Sub(t.ended)
	}
	l.of(t.queue).handled(t.ring, t.cycle)
	l.cycles.add(t.cycle)
}

func (l *Learnt) of(id QueueID) *lessons {
	q := l.queues[id]
	if q == nil {
		q = &lessons{}
		l.queues[id] = q
	}
	return q
}
