// Package demo is the life in the demo world: agents' phones, callers and a
// provider with somebody behind it, all simulated, who use the server's SIP,
// RTP and HTTP as anybody would. It prints a line for every call.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"time"

	"holdline/internal/app"
	"holdline/internal/phone"
)

// Agent is a simulated agent's phone.
type Agent struct {
	User     string // SIP user, "0003*201"
	Password string
	Name     string // as printed, and in the API
}

// Queue is a queue callers call.
type Queue struct {
	Dial string // what is dialled from outside, "15550700"
	Name string // as printed, "Sales 700"
}

// Config says who is there and how busy the day is. Zero durations take the values given.
type Config struct {
	Server netip.AddrPort // SIP over UDP
	Phones string         // local address of the agents' phones; "" = 127.0.0.1
	Trunk  netip.AddrPort // where the server expects the provider; its address only has to differ from the phones'
	Domain string         // of the agents' accounts
	Agents []Agent
	Queues []Queue

	// Yours is the phone that is left to a real one, as printed; "" = none.
	Yours string
	// Remote is the number of the agent behind the provider, "" = nobody.
	Remote string

	// API, if not nil, is where agents take their breaks.
	API *API

	Pause    time.Duration // mean time between callers; 16 s
	Ring     time.Duration // mean time an agent lets it ring; 4 s
	Talk     time.Duration // mean length of a conversation; 40 s
	Patience time.Duration // mean time after which a caller without an agent gives up; 90 s
	Work     time.Duration // mean time from one break to the next; 30 s
	Break    time.Duration // mean length of a break; 60 s
	Callers  int           // at most so many at once; 6
	Out      io.Writer     // a line per call
	Rand     *rand.Rand    // nil = seeded by chance
}

// World gives the demo world's traffic: the agents at 201 to 204 and both queues. Phone
// 205 is left to whoever registers a softphone, as two phones at one account
// would both ring.
func World(server, trunk netip.AddrPort) Config {
	c := Config{Server: server, Trunk: trunk, Domain: app.DemoDomain, Remote: app.DemoRemoteNumber, Yours: app.DemoPhones[len(app.DemoPhones)-1],
		Queues: []Queue{{app.DemoSalesDID, "Sales " + app.DemoSales}, {app.DemoSupportDID, "Support " + app.DemoSupport}}}
	for i, n := range app.DemoPhones {
		if n != c.Yours {
			c.Agents = append(c.Agents, Agent{User: app.DemoPrefix + "*" + n, Password: app.DemoPhonePassword(n), Name: app.DemoAgents[i]})
		}
	}
	return c
}

func (c *Config) defaults() {
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&c.Pause, 16 * time.Second}, {&c.Ring, 4 * time.Second}, {&c.Talk, 40 * time.Second}, {&c.Patience, 90 * time.Second},
		{&c.Work, 30 * time.Second}, {&c.Break, time.Minute}} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	if c.Callers == 0 {
		c.Callers = 6
	}
	if c.Rand == nil {
		c.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // whom to call next is no secret
	}
	if c.Out == nil {
		c.Out = io.Discard
	}
}

// drainTime is how long the calls that are up get to end.
const drainTime = 5 * time.Second

// street is a running demonstration.
type street struct {
	cfg    Config
	phones *phone.Network
	trunk  *phone.Network
	line   *phone.Phone
	voices []*phone.Voice

	mu     sync.Mutex // guards all below
	rand   *rand.Rand
	visits map[string]*visit // by caller's number
	next   int
	idle   chan struct{} // a caller is done
	over   bool          // the demonstration is
}

// visit is one caller's call from dialling to the end.
type visit struct {
	queue   Queue
	number  string
	call    *phone.Call
	dialled time.Time
	agent   string
	joined  time.Time // with the agent
}

