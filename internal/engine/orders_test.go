package engine_test

import (
	"errors"
	"fmt"
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
		w.expectState(acd.CallHeld)
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
		if call := w.expectState(acd.CallTalking); call.Call != acd.CallID(a.Leg()) {
			t.Errorf("the call is %s, want it to keep the id %s", call.Call, a.Leg())
		}
		w.ordered(engine.Hold, a, "204", "")
		w.expectSound(b, music)
		w.must(w.host.Hangup(w.ctx, w.org, acd.CallID(a.Leg())))
		w.expectOver(b)
		w.expectOver(third)
		w.expectIdle("202", "204")
	})
}
