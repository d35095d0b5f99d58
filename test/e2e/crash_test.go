package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/phone"
)

var crashes = flag.Int("crashes", 100, "how often TestKilledAtAnyMoment kills the server")

// The server is killed at a random moment under load and started again on the
// same data, a hundred times. After every start it serves, has what it
// acknowledged, reports what is on the disk and what it reported before, rings
// phones that have not registered again, and has closed every call that was
// up, once. Asked to stop in the end, it does so without a complaint.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel() // with the others that take long
	for _, half := range []struct {
		name    string
		crashes int
	}{{"one", *crashes / 2}, {"two", *crashes - *crashes/2}} {
		t.Run(half.name, func(t *testing.T) {
			t.Parallel()
			killed(t, half.crashes)
		})
	}
}

func killed(t *testing.T, crashes int) {
	c := newCrashTest(t)
	for n := 1; n <= crashes && !t.Failed(); n++ {
		c.start()
		c.verify()
		c.audit()
		c.reach()
		c.loadUntil(time.Duration(c.rand.Int64N(int64(400 * time.Millisecond))))
		c.closed(n)
	}
	c.start()
	c.verify()
	c.audit()
	c.server.interrupt()
	<-c.server.ended
	c.server.expectCleanEnd(t)
	c.closed(crashes + 1)
	if len(c.journal.open)+len(c.journal.talking)+len(c.journal.legs) > 0 {
		t.Errorf("after a stop callers %v, talks %v and legs %v are up in the journal", c.journal.open, c.journal.talking, c.journal.legs)
	}
	t.Logf("killed %d times: %d calls placed, %d of them up in the journal, %d changes acknowledged, %d facts", crashes, c.placed, c.cut, c.acked.Load(), c.journal.seq)
	if c.cut < crashes/2 || c.acked.Load() < int64(crashes) {
		t.Errorf("too little was going on: %d calls were cut off, %d changes acknowledged", c.cut, c.acked.Load())
	}
}

// promise is a value the server holds: the last it acknowledged, or the one
// that was under way when it died.
type promise[T comparable] struct {
	acked, pending T
	underWay       bool
}

func (p *promise[T]) kept(got T) bool { return got == p.acked || p.underWay && got == p.pending }

// status is an agent's, as the API takes and gives it.
type status struct {
	Status string `json:"status"`
	Reason string `json:"pause_reason,omitempty"`
}

type crashTest struct {
	t      *testing.T
	data   string
	server *server
	api    *api
	rand   *rand.Rand

	inside  *phone.Network // the agents' phones and 205, registered once, before the first crash
	outside *phone.Network // callers, at the provider's address
	phones  map[string]*phone.Phone
	line    *phone.Phone
	agents  map[string]int64 // ids by number
	queue   int64

	statuses map[string]*promise[status] // of agents, by number
	maxWait  promise[int]                // setting of the queue
	made     []string                    // extensions acknowledged since the last start
	tried    int                         // extensions asked for
	journal  *journal
	placed   int
	cut      int
	starts   int
	begun    time.Time      // before the first call, UTC
	over     time.Time      // the last whole second before the last kill, UTC
	reported map[string]any // of times that are over, by path, as it was before the last crash
	acked    atomic.Int64   // changes acknowledged
}

func newCrashTest(t *testing.T) *crashTest {
	t.Helper()
	c := &crashTest{t: t, data: t.TempDir(), begun: time.Now().UTC().Add(-time.Minute), over: time.Now().UTC(), rand: rand.New(rand.NewPCG(rand.Uint64(), 1)), journal: newJournal(),
		phones: map[string]*phone.Phone{}, agents: map[string]int64{}, statuses: map[string]*promise[status]{}}
	c.start()
	c.inside, c.outside = c.network(loopback), c.network(trunkAddress)
	c.line = c.outside.Add(phone.Profile{User: "provider", Anyone: true})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, number := range []string{"201", "202", "203", "204", "205"} {
		p := c.inside.Add(phone.Profile{User: "0003*" + number, Password: "demo-" + number, Domain: "demo.local",
			Answer: phone.AnswerAfter(time.Duration(20+c.rand.IntN(60)) * time.Millisecond), Notify: func(phone.Event) {}})
		if err := p.Register(ctx); err != nil {
			t.Fatal(err)
		}
		c.phones[number] = p
		c.agents[number] = c.api.agent(t, number).ID
		c.statuses[number] = &promise[status]{acked: status{Status: "available"}}
	}
	c.queue = c.api.extension(t, sales)
	c.server.interrupt() // from here on, only crashes
	<-c.server.ended
	c.journal.read(t, c.data)
	return c
}

