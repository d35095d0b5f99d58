package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"syscall"
	"time"

	"holdline/internal/phone"
)

// drainTime is how long the calls that are up get to end.
const drainTime = 10 * time.Second

// generator is one run.
type generator struct {
	cfg    Config
	world  *world
	server *process
	phones *phone.Network // the agents'
	trunk  *phone.Network // the callers'
	line   *phone.Phone   // the trunk
	agents []*phone.Phone
	pulse  chan struct{} // something has changed

	mu        sync.Mutex // guards the rest, trials and phases
	trials    map[string]*trial
	placed    int
	freed     map[*phone.Phone]time.Time // when an agent's last call ended
	lastRung  time.Time
	free      Sample
	packets   Packets
	strangers int // calls to agents that are not of this test
	main      *phase
	peak      uint64
	ending    bool
	onSettled func(completed bool) // called under mu
}

// Run prepares what is missing on the server, runs one mode and ends every
// call it placed. When ctx is cancelled it ends them too and reports what there is.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.check(); err != nil {
		return Report{}, err
	}
	g := &generator{cfg: cfg, pulse: make(chan struct{}, 1), trials: map[string]*trial{}, freed: map[*phone.Phone]time.Time{}, main: newPhase()}
	var err error
	if g.server, err = findProcess("/proc", cfg.PID, cfg.Server); err != nil {
		return Report{}, err
	}
	if g.world, err = prepare(ctx, cfg, false); err != nil {
		return Report{}, err
	}
	defer g.world.api.close()
	if err := g.open(); err != nil {
		return Report{}, err
	}
	defer g.close()
	return g.run(ctx)
}

func (g *generator) open() (err error) {
	if g.phones, err = phone.Open(phone.Config{Address: g.cfg.PhoneAddress, Server: g.cfg.Server, RTPSockets: 4, UserAgent: "holdline-loadtest"}); err != nil {
		return err
	}
	if g.trunk, err = phone.Open(phone.Config{Address: g.cfg.TrunkAddress, Server: g.cfg.Server, RTPSockets: 4, UserAgent: "holdline-loadtest"}); err != nil {
		return errors.Join(err, g.phones.Close())
	}
	g.line = g.trunk.Add(phone.Profile{User: "trunk", Anyone: true, Answer: phone.RefuseWith(404)})
	for _, a := range g.world.agents {
		g.agents = append(g.agents, g.phones.Add(phone.Profile{User: a.extended, Password: a.password, Domain: g.world.domain,
			Answer: g.rung, Notify: g.agentEvent}))
	}
	return nil
}

func (g *generator) close() {
	_ = g.trunk.Close() // all is said by now
	_ = g.phones.Close()
}

func (g *generator) run(ctx context.Context) (Report, error) {
	g.say("registering %d phones\n", len(g.agents))
	if err := g.register(ctx); err != nil {
		return Report{}, err
	}
	idle, err := g.server.read()
	if err != nil {
		return Report{}, err
	}
	stop := g.watch()
	r := Report{Mode: g.cfg.Mode, Server: g.cfg.Server, Started: time.Now(), Settings: g.cfg.settings()}
	r.Process.PID, r.Process.Idle = g.server.pid, idle.rss
	err = g.mode()(ctx, &r)
	r.Interrupted = ctx.Err() != nil
	if r.Interrupted {
		err = nil
	}
	drainErr := g.drain()
	stop()
	g.finish(&r)
	if err == nil && g.cfg.Settle > 0 && !r.Interrupted {
		g.settleMemory(ctx, &r)
	}
	return r, errors.Join(err, drainErr)
}

func (g *generator) mode() func(context.Context, *Report) error {
	return map[Mode]func(context.Context, *Report) error{Calls: g.runCalls, Waiting: g.runWaiting, Bridged: g.runBridged,
		Free: g.runFree, Login: g.runLogin, Overload: g.runOverload}[g.cfg.Mode]
}

// register makes each phone's registration the only one of its account.
func (g *generator) register(ctx context.Context) error {
	if err := phone.ForgetAll(ctx, g.agents); err != nil {
		return explain(err)
	}
	return explain(phone.RegisterAll(ctx, g.agents))
}

func explain(err error) error {
	var e *phone.RegisterError
	if errors.As(err, &e) && (e.Code == 401 || e.Code == 403) {
		return fmt.Errorf("loadtest: %w; set the phones' passwords anew: holdline loadtest prepare", err)
	}
	if err != nil {
		return fmt.Errorf("loadtest: %w", err)
	}
	return nil
}

