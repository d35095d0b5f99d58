package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// world is a store with organisations, an outbox, and receivers by host that
// are functions.
type world struct {
	t      *testing.T
	ctx    context.Context
	db     *flakyStore
	outbox *Outbox
	keep   time.Duration

	projector *everything
	receivers *receivers
	seq       map[int64]uint64 // end of each organisation's journal
	subs      int
}

// flakyStore is a store whose changes can be made to fail, and are counted.
type flakyStore struct {
	store.Store
	failing atomic.Pointer[error]
	updates atomic.Int64
}

func (s *flakyStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	s.updates.Add(1)
	if err := s.failing.Load(); err != nil {
		return *err
	}
	return s.Store.Update(ctx, fn)
}

func (s *flakyStore) fail(err error) {
	if err == nil {
		s.failing.Store(nil)
		return
	}
	s.failing.Store(&err)
}

// everything is a Projector that tells every login to all enabled
// subscriptions.
type everything struct {
	mu     sync.Mutex
	errors map[int64]error // by organisation
	before func()          // runs at each call, if set
}

func (p *everything) Changed(int64) {}

func (p *everything) Project(ctx context.Context, tx store.Tx, org int64, facts []acd.Fact) (rows []store.Delivery, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.before != nil {
		p.before()
	}
	if err := p.errors[org]; err != nil {
		return nil, err
	}
	subs, _, err := tx.Subscriptions.List(ctx, org, store.SubscriptionFilter{Enabled: true})
	for _, f := range facts {
		for _, s := range subs {
			if f.Kind == acd.FactAgentLogin {
				rows = append(rows, store.Delivery{Subscription: s.ID, Event: s.Event, Seq: f.Seq, Happened: f.At, Form: fmt.Sprintf("seq=%d", f.Seq)})
			}
		}
	}
	return rows, err
}

func (p *everything) fails(org int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors[org] = err
}

// receivers is the network: a transport that asks a function for its answer.
type receivers struct {
	mu   sync.Mutex
	host map[string]func(*http.Request) (status int, err error)
	got  map[string][]string // bodies, by host, of all requests
	at   map[string][]time.Time
	wait map[string]string // Retry-After, by host
}

func (r *receivers) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	answer, header := r.host[req.URL.Host], http.Header{}
	if wait := r.wait[req.URL.Host]; wait != "" {
		header.Set("Retry-After", wait)
	}
	r.got[req.URL.Host] = append(r.got[req.URL.Host], string(body))
	r.at[req.URL.Host] = append(r.at[req.URL.Host], time.Now())
	r.mu.Unlock()
	status := 200
	if answer != nil {
		if status, err = answer(req); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader("answer")), Request: req}, nil
}

// answers sets what a host does from now on; nil = 200.
func (r *receivers) answers(host string, fn func(*http.Request) (int, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.host[host] = fn
}

func (r *receivers) retryAfter(host, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait[host] = value
}

func (r *receivers) seen(host string) (bodies []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(bodies, r.got[host]...)
}

func (r *receivers) times(host string) (at []time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(at, r.at[host]...)
}

func status(code int) func(*http.Request) (int, error) {
	return func(*http.Request) (int, error) { return code, nil }
}

// hang never answers.
func hang(r *http.Request) (int, error) {
	<-r.Context().Done()
	return 0, r.Context().Err()
}

// play runs a story in virtual time.
func play(t *testing.T, story func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background()) // t.Context is cancelled outside the bubble
		defer cancel()
		db, err := sqlite.Open(ctx, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, ctx: ctx, db: &flakyStore{Store: db}, projector: &everything{errors: map[int64]error{}}, seq: map[int64]uint64{},
			receivers: &receivers{host: map[string]func(*http.Request) (int, error){}, got: map[string][]string{}, at: map[string][]time.Time{}, wait: map[string]string{}}}
		defer func() { w.must(db.Close()) }()
		w.start()
		defer func() { w.stop() }()
		story(w)
	})
}

func (w *world) start() {
	w.t.Helper()
	w.outbox = New(Config{Store: w.db, Projector: w.projector, Keep: w.keep})
	w.outbox.transport = w.receivers
	w.must(w.outbox.Start(w.ctx))
}

