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

func TestParkedCallerIsPickedUp(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.ordered(engine.Park, caller, "201", "")
		w.expectOver(agent)
		w.expectSound(caller, music)
		if call := w.expectState(acd.CallParked); call.CalledExtension != w.exts["201"] || call.Call != acd.CallID(caller.Leg()) {
			t.Errorf("the parked call is %+v, want it to be 201's still", call)
		}
		w.expectCall(acd.OutcomeAnswered, w.journal(acd.FactTalkEnded)[0].Cause)
		w.expectIdle("201")
		w.refused(engine.Hold, caller, "201", "", "is parked")
		w.ordered(engine.Pickup, caller, "204", "204")
		w.refused(engine.Pickup, caller, "204", "204", "is being picked up by 0003*204")
		third := w.ringing("204")
		if third.From.Number != "15557000" {
			t.Errorf("204 is shown %+v, want the caller", third.From)
		}
		w.expectSound(caller, music)
		third.Answer()
		w.expectVoices(caller, third)
		w.pass(10 * time.Minute) // the time to ring the parker back is over
		w.expectVoices(caller, third)
		third.Hangup()
		w.expectOver(caller)
		w.expectIdle("201", "204")
	})
}

func TestPickupThatNobodyAnswersLeavesTheCallParked(t *testing.T) {
	play(t, func(w *world) {
		caller, _ := w.talking()
		w.ordered(engine.Park, caller, "201", "")
		w.ordered(engine.Pickup, caller, "204", "204")
		w.ordered(engine.Pickup, caller, "203", "203")
		w.ringing("204").Refuse(telephony.Busy)
		w.expectSound(caller, music)
		rings := w.ringing("203")
		w.pass(61 * time.Second)
		w.expectOver(rings)
		w.expectSound(caller, music)
		w.ordered(engine.Pickup, caller, "204", "204")
		w.ordered(engine.Pickup, caller, "203", "203")
		second, third := w.ringing("203"), w.answered("204")
		w.expectOver(second) // was too late
		w.expectVoices(caller, third)
		w.ordered(engine.Park, caller, "204", "")
		w.ordered(engine.Pickup, caller, "203", "203")
		caller.Hangup()
		synctest.Wait()
		w.expectOver(w.ringing("203"))
		w.expectIdle("201", "203", "204")
	})
}

func TestParkedCallGoesBackToItsParker(t *testing.T) {
	play(t, func(w *world) {
		a, b := w.direct()
		w.ordered(engine.Park, a, "202", "") // the called side waits
		w.expectOver(a)
		w.expectSound(b, music)
		call := w.expectState(acd.CallParked)
		if call.Call != acd.CallID(a.Leg()) {
			t.Errorf("the call is %s, want it to keep the id %s", call.Call, a.Leg())
		}
		w.pass(5*time.Minute + time.Second)
		back := w.ringing("202")
		if back.From.Number != "0003*203" {
			t.Errorf("the parker is shown %+v, want the one who waits", back.From)
		}
		w.expectSound(b, music)
		back.Answer()
		w.expectVoices(b, back)
		w.ordered(engine.Park, a, "202", "")
		w.expectOver(back)
		w.pass(5*time.Minute + time.Second)
		w.ringing("202").Refuse(telephony.Busy)
		w.expectOver(b)
		w.expectIdle("202", "203")
	})
}

func TestRingingCallIsPickedUp(t *testing.T) {
	play(t, func(w *world) {
		a := w.dial("202", "203")
		rings := w.ringing("203")
		rings.Ring()
		w.expectState(acd.CallRinging)
		w.refused(engine.Park, a, "203", "", "is not answered yet")
		w.ordered(engine.Pickup, a, "204", "204")
		third := w.answered("204")
		w.expectOver(rings)
		if got := rings.View().Ended.Cause; got != telephony.Elsewhere {
			t.Errorf("the phone that rang was told %s, want that the call was answered elsewhere", got)
		}
		w.expectVoices(a, third)
		w.refused(engine.Pickup, a, "201", "201", "is a talk of two already")
		a.Hangup()
		w.expectOver(third)
		w.expectIdle("202", "203", "204")
	})
}

func TestWaitingCallerIsPickedUp(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		rings := []*telsim.Call{w.ringing("201"), w.ringing("202"), w.ringing("203")}
		w.expectState(acd.CallWaiting)
		w.refused(engine.Hold, caller, "700", "", "waits in the queue")
		w.ordered(engine.Pickup, caller, "204", "204")
		third := w.answered("204")
		for _, c := range rings {
			w.expectOver(c)
		}
		w.expectVoices(caller, third)
		if left := w.journal(acd.FactCallerLeft); len(left) != 1 || left[0].Outcome != acd.OutcomeTransferred {
			t.Errorf("the caller left as %+v, want transferred", left)
		}
		w.expectIdle("201", "202", "203")
	})
}

func TestAgentAnswersBeforeThePickup(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		w.ordered(engine.Pickup, caller, "204", "204")
		third, agent := w.ringing("204"), w.answered("201")
		w.expectVoices(caller, agent)
		w.expectOver(third)
		w.expectIdle("204")
	})
}
