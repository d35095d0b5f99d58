// Package report makes statistics of the journal: what happened to the calls
// of a queue, what its agents did, and how many of them a demand needs
// (contracts/engine.md, Statistics). It is a pure fold over committed facts:
// no clock, no state of an engine, so a restart changes no figure.
package report

import (
	"cmp"
	"slices"
	"time"

	"holdline/internal/acd"
)

// Options say what is reported.
type Options struct {
	Start, End acd.Time // the period, End excluded
	Now        acd.Time // up to when time has passed; 0 = End
	Since      acd.Time // nobody was logged in before, e.g. when the organisation was made; 0 = the first fact
	Interval   Interval // "" = Whole
	Zone       *time.Location
	Threshold  time.Duration // T of the service level; 0 = DefaultThreshold
}

// Fold sums facts up. Add is called in the order of the journal; facts from before the period count no calls but tell who was logged
// in and which calls were up, those from after it how the period's calls ended.
type Fold struct {
	o     Options
	times stretches
	rows  map[rowKey]*Row

	calls    map[acd.CallID]*call
	agents   map[acd.AgentID]*agent
	statuses map[place]*status
	open     int      // offers, calls and talks of the period that have not ended, statuses not known yet
	quiet    acd.Time // when the wrap-ups after them are over
	first    acd.Time
	last     acd.Time
	settled  bool
}

type rowKey struct {
	queue   acd.QueueID
	agent   acd.AgentID
	stretch int
}

// call is one that is in a queue.
type call struct {
	queue     acd.QueueID
	row       *Row // nil: joined outside the period
	answered  bool
	connected acd.Time
	agent     acd.AgentID // talking
	offered   *Row        // of that agent: where its offer counts
	holdSince acd.Time    // 0 = not held
	held      time.Duration
}

// agent is what is known of an agent at the moment.
type agent struct {
	offers    map[acd.OfferID]pending
	talkEnded acd.Time // whose wrap-up may follow; 0 = none
	talkQueue acd.QueueID
	queueRow  *Row // of that talk; nil = not of the period
	agentRow  *Row
	wrap      *wrapUp
}

// pending is an offer that has not ended.
type pending struct {
	row  *Row
	call acd.CallID
}

// wrapUp is one that runs.
type wrapUp struct {
	from, until acd.Time
	queue       acd.QueueID
	rows        [2]*Row // of the queue and of the agent; nil = not of the period
}

// New gives an empty fold; a *TooManyError when the period has too many stretches.
func New(o Options) (*Fold, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Threshold == 0 {
		o.Threshold = DefaultThreshold
	}
	if o.Interval == "" {
		o.Interval = Whole
	}
	if o.Now == 0 {
		o.Now = o.End
	}
	times, err := cuts(o.Start, o.End, o.Interval, o.Zone)
	if err != nil {
		return nil, err
	}
	return &Fold{o: o, times: times, rows: map[rowKey]*Row{}, calls: map[acd.CallID]*call{}, agents: map[acd.AgentID]*agent{},
		statuses: map[place]*status{}}, nil
}

// Done tells that no further fact can change the report: the period is over
// and so is everything that began in it.
func (f *Fold) Done() bool { return f.last >= f.o.End && f.last > f.quiet && f.open == 0 }

// wrapUpGrace is how long after a talk its wrap-up may be told: the agent's leg has to be gone first.
const wrapUpGrace = 2 * time.Second

// Add takes the next fact of the journal.
func (f *Fold) Add(x acd.Fact) {
	if f.first == 0 {
		f.first = x.At
	}
	f.last = x.At
	switch x.Kind {
	case acd.FactCallerJoined:
		f.joined(x)
	case acd.FactOffered:
		f.offered(x)
	case acd.FactOfferEnded:
		f.offerEnded(x)
	case acd.FactConnected:
		f.connected(x)
	case acd.FactHeld:
		if c := f.calls[x.Call]; c != nil && c.connected > 0 && c.holdSince == 0 {
			c.holdSince = x.At
		}
	case acd.FactResumed:
		if c := f.calls[x.Call]; c != nil {
			c.resume(x.At)
		}
	case acd.FactTalkEnded:
		f.talkEnded(x)
	case acd.FactCallerLeft:
		f.left(x)
	case acd.FactAgentState:
		f.agentState(x)
	case acd.FactStatus:
		f.statusChanged(x)
	case acd.FactAgentLogin:
		f.loggedIn(x)
	case acd.FactRated:
		f.rated(x)
	}
}

func (f *Fold) row(queue acd.QueueID, agent acd.AgentID, stretch int) *Row {
	if stretch < 0 {
		return nil
	}
	key := rowKey{queue, agent, stretch}
	r := f.rows[key]
	if r == nil {
		r = &Row{Start: f.times[stretch], End: f.times[stretch+1], Queue: queue, Agent: agent}
		f.rows[key] = r
	}
	return r
}

func (f *Fold) joined(x acd.Fact) {
	if f.calls[x.Call] != nil {
		return
	}
	c := &call{queue: x.Queue, row: f.row(x.Queue, 0, f.times.of(x.At))}
	f.calls[x.Call] = c
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

// Queues closes the books and gives the rows of queues, by start and queue.
// Stretches in which nothing happened have none.
func (f *Fold) Queues() []Row { return f.list(func(r *Row) bool { return r.Agent == 0 }) }

// Agents closes the books and gives the rows of agents, by start and agent.
func (f *Fold) Agents() []Row { return f.list(func(r *Row) bool { return r.Agent != 0 }) }

func (f *Fold) list(keep func(*Row) bool) []Row {
	f.settle()
	var out []Row
	for _, r := range f.rows {
		if keep(r) {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Agent, b.Agent))
	})
	return out
}
