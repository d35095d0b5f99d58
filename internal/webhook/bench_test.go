package webhook

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// bench is a database on disk, a receiver on this machine, and an outbox
// between, all as the server has them but for the events' forms.
type bench struct {
	*testing.B
	db     store.Store
	outbox *Outbox
	orgs   []int64
	seq    uint64
	subs   int
	got    atomic.Int64 // deliveries received
	want   int64
	all    chan struct{} // closed when got reaches want
	good   *httptest.Server
}

// newBench makes organisations with so many subscriptions each.
func newBench(b *testing.B, orgs, subs int) *bench {
	b.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(b.TempDir(), "holdline.db")})
	if err != nil {
		b.Fatal(err)
	}
	x := &bench{B: b, db: db, subs: subs, all: make(chan struct{})}
	x.good = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if x.got.Add(1) == x.want {
			close(x.all)
		}
	}))
	for n := range orgs {
		x.orgs = append(x.orgs, x.organisation(n, x.good.URL))
	}
	x.outbox = New(Config{Store: db, Projector: &everything{errors: map[int64]error{}}, Allow: loopback})
	if err := x.outbox.Start(ctx); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := x.outbox.Stop(ctx); err != nil {
			b.Error(err)
		}
		x.good.Close()
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return x
}

func (x *bench) organisation(n int, url string) int64 {
	x.Helper()
	ctx, org := context.Background(), store.Organisation{Prefix: fmt.Sprint(n)}
	err := x.db.Update(ctx, func(tx store.Tx) error {
		if err := tx.Organisations.Create(ctx, &org); err != nil {
			return err
		}
		e := store.Extension{OrgID: org.ID, Number: "201", Type: store.PhoneExtension}
		if err := tx.Extensions.Create(ctx, &e); err != nil {
			return err
		}
		for i := range x.subs {
			s := store.Subscription{OrgID: org.ID, Key: fmt.Sprint(n, "/", i), Extension: e.ID, Event: store.EventHangup, Method: "POST", URL: url + "/in",
				Enabled: true, Secret: secret, Created: 1, Modified: 1}
			if err := tx.Subscriptions.Create(ctx, &s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.Fatal(err)
	}
	return org.ID
}

// tell puts n facts into each journal.
func (x *bench) tell(n int) {
	facts := make([]acd.Fact, n)
	for i := range facts {
		x.seq++
		facts[i] = acd.Fact{Seq: x.seq, At: acd.TimeOf(time.Now()), Kind: acd.FactAgentLogin, Call: "3f1c0b5e-7d7c-4c0f-9f0e-2f6f0d3f9b11", Number: "15550123456"}
	}
	for _, org := range x.orgs {
		x.db.Journal().Append(org, facts, nil)
	}
}

// run delivers facts as fast as it goes, and reports deliveries a second.
func (x *bench) run(facts int) {
	x.Helper()
	x.want = int64(facts * len(x.orgs) * x.subs)
	x.ResetTimer()
	began := time.Now()
	for left := facts; left > 0; left -= 50 {
		x.tell(min(left, 50))
	}
	select {
	case <-x.all:
	case <-time.After(5 * time.Minute):
		x.Fatalf("%d of %d delivered", x.got.Load(), x.want)
	}
	x.StopTimer()
	x.ReportMetric(float64(x.want)/time.Since(began).Seconds(), "deliveries/s")
	x.ReportMetric(0, "ns/op")
}

// From the commit of the facts to the receipt of their deliveries. One round
// is enough: go test -bench Deliver -benchtime 1x
func BenchmarkDeliver(b *testing.B) {
	for _, c := range []struct{ orgs, subs, facts int }{{1, 1, 5000}, {1, 20, 1000}, {20, 10, 100}, {100, 5, 40}} {
		b.Run(fmt.Sprintf("organisations=%d/subscriptions=%d", c.orgs, c.orgs*c.subs), func(b *testing.B) {
			newBench(b, c.orgs, c.subs).run(c.facts * b.N)
		})
	}
}

// How fast 200 subscriptions get 50 events each, alone and beside such whose
// receivers accept and never answer: these have one event each, and hang on it.
func BenchmarkBesideHanging(b *testing.B) {
	for _, hanging := range []int{0, 1, 500} {
		b.Run(fmt.Sprintf("hanging=%d", hanging), func(b *testing.B) {
			x := newBench(b, 20, 10)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			var wg sync.WaitGroup
			wg.Go(func() { accept(l) })
			if hanging > 0 {
				x.hang(hanging, "http://"+l.Addr().String())
			}
			x.run(50 * b.N)
			l.Close()
			wg.Wait()
		})
	}
}

// hang makes an organisation whose subscriptions are told of one event, and
// waits until that is under way.
func (x *bench) hang(subs int, url string) {
	x.Helper()
	healthy := x.subs
	x.subs = subs
	org := x.organisation(1000, url)
	x.subs = healthy
	x.outbox.Changed(org)
	x.db.Journal().Append(org, []acd.Fact{{Seq: 1, At: acd.TimeOf(time.Now()), Kind: acd.FactAgentLogin}}, nil)
	for tick := time.NewTicker(time.Millisecond); x.outbox.Stats().Senders < subs; <-tick.C {
	}
}

// accept takes connections and leaves them open until the listener closes.
func accept(l net.Listener) {
	var open []net.Conn
	for {
		c, err := l.Accept()
		if err != nil {
			break
		}
		open = append(open, c)
	}
	for _, c := range open {
		c.Close()
	}
}