// Run registers the agents and lets callers call until ctx ends; then every
// call is ended properly and the registrations are taken back. The error says
// what could not be started.
func Run(ctx context.Context, cfg Config) error {
	cfg.defaults()
	s := &street{cfg: cfg, rand: cfg.Rand, visits: map[string]*visit{}, next: cfg.Rand.IntN(Callers), idle: make(chan struct{}, 1), voices: voices()}
	if err := s.open(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	agents := s.agents()
	err := phone.RegisterAll(ctx, agents)
	if err == nil {
		if len(agents) > 0 {
			s.say("%s are at their phones.", s.names())
		}
		if s.cfg.Yours != "" {
			s.say("Phone %s is free for your softphone.", s.cfg.Yours)
		}
		var off sync.WaitGroup
		off.Go(func() { s.breaks(ctx) })
		s.callers(ctx)
		off.Wait()
	}
	endErr := s.end(agents)
	if ctx.Err() != nil {
		return endErr
	}
	return errors.Join(err, endErr)
}

func (s *street) open() (err error) {
	s.phones, err = phone.Open(phone.Config{Address: s.cfg.Phones, Server: s.cfg.Server.String(), UserAgent: "Holdline demo phone"})
	if err != nil {
		return err
	}
	s.trunk, err = phone.Open(phone.Config{Address: s.cfg.Trunk.String(), Server: s.cfg.Server.String(), UserAgent: "Holdline demo provider"})
	if err != nil {
		return errors.Join(err, s.phones.Close())
	}
	s.line = s.trunk.Add(phone.Profile{User: "provider", Anyone: true, Answer: s.outside, Notify: s.agentEvent(app.DemoRemoteAgent)})
	return nil
}

// agents puts the agents' phones on the network.
func (s *street) agents() []*phone.Phone {
	phones := make([]*phone.Phone, 0, len(s.cfg.Agents))
	for i, a := range s.cfg.Agents {
		phones = append(phones, s.phones.Add(phone.Profile{User: a.User, Password: a.Password, Domain: s.cfg.Domain, Name: a.Name,
			Voice: s.voices[i%len(s.voices)], Answer: s.pickUp, Notify: s.agentEvent(a.Name)}))
	}
	return phones
}

func (s *street) names() string {
	var names []string
	for _, a := range s.cfg.Agents {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// pickUp is what an agent does: mostly answers, now and then is busy with something else.
func (s *street) pickUp(c *phone.Call) phone.Answering {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := phone.Answering{Ring: s.around(s.cfg.Ring), Code: 200}
	switch v := s.visits[c.Info().Number]; {
	case v == nil: // somebody who is real: talk until they hang up
	case s.rand.IntN(20) == 0:
		a.Code = 486
	case s.rand.IntN(2) == 0: // else the caller hangs up first
		a.Talk = s.around(s.cfg.Talk)
	}
	return a
}

// outside answers calls to the provider: the remote agent has a phone there, nobody else has.
func (s *street) outside(c *phone.Call) phone.Answering {
	if c.Info().Called != s.cfg.Remote || s.cfg.Remote == "" {
		return phone.Answering{Code: 404}
	}
	a := s.pickUp(c)
	a.Early = a.Code == 200
	return a
}

// callers lets one after the other call, at a calm pace.
func (s *street) callers(ctx context.Context) {
	if len(s.cfg.Queues) == 0 { // the provider alone
		<-ctx.Done()
		return
	}
	for ctx.Err() == nil {
		s.mu.Lock()
		wait, full := s.around(s.cfg.Pause), len(s.visits) >= s.cfg.Callers
		if !full {
			s.dial()
		}
		s.mu.Unlock()
		if full {
			select {
			case <-s.idle:
			case <-ctx.Done():
			}
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// dial has a new caller call a queue. Called under mu.
func (s *street) dial() {
	who := Caller(s.next % Callers)
	s.next++
	v := &visit{queue: s.cfg.Queues[s.rand.IntN(len(s.cfg.Queues))], number: who.Number, dialled: time.Now()}
	if s.visits[v.number] != nil { // all others have called since, and this one is still there
		return
	}
	s.visits[v.number] = v
	v.call = s.line.Dial(phone.Dial{To: v.queue.Dial, From: v.number, Name: who.Name, GiveUp: s.around(s.cfg.Patience),
		Voice: s.voices[s.next%len(s.voices)], Notify: func(ev phone.Event) { s.callerEvent(v, ev) }})
}

// callerEvent runs on the trunk's loop.
func (s *street) callerEvent(v *visit, ev phone.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch ev.Kind {
	case phone.Answered:
		limit := s.around(s.cfg.Patience)
		if !v.joined.IsZero() { // the queue rang, and the agent was what answered
			limit = s.around(s.cfg.Talk)
		}
		ev.Call.HangupAfter(limit)
	case phone.Ended:
		delete(s.visits, v.number)
		s.report(v, ev)
		select {
		case s.idle <- struct{}{}:
		default:
		}
	}
}

// agentEvent notes who talks to whom. It runs on the agent's loop.
func (s *street) agentEvent(name string) func(phone.Event) {
	return func(ev phone.Event) {
		if ev.Kind != phone.Answered || !ev.Call.Info().Incoming {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		v := s.visits[ev.Call.Info().Number]
		if v == nil {
			return
		}
		v.agent, v.joined = name, ev.At
		v.call.HangupAfter(s.around(s.cfg.Talk))
	}
}

// around gives a time from half to one and a half of the mean. Called under mu.
func (s *street) around(mean time.Duration) time.Duration {
	return mean/2 + time.Duration(s.rand.Int64N(int64(mean)+1))
}

// report prints the line of a call that is over. Called under mu.
func (s *street) report(v *visit, ev phone.Event) {
	var what string
	switch {
	case ev.Code >= 300 && ev.By == phone.Remote:
		what = fmt.Sprintf("was refused: %d %s", ev.Code, ev.Text)
	case v.joined.IsZero() && s.over:
		what = "was still waiting when the demonstration ended"
	case v.joined.IsZero():
		what = fmt.Sprintf("gave up after %s", seconds(ev.At.Sub(v.dialled)))
		if ev.By == phone.Remote {
			what = fmt.Sprintf("was hung up on after %s", seconds(ev.At.Sub(v.dialled)))
		}
	default:
		what = fmt.Sprintf("waited %s, talked to %s for %s", seconds(v.joined.Sub(v.dialled)), v.agent, seconds(ev.At.Sub(v.joined)))
	}
	s.say("%s -> %s: %s", v.number, v.queue.Name, what)
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
}

func (s *street) say(format string, args ...any) { say(s.cfg.Out, format, args...) }

// say prints a line with the time of day.
func say(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// end hangs up what is up and unregisters.
func (s *street) end(agents []*phone.Phone) error {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := errors.Join(s.trunk.Drain(ctx), s.phones.Drain(ctx), phone.UnregisterAll(ctx, agents))
	err = errors.Join(err, s.trunk.Close(), s.phones.Close())
	if err != nil {
		return fmt.Errorf("demo: ending the calls: %w", err)
	}
	return nil
}
