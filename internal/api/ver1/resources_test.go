package ver1_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api/apitest"
	"holdline/internal/auth"
)

// client sends requests of one application and fails the test on another status than expected.
type client struct {
	t  *testing.T
	d  *apitest.Demo
	as string
}

func demo(t *testing.T) client { return client{t, apitest.NewDemo(t, nil), "demo"} }

func (c client) send(method, path, body string, status int) apitest.Answer {
	c.t.Helper()
	got := c.d.Do(method, "/api/ver1.0"+expand(c.d, path), c.d.Tokens[c.as], expand(c.d, body))
	if got.Status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.Status, status, got.Body)
	}
	return got
}

func (c client) get(path string) map[string]any {
	c.t.Helper()
	return c.send("GET", path, "", 200).JSON(c.t)
}

func (c client) put(path, body string) map[string]any {
	c.t.Helper()
	return c.send("PUT", path, body, 200).JSON(c.t)
}

func (c client) list(path string) []map[string]any {
	c.t.Helper()
	var v []map[string]any
	got := c.send("GET", path, "", 200)
	if err := json.Unmarshal(got.Body, &v); err != nil || v == nil {
		c.t.Fatalf("%s: %v in %s", path, err, got.Body)
	}
	return v
}

func (c client) want(what string, got map[string]any, fields ...any) {
	c.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		name, want := fields[i].(string), fields[i+1]
		if n, ok := want.(int); ok {
			want = float64(n)
		}
		if got[name] != want {
			c.t.Errorf("%s: %s is %v, want %v", what, name, got[name], want)
		}
	}
}

func TestExtensionsLiveAndDie(t *testing.T) {
	c := demo(t)
	made := c.send("POST", "/client/@me/extension/", `{"name":"0003*370","type":"phone","status":"blocked","label":"<b> & \"ü\"","dial_rule_id":7}`, 201).JSON(t)
	c.want("made", made, "name", "0003*370", "status", "blocked", "label", `<b> & "ü"`, "dial_rule_id", 7, "domain", "demo.local",
		"create_date", "2020-03-16 12:11:13", "client_id", int(c.d.Org), "ani_rfc3325", false, "caller_id_name", nil, "type", "phone")
	if len(made) != 16 {
		t.Errorf("%d fields: %v", len(made), made)
	}
	path := fmt.Sprint("/client/@me/extension/", made["id"])
	c.want("changed", c.put(path, `{"caller_id_name":"Reception","status":"active","ani_rfc3325":true}`),
		"caller_id_name", "Reception", "status", "active", "ani_rfc3325", true, "label", `<b> & "ü"`, "dial_rule_id", 7)
	c.want("cleared", c.put(path, `{"caller_id_name":null,"dial_rule_id":null}`), "caller_id_name", nil, "dial_rule_id", nil, "ani_rfc3325", true)
	c.want("by number", c.get("/client/@me/extension/@370"), "id", int(made["id"].(float64)))

	// What was got may be sent back as it is.
	whole := c.send("GET", path, "", 200)
	if again := c.send("PUT", path, string(whole.Body), 200); string(again.Body) != string(whole.Body) {
		t.Errorf("sent back:\n%s\nanswer\n%s", whole.Body, again.Body)
	}
	if e, _, ok := c.d.Directory.Extension(c.d.Org, int64(made["id"].(float64))); !ok || e.Blocked || !e.ANIRFC3325 {
		t.Errorf("the directory has %+v, %v", e, ok)
	}
	c.send("DELETE", path, "", 204)
	c.send("GET", path, "", 404)
	c.send("DELETE", path, "", 404)
	if _, _, ok := c.d.Directory.Extension(c.d.Org, int64(made["id"].(float64))); ok {
		t.Error("the directory still has the deleted extension")
	}
}

