package ver1_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdline/internal/api/apitest"
)

// operation is one request.
type operation struct{ method, path, body string }

// everything is every operation on the demo organisation's things, in the
// placeholders of scenario. {x} is an id of the thing, to be replaced by one that does not exist.
var everything = []operation{
	{"GET", "/client/{org}/extension/", ""},
	{"POST", "/client/{org}/extension/", `{"name":"371","type":"phone"}`},
	{"GET", "/client/{org}/agent/local/", ""},
	{"POST", "/client/{org}/agent/local/", `{"extension_id":{201}}`},
	{"GET", "/client/{org}/agent/remote/", ""},
	{"POST", "/client/{org}/agent/remote/", `{"number":"15550199"}`},
	{"GET", "/client/{org}/extension/{201}", ""},
	{"PUT", "/client/{org}/extension/{201}", `{"label":"mine"}`},
	{"DELETE", "/client/{org}/extension/{201}?force=true", ""},
	{"PUT", "/client/{org}/agent/local/{a201}", `{"status":"logged_out"}`},
	{"DELETE", "/client/{org}/agent/remote/{remote}", ""},

	{"GET", "/client/@me/extension/{201}", ""},
	{"PUT", "/client/@me/extension/{201}", `{"label":"mine"}`},
	{"DELETE", "/client/@me/extension/{201}?force=true", ""},
	{"GET", "/client/@me/agent/local/{a201}", ""},
	{"PUT", "/client/@me/agent/local/{a201}", `{"status":"logged_out"}`},
	{"DELETE", "/client/@me/agent/local/{a201}", ""},
	{"GET", "/client/@me/agent/remote/{remote}", ""},
	{"PUT", "/client/@me/agent/remote/{remote}", `{"number":"15550199"}`},
	{"DELETE", "/client/@me/agent/remote/{remote}", ""},
	{"GET", "/client/{org}/presence/", ""},
	{"GET", "/extension/{201}/sip/", ""},
	{"PUT", "/extension/{201}/sip/", `{"password":"mine-now"}`},
	{"POST", "/extension/{201}/sip/provisioning/", `{}`},
	{"GET", "/extension/{700}/queue/", ""},
	{"PUT", "/extension/{700}/queue/", `{"strategy":"random"}`},
	{"GET", "/extension/{700}/queue/status/", ""},
	{"GET", "/extension/{700}/queue/status/members/", ""},
	{"GET", "/extension/{700}/queue/agents/local/", ""},
	{"POST", "/extension/{700}/queue/agents/remote/", `{"agent_id":{remote}}`},
	{"GET", "/extension/{700}/queue/agents/local/{a201}", ""},
	{"PUT", "/extension/{700}/queue/agents/local/{a201}", `{"level":9}`},
	{"DELETE", "/extension/{700}/queue/agents/local/{a201}", ""},
	{"GET", "/extension/{701}/queue/agents/remote/", ""},
	{"GET", "/extension/{701}/queue/agents/remote/{remote}", ""},
	{"PUT", "/extension/{701}/queue/agents/remote/{remote}", `{"level":9}`},
	{"DELETE", "/extension/{701}/queue/agents/remote/{remote}", ""},
	{"GET", "/client/{org}/current_calls/", ""},
	{"GET", "/client/{org}/call_history/", ""},
	{"GET", "/client/{org}/call_history/past-1", ""},
	{"GET", "/client/@me/call_history/past-1", ""},
	{"GET", "/extension/{700}/current_calls/", ""},
	{"GET", "/extension/{700}/current_calls/live-1", ""},
	{"PUT", "/extension/{700}/current_calls/live-1", `{"action":"transfer","send_dst":"201"}`},
	{"PUT", "/extension/{700}/current_calls/live-1", `{"action":"eavesdrop","send_dst":"201"}`},
	{"PUT", "/extension/{201}/current_calls/live-1", `{"action":"pickup"}`},
	{"DELETE", "/extension/{700}/current_calls/live-1", ""},
	{"POST", "/client/{org}/agent/local/{a201}/release/", ""},
	{"POST", "/client/@me/agent/local/{a201}/release", ""},
	{"POST", "/client/@me/agent/remote/{remote}/release", ""},
	{"POST", "/client/{org}/agent/local/{a201}/ready/", ""},
	{"POST", "/client/@me/agent/local/{a201}/ready", ""},
	{"POST", "/client/@me/agent/remote/{remote}/ready", ""},
	{"GET", "/client/{org}/record/", ""},
	{"GET", "/client/@me/record/rec-1", ""},
	{"GET", "/client/@me/record/rec-1/file", ""},
	{"DELETE", "/client/@me/record/rec-1", ""},
	{"DELETE", "/client/{org}/record/rec-1", ""},
	{"GET", "/client/{org}/report/queues/", ""},
	{"GET", "/client/{org}/report/agents/", ""},
	{"GET", "/client/{org}/report/ratings/", ""},
	{"GET", "/client/{org}/rating/", ""},
	{"GET", "/client/{org}/agent/local/{a201}/event/{agentevent}", ""},
	{"POST", "/client/@me/agent/local/{a201}/event", `{"url":"http://h.test/","method":"GET","event_type":"agent-login"}`},
	{"GET", "/client/@me/agent/local/{a201}/event/{agentevent}/secret", ""},
	{"GET", "/client/@me/agent/local/{a201}/event/{agentevent}/deliveries", ""},
	{"DELETE", "/client/@me/agent/local/{a201}/event/{agentevent}", ""},
	{"GET", "/client/@me/agent/remote/{remote}/event", ""},
	{"GET", "/extension/{700}/event/", ""},
	{"POST", "/extension/{700}/event/", `{"url":"http://h.test/","method":"GET","event_type":"hangup"}`},
	{"GET", "/extension/{700}/event/{event}", ""},
	{"PUT", "/extension/{700}/event/{event}", `{"url":"http://h.test/"}`},
	{"DELETE", "/extension/{700}/event/{event}", ""},
	{"GET", "/extension/{700}/event/{event}/secret/", ""},
	{"POST", "/extension/{700}/event/{event}/secret/", ""},
	{"POST", "/extension/{700}/event/{event}/test/", ""},
	{"POST", "/extension/{700}/event/{event}/replay/", `{"start_datetime":"2020-01-01","end_datetime":"2030-01-01"}`},
	{"GET", "/extension/{700}/event/{event}/deliveries/", ""},
	{"GET", "/extension/{700}/event/{event}/deliveries/{delivery}", ""},
	{"POST", "/extension/{700}/event/{event}/deliveries/{delivery}/replay/", ""},
	{"GET", "/client/{org}/event/", ""},
	{"GET", "/client/@me/event/{event}", ""},
	{"PUT", "/client/@me/event/{event}", `{"enabled":false}`},
	{"DELETE", "/client/@me/event/{agentevent}", ""},
	{"GET", "/client/@me/event/{event}/secret/", ""},
	{"POST", "/client/@me/event/{event}/secret/", ""},
	{"POST", "/client/@me/event/{event}/test/", ""},
	{"GET", "/client/@me/event/{event}/deliveries/{delivery}", ""},
	// By number the demo's things are as far away.
	{"GET", "/client/@me/extension/@201", ""},
	{"GET", "/extension/@0003*700/queue/", ""},
	{"PUT", "/extension/@700/queue/", `{"strategy":"random"}`},
}

