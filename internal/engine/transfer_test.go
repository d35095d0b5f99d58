package engine_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// talking gives a caller of queue 700 who talks with agent 201.
func (w *world) talking() (caller, agent *telsim.Call) {
	w.t.Helper()
	w.dirDID("15550700", "700")
	caller = w.outside("15550700")
	agent = w.ringing("201")
	agent.Answer()
	synctest.Wait()
	if caller.View().Voice != agent.Leg() {
		w.t.Fatalf("caller is %+v, want to be talking", caller.View())
	}
	for _, p := range []string{"202", "203"} {
		w.ringing(p)
	}
	return caller, agent
}

func (w *world) expectVoices(a, b *telsim.Call) {
	w.t.Helper()
	synctest.Wait()
	if a.View().Voice != b.Leg() || b.View().Voice != a.Leg() {
		w.t.Errorf("%s is %+v\n%s is %+v\nwant them to talk with each other", a.Leg(), a.View(), b.Leg(), b.View())
	}
}

func (w *world) expectOver(c *telsim.Call) {
	w.t.Helper()
	synctest.Wait()
	if !c.View().Over {
		w.t.Errorf("%s is %+v, want it to be over", c.Leg(), c.View())
	}
}

func (w *world) expectIdle(agents ...string) {
	w.t.Helper()
	w.pass(2 * time.Second)
	for _, a := range agents {
		if got := w.agent(a).State; got != acd.Idle {
			w.t.Errorf("agent %s is %s, want idle", a, got)
		}
	}
	w.must(w.check())
}

func TestAgentTransfersBlindToAPhone(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		agent.Refer("204", "")
		w.expectOver(agent)
		if got := agent.View().Progress; got != 200 {
			t.Errorf("the agent's phone was told %d, want 200", got)
		}
		third := w.ringing("204")
		if v := caller.View(); v.Sounds == nil {
			t.Errorf("the caller hears %+v while 204 rings, want music", v)
		}
		third.Answer()
		w.expectVoices(caller, third)
		if got := w.agent("204").State; got != acd.OnCall {
			t.Errorf("agent 204 is %s, want on_call", got)
		}
		w.expectIdle("201")
		w.expectCall(acd.OutcomeAnswered, w.journal(acd.FactTalkEnded)[0].Cause)
		caller.Hangup()
		w.expectOver(third)
		w.expectIdle("201", "204")
	})
}

func TestTransferToNowhereLeavesTheTalkAlone(t *testing.T) {
	play(t, func(w *world) {
		for _, tr := range w.dir.Trunks() {
			w.dir.DropTrunk(tr.ID)
		}
		caller, agent := w.talking()
		agent.Refer("999", "")
		w.expectVoices(caller, agent)
		if got := agent.View().Progress; got != 404 {
			t.Errorf("the phone was told %d, want 404", got)
		}
	})
}

func TestAgentTransfersToAnotherQueue(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.pass(30 * time.Second)
		agent.Refer("701", "")
		w.expectOver(agent)
		var got acd.CallerView
		w.must(w.host.Read(w.ctx, w.org, func(e *acd.Engine, _ acd.Time) { got, _ = e.Caller(acd.CallID(caller.Leg())) }))
		if got.Queue != w.queues["701"] || got.Wait < 30*time.Second {
			t.Errorf("the caller stands as %+v, want in 701 with the first joined time", got)
		}
		w.expectIdle("201")
	})
}

func TestAgentTransfersAttended(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		agent.Hold(true)
		synctest.Wait()
		second := w.dial("201", "204")
		third := w.ringing("204")
		third.Answer()
		w.expectVoices(second, third)
		agent.Refer("204", second.Leg())
		w.expectOver(agent)
		w.expectOver(second)
		w.expectVoices(caller, third)
		w.expectIdle("201")
		third.Hangup()
		w.expectOver(caller)
		w.expectIdle("201", "204")
		if left := w.journal(acd.FactCallerLeft); len(left) != 1 {
			t.Errorf("the caller left %d times", len(left))
		}
	})
}

func TestAttendedTransferWhileTheThirdStillRings(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		second := w.dial("201", "204")
		third := w.ringing("204")
		agent.Refer("204", second.Leg())
		w.expectOver(agent)
		w.expectOver(second)
		if v := caller.View(); v.Sounds == nil {
			t.Errorf("the caller hears %+v, want music", v)
		}
		third.Answer()
		w.expectVoices(caller, third)
	})
}

func TestCallerTransfersTheAgent(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		caller.Refer("204", "")
		w.expectOver(caller)
		third := w.ringing("204")
		third.Answer()
		w.expectVoices(agent, third)
		if got := w.agent("201").State; got != acd.OnCall {
			t.Errorf("agent 201 is %s, want on_call", got)
		}
		agent.Hangup()
		w.expectOver(third)
		w.expectIdle("201", "204")
	})
}

func TestPhoneTransfersADirectCall(t *testing.T) {
	play(t, func(w *world) {
		a := w.dial("201", "202")
		b := w.ringing("202")
		b.Answer()
		w.expectVoices(a, b)
		b.Refer("203", "")
		w.expectOver(b)
		c := w.ringing("203")
		c.Answer()
		w.expectVoices(a, c)
		c.Refer("0003*203", "no such leg")
		w.expectVoices(a, c)
		if got := c.View().Progress; got != 481 {
			t.Errorf("a transfer to a leg that is not there was told %d, want 481", got)
		}
	})
}

