// Command walkthrough-go makes a queue with two agents, step by step, with
// Go's standard library. It runs against "holdline demo" as it stands; set
// HOLDLINE_URL, HOLDLINE_CLIENT_ID and HOLDLINE_CLIENT_SECRET for a server of
// yours. What it makes, it deletes.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"
)

// object is a JSON object.
type object = map[string]any

// api is the ver1.0 API with a token.
type api struct {
	url, token string
	http       http.Client
	made       []string // what to delete at the end, the last first
}

func setting(name, byDefault string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return byDefault
}

// login gets an access token; it is good for an hour, so keep it.
func (a *api) login() error {
	answer, err := a.http.PostForm(a.url+"/oauth/token", url.Values{"grant_type": {"client_credentials"},
		"client_id":     {setting("HOLDLINE_CLIENT_ID", "demo")},
		"client_secret": {setting("HOLDLINE_CLIENT_SECRET", "demo")}})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var got struct {
		Token string `json:"access_token"`
		Error string `json:"error_description"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		return err
	}
	if a.token = got.Token; a.token == "" {
		return fmt.Errorf("no token: %s %s", answer.Status, got.Error)
	}
	return nil
}

// call sends a request; into may be nil.
func (a *api) call(method, path string, body object, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if body == nil {
		text = nil
	}
	r, err := http.NewRequest(method, a.url+"/api/ver1.0"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := a.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 { // the body says what is wrong, and the fix
		return fmt.Errorf("%s %s: %s %s", method, path, answer.Status, got)
	}
	if into == nil {
		return nil
	}
	fmt.Printf("%s %s: %s", method, path, got)
	return json.Unmarshal(got, into)
}

// create makes something and gives its id.
func (a *api) create(path string, body object) (int64, error) {
	var made struct{ ID int64 }
	err := a.call("POST", path, body, &made)
	if err == nil {
		a.made = append(a.made, fmt.Sprint(path, made.ID))
	}
	return made.ID, err
}

func (a *api) tidy() (err error) {
	for _, path := range slices.Backward(a.made) {
		err = errors.Join(err, a.call("DELETE", path, nil, nil))
	}
	return err
}

func (a *api) walk() error {
	queue, err := a.create("/client/@me/extension/", object{"name": "370", "type": "queue", "label": "Night desk"})
	if err != nil {
		return err
	}
	phone, err := a.create("/client/@me/extension/", object{"name": "371", "type": "phone", "label": "Dana"})
	if err != nil {
		return err
	}
	local, err := a.create("/client/@me/agent/local/", object{"extension_id": phone, "call_timeout": 30})
	if err != nil {
		return err
	}
	remote, err := a.create("/client/@me/agent/remote/", object{"number": "89215650644", "call_timeout": 30})
	if err != nil {
		return err
	}
	ofQueue, ofAgent := fmt.Sprintf("/extension/%d/queue/", queue), fmt.Sprintf("/client/@me/agent/local/%d", local)
	var shown any
	for _, step := range []struct {
		method, path string
		body         object
	}{
		{"PUT", ofQueue, object{"strategy": "ring-all", "sound_type": "music", "max_wait_time": 1800,
			"timeout_transfer_dst": "201", "tier_rules_apply": true, "tier_rule_wait_second": 15}},
		// nil has the server make up a password, shown this once.
		{"PUT", fmt.Sprintf("/extension/%d/sip/", phone), object{"password": nil}},
		{"POST", ofQueue + "agents/local/", object{"agent_id": local, "level": 1, "position": 1}},
		{"POST", ofQueue + "agents/remote/", object{"agent_id": remote, "level": 2, "position": 1}},
		// Every login of the agent is sent to a server of yours: see webhook-receiver-go.
		{"POST", ofAgent + "/event/", object{"url": "https://example.com/agents", "method": "POST", "event_type": "agent-login"}},
		{"PUT", ofAgent, object{"status": "on_break", "pause_reason": "lunch"}},
		{"PUT", ofAgent, object{"status": "available"}},
		{"GET", ofQueue + "status/", nil},
		{"GET", ofQueue + "status/members/", nil},
	} {
		if err := a.call(step.method, step.path, step.body, &shown); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	a := &api{url: setting("HOLDLINE_URL", "http://127.0.0.1:8080"), http: http.Client{Timeout: 10 * time.Second}}
	err := a.login()
	if err == nil {
		err = errors.Join(a.walk(), a.tidy())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
