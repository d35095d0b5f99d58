package e2e

import (
	"strings"
	"testing"

	"holdline/internal/phone"
)

// A waiting caller presses the exit key and is sent where the queue says.
func TestExitKeyLeavesTheQueue(t *testing.T) {
	for name, press := range map[string]func(*phone.Call){
		"RFC 4733": func(c *phone.Call) { c.Digits("19") },
		"SIP INFO": func(c *phone.Call) { c.SendInfo("19") },
	} {
		t.Run(name, func(t *testing.T) {
			s := startDemo(t)
			a := s.api()
			a.setQueue(t, sales, map[string]any{"exit_key": "9", "exit_transfer_dst": "202"})
			a.only(t, "201")
			desk := s.simulated("202")
			caller := s.callIn(salesDID)
			next(t, caller, phone.Answered)
			listen(t, caller).hearsMusic()
			press(caller)
			called := answered(t, desk)
			bothTalk(t, caller, callerTone, called, toneOf("202"))
			caller.Hangup()
			next(t, called, phone.Ended)
		})
	}
}

// Who has waited too long is sent to another queue, with a tag before the name.
func TestLongestWaitLeadsToAnotherQueue(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	a.setQueue(t, sales, map[string]any{"max_wait_time": 1, "timeout_transfer_dst": support, "append_to_cid_name_on_transfer": "overflow"})
	a.leave(t, sales, "203")
	agent := s.simulated("203")
	caller := s.callIn(salesDID)
	called := answered(t, agent)
	if name := called.Info().Name; !strings.HasPrefix(name, "overflow") {
		t.Errorf("the agent sees the caller's name %q", name)
	}
	bothTalk(t, caller, callerTone, called, toneOf("203"))
	called.Hangup()
	next(t, caller, phone.Ended)
}

// Two queues without agents that send their callers to each other.
func TestLoopOfQueuesIsBroken(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	a.only(t)
	a.leaveRemote(t, support)
	a.setQueue(t, sales, map[string]any{"exit_with_no_av_agents": true, "no_agent_timeout_transfer_dst": support})
	a.setQueue(t, support, map[string]any{"exit_with_no_av_agents": true, "no_agent_timeout_transfer_dst": sales})
	ev, err := s.callIn(salesDID).Wait(within(t), phone.Ended)
	if err != nil {
		t.Fatal(err)
	}
	if ev.By != phone.Remote || ev.Code < 400 {
		t.Errorf("the caller of a loop gets %d %s by %v", ev.Code, ev.Text, ev.By)
	}
	if !strings.Contains(s.said(), "loop") {
		t.Error("the log does not tell of the loop")
	}
}
