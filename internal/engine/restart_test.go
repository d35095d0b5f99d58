package engine_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

func TestRestartClosesCallsOnceAndKeepsStatuses(t *testing.T) {
	play(t, func(w *world) {
		w.script(answersAfter2s, "201")
		w.dirDID("15550700", "700")
		w.outside("15550700")
		w.pass(5 * time.Second)
		w.outside("15550700") // waits, 202 and 203 ring
		_, err := w.host.Apply(w.ctx, w.org, acd.SetStatus{Agent: w.agents["204"], Status: acd.Paused, Reason: "lunch"})
		w.must(err)
		w.stop()
		w.start()
		left := w.journal(acd.FactCallerLeft)
		if len(left) != 2 || left[0].Cause != acd.CauseRestart || left[1].Cause != acd.CauseRestart {
			t.Errorf("after the restart the journal ends the calls with %+v", left)
		}
		if talk := w.journal(acd.FactTalkEnded); len(talk) != 1 || talk[0].Cause != acd.CauseRestart {
			t.Errorf("after the restart the journal ends the talk with %+v", talk)
		}
		m := w.agent("204").Memberships
		if len(m) != 1 || m[0].Status != acd.Paused || m[0].Reason != "lunch" {
			t.Errorf("agent 204 came back as %+v, want paused for lunch", m)
		}
		if open := w.openLegs(); len(open) != 0 {
			t.Errorf("the call history still holds %d legs as up: %+v", len(open), open)
		}
		closed, answered := 0, 0
		for _, f := range w.journal(acd.FactLegEnded) {
			if f.Leg.Cause == "server_restart" {
				closed++
			}
			if f.Leg.Answered != 0 {
				answered++
			}
		}
		if answered != 3 { // two callers, who hear music or talk, and the talking agent
			t.Errorf("%d of the legs that were cut off are known to have been answered, want 3", answered)
		}
		if closed != 5 { // two callers, the talking agent and two who rang
			t.Errorf("%d legs were closed with server_restart, want 5", closed)
		}
		w.stop()
		w.start()
		if again := w.journal(acd.FactCallerLeft); len(again) != 2 {
			t.Errorf("a second restart ended %d calls again", len(again)-2)
		}
		if got := w.agent("201").State; got != acd.Idle {
			t.Errorf("agent 201 is %s after the restart, want idle", got)
		}
	})
}

func TestBrokenRulesAreRebuiltAndCallsGoOn(t *testing.T) {
	play(t, func(w *world) {
		w.breaks = true
		w.script(answersAfter2s, "201")
		w.dirDID("15550700", "700")
		talking := w.outside("15550700")
		w.pass(5 * time.Second)
		agent := w.ringing("201")
		waiting := w.outside("15550700")
		w.must(w.host.Read(w.ctx, w.org, func(*acd.Engine, acd.Time) { panic("a broken invariant") }))
		w.pass(time.Second)
		if talking.View().Voice != agent.Leg() {
			t.Errorf("the talk ended: %+v", talking.View())
		}
		if v := waiting.View(); !v.Up || v.Sounds == nil {
			t.Errorf("the waiting caller is %+v", v)
		}
		if got := w.agent("201").State; got != acd.OnCall {
			t.Errorf("agent 201 is %s, want on_call", got)
		}
		talking.Hangup()
		synctest.Wait()
		if !agent.View().Over || w.agent("201").State == acd.OnCall {
			t.Errorf("after the talk the agent's phone is %+v and the agent %s", agent.View(), w.agent("201").State)
		}
		w.must(w.check())
	})
}

func TestUnknownOrganisationIsAnError(t *testing.T) {
	play(t, func(w *world) {
		if _, err := w.host.Apply(w.ctx, 99, acd.Tick{}); !errors.Is(err, engine.ErrNoOrganisation) {
			t.Errorf("Apply to organisation 99: %v", err)
		}
		if err := w.host.Read(w.ctx, 99, nil); !errors.Is(err, engine.ErrNoOrganisation) {
			t.Errorf("Read of organisation 99: %v", err)
		}
	})
}

func TestClosingAnOrganisationEndsItsCalls(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		w.must(w.host.Close(w.ctx, w.org))
		synctest.Wait()
		if v := caller.View(); !v.Over || v.Ended.Cause != telephony.Shutdown {
			t.Errorf("the caller is %+v after the organisation closed", v)
		}
		late := w.outside("15550700")
		if v := late.View(); v.Ended.Cause != telephony.NotFound {
			t.Errorf("a call to a closed organisation is %+v", v)
		}
		w.must(w.host.Open(w.ctx, w.org))
	})
}

func (w *world) openLegs() (legs []acd.Leg) {
	w.t.Helper()
	w.must(w.db.Journal().Sync(w.ctx))
	w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) {
		legs, err = tx.Calls.OpenLegs(w.ctx, w.org)
		return err
	}))
	return legs
}

func TestLongestIdleGoesOnAfterARestart(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.Strategy = acd.LongestIdleAgent })
		w.dirDID("15550700", "700")
		for _, agent := range []string{"201", "202"} { // 203 has been idle longest now, then 201
			caller := w.outside("15550700")
			call := w.ringing(agent)
			call.Answer()
			w.pass(10 * time.Second)
			caller.Hangup()
			w.pass(10 * time.Second)
		}
		w.stop()
		w.start()
		w.dirDID("15550700", "700")
		w.outside("15550700")
		w.ringing("203")
		w.outside("15550700")
		w.ringing("201")
	})
}

