package report_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdline/internal/acd"
	"holdline/internal/report"
)

// floor is what happened in the queues 1…3, in seconds after nine, and what
// the journal has of it: a server that dies tells how calls ended when it is back.
type floor struct {
	stays       []stay
	shifts      []shift
	crash, back int
	journal     journal
}

// stay is a caller's stay in a queue, waiting from joined until ended.
type stay struct {
	queue         acd.QueueID
	joined, ended int
	answered      bool
	hungUp        int
}

// shift is a stretch in which an agent was in a queue.
type shift struct {
	agent    acd.AgentID
	queue    acd.QueueID
	from, to int
	paused   bool
}

const closing = 4000

func drawFloor(t *rapid.T) *floor {
	f := &floor{crash: rapid.IntRange(1, 2*closing).Draw(t, "crash")}
	f.back = f.crash + rapid.IntRange(0, 1200).Draw(t, "down for")
	for agent := acd.AgentID(1); agent <= 3; agent++ {
		for queue := acd.QueueID(1); queue <= 3; queue++ {
			f.drawShifts(t, agent, queue)
		}
	}
	for i, n := 0, rapid.IntRange(0, 20).Draw(t, "stays"); i < n; i++ {
		s := stay{queue: acd.QueueID(rapid.IntRange(1, 3).Draw(t, "queue")), joined: rapid.IntRange(0, 3000).Draw(t, "joined"), answered: rapid.Bool().Draw(t, "answered")}
		s.ended = s.joined + rapid.SampledFrom([]int{0, 1, 4, 5, 20, 21, 300, 950}).Draw(t, "waits")
		s.hungUp = s.ended + rapid.IntRange(0, 200).Draw(t, "talks")
		if s.joined < f.crash || s.joined > f.back {
			f.stays = append(f.stays, s)
			f.tell(acd.CallID(rune('a'+i)), s)
		}
	}
	slices.SortStableFunc(f.journal, func(a, b acd.Fact) int { return cmp.Compare(a.At, b.At) })
	return f
}

// drawShifts lets an agent come, pause and go at random, but not while the server is down.
func (f *floor) drawShifts(t *rapid.T, agent acd.AgentID, queue acd.QueueID) {
	f.journal.status(-2, agent, queue, acd.Online)
	f.journal.status(-1, agent, queue, acd.LoggedOut)
	changes := rapid.SliceOfNDistinct(rapid.IntRange(0, closing-1), 0, 4, rapid.ID).Draw(t, "changes")
	changes = slices.DeleteFunc(changes, func(at int) bool { return at >= f.crash && at <= f.back })
	slices.Sort(changes)
	for i, from := range changes {
		to := closing + f.back // for good
		if i+1 < len(changes) {
			to = changes[i+1]
		}
		status := rapid.SampledFrom([]acd.Status{acd.LoggedOut, acd.Online, acd.Paused}).Draw(t, "status")
		f.journal.status(from, agent, queue, status)
		if status != acd.LoggedOut {
			f.shifts = append(f.shifts, shift{agent, queue, from, to, status == acd.Paused})
		}
	}
}

// tell writes a stay into the journal; each is answered by an agent of its own.
func (f *floor) tell(id acd.CallID, s stay) {
	x := acd.Fact{Call: id, Queue: s.queue, Agent: 100 + acd.AgentID(id[0]), Offer: acd.OfferID(id[0])}
	fact := func(at int, kind acd.FactKind, cause acd.OfferCause, o acd.Outcome, wait int) {
		x.Kind, x.Cause, x.Outcome, x.Duration = kind, cause, o, time.Duration(wait)*time.Second
		f.journal.add(at, x)
	}
	fact(s.joined, acd.FactCallerJoined, 0, 0, 0)
	if s.answered {
		fact(s.joined, acd.FactOffered, 0, 0, 0)
	}
	switch up := func(until int) bool { return s.joined < f.crash && until >= f.crash }; {
	case up(s.ended):
		fact(f.back, acd.FactCallerLeft, acd.CauseRestart, acd.OutcomeFailed, f.back-s.joined)
	case !s.answered:
		fact(s.ended, acd.FactCallerLeft, 0, acd.OutcomeAbandoned, s.ended-s.joined)
	default:
		end, cause := s.hungUp, acd.OfferCause(0)
		if up(s.hungUp) {
			end, cause = f.back, acd.CauseRestart
		}
		fact(s.ended, acd.FactConnected, 0, 0, s.ended-s.joined)
		fact(end, acd.FactTalkEnded, cause, 0, 0)
		fact(end, acd.FactCallerLeft, cause, acd.OutcomeAnswered, 0)
	}
}

