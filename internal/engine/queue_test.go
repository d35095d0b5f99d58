package engine_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

var answersAfter2s = telsim.Script{Ring: 100 * time.Millisecond, Answer: 2 * time.Second, Talk: telsim.Never}

func TestCallerHearsMusicAndTalksToTheFirstWhoAnswers(t *testing.T) {
	play(t, func(w *world) {
		w.script(telsim.Script{Ring: 0, Answer: 3 * time.Second, Talk: telsim.Never}, "201", "203")
		w.script(telsim.Script{Ring: 0, Answer: 2 * time.Second, Talk: 30 * time.Second}, "202")
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		if v := caller.View(); !v.Up || v.Sounds == nil {
			t.Fatalf("the waiting caller sees and hears %+v, want music", v)
		}
		first, other := w.ringing("202"), w.ringing("201")
		w.notCalled("204") // level 2
		if first.From != (telephony.Party{Number: "15557000", Name: "Ann"}) {
			t.Errorf("the agent's phone shows %+v", first.From)
		}
		w.pass(2 * time.Second)
		if v := first.View(); v.Sounds == nil || v.Sounds[0] != 77 {
			t.Errorf("the agent is not told the wait time: %+v", v)
		}
		if v := other.View(); v.Ended.Cause != telephony.Elsewhere {
			t.Errorf("the loser's phone ended with %v, want answered elsewhere", v.Ended.Cause)
		}
		w.pass(time.Second)
		if caller.View().Voice != first.Leg() || first.View().Voice != caller.Leg() {
			t.Errorf("caller hears %+v, agent %+v, want each other", caller.View(), first.View())
		}
		w.pass(30 * time.Second)
		if v := caller.View(); !v.Over || v.Ended.By != telephony.Local {
			t.Errorf("the caller is %+v after the agent hung up", v)
		}
		w.expectCall(acd.OutcomeAnswered, acd.CauseAgentHangup)
	})
}

// dirDID leads a public number to a queue.
func (w *world) dirDID(number, queue string) {
	w.dir.PutDID(didOf(w, number, queue))
}

// expectCall looks for exactly one call in the journal with this end.
func (w *world) expectCall(out acd.Outcome, talkEnd acd.OfferCause) {
	w.t.Helper()
	left := w.journal(acd.FactCallerLeft)
	if len(left) != 1 || left[0].Outcome != out {
		w.t.Errorf("the journal ends the call with %+v, want once %s", left, out)
	}
	talk := w.journal(acd.FactTalkEnded)
	if talkEnd == acd.NoCause && len(talk) != 0 || talkEnd != acd.NoCause && (len(talk) != 1 || talk[0].Cause != talkEnd) {
		w.t.Errorf("the journal ends the talk with %+v, want %s", talk, talkEnd)
	}
}

func TestCallerHangsUpWhilePhonesRing(t *testing.T) {
	play(t, func(w *world) {
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		agent := w.ringing("201")
		agent.Ring()
		w.pass(time.Second)
		caller.Hangup()
		synctest.Wait()
		if v := agent.View(); !v.Over || v.Ended.Cause != telephony.Cancelled {
			t.Errorf("the agent's phone is %+v after the caller left", v)
		}
		w.expectCall(acd.OutcomeAbandoned, acd.NoCause)
		if got := w.agent("201").State; got != acd.Idle {
			t.Errorf("agent 201 is %s, want idle", got)
		}
	})
}

func TestQueueWithRingbackAnswersOnlyWhenAnAgentDoes(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.Ringback = true })
		w.script(answersAfter2s, "201")
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		if v := caller.View(); !v.Ringing || v.Up {
			t.Fatalf("the caller is %+v, want ringback", v)
		}
		w.pass(4 * time.Second)
		if v := caller.View(); !v.Up || v.Voice != w.ringing("201").Leg() {
			t.Errorf("the caller is %+v, want to be talking to 201", v)
		}
	})
}

func TestAgentOnTheirOwnCallIsNotRung(t *testing.T) {
	play(t, func(w *world) {
		w.script(answersAfter2s, "204")
		own := w.phones["201"].Dial(telephony.Party{Number: "0003*201"}, "204")
		w.pass(3 * time.Second)
		w.ringing("204")
		w.dirDID("15550700", "700")
		w.outside("15550700")
		w.notCalled("201", "204")
		w.ringing("202")
		own.Hangup()
		synctest.Wait()
		w.ringing("201") // free again, joins the ringing
	})
}

