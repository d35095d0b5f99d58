package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// order has a call do something and lets everything settle.
func (w *world) order(action engine.Action, call *telsim.Call, extension, dst string) error {
	w.t.Helper()
	err := w.host.Order(w.ctx, w.org, engine.Order{Action: action, Call: acd.CallID(call.Leg()), Extension: w.extension(extension), Dst: dst})
	synctest.Wait()
	return err
}

func (w *world) extension(number string) int64 {
	if id, ok := w.queues[number]; ok {
		return int64(id)
	}
	return w.exts[number]
}

func (w *world) ordered(action engine.Action, call *telsim.Call, extension, dst string) {
	w.t.Helper()
	if err := w.order(action, call, extension, dst); err != nil {
		w.t.Fatalf("%s: %v", action, err)
	}
}

// refused wants an order to meet a call in a state that does not suit it.
func (w *world) refused(action engine.Action, call *telsim.Call, extension, dst, state string) {
	w.t.Helper()
	var wrong *engine.StateError
	if err := w.order(action, call, extension, dst); !errors.As(err, &wrong) || !strings.Contains(wrong.State, state) {
		w.t.Errorf("%s: %v, want it refused because the call %s", action, err, state)
	}
}

func (w *world) expectHears(c *telsim.Call, others ...*telsim.Call) {
	w.t.Helper()
	synctest.Wait()
	var want []telephony.LegID
	for _, o := range others {
		want = append(want, o.Leg())
	}
	got := c.View().Voices
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || c.View().Sounds != nil {
		w.t.Errorf("%s hears %v and sounds %v, want the voices %v", c.Leg(), got, c.View().Sounds, want)
	}
}

func (w *world) expectSound(c *telsim.Call, sound int64) {
	w.t.Helper()
	synctest.Wait()
	if got := c.View().Sounds; !slices.Equal(got, []int64{sound}) {
		w.t.Errorf("%s hears %v, want sound %d", c.Leg(), got, sound)
	}
}

// expectState wants one current call, in a state.
func (w *world) expectState(want acd.CallState) (call acd.LiveCall) {
	w.t.Helper()
	calls, err := w.host.Calls(w.ctx, w.org)
	w.must(err)
	if len(calls) != 1 || calls[0].State != want {
		w.t.Fatalf("current calls are %+v, want one that is %s", calls, want)
	}
	return calls[0]
}

// answered has a phone that rings answer.
func (w *world) answered(phone string) *telsim.Call {
	w.t.Helper()
	c := w.ringing(phone)
	c.Answer()
	synctest.Wait()
	return c
}

// direct gives a call from 202 to 203 that is talked in.
func (w *world) direct() (a, b *telsim.Call) {
	w.t.Helper()
	a = w.dial("202", "203")
	b = w.answered("203")
	w.expectVoices(a, b)
	return a, b
}

const (
	music    = 0
	ringback = -1
)

func TestOrderHoldsAndTakesBack(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.expectState(acd.CallTalking)
		w.refused(engine.Offhold, caller, "201", "", "is not on hold")
		w.ordered(engine.Hold, caller, "201", "")
		w.expectSound(caller, music)
		w.expectHears(agent)
		if c := w.expectState(acd.CallHeld); c.CalledHold != acd.HoldByOrder || c.CallerHold != "" {
			t.Errorf("held by order is %+v", c)
		}
		w.refused(engine.Hold, caller, "201", "", "is on hold already")
		if got := w.agent("201").State; got != acd.Talking {
			t.Errorf("the agent is %s, want talking", got)
		}
		w.pass(7 * time.Second)
		w.ordered(engine.Offhold, caller, "201", "")
		w.expectVoices(caller, agent)
		if resumed := w.journal(acd.FactResumed); len(resumed) != 1 || resumed[0].Duration != 7*time.Second {
			t.Errorf("resumed: %+v", resumed)
		}
		w.ordered(engine.Hold, caller, "700", "") // the queue's side is the agent's
		w.expectSound(caller, music)
		caller.Hangup()
		w.expectOver(agent)
		w.expectIdle("201")
		if held, resumed := w.journal(acd.FactHeld), w.journal(acd.FactResumed); len(held) != 2 || len(resumed) != 2 {
			t.Errorf("%d holds began and %d ended, want 2", len(held), len(resumed))
		}
	})
}

// A talk of two phones is nothing to the queues, and leaves no fact of a hold; who watches calls is told.
func TestAHoldOfTwoPhonesIsWatched(t *testing.T) {
	play(t, func(w *world) {
		a, b := w.direct()
		before := w.changes
		w.ordered(engine.Hold, a, "202", "")
		w.expectSound(b, music)
		if c := w.expectState(acd.CallHeld); c.CallerHold != acd.HoldByOrder || c.CalledHold != "" || w.changes != before+1 {
			t.Errorf("held by the caller is %+v, told %d times", c, w.changes-before)
		}
		w.ordered(engine.AttendedTransfer, a, "203", "204")
		if c := w.expectState(acd.CallHeld); c.CalledHold != acd.HoldByConsult {
			t.Errorf("asking somebody is %+v", c)
		}
	})
}

