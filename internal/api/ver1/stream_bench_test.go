package ver1

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/live"
	"holdline/internal/store"
)

const (
	benchWatchers = 200
	benchEvents   = 500 // a second
	benchQueues   = 10
	benchAgents   = 100
)

// BenchmarkWatchers tells what 200 browsers cost that watch 500 events a
// second: the browsers are a process of their own, so what is measured is the
// server's part, the rules included. One iteration is a second of real time;
// run it with -benchtime 10x.
func BenchmarkWatchers(b *testing.B) {
	if addr := os.Getenv("HOLDLINE_BENCH_WATCH"); addr != "" {
		browse(b, addr)
		return
	}
	hub, world := benchHub()
	defer hub.Close()
	server := streams(hub)
	server.Start()
	ctx, end := context.WithCancel(b.Context())
	browsers := exec.CommandContext(ctx, os.Args[0], "-test.run", "^$", "-test.bench", "^BenchmarkWatchers$", "-test.benchtime", "1x")
	browsers.Env = append(os.Environ(), "HOLDLINE_BENCH_WATCH="+strings.TrimPrefix(server.URL, "http://"))
	out, err := browsers.StdoutPipe()
	if err == nil {
		err = browsers.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "all are there" {
	}
	before := cpu()
	begun := time.Now()
	for b.Loop() {
		world.second()
	}
	b.ReportMetric((cpu()-before).Seconds()/time.Since(begun).Seconds(), "cores")
	hub.Close() // the streams end, and with them the browsers
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "bytes "); ok {
			total, _ := strconv.ParseFloat(n, 64)
			b.ReportMetric(total/time.Since(begun).Seconds()/1e6, "MB/s")
		}
	}
	end()
	_ = browsers.Wait()
	server.Close()
}

// streams serves a hub's organisation to everybody, once it is started.
func streams(hub *live.Hub) *httptest.Server {
	return httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cursor, err := hub.Follow(1, live.Scope{}, "")
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer cursor.Close()
		s := &stream{w: w, out: http.NewResponseController(w), now: time.Now}
		if s.begin() == nil {
			s.run(r.Context(), cursor, func() error { return nil })
		}
	}))
}

// browse opens the streams and reads them until they end.
func browse(b *testing.B, addr string) {
	var ready, done sync.WaitGroup
	var mu sync.Mutex
	total := int64(0)
	for range benchWatchers {
		ready.Add(1)
		done.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				ready.Done()
				b.Error(err)
				return
			}
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", addr)
			first := make([]byte, 1)
			_, _ = io.ReadFull(conn, first)
			ready.Done()
			n, _ := io.Copy(io.Discard, conn)
			mu.Lock()
			total += n
			mu.Unlock()
		})
	}
	ready.Wait()
	fmt.Println("\nall are there")
	done.Wait()
	fmt.Println("bytes", total)
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchWorld is a call centre in memory.
type benchWorld struct {
	hub   *live.Hub
	mu    sync.Mutex // guards the rest
	rules *acd.Engine
	calls int
	up    []acd.CallID
}

func benchHub() (*live.Hub, *benchWorld) {
	w := &benchWorld{rules: acd.New(acd.Start{})}
	dir := directory.New()
	dir.PutOrganisation(store.Organisation{ID: 1, Name: "Bench", Prefix: "000"})
	w.hub = live.New(live.Config{Engine: w, Directory: dir, Store: nothingYet{}})
	for q := range benchQueues {
		id := int64(1 + q)
		dir.PutExtension(store.Extension{ID: id, OrgID: 1, Number: fmt.Sprint(700 + id), Type: store.QueueExtension, Label: "Queue"})
		w.step(acd.SetQueue{Queue: acd.Queue{ID: acd.QueueID(id), Strategy: acd.LongestIdleAgent}})
	}
	for a := range benchAgents {
		id := acd.AgentID(1 + a)
		agent := store.Agent{OrgID: 1, ExtensionID: 1000 + int64(id), Agent: acd.Agent{ID: id}}
		dir.PutAgent(agent)
		w.step(acd.SetAgent{Agent: agent.Agent}, acd.SetReachable{Agent: id, Reachable: true})
		for q := range 3 {
			w.step(acd.SetMembership{Membership: acd.Membership{Queue: acd.QueueID(1 + (a+q)%benchQueues), Agent: id, Status: acd.Online}})
		}
	}
	return w.hub, w
}

// second has 500 things happen, spread over a second.
func (w *benchWorld) second() {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		<-tick.C
		for n := 0; n < benchEvents/100; {
			n += w.event()
		}
	}
}

// event has a caller join, answered at once while agents are free, or hang up; it gives the number of facts.
func (w *benchWorld) event() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.up) >= benchAgents*3/2 {
		id := w.up[0]
		w.up = w.up[1:]
		return w.locked(acd.CallerEnded{Call: id, Cause: acd.CauseCallerHangup})
	}
	w.calls++
	id := acd.CallID(fmt.Sprintf("%d@bench.example", w.calls))
	w.up = append(w.up, id)
	return w.locked(acd.CallerJoined{Call: id, Queue: acd.QueueID(1 + w.calls%benchQueues), Number: "+493012345678", Name: "Somebody"})
}

func (w *benchWorld) step(in ...acd.Input) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.locked(in...)
}

// locked is step for who holds mu.
func (w *benchWorld) locked(in ...acd.Input) (n int) {
	for len(in) > 0 {
		facts, commands := w.rules.Step(acd.TimeOf(time.Now()), in[0])
		w.hub.Watch(1, facts)
		n += len(facts)
		in = in[1:]
		for _, c := range commands {
			switch c.Kind {
			case acd.CmdOffer:
				in = append(in, acd.OfferRinging{Offer: c.Offer}, acd.OfferAnswered{Offer: c.Offer})
			case acd.CmdWithdraw:
				in = append(in, acd.OfferEnded{Offer: c.Offer, Cause: acd.CauseWithdrawn})
			}
		}
	}
	return n
}

func (w *benchWorld) Read(_ context.Context, _ int64, fn func(*acd.Engine, acd.Time)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn(w.rules, acd.TimeOf(time.Now()))
	return nil
}

func (w *benchWorld) Calls(context.Context, int64) (out []acd.LiveCall, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.up {
		out = append(out, acd.LiveCall{Call: id, In: true, From: "+493012345678", To: "4989123456"})
	}
	return out, nil
}

// nothingYet is a store whose journal is empty.
type nothingYet struct{ store.Store }

func (nothingYet) Journal() store.Journal                           { return emptyJournal{} }
func (nothingYet) View(context.Context, func(store.Tx) error) error { return nil }

type emptyJournal struct{ store.Journal }

func (emptyJournal) Sync(context.Context) error { return nil }
