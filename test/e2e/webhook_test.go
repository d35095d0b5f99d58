package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
	"holdline/internal/webhook/event"
)

var webhookCrashes = flag.Int("webhook-crashes", 20, "how often TestWebhooksSurviveCrashes kills the server")

// The server is killed at random moments under load, and its receiver fails at
// times. In the end every event that was committed has been received at least
// once, signed, and in order for each subscription.
func TestWebhooksSurviveCrashes(t *testing.T) {
	t.Parallel() // with the others that take long
	c := newCrashTest(t)
	r := newUnreliable(t)
	c.start()
	subs := c.subscribe(r)
	for range *webhookCrashes {
		c.loadUntil(time.Duration(c.rand.Int64N(int64(600 * time.Millisecond))))
		c.start()
	}
	r.patient() // no failures any more
	c.deliverAll(r)
	c.server.killed = true // phones that lost their calls need not confirm that they end
	c.server.interrupt()
	<-c.server.ended
	total := 0
	for id, want := range expected(t, c.data) {
		total += len(want)
		r.check(t, subs[id], want)
		delete(subs, id)
	}
	if len(subs) > 0 {
		t.Errorf("subscriptions %v are gone", subs)
	}
	received := len(r.got)
	t.Logf("killed %d times: %d events, %d requests, of which %d were refused", *webhookCrashes, total, received+r.refused, r.refused)
	if total < 20**webhookCrashes || r.refused == 0 {
		t.Errorf("too little was going on: %d events, %d refusals", total, r.refused)
	}
}

// hook is one subscription as the API made it.
type hook struct {
	path   string // at the receiver
	method string
	secret string
}

// subscribe asks for events of a queue, phones and agents.
func (c *crashTest) subscribe(r *unreliable) map[int64]hook {
	c.t.Helper()
	subs := map[int64]hook{}
	add := func(base, event, method string) {
		h := hook{path: fmt.Sprintf("/hook%d", len(subs)), method: method}
		var made, shown struct {
			ID     int64  `json:"id"`
			Secret string `json:"secret"`
		}
		c.api.must(c.t, http.MethodPost, base, map[string]any{"url": r.URL + h.path, "method": method, "event_type": event}, &made)
		c.api.must(c.t, http.MethodGet, fmt.Sprintf("%s%d/secret", base, made.ID), nil, &shown)
		h.secret = shown.Secret
		subs[made.ID] = h
		r.hooks[h.path] = h
	}
	for n, number := range []string{sales, "201", "202", "205"} {
		for _, event := range []string{"dial-in", "dial-out", "answer", "hangup"} {
			add(fmt.Sprintf("/extension/%d/event/", c.api.extension(c.t, number)), event, []string{"POST", "GET"}[n%2])
		}
	}
	for _, number := range []string{"201", "203", "204"} {
		for _, event := range []string{"agent-login", "agent-logout"} {
			add(fmt.Sprintf("/client/@me/agent/local/%d/event/", c.agents[number]), event, "POST")
		}
	}
	return subs
}

// deliverAll waits until nothing is to be delivered any more. What is told of
// an agent comes behind everything before it.
func (c *crashTest) deliverAll(r *unreliable) {
	c.t.Helper()
	before := r.count()
	for _, status := range []string{"logged_out", "available", "logged_out"} {
		c.api.setAgent(c.t, "201", map[string]any{"status": status})
	}
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for r.count() == before || c.metric("holdline_webhook_pending") > 0 || c.metric("holdline_webhook_senders") > 0 {
		select {
		case <-tick.C:
		case <-deadline:
			c.t.Fatalf("%v deliveries are still pending", c.metric("holdline_webhook_pending"))
		}
	}
}

// metric reads one of the server's figures.
func (c *crashTest) metric(name string) (value float64) {
	c.t.Helper()
	res, err := http.Get(c.api.base + "/metrics")
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			if _, err := fmt.Sscan(rest, &value); err != nil {
				c.t.Fatal(err)
			}
			return value
		}
	}
	c.t.Fatalf("no metric %s", name)
	return 0
}

// unreliable is a receiver that keeps what came, and refuses now and then.
type unreliable struct {
	*httptest.Server
	t     *testing.T
	hooks map[string]hook // by path; filled before anything happens

	mu      sync.Mutex // guards the rest
	rand    *rand.Rand
	calm    bool
	refused int
	got     []arrival
}

// arrival is a request that was accepted.
type arrival struct{ path, key, form string }

