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

// drawJournal lets calls of two hours come, wait and talk at random, some cut off by a restart.
func drawJournal(t *rapid.T) journal {
	var j journal
	restart := rapid.IntRange(0, 9000).Draw(t, "restart")
	for agent := acd.AgentID(1); agent <= 3; agent++ {
		j.status(0, agent, 700, acd.Online)
		j.add(0, acd.Fact{Kind: acd.FactAgentLogin, Agent: agent})
		pause := rapid.IntRange(1, 5000).Draw(t, "pause")
		j.status(pause, agent, 700, acd.Paused)
		j.status(pause+rapid.IntRange(0, 1000).Draw(t, "break"), agent, 700, acd.Online)
	}
	free := map[acd.AgentID]int{}
	for i, n := 0, rapid.IntRange(0, 25).Draw(t, "calls"); i < n; i++ {
		call, agent, offer := acd.CallID(rune('A'+i)), acd.AgentID(1+i%3), acd.OfferID(i+1)
		joined := max(free[agent], rapid.IntRange(0, 7200).Draw(t, "joined"))
		waited := rapid.IntRange(0, 100).Draw(t, "waited")
		j.join(joined, call)
		if rapid.Bool().Draw(t, "abandons") {
			j.leave(joined+waited, call, acd.OutcomeAbandoned, waited)
			continue
		}
		talk, wrap := rapid.IntRange(0, 900).Draw(t, "talk"), rapid.IntRange(0, 60).Draw(t, "wrap-up")
		j.offer(joined, call, agent, offer)
		j.connect(joined+waited, call, agent, offer, waited)
		ended := joined + waited + talk
		free[agent] = ended + wrap
		if joined+waited < restart && restart < ended {
			j.add(restart, acd.Fact{Kind: acd.FactTalkEnded, Call: call, Queue: 700, Agent: agent, Cause: acd.CauseRestart})
			j.add(restart, acd.Fact{Kind: acd.FactCallerLeft, Call: call, Queue: 700, Outcome: acd.OutcomeAnswered, Cause: acd.CauseRestart})
			continue
		}
		j.end(ended, call, agent, wrap)
	}
	slices.SortStableFunc(j, func(a, b acd.Fact) int { return cmp.Compare(a.At, b.At) })
	return j
}

// sum adds rows up by what they are about, however they are cut.
func sum(rows ...[]report.Row) map[[2]int64]report.Row {
	out := map[[2]int64]report.Row{}
	for _, list := range rows {
		for _, r := range list {
			key := [2]int64{int64(r.Queue), int64(r.Agent)}
			total := out[key]
			total.Add(&r)
			out[key] = total
		}
	}
	return out
}

func both(f *report.Fold) []report.Row { return append(f.Queues(), f.Agents()...) }

// However a period is cut, its parts sum up to it: into intervals, and into reports of their own.
func TestPartsSumUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := drawJournal(t)
		end, now := at(7200), at(20000)
		run := func(o report.Options) []report.Row {
			f, err := report.New(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range j {
				f.Add(x)
			}
			return both(f)
		}
		whole := sum(run(report.Options{Start: nine, End: end, Now: now}))
		for _, by := range report.Intervals {
			if d := diff.Diff(whole, sum(run(report.Options{Start: nine, End: end, Now: now, Interval: by}))); d != "" {
				t.Fatalf("by %s: %s", by, d)
			}
		}
		middle := at(rapid.IntRange(1, 7199).Draw(t, "middle"))
		parts := sum(run(report.Options{Start: nine, End: middle, Now: now}), run(report.Options{Start: middle, End: end, Now: now}))
		if d := diff.Diff(whole, parts); d != "" {
			t.Fatalf("cut at %v: %s", middle.Std(), d)
		}
		for key, r := range whole {
			if key[0] != 0 && r.Offered != r.Answered+r.Abandoned+r.Timeout+r.NoAgent+r.ExitKey+r.Transferred+r.Failed+r.Waiting {
				t.Fatalf("offered is not what became of them: %+v", r)
			}
			if o, ok := r.Occupancy(); ok && (o < 0 || o > 1) || r.Waiting < 0 || r.Talk < 0 || r.Paused > r.LoggedIn {
				t.Fatalf("impossible: %+v", r)
			}
		}
	})
}

// A report that stops reading when Fold.Done says so is that of the whole journal.
func TestDoneMeansNothingMoreToCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := drawJournal(t)
		o := report.Options{Start: at(600), End: at(rapid.IntRange(700, 6000).Draw(t, "end")), Now: at(20000), Interval: report.Quarter}
		all, _ := report.New(o)
		some, _ := report.New(o)
		for agent := acd.AgentID(1); agent <= 3; agent++ { // as the configuration has it now
			m := acd.Membership{Queue: 700, Agent: agent}
			for _, x := range j {
				if x.Kind == acd.FactStatus && x.Agent == agent {
					m.Status, m.Since = x.Status, x.At
				}
			}
			all.Standing(m)
			some.Standing(m)
		}
		for _, x := range j {
			all.Add(x)
			if !some.Done() {
				some.Add(x)
			}
		}
		if d := diff.Diff(both(all), both(some)); d != "" {
			t.Fatal(d)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	var j journal
	for i := range 10_000 {
		call := acd.CallID(time.Duration(i).String())
		agent := acd.AgentID(i%200 + 1)
		j.join(i, call)
		j.offer(i, call, agent, acd.OfferID(i))
		j.connect(i+5, call, agent, acd.OfferID(i), 5)
		j.end(i+100, call, agent, 10)
	}
	slices.SortStableFunc(j, func(x, y acd.Fact) int { return cmp.Compare(x.At, y.At) })
	for b.Loop() {
		f, _ := report.New(report.Options{Start: nine, End: at(20_000), Interval: report.Hour})
		for _, x := range j {
			f.Add(x)
		}
		f.Queues()
	}
	b.ReportMetric(float64(len(j)), "facts/op")
}
