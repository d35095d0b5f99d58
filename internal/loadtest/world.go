package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// world is what a run needs on the server: a queue, and agents with phones in it.
type world struct {
	api    *client
	queue  string // full number, as dialled from the trunk
	domain string // of the phones' accounts
	agents []agent
}

type agent struct {
	id       int64
	extended string // full number, the phone's SIP user
	password string
}

// password of a simulated phone. It protects nothing: the phones exist for the test alone.
func password(number string) string { return "load-" + number }

// apiWorkers is how many API requests are under way at once.
const apiWorkers = 8

// Prepare creates what the configuration needs on the server: phones from
// FirstAgent on with their SIP passwords, an agent at each, and the queue they
// all sit in, with music and longest-idle-agent. What is there stays; passwords
// and the queue's settings are set anew.
func Prepare(ctx context.Context, cfg Config) error {
	if err := cfg.check(); err != nil {
		return err
	}
	_, err := prepare(ctx, cfg, true)
	return err
}

// prepare makes the world. reset sets also the passwords of phones that are there.
func prepare(ctx context.Context, cfg Config, reset bool) (*world, error) {
	w := &world{api: newClient(cfg)}
	if err := w.api.login(ctx); err != nil {
		return nil, err
	}
	queue, err := w.ensureQueue(ctx, cfg)
	if err != nil {
		return nil, err
	}
	w.queue = queue.Name
	if cfg.Agents == 0 {
		return w, nil
	}
	phones, err := w.extensions(ctx, "phone")
	if err != nil {
		return nil, err
	}
	agents, err := listAll[agentRow](ctx, w.api, "/client/@me/agent/local/", nil)
	if err != nil {
		return nil, err
	}
	members, err := listAll[memberRow](ctx, w.api, fmt.Sprintf("/extension/%d/queue/agents/local/", queue.ID), nil)
	if err != nil {
		return nil, err
	}
	m := maker{world: w, cfg: cfg, reset: reset, queue: queue.ID, phones: phones, agents: map[int64]agentRow{}, members: map[int64]bool{}}
	for _, a := range agents {
		m.agents[a.ExtensionID] = a
	}
	for _, a := range members {
		m.members[a.AgentID] = true
	}
	return w, m.run(ctx)
}

type extensionRow struct {
	ID   int64  `json:"id"`
	Name string `json:"name"` // full number
}

type agentRow struct {
	ID          int64  `json:"id"`
	ExtensionID int64  `json:"extension_id"`
	Status      string `json:"status"`
}

type memberRow struct {
	AgentID int64 `json:"agent_id"`
}

type sipRow struct {
	Username string `json:"username"`
	Domain   string `json:"domain"`
}

func (w *world) ensureQueue(ctx context.Context, cfg Config) (extensionRow, error) {
	queues, err := w.extensions(ctx, "queue")
	if err != nil {
		return extensionRow{}, err
	}
	q, ok := queues[cfg.Queue]
	if !ok {
		body := map[string]any{"name": cfg.Queue, "type": "queue", "label": "load test"}
		if err := w.api.do(ctx, http.MethodPost, "/client/@me/extension/", body, &q); err != nil {
			return q, err
		}
	}
	settings := map[string]any{"strategy": "longest-idle-agent", "sound_type": "music", "exit_with_no_av_agents": false,
		"agent_report_wait_time": false, "max_wait_time": 0}
	return q, w.api.do(ctx, http.MethodPut, fmt.Sprintf("/extension/%d/queue/", q.ID), settings, nil)
}

// extensions lists those of a type by short number.
func (w *world) extensions(ctx context.Context, kind string) (map[string]extensionRow, error) {
	rows, err := listAll[extensionRow](ctx, w.api, "/client/@me/extension/", url.Values{"type": {kind}})
	out := make(map[string]extensionRow, len(rows))
	for _, r := range rows {
		_, short, _ := strings.Cut(r.Name, "*")
		out[short] = r
	}
	return out, err
}

// maker creates agents that are not there.
type maker struct {
	*world
	cfg     Config
	reset   bool
	queue   int64
	phones  map[string]extensionRow
	agents  map[int64]agentRow // by extension
	members map[int64]bool     // by agent
}

func (m *maker) run(ctx context.Context) error {
	made := make([]agent, m.cfg.Agents)
	done := make(chan struct{}, m.cfg.Agents)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(apiWorkers)
	for i := range made {
		g.Go(func() error {
			a, err := m.ensure(ctx, strconv.Itoa(m.cfg.FirstAgent+i), i+1)
			made[i] = a
			done <- struct{}{}
			if n := len(done); m.cfg.Progress != nil && n%100 == 0 {
				fmt.Fprintf(m.cfg.Progress, "preparing agents: %d of %d\n", n, len(made))
			}
			return err
		})
	}
	err := g.Wait()
	m.world.agents = made
	if err == nil {
		m.domain, err = m.findDomain(ctx, m.cfg.FirstAgent)
	}
	return err
}

