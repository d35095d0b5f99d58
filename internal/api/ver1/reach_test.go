package ver1_test

import (
	"fmt"
	"strings"
	"testing"

	"holdline/internal/api/ver1"
)

// things gives the demo organisation's own for every path parameter.
func (m *managers) things(path string) string {
	extension, agent := "{201}", "{a201}"
	if strings.Contains(path, "/queue") || strings.Contains(path, "/current_calls") || strings.Contains(path, "/event") {
		extension = "{700}"
	}
	event := "{event}"
	if strings.Contains(path, "/agent") {
		event = "{agentevent}"
	}
	if strings.Contains(path, "/remote/") {
		agent = "{remote}"
	}
	return m.path(strings.NewReplacer("{client_id}", "@me", "{extension_id}", extension, "{agent_id}", agent, "{sound_id}", "{sound}", "{record_uuid}", "rec-1",
		"{call_uuid}", "past-1", "{call_api_id}", "live-1", "{event_id}", event, "{delivery_id}", "{delivery}", "{user_id}", "{user}",
		"{application_id}", "{application}", "{trunk_id}", "{trunk}", "{number}", "+4930123").Replace(path))
}

// marks are in answers about the demo organisation's things only.
var marks = []string{"0003*2", "0003*7", "15550100", "past-1", "rec-1", "live-1", `"Provider"`, `"CRM"`, "ann@example.com", "dana"}

// Every route there is, also those of tomorrow: neither a stranger nor the
// application of a user who owns nothing reads or changes the organisation's things.
func TestNoRouteTellsOfOthersThings(t *testing.T) {
	m := withManagers(t)
	past(t, m.Demo)
	withEvents(t, m.Demo)
	before, beforeManaged := snapshot(t, m.Demo), m.snapshot()
	asked := 0
	for path, item := range ver1.Document().Paths {
		if strings.Contains(path, "/stream/") {
			continue // goes on for ever; its own tests have strangers, too
		}
		for method := range item {
			method = strings.ToUpper(method)
			body := ""
			if method == "POST" || method == "PUT" {
				body = "{}"
			}
			for _, as := range []string{"stranger", "user"} {
				asked++
				got := m.Do(method, "/api/ver1.0"+m.things(path), m.Tokens[as], body)
				what := fmt.Sprintf("%s %s as %s: %d %s", method, path, as, got.Status, got.Body)
				own := path == "/client/{client_id}" && as == "stranger" // its own settings
				if got.Status >= 500 || got.Status < 300 && method != "GET" && !own {
					t.Error(what)
				}
				if got.Status >= 300 {
					continue // refusals repeat what was asked for
				}
				for _, mark := range marks {
					if strings.Contains(string(got.Body), mark) {
						t.Errorf("%s\ntells of %s", what, mark)
					}
				}
			}
		}
	}
	if asked < 150 {
		t.Errorf("only %d requests: the test does not see the routes", asked)
	}
	if after := snapshot(t, m.Demo); after != before {
		t.Errorf("something changed:\n%s\nwas\n%s", after, before)
	}
	if after := m.snapshot(); after != beforeManaged {
		t.Errorf("something changed:\n%s\nwas\n%s", after, beforeManaged)
	}
}
