// Package past gives a new demo world the weeks before: its agents worked
// their shifts, its callers called, waited, were answered or gave up. Nothing
// of it is made up row by row. The real engine runs over a simulated telephone
// switch (telsim) in a time of its own, people change statuses and settings
// through the use cases, and what comes of it is in the real journal. The same
// seed and the same end give the same weeks.
package past

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/directory"
	"holdline/internal/engine"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// Config says what is made.
type Config struct {
	Store      store.Store
	Trunk      netip.AddrPort    // of the provider: see app.Service.DemoWorld
	Prompts    engine.Prompts    // what callers hear, and so how long it takes
	Recordings engine.Recordings // where recordings are kept
	Now        time.Time         // the end
	Days       int               // how many before today
	Zone       string            // IANA name of the organisation's time zone; "" = UTC
	Seed       uint64
	// Told, if not nil, is told how much of it is done: 0 at first, once a day that has passed, 1 at the end.
	Told func(share float64)
}

// Make makes the demo world with its past in a store that has no organisation;
// any other is left as it is. The end of ctx, or an error, leaves a store
// without an organisation behind.
func Make(ctx context.Context, c Config) error {
	empty, err := isEmpty(ctx, c.Store)
	if err != nil || !empty {
		return err
	}
	t, err := found(ctx, c)
	if err != nil {
		return fmt.Errorf("demo: making its past: %w", err)
	}
	t.tell(0)
	err = t.live()
	t.app.FlushAudit(context.WithoutCancel(ctx))
	if err == nil {
		err = t.keepTapes()
	}
	if err != nil {
		t.forget()
		return fmt.Errorf("demo: making its past: %w", err)
	}
	t.host.Stop()
	t.tell(1)
	return nil
}

func isEmpty(ctx context.Context, s store.Store) (empty bool, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		all, err := tx.Organisations.List(ctx)
		empty = len(all) == 0
		return err
	})
	return empty, err
}

// town is the demo world while its past is made.
type town struct {
	agenda
	ctx   context.Context
	cfg   Config
	rand  *rand.Rand
	zone  *time.Location
	begin time.Time // midnight of the first day
	org   int64

	dir  *directory.Directory
	app  *app.Service
	host *engine.Host
	sw   *deck
	err  error // of the first use case that failed

	dana     app.Actor
	people   []*person // agents; the last one is outside
	byAgent  map[acd.AgentID]*person
	provider *telsim.Phone
	visits   map[acd.CallID]*visit
	taping   bool // the calls of Sales are recorded
}

// found makes the demo organisation at the beginning of its past, and opens its engine.
func found(ctx context.Context, c Config) (*town, error) {
	t := &town{ctx: ctx, cfg: c, rand: rand.New(rand.NewPCG(c.Seed, c.Seed)), visits: map[acd.CallID]*visit{}, byAgent: map[acd.AgentID]*person{}, dir: directory.New()} //nolint:gosec // a demonstration
	var err error
	if t.zone, err = time.LoadLocation(c.Zone); err != nil {
		return nil, err
	}
	y, m, d := c.Now.In(t.zone).Date()
	t.begin = time.Date(y, m, d-c.Days, 0, 0, 0, 0, t.zone)
	t.now = t.begin
	clock := func() time.Time { return t.now }
	unhurried := unhurried{c.Store}
	t.host = engine.New(engine.Config{Store: unhurried, Directory: t.dir, Prompts: c.Prompts, Recordings: c.Recordings, Watch: t.watch, Now: clock})
	t.app = app.New(app.Deps{Store: unhurried, Directory: t.dir, Engine: t.host, Clock: clock, Log: slog.New(slog.DiscardHandler)})
	if t.org, err = t.app.DemoWorld(ctx, c.Trunk); err != nil {
		return nil, err
	}
	t.sw = &deck{paths: map[string]string{}, Switch: telsim.NewIn(telsim.World{Now: clock, After: t.after, Leg: t.leg}, t.host)}
	if err := t.host.Start(ctx, t.sw); err != nil {
		return nil, err
	}
	return t, t.settle()
}

// leg names a call as the real switch does.
func (t *town) leg() telephony.LegID {
	return telephony.LegID(fmt.Sprintf("%016x%016x", t.rand.Uint64(), t.rand.Uint64()))
}

// live passes the time until now.
func (t *town) live() error {
	for day := t.begin; day.Before(t.cfg.Now); day = day.AddDate(0, 0, 1) {
		t.plan(day)
	}
	t.tape()
	t.at(t.cfg.Now.Add(-lastMinutes), t.evening)
	for t.now.Before(t.cfg.Now) {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if t.err != nil {
			return t.err
		}
		t.host.Work()
		t.answer()
		t.proceed()
		t.due()
	}
	return t.cfg.Store.Journal().Sync(t.ctx)
}

// proceed moves the time to where something happens next.
func (t *town) proceed() {
	to := t.host.Next()
	if at, ok := t.next(); ok && at.Before(to) {
		to = at
	}
	if to.After(t.cfg.Now) {
		to = t.cfg.Now
	}
	if to.Before(t.now) {
		return
	}
	if passed := to.Sub(t.begin); passed/(24*time.Hour) > t.now.Sub(t.begin)/(24*time.Hour) {
		t.tell(float64(passed) / float64(t.cfg.Now.Sub(t.begin)))
	}
	t.now = to
}

func (t *town) tell(share float64) {
	if t.cfg.Told != nil {
		t.cfg.Told(share)
	}
}

// forget takes everything away again.
func (t *town) forget() {
	t.host.Stop()
	ctx := context.WithoutCancel(t.ctx)
	_ = t.cfg.Store.Journal().Sync(ctx) // what it could not write is not there
	_ = t.cfg.Store.Update(ctx, func(tx store.Tx) error { return tx.Organisations.Delete(ctx, t.org) })
}

// try runs a use case; the first that fails ends it all.
func (t *town) try(err error) {
	if t.err == nil {
		t.err = err
	}
}

// unhurried is a store whose journal is told of facts and not waited for: the
// time in here stands still meanwhile, and only the end has to be on the disk.
type unhurried struct{ store.Store }

func (u unhurried) Journal() store.Journal { return unawaited{u.Store.Journal()} }

type unawaited struct{ store.Journal }

func (j unawaited) Append(org int64, facts []acd.Fact, done func(error)) {
	j.Journal.Append(org, facts, nil)
	if done != nil {
		done(nil)
	}
}
