package loadtest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"holdline/internal/phone/standin"
)

// front answers what API load asks for, and lets the office do the rest.
type front struct {
	office http.Handler

	mu      sync.Mutex // guards below
	last    map[string]string
	reads   int
	changes int
	same    int // requests that changed nothing
	refuse  bool
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := strings.Contains(r.URL.Path, "/agent/local/") && !strings.HasSuffix(r.URL.Path, "/local/")
	paused := strings.Contains(r.URL.Path, "/queue/agents/0003*")
	if !status && !paused {
		if strings.Contains(r.URL.Path, "/presence") {
			f.answer(w)
			return
		}
		f.office.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.Method == http.MethodGet:
		f.reads++
	case f.last[r.URL.Path] == string(body):
		f.same++
	default:
		f.changes++
	}
	f.last[r.URL.Path] = string(body)
	if f.refuse {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	f.answer(w)
}

func (f *front) answer(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("{}", 2000)) }

func apiTarget(t *testing.T, kind APIKind) (APIConfig, *front) {
	t.Helper()
	_, o := target(t, Calls, standin.Config{})
	f := &front{office: o, last: map[string]string{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	c := APIDefaults(kind)
	c.API, c.PID, c.Agents, c.Phones, c.Connections, c.Duration = server.URL, os.Getpid(), 6, 250, 3, 200*time.Millisecond
	return c, f
}

func TestAPIRequestsAreMeasured(t *testing.T) {
	for _, kind := range APIKinds {
		t.Run(string(kind), func(t *testing.T) {
			c, f := apiTarget(t, kind)
			r, err := RunAPI(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if r.Failed > 0 || r.Times.Count == 0 || r.Times.P50 <= 0 || r.Rate <= 0 {
				t.Errorf("%+v", r)
			}
			if f.same > 0 || kind == Reads != (f.reads > 0) || (kind == Status || kind == Pauses) != (f.changes > 0) {
				t.Errorf("%d reads, %d changes, %d that change nothing", f.reads, f.changes, f.same)
			}
		})
	}
}

func TestAPIRequestsAreSentAtARate(t *testing.T) {
	c, f := apiTarget(t, Reads)
	c.Rate, c.Duration = 100, 300*time.Millisecond
	r, err := RunAPI(t.Context(), c)
	if err != nil || r.Times.Count != 30 || f.reads != 30 {
		t.Errorf("%d answers, %d requests, %v; want 30", r.Times.Count, f.reads, err)
	}
}

func TestRefusedAPIRequestsAreNamed(t *testing.T) {
	c, f := apiTarget(t, Status)
	f.refuse = true
	r, err := RunAPI(t.Context(), c)
	if err != nil || r.Failed == 0 || r.Failures["429 Too Many Requests"] != r.Failed || r.Times.Count != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "429 Too Many Requests") {
		t.Errorf("%v, %s", err, &text)
	}
}

func TestAPISettingsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*APIConfig){
		"kind":        func(c *APIConfig) { c.Kind = "guesses" },
		"connections": func(c *APIConfig) { c.Connections = 0 },
		"agents":      func(c *APIConfig) { c.Agents = c.Connections - 1 },
		"duration":    func(c *APIConfig) { c.Duration = 0 },
		"nobody":      func(c *APIConfig) { c.API = "http://127.0.0.1:1" },
	} {
		c := APIDefaults(Reads)
		change(&c)
		if _, err := RunAPI(t.Context(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
