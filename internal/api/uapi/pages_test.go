package uapi_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"holdline/internal/acd"
)

// TestUpdateAgentAsOnThePage: the answer is a bare array of one object with these four members, in this order.
func TestUpdateAgentAsOnThePage(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		"/uapi/extensions/@me/0003*700/queue/agents/0003*201",
		"/uapi/extensions/@me/0003%2A700/queue/agents/0003%2a201/",
		"/unifiedapi/extensions/@me/0003*700/queueAgent/0003*201",
	} {
		for _, status := range []string{`"2"`, `2`, `"1"`, `"1"`} {
			a := w.Do("PUT", path, w.Tokens["demo"], `{"status": `+status+`, "agentNumber": "0003*201", "note": null}`)
			base := w.URL + path[:strings.Index(path[1:], "/")+1]
			want := fmt.Sprintf(`[{"agentNumber":"0003*201","status":"%s","queue":"0003*700","links":{"self":"%s/extensions/@me/0003*700/queue/agents/0003*201"}}]`+"\n",
				strings.Trim(status, `"`), base)
			if a.Status != 200 || string(a.Body) != want {
				t.Errorf("PUT %s with %s: %d %swant %s", path, status, a.Status, a.Body, want)
			}
		}
	}
}

// TestStatusIsOfThatQueueAlone: a pause in one queue leaves the other; the
// agent-level status follows; repeating it changes nothing.
func TestStatusIsOfThatQueueAlone(t *testing.T) {
	w := newWorld(t)
	agent := w.Agent("201")
	for _, step := range []struct {
		queue, status string
		facts         int
	}{{"700", "2", 1}, {"700", "2", 0}, {"701", "0", 1}, {"700", "0", 2}, {"701", "1", 2}} {
		before := w.facts(agent)
		w.put(step.queue, "0003*201", step.status)
		if n := len(w.facts(agent)) - len(before); n != step.facts {
			t.Errorf("status %s in %s: %d facts, want %d", step.status, step.queue, n, step.facts)
		}
	}
	err := w.Engine.Read(t.Context(), w.Org, func(e *acd.Engine, _ acd.Time) {
		v, _ := e.AgentView(agent)
		if v.Memberships[0].Status != acd.LoggedOut || v.Memberships[1].Status != acd.Online {
			t.Errorf("%+v", v.Memberships)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRemoteAgentsById(t *testing.T) {
	w := newWorld(t)
	id := fmt.Sprint(w.Agent(""))
	for _, name := range []string{id, "15550100"} {
		a := w.put("701", name, "2")
		w.same(a.Body, `[{"agentNumber":"15550100","status":"2","queue":"0003*701","links":{"self":"HOST/uapi/extensions/@me/0003*701/queue/agents/`+id+`"}}]`)
	}
	a := w.ask("demo", "GET", "@me/0003*701/queue/agents/"+id, "", 200)
	w.same(a.Body, `{"startIndex":0,"totalResults":1,"itemsPerPage":20,"filtered":false,"sorted":false,"entry":[
		{"agentNumber":"15550100","status":"2","queue":"0003*701","type":"remote","identifier":"`+id+`",
		 "links":{"self":"HOST/uapi/extensions/@me/0003*701/queue/agents/`+id+`"}}]}`)
}

func TestListAgents(t *testing.T) {
	w := newWorld(t)
	w.put("700", "0003*203", "0")
	w.put("700", "0003*202", "2")
	numbers := func(query string) string {
		t.Helper()
		a := w.ask("demo", "GET", "@owner/0003*700/queue/agents"+query, "", 200)
		var out []string
		for _, e := range a.JSON(t)["entry"].([]any) {
			out = append(out, strings.TrimPrefix(e.(map[string]any)["agentNumber"].(string), "0003*"))
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"":                               "201 202 203 204 205",
		"?sortOrder=ascending":           "203 201 204 205 202",
		"?sortOrder=desc":                "202 201 204 205 203",
		"?filterBy=status&filterValue=1": "201 204 205",
		"?filterBy=status&filterOp=inArray&filterValue=0,2":              "202 203",
		"?filterBy=agentNumber&filterOp=contains&filterValue=*20":        "201 202 203 204 205",
		"?filterBy=agentNumber&filterOp=startsWith&filterValue=0003*205": "205",
		"?filterBy=queue&filterOp=present":                               "201 202 203 204 205",
		"?count=2&startIndex=3&nonsense=1&count=2":                       "204 205",
	} {
		if got := numbers(query); got != want {
			t.Errorf("%q: %s; want %s", query, got, want)
		}
	}
	w.same(w.ask("demo", "GET", "@me/0003*700/queue/agents/0003*202?fields=agentNumber,%20status,type", "", 200).Body,
		`{"startIndex":0,"totalResults":1,"itemsPerPage":20,"filtered":false,"sorted":false,"entry":[{"agentNumber":"0003*202","status":"2","type":"local"}]}`)
}

// TestNothingIs204: an empty answer has no body.
func TestNothingIs204(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		"@me/0003*700/queue/agents?filterBy=status&filterValue=0",
		"@me/0003*700/queue/agents?startIndex=5",
		"@me/0003*700/queue/agents/0003*299",
		"@me/0003*700/queue/agents/15550100",
		"@me/0003*201/phoneCallEvents",
		"@me/0003*201/phoneCallEvents/2/",
		"@me/0003*201/phoneCallEvents/2/" + strings.Repeat("a", 32),
		"@me/@self/presence?filterBy=extension&filterValue=nobody",
	} {
		if a := w.ask("demo", "GET", path, "", 204); len(a.Body) > 0 {
			t.Errorf("%s: 204 with %q", path, a.Body)
		}
	}
	w.ask("demo", "DELETE", "@me/0003*201/phoneCallEvents", "", 204)
	w.ask("demo", "DELETE", "@me/0003*201/phoneCallEvents/0/"+strings.Repeat("a", 32), "", 204)
}

// TestPagesAreLinked follows the links over all pages; the token in the query is not in them.
func TestPagesAreLinked(t *testing.T) {
	w := newWorld(t)
	at := "/uapi/extensions/@me/0003*700/queue/agents/?accessRequestToken=Bearer+" + w.Tokens["demo"] + "&count=2&sortOrder=asc"
	var seen []string
	for pages := 0; at != ""; pages++ {
		token := w.Tokens["demo"]
		if pages == 0 {
			token = ""
		}
		a := w.Do("GET", at, token, "")
		v := a.JSON(t)
		if a.Status != 200 || v["totalResults"] != 5.0 || v["itemsPerPage"] != 2.0 || v["startIndex"] != float64(2*pages) || v["sorted"] != true || pages > 2 {
			t.Fatalf("page %d: %d %s", pages, a.Status, a.Body)
		}
		if strings.Contains(string(a.Body), w.Tokens["demo"]) {
			t.Error("the token is in a link")
		}
		for _, e := range v["entry"].([]any) {
			seen = append(seen, e.(map[string]any)["agentNumber"].(string))
		}
		l, _ := v["links"].(map[string]any)
		if _, prev := l["prev"]; prev != (pages > 0) {
			t.Errorf("page %d has links %v", pages, l)
		}
		next, _ := l["next"].(string)
		at = strings.TrimPrefix(next, w.URL)
	}
	if got := strings.Join(seen, " "); got != "0003*201 0003*202 0003*203 0003*204 0003*205" {
		t.Errorf("all pages: %s", got)
	}
}

func TestPresence(t *testing.T) {
	w := newWorld(t)
	w.register("201", "3CXPhone 5.0.14439.0")
	w.register("201", "")
	w.register("202", "Linphone/5")
	w.register("203", "Snom")
	w.Phones.Lapse(w.Extension("203"))
	w.Engine.SetLine(w.Extension("202"), acd.LineBusy)
	w.Engine.SetLine(w.Extension("204"), acd.LineRinging)
	a := w.ask("demo", "GET", "@me/@self/presence/", "", 200)
	w.same(a.Body, `{"startIndex":0,"totalResults":6,"itemsPerPage":20,"filtered":false,"sorted":false,"entry":[
		{"extension":"0003*201","status":1,"registration":[{"agent":"3CXPhone 5.0.14439.0","registration":"1","expire":"2020-03-16T13:11:13Z"},{"registration":"1","expire":"2020-03-16T13:11:13Z"}]},
		{"extension":"0003*202","status":3,"registration":[{"agent":"Linphone/5","registration":"1","expire":"2020-03-16T13:11:13Z"}]},
		{"extension":"0003*203","status":0,"registration":[{"agent":"Snom","registration":"-2"}]},
		{"extension":"0003*204","status":2,"registration":[{"registration":"-1"}]},
		{"extension":"0003*205","status":0,"registration":[{"registration":"-1"}]},
		{"extension":"0003*290","status":0,"registration":[{"registration":"-1"}]}]}`)
	w.same(w.ask("demo", "GET", "@owner/0003*202/presence?fields=status", "", 200).Body,
		`{"startIndex":0,"totalResults":1,"itemsPerPage":20,"filtered":false,"sorted":false,"entry":[{"status":3}]}`)
	a = w.ask("demo", "GET", "@me/@self/presence?sortOrder=descending&filterBy=extension&filterOp=contains&filterValue=20&count=2&startIndex=1&fields=extension", "", 200)
	v := a.JSON(t)
	if fmt.Sprint(v["entry"]) != "[map[extension:0003*204] map[extension:0003*203]]" || v["totalResults"] != 5.0 || v["filtered"] != true || v["sorted"] != true {
		t.Errorf("%s", a.Body)
	}
	for _, op := range []string{"startsWith", "starts+with", "starts%20with"} { // the page has the words apart
		if n := w.ask("demo", "GET", "@me/@self/presence?filterBy=extension&filterValue=0003*20&filterOp="+op, "", 200).JSON(t)["totalResults"]; n != 5.0 {
			t.Errorf("%s: %v phones", op, n)
		}
	}
	if n := w.ask("demo", "GET", fmt.Sprint(w.somebody, "/@self/presence"), "", 200).JSON(t)["totalResults"]; n != 1.0 {
		t.Errorf("somebody has %v phones", n)
	}
	if n := w.ask("user", "GET", "@viewer/@self/presence", "", 200).JSON(t)["totalResults"]; n != 1.0 {
		t.Errorf("somebody's application sees %v phones", n)
	}
}

var eventKey = regexp.MustCompile(`^[0-9A-Za-z]{32}$`)

// TestPhoneCallEvents walks through making, changing as on the page, listing and deleting.
func TestPhoneCallEvents(t *testing.T) {
	w := newWorld(t)
	made := w.ask("demo", "POST", "@me/0003*201/phoneCallEvents", `{"type":"0","method":0,"url":"http://myevent.com/SaveMyPhoneCallDetails","status":"1"}`, 200).JSON(t)
	id, _ := made["id"].(string)
	if !eventKey.MatchString(id) {
		t.Fatalf("id %q", id)
	}
	at := "@me/0003*201/phoneCallEvents/0/" + id
	shape := func(method, note, status string) string {
		return `{"type":"0","id":"` + id + `","method":"` + method + `",` + note + `"url":"http://myevent.com/SaveMyPhoneCallDetails","status":"` + status +
			`","modified":"2020-03-16T12:11:13Z","links":{"self":"HOST/uapi/extensions/` + at + `"}}`
	}
	w.same(w.ask("demo", "GET", at, "", 200).Body, `{"startIndex":0,"totalResults":1,"itemsPerPage":20,"filtered":false,"sorted":false,"entry":[`+shape("0", "", "1")+`]}`)
	page := w.ask("demo", "PUT", at, "{\n  \"method\": \"1\",\n  \"note\": \"I want to use POST for my event\"\n}", 200)
	w.same(page.Body, shape("1", `"note":"I want to use POST for my event",`, "1"))
	whole := w.ask("demo", "PUT", at, string(page.Body), 200)
	w.same(whole.Body, string(page.Body))
	w.same(w.ask("demo", "PUT", at, `{"status":0,"note":""}`, 200).Body, shape("1", "", "0"))

	// The page of the service leaves the type out.
	short := "@me/0003*201/phoneCallEvents/" + id
	w.same(w.ask("demo", "PUT", short, `{"type":"0","note":"short"}`, 200).Body, shape("1", `"note":"short",`, "0"))
	w.same(w.ask("demo", "GET", short, "", 200).Body, `{"startIndex":0,"totalResults":1,"itemsPerPage":20,"filtered":false,"sorted":false,"entry":[`+shape("1", `"note":"short",`, "0")+`]}`)
	w.same(w.ask("demo", "PUT", short+"/", `{"note":""}`, 200).Body, shape("1", "", "0"))
	w.ask("demo", "DELETE", "@me/0003*202/phoneCallEvents/"+id, "", 204) // another extension's

	for kind, url := range map[string]string{"1": "https://b.example/", "2": "https://a.example/", "3": "https://c.example/", "4": "https://d.example/"} {
		w.ask("demo", "POST", "@me/0003*201/phoneCallEvents/"+kind, `{"method":"1","url":"`+url+`"}`, 200)
	}
	w.ask("demo", "POST", "@me/0003*700/phoneCallEvents", `{"type":2,"method":"1","url":"https://queue.example/"}`, 200)
	kinds := func(query string) (out string) {
		for _, e := range w.ask("demo", "GET", "@me/0003*201/phoneCallEvents"+query, "", 200).JSON(t)["entry"].([]any) {
			out += e.(map[string]any)["type"].(string)
		}
		return out
	}
	for query, want := range map[string]string{"?sortOrder=asc": "02134", "?sortOrder=desc": "43120", "/3": "3",
		"?filterBy=url&filterOp=contains&filterValue=d.example": "4", "?filterBy=status&filterValue=0": "0", "?filterBy=note&filterOp=present&filterBy=note": ""} {
		if want == "" {
			w.ask("demo", "GET", "@me/0003*201/phoneCallEvents"+query, "", 204)
		} else if got := kinds(query); got != want {
			t.Errorf("%q: %s; want %s", query, got, want)
		}
	}
	gone := w.ask("demo", "DELETE", at, "", 200)
	w.same(gone.Body, "["+shape("1", "", "0")+"]")
	if n := strings.Count(string(w.ask("demo", "DELETE", "@me/0003*201/phoneCallEvents", "", 200).Body), `"self"`); n != 4 {
		t.Errorf("%d events went, want 4", n)
	}
	w.ask("demo", "DELETE", "@me/0003*700/phoneCallEvents/2", "", 200)
	gone = w.ask("demo", "POST", "@me/0003*201/phoneCallEvents", `{"type":"4","method":1,"url":"https://e.example/"}`, 200)
	w.same(w.ask("demo", "DELETE", "@me/0003*201/phoneCallEvents/"+gone.JSON(t)["id"].(string), "", 200).Body, "["+strings.TrimSpace(string(gone.Body))+"]")
}