// lived is the last second before the crash that the journal knows of.
func (f *floor) lived() (last int) {
	for _, x := range f.journal {
		if x.At < at(f.crash) {
			last = int(x.At.Sub(nine) / time.Second)
		}
	}
	return last
}

// naive counts, second by second, what a stretch brought to some queues, as known now.
func (f *floor) naive(start, end, now int, of func(acd.QueueID) bool) report.Row {
	r := report.Row{Start: at(start), End: at(end), Passed: time.Duration(max(0, min(end, now)-start)) * time.Second}
	lived := f.lived()
	for _, s := range f.stays {
		if of(s.queue) && s.joined >= start && s.joined < end && s.joined <= now {
			f.count(&r, s, now)
		}
	}
	for second := start; second < min(end, now); second++ {
		waiting := 0
		for _, s := range f.stays {
			ended := s.ended
			if f.cutOff(s, now) {
				ended = lived
			}
			if of(s.queue) && s.joined <= second && second < ended {
				waiting++
			}
		}
		r.MostWaiting = max(r.MostWaiting, waiting)
		r.WaitingTime += time.Duration(waiting) * time.Second
		for agent := acd.AgentID(1); agent <= 3; agent++ {
			in := slices.DeleteFunc(slices.Clone(f.shifts), func(s shift) bool {
				return s.agent != agent || !of(s.queue) || second < s.from || second >= s.to
			})
			if len(in) > 0 {
				r.LoggedIn += time.Second
				if !slices.ContainsFunc(in, func(s shift) bool { return !s.paused }) {
					r.Paused += time.Second
				}
			}
		}
	}
	return r
}

// cutOff tells whether the caller waited when the server died, and the journal says so by now.
func (f *floor) cutOff(s stay, now int) bool {
	return s.joined < f.crash && s.ended >= f.crash && f.back <= now
}

func (f *floor) count(r *report.Row, s stay, now int) {
	wait := time.Duration(s.ended-s.joined) * time.Second
	r.Offered++
	switch {
	case f.cutOff(s, now):
		r.Failed++
		return
	case s.ended > now:
		r.Waiting++
		return
	case s.answered:
		r.Answered++
		r.AnswerWait += wait
		if s.ended <= s.joined+20 {
			r.AnsweredInTime++
		}
	default:
		r.Abandoned++
		if s.ended < s.joined+5 {
			r.Short++
		}
		if s.ended <= s.joined+20 {
			r.AbandonedInTime++
		}
	}
	r.Waits++
	r.Wait += wait
	r.LongestWait = max(r.LongestWait, wait)
}

// counted leaves of rows what naive counts, and leaves out those in which nothing happened.
func counted(rows []report.Row) (out []report.Row) {
	for _, r := range rows {
		r.Queue, r.Handled, r.Talk, r.Busy = 0, 0, 0, 0
		if r != (report.Row{Start: r.Start, End: r.End, Passed: r.Passed}) {
			out = append(out, r)
		}
	}
	return out
}

// Totals and the rows of every queue are what a count second by second gives:
// with callers who joined before the period or wait on now, after a crash, and
// while the last stretch runs.
func TestFiguresAgreeWithANaiveCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFloor(t)
		start := rapid.IntRange(0, 2000).Draw(t, "start")
		end := start + rapid.IntRange(1, 3000).Draw(t, "length")
		now := rapid.IntRange(start, 2*closing).Draw(t, "now")
		if now >= f.crash && now < f.back { // nobody can ask
			now = f.back
		}
		chosen := map[acd.QueueID]bool{1: rapid.Bool().Draw(t, "queue 1"), 2: true, 3: rapid.Bool().Draw(t, "queue 3")}
		fold, err := report.New(report.Options{Start: at(start), End: at(end), Now: at(now), Interval: report.Quarter, Threshold: 20 * time.Second,
			Total: func(q acd.QueueID) bool { return chosen[q] }})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range f.journal {
			if x.At <= at(now) && !fold.Done() {
				fold.Add(x)
			}
		}
		check := func(name string, got []report.Row, of func(acd.QueueID) bool) {
			var want []report.Row
			for from := start; from < end; from = (from/900 + 1) * 900 {
				want = append(want, f.naive(from, min(end, (from/900+1)*900), now, of))
			}
			if d := diff.Diff(counted(want), counted(got)); d != "" {
				t.Fatalf("%s, now %d: %s", name, now, d)
			}
		}
		check("total", fold.Total(), func(q acd.QueueID) bool { return chosen[q] })
		for q := acd.QueueID(1); q <= 3; q++ {
			rows := slices.DeleteFunc(fold.Queues(), func(r report.Row) bool { return r.Queue != q })
			check("queue", rows, func(one acd.QueueID) bool { return one == q })
		}
	})
}
