// Package apitest runs the HTTP APIs on a real listener for tests: the demo
// world, an organisation of strangers and applications of every reach.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/api/agentstate"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// Server is a running API over a world of its own.
type Server struct {
	*apptest.World
	URL  string
	Logs *Logs
	t    testing.TB
}

// Logs keeps what the server logged.
type Logs struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// New starts an API over an empty world; set may change the configuration.
func New(t testing.TB, set func(*api.Config)) *Server {
	t.Helper()
	w := apptest.New(t)
	s := &Server{World: w, Logs: &Logs{}, t: t}
	c := api.Config{App: w.App, Clock: w.Clock.Now, Voiptech: &agentstate.Config{}, Log: slog.New(slog.NewTextHandler(s.Logs, nil)),
		Auth: auth.New(auth.Config{Source: w.App.AuthSource(), Clock: w.Clock.Now})}
	if set != nil {
		set(&c)
	}
	server := httptest.NewServer(api.New(c))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Demo is the demo world with strangers and more applications.
type Demo struct {
	*Server
	Org      int64             // the demo organisation's id
	Stranger int64             // another organisation's id
	Tokens   map[string]string // by application: demo, stranger, admin (of the demo organisation), user (somebody's there who owns nothing)
}

// NewDemo starts an API over the demo world.
func NewDemo(t testing.TB, set func(*api.Config)) *Demo {
	t.Helper()
	d := &Demo{Server: New(t, set), Tokens: map[string]string{}}
	var err error
	if d.Org, err = d.App.DemoWorld(t.Context(), netip.MustParseAddrPort("127.0.0.2:5070")); err != nil {
		t.Fatal(err)
	}
	d.Stranger = d.Organisation("stranger", "0009").Org
	d.Update(func(ctx context.Context, tx store.Tx) error {
		somebody := store.User{OrgID: d.Org, Login: "somebody", Name: "Somebody", Role: "agent"}
		if err := tx.Users.Create(ctx, &somebody); err != nil {
			return err
		}
		for _, a := range []store.Application{
			{OrgID: d.Stranger, ClientID: "stranger", Reach: store.ReachOrganisation},
			{OrgID: d.Org, ClientID: "admin", Reach: store.ReachAll},
			{OrgID: d.Org, ClientID: "user", Reach: store.ReachUser, UserID: somebody.ID},
		} {
			a.Name, a.SecretHash = a.ClientID, auth.HashSecret(a.ClientID)
			if err := tx.Applications.Create(ctx, &a); err != nil {
				return err
			}
		}
		return nil
	})
	d.Open()
	for _, name := range []string{"demo", "stranger", "admin", "user"} {
		d.Tokens[name] = d.Token(name, name)
	}
	return d
}

// Extension gives the id of a demo extension by its short number.
func (d *Demo) Extension(number string) int64 {
	d.t.Helper()
	e, err := d.App.GetExtension(d.t.Context(), app.Actor{Org: d.Org, Reach: store.ReachOrganisation}, app.ExtensionRef{Number: number})
	if err != nil {
		d.t.Fatal(err)
	}
	return e.ID
}

// Agent gives the id of the agent at a demo phone, or of the remote agent if number is "".
func (d *Demo) Agent(number string) acd.AgentID {
	d.t.Helper()
	if number == "" {
		id, _ := d.Directory.AgentByNumber(d.Org, app.DemoRemoteNumber)
		return id
	}
	id, ok := d.Directory.AgentAt(d.Org, d.Extension(number))
	if !ok {
		d.t.Fatalf("no agent at %s", number)
	}
	return id
}

// Token gets an access token by POST /oauth/token.
func (s *Server) Token(clientID, secret string) string {
	s.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}}
	a := s.Do("POST", "/oauth/token", "", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(a.Body, &got); err != nil || got.Token == "" {
		s.t.Fatalf("no token for %s: %d %s", clientID, a.Status, a.Body)
	}
	return got.Token
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON gives the body's object; an error of the test if it is none.
func (a Answer) JSON(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.Body, &v); err != nil {
		t.Fatalf("%d %q is no JSON object: %v", a.Status, a.Body, err)
	}
	return v
}

// Do sends a request as it stands: nothing is cleaned, followed or unzipped.
// A body is sent as JSON unless headers ("Name: value") say otherwise. The
// answer must be one that the dialect's OpenAPI document knows.
func (s *Server) Do(method, path, token, body string, headers ...string) Answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	got, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := Answer{got.StatusCode, got.Header, text}
	if method != http.MethodHead {
		Check(s.t, method, path, a)
	}
	return a
}
