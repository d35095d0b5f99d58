package report

import (
	"time"

	"holdline/internal/acd"
)

func (f *Fold) agent(id acd.AgentID) *agent {
	a := f.agents[id]
	if a == nil {
		a = &agent{offers: map[acd.OfferID]pending{}}
		f.agents[id] = a
	}
	return a
}

func (f *Fold) offered(x acd.Fact) {
	if r := f.row(0, x.Agent, f.times.of(x.At)); r != nil {
		r.Offered++
		f.agent(x.Agent).offers[x.Offer] = pending{r, x.Call}
		f.open++
	}
}

func (f *Fold) offerEnded(x acd.Fact) {
	a := f.agent(x.Agent)
	o, known := a.offers[x.Offer]
	if !known {
		return
	}
	r := o.row
	switch x.Cause {
	case acd.CauseNoAnswer:
		r.Missed++
	case acd.CauseGone:
		r.Abandoned++
	case acd.CauseBusy, acd.CauseRejected, acd.CauseUnreachable:
		r.Refused++
	}
	delete(a.offers, x.Offer)
	f.open--
}

// busy books time in which the agent was there for a queue's call.
func (f *Fold) busy(queue acd.QueueID, id acd.AgentID, from, to acd.Time) {
	f.times.each(from, to, func(stretch int, part time.Duration) {
		f.row(queue, 0, stretch).Busy += part
		f.row(0, id, stretch).Busy += part
	})
}

// agentState books wrap-ups: from the end of the talk until they are over, or
// something else becomes of the line. One that a call outside the queues
// interrupted goes on after it. A restart ends none of them before its time.
func (f *Fold) agentState(x acd.Fact) {
	a := f.agent(x.Agent)
	f.endWrapUp(x.Agent, a, x.At)
	if x.State != acd.WrapUp {
		return
	}
	switch w := a.interrupted; {
	case a.talkEnded != 0 && x.Until > a.talkEnded:
		a.wrap = &wrapUp{a.talkEnded, x.Until, a.talkQueue, [2]*Row{a.queueRow, a.agentRow}}
		a.talkEnded = 0
	case a.talkEnded == 0 && w != nil && w.until == x.Until:
		a.wrap = &wrapUp{x.At, x.Until, w.queue, w.rows}
	default:
		return
	}
	a.interrupted = nil
	if a.wrap.rows != [2]*Row{} {
		f.quiet = max(f.quiet, x.Until)
	}
}

func (f *Fold) endWrapUp(id acd.AgentID, a *agent, at acd.Time) {
	w := a.wrap
	if w == nil {
		return
	}
	a.wrap = nil
	if at < w.until {
		a.interrupted = w
	}
	to := min(at, w.until)
	for _, r := range w.rows {
		if r != nil {
			r.WrapUp += to.Sub(w.from)
		}
	}
	f.busy(w.queue, id, w.from, to)
}

// settle books what still goes on up to now, and the times of statuses, once.
func (f *Fold) settle() {
	if f.settled {
		return
	}
	f.settled = true
	for id, a := range f.agents {
		if w := a.wrap; w != nil && f.o.Now < w.until {
			a.wrap = nil
			f.busy(w.queue, id, w.from, f.o.Now) // how long it takes is known when it is over
		}
		f.endWrapUp(id, a, f.o.Now)
	}
	for _, c := range f.calls {
		if c.connected > 0 {
			f.busy(c.queue, c.agent, c.connected, min(f.o.Now, f.o.End))
		}
	}
	until := min(f.o.Now, f.o.End)
	for queue, c := range f.crowds {
		f.bookCrowd(queue, c, until)
	}
	f.bookStatuses(until)
}
