package agentstate_test

import (
	"strings"
	"testing"
)

func TestTheDocumentedCommandsWork(t *testing.T) {
	out := newWorld(t, nil).RunDocument("api-voiptech.md",
		`"queues":["700","701"],"reason":"lunch","changed":2}`, `"action":"add","agent":"205","alias":"Dana"`, `"service_level_sec":20`)
	if n := strings.Count(out, `"status":"success"`); n != 9 || strings.Contains(out, `"error"`) {
		t.Errorf("%d successes, want 9:\n%s", n, out)
	}
}