// The phone's own hold and an ordered one are two: both have to end. Each side may hold the other.
func TestHoldsOfPhoneAndOrderAddUp(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		agent.Hold(true)
		w.expectSound(caller, music)
		w.refused(engine.Offhold, caller, "201", "", "at the phone itself")
		caller.Hold(true)
		w.expectSound(caller, music)
		w.expectSound(agent, music)
		if c := w.expectState(acd.CallHeld); c.CalledHold != acd.HoldByPhone || c.CallerHold != acd.HoldByPhone {
			t.Errorf("held at both phones is %+v", c)
		}
		agent.Hold(false)
		w.expectSound(agent, music)
		w.expectHears(caller)
		caller.Hold(false)
		w.expectVoices(caller, agent)
		if held, resumed := w.journal(acd.FactHeld), w.journal(acd.FactResumed); len(held) != 1 || len(resumed) != 1 {
			t.Errorf("%d holds began and %d ended, want 1: the talk as a whole was held once", len(held), len(resumed))
		}
	})
}

func TestRecordingGoesOnAcrossOrders(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.Record = true })
		caller, _ := w.talking()
		w.ordered(engine.Conference, caller, "201", "204")
		w.answered("204")
		w.ordered(engine.Hold, caller, "201", "")
		w.ordered(engine.Park, caller, "201", "")
		w.ordered(engine.Pickup, caller, "203", "203")
		w.answered("203")
		w.pass(10 * time.Second)
		if got := caller.View().Recording; len(w.recordings.begun) != 1 || got != w.recordings.begun[0] {
			t.Errorf("recording %q runs, begun were %v", got, w.recordings.begun)
		}
		caller.Hangup()
		synctest.Wait()
		if recorded := w.journal(acd.FactRecorded); len(recorded) != 1 || recorded[0].Name != "" {
			t.Errorf("recorded: %+v", recorded)
		}
	})
}

func TestOrdersThatCannotBeCarriedOut(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		for _, action := range []engine.Action{engine.AttendedTransfer, engine.Eavesdrop, engine.Whisper, engine.Conference} {
			if err := w.order(action, caller, "201", "0004*1"); !errors.Is(err, engine.ErrNoTarget) {
				t.Errorf("%s to nowhere: %v", action, err)
			}
			if err := w.order(action, caller, "201", "701"); !errors.Is(err, engine.ErrNotAPhone) {
				t.Errorf("%s to a queue: %v", action, err)
			}
		}
		if err := w.order("dance", caller, "201", ""); !errors.Is(err, engine.ErrAction) {
			t.Errorf("an unknown action: %v", err)
		}
		w.refused(engine.Hold, caller, "204", "", "")
		w.expectVoices(caller, agent)
		caller.Hangup()
		synctest.Wait()
		for _, action := range []engine.Action{engine.Hold, engine.Pickup} {
			if err := w.order(action, caller, "201", "204"); !errors.Is(err, engine.ErrNoCall) {
				t.Errorf("%s of a call that is over: %v", action, err)
			}
		}
		code := w.dial("201", "*45")
		w.refused(engine.Hold, code, "201", "", "")
		w.refused(engine.Pickup, code, "204", "204", "")
	})
}

// Outside of its queue a caller may be somebody's party too: whoever is asked,
// parks or listens works on any call.
func TestOrdersOnACallThatWentOut(t *testing.T) {
	play(t, func(w *world) {
		line := w.sw.Outside(w.org, "4930555", telsim.Manual)
		a := w.dial("202", "4930555")
		b := <-line.Calls()
		b.Answer()
		w.expectVoices(a, b)
		w.ordered(engine.AttendedTransfer, a, "202", "204")
		third := w.answered("204")
		a.Hangup()
		w.expectVoices(b, third)
		call := w.expectState(acd.CallTalking)
		if call.Call != acd.CallID(a.Leg()) || call.In || call.CallerExtension != w.exts["204"] || call.CalledExtension != 0 || call.To != "4930555" {
			t.Errorf("the call is %+v, want %s, out from 204 to 4930555", call, a.Leg())
		}
		w.ordered(engine.Hold, a, "204", "")
		w.expectSound(b, music)
		w.must(w.host.Hangup(w.ctx, w.org, acd.CallID(a.Leg())))
		w.expectOver(b)
		w.expectOver(third)
		w.expectIdle("202", "204")
	})
}
