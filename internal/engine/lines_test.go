package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/telephony/telsim"
)

// TestLines: a phone rings while it is called, is busy from the answer on, or
// from dialling on, and has no line when the call is over.
func TestLines(t *testing.T) {
	play(t, func(w *world) {
		expect := func(when string, want map[string]acd.Line) {
			t.Helper()
			got, err := w.host.Lines(w.ctx, w.org)
			w.must(err)
			lines := map[int64]acd.Line{}
			for number, line := range want {
				lines[w.exts[number]] = line
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
		}
		expect("at first", nil)
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		first, second, third := w.ringing("201"), w.ringing("202"), w.ringing("203")
		expect("ringing", map[string]acd.Line{"201": acd.LineRinging, "202": acd.LineRinging, "203": acd.LineRinging})
		second.Answer()
		synctest.Wait()
		w.expectVoices(caller, second)
		w.expectOver(first)
		w.expectOver(third)
		expect("talking", map[string]acd.Line{"202": acd.LineBusy})
		direct := w.dial("203", "204")
		called := w.ringing("204")
		expect("and another dials", map[string]acd.Line{"202": acd.LineBusy, "203": acd.LineBusy, "204": acd.LineRinging})
		direct.Hangup()
		synctest.Wait()
		w.expectOver(called)
		caller.Hangup()
		synctest.Wait()
		w.expectOver(second)
		expect("after all", nil)
		if _, err := w.host.Lines(w.ctx, w.org+1); err == nil {
			t.Error("lines of an organisation without an engine")
		}
	})
}

// TestAPhoneThatIsGivenAwayIsInItsCall: whoever becomes the agent of a phone,
// or of an external number, is in the call that is up there, until it is over.
func TestAPhoneThatIsGivenAwayIsInItsCall(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(w *world) (end func())
		agent func(w *world) store.Agent
	}{
		"calling":                    {func(w *world) func() { a, _ := w.direct(); return a.Hangup }, atPhone("202")},
		"called":                     {func(w *world) func() { a, _ := w.direct(); return a.Hangup }, atPhone("203")},
		"ringing":                    {func(w *world) func() { return w.dial("202", "203").Hangup }, atPhone("203")},
		"calling a queue":            {func(w *world) func() { return w.dial("203", "700").Hangup }, atPhone("203")},
		"a queue's agent before":     {func(w *world) func() { caller, _ := w.talking(); return caller.Hangup }, atPhone("201")},
		"who has sent a call around": {sentAround, atPhone("201")},
		"an external number": {func(w *world) func() { return w.dial("202", "15551234").Hangup },
			func(w *world) store.Agent { return store.Agent{Agent: acd.Agent{Remote: true}, Number: "15551234"} }},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				w.sw.Outside(w.org, "15551234", telsim.Script{Ring: 0, Answer: time.Second, Talk: telsim.Never})
				end := c.begin(w)
				w.pass(2 * time.Second)
				id := w.newAgent(c.agent(w))
				if got := w.view(id); got.State != acd.OnCall {
					t.Errorf("while in the call the new agent is %s, want on_call", got.State)
				}
				end()
				synctest.Wait()
				if got := w.view(id); got.State != acd.Idle {
					t.Errorf("after the call the new agent is %s, want idle", got.State)
				}
				again := w.dial("204", "203")
				w.ringing("203")
				if got := w.view(w.agents["204"]); got.State != acd.OnCall {
					t.Errorf("another agent who dials is %s, want on_call", got.State)
				}
				again.Hangup()
			})
		})
	}
}

// sentAround has 201, who talked with a queue's caller, be called by the one the caller was sent to.
func sentAround(w *world) func() {
	caller, agent := w.talking()
	agent.Refer("0003*204", "")
	synctest.Wait()
	w.answered("204").Refer("0003*201", "")
	synctest.Wait()
	w.answered("201")
	return caller.Hangup
}

func atPhone(number string) func(w *world) store.Agent {
	return func(w *world) store.Agent { return store.Agent{ExtensionID: w.exts[number]} }
}

// newAgent makes an agent, in place of the one who was there.
func (w *world) newAgent(a store.Agent) acd.AgentID {
	w.t.Helper()
	a.OrgID = w.org
	var inputs []acd.Input
	w.must(w.db.Update(w.ctx, func(tx store.Tx) error {
		if old, ok := w.dir.AgentAt(w.org, a.ExtensionID); ok {
			inputs = append(inputs, acd.RemoveAgent{Agent: old})
			if err := tx.Agents.Delete(w.ctx, w.org, old); err != nil {
				return err
			}
			w.dir.DropAgent(w.org, old)
		}
		return tx.Agents.Create(w.ctx, &a)
	}))
	w.dir.PutAgent(a)
	_, err := w.host.Apply(w.ctx, w.org, append(inputs, acd.SetAgent{Agent: a.Agent})...)
	w.must(err)
	return a.ID
}

func (w *world) view(id acd.AgentID) (v acd.AgentView) {
	w.t.Helper()
	w.must(w.host.Read(w.ctx, w.org, func(e *acd.Engine, _ acd.Time) { v, _ = e.AgentView(id) }))
	return v
}
