package uapi_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"holdline/internal/api/apitest"
)

// TestTheDocumentedCommandsWork runs the documentation's commands against the demo world.
func TestTheDocumentedCommandsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	text, err := os.ReadFile("../../../docs/api-unifiedapi.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	d := apitest.NewDemo(t, nil)
	commands := strings.Replace(script.String(), "http://127.0.0.1:8080", d.URL, 1)
	if commands == script.String() {
		t.Fatal("the commands do not say where the demo is")
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-eux", "-c", commands).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{`[{"agentNumber":"0003*205","status":"2"`, `[{"agentNumber":"0003*205","status":"1"`, `"extension":"0003*201","status":0`,
		`"totalResults":5`, `"note":"screen pop"`, `[{"type":"0"`} {
		if !strings.Contains(string(out), part) {
			t.Errorf("no answer has %s:\n%s", part, out)
		}
	}
}
