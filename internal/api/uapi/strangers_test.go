package uapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestStrangersCannotTellWhatIsThere: what another organisation has is
// answered as what it does not have, to the letter of the answer but the number itself.
func TestStrangersCannotTellWhatIsThere(t *testing.T) {
	w := newWorld(t)
	event := w.ask("demo", "POST", "@me/0003*201/phoneCallEvents", `{"type":"0","method":"0","url":"http://a.example/"}`, 200).JSON(t)["id"].(string)
	dana := fmt.Sprint(w.dana)
	for _, c := range []struct{ method, there, not, body string }{
		{"GET", "@me/0003*700/queue/agents", "@me/0003*799/queue/agents", ""},
		{"GET", "@owner/0003*700/queue/agents/0003*201", "@owner/0003*799/queue/agents/0003*299", ""},
		{"PUT", "@me/0003*700/queue/agents/0003*201", "@me/0003*799/queue/agents/0003*299", `{"status":"0"}`},
		{"GET", "@me/0003*201/presence", "@me/0003*299/presence", ""},
		{"GET", "@me/0003*201/presence", "@me/0777*201/presence", ""},
		{"GET", dana + "/0003*201/presence", "99999999/0003*299/presence", ""},
		{"GET", dana + "/0009*201/presence", "99999999/0009*201/presence", ""},
		{"GET", dana + "/@self/presence", "99999999/@self/presence", ""},
		{"PUT", "@me/0009*201/phoneCallEvents/0/" + event, "@me/0009*201/phoneCallEvents/0/" + strings.Repeat("a", 32), `{"status":"0"}`},
		{"DELETE", "@me/0009*201/phoneCallEvents/0/" + event, "@me/0009*201/phoneCallEvents/0/" + strings.Repeat("a", 32), ""},
		{"DELETE", "@me/0003*201/phoneCallEvents", "@me/0003*299/phoneCallEvents", ""},
	} {
		there := w.Do(c.method, "/uapi/extensions/"+c.there, w.Tokens["stranger"], c.body)
		not := w.Do(c.method, "/uapi/extensions/"+c.not, w.Tokens["stranger"], c.body)
		same := strings.NewReplacer("0003*799", "0003*700", "0003*299", "0003*201", "0777*201", "0003*201", "99999999", dana, strings.Repeat("a", 32), event)
		if there.Status != not.Status || string(there.Body) != same.Replace(string(not.Body)) || there.Status == 200 {
			t.Errorf("%s %s: %d %s\nbut %s: %d %s", c.method, c.there, there.Status, there.Body, c.not, not.Status, not.Body)
		}
	}
	w.ask("demo", "GET", "@me/0003*201/phoneCallEvents/0/"+event, "", 200) // nothing went
	if n := w.ask("stranger", "GET", "@me/@self/presence", "", 200).JSON(t)["totalResults"]; n != 1.0 {
		t.Errorf("a stranger sees %v phones, want its own one", n)
	}
}

// TestUsersApplications see their user's extensions, whatever organisation-wide ones there are.
func TestUsersApplications(t *testing.T) {
	w := newWorld(t)
	for path, status := range map[string]int{
		"@me/0003*290/presence":                      200,
		fmt.Sprint(w.somebody, "/0003*290/presence"): 200,
		"@owner/0003*290/presence":                   200,
		"@me/0003*201/presence":                      401,
		"@owner/0003*201/presence":                   401,
		fmt.Sprint(w.dana, "/@self/presence"):        401,
		"99999999/@self/presence":                    401,
		"@me/0003*700/queue/agents":                  401,
		"@me/0003*201/phoneCallEvents":               401,
		"@me/0003*290/phoneCallEvents":               204,
		"@me/0003*299/presence":                      400,
		"@me/0009*201/presence":                      401,
	} {
		w.ask("user", "GET", path, "", status)
	}
}

// TestAdministratorsReachAll: an administrator's application works in any organisation.
func TestAdministratorsReachAll(t *testing.T) {
	w := newWorld(t)
	w.ask("admin", "PUT", "@me/0003*700/queue/agents/0003*201", `{"status":"2"}`, 200)
	w.ask("admin", "GET", fmt.Sprint(w.dana, "/0003*700/queue/agents"), "", 200)
	w.ask("admin", "GET", "@owner/0009*201/presence", "", 200)
	w.ask("admin", "GET", "@me/0009*209/presence", "", 400)
	w.ask("admin", "GET", "@me/0777*201/presence", "", 400)
}

// TestTokensAreNotLogged: neither the header's nor the query's.
func TestTokensAreNotLogged(t *testing.T) {
	w := newWorld(t)
	token := w.Tokens["demo"]
	w.Do("GET", "/uapi/extensions/@me/0003*700/queue/agents?accessRequestToken=Bearer%20"+token, "", "")
	if err := w.Engine.Close(t.Context(), w.Org); err != nil {
		t.Fatal(err)
	}
	a := w.Do("GET", "/uapi/extensions/@me/@self/presence?accessRequestToken=Bearer%20"+token, "", "")
	if a.Status != 500 || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s, Cache-Control %q", a.Status, a.Body, a.Header.Get("Cache-Control"))
	}
	if logs := w.Logs.String(); !strings.Contains(logs, "/presence") || strings.Contains(logs, token) {
		t.Errorf("the log has the token, or not the failure: %s", logs)
	}
}

// TestTokensExpire: an hour, and what was allowed is denied.
func TestTokensExpire(t *testing.T) {
	w := newWorld(t)
	w.Clock.Advance(time.Hour - time.Second)
	w.ask("demo", "GET", "@me/@self/presence", "", 200)
	w.Clock.Advance(time.Second)
	if code, _ := errorOf(t, w.ask("demo", "GET", "@me/@self/presence", "", 401).JSON(t)); code != "access_denied" {
		t.Errorf("code %s", code)
	}
	w.ask("demo", "PUT", "@me/0003*700/queue/agents/0003*201", `{"status":"0"}`, 401)
	w.ask("nobody", "GET", "@me/@self/presence", "", 401)
}
