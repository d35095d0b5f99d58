package ver1_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"holdline/internal/api/apitest"
)

// The documentation's commands work against the demo world as they stand there.
func TestTheDocumentedCommandsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	text, err := os.ReadFile("../../../docs/api-ver1.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	d := apitest.NewDemo(t, nil)
	past(t, d)
	withEvents(t, d)
	const documented = "http://127.0.0.1:8080"
	if !strings.Contains(script.String(), documented) {
		t.Fatalf("the commands do not say %s", documented)
	}
	before := snapshot(t, d)
	run := exec.CommandContext(t.Context(), "sh", "-eux", "-c", strings.Replace(script.String(), documented, d.URL, 1))
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{`"max_wait_time":1800`, `"password":"`, `"level":1`, `"status":"on_break"`, `"waiting_members":0`, "[]",
		`"tier_rule_clock":"join"`, `"pause_reason":"lunch"`, `"title":"Good morning"`, `"call_api_id":"live-1"`, `"call_uuid":"past-1"`,
		`"record_uuid":"rec-1"`, `"service_level_all":100`, `"agents":14`,
		`"test":true`, `"secret":"whsec_`, `"deliveries":0`} {
		if !strings.Contains(string(out), part) {
			t.Errorf("no answer has %s:\n%s", part, out)
		}
	}
	if after := snapshot(t, d); after != before {
		t.Errorf("the commands leave something behind:\n%s\nwas\n%s", after, before)
	}
}
