package ver1_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdline/internal/api/apitest"
)

// event is one of a stream.
type event struct {
	id, name string
	objects  map[string]map[string]any
}

// events is an open stream.
type events struct {
	t      *testing.T
	answer *http.Response
	lines  *bufio.Scanner
}

func openStream(t *testing.T, d *apitest.Demo, token, client string, headers ...string) *events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL+"/api/ver1.0/client/"+client+"/stream/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("%d %s", answer.StatusCode, text)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return &events{t, answer, lines}
}

// next reads an event; false when the stream has ended.
func (s *events) next() (e event, ok bool) {
	s.t.Helper()
	for s.lines.Scan() {
		field, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch field {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			var data struct {
				Now     int64                     `json:"now"`
				Objects map[string]map[string]any `json:"objects"`
			}
			if err := json.Unmarshal([]byte(value), &data); err != nil || e.name != "bye" && data.Now == 0 {
				s.t.Fatalf("%s: %v", value, err)
			}
			e.objects = data.Objects
		case "":
			if e.name != "" {
				return e, true
			}
		}
	}
	return e, false
}

// until reads events until one has the object and it is as wanted.
func (s *events) until(key string, want func(map[string]any) bool) event {
	s.t.Helper()
	for {
		e, ok := s.next()
		if !ok {
			s.t.Fatalf("the stream ended before %s was as it should be: %v", key, s.lines.Err())
		}
		if o, there := e.objects[key]; there && want(o) {
			return e
		}
	}
}

func TestStream(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	s := openStream(t, d, d.Tokens["demo"], "@me")
	if h := s.answer.Header; h.Get("Content-Type") != "text/event-stream; charset=utf-8" || h.Get("Content-Encoding") != "" || h.Get("X-RateLimit-Remaining") == "" {
		t.Errorf("headers %v", h)
	}
	first, _ := s.next()
	agent := "agent/" + expand(d, "{a201}")
	if first.name != "snapshot" || first.objects["client"]["client_id"] != float64(d.Org) || first.objects[agent] == nil {
		t.Fatalf("the stream begins with %+v", first)
	}
	onBreak := func(o map[string]any) bool { return o["status"] == "on_break" && o["pause_reason"] == "lunch" }
	put := func(body string) {
		t.Helper()
		if a := d.Do("PUT", "/api/ver1.0"+expand(d, "/client/@me/agent/local/{a201}"), d.Tokens["demo"], body); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	put(`{"status":"on_break","pause_reason":"lunch"}`)
	if e := s.until(agent, onBreak); e.name != "change" || e.id == "" {
		t.Errorf("the break is told as %+v", e)
	}

	// Who was away in between gets what changed, not everything.
	put(`{"status":"available"}`)
	e := s.until(agent, func(o map[string]any) bool { return o["status"] == "available" })
	s.answer.Body.Close()
	put(`{"status":"on_break","pause_reason":"lunch"}`)
	again := openStream(t, d, d.Tokens["demo"], "@me", "Last-Event-ID", e.id)
	if e := again.until(agent, onBreak); e.name != "change" || e.objects["client"] != nil {
		t.Errorf("after Last-Event-ID came %+v", e)
	}
	if e, _ := openStream(t, d, d.Tokens["demo"], "@me", "Last-Event-ID", strings.Repeat("x", 5000)).next(); e.name != "snapshot" {
		t.Errorf("after a Last-Event-ID that is none came %+v", e)
	}

	// A new extension is no fact of the rules, and is there all the same.
	if a := d.Do("POST", "/api/ver1.0/client/@me/extension/", d.Tokens["demo"], `{"name":"799","type":"queue","label":"New"}`); a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	again.until("queue/"+fmt.Sprint(d.Extension("799")), func(o map[string]any) bool { return o["label"] == "New" })

	d.Live.Close() // as when the server stops
	for {
		e, ok := again.next()
		if !ok {
			t.Fatal("the stream ended without a word")
		}
		if e.name == "bye" {
			break
		}
	}
	if a := d.Do("GET", "/api/ver1.0/client/@me/stream/", d.Tokens["demo"], ""); a.Status != http.StatusServiceUnavailable {
		t.Errorf("while the server stops: %d %s", a.Status, a.Body)
	}
}

func TestStreamsShowNobodyElsesThings(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	for _, tt := range []struct {
		token, client string
		status        int
	}{
		{"", "@me", http.StatusUnauthorized},
		{d.Tokens["stranger"], fmt.Sprint(d.Org), http.StatusForbidden},
		{d.Tokens["stranger"], "4711", http.StatusForbidden},
		{d.Tokens["demo"], fmt.Sprint(d.Stranger), http.StatusForbidden},
		{d.Tokens["admin"], "4711", http.StatusNotFound},
	} {
		if a := d.Do("GET", "/api/ver1.0/client/"+tt.client+"/stream/", tt.token, ""); a.Status != tt.status {
			t.Errorf("client %s: %d %s; want %d", tt.client, a.Status, a.Body, tt.status)
		}
	}
	if e, _ := openStream(t, d, d.Tokens["stranger"], "@me").next(); len(e.objects) != 1 || e.objects["client"]["client_id"] != float64(d.Stranger) {
		t.Errorf("a stranger sees %v", e.objects)
	}
	if e, _ := openStream(t, d, d.Tokens["user"], "@me").next(); len(e.objects) != 1 || e.objects["client"]["client_id"] != float64(d.Org) {
		t.Errorf("a user who owns nothing sees %v", e.objects)
	}
	if e, _ := openStream(t, d, d.Tokens["admin"], fmt.Sprint(d.Stranger)).next(); e.objects["client"]["client_id"] != float64(d.Stranger) {
		t.Errorf("an administrator's application sees %v", e.objects)
	}
	if a := d.Do("HEAD", "/api/ver1.0/client/@me/stream/", d.Tokens["demo"], ""); a.Status != http.StatusOK || a.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Errorf("HEAD: %d %v", a.Status, a.Header)
	}
}
