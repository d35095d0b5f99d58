package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

// The organisation of the tests: queues 10 and 11, agents 1…3 at the phones
// 21…23 of the users 101…103, and the remote agent 4.
const org = 7

// world is a hub over real rules and a journal in memory.
type world struct {
	t   testing.TB
	hub *Hub
	dir *directory.Directory

	mu      sync.Mutex // guards below
	rules   *acd.Engine
	journal []acd.Fact
	calls   []acd.LiveCall
	reads   int
	broken  error
	slow    time.Duration // how long it takes to read the journal, by the bubble's clock
}

func newWorld(t testing.TB, set func(*Config)) *world {
	w := &world{t: t, dir: directory.New(), rules: acd.New(acd.Start{Seed: 1})}
	w.dir.PutOrganisation(store.Organisation{ID: org, Name: "Acme", Prefix: "000", TimeZone: "Europe/Berlin"})
	c := Config{Engine: w, Directory: w.dir, Store: journal{w}, Linger: time.Minute}
	if set != nil {
		set(&c)
	}
	w.hub = New(c)
	for _, q := range []int64{10, 11} {
		w.dir.PutExtension(store.Extension{ID: q, OrgID: org, Number: fmt.Sprint(700 + q), Type: store.QueueExtension, Label: fmt.Sprint("Queue ", q)})
		w.step(acd.SetQueue{Queue: acd.Queue{ID: acd.QueueID(q), Strategy: acd.LongestIdleAgent}})
	}
	for id := range acd.AgentID(3) {
		id++
		w.dir.PutExtension(store.Extension{ID: 20 + int64(id), OrgID: org, OwnerID: 100 + int64(id), Number: fmt.Sprint(200 + id), Type: store.PhoneExtension})
		w.agent(store.Agent{OrgID: org, ExtensionID: 20 + int64(id), Agent: acd.Agent{ID: id, WrapUp: 5 * time.Second}})
		w.step(acd.SetReachable{Agent: id, Reachable: true}, acd.SetMembership{Membership: acd.Membership{Queue: 10, Agent: id, Level: 1}})
	}
	w.agent(store.Agent{OrgID: org, Number: "4930123456", Agent: acd.Agent{ID: 4, Remote: true}})
	w.step(acd.SetMembership{Membership: acd.Membership{Queue: 11, Agent: 4, Level: 1}})
	return w
}

func (w *world) agent(a store.Agent) {
	w.dir.PutAgent(a)
	w.step(acd.SetAgent{Agent: a.Agent})
}

// step runs the rules as the engine's shell does, and gives the commands.
func (w *world) step(in ...acd.Input) (commands []acd.Command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range in {
		facts, cmds := w.rules.Step(acd.TimeOf(time.Now()), i)
		commands = append(commands, cmds...)
		if len(facts) > 0 {
			w.hub.Watch(org, facts)
			w.journal = append(w.journal, facts...)
		}
	}
	return commands
}

// pass lets time pass, and the rules act when it is due. It ends when nothing
// has happened for long enough to be published.
func (w *world) pass(d time.Duration) (commands []acd.Command) {
	quiet := 3 * w.hub.cfg.Pause
	for end := time.Now().Add(d); ; {
		w.mu.Lock()
		next, due := w.rules.NextDeadline()
		w.mu.Unlock()
		if !due || next.Std().After(end.Add(quiet)) {
			<-time.After(time.Until(end.Add(quiet)))
			synctest.Wait()
			return commands
		}
		<-time.After(time.Until(next.Std()))
		commands = append(commands, w.step(acd.Tick{})...)
		if end.Before(time.Now()) {
			end = time.Now()
		}
	}
}

// join has a caller call a queue, and gives the offer made for it, if any.
func (w *world) join(call acd.CallID, queue acd.QueueID) (offer acd.Command) {
	for _, c := range w.step(acd.CallerJoined{Call: call, Queue: queue, Number: "+4989" + string(call), Name: "Caller " + string(call)}) {
		if c.Kind == acd.CmdOffer {
			offer = c
		}
	}
	return offer
}

