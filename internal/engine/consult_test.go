package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

func TestAttendedTransferIsCompletedByHangingUp(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.ordered(engine.AttendedTransfer, caller, "201", "204")
		w.expectSound(caller, music)
		w.expectSound(agent, ringback)
		w.refused(engine.AttendedTransfer, caller, "201", "202", "is being transferred to 0003*204")
		w.refused(engine.Hold, caller, "201", "", "is on hold already")
		third := w.answered("204")
		w.expectVoices(agent, third)
		w.expectSound(caller, music)
		if a, b := w.agent("201").State, w.agent("204").State; a != acd.Talking || b != acd.OnCall {
			t.Errorf("the agents are %s and %s, want talking and on_call", a, b)
		}
		agent.Hangup()
		w.expectVoices(caller, third)
		w.expectCall(acd.OutcomeAnswered, w.journal(acd.FactTalkEnded)[0].Cause)
		w.expectIdle("201")
		third.Hangup()
		w.expectOver(caller)
		w.expectIdle("201", "204")
	})
}

func TestAttendedTransferIsCompletedByOrder(t *testing.T) {
	for name, complete := range map[string]func(w *world, c *telsim.Call) error{
		"repeated":             func(w *world, c *telsim.Call) error { return w.order(engine.AttendedTransfer, c, "201", "") },
		"repeated with number": func(w *world, c *telsim.Call) error { return w.order(engine.AttendedTransfer, c, "201", "0003*204") },
		"transfer":             func(w *world, c *telsim.Call) error { return w.host.Transfer(w.ctx, w.org, acd.CallID(c.Leg()), "") },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				caller, agent := w.talking()
				w.ordered(engine.AttendedTransfer, caller, "201", "204")
				w.must(complete(w, caller)) // 204 still rings
				w.expectOver(agent)
				w.expectSound(caller, music)
				w.expectState(acd.CallRinging)
				third := w.answered("204")
				w.expectVoices(caller, third)
				w.expectIdle("201")
			})
		})
	}
}

func TestCallerComesBackWhenTheAskedIsNotThere(t *testing.T) {
	for name, fail := range map[string]func(w *world, asked, caller *telsim.Call){
		"busy":        func(_ *world, asked, _ *telsim.Call) { asked.Refuse(telephony.Busy) },
		"no answer":   func(w *world, _, _ *telsim.Call) { w.pass(61 * time.Second) },
		"hangs up":    func(_ *world, asked, _ *telsim.Call) { asked.Answer(); synctest.Wait(); asked.Hangup() },
		"is given up": func(w *world, _, caller *telsim.Call) { w.ordered(engine.Offhold, caller, "201", "") },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				caller, agent := w.talking()
				w.ordered(engine.AttendedTransfer, caller, "201", "204")
				asked := w.ringing("204")
				fail(w, asked, caller)
				w.expectOver(asked)
				w.expectVoices(caller, agent)
				if held, resumed := w.journal(acd.FactHeld), w.journal(acd.FactResumed); len(held) != 1 || len(resumed) != 1 {
					t.Errorf("%d holds began and %d ended, want 1", len(held), len(resumed))
				}
				w.expectState(acd.CallTalking)
			})
		})
	}
}

func TestCallerHangsUpWhileSomebodyIsAsked(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.ordered(engine.AttendedTransfer, caller, "201", "204")
		third := w.answered("204")
		caller.Hangup()
		w.expectOver(agent)
		w.expectOver(third)
		w.expectIdle("201", "204")
	})
}

func TestBlindTransferEndsTheConsultation(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.ordered(engine.AttendedTransfer, caller, "201", "204")
		asked := w.ringing("204")
		w.must(w.host.Transfer(w.ctx, w.org, acd.CallID(caller.Leg()), "203"))
		w.expectOver(asked)
		w.expectOver(agent)
		w.expectVoices(caller, w.answered("203"))
	})
}
