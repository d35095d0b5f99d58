package engine_test

import (
	"testing"
	"testing/synctest"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// replaces has a phone ask for the place of another leg.
func (w *world) replaces(phone string, leg telephony.LegID) *telsim.Call {
	c := w.phones[phone].Replace(telephony.Party{Number: "0003*" + phone}, leg)
	synctest.Wait()
	return c
}

func TestPhoneReplacesOneThatRings(t *testing.T) {
	play(t, func(w *world) {
		a := w.dial("202", "203")
		rings := w.ringing("203")
		third := w.replaces("204", rings.Leg())
		w.expectOver(rings)
		if got := rings.View().Ended.Cause; got != telephony.Elsewhere {
			t.Errorf("the phone that rang was told %s", got)
		}
		w.expectVoices(a, third)
		third.Hangup()
		w.expectOver(a)
		w.expectIdle("202", "203", "204")
	})
}

func TestPhoneReplacesAnAgentWhoIsRung(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		first, second := w.ringing("201"), w.ringing("202")
		third := w.replaces("204", first.Leg())
		w.expectOver(first)
		w.expectOver(second)
		w.expectVoices(caller, third)
		if left := w.journal(acd.FactCallerLeft); len(left) != 1 || left[0].Outcome != acd.OutcomeTransferred {
			t.Errorf("the caller left as %+v, want transferred", left)
		}
		w.expectIdle("201", "202", "203")
	})
}

func TestPhoneReplacesOneThatTalks(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		third := w.replaces("204", agent.Leg())
		w.expectOver(agent)
		w.expectVoices(caller, third)
		for _, f := range w.journal(acd.FactLegAnswered) {
			if f.Call != acd.CallID(caller.Leg()) {
				t.Errorf("leg %s is one of call %s, want all to be of the caller's", f.Leg.ID, f.Call)
			}
		}
		w.expectCall(acd.OutcomeAnswered, w.journal(acd.FactTalkEnded)[0].Cause)
		w.expectIdle("201")
		fourth := w.replaces("203", caller.Leg()) // the caller's own place
		w.expectOver(caller)
		w.expectVoices(fourth, third)
		fourth.Hangup()
		w.expectOver(third)
		w.expectIdle("201", "203", "204")
	})
}

func TestNothingToReplace(t *testing.T) {
	play(t, func(w *world) {
		gone := w.replaces("204", "no such leg")
		if v := gone.View(); !v.Over || v.Ended.Cause != telephony.Rejected {
			t.Errorf("replacing what is gone: %+v, want it declined", v)
		}
		caller, agent := w.talking()
		w.ordered(engine.AttendedTransfer, caller, "201", "203")
		asked := w.answered("203")
		if v := w.replaces("204", asked.Leg()).View(); !v.Over || v.Ended.Cause != telephony.Busy {
			t.Errorf("replacing who is asked: %+v, want busy", v)
		}
		w.expectVoices(agent, asked)
	})
}
