package ver1_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// refs are settings that are null by default: what they refer to.
var refs = map[string]string{
	"sound": "sound", "start_sound": "sound", "announce_sound": "sound", "agent_announce_sound": "sound",
	"timeout_transfer_dst": "number", "no_agent_timeout_transfer_dst": "number", "exit_transfer_dst": "number", "agent_hangup_transfer_dst": "number",
	"exit_key": "text", "agent_hangup_action": "text", "append_to_cid_name_on_transfer": "text", "name": "text", "pause_reason": "text", "extra_params": "text",
}

// with is what a setting needs to count at all.
var with = map[string]string{"agent_hangup_transfer_dst": `"agent_hangup_action": "transfer", `, "pause_reason": `"status": "on_break", `}

// wrong gives values that a setting must not take, from what it is now.
func wrong(t *testing.T, name string, now any) []string {
	t.Helper()
	long := fmt.Sprintf("%q", strings.Repeat("x", 5000))
	switch now.(type) {
	case bool:
		return []string{`"yes"`, `1`, `null`, `[]`}
	case float64:
		return []string{`-1`, `1e12`, `99999999999`, `1.5`, `"7"`, `true`, `null`, `{}`}
	case string:
		return []string{`7`, `true`, `"no such word"`, long, `[]`}
	}
	switch refs[name] {
	case "sound":
		return []string{`987654`, `-1`, `"1"`, `1.5`, `true`}
	case "number":
		return []string{`"0003*999"`, `"not a number"`, `"{700}"`, `7`, long}
	case "text":
		return []string{`7`, `true`, long, `[]`}
	}
	t.Errorf("%s is %v: nothing is known of its values; add it to refs", name, now)
	return nil
}

// Every setting of queues and agents refuses what it cannot be, says which
// one it was, and stays as it is.
func TestEverySettingOutOfRange(t *testing.T) {
	c := demo(t)
	unset := []string{"id", "extension_id", "number"} // an agent's place and number, see the resources' tests
	for _, path := range []string{"/extension/{700}/queue/", "/client/@me/agent/local/{a201}", "/client/@me/agent/remote/{remote}"} {
		before := c.get(path)
		for name, now := range before {
			if slices.Contains(unset, name) {
				continue
			}
			for _, value := range wrong(t, name, now) {
				if name == "name" && value == `"no such word"` { // a name is any word
					continue
				}
				body := fmt.Sprintf(`{%s%q: %s}`, with[name], name, value)
				got := c.d.Do("PUT", "/api/ver1.0"+expand(c.d, path), c.d.Tokens["demo"], expand(c.d, body))
				var refusal struct {
					Status, Field, Message string
				}
				_ = json.Unmarshal(got.Body, &refusal)
				if got.Status != 400 || refusal.Field != name {
					t.Errorf("PUT %s %.80s: %d %.300s", path, body, got.Status, got.Body)
				}
			}
		}
		if after := c.get(path); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s is %v\nwas %v", path, after, before)
		}
	}
}