// setBack stops the server, has its last fact lie ahead of the clock, and
// starts it again.
func (w *world) setBack(by time.Duration) (last acd.Time) {
	w.t.Helper()
	var seq uint64
	w.stop()
	w.must(w.db.Journal().Sync(w.ctx))
	w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) { seq, _, err = tx.Facts.Last(w.ctx, w.org); return err }))
	last = acd.TimeOf(time.Now().Add(by))
	taken := make(chan error, 1)
	w.db.Journal().Append(w.org, []acd.Fact{{Seq: seq + 1, At: last, Kind: acd.FactAgentState}}, func(err error) { taken <- err })
	w.must(<-taken)
	w.start()
	w.dirDID("15550700", "700")
	return last
}

// Reports find where to read by times that rise.
func TestJournalTimesDoNotFallWhenTheClockWasSetBack(t *testing.T) {
	for _, by := range []time.Duration{30 * time.Second, time.Hour, 24 * time.Hour} {
		play(t, func(w *world) {
			last := w.setBack(by)
			w.outside("15550700").Hangup()
			synctest.Wait()
			told := w.journal(acd.FactCallerJoined, acd.FactCallerLeft, acd.FactLegEnded)
			for _, f := range told {
				if f.At < last {
					t.Errorf("%v back: %s stands at %v, before the fact ahead of it at %v", by, f.Kind, f.At.Std(), last.Std())
				}
			}
			if len(told) != 6 { // the caller joined and left, and four legs ended
				t.Errorf("%d facts of the call", len(told))
			}
		})
	}
}

// Times that are ahead come back to those of the clock, and are right again.
func TestJournalTimesComeBackToTheClocks(t *testing.T) {
	play(t, func(w *world) {
		last := w.setBack(10 * time.Minute)
		at := func() acd.Time {
			w.outside("15550700").Hangup()
			synctest.Wait()
			told := w.journal(acd.FactCallerLeft)
			return told[len(told)-1].At
		}
		w.pass(time.Hour)
		if got, want := at(), last.Add(57*time.Minute); got < want-1000 || got > want+1000 {
			t.Errorf("an hour later it is %v in the journal, want %v: 5 %% slower", got.Std(), want.Std())
		}
		w.pass(3 * time.Hour)
		if got, want := at(), acd.TimeOf(time.Now()); got != want {
			t.Errorf("four hours later it is %v in the journal, and %v by the clock", got.Std(), want.Std())
		}
	})
}

// A clock that was years ahead once is not followed.
func TestTimesOfABrokenClockAreNotKept(t *testing.T) {
	play(t, func(w *world) {
		w.setBack(10 * 365 * 24 * time.Hour)
		w.outside("15550700").Hangup()
		synctest.Wait()
		if told := w.journal(acd.FactCallerLeft); len(told) != 1 || told[0].At != acd.TimeOf(time.Now()) {
			t.Errorf("the call ended at %v, want now", told)
		}
	})
}

func TestAClockSetBackStopsNoDeadline(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, 365 * 24 * time.Hour} {
		play(t, func(w *world) {
			w.setBack(by)
			w.outside("15550700")
			call := w.ringing("201")
			call.Ring()
			w.pass(25 * time.Second) // call_timeout is 20 s
			if !call.View().Over {
				t.Errorf("%v back: the phone still rings: %+v", by, call.View())
			}
		})
	}
}

// What calls have taught is read back: the first caller after a restart is
// told a wait, not a guess.
func TestTheEstimateSurvivesARestart(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.Strategy = acd.LongestIdleAgent })
		w.script(telsim.Script{Answer: 2 * time.Second, Talk: 20 * time.Minute}, "201", "202", "203", "204")
		w.dirDID("15550700", "700")
		for range 10 {
			w.outside("15550700")
			w.pass(21 * time.Minute)
		}
		estimate := func() (d time.Duration) {
			for range 8 {
				w.outside("15550700")
			}
			w.must(w.host.Read(w.ctx, w.org, func(e *acd.Engine, _ acd.Time) {
				callers := e.Callers(w.queues["700"])
				d = callers[len(callers)-1].Estimate
			}))
			return d
		}
		before := estimate()
		w.pass(48 * time.Hour) // the last fact counts, not the clock
		w.stop()
		w.start()
		w.dirDID("15550700", "700")
		after := estimate()
		if ratio := after.Seconds() / before.Seconds(); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("the last of eight callers is told %v before and %v after the restart", before, after)
		}
	})
}

// Nobody calls or registers after the crash: the calls it cut off end all the same.
func TestAStartTellsWhatACrashCutOffByItself(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		w.outside("15550700")
		w.stop()
		w.must(w.db.Journal().Sync(w.ctx))
		w.host = engine.New(engine.Config{Store: w.db, Directory: w.dir})
		w.must(w.host.Start(w.ctx, telsim.New(w.host)))
		synctest.Wait()
		if left := w.journal(acd.FactCallerLeft); len(left) != 1 || left[0].Cause != acd.CauseRestart {
			t.Errorf("the journal ends the call with %+v", left)
		}
	})
}
