package agentstate_test

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdline/internal/api"
	"holdline/internal/api/agentstate"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
)

// refusal is a query, with the demo's credentials before it unless bare, and how it is answered.
type refusal struct {
	name      string
	query     string
	bare      bool
	status    int
	word      string
	parameter string
	says      string
}

var refusals = []refusal{
	{name: "nothing", bare: true, status: 400, word: "missing_parameter", parameter: "username"},
	{name: "no password", bare: true, query: "username=" + app.DemoLogin + "&action=showqueue", status: 400, word: "missing_parameter", parameter: "password"},
	{name: "wrong password", bare: true, query: "username=" + app.DemoLogin + "&password=x&action=showqueue", status: 401, word: "auth_failed"},
	{name: "unknown login", bare: true, query: "username=nobody&password=demo&action=showqueue", status: 401, word: "auth_failed"},
	{name: "a user's login", bare: true, query: "username=dana&password=demo&action=showqueue", status: 401, word: "auth_failed"},
	{name: "an organisation without login", bare: true, query: "username=&password=&action=showqueue", status: 400, word: "missing_parameter", parameter: "username"},
	{name: "the hash as password", bare: true, query: with("username", app.DemoLogin, "password", "$argon2id$v=19", "action", "showqueue"), status: 401, word: "auth_failed"},
	{name: "a huge password", bare: true, query: "username=" + app.DemoLogin + "&password=" + strings.Repeat("x", 600), status: 401, word: "auth_failed"},
	{name: "no action", query: "agent=201", status: 400, word: "missing_parameter", parameter: "action"},
	{name: "unknown action", query: "action=dance", status: 400, word: "unknown_action", says: "showqueuestat"},
	{name: "action in capitals", query: "action=PAUSE&agent=201", status: 400, word: "unknown_action"},
	{name: "pause of nobody", query: "action=pause", status: 400, word: "missing_parameter", parameter: "agent"},
	{name: "state of nobody", query: "action=showstate&agent=", status: 400, word: "missing_parameter", parameter: "agent"},
	{name: "add to nothing", query: "action=add&agent=201", status: 400, word: "missing_parameter", parameter: "queue"},
	{name: "remove from nothing", query: "action=remove&agent=201", status: 400, word: "missing_parameter", parameter: "queue"},
	{name: "unknown agent", query: "action=pause&agent=299", status: 404, word: "agent_not_found", says: "299"},
	{name: "no agent sits at a queue", query: "action=pause&agent=700", status: 404, word: "agent_not_found"},
	{name: "another organisation's agent", query: "action=showstate&agent=0009*201", status: 404, word: "agent_not_found"},
	{name: "agent in words", query: "action=showstate&agent=Dana", status: 404, word: "agent_not_found"},
	{name: "adding a mistyped extension", query: "action=add&agent=299&queue=700", status: 404, word: "agent_not_found"},
	{name: "adding a queue", query: "action=add&agent=701&queue=700", status: 404, word: "agent_not_found"},
	{name: "adding a word", query: "action=add&agent=abcdefgh&queue=700", status: 404, word: "agent_not_found"},
	{name: "unknown queue", query: "action=pause&agent=201&queue=799", status: 404, word: "queue_not_found", says: "799"},
	{name: "a phone is no queue", query: "action=showqueue&queue=201", status: 404, word: "queue_not_found"},
	{name: "adding to an unknown queue", query: "action=add&agent=201&queue=799", status: 404, word: "queue_not_found"},
	{name: "statistics of an unknown queue", query: "action=showqueuestat&queue=0009*700", status: 404, word: "queue_not_found"},
	{name: "pause where the agent is not", query: "action=pause&agent=15550100&queue=700", status: 404, word: "not_member"},
	{name: "remove where the agent is not", query: "action=remove&agent=15550100&queue=700", status: 404, word: "not_member"},
	{name: "add twice", query: "action=add&agent=201&queue=700", status: 409, word: "already_member", says: "agent 201 is already in queue 700"},
	{name: "long reason", query: "action=pause&agent=201&reason=" + strings.Repeat("x", 81), status: 400, word: "invalid_parameter", parameter: "reason", says: "80"},
	{name: "reason with a line break", query: "action=pause&agent=201&reason=a%0Ab", status: 400, word: "invalid_parameter", parameter: "reason"},
	{name: "broken UTF-8", query: "action=pause&agent=201&reason=%ff", status: 400, word: "invalid_parameter", parameter: "reason"},
	{name: "long alias", query: "action=pause&agent=201&alias=" + strings.Repeat("x", 256), status: 400, word: "invalid_parameter", parameter: "alias"},
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			query := c.query
			if !c.bare {
				query = credentials + query
			}
			a := w.get(query)
			got := a.JSON(t)
			parameter, _ := got["parameter"].(string)
			message, _ := got["message"].(string)
			if a.Status != c.status || got["status"] != "error" || got["error"] != c.word || parameter != c.parameter || !strings.Contains(message, c.says) || message == "" {
				t.Errorf("%d %s; want %d %s %s %q", a.Status, a.Body, c.status, c.word, c.parameter, c.says)
			}
			if _, ok := got["action"]; !ok || strings.Contains(string(a.Body), "demo") || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("no action, or a credential in %s, or it may be kept: %v", a.Body, a.Header)
			}
		})
	}
	if logs := w.Logs.String(); strings.Contains(logs, "password") || strings.Contains(logs, app.DemoLogin) {
		t.Errorf("the log has a login: %s", logs)
	}
}