func TestUnregisteredPhoneIsSkippedAndComesBack(t *testing.T) {
	play(t, func(w *world) {
		w.phones["201"].Register(false)
		w.dirDID("15550700", "700")
		w.outside("15550700")
		w.notCalled("201")
		w.ringing("202")
		w.phones["201"].Register(true)
		synctest.Wait()
		w.ringing("201")
	})
}

func TestTimeoutSendsTheCallerToAnotherQueueWithItsFirstJoinedTime(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.MaxWait, q.MaxWaitDst, q.CIDNameTag = 10*time.Second, "701", "Sales: " })
		w.phones["201"].Register(false)
		w.phones["202"].Register(false)
		w.phones["203"].Register(false)
		w.phones["204"].Register(false)
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		w.pass(11 * time.Second)
		if v := caller.View(); v.Over {
			t.Fatalf("the caller is gone: %+v", v)
		}
		var got acd.CallerView
		w.must(w.host.Read(w.ctx, w.org, func(e *acd.Engine, _ acd.Time) { got, _ = e.Caller(acd.CallID(caller.Leg())) }))
		if got.Queue != w.queues["701"] || got.Name != "Sales: Ann" || got.Wait < 11*time.Second {
			t.Errorf("the caller stands in queue %d as %q and waits %v, want %d, %q, 11s", got.Queue, got.Name, got.Wait, w.queues["701"], "Sales: Ann")
		}
	})
}

func TestQueuesForwardingToEachOtherAreBroken(t *testing.T) {
	play(t, func(w *world) {
		loop := func(dst string) func(*acd.Queue) {
			return func(q *acd.Queue) { q.ExitWithNoAgents, q.NoAgentDst = true, dst }
		}
		w.queue("700", loop("701"))
		w.queue("701", loop("700"))
		for _, n := range []string{"201", "202", "203", "204"} {
			_, err := w.host.Apply(w.ctx, w.org, acd.SetStatus{Agent: w.agents[n], Status: acd.LoggedOut})
			w.must(err)
		}
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		w.pass(time.Second)
		if v := caller.View(); !v.Over || v.Ended.Cause != telephony.Failed {
			t.Errorf("the caller in the loop is %+v, want refused", v)
		}
	})
}

func TestEveryLostCommandIsSurvived(t *testing.T) {
	for _, command := range []string{"originate", "answer", "bridge", "play", "hangup"} {
		t.Run(command, func(t *testing.T) {
			play(t, func(w *world) {
				w.dirDID("15550700", "700")
				w.script(telsim.Script{Ring: 0, Answer: time.Second, Talk: 5 * time.Second}, "201", "202", "203", "204")
				lost := 0
				w.sw.Lose(func(c string, _ telephony.LegID) bool {
					if c == command && lost < 3 {
						lost++
						return true
					}
					return false
				})
				caller := w.outside("15550700")
				w.pass(2 * time.Minute)
				caller.Hangup()
				w.pass(time.Minute)
				if lost == 0 {
					t.Fatalf("no %s command was ever sent", command)
				}
				w.must(w.check())
				left := w.journal(acd.FactCallerLeft)
				if len(left) != 1 {
					t.Errorf("the caller left %d times: %+v", len(left), left)
				}
			})
		})
	}
}

func (w *world) check() (err error) {
	w.must(w.host.Read(w.ctx, w.org, func(e *acd.Engine, _ acd.Time) { err = e.Check() }))
	return err
}

// A recording that cannot be begun ends no call and is told of.
func TestRecordingThatCannotBegin(t *testing.T) {
	play(t, func(w *world) {
		w.queue("700", func(q *acd.Queue) { q.Record = true })
		w.script(answersAfter2s, "201")
		w.recordings.fails = errors.New("no space left on device")
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		w.pass(5 * time.Second)
		if v := caller.View(); v.Over || v.Voice != w.ringing("201").Leg() {
			t.Errorf("the caller is %+v, want in a talk", v)
		}
		told := w.journal(acd.FactRecorded)
		if len(told) != 1 || told[0].Call == "" || !strings.Contains(told[0].Name, "no space left on device") {
			t.Errorf("the journal has %+v, want a recording that failed", told)
		}
		if n := w.host.RecordingsFailed(); n != 1 {
			t.Errorf("%d recordings have failed, want 1", n)
		}
	})
}
