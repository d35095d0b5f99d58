package e2e

import (
	"testing"

	"holdline/internal/acd"
	"holdline/internal/phone"
)

// After the agent has hung up the caller is asked for a key from 1 to 5, and
// thanked. Other keys are not heard.
func TestCallerRatesTheAgent(t *testing.T) {
	data := t.TempDir()
	s := startDemo(t, "--data", data)
	s.api().setQueue(t, sales, map[string]any{"agent_hangup_action": "quality_rate"})
	caller, called, _ := s.talkWith("201")
	called.Hangup()
	hearsPrompts(t, caller, "en/rate-service")
	caller.Digits("94")
	hearsPrompts(t, caller, "en/thanks")
	if ev := next(t, caller, phone.Ended); ev.By != phone.Remote {
		t.Errorf("ended by %v", ev.By)
	}
	s.interrupt()
	<-s.ended
	j := newJournal()
	j.read(t, data)
	rated := j.kind(acd.FactRated)
	if len(rated) != 1 || rated[0].Reason != "4" || rated[0].Agent == 0 || rated[0].Call == "" {
		t.Errorf("the journal has the ratings %+v", rated)
	}
}