// shared is what is the whole organisation's: a user's application reads it and changes nothing.
var shared = []operation{
	{"GET", "/client/{org}/sound/{sound}", ""},
	{"GET", "/client/@me/sound/{sound}", ""},
	{"GET", "/client/@me/sound/{sound}/file", ""},
	{"PUT", "/client/@me/sound/{sound}", `{"title":"mine"}`},
	{"DELETE", "/client/@me/sound/{sound}", ""},
}

// A stranger's answer must be the same whether the thing exists elsewhere or
// not, and leave everything as it is.
func TestStrangersLearnAndChangeNothing(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	past(t, d)
	withEvents(t, d)
	before := snapshot(t, d)
	for _, c := range slices.Concat(everything, shared) {
		t.Run(c.method+c.path, func(t *testing.T) {
			got := d.Do(c.method, "/api/ver1.0"+expand(d, c.path), d.Tokens["stranger"], expand(d, c.body))
			want, word := 404, "not_found"
			if strings.Contains(c.path, "{org}") {
				want, word = 403, "access_denied"
			}
			if got.Status != want {
				t.Fatalf("status %d, want %d: %s", got.Status, want, got.Body)
			}
			checkError(t, got, word, "")
			unreal := d.Do(c.method, "/api/ver1.0"+missing(d, c.path), d.Tokens["stranger"], missing(d, c.body))
			if real, unreal := blank(got.Body), blank(unreal.Body); real != unreal {
				t.Errorf("what exists elsewhere answers\n%s\nwhat exists nowhere\n%s", real, unreal)
			}
		})
	}
	if after := snapshot(t, d); after != before {
		t.Errorf("a stranger changed something:\n%s\nwas\n%s", after, before)
	}
	// The strangers' own lists are empty.
	for _, path := range []string{"/client/@me/extension/", "/client/@me/agent/local/", "/client/@me/agent/remote/", "/client/@me/current_calls/",
		"/client/@me/record/", "/client/@me/sound/", "/client/@me/report/queues/", "/client/@me/report/agents/?interval=day",
		"/client/@me/report/ratings/", "/client/@me/rating/"} {
		got := d.Do("GET", "/api/ver1.0"+path, d.Tokens["stranger"], "")
		if got.Status != 200 || strings.TrimSpace(string(got.Body)) != "[]" || got.Header.Get("X-Total-Count") != "0" {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}

// An application of a user who owns nothing sees the organisation as a stranger does.
func TestAUsersApplicationSeesOnlyTheUsersThings(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	past(t, d)
	withEvents(t, d)
	before := snapshot(t, d)
	for _, c := range shared {
		want := 403
		if c.method == "GET" {
			want = 200
		}
		if got := d.Do(c.method, "/api/ver1.0"+expand(d, c.path), d.Tokens["user"], expand(d, c.body)); got.Status != want {
			t.Errorf("%s %s: status %d: %s", c.method, c.path, got.Status, got.Body)
		}
	}
	body, header := form(t, "title", "mine", "file", wav)
	for _, path := range []string{"/client/@me/sound/", "/client/@me/sound/{sound}"} {
		if got := d.Do("POST", "/api/ver1.0"+expand(d, path), d.Tokens["user"], body, header); got.Status != 403 {
			t.Errorf("a user's application posted to %s: %d", path, got.Status)
		}
	}
	if got := d.Do("POST", "/api/ver1.0"+expand(d, "/client/@me/sound/{sound}"), d.Tokens["stranger"], body, header); got.Status != 404 {
		t.Errorf("a stranger replaced a sound: %d", got.Status)
	}
	for _, c := range everything {
		if strings.HasPrefix(c.path, "/client/") && strings.HasSuffix(c.path, "/") {
			continue // the client's own lists, see below
		}
		got := d.Do(c.method, "/api/ver1.0"+expand(d, c.path), d.Tokens["user"], expand(d, c.body))
		if got.Status != 404 {
			t.Errorf("%s %s: status %d: %s", c.method, c.path, got.Status, got.Body)
		}
	}
	for _, path := range []string{"/client/@me/extension/", "/client/@me/agent/local/", "/client/@me/current_calls/", "/client/@me/report/queues/",
		"/client/@me/report/agents/?interval=hour", "/client/@me/report/ratings/"} {
		if got := d.Do("GET", "/api/ver1.0"+path, d.Tokens["user"], ""); strings.TrimSpace(string(got.Body)) != "[]" {
			t.Errorf("%s: %s", path, got.Body)
		}
	}
	if got := d.Do("POST", "/api/ver1.0/client/@me/agent/remote/", d.Tokens["user"], `{"number":"15550199"}`); got.Status != 403 {
		t.Errorf("a user's application made a remote agent: %d", got.Status)
	}
	if after := snapshot(t, d); after != before {
		t.Errorf("something changed:\n%s\nwas\n%s", after, before)
	}

	// What it makes is the user's, and it may do with it what it likes.
	made := d.Do("POST", "/api/ver1.0/client/@me/extension/", d.Tokens["user"], `{"name":"301","type":"phone"}`)
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	id := fmt.Sprint(made.JSON(t)["id"])
	if got := d.Do("POST", "/api/ver1.0/client/@me/agent/local/", d.Tokens["user"], `{"extension_id":`+id+`}`); got.Status != 201 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	for _, path := range []string{"/client/@me/extension/?page=1&per_page=1", "/client/@me/agent/local/"} {
		if got := d.Do("GET", "/api/ver1.0"+path, d.Tokens["user"], ""); got.Header.Get("X-Total-Count") != "1" {
			t.Errorf("%s: %s of %s", path, got.Body, got.Header.Get("X-Total-Count"))
		}
	}
}

// An administrator's application names any organisation's things.
func TestAnAdministratorReachesEveryClient(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	do := func(method, path, body string, status int) apitest.Answer {
		t.Helper()
		got := d.Do(method, "/api/ver1.0"+expand(d, path), d.Tokens["admin"], expand(d, body))
		if got.Status != status {
			t.Fatalf("%s %s: status %d: %s", method, path, got.Status, got.Body)
		}
		return got
	}
	made := do("POST", "/client/{other}/extension/", `{"name":"700","type":"queue"}`, 201).JSON(t)
	if made["name"] != "0009*700" || made["client_id"] != float64(d.Stranger) {
		t.Errorf("made %v", made)
	}
	id := fmt.Sprint(made["id"])
	do("PUT", "/extension/"+id+"/queue/", `{"strategy":"random"}`, 200)
	agent := do("POST", "/client/{other}/agent/remote/", `{"number":"15550199"}`, 201).JSON(t)
	do("POST", "/extension/"+id+"/queue/agents/remote/", fmt.Sprintf(`{"agent_id":%v}`, agent["id"]), 201)
	do("GET", "/extension/"+id+"/queue/status/", "", 200)
	if got := d.Do("GET", "/api/ver1.0/extension/"+id+"/queue/agents/remote/", d.Tokens["stranger"], ""); got.Status != 200 || len(got.Body) < 10 {
		t.Errorf("the client does not see what was made for it: %d %s", got.Status, got.Body)
	}
	// An agent of one client never joins another's queue.
	if got := d.Do("POST", "/api/ver1.0/extension/"+id+"/queue/agents/local/", d.Tokens["admin"], expand(d, `{"agent_id":{a201}}`)); got.Status != 404 {
		t.Errorf("a foreign agent was added: %d %s", got.Status, got.Body)
	}
}

// missing replaces every placeholder of a thing by an id that exists nowhere.
func missing(d *apitest.Demo, s string) string {
	s = strings.NewReplacer("{201}", "987654", "{700}", "987654", "{701}", "987654", "{a201}", "987654", "{remote}", "987654",
		"{sound}", "987654", "{event}", "987654", "{agentevent}", "987654", "{delivery}", "987654", "past-1", "past-9", "rec-1", "rec-9", "live-1", "live-9",
		"@201", "@987654", "@0003*700", "@0003*987654", "@700", "@987654", "{org}", "987654").Replace(s)
	return expand(d, s)
}

// blank takes the digits out of an answer: they repeat the ids that were asked for.
func blank(body []byte) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, string(body))
}

// snapshot reads everything the demo organisation has.
func snapshot(t *testing.T, d *apitest.Demo) string {
	t.Helper()
	var b strings.Builder
	for _, c := range slices.Concat(everything, shared) {
		if c.method != "GET" {
			continue
		}
		got := d.Do("GET", "/api/ver1.0"+expand(d, c.path), d.Tokens["demo"], "")
		if got.Status != 200 {
			t.Fatalf("%s: %d %s", c.path, got.Status, got.Body)
		}
		fmt.Fprintf(&b, "%s %s\n", c.path, got.Body)
	}
	fmt.Fprintln(&b, d.Engine.Orders())
	e, _, _ := d.Directory.Extension(d.Org, d.Extension("201"))
	fmt.Fprintln(&b, e.HA1MD5)
	return b.String()
}
