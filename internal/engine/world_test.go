package engine_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/engine"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// world is one organisation with phones 201…204, queues 700 and 701 and a trunk, in virtual time.
type world struct {
	t      *testing.T
	ctx    context.Context
	db     store.Store
	dir    *directory.Directory
	host   *engine.Host
	sw     *telsim.Switch
	org    int64
	phones map[string]*telsim.Phone
	exts   map[string]int64
	queues map[string]acd.QueueID
	agents map[string]acd.AgentID

	recordings recordings
	breaks     bool // the test breaks the rules itself
	changes    int  // of calls, of which Watch told without a fact
}

// play runs a story in virtual time on a fresh world.
func play(t *testing.T, story func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		// Not t.Context: that is cancelled outside the bubble.
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		db, err := sqlite.Open(ctx, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		w := &world{t: t, ctx: ctx, db: db, phones: map[string]*telsim.Phone{}, exts: map[string]int64{}, queues: map[string]acd.QueueID{}, agents: map[string]acd.AgentID{}}
		w.populate()
		w.start()
		defer w.stop()
		story(w)
	})
}

// populate writes the configuration: agents 201–203 level 1 and 204 level 2, all online in 700.
func (w *world) populate() {
	ctx := w.ctx
	w.must(w.db.Update(ctx, func(tx store.Tx) error {
		o := store.Organisation{Name: "Test", Prefix: "0003", Domain: "test.local"}
		w.must(tx.Organisations.Create(ctx, &o))
		w.org = o.ID
		for _, number := range []string{"700", "701"} {
			e := store.Extension{OrgID: o.ID, Number: number, Type: store.QueueExtension}
			w.must(tx.Extensions.Create(ctx, &e))
			w.queues[number] = acd.QueueID(e.ID)
			w.must(tx.Queues.Put(ctx, o.ID, acd.Queue{ID: acd.QueueID(e.ID), Strategy: acd.RingAll, ReportWaitTime: true}))
		}
		for i, number := range []string{"201", "202", "203", "204"} {
			e := store.Extension{OrgID: o.ID, Number: number, Type: store.PhoneExtension}
			w.must(tx.Extensions.Create(ctx, &e))
			w.exts[number] = e.ID
			a := store.Agent{Agent: acd.Agent{CallTimeout: 20 * time.Second}, OrgID: o.ID, ExtensionID: e.ID}
			w.must(tx.Agents.Create(ctx, &a))
			w.agents[number] = a.ID
			w.must(tx.Memberships.Create(ctx, o.ID, acd.Membership{Queue: w.queues["700"], Agent: a.ID, Level: 1 + i/3, Position: i + 1, Status: acd.Online, Since: acd.TimeOf(time.Now())}))
		}
		return tx.Trunks.Create(ctx, &store.Trunk{OrgID: o.ID, Name: "provider", Host: "192.0.2.1", Default: true})
	}))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// start brings the host up on a new switch; phones that were there before register again.
func (w *world) start() {
	w.dir = directory.New()
	w.must(w.dir.Load(w.ctx, w.db))
	w.host = engine.New(engine.Config{Store: w.db, Directory: w.dir, Prompts: prompts{}, Codes: codes{}, Recordings: &w.recordings,
		Log: slog.New(alarm{slog.DiscardHandler, w}), Watch: w.watch})
	w.sw = telsim.New(w.host)
	w.must(w.host.Start(w.ctx, w.sw))
	for number, ext := range w.exts {
		w.phones[number] = w.sw.Phone(w.org, ext, telsim.Manual)
	}
	synctest.Wait()
}

func (w *world) watch(_ int64, facts []acd.Fact) {
	if len(facts) == 0 {
		w.changes++
	}
}

// alarm fails the test when the engine breaks and repairs itself, which might go unnoticed.
type alarm struct {
	slog.Handler
	w *world
}

func (a alarm) Enabled(context.Context, slog.Level) bool { return true }
func (a alarm) WithAttrs([]slog.Attr) slog.Handler       { return a }

func (a alarm) Handle(_ context.Context, r slog.Record) error {
	if !a.w.breaks && strings.Contains(r.Message, "please report") {
		r.Attrs(func(attr slog.Attr) bool {
			a.w.t.Errorf("%s: %v", attr.Key, attr.Value)
			return true
		})
	}
	return nil
}

func (w *world) stop() {
	w.host.Stop()
	synctest.Wait()
}

// prompts says one sound, 77, to agents whose caller waited a second or more.
type prompts struct{}

func (prompts) WaitTime(d time.Duration) []int64 {
	if d < time.Second {
		return nil
	}
	return []int64{77}
}

func (prompts) Position(_ string, position int, _ time.Duration) []int64 {
	return []int64{int64(1000 + position)}
}
func (prompts) Rate(string) []int64   { return []int64{88} }
func (prompts) Thanks(string) []int64 { return []int64{89} }

// codes knows one code, *45, that says sound 90.
type codes struct{}

func (codes) IsCode(dialled string) bool { return dialled == "*45" }
func (codes) Dial(_ context.Context, _, extension int64, dialled string) []int64 {
	return []int64{90, extension}
}

// recordings keeps the ids begun.
type recordings struct {
	begun []string
	fails error // of every Begin
}

func (r *recordings) Begin(_ context.Context, _ int64, id string, _ acd.CallID, _ acd.Time) (string, error) {
	r.begun = append(r.begun, id)
	return "/recordings/" + id, r.fails
}

// script sets what phones do by themselves.
func (w *world) script(s telsim.Script, phones ...string) {
	for _, p := range phones {
		w.phones[p].SetScript(s)
	}
}

// outside calls in through the trunk.
func (w *world) outside(dialled string) *telsim.Call {
	c := w.sw.Outside(w.org, "15557000", telsim.Manual).Dial(telephony.Party{Number: "15557000", Name: "Ann"}, dialled)
	synctest.Wait()
	return c
}

// pass lets virtual time go by and everything settle.
func (w *world) pass(d time.Duration) {
	<-time.After(d) // virtual: the test is in a synctest bubble
	synctest.Wait()
}

// ringing gives the phone's call that rings now.
func (w *world) ringing(phone string) *telsim.Call {
	w.t.Helper()
	select {
	case c := <-w.phones[phone].Calls():
		return c
	default:
		w.t.Fatalf("phone %s is not called", phone)
		return nil
	}
}

func (w *world) notCalled(phones ...string) {
	w.t.Helper()
	for _, p := range phones {
		select {
		case c := <-w.phones[p].Calls():
			w.t.Fatalf("phone %s is called: %+v", p, c.View())
		default:
		}
	}
}

// queue changes a queue's configuration while it runs.
func (w *world) queue(number string, change func(*acd.Queue)) {
	w.t.Helper()
	var q acd.Queue
	ctx := w.ctx
	w.must(w.db.Update(ctx, func(tx store.Tx) (err error) {
		if q, err = tx.Queues.Get(ctx, w.org, w.queues[number]); err != nil {
			return err
		}
		change(&q)
		return tx.Queues.Put(ctx, w.org, q)
	}))
	_, err := w.host.Apply(ctx, w.org, acd.SetQueue{Queue: q})
	w.must(err)
}

// journal gives the committed facts of the kinds asked for.
func (w *world) journal(kinds ...acd.FactKind) []acd.Fact {
	w.t.Helper()
	ctx := w.ctx
	w.must(w.db.Journal().Sync(ctx))
	var out []acd.Fact
	w.must(w.db.View(ctx, func(tx store.Tx) error {
		facts, err := tx.Facts.After(ctx, w.org, 0, 100_000)
		for i, f := range facts {
			if f.Seq != uint64(i+1) {
				w.t.Errorf("fact %d of the journal has number %d", i+1, f.Seq)
			}
			for _, k := range kinds {
				if f.Kind == k {
					out = append(out, f)
				}
			}
		}
		return err
	}))
	return out
}

func (w *world) agent(number string) (v acd.AgentView) {
	w.t.Helper()
	w.must(w.host.Read(w.ctx, w.org, func(e *acd.Engine, _ acd.Time) { v, _ = e.AgentView(w.agents[number]) }))
	return v
}
