package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdline/internal/phone"
)

// customer is the server of one. It tells its subscriptions apart by the path of their URLs.
type customer struct {
	*httptest.Server
	mu     sync.Mutex // guards got
	got    map[string][]told
	signal chan struct{}
}

// told is a request that came.
type told struct {
	method string
	form   url.Values
	raw    string // what is signed: the form as it was sent
	header http.Header
}

func newCustomer(t *testing.T) *customer {
	r := &customer{got: map[string][]told{}, signal: make(chan struct{}, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw := strings.TrimPrefix(req.URL.RawQuery, "own=1&")
		if req.Method == http.MethodPost {
			body, _ := io.ReadAll(req.Body)
			raw = string(body)
		}
		form, err := url.ParseQuery(raw)
		if err != nil {
			t.Errorf("%s came with %q: %v", req.URL.Path, raw, err)
		}
		r.mu.Lock()
		r.got[req.URL.Path] = append(r.got[req.URL.Path], told{req.Method, form, raw, req.Header})
		r.mu.Unlock()
		r.signal <- struct{}{}
	}))
	t.Cleanup(r.Close)
	return r
}

// wait waits until a path has been told of n events, and gives them.
func (r *customer) wait(t *testing.T, path string, n int) []told {
	t.Helper()
	for ctx := within(t); ; {
		r.mu.Lock()
		list := slices.Clone(r.got[path])
		r.mu.Unlock()
		if len(list) >= n {
			return list
		}
		select {
		case <-r.signal:
		case <-ctx.Done():
			t.Fatalf("%s was told of %d events, want %d: %+v", path, len(list), n, list)
		}
	}
}

// subscription is one made by ver1.0.
type subscription struct {
	ID     int64 `json:"id"`
	path   string
	secret string
}

// subscribe subscribes to an event below a path of ver1.0.
func (a *api) subscribe(t *testing.T, below, method, event, to string) subscription {
	t.Helper()
	s := subscription{}
	a.must(t, http.MethodPost, below+"/event/", map[string]any{"url": to, "method": method, "event_type": event}, &s)
	s.path = fmt.Sprintf("%s/event/%d", below, s.ID)
	var secret struct{ Secret string }
	a.must(t, http.MethodGet, s.path+"/secret/", nil, &secret)
	s.secret = secret.Secret
	return s
}

// subscribeUnified does so by UnifiedAPI.
func (a *api) subscribeUnified(t *testing.T, extension, kind, to string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"type": kind, "method": "1", "url": to, "note": "test", "status": "1"})
	req, err := http.NewRequest(http.MethodPost, a.base+"/uapi/extensions/@me/"+extension+"/phoneCallEvents/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	a.request(t, req, http.StatusOK)
}

// signed checks a signature as the Standard Webhooks specification has receivers do it.
func (s subscription) signed(t *testing.T, one told) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", one.header.Get("Webhook-Id"), one.header.Get("Webhook-Timestamp"), one.raw)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); one.header.Get("Webhook-Signature") != want {
		t.Errorf("the signature is %q, want %q", one.header.Get("Webhook-Signature"), want)
	}
}

func (o told) want(t *testing.T, what string, keys ...string) {
	t.Helper()
	for i := 0; i < len(keys); i += 2 {
		if got := o.form.Get(keys[i]); got != keys[i+1] {
			t.Errorf("%s: %s is %q, want %q in %s", what, keys[i], got, keys[i+1], o.raw)
		}
	}
}