func TestExtensionListFiltersAndPages(t *testing.T) {
	c := demo(t)
	names := func(path string) string {
		var all []string
		for _, e := range c.list(path) {
			all = append(all, strings.TrimPrefix(e["name"].(string), "0003*"))
		}
		return strings.Join(all, " ")
	}
	for path, want := range map[string]string{
		"":                                "700 701 201 202 203 204 205",
		"?type=queue":                     "700 701",
		"?type=phone&per_page=2":          "201 202",
		"?type=phone&per_page=2&page=3":   "205",
		"?type=phone&per_page=2&page=4":   "",
		"?name=203":                       "203",
		"?name=0003*203":                  "203",
		"?name=0003%2A203":                "203",
		"?name=0009*203":                  "",
		"?name=20":                        "",
		"?page=1000000000":                "",
		"?unknown=parameters&are=ignored": "700 701 201 202 203 204 205",
	} {
		if got := names("/client/@me/extension/" + path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"?per_page=2": "7", "?type=phone&page=9": "5", "?name=999": "0"} {
		if got := c.send("GET", "/client/@me/extension/"+path, "", 200).Header.Get("X-Total-Count"); got != want {
			t.Errorf("%s: X-Total-Count %s, want %s", path, got, want)
		}
	}
}

func TestDeletingWhatIsInUse(t *testing.T) {
	c := demo(t)
	agent := expand(c.d, "/client/@me/agent/local/{a201}")
	members := expand(c.d, "/extension/{701}/queue/agents/local/")
	c.send("DELETE", "/client/@me/extension/{201}?force=true", "", 204)
	c.send("GET", agent, "", 404)
	if n := len(c.list(members)); n != 4 {
		t.Errorf("%d local agents are left in Support; want 4", n)
	}
	queue := c.d.Extension("700")
	c.send("DELETE", "/client/@me/extension/{700}?force=1", "", 204)
	c.send("GET", fmt.Sprintf("/extension/%d/queue/", queue), "", 404)
	if target := c.d.Directory.ResolveDID(c.d.Org, "15550700"); target.Extension != 0 {
		t.Errorf("the number of the deleted queue leads to %+v", target)
	}
	err := c.d.Engine.Read(t.Context(), c.d.Org, func(e *acd.Engine, _ acd.Time) {
		if _, ok := e.QueueView(acd.QueueID(queue)); ok {
			t.Error("the engine still has the queue")
		}
	})
	if err != nil {
		t.Error(err)
	}
	// Agents survive their queue.
	if n := len(c.list("/client/@me/agent/local/")); n != 4 {
		t.Errorf("%d local agents are left; want 4", n)
	}
}

func TestSIPCredentials(t *testing.T) {
	c := demo(t)
	got := c.get("/extension/{201}/sip/")
	c.want("account", got, "username", "0003*201", "domain", "demo.local")
	if _, shown := got["password"]; shown || fmt.Sprint(got["transport"]) != "[udp tcp]" {
		t.Errorf("account %v", got)
	}
	ha1 := func() string {
		e, _, _ := c.d.Directory.Extension(c.d.Org, c.d.Extension("201"))
		return e.HA1MD5 + e.HA1SHA256
	}
	md5, sha := auth.HA1("0003*201", "demo.local", "demo-201")
	if ha1() != md5+sha {
		t.Error("the demo password is not demo-201")
	}
	c.want("set", c.put("/extension/@201/sip", `{"password":"correct horse"}`), "password", "correct horse", "username", "0003*201")
	md5, sha = auth.HA1("0003*201", "demo.local", "correct horse")
	if ha1() != md5+sha {
		t.Error("the directory does not know the new password")
	}
	if got := c.put("/extension/{201}/sip/", `{}`); got["password"] != nil || ha1() != md5+sha {
		t.Errorf("leaving the password out answers %v", got)
	}
	made, _ := c.put("/extension/{201}/sip/", `{"password":null}`)["password"].(string)
	if md5, sha = auth.HA1("0003*201", "demo.local", made); len(made) < 12 || ha1() != md5+sha {
		t.Errorf("the password made up is %q", made)
	}
	// Changing other fields keeps it.
	c.put("/client/@me/extension/{201}", `{"label":"x"}`)
	if ha1() != md5+sha {
		t.Error("another change lost the password")
	}
}

func TestQueueConfiguration(t *testing.T) {
	c := demo(t)
	made := c.send("POST", "/client/@me/extension/", `{"name":"702","type":"queue"}`, 201).JSON(t)
	path := fmt.Sprintf("/extension/%v/queue/", made["id"])
	got := c.get(path)
	c.want("defaults", got, "extension_id", int(made["id"].(float64)), "strategy", "ring-all", "tier_rules_apply", false, "tier_rule_wait_second", 0,
		"sound_type", "ring", "sound", nil, "max_wait_time", 0, "exit_with_no_av_agents", true, "agent_report_wait_time", true,
		"record_enabled", false, "exit_key", nil, "agent_hangup_action", nil,
		"tier_rule_clock", "offer", "ring_progressively_delay", 10, "abandoned_resume_allowed", false, "discard_abandoned_after", 60,
		"announce_position", false, "announce_wait", false, "language", "en")
	if len(got) != 23+7 {
		t.Errorf("%d fields; want the vendor's 23 and 7 more", len(got))
	}
	for _, strategy := range []string{"ring-all", "ring-progressively", "longest-idle-agent", "agent-with-least-talk-time", "agent-with-fewest-calls",
		"sequentially-by-agent-order", "top-down", "round-robin", "random"} {
		c.want("strategy", c.put(path, `{"strategy":"`+strategy+`"}`), "strategy", strategy)
	}
	all := `{"strategy":"top-down","tier_rules_apply":true,"tier_rule_wait_second":86400,"tier_rule_wait_multiply_level":true,"sound_type":"music",
		"announce_frequency":15,"max_wait_time":1800,"timeout_transfer_dst":"333","max_wait_time_with_no_agent":60,"no_agent_timeout_transfer_dst":"0003*201",
		"exit_with_no_av_agents":false,"exit_key":"#","exit_transfer_dst":"+4930123456","record_enabled":true,"agent_report_wait_time":false,
		"agent_hangup_action":"transfer","agent_hangup_transfer_dst":"333","append_to_cid_name_on_transfer":"[Sales]"}`
	var sent map[string]any
	if err := json.Unmarshal([]byte(all), &sent); err != nil {
		t.Fatal(err)
	}
	c.put(path, all)
	for name, value := range sent {
		c.want("read back", c.get(path), name, value)
	}
	c.want("cleared", c.put(path, `{"exit_key":null,"timeout_transfer_dst":null,"exit_transfer_dst":"","announce_sound":0}`),
		"exit_key", nil, "timeout_transfer_dst", nil, "exit_transfer_dst", nil, "announce_sound", nil, "strategy", "top-down")
	c.want("no transfer", c.put(path, `{"agent_hangup_action":null}`), "agent_hangup_action", nil, "agent_hangup_transfer_dst", nil)
}

// With sound_type ring a sound that is sent is ignored, whatever it is, and a stored one is cleared.
func TestRingbackClearsTheMusic(t *testing.T) {
	s := apitest.New(t, nil)
	pageWorld(s)
	const token = "8SNsrS0jV35vfmKqKeKtRrHfpbg4UX"
	for i, step := range []struct {
		method, path, body string
		sound              any
	}{
		{"POST", "/client/@me/extension/", `{"name":"370","type":"queue"}`, nil},
		{"PUT", "/extension/@370/queue/", `{"sound":36}`, nil},
		{"PUT", "/extension/@370/queue/", `{"sound":999}`, nil},
		{"PUT", "/extension/@370/queue/", `{"sound":36,"sound_type":"music"}`, 36.0},
		{"PUT", "/extension/@370/queue/", `{"max_wait_time":5}`, 36.0},
		{"PUT", "/extension/@370/queue/", `{"sound_type":"ring"}`, nil},
		{"PUT", "/extension/@370/queue/", `{"sound_type":"music"}`, nil},
	} {
		got := s.Do(step.method, "/api/ver1.0"+step.path, token, step.body)
		if got.Status >= 300 || i > 0 && got.JSON(t)["sound"] != step.sound {
			t.Errorf("%s: %d %s; want sound %v", step.body, got.Status, got.Body, step.sound)
		}
	}
}

func TestAgentsLiveAndDie(t *testing.T) {
	c := demo(t)
	phone := c.send("POST", "/client/@me/extension/", `{"name":"206","type":"phone"}`, 201).JSON(t)
	local := c.send("POST", "/client/@me/agent/local", fmt.Sprintf(`{"extension_id":%v}`, phone["id"]), 201).JSON(t)
	c.want("local", local, "extension_id", int(phone["id"].(float64)), "name", nil, "status", "available", "call_timeout", 60,
		"busy_delay_time", 10, "no_answer_delay_time", 10, "reject_delay_time", 10, "wrap_up_time", 0, "extra_params", nil,
		"max_no_answer", 0, "pause_reason", nil)
	remote := c.send("POST", "/client/@me/agent/remote", `{"number":"+15550199","name":"Night","status":"logged_out","extra_params":"{\"a\":1}"}`, 201).JSON(t)
	c.want("remote", remote, "number", "+15550199", "name", "Night", "status", "logged_out", "extra_params", `{"a":1}`)
	if len(local) != 10+2 || len(remote) != 10+2 || remote["id"] != local["id"].(float64)+1 {
		t.Errorf("local %v, remote %v: the vendor's ten fields and two more each, ids of one sequence", local, remote)
	}
	path := fmt.Sprint("/client/@me/agent/remote/", remote["id"])
	c.want("changed", c.put(path, `{"number":"15550198","name":null,"wrap_up_time":86400,"status":"on_break"}`),
		"number", "15550198", "name", nil, "wrap_up_time", 86400, "status", "on_break", "extra_params", `{"a":1}`)
	c.want("read back", c.get(path), "status", "on_break", "number", "15550198")
	c.send("DELETE", path+"?remove_from_queues=false", "", 204)
	c.send("GET", path, "", 404)

	ids := func(query string) (n int) { return len(c.list("/client/@me/agent/local/" + query)) }
	if ids("") != 6 || ids("?extension_id={201}") != 1 || ids("?extension_id={201}&extension_id={205}&extension_id=999") != 2 || ids("?per_page=4&page=2") != 2 {
		t.Error("the list's filter or paging is wrong")
	}
	c.send("DELETE", "/client/@me/agent/local/{a205}", "", 204)
	if n := len(c.list("/extension/{700}/queue/agents/local/")); n != 4 {
		t.Errorf("%d agents left in Sales; want 4", n)
	}
}

// The agent's status is derived from its memberships, set on all of them, and
// its default takes over when it is in no queue.
func TestAgentStatus(t *testing.T) {
	c := demo(t)
	agent := expand(c.d, "/client/@me/agent/local/{a201}")
	status := func(queue string) acd.Status {
		var is acd.Status
		err := c.d.Engine.Read(t.Context(), c.d.Org, func(e *acd.Engine, _ acd.Time) {
			v, _ := e.AgentView(c.d.Agent("201"))
			for _, m := range v.Memberships {
				if m.Queue == acd.QueueID(c.d.Extension(queue)) {
					is = m.Status
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	apply := func(in acd.SetStatus) {
		t.Helper()
		in.Agent = c.d.Agent("201")
		if _, err := c.d.Engine.Apply(t.Context(), c.d.Org, in); err != nil {
			t.Fatal(err)
		}
	}
	c.want("demo", c.get(agent), "status", "available")
	for _, step := range []struct {
		word string
		want acd.Status
	}{{"logged_out", acd.LoggedOut}, {"on_break", acd.Paused}, {"available", acd.Online}} {
		c.want("put", c.put(agent, `{"status":"`+step.word+`"}`), "status", step.word)
		if status("700") != step.want || status("701") != step.want {
			t.Errorf("%s: memberships %v, %v", step.word, status("700"), status("701"))
		}
	}
	apply(acd.SetStatus{Queue: acd.QueueID(c.d.Extension("700")), Status: acd.Paused})
	c.want("one paused", c.get(agent), "status", "available")
	apply(acd.SetStatus{Queue: acd.QueueID(c.d.Extension("701")), Status: acd.LoggedOut})
	c.want("one paused, one out", c.get(agent), "status", "on_break")
	c.want("other fields leave the status", c.put(agent, `{"wrap_up_time":3}`), "status", "on_break")
	if status("700") != acd.Paused || status("701") != acd.LoggedOut {
		t.Error("a change of another field changed statuses")
	}
	// Who is on a break is on a break in a queue added now, too.
	c.send("DELETE", "/extension/{701}/queue/agents/local/{a201}", "", 204)
	c.send("POST", "/extension/{701}/queue/agents/local/", `{"agent_id":{a201},"level":1,"position":9}`, 201)
	if status("701") != acd.Paused {
		t.Errorf("joined as %v; want paused", status("701"))
	}
	// In no queue only the default is left: what PUT status said last.
	c.put(agent, `{"status":"logged_out"}`)
	c.send("DELETE", "/extension/{700}/queue/agents/local/{a201}", "", 204)
	c.send("DELETE", "/extension/{701}/queue/agents/local/{a201}", "", 204)
	c.want("in no queue", c.get(agent), "status", "logged_out")
	c.want("in no queue, set", c.put(agent, `{"status":"available"}`), "status", "available")
	c.send("POST", "/extension/{701}/queue/agents/local/", `{"agent_id":{a201}}`, 201)
	if status("701") != acd.Online {
		t.Errorf("joined as %v; want online", status("701"))
	}
}

func TestAgentsInQueues(t *testing.T) {
	c := demo(t)
	order := func() string {
		var all []string
		for _, m := range c.list("/extension/@700/queue/agents/local/") {
			all = append(all, fmt.Sprintf("%v/%v/%v", m["level"], m["position"], m["agent_id"]))
		}
		return strings.Join(all, " ")
	}
	if got, want := order(), expand(c.d, "1/1/{a201} 1/2/{a202} 1/3/{a203} 2/1/{a204} 2/2/{a205}"); got != want {
		t.Errorf("Sales has %s; want %s", got, want)
	}
	got := c.send("POST", "/extension/{700}/queue/agents/remote/", `{"agent_id":{remote}}`, 201).JSON(t)
	c.want("added", got, "agent_id", int(c.d.Agent("")), "level", 0, "position", 0)
	if len(got) != 3 {
		t.Errorf("fields %v", got)
	}
	c.want("moved", c.put("/extension/{700}/queue/agents/remote/{remote}", `{"agent_id":{remote},"level":7}`), "level", 7, "position", 0)
	c.want("moved again", c.put("/extension/{700}/queue/agents/remote/{remote}", `{"position":3}`), "level", 7, "position", 3)
	c.want("read back", c.get("/extension/{700}/queue/agents/remote/{remote}"), "level", 7, "position", 3)
	c.send("DELETE", "/extension/{700}/queue/agents/remote/{remote}", "", 204)
	c.send("DELETE", "/extension/{700}/queue/agents/remote/{remote}", "", 404)
	if n := len(c.list("/extension/{700}/queue/agents/remote/")); n != 0 {
		t.Errorf("%d remote agents left", n)
	}
	if got := c.send("GET", "/extension/{700}/queue/agents/local/?per_page=2&page=3", "", 200); got.Header.Get("X-Total-Count") != "5" {
		t.Errorf("X-Total-Count %s", got.Header.Get("X-Total-Count"))
	}
}

func TestCallersOfAQueue(t *testing.T) {
	c := demo(t)
	// All but one agent leave; the one left has no phone registered, so callers wait.
	for _, n := range []string{"201", "202", "203", "204"} {
		c.put("/client/@me/agent/local/{a"+n+"}", `{"status":"logged_out"}`)
	}
	c.want("empty", c.get("/extension/{700}/queue/status/"), "answered_members", 0, "trying_members", 0, "waiting_members", 0)
	if n := len(c.list("/extension/{700}/queue/status/members/")); n != 0 {
		t.Errorf("%d callers in an empty queue", n)
	}
	sales := acd.QueueID(c.d.Extension("700"))
	apply := func(in ...acd.Input) {
		t.Helper()
		if _, err := c.d.Engine.Apply(t.Context(), c.d.Org, in...); err != nil {
			t.Fatal(err)
		}
	}
	apply(acd.CallerJoined{Call: "one", Queue: sales, Number: "493012345678"})
	c.d.Clock.Advance(30 * time.Second)
	apply(acd.CallerJoined{Call: "two", Queue: sales, Number: "0003*201", Name: "Dana"})
	c.d.Clock.Advance(12*time.Second + 900*time.Millisecond)
	c.want("waiting", c.get("/extension/{700}/queue/status/"), "answered_members", 0, "trying_members", 0, "waiting_members", 2)
	callers := c.list("/extension/{700}/queue/status/members/")
	if len(callers) != 2 || len(callers[0]) != 6+2 {
		t.Fatalf("callers %v", callers)
	}
	c.want("longest wait", callers[0], "call_api_id", "one", "joined_datetime", "2020-03-16 12:11:13", "number", "493012345678",
		"serving_agent", "", "state", "Waiting", "wait_time", 42, "position", 1, "estimated_wait", nil)
	c.want("the other", callers[1], "call_api_id", "two", "number", "0003*201", "state", "Waiting", "wait_time", 12)

	apply(acd.SetReachable{Agent: c.d.Agent("205"), Reachable: true})
	var offer acd.OfferID
	for _, cmd := range c.d.Engine.Commands() {
		if cmd.Kind == acd.CmdOffer && cmd.Call == "one" {
			offer = cmd.Offer
		}
	}
	if offer == 0 {
		t.Fatal("nobody was offered to the first caller")
	}
	apply(acd.OfferRinging{Offer: offer})
	c.want("trying", c.list("/extension/{700}/queue/status/members/")[0], "state", "Trying", "serving_agent", "0003*205")
	apply(acd.OfferAnswered{Offer: offer})
	c.d.Clock.Advance(time.Minute)
	c.want("answered", c.get("/extension/{700}/queue/status/"), "answered_members", 1, "trying_members", 0, "waiting_members", 1)
	callers = c.list("/extension/{700}/queue/status/members/?per_page=1&page=1")
	c.want("longest wait now", callers[0], "call_api_id", "two", "wait_time", 72)
	callers = c.list("/extension/{700}/queue/status/members/?per_page=1&page=2")
	c.want("answered", callers[0], "call_api_id", "one", "state", "Answered", "serving_agent", "0003*205", "wait_time", 42)
}
