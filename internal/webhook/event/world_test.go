package event_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
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
	"holdline/internal/webhook/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// world is an organisation in virtual time: queues 370 and 371, phones 094
// (an agent of 370), 095 and 096, the remote agent +4930555 (of 371), a trunk,
// and the public number 4989700 of queue 370.
type world struct {
	t         *testing.T
	ctx       context.Context
	db        store.Store
	dir       *directory.Directory
	host      *engine.Host
	sw        *telsim.Switch
	org       int64
	extension map[string]int64
	agent     map[string]acd.AgentID
	phone     map[string]*telsim.Phone
	names     map[int64]string // of the subscriptions
	began     acd.Time
}

const (
	domain = "ringme.test"
	remote = "+4930555"
	did    = "4989700"
)

// play runs a story in virtual time.
func play(t *testing.T, story func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background()) // t.Context is cancelled outside the bubble
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
		w := &world{t: t, ctx: ctx, db: db, extension: map[string]int64{}, agent: map[string]acd.AgentID{},
			phone: map[string]*telsim.Phone{}, names: map[int64]string{}}
		w.populate()
		w.start()
		defer func() { w.stop() }()
		story(w)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) populate() {
	ctx := w.ctx
	w.must(w.db.Update(ctx, func(tx store.Tx) error {
		o := store.Organisation{Name: "Test", Prefix: "000", Domain: domain}
		w.must(tx.Organisations.Create(ctx, &o))
		w.org = o.ID
		for _, number := range []string{"370", "371", "094", "095", "096"} {
			e := store.Extension{OrgID: o.ID, Number: number, Type: store.PhoneExtension}
			if number[0] == '3' {
				e.Type = store.QueueExtension
			}
			w.must(tx.Extensions.Create(ctx, &e))
			w.extension[number] = e.ID
			if e.Type == store.QueueExtension {
				w.must(tx.Queues.Put(ctx, o.ID, acd.Queue{ID: acd.QueueID(e.ID), Strategy: acd.RingAll, Record: number == "371"}))
			}
		}
		w.sit(tx, "094", store.Agent{ExtensionID: w.extension["094"]}, "370")
		w.sit(tx, remote, store.Agent{Agent: acd.Agent{Remote: true}, Number: remote}, "371")
		w.must(tx.DIDs.Put(ctx, store.DID{OrgID: o.ID, Number: did, ExtensionID: w.extension["370"]}))
		return tx.Trunks.Create(ctx, &store.Trunk{OrgID: o.ID, Name: "provider", Host: "192.0.2.1", Default: true})
	}))
}

// sit makes an agent who is online in a queue.
func (w *world) sit(tx store.Tx, name string, a store.Agent, queue string) {
	a.OrgID, a.CallTimeout, a.NoAnswerDelay = w.org, 20*time.Second, time.Minute
	w.must(tx.Agents.Create(w.ctx, &a))
	w.agent[name] = a.ID
	w.must(tx.Memberships.Create(w.ctx, w.org, acd.Membership{Queue: acd.QueueID(w.extension[queue]), Agent: a.ID, Status: acd.Online}))
}

func (w *world) start() {
	w.dir = directory.New()
	w.must(w.dir.Load(w.ctx, w.db))
	w.host = engine.New(engine.Config{Store: w.db, Directory: w.dir, Recordings: w})
	w.sw = telsim.New(w.host)
	w.must(w.host.Start(w.ctx, w.sw))
	for number, ext := range w.extension {
		if number[0] == '0' {
			w.phone[number] = w.sw.Phone(w.org, ext, telsim.Manual)
		}
	}
	w.phone[remote] = w.sw.Outside(w.org, remote, telsim.Manual)
	synctest.Wait()
}

func (w *world) stop() {
	w.host.Stop()
	synctest.Wait()
}

// Begin keeps recordings as the server does; the first is r1.
func (w *world) Begin(ctx context.Context, org int64, id string, call acd.CallID, at acd.Time) (string, error) {
	return "/" + id, w.db.Update(ctx, func(tx store.Tx) error {
		return tx.Recordings.Create(ctx, store.Recording{ID: id, OrgID: org, Call: call, Path: "/" + id, Started: at, State: store.RecordingRunning})
	})
}

// subscribe subscribes to events of an extension (by number) or agent (by name).
func (w *world) subscribe(dialect store.Dialect, of string, events ...store.Event) {
	w.t.Helper()
	for _, e := range events {
		sub := store.Subscription{OrgID: w.org, Key: fmt.Sprintf("%032d", len(w.names)), Dialect: dialect, Event: e, Method: "POST",
			URL: "http://receiver.test/", Enabled: true}
		if strings.HasPrefix(string(e), "agent-") {
			sub.Agent = w.agent[of]
		} else {
			sub.Extension = w.extension[of]
		}
		w.must(w.db.Update(w.ctx, func(tx store.Tx) error { return tx.Subscriptions.Create(w.ctx, &sub) }))
		w.names[sub.ID] = of + " " + string(dialect)
	}
}

var (
	ver1 = []store.Event{store.EventDialIn, store.EventDialOut, store.EventAnswer, store.EventHangup}
	uapi = []store.Event{store.EventDialIn, store.EventDialOut, store.EventAnswerIn, store.EventAnswerOut, store.EventHangup}
)

