package uapi_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"holdline/internal/app"
)

// refusal is one request and the code it is answered with. In paths and bodies
// stand {event} (key of an event of type 0 of 0003*201), {somebody} and {dana} (users' ids).
type refusal struct {
	name   string
	as     string // application; "" = demo, "nobody" = no token
	method string // "" = GET
	path   string // below /uapi
	body   string
	status int // 0 = 400
	code   string
	says   string // part of the message
}

const (
	queuePath  = "/extensions/@me/0003*700/queue/agents"
	agentPath  = queuePath + "/0003*201"
	eventsPath = "/extensions/@me/0003*201/phoneCallEvents"
	allPhones  = "/extensions/@me/@self/presence"
)

var refusals = []refusal{
	{name: "no token", as: "nobody", path: queuePath, status: 401, code: "access_denied", says: "/oauth/token.php"},
	{name: "no token at a path that is not", as: "nobody", path: "/phoneCalls/@me/@self", status: 401, code: "access_denied"},
	{name: "other scheme in the query", as: "nobody", path: queuePath + "?accessRequestToken=Basic+abc", status: 401, code: "access_denied"},
	{name: "wrong token in the query", as: "nobody", path: queuePath + "?accessRequestToken=Bearer+abc", status: 401, code: "access_denied"},

	{name: "calls", path: "/phoneCalls/@me/@self", status: 501, code: "request_not_implemented"},
	{name: "call actions", method: "PUT", path: "/phoneCalls/@me/0003*201/1", status: 501, code: "request_not_implemented"},
	{name: "call records", path: "/cdr/@me", status: 501, code: "request_not_implemented"},
	{name: "the root", path: "", status: 501, code: "request_not_implemented"},
	{name: "deleting presence", method: "DELETE", path: allPhones, status: 501, code: "request_not_implemented"},
	{name: "adding an agent", method: "POST", path: queuePath, status: 501, code: "request_not_implemented"},

	{name: "user by name", path: "/extensions/dana/0003*700/queue/agents", code: "user_invalid", says: "@me, @viewer, @owner"},
	{name: "user 0", path: "/extensions/0/0003*700/queue/agents", code: "user_invalid"},
	{name: "user with zeros", path: "/extensions/01/0003*700/queue/agents", code: "user_invalid"},
	{name: "unknown user", path: "/extensions/99999999/0003*700/queue/agents", code: "user_invalid"},
	{name: "unknown user, all phones", path: "/extensions/99999999/@self/presence", code: "user_invalid"},
	{name: "unknown user, for an administrator", as: "admin", path: "/extensions/99999999/@self/presence", code: "user_invalid"},
	{name: "colleague, for a user's application", as: "user", path: "/extensions/{dana}/0003*290/presence", status: 401, code: "access_denied"},

	{name: "unknown queue", path: "/extensions/@me/0003*799/queue/agents", code: "extension_invalid", says: "0003*799"},
	{name: "a phone is no queue", path: "/extensions/@me/0003*201/queue/agents", code: "extension_invalid", says: "queue"},
	{name: "all queues", path: "/extensions/@me/@self/queue/agents", code: "extension_invalid", says: "@self"},
	{name: "a queue's presence", path: "/extensions/@me/0003*700/presence", code: "extension_invalid", says: "phone"},
	{name: "owner of everything", path: "/extensions/@owner/@self/presence", code: "extension_invalid"},
	{name: "events of everything", method: "POST", path: "/extensions/@me/@self/phoneCallEvents", body: `{}`, code: "extension_invalid"},
	{name: "another user's extension", path: "/extensions/{somebody}/0003*700/queue/agents", code: "extension_invalid", says: "@owner"},
	{name: "letters", path: "/extensions/@me/sales/queue/agents", code: "extension_invalid"},
	{name: "dots", path: "/extensions/@me/%2e%2e/queue/agents", code: "extension_invalid"},
	{name: "a slash inside", path: "/extensions/@me/0003*700%2fqueue/queue/agents", code: "extension_invalid"},
	{name: "broken UTF-8", path: "/extensions/@me/%ff%fe/queue/agents", code: "extension_invalid"},
	{name: "a very long number", path: "/extensions/@me/" + strings.Repeat("7", 2000) + "/presence", code: "extension_invalid"},
	{name: "an agent's phone of another organisation", as: "stranger", path: "/extensions/@me/0009*700/queue/agents", code: "extension_invalid"},
	{name: "another organisation's queue", as: "stranger", path: queuePath, status: 401, code: "access_denied"},
	{name: "a colleague's queue", as: "user", path: queuePath, status: 401, code: "access_denied"},

	{name: "no status", method: "PUT", path: agentPath, body: `{}`, code: "status_invalid", says: "missing"},
	{name: "null status", method: "PUT", path: agentPath, body: `{"status":null}`, code: "status_invalid"},
	{name: "status 3", method: "PUT", path: agentPath, body: `{"status":3}`, code: "status_invalid", says: "0 (logged out)"},
	{name: "status in words", method: "PUT", path: agentPath, body: `{"status":"online"}`, code: "status_invalid"},
	{name: "status 1.0", method: "PUT", path: agentPath, body: `{"status":1.0}`, code: "status_invalid"},
	{name: "status in a list", method: "PUT", path: agentPath, body: `{"status":["1"]}`, code: "status_invalid"},
	{name: "a list as body", method: "PUT", path: agentPath, body: `[{"status":"1"}]`, code: "status_invalid", says: "JSON object"},
	{name: "no body", method: "PUT", path: agentPath, code: "status_invalid", says: "empty"},
	{name: "half a body", method: "PUT", path: agentPath, body: `{"status":"1"`, code: "status_invalid"},
	{name: "status twice", method: "PUT", path: agentPath, body: `{"status":"1","status":"2"}`, code: "status_invalid", says: "twice"},
	{name: "broken UTF-8 in the body", method: "PUT", path: agentPath, body: "{\"status\":\"1\",\"x\":\"\xff\"}", code: "status_invalid", says: "UTF-8"},
	{name: "a huge body", method: "PUT", path: agentPath, body: `{"status":"1","x":"` + strings.Repeat("x", 70_000) + `"}`, code: "status_invalid", says: "64 KiB"},
	{name: "a deep body", method: "PUT", path: agentPath, body: `{"status":"1","x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, code: "status_invalid"},
	{name: "not in that queue", method: "PUT", path: queuePath + "/15550100", body: `{"status":"1"}`, code: "qag_agent_invalid"},
	{name: "unknown agent", method: "PUT", path: queuePath + "/0003*299", body: `{"status":"1"}`, code: "qag_agent_invalid", says: "0003*299"},
	{name: "another organisation's agent", method: "PUT", path: queuePath + "/0009*201", body: `{"status":"1"}`, code: "qag_agent_invalid"},
	{name: "local agent by id", method: "PUT", path: queuePath + "/1", body: `{"status":"1"}`, code: "qag_agent_invalid"},

	{name: "count 0", path: allPhones + "?count=0", code: "count_invalid"},
	{name: "count 5000", path: allPhones + "?count=5000", code: "count_invalid", says: "4999"},
	{name: "count in words", path: queuePath + "?count=ten", code: "count_invalid"},
	{name: "no count", path: eventsPath + "?count=", code: "count_invalid"},
	{name: "negative start", path: allPhones + "?startIndex=-1", code: "startindex_invalid"},
	{name: "start 5000", path: queuePath + "?startIndex=5000", code: "startindex_invalid"},
	{name: "half a start", path: agentPath + "?startIndex=0.5", code: "startindex_invalid"},
	{name: "filter of presence's status", path: allPhones + "?filterBy=status&filterValue=1", code: "filterby_invalid", says: "extension"},
	{name: "unknown filter", path: queuePath + "?filterBy=colour&filterValue=1", code: "filterby_invalid", says: "agentNumber, status, queue"},
	{name: "value without filter", path: queuePath + "?filterValue=1", code: "filterby_invalid", says: "missing"},
	{name: "empty filter", path: queuePath + "?filterBy=", code: "filterby_invalid"},
	{name: "unknown operator", path: queuePath + "?filterBy=status&filterOp=like&filterValue=1", code: "filterop_invalid", says: "startsWith"},
	{name: "unknown operator alone", path: queuePath + "?filterOp=like", code: "filterop_invalid"},
	{name: "no value", path: eventsPath + "?filterBy=url", code: "filtervalue_invalid", says: "present"},
	{name: "empty value", path: eventsPath + "?filterBy=url&filterOp=contains&filterValue=", code: "filtervalue_invalid"},
	{name: "broken value", path: eventsPath + "?filterBy=url&filterValue=%ff", code: "filtervalue_invalid"},
	{name: "huge value", path: eventsPath + "?filterBy=url&filterValue=" + strings.Repeat("x", 1025), code: "filtervalue_invalid"},
	{name: "sort by name", path: queuePath + "?sortOrder=agentNumber", code: "sortorder_invalid"},
	{name: "empty sort", path: queuePath + "?sortOrder=", code: "sortorder_invalid"},
	{name: "unknown field", path: queuePath + "?fields=agentNumber,colour", code: "fields_invalid", says: "colour"},
	{name: "no field", path: allPhones + "?fields=", code: "fields_invalid"},
	{name: "field of another resource", path: allPhones + "?fields=links", code: "fields_invalid"},

	// A mux takes the slash for the path's end: all events would go, and {event} be missing below.
	{name: "deleting an escaped slash", method: "DELETE", path: eventsPath + "/0/%2F", status: 501, code: "request_not_implemented"},
	{name: "no type", method: "POST", path: eventsPath, body: `{"method":"1","url":"https://a.example/"}`, code: "pce_type_invalid"},
	{name: "type 5", method: "POST", path: eventsPath, body: `{"type":"5","method":"1","url":"https://a.example/"}`, code: "pce_type_invalid"},
	{name: "type 5 in the path", path: eventsPath + "/5", code: "pce_type_invalid"},
	{name: "type in words", method: "DELETE", path: eventsPath + "/hangup", code: "pce_type_invalid"},
	{name: "two types", method: "POST", path: eventsPath + "/1", body: `{"type":"0","method":"1","url":"https://a.example/"}`, code: "pce_type_invalid"},
	{name: "another type", method: "PUT", path: eventsPath + "/0/{event}", body: `{"type":"1"}`, code: "pce_type_invalid"},
	{name: "no JSON for a new event", method: "POST", path: eventsPath, body: `type=0`, code: "pce_type_invalid", says: "JSON"},
	{name: "short id", path: eventsPath + "/0/MyPhoneCallEvent", code: "pce_id_invalid", says: "32"},
	{name: "id that is not there", method: "PUT", path: eventsPath + "/0/" + strings.Repeat("a", 32), body: `{}`, code: "pce_id_invalid"},
	{name: "id of another type", method: "PUT", path: eventsPath + "/1/{event}", body: `{}`, code: "pce_id_invalid"},
	{name: "id of another extension", method: "PUT", path: "/extensions/@me/0003*202/phoneCallEvents/0/{event}", body: `{}`, code: "pce_id_invalid"},
	{name: "no id", method: "PUT", path: eventsPath + "/0", body: `{}`, code: "pce_id_invalid"},
	{name: "id alone, that is not there", method: "PUT", path: eventsPath + "/" + strings.Repeat("a", 32), body: `{}`, code: "pce_id_invalid"},
	{name: "id alone, another type", method: "PUT", path: eventsPath + "/{event}", body: `{"type":"1"}`, code: "pce_type_invalid"},
	{name: "id alone, of another extension", method: "PUT", path: "/extensions/@me/0003*202/phoneCallEvents/{event}", body: `{}`, code: "pce_id_invalid"},
	{name: "a new event at an id", method: "POST", path: eventsPath + "/{event}", body: `{"type":"0","method":"1","url":"https://a.example/"}`, code: "pce_type_invalid"},
	{name: "another id", method: "PUT", path: eventsPath + "/0/{event}", body: `{"id":"x"}`, code: "pce_id_invalid"},
	{name: "no method", method: "POST", path: eventsPath + "/0", body: `{"url":"https://a.example/"}`, code: "pce_method_invalid", says: "missing"},
	{name: "method PUT", method: "PUT", path: eventsPath + "/0/{event}", body: `{"method":"PUT"}`, code: "pce_method_invalid"},
	{name: "method 2", method: "PUT", path: eventsPath + "/0/{event}", body: `{"method":2}`, code: "pce_method_invalid"},
	{name: "no JSON for an event", method: "PUT", path: eventsPath + "/0/{event}", body: `method=1`, code: "pce_method_invalid", says: "JSON"},
	{name: "long note", method: "PUT", path: eventsPath + "/0/{event}", body: `{"note":"` + strings.Repeat("ä", 1025) + `"}`, code: "pce_note_invalid"},
	{name: "note is a list", method: "PUT", path: eventsPath + "/0/{event}", body: `{"note":[]}`, code: "pce_note_invalid"},
	{name: "note is a number", method: "PUT", path: eventsPath + "/0/{event}", body: `{"note":7}`, code: "pce_note_invalid"},
	{name: "note with NUL", method: "PUT", path: eventsPath + "/0/{event}", body: `{"note":"a\u0000"}`, code: "pce_note_invalid"},
	{name: "no url", method: "POST", path: eventsPath + "/0", body: `{"method":"1"}`, code: "pce_url_invalid", says: "missing"},
	{name: "ftp", method: "POST", path: eventsPath + "/0", body: `{"method":"1","url":"ftp://a.example/"}`, code: "pce_url_invalid"},
	{name: "half a url", method: "PUT", path: eventsPath + "/0/{event}", body: `{"url":"/calls"}`, code: "pce_url_invalid"},
	{name: "url is a number", method: "PUT", path: eventsPath + "/0/{event}", body: `{"url":{}}`, code: "pce_url_invalid"},
	{name: "status of an event", method: "PUT", path: eventsPath + "/0/{event}", body: `{"status":"2"}`, code: "pce_status_invalid", says: "1 (enabled)"},
	{name: "status is true", method: "PUT", path: eventsPath + "/0/{event}", body: `{"status":true}`, code: "pce_status_invalid"},
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	event := w.ask("demo", "POST", "@me/0003*201/phoneCallEvents", `{"type":"0","method":"0","url":"http://a.example/"}`, 200).JSON(t)["id"].(string)
	expand := strings.NewReplacer("{event}", event, "{somebody}", fmt.Sprint(w.somebody), "{dana}", fmt.Sprint(w.dana))
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			as, method, status := c.as, c.method, c.status
			if as == "" {
				as = "demo"
			}
			if method == "" {
				method = "GET"
			}
			if status == 0 {
				status = 400
			}
			a := w.Do(method, "/uapi"+expand.Replace(c.path), w.Tokens[as], expand.Replace(c.body))
			if a.Status != status {
				t.Fatalf("%d, want %d: %s", a.Status, status, a.Body)
			}
			code, message := errorOf(t, a.JSON(t))
			if code != c.code || !strings.Contains(message, c.says) || len(message) < 10 || len(message) > 300 {
				t.Errorf("code %s, want %s; message %q, want %q in it", code, c.code, message, c.says)
			}
			if (a.Status == 401 && as == "nobody") != (a.Header.Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate %q", a.Header.Get("WWW-Authenticate"))
			}
		})
	}
}

// errorOf reads the error body, which has these two members and no other.
func errorOf(t *testing.T, body map[string]any) (code, message string) {
	t.Helper()
	e, _ := body["error"].(map[string]any)
	if len(body) != 1 || len(e) != 2 {
		t.Fatalf("%v is no error body", body)
	}
	code, _ = e["code"].(string)
	message, _ = e["message"].(string)
	return code, message
}

// documented are the codes of docs/api-unifiedapi.md.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/api-unifiedapi.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Error codes")
	table, _, _ = strings.Cut(table, "\n## ")
	var codes []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` ").FindAllStringSubmatch(table, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// contractCodes are those of contracts/unifiedapi.md and the vendor's pages.
var contractCodes = strings.Fields(`user_invalid extension_invalid access_denied internal_server_error request_not_implemented
	count_invalid startindex_invalid filterby_invalid filterop_invalid filtervalue_invalid sortorder_invalid fields_invalid
	status_invalid qag_agent_invalid
	pce_type_invalid pce_id_invalid pce_method_invalid pce_note_invalid pce_url_invalid pce_status_invalid pce_access_denied`)

// TestEveryCodeIsDocumentedAndProvoked: a code without a test, or a test's code without documentation, fails.
func TestEveryCodeIsDocumentedAndProvoked(t *testing.T) {
	provoked := map[string]bool{"internal_server_error": true, "pce_access_denied": true, // by the two tests below
		"rate_limit_exceeded": true} // by TestHourlyLimit
	for _, c := range refusals {
		provoked[c.code] = true
	}
	known := map[string]bool{}
	for _, code := range documented(t) {
		known[code] = true
		if !provoked[code] {
			t.Errorf("no test provokes %s", code)
		}
	}
	for code := range provoked {
		if !known[code] {
			t.Errorf("docs/api-unifiedapi.md does not have %s", code)
		}
	}
	for _, code := range contractCodes {
		if !known[code] || !provoked[code] {
			t.Errorf("the contract's %s: documented %v, provoked %v", code, known[code], provoked[code])
		}
	}
}

func TestInternalErrorsSayNothing(t *testing.T) {
	w := newWorld(t)
	w.ask("demo", "GET", "@me/0003*700/queue/agents", "", 200) // the token is remembered
	w.Break(errors.New("disk on fire"))
	a := w.ask("demo", "GET", "@me/0003*700/queue/agents", "", 500)
	code, message := errorOf(t, a.JSON(t))
	if code != "internal_server_error" || strings.Contains(message, "fire") || !strings.Contains(message, a.Header.Get("X-Request-Id")) {
		t.Errorf("%s %s", code, message)
	}
	if logs := w.Logs.String(); !strings.Contains(logs, "disk on fire") {
		t.Errorf("the log does not tell: %s", logs)
	}
}

func TestAnEngineThatDoesNotRunIsWorthARetry(t *testing.T) {
	w := newWorld(t)
	if err := w.Engine.Close(t.Context(), w.Org); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{"GET", "@me/@self/presence", ""}, {"PUT", "@me/0003*700/queue/agents/0003*201", `{"status":"2"}`}} {
		a := w.ask("demo", c[0], c[1], c[2], 500)
		if code, _ := errorOf(t, a.JSON(t)); code != "internal_server_error" || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s", c[1], a.Body)
		}
	}
}

func TestTooManyEventsAreDenied(t *testing.T) {
	w := newWorld(t)
	const event = `{"type":"1","method":"1","url":"https://a.example/"}`
	actor := app.Actor{Org: w.Org, Reach: "organisation"}
	of := app.Subject{Extension: app.ExtensionRef{ID: w.Extension("201")}}
	for range 100 {
		n := app.Subscription{Dialect: app.DialectUAPI, Event: app.EventHangup, Method: "GET", URL: "http://a.example/"}
		if _, err := w.App.CreateSubscription(t.Context(), actor, of, n); err != nil {
			t.Fatal(err)
		}
	}
	if code, _ := errorOf(t, w.ask("demo", "POST", "@me/0003*201/phoneCallEvents", event, 400).JSON(t)); code != "pce_access_denied" {
		t.Errorf("code %s", code)
	}
}
