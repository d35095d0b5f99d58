package agentstate_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentedCommandsWork runs the documentation's commands against the demo world.
func TestTheDocumentedCommandsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	text, err := os.ReadFile("../../../docs/api-voiptech.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	w := newWorld(t, nil)
	commands := strings.Replace(script.String(), "http://127.0.0.1:8080", w.URL, 1)
	if commands == script.String() {
		t.Fatal("the commands do not say where the demo is")
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-eu", "-c", commands).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), `"status":"success"`); n != 9 || strings.Contains(string(out), `"error"`) {
		t.Errorf("%d successes, want 9:\n%s", n, out)
	}
	for _, part := range []string{`"queues":["700","701"],"reason":"lunch","changed":2}`, `"action":"add","agent":"205","alias":"Dana"`, `"service_level_sec":20`} {
		if !strings.Contains(string(out), part) {
			t.Errorf("no answer has %s:\n%s", part, out)
		}
	}
}