func (c *crashTest) network(address string) *phone.Network {
	c.t.Helper()
	n, err := phone.Open(phone.Config{Address: address, Server: c.server.sip})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = n.Close() })
	return n
}

// start starts the server on the data there is, where the phones know it to be.
func (c *crashTest) start() {
	c.t.Helper()
	args := []string{"--data", c.data}
	if c.server != nil {
		args = append(args, "--sip", c.server.sip)
	}
	run, err := plain()
	if err != nil {
		c.t.Fatal(err)
	}
	if c.starts++; c.starts%10 == 0 {
		run = program
	}
	c.server = startProgram(c.t, []string{run}, args...)
	c.api = c.server.api()
}

// verify compares what the server holds with what it acknowledged.
func (c *crashTest) verify() {
	c.t.Helper()
	for number, p := range c.statuses {
		var got status
		c.api.must(c.t, http.MethodGet, fmt.Sprintf("/client/@me/agent/local/%d", c.agents[number]), nil, &got)
		if !p.kept(got) {
			c.t.Errorf("agent %s is %+v after the crash, want %+v", number, got, *p)
		}
		*p = promise[status]{acked: got}
	}
	var q struct {
		MaxWait int `json:"max_wait_time"`
	}
	c.api.must(c.t, http.MethodGet, fmt.Sprintf("/extension/%d/queue/", c.queue), nil, &q)
	if !c.maxWait.kept(q.MaxWait) {
		c.t.Errorf("max_wait_time is %d after the crash, want %+v", q.MaxWait, c.maxWait)
	}
	c.maxWait = promise[int]{acked: q.MaxWait}
	for _, number := range c.made {
		if !c.api.has(c.t, number) {
			c.t.Errorf("extension %s was acknowledged and is gone", number)
		}
	}
	c.made = nil
}

// gone is over before it begins: for starting what is not waited for.
var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// reach has phones rung that have not registered since the first start: one
// by its number, one as an agent.
func (c *crashTest) reach() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	number := []string{"201", "202", "203", "204"}[c.rand.IntN(4)]
	ringing := make(chan phone.Event, 16)
	direct := c.phones["205"].Dial(phone.Dial{To: number, Notify: func(ev phone.Event) { ringing <- ev }})
	caller := c.line.Dial(phone.Dial{To: salesDID, From: "15557000"})
	select {
	case ev := <-ringing:
		if ev.Kind != phone.Ringing && ev.Kind != phone.Answered {
			c.t.Errorf("phone %s is not reached after the crash: %v %d %s", number, ev.Kind, ev.Code, ev.Text)
		}
	case <-ctx.Done():
		c.t.Errorf("phone %s does not ring after the crash", number)
	}
	if err := caller.WaitAudio(ctx, func(s phone.Stats) bool { return s.HeardPackets > 0 }); err != nil {
		c.t.Errorf("a caller in the queue does not get an agent after the crash: %v\n%s", err, c.tail())
	}
	direct.Hangup()
	caller.Hangup()
}

// tail kills the server and gives the end of its journal.
func (c *crashTest) tail() string {
	c.server.kill()
	c.journal.read(c.t, c.data)
	var text strings.Builder
	for _, f := range c.journal.facts {
		fmt.Fprintf(&text, "%d %v %s queue %d agent %d call %s %s %s %s\n", f.Seq, f.At.Std().Format(time.StampMicro), f.Kind, f.Queue, f.Agent, f.Call, f.Status, f.State, f.Cause)
	}
	return text.String()
}

