package loadtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"holdline/internal/phone"
)

// calls places them at the rate and waits until all are accounted for.
func (g *generator) runCalls(ctx context.Context, r *Report) error {
	w, err := g.begin()
	if err != nil {
		return err
	}
	g.pace(ctx, g.main, g.cfg.Rate, g.cfg.planned(), false)
	err = g.settled(ctx, g.main)
	g.mu.Lock()
	served := g.main.counts.Completed
	g.mu.Unlock()
	if endErr := g.end(w, r, served); endErr != nil {
		return endErr
	}
	return err
}

func (g *generator) settled(ctx context.Context, p *phase) error {
	return g.await(ctx, 2*g.cfg.Patience+g.cfg.Talk, "the last calls have ended", func() bool { return p.open == 0 })
}

// runWaiting looks at callers who hear music.
func (g *generator) runWaiting(ctx context.Context, r *Report) error {
	return g.hold(ctx, r, "every caller waits", func() bool { return g.main.waiting == g.cfg.Callers }, func() error {
		return g.pause(ctx, g.cfg.Duration)
	})
}

// runBridged looks at calls between callers and agents.
func (g *generator) runBridged(ctx context.Context, r *Report) error {
	return g.hold(ctx, r, "every caller has an agent", func() bool { return g.main.connected == g.cfg.Callers }, func() error {
		return g.pause(ctx, g.cfg.Duration)
	})
}

// hold brings calls up, and looks at their audio and the server while run lasts.
func (g *generator) hold(ctx context.Context, r *Report, what string, up func() bool, run func() error) error {
	g.pace(ctx, g.main, g.cfg.Rate, g.cfg.Callers, true)
	if err := g.await(ctx, 4*g.cfg.Patience, what, func() bool { return up() || g.main.counts.Failed > 0 }); err != nil {
		return err
	}
	if err := g.notUp(); err != nil {
		return err
	}
	held := g.heldCalls()
	for _, c := range held {
		c.ResetStats()
	}
	w, err := g.begin()
	if err != nil {
		return err
	}
	runErr := run()
	for _, c := range held {
		r.Packets.add(c.Stats())
	}
	if err := g.end(w, r, 0); err != nil {
		return err
	}
	r.Packets.Rate = float64(r.Packets.Received) / r.Seconds / float64(len(held))
	if r.Process.End > r.Process.Idle {
		r.Process.PerCaller = (r.Process.End - r.Process.Idle) / uint64(g.cfg.Callers)
		r.Process.PerThousandMB = float64(r.Process.PerCaller) / 1000
	}
	return runErr
}

// notUp says why not all calls came up; nil if they did.
func (g *generator) notUp() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &g.main.counts
	if c.Failed == 0 {
		return nil
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(c.Failures)) {
		kinds = append(kinds, fmt.Sprintf("%d times %s", c.Failures[kind], kind))
	}
	return fmt.Errorf("loadtest: %d of %d calls did not come up: %s", c.Failed, g.cfg.Callers, strings.Join(kinds, "; "))
}

// heldCalls lists both ends of the calls held.
func (g *generator) heldCalls() []*phone.Call {
	g.mu.Lock()
	defer g.mu.Unlock()
	var calls []*phone.Call
	for _, t := range g.trials {
		calls = append(calls, t.caller)
		if t.agent != nil {
			calls = append(calls, t.agent)
		}
	}
	return calls
}

func (g *generator) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runFree keeps more callers than agents in the queue, so that each agent
// whose call ends is rung again at once.
func (g *generator) runFree(ctx context.Context, r *Report) error {
	w, err := g.begin()
	if err != nil {
		return err
	}
	g.mu.Lock()
	g.onSettled = g.topUp
	g.mu.Unlock()
	g.pace(ctx, g.main, g.cfg.Rate, g.cfg.Callers, false)
	limit := g.cfg.Patience + time.Duration(g.cfg.Trials+g.cfg.Callers)*(g.cfg.Talk+time.Second)
	err = g.await(ctx, limit, "all trials are done", func() bool { return len(g.free.values) >= g.cfg.Trials })
	if endErr := g.end(w, r, 0); endErr != nil {
		return endErr
	}
	return err
}

// topUp replaces a caller who is done; one who was refused tries again a
// little later, as the next would be, too. It runs under mu, on a loop of the
// phones, so the call is placed from outside.
func (g *generator) topUp(completed bool) {
	if len(g.free.values) >= g.cfg.Trials {
		return
	}
	wait := time.Duration(0)
	if !completed {
		wait = 500 * time.Millisecond
	}
	g.trunk.After(wait, func() { g.place(g.main, false) })
}

// runLogin logs one agent in again and again while a caller waits.
func (g *generator) runLogin(ctx context.Context, r *Report) error {
	w, err := g.begin()
	if err != nil {
		return err
	}
	var sample Sample
	id := g.world.agents[0].id
	for range g.cfg.Trials {
		took, err := g.loginTrial(ctx, id)
		if err != nil {
			return err
		}
		sample.add(took)
	}
	q := sample.quantiles()
	r.Login = &q
	return g.end(w, r, 0)
}

// loginTrial gives the time from the request's sending to the agent's INVITE.
func (g *generator) loginTrial(ctx context.Context, id int64) (time.Duration, error) {
	if err := g.world.setStatus(ctx, id, "logged_out"); err != nil {
		return 0, err
	}
	g.place(g.main, false)
	if err := g.await(ctx, g.cfg.Patience, "the caller waits", func() bool { return g.main.waiting == 1 }); err != nil {
		return 0, err
	}
	asked := time.Now()
	if err := g.world.setStatus(ctx, id, "available"); err != nil {
		return 0, err
	}
	if err := g.await(ctx, g.cfg.Patience, "the agent rings", func() bool { return g.lastRung.After(asked) }); err != nil {
		return 0, err
	}
	if err := g.settled(ctx, g.main); err != nil {
		return 0, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lastRung.Sub(asked), nil
}

// runOverload offers more calls than the server takes while others are up, and then few.
func (g *generator) runOverload(ctx context.Context, r *Report) error {
	flood, after := newPhase(), newPhase()
	base := g.main
	err := g.hold(ctx, r, "the calls held have agents", func() bool { return base.connected == g.cfg.Callers }, func() error {
		g.swap(flood)
		g.pace(ctx, flood, g.cfg.Rate, g.cfg.planned(), false)
		return g.settled(ctx, flood)
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	for kind, n := range base.counts.Failures {
		flood.counts.Failures[kind] += n
		flood.counts.Failed += n
	}
	g.mu.Unlock()
	const rate, seconds = 20, 5
	g.pace(ctx, after, rate, rate*seconds, false)
	err = g.settled(ctx, after)
	g.mu.Lock()
	defer g.mu.Unlock()
	recovery := after.report()
	r.Recovery = &recovery
	return err
}

func (g *generator) swap(p *phase) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.main = p
}
