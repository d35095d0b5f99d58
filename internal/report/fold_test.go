package report_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
	"holdline/internal/report"
)

// nine is nine o'clock of a Monday, UTC.
var nine = acd.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

func at(seconds int) acd.Time { return nine.Add(time.Duration(seconds) * time.Second) }

// journal is a script of facts: times in seconds after nine.
type journal []acd.Fact

func (j *journal) add(seconds int, f acd.Fact) {
	f.At, f.Seq = at(seconds), uint64(len(*j)+1)
	*j = append(*j, f)
}

func (j *journal) status(s int, agent acd.AgentID, queue acd.QueueID, st acd.Status) {
	j.add(s, acd.Fact{Kind: acd.FactStatus, Agent: agent, Queue: queue, Status: st})
}

func (j *journal) join(s int, call acd.CallID) {
	j.add(s, acd.Fact{Kind: acd.FactCallerJoined, Call: call, Queue: 700})
}

func (j *journal) offer(s int, call acd.CallID, agent acd.AgentID, o acd.OfferID) {
	j.add(s, acd.Fact{Kind: acd.FactOffered, Call: call, Queue: 700, Agent: agent, Offer: o})
}

func (j *journal) offerEnded(s int, call acd.CallID, agent acd.AgentID, o acd.OfferID, c acd.OfferCause) {
	j.add(s, acd.Fact{Kind: acd.FactOfferEnded, Call: call, Queue: 700, Agent: agent, Offer: o, Cause: c})
}

func (j *journal) connect(s int, call acd.CallID, agent acd.AgentID, o acd.OfferID, waited int) {
	j.add(s, acd.Fact{Kind: acd.FactConnected, Call: call, Queue: 700, Agent: agent, Offer: o, Duration: time.Duration(waited) * time.Second})
}

// end ends a talk with a wrap-up.
func (j *journal) end(s int, call acd.CallID, agent acd.AgentID, wrap int) {
	j.add(s, acd.Fact{Kind: acd.FactTalkEnded, Call: call, Queue: 700, Agent: agent})
	j.add(s, acd.Fact{Kind: acd.FactCallerLeft, Call: call, Queue: 700, Outcome: acd.OutcomeAnswered})
	if wrap > 0 {
		j.add(s, acd.Fact{Kind: acd.FactAgentState, Agent: agent, State: acd.WrapUp, Until: at(s + wrap)})
	}
}

func (j *journal) leave(s int, call acd.CallID, o acd.Outcome, waited int) {
	j.add(s, acd.Fact{Kind: acd.FactCallerLeft, Call: call, Queue: 700, Outcome: o, Duration: time.Duration(waited) * time.Second})
}

func fold(t testing.TB, j journal, o report.Options) *report.Fold {
	t.Helper()
	o.Threshold = 20 * time.Second
	f, err := report.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range j {
		f.Add(x)
	}
	return f
}

// morning is half an hour of a small queue, told in full.
func morning() (j journal) {
	j.status(0, 1, 700, acd.Online)
	j.add(0, acd.Fact{Kind: acd.FactAgentLogin, Agent: 1})
	j.join(10, "a")
	j.offer(10, "a", 1, 1)
	j.connect(15, "a", 1, 1, 5)
	j.add(30, acd.Fact{Kind: acd.FactHeld, Call: "a", Queue: 700, Agent: 1})
	j.add(50, acd.Fact{Kind: acd.FactResumed, Call: "a", Queue: 700, Agent: 1})
	j.join(60, "b") // gives up at once
	j.leave(63, "b", acd.OutcomeAbandoned, 3)
	j.join(70, "c") // gives up late
	j.end(115, "a", 1, 30)
	j.add(116, acd.Fact{Kind: acd.FactRated, Call: "a", Queue: 700, Agent: 1, Reason: "4"})
	j.add(145, acd.Fact{Kind: acd.FactAgentState, Agent: 1, State: acd.Idle})
	j.offer(145, "c", 1, 2)
	j.offerEnded(155, "c", 1, 2, acd.CauseGone)
	j.leave(155, "c", acd.OutcomeAbandoned, 85)
	j.status(200, 1, 700, acd.Paused)
	j.status(500, 1, 700, acd.Online)
	j.join(600, "d")
	j.offer(600, "d", 1, 3)
	j.offerEnded(660, "d", 1, 3, acd.CauseNoAnswer)
	j.add(660, acd.Fact{Kind: acd.FactMissed, Call: "d", Queue: 700, Agent: 1, Offer: 3})
	j.offer(670, "d", 1, 4)
	j.connect(680, "d", 1, 4, 80)
	j.end(780, "d", 1, 0)
	j.join(790, "e")
	j.leave(800, "e", acd.OutcomeExitKey, 10)
	j.status(1800, 1, 700, acd.LoggedOut)
	j.add(1800, acd.Fact{Kind: acd.FactAgentLogout, Agent: 1})
	return j
}