func (w *world) stop() {
	w.t.Helper()
	if w.outbox == nil {
		return
	}
	w.must(w.outbox.Stop(w.ctx))
	w.outbox = nil
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(fn func(store.Tx) error) {
	w.t.Helper()
	w.must(w.db.Store.Update(w.ctx, fn))
}

// organisation makes one with an extension 201.
func (w *world) organisation() (org, extension int64) {
	w.t.Helper()
	o := store.Organisation{Name: "Org", Prefix: fmt.Sprint(len(w.seq))}
	w.update(func(tx store.Tx) error {
		if err := tx.Organisations.Create(w.ctx, &o); err != nil {
			return err
		}
		e := store.Extension{OrgID: o.ID, Number: "201", Type: store.PhoneExtension}
		err := tx.Extensions.Create(w.ctx, &e)
		extension = e.ID
		return err
	})
	w.seq[o.ID] = 0
	return o.ID, extension
}

// subscribe makes a subscription to http://host/ as the use cases do.
func (w *world) subscribe(org, extension int64, host string) store.Subscription {
	w.t.Helper()
	w.subs++
	s := store.Subscription{OrgID: org, Key: fmt.Sprint("sub", w.subs), Extension: extension, Event: store.EventHangup, Method: "POST",
		URL: "http://" + host + "/", Enabled: true, Secret: secret, Created: now(), Modified: now(), Since: now()}
	w.update(func(tx store.Tx) error { return tx.Subscriptions.Create(w.ctx, &s) })
	w.changed(org)
	return s
}

// edit changes a subscription a moment later, as the use cases do.
func (w *world) edit(s store.Subscription, change func(*store.Subscription)) store.Subscription {
	w.t.Helper()
	<-time.After(time.Millisecond)
	was := s.Enabled
	change(&s)
	s.Modified = now()
	if s.Enabled && !was {
		s.Since = s.Modified
	}
	w.update(func(tx store.Tx) error { return tx.Subscriptions.Put(w.ctx, s) })
	w.changed(s.OrgID)
	return s
}

func (w *world) changed(org int64) {
	if w.outbox != nil {
		w.outbox.Changed(org)
	}
}

func now() acd.Time { return acd.TimeOf(time.Now()) }

// happen appends n facts that are told, and waits until they are committed.
func (w *world) happen(org int64, n int) {
	w.t.Helper()
	w.append(org, n, acd.FactAgentLogin)
}

func (w *world) append(org int64, n int, kind acd.FactKind) {
	w.t.Helper()
	facts := make([]acd.Fact, n)
	for i := range facts {
		w.seq[org]++
		facts[i] = acd.Fact{Seq: w.seq[org], At: now(), Kind: kind}
	}
	done := make(chan error, 1)
	w.db.Journal().Append(org, facts, func(err error) { done <- err })
	w.must(<-done)
}

// settle lets everything happen that takes no more than a second.
func (w *world) settle() {
	<-time.After(time.Second / 2)
	synctest.Wait()
}

// forms gives what seq=first … seq=last look like.
func forms(first, last int) (out []string) {
	for n := first; n <= last; n++ {
		out = append(out, fmt.Sprintf("seq=%d", n))
	}
	return out
}

func (w *world) deliveries(s store.Subscription) (rows []store.Delivery) {
	w.t.Helper()
	w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) {
		rows, _, err = tx.Deliveries.List(w.ctx, s.OrgID, store.DeliveryFilter{Subscription: s.ID, Oldest: true})
		return err
	}))
	return rows
}

func (w *world) told(org int64) (seq uint64) {
	w.t.Helper()
	w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) {
		seq, err = tx.Deliveries.Told(w.ctx, org)
		return err
	}))
	return seq
}

// states tells how many deliveries a subscription has of each state.
func (w *world) states(s store.Subscription) map[store.DeliveryState]int {
	w.t.Helper()
	out := map[store.DeliveryState]int{}
	for _, d := range w.deliveries(s) {
		out[d.State]++
	}
	return out
}

var errBroken = errors.New("broken")
