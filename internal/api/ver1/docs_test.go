package ver1_test

import (
	"testing"

	"holdline/internal/api/apitest"
)

// The documentation's commands work against the demo world, and leave it as it was.
func TestTheDocumentedCommandsWork(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	past(t, d)
	withEvents(t, d)
	before := snapshot(t, d)
	d.RunDocument("api-ver1.md",
		`"max_wait_time":1800`, `"password":"`, `"level":1`, `"status":"on_break"`, `"waiting_members":0`, "[]",
		`"tier_rule_clock":"join"`, `"pause_reason":"lunch"`, `"title":"Good morning"`, `"call_api_id":"live-1"`, `"call_uuid":"past-1"`,
		`"record_uuid":"rec-1"`, `"service_level_all":100`, `"agents":14`,
		`"test":true`, `"secret":"whsec_`, `"deliveries":0`)
	if after := snapshot(t, d); after != before {
		t.Errorf("the commands leave something behind:\n%s\nwas\n%s", after, before)
	}
}
