package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"holdline/internal/phone"
)

// An agent whose phone is gone in the middle of a talk is freed by force: the
// caller is let go at once, and the next one gets the agent, wrap-up or not,
// when the phone is back.
func TestForcedRelease(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	a.only(t, "201")
	a.setAgent(t, "201", map[string]any{"wrap_up_time": 600})
	caller, _, p := s.talkWith("201")
	agent := fmt.Sprintf("/client/@me/agent/local/%d", a.agent(t, "201").ID)
	p.Vanish(true)
	a.must(t, http.MethodPost, agent+"/release/", nil, nil)
	if ev := next(t, caller, phone.Ended); ev.By != phone.Remote {
		t.Errorf("the caller's call ended as %+v, want it hung up", ev)
	}
	p.Vanish(false)
	second := s.callIn(salesDID)
	bothTalk(t, second, callerTone, answered(t, p), toneOf("201"))

	// What rings is withdrawn, and offered again because nothing else is wrong with the agent.
	second.Hangup()
	a.must(t, http.MethodPost, agent+"/release/", nil, nil) // the wrap-up
	third := s.callIn(salesDID)
	first, err := p.WaitCall(within(t))
	if err != nil {
		t.Fatal(err)
	}
	a.must(t, http.MethodPost, agent+"/release/", nil, nil)
	next(t, first, phone.Ended)
	bothTalk(t, third, callerTone, answered(t, p), toneOf("201"))
	if status := a.agent(t, "201").Status; status != "available" {
		t.Errorf("the agent's status is %q, want it as it was", status)
	}
}