func TestSupervisorTransfersAndHangsUp(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		calls, err := w.host.Calls(w.ctx, w.org)
		w.must(err)
		if len(calls) != 1 || calls[0].Call != acd.CallID(caller.Leg()) || calls[0].Agent != w.agents["201"] || calls[0].From != "15557000" || !calls[0].In {
			t.Fatalf("current calls: %+v", calls)
		}
		if err := w.host.Transfer(w.ctx, w.org, calls[0].Call, "0004*1"); !errors.Is(err, engine.ErrNoTarget) {
			t.Errorf("transfer to nowhere: %v", err)
		}
		w.must(w.host.Transfer(w.ctx, w.org, calls[0].Call, "204"))
		w.expectOver(agent)
		third := w.ringing("204")
		third.Answer()
		w.expectVoices(caller, third)
		w.must(w.host.Hangup(w.ctx, w.org, calls[0].Call))
		w.expectOver(caller)
		w.expectOver(third)
		if err := w.host.Hangup(w.ctx, w.org, calls[0].Call); !errors.Is(err, engine.ErrNoCall) {
			t.Errorf("hang-up of a call that is over: %v", err)
		}
		w.expectIdle("201", "204")
	})
}

func TestCallerRatesTheAgent(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.AgentHangupAction = "quality_rate" })
		caller, agent := w.talking()
		agent.Hangup()
		synctest.Wait()
		if v := caller.View(); !slices.Equal(v.Sounds, []int64{88}) {
			t.Fatalf("the caller is %+v, want to be asked", v)
		}
		caller.Press('9')
		caller.Press('4')
		synctest.Wait()
		w.pass(2 * time.Second)
		w.expectOver(caller)
		rated := w.journal(acd.FactRated)
		if len(rated) != 1 || rated[0].Reason != "4" || rated[0].Agent != w.agents["201"] || rated[0].Call != acd.CallID(caller.Leg()) {
			t.Errorf("rated: %+v", rated)
		}
	})
}

func TestCallerWhoDoesNotRateIsHungUp(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.AgentHangupAction = "quality_rate" })
		caller, agent := w.talking()
		agent.Hangup()
		w.pass(time.Minute)
		w.expectOver(caller)
		if w.journal(acd.FactRated) != nil {
			t.Error("nobody pressed a key, and it was noted")
		}
	})
}

func TestPhoneCodeIsConfirmed(t *testing.T) {
	play(t, func(w *world) {
		call := w.dial("201", "*45")
		if v := call.View(); !v.Up || !slices.Equal(v.Sounds, []int64{90, w.exts["201"]}) {
			t.Fatalf("the phone is %+v, want the confirmation", v)
		}
		w.pass(5 * time.Second)
		w.expectOver(call)
		w.expectIdle("201")
	})
}

func TestRecordingIsTheCallersAndSurvivesTheTransfer(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.Record = true })
		caller, agent := w.talking()
		if len(w.recordings.begun) != 1 || caller.View().Recording != w.recordings.begun[0] {
			t.Fatalf("recordings begun: %v, the caller is %+v", w.recordings.begun, caller.View())
		}
		agent.Refer("204", "")
		synctest.Wait()
		w.ringing("204").Answer()
		w.pass(10 * time.Second)
		caller.Hangup()
		synctest.Wait()
		recorded := w.journal(acd.FactRecorded)
		if len(recorded) != 1 || recorded[0].Reason != w.recordings.begun[0] || recorded[0].Duration < 10*time.Second || recorded[0].Name != "" {
			t.Errorf("recorded: %+v", recorded)
		}
	})
}

func TestHoldIsInTheJournal(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		agent.Hold(true)
		synctest.Wait()
		if caller.View().Sounds == nil {
			t.Errorf("the held caller hears %+v, want music", caller.View())
		}
		w.pass(7 * time.Second)
		agent.Hold(false)
		w.expectVoices(caller, agent)
		if resumed := w.journal(acd.FactResumed); len(resumed) != 1 || resumed[0].Duration != 7*time.Second {
			t.Errorf("resumed: %+v", resumed)
		}
	})
}

func TestEveryLegIsInTheJournal(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		caller.Hangup()
		w.pass(time.Second)
		ended := w.journal(acd.FactLegEnded)
		if started := w.journal(acd.FactLegStarted); len(started) != 4 || len(ended) != 4 {
			t.Fatalf("%d legs started and %d ended, want 4 (the caller and three agents)", len(started), len(ended))
		}
		for _, f := range ended {
			l := f.Leg
			if l.Call != acd.CallID(caller.Leg()) || l.Ended == 0 || l.Cause == "" || l.By == "" || l.Queue != w.queues["700"] {
				t.Errorf("leg %+v", *l)
			}
		}
		answered := w.journal(acd.FactLegAnswered)
		if len(answered) != 2 || answered[0].Leg.ID != string(caller.Leg()) || answered[1].Leg.ID != string(agent.Leg()) {
			t.Fatalf("%d legs were answered: %+v, want the caller's and the agent's", len(answered), answered)
		}
		for _, f := range answered {
			if f.Leg.Answered != f.At || f.Leg.Ended != 0 {
				t.Errorf("answered at %d: %+v", f.At, *f.Leg)
			}
		}
		direct := w.dial("201", "202")
		w.ringing("202").Refuse(telephony.Busy)
		w.expectOver(direct)
		if all := w.journal(acd.FactLegEnded); len(all) != 6 || all[4].Leg.Cause != "busy" || all[5].Leg.From != "0003*201" {
			t.Errorf("%d legs ended", len(all))
		}
	})
}