func TestAMorningOfAQueue(t *testing.T) {
	f := fold(t, morning(), report.Options{Start: nine, End: at(3600)})
	s := time.Second
	want := []report.Row{{Start: nine, End: at(3600), Queue: 700, Passed: 3600 * s, Offered: 5, Answered: 2, Abandoned: 2, Short: 1, ExitKey: 1,
		AnsweredInTime: 1, AbandonedInTime: 1, Waits: 5, Wait: (5 + 3 + 85 + 80 + 10) * s, AnswerWait: 85 * s, LongestWait: 85 * s,
		Handled: 2, Talk: 180 * s, Hold: 20 * s, WrapUp: 30 * s, LoggedIn: 1800 * s, Paused: 300 * s, Busy: 230 * s,
		MostWaiting: 1, WaitingTime: 183 * s, Ratings: 1, RatingSum: 4}}
	got := f.Queues()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	r := got[0]
	level, _ := r.ServiceLevel()
	all, _ := r.ServiceLevelAll()
	occupancy, _ := r.Occupancy()
	rating, _ := r.Rating()
	if r.MeanWaiting() != 183.0/3600 {
		t.Error(r.MeanWaiting())
	}
	if r.ASA() != 42500*time.Millisecond || r.AHT() != 115*s || r.MeanWait() != 36600*time.Millisecond ||
		level != 0.5 || all != 0.5 || occupancy != 230.0/1500 || rating != 4 {
		t.Errorf("ASA %v AHT %v mean %v service %v %v occupancy %v rating %v", r.ASA(), r.AHT(), r.MeanWait(), level, all, occupancy, rating)
	}
	agents := []report.Row{{Start: nine, End: at(3600), Agent: 1, Passed: 3600 * s, Offered: 4, Answered: 2, Abandoned: 1, Missed: 1,
		AnsweredInTime: 1, Waits: 2, Wait: 85 * s, AnswerWait: 85 * s, LongestWait: 80 * s,
		Handled: 2, Talk: 180 * s, Hold: 20 * s, WrapUp: 30 * s, LoggedIn: 1800 * s, Paused: 300 * s, Busy: 230 * s, Ratings: 1, RatingSum: 4}}
	if d := cmp.Diff(agents, f.Agents()); d != "" {
		t.Error(d)
	}
}

