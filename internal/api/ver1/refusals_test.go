package ver1_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"holdline/internal/api/apitest"
	"holdline/internal/app"
)

// scenario is one request and what must come back. In path and body stand
// {org}, {other}, {201}…{205}, {700}, {701} (ids of extensions), {a201}… (ids of
// local agents), {remote} (id of the remote agent), {sound} (id of the first sound),
// and {event}, {agentevent} and {delivery} of withEvents.
type scenario struct {
	name    string
	as      string // application; "" = demo, "nobody" = no token
	method  string
	path    string // below /api/ver1.0
	body    string
	headers []string
	status  int
	word    string // "status" of an error
	field   string // "field" of an error
	says    string // part of the message or of the body
}

var placeholder = regexp.MustCompile(`\{(org|other|remote|sound|event|agentevent|delivery|a?[27]0\d)\}`)

// expand fills the placeholders in.
func expand(d *apitest.Demo, s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(p string) string {
		switch name := p[1 : len(p)-1]; {
		case name == "org":
			return fmt.Sprint(d.Org)
		case name == "other":
			return fmt.Sprint(d.Stranger)
		case name == "sound":
			list, _, _ := d.App.ListSounds(context.Background(), app.Actor{Org: d.Org}, app.Page{})
			if len(list) == 0 {
				return "0"
			}
			return fmt.Sprint(list[0].ID)
		case name == "event", name == "agentevent", name == "delivery":
			return eventIDs(d, name)
		case name == "remote":
			return fmt.Sprint(d.Agent(""))
		case name[0] == 'a':
			return fmt.Sprint(d.Agent(name[1:]))
		default:
			return fmt.Sprint(d.Extension(name))
		}
	})
}

func (c scenario) run(t *testing.T, d *apitest.Demo) {
	t.Helper()
	as := c.as
	if as == "" {
		as = "demo"
	}
	got := d.Do(c.method, "/api/ver1.0"+expand(d, c.path), d.Tokens[as], expand(d, c.body), c.headers...)
	if got.Status != c.status {
		t.Fatalf("status %d, want %d: %s", got.Status, c.status, got.Body)
	}
	if !strings.Contains(string(got.Body), expand(d, c.says)) {
		t.Errorf("the answer does not say %q: %s", expand(d, c.says), got.Body)
	}
	if got.Status >= 400 {
		checkError(t, got, c.word, c.field)
	}
	if got.Status == 204 && len(got.Body) > 0 {
		t.Errorf("204 with a body: %q", got.Body)
	}
	if got.Header.Get("X-RateLimit-Limit") == "" || got.Header.Get("X-RateLimit-Remaining") == "" || got.Header.Get("X-RateLimit-Reset") == "" {
		t.Errorf("no rate limit headers: %v", got.Header)
	}
}

func checkError(t *testing.T, got apitest.Answer, word, field string) {
	t.Helper()
	if kind := got.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("Content-Type %q", kind)
	}
	v := got.JSON(t)
	message, _ := v["message"].(string)
	if v["status"] != word || len(message) < 10 {
		t.Errorf("status word %v, want %s: %s", v["status"], word, got.Body)
	}
	if f, _ := v["field"].(string); f != field {
		t.Errorf("field %q, want %q: %s", f, field, got.Body)
	}
	for name := range v {
		if name != "message" && name != "status" && name != "field" {
			t.Errorf("the error has a field %q the contract does not know", name)
		}
	}
}

func runAll(t *testing.T, list []scenario) {
	d := apitest.NewDemo(t, nil)
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) { c.run(t, d) })
	}
}