func newUnreliable(t *testing.T) *unreliable {
	t.Helper()
	r := &unreliable{t: t, hooks: map[string]hook{}, rand: rand.New(rand.NewPCG(rand.Uint64(), 2))}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *unreliable) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the server was killed meanwhile
	}
	form := string(body)
	if req.Method == http.MethodGet {
		form = req.URL.RawQuery
	}
	h, ok := r.hooks[req.URL.Path]
	if !ok || h.method != req.Method || !h.signed(req, form) {
		r.t.Errorf("%s %s with %v and %q is not what was subscribed to", req.Method, req.URL, req.Header, form)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.calm && r.rand.IntN(40) == 0 {
		r.refused++
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.got = append(r.got, arrival{h.path, req.Header.Get("webhook-id"), form})
}

// signed checks the signature as any receiver would (Standard Webhooks 1.0).
func (h hook) signed(req *http.Request, payload string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp"), payload)
	return req.Header.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *unreliable) patient() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calm = true
}

func (r *unreliable) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

// check compares what one subscription received with what it should have:
// a delivery may come again, but never before or after its turn.
func (r *unreliable) check(t *testing.T, h hook, want []store.Delivery) {
	t.Helper()
	var keys, forms []string
	for _, a := range r.got {
		if a.path == h.path && !slices.Contains(keys, a.key) {
			keys, forms = append(keys, a.key), append(forms, a.form)
		} else if a.path == h.path && a.key != keys[len(keys)-1] && !slices.Contains(keys[max(0, len(keys)-300):], a.key) {
			t.Errorf("%s: delivery %s comes again long after its turn", h.path, a.key)
		}
	}
	for i, d := range want {
		if i >= len(keys) || keys[i] != d.Key || forms[i] != d.Form {
			t.Errorf("%s: delivery %d of %d is %s %s, received was %q", h.path, i, len(want), d.Key, d.Form, keys[min(i, len(keys)):min(i+1, len(keys))])
			return
		}
		if _, err := url.ParseQuery(d.Form); err != nil || d.Form == "" {
			t.Errorf("%s: %q is no form: %v", h.path, d.Form, err)
		}
	}
	if len(keys) != len(want) {
		t.Errorf("%s: %d deliveries received, want %d", h.path, len(keys), len(want))
	}
}

// expected reads what each subscription should have received: the outbox, once
// it was compared with what the whole journal makes when it is read in one go.
func expected(t *testing.T, data string) map[int64][]store.Delivery {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	if err := os.CopyFS(dir, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "holdline.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	numbers := directory.New()
	if err := numbers.Load(ctx, db); err != nil {
		t.Fatal(err)
	}
	out := map[int64][]store.Delivery{}
	err = db.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		if err != nil {
			return err
		}
		org := orgs[0].ID
		facts, err := tx.Facts.After(ctx, org, 0, 0)
		if err != nil {
			return err
		}
		made, err := event.New(numbers).Project(ctx, tx, org, facts)
		if err != nil {
			return err
		}
		subs, _, err := tx.Subscriptions.List(ctx, org, store.SubscriptionFilter{})
		for _, sub := range subs {
			if out[sub.ID], err = outboxOf(ctx, t, tx, sub, made, facts); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// outboxOf gives a subscription's rows, which tell every fact once.
func outboxOf(ctx context.Context, t *testing.T, tx store.Tx, sub store.Subscription, made []store.Delivery, facts []acd.Fact) ([]store.Delivery, error) {
	rows, _, err := tx.Deliveries.List(ctx, sub.OrgID, store.DeliveryFilter{Subscription: sub.ID, Oldest: true})
	slices.SortFunc(rows, func(a, b store.Delivery) int { return int(a.ID - b.ID) })
	var got, want []uint64
	for _, d := range rows {
		got = append(got, d.Seq)
		if d.State != store.DeliveryDelivered {
			t.Errorf("subscription %d: delivery %d is %s: %s", sub.ID, d.ID, d.State, d.Problem)
		}
	}
	for _, d := range made {
		if d.Subscription == sub.ID && d.Happened >= sub.Created {
			want = append(want, d.Seq)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("subscription %d (%s): the outbox tells facts\n%v, the journal has\n%v", sub.ID, sub.Event, got, want)
	}
	// Logins need no projector to be known.
	kind := map[store.Event]acd.FactKind{store.EventAgentLogin: acd.FactAgentLogin, store.EventAgentLogout: acd.FactAgentLogout}[sub.Event]
	if kind != 0 {
		want = nil
		for _, f := range facts {
			if f.Kind == kind && f.Agent == sub.Agent && f.At >= sub.Created {
				want = append(want, f.Seq)
			}
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("subscription %d (%s): the outbox tells facts\n%v, the agent's are\n%v", sub.ID, sub.Event, got, want)
		}
	}
	return rows, err
}
