package server_test

import (
	"strings"
	"testing"

	"holdline/internal/config"
	"holdline/internal/server"
)

// TestVoiptechIsOffByDefault: credentials in URLs are for those who ask for it.
func TestVoiptechIsOffByDefault(t *testing.T) {
	if config.Default(config.Serve).EnableVoiptech || !config.Default(config.Demo).EnableVoiptech {
		t.Error("it is to be off in serve and on in the demo")
	}
	for on, status := range map[bool]int{false: 404, true: 401} {
		c := settings(t, t.TempDir())
		c.EnableVoiptech = on
		s := start(t, server.Options{Config: c})
		got, body := get(t, s, "/API/UpdateAgentState.php?username=nobody&password=x&action=showqueue")
		if got != status || on != strings.Contains(body, "auth_failed") {
			t.Errorf("on %v: %d %s", on, got, body)
		}
		stop(t, s)
	}
}
