package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdline/internal/phone/standin"
)

func TestMain(m *testing.M) {
	if os.Getenv(standinRole) != "" {
		runStandin()
		return
	}
	goleak.VerifyTestMain(m)
}

// office is the part of the HTTP API that a load test uses, in memory.
type office struct {
	mu         sync.Mutex
	server     *standin.Server
	extensions []map[string]any
	agents     []map[string]any
	members    []map[string]any
	passwords  map[string]string
	queue      map[string]any
	exhausted  bool
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.URL.Path == "/oauth/token" {
		if r.FormValue("client_secret") != "demo" {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		o.give(w, 200, map[string]any{"access_token": "t"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer t" || o.exhausted {
		w.Header().Set("X-RateLimit-Reset", "120")
		w.WriteHeader(map[bool]int{true: http.StatusTooManyRequests, false: http.StatusUnauthorized}[o.exhausted])
		return
	}
	var in map[string]any
	_ = json.NewDecoder(r.Body).Decode(&in) // empty with GET
	o.serve(w, r, strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/ver1.0"), "/"), "/"), in)
}

func (o *office) serve(w http.ResponseWriter, r *http.Request, path []string, in map[string]any) {
	switch joined := strings.Join(path, "/"); {
	case joined == "client/@me/extension" && r.Method == http.MethodPost:
		in["id"], in["name"] = len(o.extensions)+100, "0003*"+in["name"].(string)
		o.extensions = append(o.extensions, in)
		o.give(w, 201, in)
	case joined == "client/@me/extension":
		o.page(w, r, o.extensions, func(e map[string]any) bool { return e["type"] == r.FormValue("type") })
	case joined == "client/@me/agent/local" && r.Method == http.MethodPost:
		in["id"] = len(o.agents) + 1
		o.agents = append(o.agents, in)
		o.give(w, 201, in)
	case joined == "client/@me/agent/local":
		o.page(w, r, o.agents, nil)
	case strings.HasPrefix(joined, "client/@me/agent/local/"):
		o.setStatus(path[len(path)-1], in["status"].(string))
		o.give(w, 200, in)
	case strings.HasSuffix(joined, "/queue"):
		o.queue = in
		o.give(w, 200, in)
	case strings.HasSuffix(joined, "/sip"):
		o.sip(w, r, path[1], in)
	case strings.HasSuffix(joined, "/queue/agents/local") && r.Method == http.MethodPost:
		o.members = append(o.members, in)
		o.give(w, 201, in)
	case strings.HasSuffix(joined, "/queue/agents/local"):
		o.page(w, r, o.members, nil)
	default:
		http.NotFound(w, r)
	}
}

func (o *office) sip(w http.ResponseWriter, r *http.Request, id string, in map[string]any) {
	if r.Method == http.MethodPut {
		o.passwords[id] = in["password"].(string)
	}
	o.give(w, 200, map[string]any{"username": "x", "domain": "load.local"})
}

func (o *office) setStatus(id, status string) {
	n, _ := strconv.Atoi(id)
	o.agents[n-1]["status"] = status
	extension := int(o.agents[n-1]["extension_id"].(float64))
	o.server.Login(o.extensions[extension-100]["name"].(string), status == "available")
}

func (o *office) page(w http.ResponseWriter, r *http.Request, rows []map[string]any, keep func(map[string]any) bool) {
	kept := []map[string]any{}
	for _, row := range rows {
		if keep == nil || keep(row) {
			kept = append(kept, row)
		}
	}
	page, _ := strconv.Atoi(r.FormValue("page"))
	per, _ := strconv.Atoi(r.FormValue("per_page"))
	lo, hi := min(len(kept), (page-1)*per), min(len(kept), page*per)
	o.give(w, 200, kept[lo:hi])
}

func (o *office) give(w http.ResponseWriter, code int, v any) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client has gone when the test ends early
}

// target starts a stand-in with its API, and gives a configuration for it.
func target(t *testing.T, m Mode, cfg standin.Config) (Config, *office) {
	t.Helper()
	server, err := standin.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{server: server, passwords: map[string]string{}}
	api := httptest.NewServer(o)
	t.Cleanup(func() {
		api.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	c := Defaults(m)
	c.Server, c.API, c.TrunkAddress, c.PhoneAddress = server.Addr().String(), api.URL, "127.0.0.3", "127.0.0.4"
	c.Agents, c.Callers, c.Talk, c.Duration, c.Patience = 10, 5, 100*time.Millisecond, 300*time.Millisecond, 10*time.Second
	return c, o
}

func run(t *testing.T, c Config) Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	r, err := Run(ctx, c)
	if err != nil {
		var b bytes.Buffer
		_ = r.WriteText(&b)
		t.Fatalf("%v\n%s", err, &b)
	}
	return r
}

// sound fails the test if calls failed, except for those of which little was
// heard: on a busy machine the audio of a tenth of a second may come too late.
func sound(t *testing.T, c CallReport) {
	t.Helper()
	little := 0
	for kind, n := range c.Failures {
		if strings.HasPrefix(kind, "less than 80 % of the audio") {
			little += n
		}
	}
	if c.Failed != little || c.Completed+little+c.Refused503+c.CutShort != c.Placed {
		t.Errorf("calls failed: %+v", c)
	}
}

func TestCallsAreConnectedAndMeasured(t *testing.T) {
	for _, by := range []string{ByAgent, ByCaller} {
		c, o := target(t, Calls, standin.Config{Music: true})
		c.Rate, c.HangupBy = 40, by
		r := run(t, c)
		sound(t, r.Calls)
		if r.Calls.Placed != 12 || r.Calls.Completed == 0 {
			t.Errorf("hang-up by %s: %+v", by, r.Calls)
		}
		if r.Calls.Ring.Count != 12 || r.Calls.Ring.P50 <= 0 || r.Calls.Ring.Max < r.Calls.Ring.P99 || r.Calls.Answer.Count != 12 {
			t.Errorf("times: %+v", r.Calls)
		}
		if r.Packets.Sent == 0 || r.Packets.Received == 0 {
			t.Errorf("packets: %+v", r.Packets)
		}
		if r.Process.PID != os.Getpid() || r.Process.Idle == 0 || r.Process.End == 0 {
			t.Errorf("process: %+v", r.Process)
		}
		if o.server.Legs() != 0 || len(o.server.Registered()) != 0 {
			t.Errorf("left behind: %d legs, phones %v", o.server.Legs(), o.server.Registered())
		}
	}
}

func TestFailuresAreNamed(t *testing.T) {
	for _, test := range []struct {
		name   string
		server standin.Config
		kind   string
	}{
		{"refused", standin.Config{Refuse: 404}, "INVITE refused: 404 Refused"},
		{"deaf", standin.Config{Music: true, Deaf: true}, "no audio from the caller"},
	} {
		c, _ := target(t, Calls, test.server)
		c.Rate, c.Talk = 20, 400*time.Millisecond
		r := run(t, c)
		if r.Calls.Failures[test.kind] != r.Calls.Placed || r.Calls.Failed != r.Calls.Placed || r.Calls.Placed == 0 {
			t.Errorf("%s: %+v", test.name, r.Calls)
		}
	}
}

func TestNobodyRings(t *testing.T) {
	c, o := target(t, Calls, standin.Config{Music: true})
	c.Rate, c.Patience = 20, 200*time.Millisecond
	if err := Prepare(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for i := range c.Agents {
		o.server.Login("0003*"+strconv.Itoa(c.FirstAgent+i), false)
	}
	r := run(t, c)
	if r.Calls.Failures["no agent was rung: ended by local"] != r.Calls.Placed {
		t.Errorf("%+v", r.Calls)
	}
}

func TestWaitingCallersHearMusic(t *testing.T) {
	c, _ := target(t, Waiting, standin.Config{Music: true})
	c.Agents = 0
	r := run(t, c)
	if r.Packets.Received < 5*10 || r.Packets.Lost != 0 || r.Calls.Failed != 0 || r.Calls.Ring.Count != 0 {
		t.Errorf("%+v %+v", r.Packets, r.Calls)
	}
}

func TestBridgedCallsAreHeldAndCounted(t *testing.T) {
	c, o := target(t, Bridged, standin.Config{})
	r := run(t, c)
	if r.Packets.Received < 2*5*10 || r.Packets.EndToEnd != 0 || r.Calls.Failed != 0 || r.Calls.CutShort != 5 || r.Calls.Ring.Count != 5 {
		t.Errorf("%+v %+v", r.Packets, r.Calls)
	}
	if o.server.Legs() != 0 {
		t.Errorf("%d legs are left", o.server.Legs())
	}
}

func TestAgentsWhoBecomeFreeAreTimed(t *testing.T) {
	c, _ := target(t, Free, standin.Config{Music: true})
	c.Agents, c.Callers, c.Trials = 2, 6, 8
	r := run(t, c)
	sound(t, r.Calls)
	if r.Free == nil || r.Free.Count < 8 || r.Free.P50 <= 0 {
		t.Errorf("%+v %+v", r.Free, r.Calls)
	}
}

func TestLoginsAreTimed(t *testing.T) {
	c, _ := target(t, Login, standin.Config{Music: true})
	c.Agents, c.Trials = 1, 3
	r := run(t, c)
	if r.Login == nil || r.Login.Count != 3 || r.Login.P50 <= 0 || r.Calls.Placed != 3 {
		t.Errorf("%+v %+v", r.Login, r.Calls)
	}
}

func TestOverloadIsRefusedPolitelyAndHeldCallsGoOn(t *testing.T) {
	c, _ := target(t, Overload, standin.Config{Limit: 7})
	c.Callers, c.Rate, c.Talk = 4, 80, 150*time.Millisecond
	r := run(t, c)
	sound(t, r.Calls)
	if r.Calls.Refused503 == 0 || r.Calls.Ring.Count == 0 {
		t.Errorf("flood: %+v", r.Calls)
	}
	if r.Recovery == nil || r.Recovery.Placed != 100 || r.Packets.Received == 0 {
		t.Errorf("recovery %+v, packets %+v", r.Recovery, r.Packets)
	}
}

func TestInterruptedRunEndsItsCallsAndReports(t *testing.T) {
	c, o := target(t, Waiting, standin.Config{Music: true})
	c.Agents, c.Duration = 0, time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.Progress = writerFunc(func([]byte) (int, error) { // the first progress line comes after a second: all are up
		if o.server.Legs() == c.Callers {
			cancel()
		}
		return 0, nil
	})
	r, err := Run(ctx, c)
	if err != nil || !r.Interrupted || r.Calls.Placed != c.Callers || o.server.Legs() != 0 {
		t.Errorf("%v %+v, %d legs left", err, r, o.server.Legs())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestPrepareIsIdempotent(t *testing.T) {
	c, o := target(t, Calls, standin.Config{})
	c.Agents = 250 // more than a page
	for range 2 {
		if err := Prepare(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.extensions) != 251 || len(o.agents) != 250 || len(o.members) != 250 || len(o.passwords) != 250 {
		t.Errorf("%d extensions, %d agents, %d members, %d passwords", len(o.extensions), len(o.agents), len(o.members), len(o.passwords))
	}
	if o.queue["strategy"] != "longest-idle-agent" || o.queue["sound_type"] != "music" {
		t.Errorf("queue: %v", o.queue)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	c, o := target(t, Calls, standin.Config{})
	bad := c
	bad.ClientSecret = "wrong"
	if err := Prepare(t.Context(), bad); err == nil || !strings.Contains(err.Error(), `client id "demo"`) {
		t.Errorf("wrong secret: %v", err)
	}
	o.exhausted = true
	if err := Prepare(t.Context(), c); err == nil || !strings.Contains(err.Error(), "wait 120 s") {
		t.Errorf("hourly limit: %v", err)
	}
	for setting, change := range map[string]func(*Config){
		"mode": func(c *Config) { c.Mode = "x" }, "hangup-by": func(c *Config) { c.HangupBy = "nobody" },
		"rate": func(c *Config) { c.Rate = 0 }, "agents": func(c *Config) { c.Agents = 0 },
		"trials": func(c *Config) { c.Trials = 0 }, "duration": func(c *Config) { c.Duration = 0 },
		"talk": func(c *Config) { c.Talk = -1 }, "calls (rate x duration)": func(c *Config) { c.Rate, c.Duration = 5000, time.Hour },
	} {
		bad := c
		change(&bad)
		var e *Error
		if _, err := Run(t.Context(), bad); !errors.As(err, &e) || e.Setting != setting {
			t.Errorf("%s: %v", setting, err)
		}
	}
	gone := c
	gone.Server = "127.0.0.1:1"
	if _, err := Run(t.Context(), gone); err == nil || !strings.Contains(err.Error(), "--pid") {
		t.Errorf("no server: %v", err)
	}
}

func TestQuantilesAreNearestRanks(t *testing.T) {
	var s Sample
	for i := 100; i >= 1; i-- {
		s.add(time.Duration(i) * time.Millisecond)
	}
	if q := s.quantiles(); q != (Quantiles{100, 50, 95, 99, 100}) {
		t.Errorf("%+v", q)
	}
	if q := (&Sample{}).quantiles(); q != (Quantiles{}) {
		t.Errorf("empty: %+v", q)
	}
	one := Sample{[]time.Duration{1500 * time.Microsecond}}
	if q := one.quantiles(); q != (Quantiles{1, 1.5, 1.5, 1.5, 1.5}) {
		t.Errorf("one: %+v", q)
	}
}

func TestCPUOfAProcessWithAnAwkwardName(t *testing.T) {
	stat := "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 1 1 1"
	if d, err := cpuOf([]byte(stat)); err != nil || d != 3*time.Second {
		t.Errorf("%v %v", d, err)
	}
	if _, err := cpuOf([]byte("7 (x) S 1")); err == nil {
		t.Error("a short line is accepted")
	}
}

func TestReportIsReadAgain(t *testing.T) {
	r := Report{Mode: Calls, Calls: CallReport{Placed: 3, Failed: 1, Failures: map[string]int{"INVITE refused: 404 Not Found": 1}},
		Packets: Packets{Sent: 10, Received: 9, Lost: 1}, Free: &Quantiles{1, 2, 3, 4, 5}}
	var data, text bytes.Buffer
	if err := errors.Join(r.WriteJSON(&data), r.WriteText(&text)); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data.Bytes(), &back); err != nil || back.Calls.Failures["INVITE refused: 404 Not Found"] != 1 || *back.Free != *r.Free {
		t.Errorf("%v %+v", err, back)
	}
	for _, want := range []string{"3 placed", "404 Not Found", "agent free to ring   p50 2.00"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
}
