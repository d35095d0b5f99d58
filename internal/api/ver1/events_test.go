package ver1_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/store"
)

// withEvents gives the demo organisation an event of Sales ("{event}") with a
// delivery that was taken at the second attempt ("{delivery}"), and one of
// agent 201 ("{agentevent}").
func withEvents(t *testing.T, d *apitest.Demo) {
	t.Helper()
	at := acd.TimeOf(d.Clock.Now())
	d.Update(func(ctx context.Context, tx store.Tx) error {
		calls := store.Subscription{OrgID: d.Org, Key: strings.Repeat("k", 32), Dialect: store.DialectVer1, Extension: d.Extension("700"), Event: store.EventHangup,
			Method: "POST", URL: "https://crm.test/calls", Enabled: true, Secret: "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", Created: at, Modified: at}
		if err := tx.Subscriptions.Create(ctx, &calls); err != nil {
			return err
		}
		agent := calls
		agent.Key, agent.Extension, agent.Agent, agent.Event = strings.Repeat("a", 32), 0, d.Agent("201"), store.EventAgentLogin
		if err := tx.Subscriptions.Create(ctx, &agent); err != nil {
			return err
		}
		rows := []store.Delivery{{OrgID: d.Org, Subscription: calls.ID, Key: "delivery-1", Event: store.EventHangup, Seq: 7, Happened: at, Created: at,
			Form: "EventType=hangup", State: store.DeliveryPending, Due: at}}
		if err := tx.Deliveries.Add(ctx, d.Org, rows); err != nil {
			return err
		}
		try := store.Attempt{Delivery: rows[0].ID, Number: 1, At: at, Took: 1234567 * time.Microsecond, Method: "POST", URL: calls.URL, Status: 503,
			Answer: "busy", Problem: "the receiver answered 503", State: store.DeliveryPending, Due: at.Add(time.Second)}
		again := try
		again.Number, again.At, again.Status, again.Answer, again.Problem, again.State = 2, at.Add(time.Second), 200, "", "", store.DeliveryDelivered
		return tx.Deliveries.Record(ctx, []store.Attempt{try, again})
	})
}

// eventIDs are the ids of what withEvents made.
func eventIDs(d *apitest.Demo, name string) string {
	of := app.Subject{Extension: app.ExtensionRef{Number: "700"}}
	if name == "agentevent" {
		of = app.Subject{Agent: app.AgentRef{ID: d.Agent("201")}}
	}
	whole := app.Actor{Org: d.Org, Reach: store.ReachOrganisation}
	list, _, _ := d.App.ListSubscriptions(context.Background(), whole, of, app.SubscriptionFilter{})
	if len(list) == 0 {
		return "0"
	}
	if name != "delivery" {
		return fmt.Sprint(list[0].ID)
	}
	rows, _, _ := d.App.ListDeliveries(context.Background(), whole, of, app.SubscriptionRef{ID: list[0].ID}, app.DeliveryFilter{})
	if len(rows) == 0 {
		return "0"
	}
	return fmt.Sprint(rows[0].ID)
}

// Agent events: the reference page's example, with exactly its fields.
func TestAgentEventOfTheReferencePage(t *testing.T) {
	c := demo(t)
	for _, agent := range []string{"/client/@me/agent/local/{a201}", "/client/@me/agent/remote/{remote}"} {
		body := `{"url":"https://somehost.com/fordel/show.php","method":"GET","event_type":"agent-login"}`
		made := c.send("POST", agent+"/event/", body, 201)
		id := fmt.Sprint(made.JSON(t)["id"])
		if want := `{"id":` + id + `,"url":"https://somehost.com/fordel/show.php","method":"GET","event_type":"agent-login"}`; strings.TrimSpace(string(made.Body)) != want {
			t.Errorf("made %s\nwant %s", made.Body, want)
		}
		if got := c.send("GET", agent+"/event/"+id, "", 200); string(got.Body) != string(made.Body) {
			t.Errorf("shown as %s, made as %s", got.Body, made.Body)
		}
		c.want("changed", c.put(agent+"/event/"+id, `{"event_type":"agent-logout"}`), "event_type", "agent-logout", "method", "GET", "id", made.JSON(t)["id"])
		if list := c.list(agent + "/event/"); len(list) != 1 {
			t.Errorf("the list is %v", list)
		}
		c.send("DELETE", agent+"/event/"+id, "", 204)
		c.send("GET", agent+"/event/"+id, "", 404)
		if list := c.list(agent + "/event/"); len(list) != 0 {
			t.Errorf("after the deletion the list is %v", list)
		}
	}
	changed, _ := c.d.Outbox.Told()
	if len(changed) != 6 {
		t.Errorf("the outbox was told of %d changes, want 6", len(changed))
	}
}

