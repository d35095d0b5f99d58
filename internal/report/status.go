package report

import (
	"cmp"
	"slices"
	"time"

	"holdline/internal/acd"
)

// place is an agent's membership of a queue.
type place struct {
	agent acd.AgentID
	queue acd.QueueID
}

// status is what the facts tell of a membership's status.
type status struct {
	standing acd.Membership // as Fold.Standing told it
	awaited  bool           // the status in the period is known by the first change after it
	before   acd.Status     // before the first change, as that lets one think
	changes  []change
}

// change is a status from a moment on.
type change struct {
	at     acd.Time
	status acd.Status
	queue  acd.QueueID
}

// Standing tells the status a membership has now, since m.Since, as the
// configuration has it: who changed no status during the facts is in none of them.
func (f *Fold) Standing(m acd.Membership) {
	s := f.status(place{m.Agent, m.Queue})
	s.standing = m
	if m.Since > f.o.End && len(s.changes) == 0 {
		s.awaited = true
		f.open++
	}
}

func (f *Fold) status(p place) *status {
	s := f.statuses[p]
	if s == nil {
		s = &status{}
		f.statuses[p] = s
	}
	return s
}

// statusChanged keeps the change. The first one of a membership also tells
// what was before: nobody is paused or logged out who was not there; who comes
// online without logging in (see loggedIn) was paused, unless the membership
// itself is new, which an automatic change tells.
func (f *Fold) statusChanged(x acd.Fact) {
	s := f.status(place{x.Agent, x.Queue})
	if s.awaited {
		s.awaited = false
		f.open--
	}
	if len(s.changes) == 0 {
		switch {
		case x.Status != acd.Online:
			s.before = acd.Online
		case x.Source == acd.SourceSystem:
			s.before = acd.LoggedOut
		default:
			s.before = acd.Paused
		}
	}
	s.changes = append(s.changes, change{x.At, x.Status, x.Queue})
}

// loggedIn tells that the agent was logged in nowhere before this moment.
func (f *Fold) loggedIn(x acd.Fact) {
	for p, s := range f.statuses {
		if p.agent == x.Agent && len(s.changes) == 1 && s.changes[0].at == x.At {
			s.before = acd.LoggedOut
		}
	}
}

// history gives the statuses of a membership in order; since is how far back
// the first change lets one think.
func (s *status) history(queue acd.QueueID, since acd.Time) []change {
	if len(s.changes) == 0 {
		return []change{{s.standing.Since, s.standing.Status, queue}}
	}
	return append([]change{{since, s.before, queue}}, s.changes...)
}

// bookStatuses books the time in each status: of every membership for its
// queue, and of the agent, who is logged in while any membership is, and
// paused while none of these is online; likewise for the total.
func (f *Fold) bookStatuses(until acd.Time) {
	agents, total := map[acd.AgentID][]change{}, map[acd.AgentID][]change{}
	since := f.o.Since
	if since == 0 {
		since = f.first
	}
	for p, s := range f.statuses {
		h := s.history(p.queue, since)
		for i, c := range h {
			to := until
			if i+1 < len(h) {
				to = h[i+1].at
			}
			f.bookStatus(p.queue, 0, c.status, c.at, min(to, until))
		}
		agents[p.agent] = append(agents[p.agent], h...)
		if f.counted(p.queue) {
			total[p.agent] = append(total[p.agent], h...)
		}
	}
	for id, all := range agents {
		f.bookAgent(id, all, until)
	}
	for _, all := range total {
		f.bookAgent(0, all, until)
	}
}

// bookAgent books the time of an agent; for id 0 it is that of the total.
func (f *Fold) bookAgent(id acd.AgentID, all []change, until acd.Time) {
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	in := map[acd.QueueID]acd.Status{}
	for i, c := range all {
		in[c.queue] = c.status
		to := until
		if i+1 < len(all) {
			to = all[i+1].at
		}
		f.bookStatus(0, id, overall(in), c.at, min(to, until))
	}
}

// overall derives the agent's status (contracts/engine.md, Status).
func overall(in map[acd.QueueID]acd.Status) acd.Status {
	out := acd.LoggedOut
	for _, s := range in {
		if s == acd.Online {
			return s
		}
		out = max(out, s)
	}
	return out
}

func (f *Fold) bookStatus(queue acd.QueueID, id acd.AgentID, s acd.Status, from, to acd.Time) {
	if s == acd.LoggedOut {
		return
	}
	f.times.each(from, to, func(stretch int, part time.Duration) {
		r := f.row(queue, id, stretch)
		r.LoggedIn += part
		if s == acd.Paused {
			r.Paused += part
		}
	})
}