// loadUntil has callers call and supervisors change things, and kills the server d later.
func (c *crashTest) loadUntil(d time.Duration) {
	over := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() { c.call(over) })
	for _, number := range []string{"203", "204"} {
		busy.Go(func() { c.supervise(number) })
	}
	busy.Go(c.configure)
	busy.Go(c.hire)
	<-time.After(d) // the random moment
	c.over = time.Now().UTC().Truncate(time.Second)
	c.server.kill()
	close(over)
	busy.Wait()
	for _, n := range []*phone.Network{c.inside, c.outside} {
		_ = n.Drain(gone) // hang up; what it sends meets the next start, as the rest of the load does
	}
}

// call places calls: more than there are agents, so that some wait.
func (c *crashTest) call(over <-chan struct{}) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		c.placed++
		talk := time.Duration(50+rand.IntN(400)) * time.Millisecond
		c.line.Dial(phone.Dial{To: []string{salesDID, "15550701"}[c.placed%2], From: fmt.Sprint(15_557_000 + c.placed%1000), Talk: talk})
		select {
		case <-tick.C:
		case <-over:
			return
		}
	}
}

// supervise changes an agent's status until the server is gone.
func (c *crashTest) supervise(number string) {
	path := fmt.Sprintf("/client/@me/agent/local/%d", c.agents[number])
	for n := rand.IntN(1000); ; n++ {
		to := []status{{Status: "available"}, {"on_break", fmt.Sprint("lunch ", n)}, {Status: "logged_out"}}[n%3]
		if !promised(c, c.statuses[number], to, path, to) {
			return
		}
	}
}

func (c *crashTest) configure() {
	path := fmt.Sprintf("/extension/%d/queue/", c.queue)
	for n := 3600 + rand.IntN(1000); ; n++ {
		if !promised(c, &c.maxWait, n, path, map[string]any{"max_wait_time": n}) {
			return
		}
	}
}

// promised makes a change; false when the server is gone.
func promised[T comparable](c *crashTest, p *promise[T], to T, path string, body any) bool {
	p.pending, p.underWay = to, true
	if err := c.api.send(http.MethodPut, path, body, nil); err != nil {
		return c.survived(err)
	}
	*p = promise[T]{acked: to}
	c.acked.Add(1)
	return true
}

// hire makes extensions until the server is gone.
func (c *crashTest) hire() {
	for {
		c.tried++
		number := fmt.Sprint(100_000 + c.tried)
		if err := c.api.send(http.MethodPost, "/client/@me/extension/", map[string]any{"name": number, "type": "phone", "label": "crash"}, nil); err != nil {
			c.survived(err)
			return
		}
		c.made = append(c.made, number)
		c.acked.Add(1)
	}
}

// survived tells of a refusal, which is none of the crash's.
func (c *crashTest) survived(err error) bool {
	if !errors.As(err, new(lost)) {
		c.t.Error(err)
	}
	return false
}

// closed looks at the disk: what was up at the crash before was closed with
// its cause, and the rest adds up.
func (c *crashTest) closed(n int) {
	c.t.Helper()
	j := c.journal
	calls, talks, legs := maps.Clone(j.open), maps.Clone(j.talking), maps.Clone(j.legs)
	j.read(c.t, c.data)
	for call := range calls {
		if cause, ok := j.left[call]; !ok || cause != acd.CauseRestart {
			c.t.Errorf("start %d: call %s was up before, and was closed: %v, %v", n, call, ok, cause)
		}
	}
	for call := range talks {
		if cause, ok := j.talkEnded[call]; !ok || cause != acd.CauseRestart {
			c.t.Errorf("start %d: the talk of call %s was up before, and was closed: %v, %v", n, call, ok, cause)
		}
	}
	for leg := range legs {
		if !j.legsEnded[leg] {
			c.t.Errorf("start %d: leg %s was up before, and has no end", n, leg)
		}
	}
	c.cut += len(j.open)
}