func TestExtensionEvents(t *testing.T) {
	c := demo(t)
	for _, extension := range []string{"/extension/{700}", "/extension/@201"} {
		for _, kind := range []string{"dial-in", "dial-out", "answer", "hangup"} {
			c.send("POST", extension+"/event", `{"url":"http://h.test:8080/a?b=c","method":"POST","event_type":"`+kind+`"}`, 201)
		}
		if got := c.send("GET", extension+"/event/?per_page=3&page=2", "", 200); got.Header.Get("X-Total-Count") != "4" || strings.Count(string(got.Body), "hangup") != 1 {
			t.Errorf("page 2 is %s of %s", got.Body, got.Header.Get("X-Total-Count"))
		}
	}
	// What is one extension's is not another's, nor an agent's.
	id := fmt.Sprint(c.list("/extension/{700}/event/")[0]["id"])
	c.send("GET", "/extension/{201}/event/"+id, "", 404)
	c.send("DELETE", "/extension/{701}/event/"+id, "", 404)
	c.send("GET", "/client/@me/agent/local/{a201}/event/"+id, "", 404)
	// It goes with its extension.
	sales := expand(c.d, "/extension/{700}/event/")
	c.send("DELETE", "/client/@me/extension/{700}?force=true", "", 204)
	c.send("GET", sales, "", 404)
}