// One caller, one agent, who then logs out by phone and in by the API: both
// dialects' subscribers are told all of it, each in its own form, signed and in order.
func TestEventsOfACall(t *testing.T) {
	s := startDemo(t)
	a, r := s.api(), newCustomer(t)
	id := a.agent(t, "201").ID
	agent := fmt.Sprintf("/client/@me/agent/local/%d", id)
	login := a.subscribe(t, agent, "GET", "agent-login", r.URL+"/login?own=1")
	logout := a.subscribe(t, agent, "POST", "agent-logout", r.URL+"/logout")
	queued := a.subscribe(t, "/extension/@700", "POST", "dial-in", r.URL+"/queued")
	left := a.subscribe(t, "/extension/@700", "GET", "hangup", r.URL+"/left")
	for _, kind := range []string{"0", "2", "3", "4"} {
		a.subscribeUnified(t, "0003*201", kind, r.URL+"/unified/"+kind)
	}

	caller1, called, desk := s.talkWith("201")
	called.Hangup()
	next(t, caller1, phone.Ended)

	list := r.wait(t, "/queued", 2)
	list[0].want(t, "the caller is queued", "EventType", "dial-in", "CallFlow", "in", "CallStatus", "CALLING", "CallerIDNum", caller,
		"CalledDID", salesDID, "CalledExtension", "0003*700", "CalledExtensionID", fmt.Sprint(a.extension(t, "700")))
	list[1].want(t, "the agent is called", "EventType", "dial-in", "CallFlow", "out", "CalledExtension", "0003*201", "CallID", list[0].form.Get("CallID"))
	queued.signed(t, list[0])
	list = r.wait(t, "/left", 2)
	for _, one := range list {
		one.want(t, "the end", "EventType", "hangup", "CallStatus", "ANSWER", "Bridged", "yes", "Transfered", "no", "own", "")
		if one.method != "GET" || one.form.Get("Duration") == "" || one.form.Get("BridgedDuration") == "0" {
			t.Errorf("the end is told by %s %s", one.method, one.raw)
		}
		left.signed(t, one)
	}
	for kind, status := range map[string]string{"0": "CALLING", "3": "ANSWER", "2": "ANSWER"} {
		one := r.wait(t, "/unified/"+kind, 1)[0]
		one.want(t, "UnifiedAPI", "CallStatus", status, "CallFlow", "IN", "CalledExtension", "0003*201", "CallerIDNum", caller, "CalledDID", salesDID)
		if _, more := one.form["EventType"]; more || len(one.form) != 10 {
			t.Errorf("UnifiedAPI has the keys of %s", one.raw)
		}
	}

	dialCode(t, desk, "*46", "logged-out")
	one := r.wait(t, "/logout", 1)[0]
	one.want(t, "the logout", "agent_id", fmt.Sprint(id), "agent_status", "logged_out", "agent_type", "local",
		"extension_name", "0003*201@demo.local", "event_source", "phone")
	if len(one.form) != 5 || one.method != "POST" {
		t.Errorf("the logout is told by %s %s", one.method, one.raw)
	}
	logout.signed(t, one)
	one = r.wait(t, "/unified/4", 1)[0] // the code was a call, too
	one.want(t, "the call of the code", "CallStatus", "ANSWER", "CallFlow", "OUT", "CallerExtension", "0003*201", "CalledNumber", "*46")
	a.setAgent(t, "201", map[string]any{"status": "available"})
	a.setAgent(t, "201", map[string]any{"status": "available"})
	one = r.wait(t, "/login", 1)[0]
	one.want(t, "the login", "agent_status", "available", "event_source", "api")
	login.signed(t, one)

	a.must(t, http.MethodPost, login.path+"/test/", nil, nil)
	list = r.wait(t, "/login", 2)
	list[1].want(t, "the test", "agent_id", fmt.Sprint(id), "agent_status", "available")
	var log []struct {
		State string
		Test  bool
	}
	a.until(t, "both deliveries", login.path+"/deliveries/?state=delivered", func(answer []byte) bool {
		return json.Unmarshal(answer, &log) == nil && len(log) == 2
	})
	if !log[0].Test || log[1].Test {
		t.Errorf("the log, newest first, is %+v", log)
	}
}

// Who counts a queue's dial-in and hangup of flow in knows its callers also
// after the server was killed while some waited.
func TestQueueCountSurvivesAKill(t *testing.T) {
	data := t.TempDir()
	s := startDemo(t, "--data", data)
	a, r := s.api(), newCustomer(t)
	a.subscribe(t, "/extension/@700", "POST", "dial-in", r.URL+"/in")
	a.subscribe(t, "/extension/@700", "POST", "hangup", r.URL+"/out")
	n, err := phone.Open(phone.Config{Address: trunkAddress, Server: s.sip})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.Add(phone.Profile{User: "provider", Anyone: true}).Dial(phone.Dial{To: salesDID, From: caller})
	r.wait(t, "/in", 1)
	s.kill()
	again := startDemo(t, "--data", data)
	list := r.wait(t, "/out", 1)
	list[0].want(t, "the end", "CallFlow", "in", "CallStatus", "CONGESTION", "CallID", r.wait(t, "/in", 1)[0].form.Get("CallID"))
	var status struct {
		Waiting int `json:"waiting_members"`
	}
	again.api().must(t, http.MethodGet, "/extension/@700/queue/status/", nil, &status)
	if status.Waiting != 0 || len(r.wait(t, "/out", 1)) != 1 {
		t.Errorf("%d wait, told were %+v", status.Waiting, list)
	}
}
