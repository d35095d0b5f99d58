package loadtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// APIKind is which requests are sent to the HTTP API.
type APIKind string

// The kinds.
const (
	// Reads asks for the status of agents.
	Reads APIKind = "reads"
	// Status changes the status of agents: each request is a change, committed and in the journal.
	Status APIKind = "status"
	// Pauses changes the status of agents in a queue (UnifiedAPI), likewise.
	Pauses APIKind = "pauses"
	// Presence reads pages of 100 of the presence of all phones (UnifiedAPI).
	Presence APIKind = "presence"
)

// APIKinds lists them all.
var APIKinds = []APIKind{Reads, Status, Pauses, Presence}

// APIConfig says what to send to which server.
type APIConfig struct {
	Kind         APIKind
	API          string // base URL
	ClientID     string
	ClientSecret string
	PID          int // of the server; 0 = its CPU is not told

	Agents      int           // made with phones from FirstAgent on where they are not there: Reads, Status
	Phones      int           // all phones that must be there, made from FirstAgent on: Presence
	FirstAgent  int           // short number of the first phone
	Connections int           // kept open, one request at a time on each
	Rate        float64       // requests a second of all connections; 0 = as fast as they are answered
	Duration    time.Duration // of the measurement
	Progress    io.Writer     // of preparing; nil = none
}

// APIDefaults gives a kind's settings for the demo.
func APIDefaults(kind APIKind) APIConfig {
	c := APIConfig{Kind: kind, API: "http://127.0.0.1:8080", ClientID: "demo", ClientSecret: "demo",
		FirstAgent: 20_000, Agents: 200, Connections: 64, Duration: 10 * time.Second}
	if kind == Presence {
		c.Agents, c.Phones, c.Connections = 0, 10_000, 1
	}
	return c
}

// APIReport is what came out. Times are from when a request was due, in milliseconds.
type APIReport struct {
	Kind        APIKind        `json:"kind"`
	Seconds     float64        `json:"seconds"`
	Connections int            `json:"connections"`
	Asked       float64        `json:"rate_asked"` // requests a second; 0 = as fast as possible
	Rate        float64        `json:"rate"`       // requests answered with 200 a second
	Failed      int            `json:"failed"`
	Failures    map[string]int `json:"failures"` // by status or error
	Times       Quantiles      `json:"times"`
	ServerCores float64        `json:"server_cores,omitempty"`
	OwnCores    float64        `json:"generator_cores"`
}