// One list has the events of everybody, with who has them and whether they are told.
func TestAllEventsOfAClient(t *testing.T) {
	c := demo(t)
	withEvents(t, c.d)
	list := c.list("/client/@me/event/")
	if len(list) != 2 {
		t.Fatalf("the list is %v", list)
	}
	c.want("of Sales", list[0], "extension_id", int(c.d.Extension("700")), "extension_name", "0003*700", "agent_id", nil, "enabled", true, "event_type", "hangup")
	c.want("of 201", list[1], "extension_id", nil, "extension_name", nil, "agent_id", int(c.d.Agent("201")), "event_type", "agent-login")
	if got := c.send("GET", "/client/@me/event/?per_page=1&page=2", "", 200); got.Header.Get("X-Total-Count") != "2" || !strings.Contains(string(got.Body), "agent-login") {
		t.Errorf("page 2 is %s of %s", got.Body, got.Header.Get("X-Total-Count"))
	}
	const path = "/client/@me/event/{event}"
	c.want("switched off", c.put(path, `{"enabled":false}`), "enabled", false, "url", "https://crm.test/calls")
	c.want("sent back whole", c.put(path, string(c.send("GET", path, "", 200).Body)), "enabled", false, "event_type", "hangup")
	c.want("elsewhere", c.get("/extension/{700}/event/{event}"), "event_type", "hangup")
	for body, field := range map[string]string{`{"enabled":1}`: "enabled", `{"extension_id":5}`: "extension_id", `{"event_type":"agent-login"}`: "event_type", `{"url":"ftp://h.test"}`: "url"} {
		scenario{method: "PUT", path: path, body: body, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
	}
	if rows := c.list(path + "/deliveries/?state=delivered"); len(rows) != 1 {
		t.Errorf("deliveries %v", rows)
	}
	c.send("GET", "/client/@me/event/{agentevent}/deliveries/{delivery}", "", 404)
	c.send("GET", path+"/secret/", "", 200)
	scenario{method: "GET", path: "/client/@me/event/", as: "user", status: 403, word: "access_denied"}.run(t, c.d)
	id := fmt.Sprint(list[0]["id"])
	c.send("DELETE", path, "", 204)
	c.send("GET", "/client/@me/event/"+id, "", 404)
}

// Both dialects show both's: UnifiedAPI's answered calls are one kind here,
// and sending back what was got changes nothing.
func TestEventsOfTheOtherDialect(t *testing.T) {
	c := demo(t)
	whole := app.Actor{Org: c.d.Org, Reach: store.ReachOrganisation}
	of := app.Subject{Extension: app.ExtensionRef{Number: "201"}}
	made, err := c.d.App.CreateSubscription(t.Context(), whole, of, app.Subscription{Dialect: app.DialectUAPI, Event: app.EventAnswerOut, Method: "POST",
		URL: "http://h.test/", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprint("/extension/{201}/event/", made.ID)
	c.want("shown", c.get(path), "event_type", "answer", "id", int(made.ID))
	c.want("sent back", c.put(path, string(c.send("GET", path, "", 200).Body)), "event_type", "answer")
	if now, _ := c.d.App.GetSubscription(t.Context(), whole, of, app.SubscriptionRef{ID: made.ID}); now.Event != app.EventAnswerOut || now.Dialect != app.DialectUAPI {
		t.Errorf("it became %+v", now)
	}
	c.want("changed", c.put(path, `{"event_type":"hangup"}`), "event_type", "hangup")
}

func TestSecrets(t *testing.T) {
	c := demo(t)
	withEvents(t, c.d)
	for _, event := range []string{"/extension/{700}/event/{event}", "/client/@me/agent/local/{a201}/event/{agentevent}"} {
		c.want("secret", c.get(event+"/secret/"), "secret", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "old_secret_until_gmt", nil)
		renewed := c.send("POST", event+"/secret/", "", 200).JSON(t)["secret"].(string)
		if !regexp.MustCompile(`^whsec_[A-Za-z0-9+/]{32}$`).MatchString(renewed) {
			t.Errorf("renewed to %q", renewed)
		}
		c.want("after it", c.get(event+"/secret"), "secret", renewed, "old_secret_until_gmt", "2020-03-17 12:11:13")
		c.send("POST", event+"/secret/", "{}", 200)
		if got := c.send("GET", event, "", 200); strings.Contains(string(got.Body), "whsec") {
			t.Errorf("the event shows its secret: %s", got.Body)
		}
	}
}

func TestDeliveries(t *testing.T) {
	c := demo(t)
	withEvents(t, c.d)
	const event = "/extension/{700}/event/{event}"
	got := c.send("GET", event+"/deliveries/{delivery}", "", 200)
	want := expand(c.d, `{"id":{delivery},"event_id":{event},"webhook_id":"delivery-1","event_type":"hangup","test":false,"event_time_gmt":"2020-03-16 12:11:13",`+
		`"create_time_gmt":"2020-03-16 12:11:13","data":"EventType=hangup","state":"delivered","attempts":2,"next_attempt_gmt":null,`+
		`"end_time_gmt":"2020-03-16 12:11:15","status_code":200,"error":null,"log":[`+
		`{"attempt":1,"start_time_gmt":"2020-03-16 12:11:13","seconds":1.235,"method":"POST","url":"https://crm.test/calls","status_code":503,"answer":"busy","error":"the receiver answered 503"},`+
		`{"attempt":2,"start_time_gmt":"2020-03-16 12:11:14","seconds":1.235,"method":"POST","url":"https://crm.test/calls","status_code":200,"answer":null,"error":null}]}`)
	if strings.TrimSpace(string(got.Body)) != want {
		t.Errorf("delivery\n%s\nwant\n%s", got.Body, want)
	}
	for query, n := range map[string]int{"": 1, "?state=delivered": 1, "?state=dead": 0, "?start_datetime=2020-03-16%2012:11:13": 1,
		"?end_datetime=2020-03-16%2012:11:13": 0, "?order=asc&page=2": 0} {
		if list := c.list(event + "/deliveries/" + query); len(list) != n {
			t.Errorf("%q lists %v, want %d", query, list, n)
		}
	}

	replayed := c.send("POST", event+"/deliveries/{delivery}/replay/", "", 201).JSON(t)
	c.want("replayed", replayed, "state", "pending", "data", "EventType=hangup", "attempts", 0, "event_time_gmt", "2020-03-16 12:11:13", "test", false)
	if replayed["webhook_id"] == "delivery-1" {
		t.Error("the replay has the first delivery's webhook_id: its receiver would take it for a repetition")
	}
	period := `{"start_datetime":"2020-03-16 00:00:00","end_datetime":"2020-03-17"}`
	c.want("a period with what waits already", c.send("POST", event+"/replay/", period, 201).JSON(t), "deliveries", 0)
	if _, woken := c.d.Outbox.Told(); woken != 1 {
		t.Errorf("the outbox was woken %d times, want once", woken)
	}
	test := c.send("POST", event+"/test/", "", 201).JSON(t)
	c.want("a test", test, "state", "pending", "test", true, "event_type", "hangup")
	if list := c.list(event + "/deliveries/?state=pending"); len(list) != 2 {
		t.Errorf("%d wait, want the replay and the test", len(list))
	}
}

// TestNothingInChunks: a client that sends no body as no chunks sends none.
func TestNothingInChunks(t *testing.T) {
	c := demo(t)
	withEvents(t, c.d)
	for body, want := range map[string]int{"": 200, "{}": 200, `{"secret":"x"}`: 400, " ": 400} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", c.d.URL+"/api/ver1.0"+expand(c.d, "/extension/{700}/event/{event}/secret/"), io.NopCloser(strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
		r.Header.Set("Authorization", "Bearer "+c.d.Tokens[c.as])
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != want {
			t.Errorf("%q: %d, want %d", body, got.StatusCode, want)
		}
	}
}

// None of these changes anything.
func TestEventRefusals(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	withEvents(t, d)
	bad := func(name, method, path, body, field, says string) scenario {
		return scenario{name: name, method: method, path: path, body: body, status: 400, word: "invalid_parameter", field: field, says: says}
	}
	gone := func(name, method, path, body string) scenario {
		return scenario{name: name, method: method, path: path, body: body, status: 404, word: "not_found"}
	}
	const event, sales = "/extension/{700}/event/{event}", "/extension/{700}/event/"
	create := func(url string) string { return `{"url":"` + url + `","method":"GET","event_type":"hangup"}` }
	before := d.Do("GET", "/api/ver1.0"+expand(d, sales), d.Tokens["demo"], "").Body
	for _, c := range []scenario{
		bad("no url", "POST", sales, `{"method":"GET","event_type":"hangup"}`, "url", "required"),
		bad("no method", "POST", sales, `{"url":"http://h.test/","event_type":"hangup"}`, "method", "required"),
		bad("no type", "POST", sales, `{"url":"http://h.test/","method":"GET"}`, "event_type", "required"),
		bad("agent event of an extension", "POST", sales, `{"url":"http://h.test/","method":"GET","event_type":"agent-login"}`, "event_type", "dial-in, dial-out, answer, hangup"),
		bad("extension event of an agent", "POST", "/client/@me/agent/local/{a201}/event/", create("http://h.test/"), "event_type", "agent-login, agent-logout"),
		bad("UnifiedAPI's words", "PUT", event, `{"event_type":"answer-in"}`, "event_type", "dial-in"),
		bad("unknown type", "PUT", event, `{"event_type":"`+strings.Repeat("x", 500)+`"}`, "event_type", "xxx…"),
		bad("method PUT", "PUT", event, `{"method":"PUT"}`, "method", "GET, POST"),
		bad("method in small letters", "PUT", event, `{"method":"post"}`, "method", "GET, POST"),
		bad("null url", "PUT", event, `{"url":null}`, "url", "a string"),
		bad("id", "PUT", event, `{"id":77}`, "id", "cannot be changed"),
		bad("id on POST", "POST", sales, `{"id":77,"url":"http://h.test/","method":"GET","event_type":"hangup"}`, "id", "set by the server"),
		bad("unknown field", "PUT", event, `{"secret":"x"}`, "secret", "not a field"),
		bad("ftp", "POST", sales, create("ftp://h.test/"), "url", "https://"),
		bad("javascript", "POST", sales, create("javascript:alert(1)"), "url", "https://"),
		bad("no host", "POST", sales, create("http:///x"), "url", "https://"),
		bad("only a port", "POST", sales, create("http://:80/x"), "url", "https://"),
		bad("port 0", "POST", sales, create("http://h.test:0/x"), "url", "https://"),
		bad("port too high", "POST", sales, create("http://h.test:70000/x"), "url", "https://"),
		bad("relative", "POST", sales, create("/calls"), "url", "https://"),
		bad("empty", "POST", sales, create(""), "url", "https://"),
		bad("blank", "POST", sales, create("http://h.test/a b"), "url", "https://"),
		bad("line break", "POST", sales, create(`http://h.test/\r\nX: y`), "url", "printable"),
		bad("password", "POST", sales, create("http://u:p@h.test/"), "url", "user or password"),
		bad("long url", "POST", sales, create("http://h.test/"+strings.Repeat("x", 2048)), "url", "2048"),
		bad("state", "GET", event+"/deliveries/?state=lost", "", "state", "pending, delivered, dead"),
		bad("order", "GET", event+"/deliveries/?order=up", "", "order", "asc"),
		bad("period of nothing", "POST", event+"/replay/", `{"start_datetime":"2020-03-16","end_datetime":"2020-03-16"}`, "start_datetime", "after the start"),
		bad("no end", "POST", event+"/replay/", `{"start_datetime":"2020-03-16"}`, "end_datetime", "required"),
		bad("no date", "POST", event+"/replay/", `{"start_datetime":"yesterday","end_datetime":"2020-03-16"}`, "start_datetime", "YYYY-MM-DD"),
		bad("replay without a body", "POST", event+"/replay/", "", "", "empty"),
		bad("test with a field", "POST", event+"/test/", `{"url":"http://h.test/"}`, "url", "send no body"),
		bad("secret chosen", "POST", event+"/secret/", `{"secret":"mine"}`, "secret", "send no body"),
		bad("replay of one with half a body", "POST", event+"/deliveries/{delivery}/replay/", `{`, "", ""),
		gone("no such event", "GET", sales+"987654", ""),
		gone("event is no id", "GET", sales+"@1", ""),
		gone("delivery is no id", "GET", event+"/deliveries/0x1", ""),
		gone("no such delivery", "GET", event+"/deliveries/987654", ""),
		gone("replay of no delivery", "POST", event+"/deliveries/987654/replay/", ""),
		gone("another extension's event", "PUT", "/extension/{701}/event/{event}", `{"method":"GET"}`),
		gone("another's delivery", "GET", "/client/@me/agent/local/{a201}/event/{agentevent}/deliveries/{delivery}", ""),
		gone("events of a remote agent under local", "GET", "/client/@me/agent/local/{remote}/event/", ""),
		{name: "text", method: "POST", path: event + "/test/", body: "x=y", headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415, word: "unsupported_media_type"},
		{name: "no PUT of a secret", method: "PUT", path: event + "/secret/", body: "{}", status: 405, word: "method_not_allowed"},
		{name: "no DELETE of a delivery", method: "DELETE", path: event + "/deliveries/{delivery}", status: 405, word: "method_not_allowed"},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, d) })
	}
	if after := d.Do("GET", "/api/ver1.0"+expand(d, sales), d.Tokens["demo"], "").Body; string(after) != string(before) {
		t.Errorf("the events are\n%s\nwere\n%s", after, before)
	}
}

// What is switched off in UnifiedAPI is neither tried nor repeated.
func TestSwitchedOffEvents(t *testing.T) {
	c := demo(t)
	withEvents(t, c.d)
	whole := app.Actor{Org: c.d.Org, Reach: store.ReachOrganisation}
	list, _, err := c.d.App.ListSubscriptions(t.Context(), whole, app.Subject{Extension: app.ExtensionRef{Number: "700"}}, app.SubscriptionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.d.App.UpdateSubscription(t.Context(), whole, app.Subject{Extension: app.ExtensionRef{Number: "700"}}, app.SubscriptionRef{Key: list[0].Key},
		func(s *app.Subscription) error { s.Enabled = false; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/test/", "/deliveries/{delivery}/replay/"} {
		got := c.send("POST", "/extension/{700}/event/{event}"+path, "", 409)
		checkError(t, got, "conflict", "")
	}
}
