package ver1_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/api/apitest"
)

// ordering is a demo world with a call of each kind.
func ordering(t *testing.T) *apitest.Demo {
	t.Helper()
	d := apitest.NewDemo(t, nil)
	sales := acd.QueueID(d.Extension("700"))
	d.Engine.SetCalls(d.Org,
		acd.LiveCall{Call: "waits", Queue: sales, In: true, To: "15550700", State: acd.CallWaiting},
		acd.LiveCall{Call: "talks", Queue: sales, In: true, To: "15550700", CalledExtension: d.Extension("201"), Agent: d.Agent("201")},
		acd.LiveCall{Call: "parked", In: true, To: "15550700", CalledExtension: d.Extension("202"), State: acd.CallParked},
		acd.LiveCall{Call: "gone", CallerExtension: d.Extension("202"), CalledExtension: d.Extension("203")})
	return d
}

func TestEveryActionReachesTheCall(t *testing.T) {
	d := ordering(t)
	phone := d.Extension("201")
	for _, c := range []struct{ path, body, want string }{
		{"/extension/{201}/current_calls/talks", `{"action":"hold"}`, fmt.Sprintf("hold talks of %d", phone)},
		{"/extension/@201/current_calls/talks/", `{"action":"offhold","send_dst":null}`, fmt.Sprintf("offhold talks of %d", phone)},
		{"/extension/{700}/current_calls/talks", `{"action":"park"}`, fmt.Sprintf("park talks of %d", d.Extension("700"))},
		{"/extension/{201}/current_calls/talks", `{"action":"attended_transfer","send_dst":"203"}`, fmt.Sprintf("attended_transfer talks of %d 203", phone)},
		{"/extension/{201}/current_calls/talks", `{"action":"eavesdrop","send_dst":"0003*204"}`, fmt.Sprintf("eavesdrop talks of %d 0003*204", phone)},
		{"/extension/{201}/current_calls/talks", `{"action":"whisper","send_dst":"204"}`, fmt.Sprintf("whisper talks of %d 204", phone)},
		{"/extension/{201}/current_calls/talks", `{"action":"conference","send_dst":"+4930123456"}`, fmt.Sprintf("conference talks of %d +4930123456", phone)},
		{"/extension/{204}/current_calls/parked", `{"action":"pickup"}`, fmt.Sprintf("pickup parked of %d 0003*204", d.Extension("204"))},
		{"/extension/{202}/current_calls/parked", `{"action":"pickup","send_dst":"203"}`, fmt.Sprintf("pickup parked of %d 203", d.Extension("202"))},
		{"/extension/{204}/current_calls/waits", `{"action":"pickup"}`, fmt.Sprintf("pickup waits of %d 0003*204", d.Extension("204"))},
	} {
		scenario{method: "PUT", path: c.path, body: c.body, status: 200, says: `"state":`}.run(t, d)
		if got := d.Engine.Orders(); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s of %s became %q, want %q", c.body, c.path, got, c.want)
		}
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	d := ordering(t)
	const talks, waits = "/extension/{201}/current_calls/talks", "/extension/{700}/current_calls/waits"
	for _, s := range []scenario{
		{name: "unknown action", path: talks, body: `{"action":"dance"}`, status: 400, field: "action", says: "attended_transfer"},
		{name: "not a word", path: talks, body: `{"action":7}`, status: 400, field: "action"},
		{name: "hold needs no number", path: talks, body: `{"action":"hold","send_dst":"202"}`, status: 400, field: "send_dst", says: "takes no destination"},
		{name: "nobody to listen", path: talks, body: `{"action":"eavesdrop"}`, status: 400, field: "send_dst", says: "is missing"},
		{name: "nobody to ask", path: talks, body: `{"action":"attended_transfer"}`, status: 400, field: "send_dst", says: "is missing"},
		{name: "no extension has that number", path: talks, body: `{"action":"whisper","send_dst":"0003*999"}`, status: 400, field: "send_dst"},
		{name: "leads nowhere", path: talks, body: `{"action":"whisper","send_dst":"000"}`, status: 400, field: "send_dst", says: "leads nowhere"},
		{name: "another organisation's number", path: talks, body: `{"action":"conference","send_dst":"0004*201"}`, status: 400, field: "send_dst"},
		{name: "a queue", path: talks, body: `{"action":"conference","send_dst":"700"}`, status: 400, field: "send_dst", says: "is a queue"},
		{name: "wrong state", path: waits, body: `{"action":"hold"}`, status: 409, says: "hold is not possible: the call waits in the queue"},
		{name: "has just ended", path: "/extension/{202}/current_calls/gone", body: `{"action":"park"}`, status: 409, says: "has just ended"},
		{name: "not this extension's", path: "/extension/{202}/current_calls/talks", body: `{"action":"hold"}`, status: 404},
		{name: "no such call", path: "/extension/{202}/current_calls/none", body: `{"action":"pickup"}`, status: 404},
		{name: "a queue picks up nothing", path: "/extension/{700}/current_calls/waits", body: `{"action":"pickup"}`, status: 409, says: "cannot pick up"},
		{name: "picked up outside", path: "/extension/{202}/current_calls/parked", body: `{"action":"pickup","send_dst":"+4930123456"}`, status: 400, field: "send_dst"},
		{name: "picked up by a queue", path: "/extension/{202}/current_calls/parked", body: `{"action":"pickup","send_dst":"700"}`, status: 400, field: "send_dst"},
	} {
		s.method = "PUT"
		switch s.status {
		case 400:
			s.word = "invalid_parameter"
		case 404:
			s.word = "not_found"
		case 409:
			s.word = "conflict"
		}
		t.Run(s.name, func(t *testing.T) { s.run(t, d) })
	}
	scenario{method: "PUT", path: "/client/@me/extension/{204}", body: `{"status":"blocked"}`, status: 200}.run(t, d)
	scenario{method: "PUT", path: "/extension/{204}/current_calls/parked", body: `{"action":"pickup"}`, status: 409, word: "conflict", says: "is blocked"}.run(t, d)
	scenario{method: "PUT", path: talks, body: `{"action":"eavesdrop","send_dst":"204"}`, status: 400, word: "invalid_parameter", field: "send_dst", says: "is blocked"}.run(t, d)
	if got := d.Engine.Orders(); got != nil {
		t.Errorf("carried out: %q", got)
	}
}