func TestNothingHappenedIsNoDivisionByZero(t *testing.T) {
	f := fold(t, nil, report.Options{Start: nine, End: at(3600)})
	if got := f.Queues(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	var r report.Row
	_, a := r.ServiceLevel()
	_, b := r.ServiceLevelAll()
	_, c := r.Occupancy()
	_, d := r.Rating()
	if a || b || c || d || r.ASA() != 0 || r.AHT() != 0 || r.MeanWait() != 0 || r.MeanWaiting() != 0 {
		t.Error("figures of nothing")
	}
}

// A change after the period tells what was in it, back to the beginning of all.
func TestAChangeAfterThePeriodTellsWhatWasBefore(t *testing.T) {
	f, _ := report.New(report.Options{Start: nine, End: at(100), Now: at(500), Since: at(40)})
	f.Standing(acd.Membership{Agent: 1, Queue: 700, Status: acd.LoggedOut, Since: at(300)})
	f.Add(acd.Fact{At: at(200), Kind: acd.FactExitKey})
	if f.Done() {
		t.Error("done before the change that tells")
	}
	f.Add(acd.Fact{At: at(300), Kind: acd.FactStatus, Agent: 1, Queue: 700, Status: acd.LoggedOut})
	if got := f.Agents(); !f.Done() || len(got) != 1 || got[0].LoggedIn != 60*time.Second {
		t.Errorf("%+v", got)
	}
}

// A call belongs to the interval it joined in, an agent's time to that in which it passed.
func TestCallsThatCrossABorder(t *testing.T) {
	var j journal
	j.status(0, 1, 700, acd.Online)
	j.add(0, acd.Fact{Kind: acd.FactAgentLogin, Agent: 1})
	j.join(890, "a")
	j.offer(890, "a", 1, 1)
	j.connect(910, "a", 1, 1, 20)
	j.end(1000, "a", 1, 100)
	f := fold(t, j, report.Options{Start: nine, End: at(1800), Now: at(5000), Interval: report.Quarter})
	got := f.Queues()
	if len(got) != 2 || got[0].Answered != 1 || got[0].Talk != 90*time.Second || got[0].WrapUp != 100*time.Second || got[0].Busy != 0 ||
		got[1].Offered != 0 || got[1].Busy != 190*time.Second || got[0].LoggedIn != 900*time.Second || got[1].LoggedIn != 900*time.Second {
		t.Errorf("%+v", got)
	}
	// What ended after the period still belongs to it, and tells when it is all known.
	f, _ = report.New(report.Options{Start: nine, End: at(900), Now: at(5000)})
	for i, x := range j {
		if f.Done() {
			t.Fatalf("done before fact %d", i)
		}
		f.Add(x)
	}
	f.Add(acd.Fact{At: at(1101), Kind: acd.FactAgentState, Agent: 1, State: acd.Idle})
	if !f.Done() {
		t.Error("not done when everything has ended")
	}
	if got := f.Queues(); len(got) != 1 || got[0].Answered != 1 || got[0].Talk != 90*time.Second || got[0].Busy != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCallsClosedByARestart(t *testing.T) {
	var j journal
	j.status(0, 1, 700, acd.Online)
	j.add(0, acd.Fact{Kind: acd.FactAgentLogin, Agent: 1})
	j.join(10, "talks")
	j.offer(10, "talks", 1, 1)
	j.connect(20, "talks", 1, 1, 10)
	j.join(30, "waits")
	j.offer(30, "waits", 2, 2)
	before := fold(t, j, report.Options{Start: nine, End: at(60)}).Queues()[0]
	// The server is killed here, and closes them an hour later.
	j.add(3600, acd.Fact{Kind: acd.FactTalkEnded, Call: "talks", Queue: 700, Agent: 1, Cause: acd.CauseRestart, Duration: 40 * time.Second})
	j.add(3600, acd.Fact{Kind: acd.FactCallerLeft, Call: "talks", Queue: 700, Outcome: acd.OutcomeAnswered, Cause: acd.CauseRestart})
	j.add(3600, acd.Fact{Kind: acd.FactCallerLeft, Call: "waits", Queue: 700, Outcome: acd.OutcomeFailed, Cause: acd.CauseRestart, Duration: 3570 * time.Second})
	f := fold(t, j, report.Options{Start: nine, End: at(60), Now: at(4000)})
	if !f.Done() {
		t.Error("an offer without an end keeps the report open")
	}
	after := f.Queues()[0]
	if after.Waiting != 0 || after.Failed != 1 || after.LongestWait != 10*time.Second || after.Talk != 40*time.Second {
		t.Errorf("%+v", after)
	}
	// But for how the two ended, the figures are those of before; nothing tells that anybody waited on after the last fact.
	before.WaitingTime = 10 * time.Second
	before.Waiting, before.Failed, before.Handled, before.Talk = 0, 1, 1, 40*time.Second
	if d := cmp.Diff(before, after); d != "" {
		t.Error(d)
	}
}

func TestAWrapUpGoesOnOverARestart(t *testing.T) {
	var j journal
	j.join(0, "a")
	j.offer(0, "a", 1, 1)
	j.connect(0, "a", 1, 1, 0)
	j.end(10, "a", 1, 60)
	j.join(40, "b") // after a restart the agent is free at once
	j.offer(40, "b", 1, 2)
	j.add(40, acd.Fact{Kind: acd.FactAgentState, Agent: 1, State: acd.Offered})
	if got := fold(t, j, report.Options{Start: nine, End: at(900)}).Agents()[0].WrapUp; got != 30*time.Second {
		t.Error(got)
	}
	if got := fold(t, j[:6], report.Options{Start: nine, End: at(900)}).Agents()[0].WrapUp; got != 60*time.Second {
		t.Error(got)
	}
}

// Who was logged in before the facts began is known from the first change, or from the configuration.
func TestACallBetweenInterruptsAWrapUp(t *testing.T) {
	var j journal
	j.join(0, "a")
	j.offer(0, "a", 1, 1)
	j.connect(10, "a", 1, 1, 10)
	j.end(100, "a", 1, 60) // until 160
	j.add(110, acd.Fact{Kind: acd.FactAgentState, Agent: 1, State: acd.OnCall})
	j.add(130, acd.Fact{Kind: acd.FactAgentState, Agent: 1, State: acd.WrapUp, Until: at(160)})
	j.add(160, acd.Fact{Kind: acd.FactAgentState, Agent: 1, State: acd.Idle})
	f := fold(t, j, report.Options{Start: nine, End: at(3600)})
	for _, r := range append(f.Queues(), f.Agents()...) {
		if r.WrapUp != 40*time.Second || r.Busy != 130*time.Second {
			t.Errorf("wrap-up %v, busy %v, want 40 s of 60 s and 130 s: 20 s went to the call between", r.WrapUp, r.Busy)
		}
	}
}

func TestWhoWasThereBefore(t *testing.T) {
	times := func(j journal, standing ...acd.Membership) (in, paused time.Duration) {
		f, _ := report.New(report.Options{Start: nine, End: at(100)})
		for _, m := range standing {
			f.Standing(m)
		}
		f.Add(acd.Fact{Kind: acd.FactCallerJoined, At: nine, Call: "first", Queue: 1})
		for _, x := range j {
			f.Add(x)
		}
		for _, r := range f.Agents() {
			in, paused = in+r.LoggedIn, paused+r.Paused
		}
		return in, paused
	}
	check := func(name string, in, paused, wantIn, wantPaused time.Duration) {
		if in != wantIn*time.Second || paused != wantPaused*time.Second {
			t.Errorf("%s: logged in %v, paused %v; want %ds, %ds", name, in, paused, wantIn, wantPaused)
		}
	}
	in, paused := times(nil, acd.Membership{Agent: 1, Queue: 700, Status: acd.Online, Since: nine - 5})
	check("online all along", in, paused, 100, 0)
	in, paused = times(nil, acd.Membership{Agent: 1, Queue: 700, Status: acd.Paused, Since: at(60)})
	check("added on a break", in, paused, 40, 40)
	var j journal
	j.status(30, 1, 700, acd.Paused)
	in, paused = times(j, acd.Membership{Agent: 1, Queue: 700, Status: acd.Paused, Since: at(30)})
	check("paused", in, paused, 100, 70)
	j = nil
	j.status(30, 1, 700, acd.LoggedOut)
	in, paused = times(j)
	check("logged out", in, paused, 30, 0)
	j = nil
	j.status(30, 1, 700, acd.Online)
	in, paused = times(j)
	check("back from a break", in, paused, 100, 30)
	j.add(30, acd.Fact{Kind: acd.FactAgentLogin, Agent: 1})
	in, paused = times(j)
	check("logged in", in, paused, 70, 0)
	j = nil
	j.add(30, acd.Fact{Kind: acd.FactStatus, Agent: 1, Queue: 700, Status: acd.Online, Source: acd.SourceSystem})
	in, paused = times(j)
	check("joined the queue", in, paused, 70, 0)
	// Paused in one queue and online in another is there for calls.
	j = nil
	j.status(0, 1, 700, acd.Online)
	j.add(0, acd.Fact{Kind: acd.FactAgentLogin, Agent: 1})
	j.status(10, 1, 701, acd.Online)
	j.status(20, 1, 700, acd.Paused)
	j.status(50, 1, 701, acd.Paused)
	j.status(80, 1, 701, acd.LoggedOut)
	in, paused = times(j)
	check("two queues", in, paused, 100, 50)
}

func TestIntervalsFollowTheOrganisationsClocks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone data here")
	}
	start := acd.TimeOf(time.Date(2026, 3, 28, 0, 0, 0, 0, berlin))
	end := acd.TimeOf(time.Date(2026, 3, 31, 0, 0, 0, 0, berlin))
	f, _ := report.New(report.Options{Start: start, End: end, Interval: report.Day, Zone: berlin})
	f.Standing(acd.Membership{Agent: 1, Queue: 1, Status: acd.Online, Since: start})
	f.Add(acd.Fact{At: start, Kind: acd.FactExitKey})
	var hours []float64
	for _, r := range f.Queues() {
		hours = append(hours, r.LoggedIn.Hours())
	}
	if d := cmp.Diff([]float64{24, 23, 24}, hours); d != "" {
		t.Error("the day of the change to summer time:", d)
	}
	// Two o'clock is not there in March, and there twice in October; a report counts the hours that pass.
	for day, hours := range map[time.Time]int{time.Date(2026, 3, 29, 0, 0, 0, 0, berlin): 23, time.Date(2026, 10, 25, 0, 0, 0, 0, berlin): 25,
		time.Date(2026, 10, 26, 0, 0, 0, 0, berlin): 24} {
		start, end := acd.TimeOf(day), acd.TimeOf(day.AddDate(0, 0, 1))
		for interval, want := range map[report.Interval]int{report.Day: 1, report.Hour: hours, report.Quarter: 4 * hours} {
			f, _ := report.New(report.Options{Start: start, End: end, Interval: interval, Zone: berlin})
			f.Standing(acd.Membership{Agent: 1, Queue: 1, Status: acd.Online, Since: start})
			f.Add(acd.Fact{At: start, Kind: acd.FactCallerJoined, Call: "a", Queue: 1}) // and waits all day
			rows := f.Queues()
			var in, waiting time.Duration
			for _, r := range rows {
				in, waiting = in+r.LoggedIn, waiting+r.WaitingTime
				if r.MeanWaiting() != 1 || r.MostWaiting != 1 || r.LoggedIn != r.Passed {
					t.Errorf("%v, %s: %+v", day, interval, r)
				}
			}
			if whole := time.Duration(hours) * time.Hour; len(rows) != want || in != whole || waiting != whole {
				t.Errorf("%v: %d rows by %s, %v logged in, %v waiting; want %d rows, %v", day, len(rows), interval, in, waiting, want, whole)
			}
		}
	}
	kathmandu, err := time.LoadLocation("Asia/Kathmandu") // UTC+5:45
	if err != nil {
		t.Skip("no time zone data here")
	}
	f, _ = report.New(report.Options{Start: at(0), End: at(7200), Interval: report.Hour, Zone: kathmandu})
	f.Standing(acd.Membership{Agent: 1, Queue: 1, Status: acd.Online, Since: nine})
	var starts []string
	for _, r := range f.Queues() {
		starts = append(starts, r.Start.Std().In(kathmandu).Format("15:04"))
	}
	if d := cmp.Diff([]string{"14:45", "15:00", "16:00"}, starts); d != "" {
		t.Error(d)
	}
	if _, err := report.New(report.Options{Start: 0, End: nine, Interval: report.Quarter}); err == nil {
		t.Error("fifty years in quarters of an hour are taken")
	}
}