// contractErrors are those of contracts/voiptech.md.
var contractErrors = strings.Fields("auth_failed missing_parameter unknown_action agent_not_found queue_not_found not_member already_member rate_limited internal")

// TestEveryErrorIsDocumentedAndProvoked: an error without a test, or a test's without documentation, fails.
func TestEveryErrorIsDocumentedAndProvoked(t *testing.T) {
	text, err := os.ReadFile("../../../docs/api-voiptech.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Errors")
	known := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` ").FindAllStringSubmatch(table, -1) {
		known[m[1]] = true
	}
	provoked := map[string]bool{"rate_limited": true, "internal": true, "method_not_allowed": true} // by the tests below
	for _, c := range refusals {
		provoked[c.word] = true
	}
	for word := range known {
		if !provoked[word] {
			t.Errorf("no test provokes %s", word)
		}
	}
	for word := range provoked {
		if !known[word] {
			t.Errorf("docs/api-voiptech.md does not have %s", word)
		}
	}
	for _, word := range contractErrors {
		if !known[word] || !provoked[word] {
			t.Errorf("the contract's %s: documented %v, provoked %v", word, known[word], provoked[word])
		}
	}
}

// TestPasswordForms: the password, or its MD5 in either case of letters; the last parameter counts.
func TestPasswordForms(t *testing.T) {
	w := newWorld(t, nil)
	sum := md5.Sum([]byte(app.DemoPassword))
	hexed := hex.EncodeToString(sum[:])
	for password, status := range map[string]int{app.DemoPassword: 200, hexed: 200, strings.ToUpper(hexed): 200, "Demo": 401, hexed[1:]: 401, "x&password=demo": 200} {
		if a := w.get("username=" + app.DemoLogin + "&action=showqueue&password=" + password); a.Status != status {
			t.Errorf("password %q: %d, want %d", password, a.Status, status)
		}
	}
}

// TestAPasswordThatIsChangedIsForgotten at once, however lately it was proven.
func TestAPasswordThatIsChangedIsForgotten(t *testing.T) {
	w := newWorld(t, nil)
	w.ask("action=showqueue", 200)
	hash, err := apptest.Passwords().HashOrganisation(t.Context(), "another")
	if err != nil {
		t.Fatal(err)
	}
	w.setPassword(hash)
	w.ask("action=showqueue", 401)
	if a := w.get("username=" + app.DemoLogin + "&password=another&action=showqueue"); a.Status != 200 {
		t.Errorf("the new password: %d %s", a.Status, a.Body)
	}
	w.setPassword("")
	w.ask("action=showqueue", 401)
}

// TestGuessingIsBounded by address and by organisation; a password proven
// before goes on working meanwhile.
func TestGuessingIsBounded(t *testing.T) {
	w := newWorld(t, func(c *agentstate.Config) { c.Checks = 3 })
	w.ask("action=showqueue", 200)
	for i, want := range []int{401, 401, 429, 429} {
		a := w.get(fmt.Sprintf("username=%s&password=guess%d&action=showqueue", app.DemoLogin, i))
		if a.Status != want {
			t.Errorf("guess %d: %d, want %d", i, a.Status, want)
		}
		if want == 429 && (a.JSON(t)["error"] != "rate_limited" || a.Header.Get("Retry-After") == "") {
			t.Errorf("%s, Retry-After %q", a.Body, a.Header.Get("Retry-After"))
		}
	}
	w.ask("action=showqueue", 200)
	w.Clock.Advance(time.Minute)
	if a := w.get("username=" + app.DemoLogin + "&password=guess&action=showqueue"); a.Status != 401 {
		t.Errorf("a minute later: %d", a.Status)
	}
	w.Clock.Advance(10 * time.Minute)
	w.ask("action=showqueue", 200) // no longer remembered: it is hashed again
}

func TestRequestsAreLimited(t *testing.T) {
	for name, set := range map[string]func(*agentstate.Config){
		"address":      func(c *agentstate.Config) { c.PerAddress = 2 },
		"organisation": func(c *agentstate.Config) { c.PerOrganisation = 2 },
	} {
		w := newWorld(t, set)
		for _, want := range []int{200, 200, 429, 429} {
			got := w.ask("action=showqueue", want)
			if want == 429 && got["error"] != "rate_limited" {
				t.Errorf("%s: %v", name, got)
			}
		}
		w.Clock.Advance(time.Second)
		w.ask("action=showqueue", 200)
	}
}

func TestInternalErrorsSayNothing(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.Engine.Close(t.Context(), w.Org); err != nil {
		t.Fatal(err)
	}
	a := w.get(credentials + "action=pause&agent=201")
	if a.Status != 500 || a.JSON(t)["error"] != "internal" || a.Header.Get("Retry-After") == "" {
		t.Errorf("without an engine: %d %s", a.Status, a.Body)
	}
	w.Break(errors.New("disk on fire"))
	a = w.get(credentials + "action=showqueue")
	if a.Status != 500 || a.JSON(t)["error"] != "internal" || strings.Contains(string(a.Body), "fire") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if logs := w.Logs.String(); !strings.Contains(logs, "disk on fire") || strings.Contains(logs, "password") || strings.Contains(logs, app.DemoLogin) {
		t.Errorf("the log lacks the cause, or has the login: %s", logs)
	}
}

func TestOnlyGet(t *testing.T) {
	w := newWorld(t, nil)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		a := w.Do(method, agentstate.Path+"?"+credentials+"action=pause&agent=201", "", "")
		if a.Status != 405 || a.JSON(t)["error"] != "method_not_allowed" || a.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %s", method, a.Status, a.Body)
		}
	}
	if got := w.ask("action=showstate&agent=201", 200)["state"]; got == "paused" {
		t.Error("a refused request paused the agent")
	}
}

// TestItIsOffUnlessSwitchedOn: then the path is as unknown as any other.
func TestItIsOffUnlessSwitchedOn(t *testing.T) {
	d := apitest.NewDemo(t, func(c *api.Config) { c.Voiptech = nil })
	r, err := http.NewRequestWithContext(t.Context(), "GET", d.URL+agentstate.Path+"?"+credentials+"action=showqueue", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Body.Close(); got.StatusCode != 404 {
		t.Errorf("status %d", got.StatusCode)
	}
}

// TestConcurrentAddsMakeOneAgent: two scripts that seat the same new agent find it made.
func TestConcurrentAddsMakeOneAgent(t *testing.T) {
	w := newWorld(t, nil)
	w.ask("action=showqueue", 200)
	statuses := make(chan int)
	for i := range 8 {
		go func() {
			statuses <- w.get(credentials + fmt.Sprintf("action=add&agent=4930123456&queue=%d", 700+i%2)).Status
		}()
	}
	count := map[int]int{}
	for range 8 {
		count[<-statuses]++
	}
	if count[200] != 2 || count[409] != 6 {
		t.Errorf("answers %v; want two 200 and six 409", count)
	}
	agents, _, err := w.App.ListAgents(t.Context(), app.Actor{Org: w.Org, Reach: "organisation"}, app.AgentFilter{Remote: true})
	if err != nil || len(agents) != 2 {
		t.Errorf("%d remote agents, want the demo's and one more: %v", len(agents), err)
	}
}