// None of these changes anything, so they share a world.
func TestRefusals(t *testing.T) {
	runAll(t, []scenario{
		// who
		{name: "no token", as: "nobody", method: "GET", path: "/client/@me/extension/", status: 401, word: "unauthorized"},
		{name: "wrong token", as: "nobody", method: "GET", path: "/client/@me/extension/", headers: []string{"Authorization: Bearer nonsense"}, status: 401, word: "unauthorized"},
		{name: "other scheme", as: "nobody", method: "GET", path: "/client/@me/extension/", headers: []string{"Authorization: Basic ZGVtbzpkZW1v"}, status: 401, word: "unauthorized"},
		{name: "no token, no such id", as: "nobody", method: "GET", path: "/extension/999999/queue/", status: 401, word: "unauthorized"},
		{name: "no token, bad body", as: "nobody", method: "POST", path: "/client/@me/extension/", body: "{", status: 401, word: "unauthorized"},
		// clients
		{name: "another client", method: "GET", path: "/client/{other}/extension/", status: 403, word: "access_denied"},
		{name: "a client that does not exist", method: "GET", path: "/client/999999/extension/", status: 403, word: "access_denied"},
		{name: "administrator: no such client", as: "admin", method: "GET", path: "/client/999999/extension/", status: 404, word: "client_not_found"},
		{name: "client is no id", method: "GET", path: "/client/abc/extension/", status: 404, word: "client_not_found"},
		{name: "client @*", method: "GET", path: "/client/@*/extension/", status: 404, word: "client_not_found"},
		{name: "client negative", method: "GET", path: "/client/-1/extension/", status: 404, word: "client_not_found"},
		{name: "client overflows", method: "GET", path: "/client/9223372036854775808/extension/", status: 404, word: "client_not_found"},
		{name: "client @me encoded twice", method: "GET", path: "/client/%2540me/extension/", status: 404, word: "client_not_found"},
		// paths
		{name: "unknown resource", method: "GET", path: "/nothing/", status: 404, word: "not_found"},
		{name: "unknown resource without token", as: "nobody", method: "GET", path: "/nothing/", status: 404, word: "not_found"},
		{name: "base", method: "GET", path: "/", status: 404, word: "not_found"},
		{name: "too deep", method: "GET", path: "/client/@me/extension/{201}/queue/x", status: 404, word: "not_found"},
		{name: "agent kind", method: "GET", path: "/client/@me/agent/any/", status: 404, word: "not_found"},
		{name: "extension @*", method: "GET", path: "/extension/@*/queue/", status: 404, word: "not_found"},
		{name: "extension @", method: "GET", path: "/extension/@/queue/", status: 404, word: "not_found"},
		{name: "extension @me", method: "GET", path: "/extension/@me/queue/", status: 404, word: "not_found"},
		{name: "extension zero", method: "GET", path: "/extension/0/queue/", status: 404, word: "not_found"},
		{name: "extension negative", method: "GET", path: "/extension/-5/queue/", status: 404, word: "not_found"},
		{name: "extension with plus", method: "GET", path: "/extension/+{700}/queue/", status: 404, word: "not_found"},
		{name: "extension with zeros", method: "GET", path: "/extension/00{700}/queue/", status: 404, word: "not_found"},
		{name: "extension overflows", method: "GET", path: "/extension/18446744073709551617/queue/", status: 404, word: "not_found"},
		{name: "extension in floating point", method: "GET", path: "/extension/{700}.0/queue/", status: 404, word: "not_found"},
		{name: "slash in an id", method: "GET", path: "/extension/{700}%2Fqueue/", status: 404, word: "not_found"},
		{name: "slash within a segment", method: "GET", path: "/extension/{700}%2Fqueue/queue/", status: 404, word: "not_found"},
		{name: "dots, encoded", method: "GET", path: "/extension/%2e%2e/queue/", status: 404, word: "not_found"},
		{name: "NUL", method: "GET", path: "/extension/%00/queue/", status: 404, word: "not_found"},
		{name: "bad UTF-8", method: "GET", path: "/extension/@%ff%fe/queue/", status: 404, word: "not_found"},
		{name: "quote", method: "GET", path: "/extension/@700'%20OR%201=1/queue/", status: 404, word: "not_found"},
		{name: "another prefix", method: "GET", path: "/extension/@0009*700/queue/", status: 404, word: "not_found"},
		{name: "agent is no id", method: "GET", path: "/client/@me/agent/local/@201", status: 404, word: "not_found"},
		{name: "agent overflows", method: "GET", path: "/client/@me/agent/local/99999999999999999999", status: 404, word: "not_found"},
		{name: "long id", method: "GET", path: "/extension/@" + strings.Repeat("7", 5000) + "/queue/", status: 404, word: "not_found"},
		// methods
		{name: "no DELETE of a queue", method: "DELETE", path: "/extension/{700}/queue/", status: 405, word: "method_not_allowed", says: "GET, HEAD, OPTIONS, PUT"},
		{name: "no POST of a queue", method: "POST", path: "/extension/{700}/queue/", body: "{}", status: 405, word: "method_not_allowed"},
		{name: "PATCH", method: "PATCH", path: "/client/@me/extension/{201}", body: "{}", status: 405, word: "method_not_allowed"},
		{name: "unknown method", method: "BREW", path: "/client/@me/extension/", status: 405, word: "method_not_allowed"},
		// things that are not there
		{name: "no such extension", method: "GET", path: "/client/@me/extension/999999", status: 404, word: "not_found", says: "999999"},
		{name: "no such number", method: "GET", path: "/client/@me/extension/@999", status: 404, word: "not_found", says: "999"},
		{name: "a phone has no queue", method: "GET", path: "/extension/{201}/queue/", status: 404, word: "not_found"},
		{name: "a phone has no queue to set", method: "PUT", path: "/extension/{201}/queue/", body: "{}", status: 404, word: "not_found"},
		{name: "a phone has no callers", method: "GET", path: "/extension/{201}/queue/status/members/", status: 404, word: "not_found"},
		{name: "a phone has no queue status", method: "GET", path: "/extension/{201}/queue/status/", status: 404, word: "not_found"},
		{name: "a phone has no agents", method: "GET", path: "/extension/{201}/queue/agents/local/", status: 404, word: "not_found"},
		{name: "a queue has no credentials", method: "GET", path: "/extension/{700}/sip/", status: 404, word: "not_found"},
		{name: "a queue gets no password", method: "PUT", path: "/extension/{700}/sip/", body: `{"password":"12345678"}`, status: 404, word: "not_found"},
		{name: "no such agent", method: "PUT", path: "/client/@me/agent/local/999999", body: `{"status":"available"}`, status: 404, word: "not_found"},
		{name: "remote agent under local", method: "GET", path: "/client/@me/agent/local/{remote}", status: 404, word: "not_found"},
		{name: "local agent under remote", method: "DELETE", path: "/client/@me/agent/remote/{a201}", status: 404, word: "not_found"},
		{name: "remote membership under local", method: "GET", path: "/extension/{701}/queue/agents/local/{remote}", status: 404, word: "not_found"},
		{name: "local membership under remote", method: "PUT", path: "/extension/{700}/queue/agents/remote/{a201}", body: `{"level":5}`, status: 404, word: "not_found"},
		{name: "remote agent added under local", method: "POST", path: "/extension/{700}/queue/agents/local/", body: `{"agent_id":{remote}}`, status: 404, word: "not_found"},
		{name: "agent not in this queue", method: "DELETE", path: "/extension/{700}/queue/agents/remote/{remote}", status: 404, word: "not_found"},
		{name: "unknown agent added", method: "POST", path: "/extension/{700}/queue/agents/local/", body: `{"agent_id":999999}`, status: 404, word: "not_found"},
		// duplicates and what is in the way
		{name: "number taken", method: "POST", path: "/client/@me/extension/", body: `{"name":"201","type":"phone"}`, status: 409, word: "already_exists", says: "0003*201"},
		{name: "number taken, sent in full", method: "POST", path: "/client/@me/extension/", body: `{"name":"0003*700","type":"phone"}`, status: 409, word: "already_exists"},
		{name: "agent twice at a phone", method: "POST", path: "/client/@me/agent/local/", body: `{"extension_id":{201}}`, status: 409, word: "already_exists", says: "{201}"},
		{name: "agent moved to another's phone", method: "PUT", path: "/client/@me/agent/local/{a201}", body: `{"extension_id":{202}}`, status: 409, word: "already_exists"},
		{name: "agent twice in a queue", method: "POST", path: "/extension/{700}/queue/agents/local/", body: `{"agent_id":{a201}}`, status: 409, word: "already_exists"},
		{name: "agent deleted, not to be removed", method: "DELETE", path: "/client/@me/agent/local/{a201}?remove_from_queues=false", status: 409, word: "agent_in_queue", says: "queue {700}"},
		{name: "phone of an agent deleted", method: "DELETE", path: "/client/@me/extension/{201}", status: 409, word: "conflict", says: "local agent {a201}"},
		{name: "queue with agents deleted", method: "DELETE", path: "/client/@me/extension/@700?force=false", status: 409, word: "conflict", says: "agent {a201}"},
		// bodies
		{name: "no body", method: "POST", path: "/client/@me/extension/", headers: []string{"Content-Type: application/json"}, status: 400, word: "invalid_parameter", says: "empty"},
		{name: "half a body", method: "POST", path: "/client/@me/extension/", body: `{"name":"3`, status: 400, word: "invalid_parameter", says: "ends too early"},
		{name: "an array", method: "PUT", path: "/extension/{700}/queue/", body: `[]`, status: 400, word: "invalid_parameter", says: "JSON object"},
		{name: "two objects", method: "PUT", path: "/extension/{700}/queue/", body: `{}{}`, status: 400, word: "invalid_parameter"},
		{name: "sent twice", method: "PUT", path: "/extension/{700}/queue/", body: `{"sound":null,"sound":null}`, status: 400, word: "invalid_parameter", field: "sound"},
		{name: "bad UTF-8 in the body", method: "PUT", path: "/client/@me/extension/{201}", body: "{\"label\":\"\xff\"}", status: 400, word: "invalid_parameter", says: "UTF-8"},
		{name: "deep nesting", method: "PUT", path: "/client/@me/extension/{201}", body: `{"label":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + `}`, status: 400, word: "invalid_parameter"},
		{name: "nesting", method: "PUT", path: "/client/@me/extension/{201}", body: `{"label":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, status: 400, word: "invalid_parameter", field: "label", says: "a string"},
		{name: "too large", method: "PUT", path: "/client/@me/extension/{201}", body: `{"label":"` + strings.Repeat("x", 70_000) + `"}`, status: 413, word: "too_large"},
		{name: "far too large", method: "PUT", path: "/client/@me/extension/{201}", body: strings.Repeat(" ", 3<<20), status: 413, word: "too_large"},
		{name: "form instead of JSON", method: "POST", path: "/client/@me/extension/", body: "name=370", headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415, word: "unsupported_media_type"},
		{name: "other charset", method: "POST", path: "/client/@me/extension/", body: "{}", headers: []string{"Content-Type: application/json; charset=latin1"}, status: 415, word: "unsupported_media_type"},
		{name: "zipped body", method: "POST", path: "/client/@me/extension/", body: "{}", headers: []string{"Content-Encoding: gzip"}, status: 415, word: "unsupported_media_type"},
		// fields of extensions
		{name: "unknown field", method: "POST", path: "/client/@me/extension/", body: `{"name":"370","type":"phone","colour":"red"}`, status: 400, word: "invalid_parameter", field: "colour"},
		{name: "field in the wrong case", method: "POST", path: "/client/@me/extension/", body: `{"Name":"370","type":"phone"}`, status: 400, word: "invalid_parameter", field: "name"},
		{name: "name missing", method: "POST", path: "/client/@me/extension/", body: `{"type":"phone"}`, status: 400, word: "invalid_parameter", field: "name"},
		{name: "type missing", method: "POST", path: "/client/@me/extension/", body: `{"name":"370"}`, status: 400, word: "invalid_parameter", field: "type"},
		{name: "type ivr", method: "POST", path: "/client/@me/extension/", body: `{"name":"370","type":"ivr"}`, status: 400, word: "invalid_parameter", field: "type", says: "phone, queue"},
		{name: "type fax", method: "POST", path: "/client/@me/extension/", body: `{"name":"370","type":"fax"}`, status: 400, word: "invalid_parameter", field: "type"},
		{name: "type null", method: "POST", path: "/client/@me/extension/", body: `{"name":"370","type":null}`, status: 400, word: "invalid_parameter", field: "type"},
		{name: "name is a number", method: "POST", path: "/client/@me/extension/", body: `{"name":370,"type":"phone"}`, status: 400, word: "invalid_parameter", field: "name", says: "a string"},
		{name: "name is no number", method: "POST", path: "/client/@me/extension/", body: `{"name":"37a","type":"phone"}`, status: 400, word: "invalid_parameter", field: "name"},
		{name: "name with another prefix", method: "POST", path: "/client/@me/extension/", body: `{"name":"0009*370","type":"phone"}`, status: 400, word: "invalid_parameter", field: "name"},
		{name: "status of an extension", method: "PUT", path: "/client/@me/extension/{201}", body: `{"status":"on"}`, status: 400, word: "invalid_parameter", field: "status", says: "active, blocked"},
		{name: "ani_rfc3325", method: "PUT", path: "/client/@me/extension/{201}", body: `{"ani_rfc3325":1}`, status: 400, word: "invalid_parameter", field: "ani_rfc3325", says: "true or false"},
		{name: "dial_rule_id", method: "PUT", path: "/client/@me/extension/{201}", body: `{"dial_rule_id":"1"}`, status: 400, word: "invalid_parameter", field: "dial_rule_id"},
		{name: "message_did", method: "PUT", path: "/client/@me/extension/{201}", body: `{"message_did":"x"}`, status: 400, word: "invalid_parameter", field: "message_did"},
		{name: "control character", method: "PUT", path: "/client/@me/extension/{201}", body: `{"caller_id_name":"a\u0000b"}`, status: 400, word: "invalid_parameter", field: "caller_id_name"},
		{name: "line break for SIP", method: "PUT", path: "/client/@me/extension/{201}", body: `{"caller_id_name":"a\r\nX: y"}`, status: 400, word: "invalid_parameter", field: "caller_id_name"},
		{name: "long label", method: "PUT", path: "/client/@me/extension/{201}", body: `{"label":"` + strings.Repeat("x", 256) + `"}`, status: 400, word: "invalid_parameter", field: "label"},
		{name: "name cannot change", method: "PUT", path: "/client/@me/extension/{201}", body: `{"name":"299"}`, status: 400, word: "invalid_parameter", field: "name"},
		{name: "type cannot change", method: "PUT", path: "/client/@me/extension/{201}", body: `{"type":"queue"}`, status: 400, word: "invalid_parameter", field: "type"},
		{name: "id cannot change", method: "PUT", path: "/client/@me/extension/{201}", body: `{"id":5000}`, status: 400, word: "invalid_parameter", field: "id"},
		{name: "id cannot be chosen", method: "POST", path: "/client/@me/extension/", body: `{"name":"370","type":"phone","id":5}`, status: 400, word: "invalid_parameter", field: "id"},
		{name: "short password", method: "PUT", path: "/extension/{201}/sip/", body: `{"password":"1234"}`, status: 400, word: "invalid_parameter", field: "password"},
		{name: "username cannot change", method: "PUT", path: "/extension/{201}/sip/", body: `{"username":"x"}`, status: 400, word: "invalid_parameter", field: "username"},
		// fields of queues
		{name: "strategy", method: "PUT", path: "/extension/{700}/queue/", body: `{"strategy":"rrmemory"}`, status: 400, word: "invalid_parameter", field: "strategy", says: "longest-idle-agent"},
		{name: "sound_type", method: "PUT", path: "/extension/{700}/queue/", body: `{"sound_type":"radio"}`, status: 400, word: "invalid_parameter", field: "sound_type"},
		{name: "sound that does not exist", method: "PUT", path: "/extension/{700}/queue/", body: `{"sound":36}`, status: 400, word: "invalid_parameter", field: "sound"},
		{name: "start_sound that does not exist", method: "PUT", path: "/extension/{700}/queue/", body: `{"start_sound":36}`, status: 400, word: "invalid_parameter", field: "start_sound"},
		{name: "announce_sound that does not exist", method: "PUT", path: "/extension/{700}/queue/", body: `{"announce_sound":-1}`, status: 400, word: "invalid_parameter", field: "announce_sound"},
		{name: "agent_announce_sound that does not exist", method: "PUT", path: "/extension/{700}/queue/", body: `{"agent_announce_sound":1}`, status: 400, word: "invalid_parameter", field: "agent_announce_sound"},
		{name: "sound is a string", method: "PUT", path: "/extension/{700}/queue/", body: `{"sound":"36"}`, status: 400, word: "invalid_parameter", field: "sound"},
		{name: "negative seconds", method: "PUT", path: "/extension/{700}/queue/", body: `{"max_wait_time":-1}`, status: 400, word: "invalid_parameter", field: "max_wait_time", says: "0 to 86400"},
		{name: "seconds in floating point", method: "PUT", path: "/extension/{700}/queue/", body: `{"max_wait_time":1.5}`, status: 400, word: "invalid_parameter", field: "max_wait_time"},
		{name: "seconds overflow", method: "PUT", path: "/extension/{700}/queue/", body: `{"tier_rule_wait_second":9223372036854775807}`, status: 400, word: "invalid_parameter", field: "tier_rule_wait_second"},
		{name: "null seconds", method: "PUT", path: "/extension/{700}/queue/", body: `{"announce_frequency":null}`, status: 400, word: "invalid_parameter", field: "announce_frequency"},
		{name: "destination", method: "PUT", path: "/extension/{700}/queue/", body: `{"timeout_transfer_dst":"sip:x@y"}`, status: 400, word: "invalid_parameter", field: "timeout_transfer_dst"},
		{name: "exit key", method: "PUT", path: "/extension/{700}/queue/", body: `{"exit_key":"A"}`, status: 400, word: "invalid_parameter", field: "exit_key"},
		{name: "two exit keys", method: "PUT", path: "/extension/{700}/queue/", body: `{"exit_key":"12"}`, status: 400, word: "invalid_parameter", field: "exit_key"},
		{name: "hang-up action", method: "PUT", path: "/extension/{700}/queue/", body: `{"agent_hangup_action":"dance"}`, status: 400, word: "invalid_parameter", field: "agent_hangup_action"},
		{name: "transfer to nowhere", method: "PUT", path: "/extension/{700}/queue/", body: `{"agent_hangup_action":"transfer"}`, status: 400, word: "invalid_parameter", field: "agent_hangup_transfer_dst"},
		{name: "extension_id of a queue", method: "PUT", path: "/extension/{700}/queue/", body: `{"extension_id":999}`, status: 400, word: "invalid_parameter", field: "extension_id"},
		// fields of agents
		{name: "extension_id missing", method: "POST", path: "/client/@me/agent/local/", body: `{}`, status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "extension_id of a queue for an agent", method: "POST", path: "/client/@me/agent/local/", body: `{"extension_id":{700}}`, status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "extension_id that does not exist", method: "POST", path: "/client/@me/agent/local/", body: `{"extension_id":999999}`, status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "number of a local agent", method: "POST", path: "/client/@me/agent/local/", body: `{"extension_id":{201},"number":"123"}`, status: 400, word: "invalid_parameter", field: "number"},
		{name: "number missing", method: "POST", path: "/client/@me/agent/remote/", body: `{}`, status: 400, word: "invalid_parameter", field: "number"},
		{name: "number with letters", method: "POST", path: "/client/@me/agent/remote/", body: `{"number":"12 34"}`, status: 400, word: "invalid_parameter", field: "number"},
		{name: "status of an agent", method: "PUT", path: "/client/@me/agent/local/{a201}", body: `{"status":"busy"}`, status: 400, word: "invalid_parameter", field: "status", says: "available, logged_out, on_break"},
		{name: "empty status", method: "POST", path: "/client/@me/agent/remote/", body: `{"number":"123456","status":""}`, status: 400, word: "invalid_parameter", field: "status"},
		{name: "status emptied", method: "PUT", path: "/client/@me/agent/local/{a201}", body: `{"status":""}`, status: 400, word: "invalid_parameter", field: "status"},
		{name: "status null", method: "PUT", path: "/client/@me/agent/local/{a201}", body: `{"status":null}`, status: 400, word: "invalid_parameter", field: "status"},
		{name: "long ring", method: "PUT", path: "/client/@me/agent/local/{a201}", body: `{"call_timeout":86401}`, status: 400, word: "invalid_parameter", field: "call_timeout", says: "86401"},
		{name: "agent_id missing", method: "POST", path: "/extension/{700}/queue/agents/remote/", body: `{"level":1}`, status: 400, word: "invalid_parameter", field: "agent_id"},
		{name: "negative level", method: "PUT", path: "/extension/{700}/queue/agents/local/{a201}", body: `{"level":-1}`, status: 400, word: "invalid_parameter", field: "level"},
		{name: "position too high", method: "POST", path: "/extension/{700}/queue/agents/remote/", body: `{"agent_id":{remote},"position":100001}`, status: 400, word: "invalid_parameter", field: "position"},
		{name: "agent_id cannot change", method: "PUT", path: "/extension/{700}/queue/agents/local/{a201}", body: `{"agent_id":{a202}}`, status: 400, word: "invalid_parameter", field: "agent_id"},
		// queries
		{name: "page 0", method: "GET", path: "/client/@me/extension/?page=0", status: 400, word: "invalid_parameter", field: "page"},
		{name: "page overflows", method: "GET", path: "/client/@me/extension/?page=99999999999999999999", status: 400, word: "invalid_parameter", field: "page"},
		{name: "per_page 201", method: "GET", path: "/client/@me/agent/local/?per_page=201", status: 400, word: "invalid_parameter", field: "per_page"},
		{name: "per_page empty", method: "GET", path: "/extension/{700}/queue/agents/local/?per_page=", status: 400, word: "invalid_parameter", field: "per_page"},
		{name: "type filter", method: "GET", path: "/client/@me/extension/?type=car", status: 400, word: "invalid_parameter", field: "type"},
		{name: "extension filter", method: "GET", path: "/client/@me/agent/local/?extension_id=x", status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "force", method: "DELETE", path: "/client/@me/extension/{201}?force=maybe", status: 400, word: "invalid_parameter", field: "force"},
		{name: "remove_from_queues", method: "DELETE", path: "/client/@me/agent/local/{a201}?remove_from_queues=", status: 400, word: "invalid_parameter", field: "remove_from_queues"},
		{name: "bad query", method: "GET", path: "/client/@me/extension/?name=%zz", status: 400, word: "invalid_parameter"},
	})
}