func (m *maker) findDomain(ctx context.Context, number int) (string, error) {
	var s sipRow
	err := m.api.do(context.WithoutCancel(ctx), http.MethodGet, fmt.Sprintf("/extension/@%d/sip/", number), nil, &s)
	return s.Domain, err
}

func (m *maker) ensure(ctx context.Context, number string, position int) (agent, error) {
	phone, known := m.phones[number]
	if !known {
		body := map[string]any{"name": number, "type": "phone", "label": "load test " + number}
		if err := m.api.do(ctx, http.MethodPost, "/client/@me/extension/", body, &phone); err != nil {
			return agent{}, err
		}
	}
	if !known || m.reset {
		body := map[string]any{"password": password(number)}
		if err := m.api.do(ctx, http.MethodPut, fmt.Sprintf("/extension/%d/sip/", phone.ID), body, nil); err != nil {
			return agent{}, err
		}
	}
	row, known := m.agents[phone.ID]
	if !known {
		body := map[string]any{"extension_id": phone.ID, "status": "available"}
		if err := m.api.do(ctx, http.MethodPost, "/client/@me/agent/local/", body, &row); err != nil {
			return agent{}, err
		}
	} else if row.Status != "available" {
		if err := m.setStatus(ctx, row.ID, "available"); err != nil {
			return agent{}, err
		}
	}
	if !m.members[row.ID] {
		body := map[string]any{"agent_id": row.ID, "level": 1, "position": position}
		if err := m.api.do(ctx, http.MethodPost, fmt.Sprintf("/extension/%d/queue/agents/local/", m.queue), body, nil); err != nil {
			return agent{}, err
		}
	}
	return agent{row.ID, phone.Name, password(number)}, nil
}

func (w *world) setStatus(ctx context.Context, id int64, status string) error {
	return w.api.do(ctx, http.MethodPut, fmt.Sprintf("/client/@me/agent/local/%d", id), map[string]any{"status": status}, nil)
}

// client speaks the ver1.0 API.
type client struct {
	base       string
	id, secret string
	token      string
	http       *http.Client
}

func newClient(cfg Config) *client {
	t := &http.Transport{MaxIdleConnsPerHost: apiWorkers, IdleConnTimeout: time.Minute}
	return &client{base: strings.TrimRight(cfg.API, "/"), id: cfg.ClientID, secret: cfg.ClientSecret,
		http: &http.Client{Transport: t, Timeout: 30 * time.Second}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// login gets an access token with the client's credentials (RFC 6749 §4.4).
func (c *client) login(ctx context.Context) error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("loadtest: api %q: %w", c.base, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := c.send(req, &answer); err != nil {
		return fmt.Errorf("%w (is the server running at %s, and the client id %q right?)", err, c.base, c.id)
	}
	c.token = answer.Token
	return nil
}

func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("loadtest: %s %s: %w", method, path, err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/ver1.0"+path, body)
	if err != nil {
		return fmt.Errorf("loadtest: %s %s: %w", method, path, err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	return c.send(req, out)
}

func (c *client) send(req *http.Request, out any) (err error) {
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("loadtest: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	data, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("loadtest: %s %s: %w", req.Method, req.URL.Path, err)
	}
	if res.StatusCode == http.StatusTooManyRequests {
		return fmt.Errorf("loadtest: %s %s: the server's hourly API limit is used up; raise it, or wait %s s",
			req.Method, req.URL.Path, res.Header.Get("X-RateLimit-Reset"))
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("loadtest: %s %s: %s: %s", req.Method, req.URL.Path, res.Status, bytes.TrimSpace(data[:min(len(data), 500)]))
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("loadtest: %s %s: the answer is not what the contract says: %w", req.Method, req.URL.Path, err)
	}
	return nil
}

// listAll reads all pages of a list.
func listAll[T any](ctx context.Context, c *client, path string, query url.Values) ([]T, error) {
	const perPage = 200
	var all []T
	for page := 1; ; page++ {
		q := url.Values{"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(perPage)}}
		for k, v := range query {
			q[k] = v
		}
		var rows []T
		if err := c.do(ctx, http.MethodGet, path+"?"+q.Encode(), nil, &rows); err != nil {
			return nil, err
		}
		all = append(all, rows...)
		if len(rows) < perPage {
			return all, nil
		}
	}
}
