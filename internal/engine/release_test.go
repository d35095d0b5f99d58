package engine_test

import (
	"testing"
	"testing/synctest"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

func TestReleaseEndsATalk(t *testing.T) {
	play(t, func(w *world) {
		caller, agent := w.talking()
		w.must(w.host.ReleaseAgent(w.ctx, w.org, w.agents["201"]))
		if got := w.agent("201").State; got != acd.Idle {
			t.Errorf("the agent is %s at once, want idle", got)
		}
		w.expectOver(caller)
		w.expectOver(agent)
		w.expectCall(acd.OutcomeAnswered, acd.CauseWithdrawn)
		w.expectIdle("201")
	})
}

// The switch has lost a leg: no command reaches it, and its end is never told.
func TestReleaseFreesFromLegsThatAreStuck(t *testing.T) {
	play(t, func(w *world) {
		stuck := w.dial("201", "202")
		w.answered("202")
		w.sw.Lose(func(command string, leg telephony.LegID) bool { return command == "hangup" && leg == stuck.Leg() })
		if got := w.agent("201").State; got != acd.OnCall {
			t.Fatalf("the agent is %s, want on_call", got)
		}
		w.must(w.host.ReleaseAgent(w.ctx, w.org, w.agents["201"]))
		w.expectIdle("201", "202")
		if open := w.openLegs(); len(open) != 0 {
			t.Errorf("the call history still holds %+v as up", open)
		}
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		w.expectVoices(caller, w.answered("201"))
		stuck.Hangup() // its end is told after all, and means nothing any more
		synctest.Wait()
		if got := w.agent("201").State; got != acd.Talking {
			t.Errorf("the agent is %s, want talking", got)
		}
		w.must(w.check())
	})
}

func TestReleaseOfAnAgentWhoRings(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		first, second := w.ringing("201"), w.ringing("202")
		w.sw.Lose(func(command string, leg telephony.LegID) bool { return leg == first.Leg() })
		w.must(w.host.ReleaseAgent(w.ctx, w.org, w.agents["201"]))
		second.Answer()
		w.expectVoices(caller, second)
		if err := w.host.ReleaseAgent(w.ctx, w.org+1, w.agents["201"]); err == nil {
			t.Error("an agent of an organisation without an engine was released")
		}
		w.must(w.check())
	})
}

// Who is freed is rung for the next caller at once, and that call is not ended with the old ones.
func TestReleasedAgentTakesTheNextCaller(t *testing.T) {
	play(t, func(w *world) {
		for _, other := range []string{"202", "203", "204"} {
			_, err := w.host.Apply(w.ctx, w.org, acd.SetStatus{Agent: w.agents[other], Status: acd.LoggedOut})
			w.must(err)
		}
		w.dirDID("15550700", "700")
		first := w.outside("15550700")
		w.expectVoices(first, w.answered("201"))
		second, third := w.outside("15550700"), w.outside("15550700")
		w.must(w.host.ReleaseAgent(w.ctx, w.org, w.agents["201"]))
		w.expectOver(first)
		rings := w.ringing("201")
		w.must(w.host.ReleaseAgent(w.ctx, w.org, w.agents["201"])) // while it rings: on to the one behind
		w.expectOver(rings)
		w.expectVoices(third, w.answered("201"))
		w.expectSound(second, music)
		for _, f := range w.journal(acd.FactOfferEnded) {
			if f.Cause != acd.CauseWithdrawn {
				t.Errorf("an offer ended as %s, want withdrawn", f.Cause)
			}
		}
		w.must(w.check())
	})
}
