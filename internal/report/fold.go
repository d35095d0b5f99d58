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
	Threshold  time.Duration // T of the service level: at most that long is in time
	// Total tells which queues Fold.Total is over; nil = all.
	Total func(acd.QueueID) bool
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
	crowds   map[acd.QueueID]*crowd // 0 = of the total
	waiting  int                    // callers who wait
	open     int                    // offers, calls and talks of the period that have not ended, statuses not known yet
	quiet    acd.Time               // when the wrap-ups after them are over
	first    acd.Time
	last     acd.Time
	lived    acd.Time // of the last fact that no restart wrote
	settled  bool
}

type rowKey struct {
	queue   acd.QueueID
	agent   acd.AgentID
	stretch int
}

// agent is what is known of an agent at the moment.
type agent struct {
	offers    map[acd.OfferID]pending
	talkEnded acd.Time // whose wrap-up may follow; 0 = none
	talkQueue acd.QueueID
	queueRow  *Row // of that talk; nil = not of the period
	agentRow  *Row
	wrap      *wrapUp

	interrupted *wrapUp // the last one, where it was not over
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
		statuses: map[place]*status{}, crowds: map[acd.QueueID]*crowd{}}, nil
}

// Done tells that no further fact can change the report: the period is over
// and so is everything that began in it.
func (f *Fold) Done() bool {
	return f.last >= f.o.End && f.last > f.quiet && f.open == 0 && f.waiting == 0
}

// wrapUpGrace is how long after a talk its wrap-up may be told: the agent's leg has to be gone first.
const wrapUpGrace = 2 * time.Second

// Add takes the next fact of the journal.
func (f *Fold) Add(x acd.Fact) {
	if f.first == 0 {
		f.first = x.At
	}
	f.last = x.At
	if x.Cause != acd.CauseRestart {
		f.lived = x.At
	}
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
		r.Passed = max(0, min(r.End, f.o.Now).Sub(r.Start))
		f.rows[key] = r
	}
	return r
}

// Running gives the row of a queue, or else of an agent, in the first stretch
// as it stands, without closing the books: more facts can be added. The times
// of agents (LoggedIn, Paused, Busy) are not in it yet.
func (f *Fold) Running(queue acd.QueueID, agent acd.AgentID) Row {
	if r := f.rows[rowKey{queue, agent, 0}]; r != nil {
		return *r
	}
	return Row{Start: f.times[0], End: f.times[1], Queue: queue, Agent: agent}
}

// Queues closes the books and gives the rows of queues, by start and queue.
// Stretches in which nothing happened have none.
func (f *Fold) Queues() []Row { return f.list(func(r *Row) bool { return r.Queue != 0 }) }

// Total closes the books and gives rows of all queues of Options.Total
// together, by start. Who joined two of them counts in both; but an agent's
// time counts once, and the most that wait are those of a single moment.
func (f *Fold) Total() []Row {
	sums := Sum(f.list(func(r *Row) bool { return r.Queue != 0 && f.counted(r.Queue) }))
	for i := range sums {
		r := &sums[i]
		own := f.rows[rowKey{0, 0, f.times.of(r.Start)}]
		if own == nil {
			own = &Row{}
		}
		r.MostWaiting, r.WaitingTime, r.LoggedIn, r.Paused = own.MostWaiting, own.WaitingTime, own.LoggedIn, own.Paused
	}
	return sums
}

func (f *Fold) counted(q acd.QueueID) bool { return f.o.Total == nil || f.o.Total(q) }

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