func (w *world) status(agent acd.AgentID, s acd.Status, reason string) {
	w.step(acd.SetStatus{Agent: agent, Status: s, Reason: reason})
}

func (w *world) Read(_ context.Context, id int64, fn func(*acd.Engine, acd.Time)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	if w.broken != nil || id != org {
		return errors.Join(errors.New("no engine"), w.broken)
	}
	fn(w.rules, acd.TimeOf(time.Now()))
	return nil
}

func (w *world) Calls(context.Context, int64) ([]acd.LiveCall, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]acd.LiveCall(nil), w.calls...), w.broken
}

// journal is the part of a store that the hub reads.
type journal struct{ w *world }

func (j journal) Update(context.Context, func(store.Tx) error) error { panic("the hub writes nothing") }
func (j journal) Journal() store.Journal                             { return j }
func (j journal) Close() error                                       { return nil }
func (j journal) Append(int64, []acd.Fact, func(error))              { panic("the hub writes nothing") }
func (j journal) Backlog() int                                       { return 0 }
func (j journal) Sync(context.Context) error                         { return nil }
func (j journal) Watch(func(int64))                                  { panic("the hub does not") }

func (j journal) View(_ context.Context, fn func(store.Tx) error) error {
	return fn(store.Tx{Facts: committed{w: j.w}})
}

// committed reads the facts of the organisation.
type committed struct {
	store.Facts
	w *world
}

func (c committed) Range(_ context.Context, id int64, from, to acd.Time, fn func(acd.Fact) error) error {
	c.w.mu.Lock()
	facts, slow := append([]acd.Fact(nil), c.w.journal...), c.w.slow
	c.w.mu.Unlock()
	if slow > 0 {
		<-time.After(slow)
	}
	for _, x := range facts {
		if id == org && x.At >= from && (to == 0 || x.At < to) {
			if err := fn(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// watcher is what a browser does: it applies frames to what it knows.
type watcher struct {
	t      testing.TB
	cursor *Cursor
	last   Frame
	frames int
	knows  map[string]json.RawMessage
}

func (w *world) follow(see Scope, after string) *watcher {
	w.t.Helper()
	c, err := w.hub.Follow(org, see, after)
	if err != nil {
		w.t.Fatal(err)
	}
	return &watcher{t: w.t, cursor: c, knows: map[string]json.RawMessage{}}
}

// next waits for a frame and applies it.
func (b *watcher) next() *watcher {
	b.t.Helper()
	f, err := b.cursor.Next(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.apply(f)
	return b
}

// catchUp applies what there is by now.
func (b *watcher) catchUp() {
	b.t.Helper()
	for {
		f, wake, err := b.cursor.Take()
		if err != nil {
			b.t.Fatal(err)
		}
		if wake != nil {
			return
		}
		b.apply(f)
	}
}

func (b *watcher) apply(f Frame) {
	b.t.Helper()
	b.last = f
	b.frames++
	var objects map[string]json.RawMessage
	if err := json.Unmarshal(f.Objects, &objects); err != nil {
		b.t.Fatalf("frame %s is no JSON: %v\n%s", f.ID, err, f.Objects)
	}
	if f.Snapshot {
		clear(b.knows)
	}
	for key, body := range objects {
		if string(body) != "null" {
			b.knows[key] = body
			continue
		}
		if f.Snapshot {
			b.t.Errorf("a snapshot names %s, which is gone", key)
		}
		delete(b.knows, key)
	}
}

// field gives a field of an object by its name.
func (b *watcher) field(key, name string) any {
	b.t.Helper()
	var o map[string]any
	if err := json.Unmarshal(b.knows[key], &o); err != nil {
		b.t.Fatalf("%s: %q: %v", key, b.knows[key], err)
	}
	v, ok := o[name]
	if !ok {
		b.t.Fatalf("%s has no %s: %s", key, name, b.knows[key])
	}
	return v
}

func same(a, b map[string]json.RawMessage) bool {
	return maps.EqualFunc(a, b, func(x, y json.RawMessage) bool { return string(x) == string(y) })
}
