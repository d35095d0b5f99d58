package e2e

import (
	"context"
	"math/rand/v2"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"holdline/internal/phone"
)

// lossy opens a network that loses every tenth SIP message, either way, while told to.
func (s *server) lossy(address string, on *atomic.Bool, seed uint64) *phone.Network {
	s.t.Helper()
	r := rand.New(rand.NewPCG(seed, 1)) // the filter runs on the network's own goroutine
	n, err := phone.Open(phone.Config{Address: address, Server: s.sip, Filter: func(bool, []byte) bool {
		return !on.Load() || r.IntN(10) > 0
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = n.Close() })
	return n
}

// metric reads one of the server's figures.
func (s *server) metric(name string) int {
	s.t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(s.fetch("/metrics"))
	if m == nil {
		s.t.Fatalf("no metric %s", name)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return int(v)
}

// reaches waits until a figure is as wanted.
func (s *server) reaches(name string, want func(int) bool) {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(longPatience); !want(s.metric(name)); {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Errorf("%s is %d in the end", name, s.metric(name))
			return
		}
	}
}

// longPatience is how long what is lost may be repeated: RFC 3261 gives up after 32 s,
// and what ends a call then may be lost again.
const longPatience = 80 * time.Second

// idler does with an offer what comes to its mind.
func idler(r *rand.Rand) func(*phone.Call) phone.Answering {
	return func(*phone.Call) phone.Answering {
		ring := time.Duration(r.IntN(400)) * time.Millisecond
		switch r.IntN(8) {
		case 0:
			return phone.Answering{Ring: ring, Code: 486}
		case 1:
			return phone.Answering{Ring: ring, Code: 603}
		case 2:
			return phone.Answering{Silent: true, Ring: ring, Code: 200}
		case 3:
			return phone.Answering{Ring: ring, Code: 200} // the caller hangs up
		}
		return phone.Answering{Ring: ring, Code: 200, Talk: time.Duration(r.IntN(800)) * time.Millisecond}
	}
}

// On a network that loses a tenth of all SIP messages every call ends, at the
// server as well as at the phones, once; no leg, port or goroutine stays
// behind, and no agent is stuck: when the network is well again, every one of
// them is rung and answers.
func TestCallsOnALossyNetwork(t *testing.T) {
	t.Parallel() // most of the time it waits for repetitions
	data := t.TempDir()
	s := startDemo(t, "--data", data)
	a := s.api()
	for _, queue := range []string{sales, support} {
		a.leaveRemote(t, queue)
	}
	streams, ports, goroutines := s.metric("holdline_media_streams"), s.metric("holdline_media_free_ports"), s.metric("go_goroutines")
	var losing atomic.Bool
	losing.Store(true)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	inside, outside := s.lossy(loopback, &losing, seed), s.lossy(trunkAddress, &losing, seed+1)
	r := rand.New(rand.NewPCG(seed, 2)) // used on the loop of inside alone
	ctx, cancel := context.WithTimeout(context.Background(), 2*longPatience)
	defer cancel()
	for _, number := range []string{"201", "202", "203", "204"} {
		p := inside.Add(phone.Profile{User: "0003*" + number, Password: "demo-" + number, Domain: "demo.local",
			Answer: idler(r), Notify: func(phone.Event) {}})
		if err := p.Register(ctx); err != nil {
			t.Fatal(err)
		}
	}
	line := outside.Add(phone.Profile{User: "provider", Anyone: true})
	var calls []*phone.Call
	random := rand.New(rand.NewPCG(seed, 3))
	tick := time.NewTicker(120 * time.Millisecond)
	defer tick.Stop()
	for n := range 60 {
		calls = append(calls, line.Dial(phone.Dial{To: []string{salesDID, "15550701"}[n%2], From: strconv.Itoa(15_557_000 + n),
			Talk: time.Duration(300+random.IntN(4000)) * time.Millisecond, GiveUp: time.Duration(1+random.IntN(6000)) * time.Millisecond}))
		<-tick.C
	}
	for n, c := range calls {
		if _, err := c.Wait(ctx, phone.Ended); err != nil {
			t.Errorf("call %d does not end: %v", n, err)
		}
	}
	s.reaches("holdline_sip_legs", func(n int) bool { return n == 0 })
	s.reaches("holdline_media_streams", func(n int) bool { return n == streams })
	s.reaches("holdline_media_free_ports", func(n int) bool { return n == ports })
	for _, n := range []*phone.Network{inside, outside} {
		if err := n.Drain(ctx); err != nil {
			t.Errorf("phones are left with calls of which the server knows nothing: %v", err)
		}
	}
	losing.Store(false)
	s.everybodyAnswers(t, inside, line)
	s.reaches("go_goroutines", func(n int) bool { return n <= goroutines+3 }) // connections of HTTP come and go
	s.interrupt()
	<-s.ended
	j := newJournal()
	j.read(t, data)
	if len(j.open)+len(j.talking)+len(j.legs) > 0 {
		t.Errorf("in the journal callers %v, talks %v and legs %v are up", j.open, j.talking, j.legs)
	}
}

// everybodyAnswers has as many callers as there are agents talk at once.
func (s *server) everybodyAnswers(t *testing.T, inside *phone.Network, line *phone.Phone) {
	t.Helper()
	there := make(chan string, 16)
	for _, number := range []string{"201", "202", "203", "204"} {
		inside.Add(phone.Profile{User: "0003*" + number, Password: "demo-" + number, Domain: "demo.local", Answer: phone.AnswerAfter(0),
			Notify: func(ev phone.Event) {
				if ev.Kind == phone.Confirmed {
					there <- number
				}
			}})
	}
	var calls []*phone.Call
	answered := map[string]bool{}
	for len(answered) < 4 {
		calls = append(calls, line.Dial(phone.Dial{To: salesDID, From: strconv.Itoa(15_557_900 + len(calls))}))
		select {
		case number := <-there:
			answered[number] = true
		case <-within(t).Done():
			t.Errorf("only %v are rung and answer", answered)
			return
		}
	}
	for _, c := range calls {
		c.Hangup()
		next(t, c, phone.Ended)
	}
}