// outside calls in through the trunk.
func (w *world) outside(dialled string) *telsim.Call {
	c := w.sw.Outside(w.org, "15557000", telsim.Manual).Dial(telephony.Party{Number: "15557000", Name: "Ann & Bob"}, dialled)
	synctest.Wait()
	return c
}

func (w *world) dial(from, number string) *telsim.Call {
	c := w.phone[from].Dial(telephony.Party{Number: "000*" + from, Name: "Phone " + from}, number)
	synctest.Wait()
	return c
}

func (w *world) pass(d time.Duration) {
	<-time.After(d) // virtual
	synctest.Wait()
}

// ringing gives the phone's call that rings now.
func (w *world) ringing(phone string) *telsim.Call {
	w.t.Helper()
	synctest.Wait()
	select {
	case c := <-w.phone[phone].Calls():
		return c
	default:
		w.t.Fatalf("phone %s is not called", phone)
		return nil
	}
}

func (w *world) status(agent string, s acd.Status, from acd.Source) {
	w.t.Helper()
	_, err := w.host.Apply(w.ctx, w.org, acd.SetStatus{Agent: w.agent[agent], Status: s, Source: from})
	w.must(err)
}

// journal gives all committed facts.
func (w *world) journal() []acd.Fact { return w.after(0) }

// after gives those behind a number.
func (w *world) after(seq uint64) (facts []acd.Fact) {
	w.t.Helper()
	synctest.Wait()
	w.must(w.db.Journal().Sync(w.ctx))
	w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) {
		facts, err = tx.Facts.After(w.ctx, w.org, seq, 0)
		return err
	}))
	return facts
}

// project gives the deliveries of facts.
func (w *world) project(p *event.Projector, facts []acd.Fact) (out []store.Delivery) {
	w.t.Helper()
	w.must(w.db.View(w.ctx, func(tx store.Tx) (err error) {
		out, err = p.Project(w.ctx, tx, w.org, facts)
		return err
	}))
	return out
}

// told gives the deliveries of the whole story so far.
func (w *world) told() []store.Delivery {
	w.t.Helper()
	return w.project(event.New(w.dir), w.journal())
}

// toldApart gives them as a server would that dies after each fact it told.
func (w *world) toldApart() (out []store.Delivery) {
	w.t.Helper()
	facts := w.journal()
	for i := range facts {
		out = append(out, w.project(event.New(w.dir), facts[i:i+1])...)
	}
	return out
}

// golden compares what was told, in words, with a file.
func (w *world) golden(name string) {
	w.t.Helper()
	whole := w.told()
	if apart := w.toldApart(); !slices.Equal(whole, apart) {
		w.t.Errorf("told fact by fact, each after a restart:\n%s\nat once:\n%s", w.words(apart), w.words(whole))
	}
	w.compare(name, w.words(whole))
}

func (w *world) compare(name, got string) {
	w.t.Helper()
	path := "testdata/" + name + ".golden"
	if *update {
		w.must(os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	w.must(err)
	if got != string(want) {
		w.t.Errorf("%s: run with -update and look at the difference\n got:\n%s\nwant:\n%s", path, got, want)
	}
}

// words writes deliveries for people: a line for whom and what, then its
// keys. What differs from run to run has a name: calls and recordings are
// numbered, the time of the event counts from the first.
func (w *world) words(list []store.Delivery) string {
	var b strings.Builder
	names := map[string]string{}
	for _, d := range list {
		keys, err := url.ParseQuery(d.Form)
		w.must(err)
		if w.began == 0 {
			w.began = d.Happened
		}
		fmt.Fprintf(&b, "%s: %s at %s\n", w.names[d.Subscription], d.Event, d.Happened.Sub(w.began))
		for _, pair := range strings.Split(d.Form, "&") {
			key, _, _ := strings.Cut(pair, "=")
			fmt.Fprintf(&b, "  %s=%s\n", key, w.word(names, key, keys.Get(key), d))
		}
	}
	return b.String()
}

func (w *world) word(names map[string]string, key, value string, d store.Delivery) string {
	switch key {
	case "CallID", "SubCallID", "CallAPIID", "RecID":
		kind := "leg"
		if key == "RecID" {
			kind = "recording"
		}
		if names[value] == "" {
			names[value] = fmt.Sprint(kind, " ", len(names)+1)
		}
		return names[value]
	case "EventTime":
		at, err := strconv.ParseInt(value, 10, 64)
		w.must(err)
		if acd.Time(at) != d.Happened {
			w.t.Errorf("EventTime is %s, the fact is of %d", value, d.Happened)
		}
		return "the same"
	case "CallerExtensionID", "CalledExtensionID":
		for number, id := range w.extension {
			if value == strconv.FormatInt(id, 10) {
				return "id of " + number
			}
		}
	}
	return value
}

// form gives the keys of a delivery, and their names in order.
func form(t *testing.T, d store.Delivery) (url.Values, []string) {
	t.Helper()
	v, err := url.ParseQuery(d.Form)
	if err != nil {
		t.Fatalf("form %q: %v", d.Form, err)
	}
	var keys []string
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return v, keys
}
