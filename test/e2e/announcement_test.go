package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"holdline/internal/phone"
)

// toneFile makes a WAV file of a tone, as somebody would upload it.
func toneFile(t *testing.T, tone, seconds float64) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tone.wav")
	if out, err := exec.Command("sox", "-n", "-r", "44100", "-c", "2", "-b", "16", file, "synth", fmt.Sprint(seconds),
		"sine", fmt.Sprint(tone), "vol", "0.3").CombinedOutput(); err != nil {
		t.Fatalf("sox: %v\n%s", err, out)
	}
	return file
}

// A caller hears the greeting, music, and every two seconds the announcement,
// the position and the estimated wait; the agent hears what is for agents.
func TestEverybodyHearsTheQueuesSounds(t *testing.T) {
	const greeting, announcement, forAgents = 2000, 2300, 2600
	s := startDemo(t)
	a := s.api()
	a.only(t, "201")
	a.setQueue(t, sales, map[string]any{
		"start_sound":          a.upload(t, "greeting", toneFile(t, greeting, 1.5)),
		"announce_sound":       a.upload(t, "announcement", toneFile(t, announcement, 1.5)),
		"agent_announce_sound": a.upload(t, "for agents", toneFile(t, forAgents, 1.5)),
		"announce_frequency":   2, "announce_position": true, "announce_wait": true, "agent_report_wait_time": true,
	})
	agent := s.simulated("201")
	agent.Script(phone.NeverAnswer) // so that the agent is there, and there is an estimate
	caller := s.callIn(salesDID)
	heard := listen(t, caller)
	heard.hearsTone(greeting)
	heard.hearsMusic()
	heard.hearsTone(announcement)
	hearsPrompts(t, caller, "en/caller-number", "en/number-1", "en/estimated-wait")
	listen(t, caller).hearsTone(announcement) // the next time
	agent.Script(nil)
	a.setAgent(t, "201", map[string]any{"status": "logged_out"})
	a.setAgent(t, "201", map[string]any{"status": "available"})
	called, err := agent.WaitCall(within(t))
	if err != nil {
		t.Fatal(err)
	}
	called.Answer()
	listen(t, called).hearsTone(forAgents)
	hearsPrompts(t, called, "en/waited", "en/seconds")
	bothTalk(t, caller, callerTone, called, toneOf("201"))
}