// An application of a user listens to and picks up calls at the user's own phones only.
func TestAUsersApplicationOrdersTheUsersCallsOnly(t *testing.T) {
	d := ordering(t)
	made := d.Do("POST", "/api/ver1.0/client/@me/extension/", d.Tokens["user"], `{"name":"301","type":"phone"}`)
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	own := int64(made.JSON(t)["id"].(float64))
	d.Engine.SetCalls(d.Org,
		acd.LiveCall{Call: "talks", CallerExtension: d.Extension("201"), CalledExtension: d.Extension("202")},
		acd.LiveCall{Call: "mine", CallerExtension: own, CalledExtension: d.Extension("202")},
		acd.LiveCall{Call: "parked", CallerExtension: d.Extension("201"), State: acd.CallParked})
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/extension/{201}/current_calls/talks", `{"action":"eavesdrop","send_dst":"301"}`, 404},
		{fmt.Sprintf("/extension/%d/current_calls/talks", own), `{"action":"eavesdrop","send_dst":"301"}`, 404},
		{fmt.Sprintf("/extension/%d/current_calls/mine", own), `{"action":"conference","send_dst":"203"}`, 200},
		{fmt.Sprintf("/extension/%d/current_calls/mine", own), `{"action":"pickup","send_dst":"203"}`, 400},
		{fmt.Sprintf("/extension/%d/current_calls/parked", own), `{"action":"pickup"}`, 200},
		{"/extension/{203}/current_calls/parked", `{"action":"pickup"}`, 404},
	} {
		if got := d.Do("PUT", "/api/ver1.0"+expand(d, c.path), d.Tokens["user"], c.body); got.Status != c.status {
			t.Errorf("%s of %s: %d %s, want %d", c.body, c.path, got.Status, got.Body, c.status)
		}
	}
	// Another organisation's applications find neither call nor phone.
	for _, path := range []string{"/extension/{201}/current_calls/talks", "/extension/{203}/current_calls/parked"} {
		if got := d.Do("PUT", "/api/ver1.0"+expand(d, path), d.Tokens["stranger"], `{"action":"pickup"}`); got.Status != 404 {
			t.Errorf("a stranger: %d %s", got.Status, got.Body)
		}
	}
	want := []string{fmt.Sprintf("conference mine of %d 203", own), fmt.Sprintf("pickup parked of %d 0003*301", own)}
	if got := d.Engine.Orders(); !slices.Equal(got, want) {
		t.Errorf("carried out: %q, want %q", got, want)
	}
}

func TestReleaseOfAnAgent(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	for _, body := range []string{"", "{}"} {
		for _, path := range []string{"/client/@me/agent/local/{a201}/release/", "/client/@me/agent/remote/{remote}/release",
			"/client/@me/agent/local/{a201}/ready/", "/client/@me/agent/remote/{remote}/ready"} {
			got := d.Do("POST", "/api/ver1.0"+expand(d, path), d.Tokens["demo"], body)
			if got.Status != 200 || !strings.Contains(string(got.Body), `"status":"available"`) {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
	}
	for _, s := range []scenario{
		{name: "no such agent", method: "POST", path: "/client/@me/agent/local/9999/release/", status: 404, word: "not_found"},
		{name: "the other kind", method: "POST", path: "/client/@me/agent/remote/{a201}/release/", status: 404, word: "not_found"},
		{name: "ready: no such agent", method: "POST", path: "/client/@me/agent/local/9999/ready/", status: 404, word: "not_found"},
		{name: "ready: a field", method: "POST", path: "/client/@me/agent/local/{a201}/ready/", body: `{"now":true}`, status: 400, word: "invalid_parameter", field: "now"},
		{name: "a field", method: "POST", path: "/client/@me/agent/local/{a201}/release/", body: `{"force":true}`, status: 400, word: "invalid_parameter", field: "force"},
		{name: "not to be read", method: "GET", path: "/client/@me/agent/local/{a201}/release/", status: 405, word: "method_not_allowed"},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t, d) })
	}
	made := d.Do("POST", "/api/ver1.0/client/@me/extension/", d.Tokens["user"], `{"name":"301","type":"phone"}`)
	agent := d.Do("POST", "/api/ver1.0/client/@me/agent/local/", d.Tokens["user"], fmt.Sprintf(`{"extension_id":%v}`, made.JSON(t)["id"]))
	path := fmt.Sprintf("/api/ver1.0/client/@me/agent/local/%v/release/", agent.JSON(t)["id"])
	if got := d.Do("POST", path, d.Tokens["user"], ""); got.Status != 403 {
		t.Errorf("a user's application released an agent: %d %s", got.Status, got.Body)
	}
	if got := d.Do("POST", strings.Replace(path, "release", "ready", 1), d.Tokens["user"], ""); got.Status != 200 {
		t.Errorf("a user's own agent is not ready: %d %s", got.Status, got.Body)
	}
	if got := d.Do("POST", expand(d, "/api/ver1.0/client/@me/agent/local/{a201}/ready/"), d.Tokens["user"], ""); got.Status != 404 {
		t.Errorf("a user's application ended another's wrap-up: %d %s", got.Status, got.Body)
	}
}
