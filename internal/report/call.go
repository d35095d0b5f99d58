package report

import (
	"time"

	"holdline/internal/acd"
)

// call is one that is in a queue.
type call struct {
	queue     acd.QueueID
	row       *Row // nil: joined outside the period
	waits     bool
	answered  bool
	connected acd.Time
	agent     acd.AgentID // talking
	offered   *Row        // of that agent: where its offer counts
	holdSince acd.Time    // 0 = not held
	held      time.Duration
}

func (f *Fold) joined(x acd.Fact) {
	if f.calls[x.Call] != nil {
		return
	}
	c := &call{queue: x.Queue, row: f.row(x.Queue, 0, f.times.of(x.At))}
	f.calls[x.Call] = c
	f.waits(c, x.At)
	if c.row != nil {
		c.row.Offered++
		c.row.Waiting++
		f.open++
	}
}

func (f *Fold) connected(x acd.Fact) {
	a := f.agent(x.Agent)
	offered := a.offers[x.Offer].row
	delete(a.offers, x.Offer)
	if offered != nil {
		f.answer(offered, x.Duration)
		f.open--
	}
	c := f.calls[x.Call]
	if c == nil { // joined before the facts began
		c = &call{queue: x.Queue}
		f.calls[x.Call] = c
	}
	f.waited(c, x)
	c.answered, c.connected, c.agent, c.offered, c.held, c.holdSince = true, x.At, x.Agent, offered, 0, 0
	if offered != nil {
		f.open++ // the talk, which a call of before the period may have
	}
	if c.row != nil {
		c.row.Waiting--
		f.answer(c.row, x.Duration)
	}
}

func (f *Fold) answer(r *Row, wait time.Duration) {
	r.Answered++
	r.AnswerWait += wait
	r.addWait(wait)
	if wait <= f.o.Threshold {
		r.AnsweredInTime++
	}
}

func (c *call) resume(at acd.Time) {
	if c.holdSince > 0 {
		c.held += max(0, at.Sub(c.holdSince))
		c.holdSince = 0
	}
}

func (f *Fold) talkEnded(x acd.Fact) {
	c := f.calls[x.Call]
	if c == nil || c.connected == 0 {
		return
	}
	ended := x.At
	if x.Duration > 0 { // a restart ends talks later than they ended
		ended = min(ended, c.connected.Add(x.Duration))
	}
	c.resume(ended)
	talk := max(0, ended.Sub(c.connected)-c.held)
	for _, r := range []*Row{c.row, c.offered} {
		if r != nil {
			r.Handled++
			r.Talk += talk
			r.Hold += c.held
		}
	}
	f.busy(c.queue, c.agent, c.connected, ended)
	a := f.agent(c.agent)
	f.endWrapUp(c.agent, a, x.At)
	a.talkEnded, a.talkQueue, a.queueRow, a.agentRow = ended, c.queue, c.row, c.offered
	if c.row != nil || c.offered != nil {
		f.quiet = max(f.quiet, ended.Add(wrapUpGrace))
	}
	if c.offered != nil {
		f.open--
	}
	c.connected, c.offered = 0, nil
}

// left books the one end of every caller.
func (f *Fold) left(x acd.Fact) {
	c := f.calls[x.Call]
	if c == nil {
		return
	}
	delete(f.calls, x.Call)
	f.waited(c, x)
	if x.Cause == acd.CauseRestart {
		f.dropOffers(x.Call)
	}
	if c.row == nil {
		return
	}
	f.open--
	if c.answered {
		return
	}
	c.row.Waiting--
	c.row.outcome(x.Outcome)
	if x.Cause == acd.CauseRestart {
		return // the wait says when the machine came back, nothing of the service
	}
	c.row.addWait(x.Duration)
	if x.Outcome != acd.OutcomeAbandoned {
		return
	}
	if x.Duration < ShortAbandon {
		c.row.Short++
	}
	if x.Duration <= f.o.Threshold {
		c.row.AbandonedInTime++
	}
}

// dropOffers gives up what a restart cut off: such offers have no end in the journal.
func (f *Fold) dropOffers(id acd.CallID) {
	for _, a := range f.agents {
		for offer, p := range a.offers {
			if p.call == id {
				delete(a.offers, offer)
				f.open--
			}
		}
	}
}

func (r *Row) outcome(o acd.Outcome) {
	switch o {
	case acd.OutcomeAbandoned:
		r.Abandoned++
	case acd.OutcomeTimeout:
		r.Timeout++
	case acd.OutcomeNoAgent:
		r.NoAgent++
	case acd.OutcomeExitKey:
		r.ExitKey++
	case acd.OutcomeTransferred:
		r.Transferred++
	default:
		r.Failed++
	}
}

// rated books a rating where it was given: its call may have begun long before.
func (f *Fold) rated(x acd.Fact) {
	if len(x.Reason) != 1 || x.Reason[0] < '0' || x.Reason[0] > '9' {
		return
	}
	stretch := f.times.of(x.At)
	rows := []*Row{f.row(0, x.Agent, stretch)}
	if x.Queue != 0 {
		rows = append(rows, f.row(x.Queue, 0, stretch))
	}
	for _, r := range rows {
		if r != nil {
			r.Ratings++
			r.RatingSum += int(x.Reason[0] - '0')
		}
	}
}