// drain ends what is up and takes the registrations back.
func (g *generator) drain() error {
	g.mu.Lock()
	g.ending = true
	g.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := errors.Join(g.trunk.Drain(ctx), g.phones.Drain(ctx), phone.UnregisterAll(ctx, g.agents))
	if err != nil {
		return fmt.Errorf("loadtest: ending the calls: %w", err)
	}
	return nil
}

func (g *generator) finish(r *Report) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r.Calls = g.main.report()
	if g.strangers > 0 {
		r.Calls.Failures["agent rung for a caller who has gone or is not of this test (not counted as failed)"] = g.strangers
	}
	if r.Packets.Sent == 0 {
		r.Packets = g.packets
	}
	if g.free.values != nil && g.cfg.Mode == Free {
		q := g.free.quantiles()
		r.Free = &q
	}
	r.Process.Peak = max(g.peak, r.Process.End)
	r.Own.Dropped = g.phones.Dropped() + g.trunk.Dropped()
}

func (g *generator) settleMemory(ctx context.Context, r *Report) {
	g.say("waiting %v to see the server's memory settle\n", g.cfg.Settle)
	select {
	case <-time.After(g.cfg.Settle):
	case <-ctx.Done():
		return
	}
	if u, err := g.server.read(); err == nil {
		r.Process.Settled = u.rss
	}
}

// window measures what the server and this process use over a time.
type window struct {
	start  time.Time
	server usage
	own    time.Duration
}

func (g *generator) begin() (window, error) {
	u, err := g.server.read()
	g.phones.Behind()
	g.trunk.Behind()
	return window{time.Now(), u, ownCPU()}, err
}

// end fills in what the window saw; calls is how many the CPU is shared among, 0 = not said.
func (g *generator) end(w window, r *Report, calls int) error {
	u, err := g.server.read()
	if err != nil {
		return err
	}
	own := ownCPU() - w.own
	r.Seconds = time.Since(w.start).Seconds()
	r.Process.CPU = (u.cpu - w.server.cpu).Seconds()
	r.Process.Cores = r.Process.CPU / r.Seconds
	r.Process.End, r.Process.PSS = u.rss, u.pss
	if calls > 0 {
		r.Process.CPUPer1000 = r.Process.CPU * 1000 / float64(calls)
	}
	r.Own.CPU, r.Own.Cores = own.Seconds(), own.Seconds()/r.Seconds
	r.Own.Behind = milliseconds(max(g.phones.Behind(), g.trunk.Behind()))
	return nil
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watch writes the progress line each second and notes the server's peak. The function it gives ends it.
func (g *generator) watch() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		last, _ := g.server.read()
		for seconds := 1; ; seconds++ {
			select {
			case <-tick.C:
				last = g.progress(seconds, last)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

func (g *generator) progress(seconds int, last usage) usage {
	u, err := g.server.read()
	if err != nil {
		g.say("%4d s  %v\n", seconds, err)
		return last
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peak = max(g.peak, u.rss)
	p := g.main
	g.say("%4d s  %d placed, %d completed, %d failed, %d refused; %d up, %d of them with an agent; server %.0f %% CPU, %.0f MB\n", seconds,
		p.counts.Placed, p.counts.Completed, p.counts.Failed, p.counts.Refused503, p.waiting, p.connected, 100*(u.cpu-last.cpu).Seconds(), megabytes(u.rss))
	return u
}

func (g *generator) say(format string, args ...any) {
	if g.cfg.Progress != nil {
		_, _ = io.WriteString(g.cfg.Progress, fmt.Sprintf(format, args...))
	}
}

// changed wakes await. Called under mu.
func (g *generator) changed() {
	select {
	case g.pulse <- struct{}{}:
	default:
	}
}

// await waits for a condition on what mu guards.
func (g *generator) await(ctx context.Context, limit time.Duration, what string, holds func() bool) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		g.mu.Lock()
		ok := holds()
		g.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-g.pulse:
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("loadtest: %s: not after %v", what, limit)
		}
	}
}

// pace places calls at a rate until count are placed.
func (g *generator) pace(ctx context.Context, p *phase, rate float64, count int, held bool) {
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range count {
		timer.Reset(time.Until(start.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		select {
		case <-timer.C:
			g.place(p, held)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Config) settings() Settings {
	return Settings{c.Agents, c.Callers, c.Rate, c.Duration.Seconds(), c.Talk.Seconds(), c.HangupBy, c.Trials}
}

// planned is how many calls the rate makes in the time.
func (c *Config) planned() int { return int(math.Round(c.Rate * c.Duration.Seconds())) }
