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

func TestJournalTimesDoNotFallWhenTheClockWasSetBackALittle(t *testing.T) {
	play(t, func(w *world) {
		ahead := acd.TimeOf(time.Now().Add(30 * time.Second))
		var seq uint64
		w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) { seq, _, err = tx.Facts.Last(w.ctx, w.org); return err }))
		w.stop()
		w.db.Journal().Append(w.org, []acd.Fact{{Seq: seq + 1, At: ahead, Kind: acd.FactAgentState}}, nil)
		w.must(w.db.Journal().Sync(w.ctx))
		w.start()
		w.dirDID("15550700", "700")
		w.outside("15550700").Hangup()
		synctest.Wait()
		for _, f := range w.journal(acd.FactCallerJoined, acd.FactCallerLeft, acd.FactLegEnded) {
			if f.At < ahead {
				t.Errorf("%s stands at %v, before the fact ahead of it at %v", f.Kind, f.At.Std(), ahead.Std())
			}
		}
	})
}

func TestAClockSetBackFarStopsNoDeadline(t *testing.T) {
	play(t, func(w *world) {
		var seq uint64
		w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) { seq, _, err = tx.Facts.Last(w.ctx, w.org); return err }))
		w.stop()
		w.db.Journal().Append(w.org, []acd.Fact{{Seq: seq + 1, At: acd.TimeOf(time.Now().Add(time.Hour)), Kind: acd.FactAgentState}}, nil)
		w.must(w.db.Journal().Sync(w.ctx))
		w.start()
		w.dirDID("15550700", "700")
		w.outside("15550700")
		call := w.ringing("201")
		call.Ring()
		w.pass(25 * time.Second) // call_timeout is 20 s
		if !call.View().Over {
			t.Errorf("the phone still rings: %+v", call.View())
		}
	})
}
