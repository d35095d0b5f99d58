package engine_test

import (
	"fmt"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

func TestWhoHearsWhomWithAThird(t *testing.T) {
	for action, heard := range map[engine.Action]struct{ byCaller, byAgent bool }{
		engine.Eavesdrop: {false, false}, engine.Whisper: {false, true}, engine.Conference: {true, true},
	} {
		t.Run(string(action), func(t *testing.T) {
			play(t, func(w *world) {
				caller, agent := w.talking()
				w.ordered(action, caller, "201", "204")
				w.expectVoices(caller, agent) // nothing changes while 204 rings
				w.refused(action, caller, "201", "204", "is one of 0003*204 already")
				w.refused(action, caller, "201", "0003*201", "is one of 0003*201 already")
				third := w.answered("204")
				expect := func(c, other *telsim.Call, hears bool) {
					t.Helper()
					if hears {
						w.expectHears(c, other, third)
					} else {
						w.expectHears(c, other)
					}
				}
				expect(caller, agent, heard.byCaller)
				expect(agent, caller, heard.byAgent)
				w.expectHears(third, caller, agent)
				if got := w.agent("204").State; got != acd.OnCall {
					t.Errorf("204 is %s, want on_call", got)
				}
				w.ordered(engine.Hold, caller, "201", "")
				w.expectSound(caller, music)
				w.expectHears(third, agent)
				if heard.byAgent {
					w.expectHears(agent, third)
				}
				w.ordered(engine.Offhold, caller, "201", "")
				expect(caller, agent, heard.byCaller)
				third.Hangup()
				w.expectVoices(caller, agent)
				w.expectIdle("204")
				w.ordered(action, caller, "201", "204")
				third = w.answered("204")
				caller.Hangup() // a queue's call ends with its caller
				w.expectOver(agent)
				w.expectOver(third)
				w.expectIdle("201", "204")
			})
		})
	}
}

func TestSeveralSupervisors(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.ordered(engine.Eavesdrop, caller, "201", "202")
		ear := w.answered("202")
		w.ordered(engine.Whisper, caller, "700", "203")
		coach := w.answered("203")
		w.ordered(engine.Conference, caller, "201", "204")
		third := w.answered("204")
		w.expectHears(caller, agent, third)
		w.expectHears(agent, caller, coach, third)
		w.expectHears(ear, caller, agent, third)
		w.expectHears(coach, caller, agent, third)
		w.expectHears(third, caller, agent)
		agent.Hangup() // the third takes the agent's place
		w.expectHears(caller, third)
		w.expectHears(third, caller, coach)
		w.expectHears(ear, caller, third)
		w.expectHears(coach, caller, third)
		w.expectCall(acd.OutcomeAnswered, w.journal(acd.FactTalkEnded)[0].Cause)
		w.expectIdle("201")
		third.Hangup()
		for _, c := range []*telsim.Call{caller, ear, coach} {
			w.expectOver(c)
		}
		w.expectIdle("201", "202", "203", "204")
	})
}

func TestCallWithTooManyListeners(t *testing.T) {
	play(t, func(w *world) {
		a, b := w.direct()
		for i := range 8 {
			number := fmt.Sprint("493055500", i)
			w.sw.Outside(w.org, number, telsim.Manual)
			w.ordered(engine.Conference, a, "202", number)
		}
		w.refused(engine.Eavesdrop, a, "203", "201", "has as many listeners as a call can have")
		a.Hangup()
		w.expectOver(b)
		w.pass(time.Second)
		if up := w.sw.Up(); up != 0 {
			t.Errorf("%d legs are up", up)
		}
	})
}

func TestConferenceOfADirectCallGoesOnWithoutAnySide(t *testing.T) {
	for _, first := range []bool{true, false} {
		play(t, func(w *world) {
			a, b := w.direct()
			w.ordered(engine.Conference, a, "202", "204")
			third := w.answered("204")
			w.expectHears(third, a, b)
			stays := a
			if first {
				a.Hangup()
				stays = b
			} else {
				b.Hangup()
			}
			w.expectVoices(stays, third)
			if call := w.expectState(acd.CallTalking); call.Call != acd.CallID(a.Leg()) {
				t.Errorf("the call is %s now, want it to keep the id %s", call.Call, a.Leg())
			}
			stays.Hangup()
			w.expectOver(third)
			w.expectIdle("202", "203", "204")
		})
	}
}

func TestSupervisorWhoIsNotReachedChangesNothing(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.ordered(engine.Eavesdrop, caller, "201", "204")
		w.ringing("204").Refuse(telephony.Busy)
		w.expectVoices(caller, agent)
		w.ordered(engine.Whisper, caller, "201", "204")
		rings := w.ringing("204")
		w.pass(61 * time.Second)
		w.expectOver(rings)
		w.expectVoices(caller, agent)
		w.ordered(engine.Conference, caller, "201", "204")
		rings = w.ringing("204")
		agent.Hangup()
		w.expectOver(rings)
		w.expectOver(caller)
		w.expectIdle("201", "204")
	})
}