// WriteText writes the report for people.
func (r *APIReport) WriteText(w io.Writer) error {
	var b strings.Builder
	asked := "as fast as possible"
	if r.Asked > 0 {
		asked = fmt.Sprintf("%.0f/s asked for", r.Asked)
	}
	fmt.Fprintf(&b, "api %s, %.0f s, %d connections, %s\n", r.Kind, r.Seconds, r.Connections, asked)
	fmt.Fprintf(&b, "  requests             %.0f a second, %d failed\n", r.Rate, r.Failed)
	for kind, n := range r.Failures {
		fmt.Fprintf(&b, "    %6d  %s\n", n, kind)
	}
	writeTimes(&b, "request to answer", &r.Times)
	fmt.Fprintf(&b, "  server               %.2f cores\n  generator            %.2f cores\n", r.ServerCores, r.OwnCores)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes the report for machines.
func (r *APIReport) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func (c *APIConfig) check() error {
	switch {
	case !slices.Contains(APIKinds, c.Kind):
		return fmt.Errorf("loadtest: api %q: no such kind; there are %v", c.Kind, APIKinds)
	case c.Connections < 1 || c.Connections > 10_000:
		return fmt.Errorf("loadtest: connections %d: 1 to 10000", c.Connections)
	case c.Kind != Presence && c.Agents < c.Connections:
		return fmt.Errorf("loadtest: %d agents for %d connections: each connection needs agents of its own", c.Agents, c.Connections)
	case c.Duration <= 0:
		return errors.New("loadtest: the duration is missing")
	}
	return nil
}

// RunAPI prepares what is needed on the server, sends requests and measures.
func RunAPI(ctx context.Context, cfg APIConfig) (APIReport, error) {
	if err := cfg.check(); err != nil {
		return APIReport{}, err
	}
	requests, err := cfg.prepare(ctx)
	if err != nil {
		return APIReport{}, err
	}
	server := &process{cfg.PID, "/proc"}
	own := &process{os.Getpid(), "/proc"}
	ownBefore, _ := own.read()
	before, serverErr := server.read()

	lines := make([]*line, cfg.Connections)
	for i := range lines {
		if lines[i], err = dialLine(ctx, cfg.API); err != nil {
			return APIReport{}, err
		}
		defer lines[i].conn.Close()
	}
	start := time.Now()
	var wg sync.WaitGroup
	for i, l := range lines {
		wg.Go(func() { l.run(ctx, cfg, requests(i), start, i) })
	}
	wg.Wait()
	took := time.Since(start)

	report := APIReport{Kind: cfg.Kind, Seconds: took.Seconds(), Connections: cfg.Connections, Asked: cfg.Rate, Failures: map[string]int{}}
	var all Sample
	for _, l := range lines {
		all.values = append(all.values, l.times.values...)
		for kind, n := range l.failures {
			report.Failures[kind] += n
			report.Failed += n
		}
	}
	report.Times = all.quantiles()
	report.Rate = float64(report.Times.Count) / took.Seconds()
	if after, err := own.read(); err == nil {
		report.OwnCores = (after.cpu - ownBefore.cpu).Seconds() / took.Seconds()
	}
	if after, err := server.read(); err == nil && serverErr == nil {
		report.ServerCores = (after.cpu - before.cpu).Seconds() / took.Seconds()
	}
	return report, ctx.Err()
}

// script gives the requests of a connection, one after the other.
type script func() []byte

// prepare makes agents or phones, and the requests that ask for them.
func (c *APIConfig) prepare(ctx context.Context) (func(connection int) script, error) {
	cfg := Defaults(Calls)
	cfg.API, cfg.ClientID, cfg.ClientSecret, cfg.FirstAgent, cfg.Progress = c.API, c.ClientID, c.ClientSecret, c.FirstAgent, c.Progress
	if c.Kind == Presence {
		api := newClient(cfg)
		defer api.close()
		if err := c.phones(ctx, api); err != nil {
			return nil, err
		}
		return func(i int) script { return c.presence(api.token, i) }, nil
	}
	cfg.Agents = c.Agents
	w, err := prepare(ctx, cfg, false)
	if err != nil {
		return nil, err
	}
	defer w.api.close()
	return func(i int) script { return c.agents(w, i) }, nil
}

// phones makes extensions until there are enough.
func (c *APIConfig) phones(ctx context.Context, api *client) error {
	if err := api.login(ctx); err != nil {
		return err
	}
	w := &world{api: api}
	known, err := w.extensions(ctx, "phone")
	if err != nil {
		return err
	}
	for n := c.FirstAgent; len(known) < c.Phones; n++ {
		number := strconv.Itoa(n)
		if _, ok := known[number]; ok {
			continue
		}
		var row extensionRow
		if err := api.do(ctx, http.MethodPost, "/client/@me/extension/", map[string]any{"name": number, "type": "phone"}, &row); err != nil {
			return err
		}
		if known[number] = row; c.Progress != nil && len(known)%1000 == 0 {
			fmt.Fprintf(c.Progress, "preparing phones: %d of %d\n", len(known), c.Phones)
		}
	}
	return nil
}

// agents gives requests for those agents that are the connection's own: so
// every status it sends is another than the last one.
func (c *APIConfig) agents(w *world, connection int) script {
	var requests [][]byte
	for round := range 2 {
		for i := connection; i < len(w.agents); i += c.Connections {
			a := w.agents[i]
			method, body := "PUT", []string{`{"status":"on_break"}`, `{"status":"available"}`}[round]
			path := "/api/ver1.0/client/@me/agent/local/" + strconv.FormatInt(a.id, 10)
			switch c.Kind {
			case Reads:
				method, body = "GET", ""
			case Pauses:
				path, body = "/uapi/extensions/@me/"+w.queue+"/queue/agents/"+a.extended, []string{`{"status":"2"}`, `{"status":"1"}`}[round]
			}
			requests = append(requests, request(method, c.API, path, w.api.token, body))
		}
	}
	return inTurn(requests, 0)
}

func (c *APIConfig) presence(token string, connection int) script {
	var requests [][]byte
	for start := 0; start < min(c.Phones, 4999); start += 100 { // the dialect's lists begin no later
		path := fmt.Sprintf("/uapi/extensions/@me/@self/presence?count=100&startIndex=%d", start)
		requests = append(requests, request("GET", c.API, path, token, ""))
	}
	return inTurn(requests, connection)
}

func inTurn(requests [][]byte, first int) script {
	next := first
	return func() []byte {
		r := requests[next%len(requests)]
		next++
		return r
	}
}
