// Package apptest makes the use cases testable without telephony: a world of
// an SQLite store, a directory and real rules stepped in place, at a clock
// the test owns.
package apptest

import (
	"context"
	"sync"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/directory"
	"holdline/internal/live"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// Start is the moment a world begins.
var Start = time.Date(2020, 3, 16, 12, 11, 13, 0, time.UTC)

// Clock is a clock that stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now gives the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// World is a service with all it stands on.
type World struct {
	Clock     *Clock
	Store     store.Store
	Directory *directory.Directory
	Engine    *Engine
	App       *app.Service
	Sounds    *Sounds
	Outbox    *Outbox
	Live      *live.Hub
	Phones    *Phones
	// Recordings is the folder of the recordings.
	Recordings string
	breakable  *breakable
	t          testing.TB
}

// Passwords gives a hasher whose hashes cost next to nothing: a test that signs
// somebody in tests no argon2.
func Passwords() *auth.Hasher { return auth.NewHasher(1).WithCost(auth.Cost{Memory: 8, Passes: 1}) }

// New gives an empty world that is closed with the test.
func New(t testing.TB) *World {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("closing the store:", err)
		}
	})
	b := &breakable{Store: s}
	w := &World{Clock: &Clock{now: Start}, Store: b, breakable: b, Directory: directory.New(), t: t}
	w.Engine = &Engine{store: s, clock: w.Clock, orgs: map[int64]*acd.Engine{}}
	w.Sounds, w.Recordings = &Sounds{have: map[[2]int64][]byte{}}, t.TempDir()
	w.Phones = &Phones{bindings: map[int64][]store.Binding{}, lapsed: map[int64]store.Binding{}, since: map[int64]time.Time{}, refused: map[int64]app.Refusal{}}
	w.Live = live.New(live.Config{Engine: w.Engine, Directory: w.Directory, Store: b, Clock: w.Clock.Now, Pause: time.Millisecond})
	w.Engine.watch = w.Live.Watch
	t.Cleanup(w.Live.Close)
	w.Outbox = &Outbox{}
	w.App = app.New(app.Deps{Store: b, Directory: w.Directory, Engine: w.Engine, Clock: w.Clock.Now, Passwords: Passwords(),
		Sounds: w.Sounds, Live: w.Live, Outbox: w.Outbox, Recordings: w.Recordings, Registrations: w.Phones})
	return w
}

// Update writes to the store as nobody's use case would.
func (w *World) Update(write func(ctx context.Context, tx store.Tx) error) {
	w.t.Helper()
	err := w.Store.Update(w.t.Context(), func(tx store.Tx) error { return write(w.t.Context(), tx) })
	if err != nil {
		w.t.Fatal(err)
	}
}

// Open loads the directory and opens the engines of all organisations.
func (w *World) Open() {
	w.t.Helper()
	ctx := w.t.Context()
	if err := w.Directory.Load(ctx, w.Store); err != nil {
		w.t.Fatal(err)
	}
	var all []store.Organisation
	err := w.Store.View(ctx, func(tx store.Tx) (err error) {
		all, err = tx.Organisations.List(ctx)
		return err
	})
	for _, o := range all {
		if err == nil {
			err = w.Engine.Open(ctx, o.ID)
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Organisation makes an organisation and gives an actor for all of it.
func (w *World) Organisation(name, prefix string) app.Actor {
	w.t.Helper()
	o := store.Organisation{Name: name, Prefix: prefix, Domain: name + ".test", Created: acd.TimeOf(w.Clock.Now())}
	w.Update(func(ctx context.Context, tx store.Tx) error { return tx.Organisations.Create(ctx, &o) })
	w.Open()
	return app.Actor{Org: o.ID, Reach: store.ReachOrganisation}
}
