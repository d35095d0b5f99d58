package event_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/webhook/event"
)

// Both contracts list the keys; these have no others and, where the contract says so, all of them.
func TestFormsHaveExactlyTheContractsKeys(t *testing.T) {
	play(t, func(w *world) {
		w.subscribe(store.DialectVer1, "371", ver1...)
		w.subscribe(store.DialectUAPI, "371", uapi...)
		w.subscribe(store.DialectVer1, "094", store.EventAgentLogout)
		w.subscribe(store.DialectVer1, remote, store.EventAgentLogout)
		caller := w.dial("095", "371")
		w.ringing(remote).Answer()
		w.pass(time.Second)
		caller.Hangup()
		synctest.Wait()
		w.status("094", acd.LoggedOut, acd.SourceAPI)
		w.status(remote, acd.LoggedOut, acd.SourceAPI)
		uapiKeys := []string{"CallAPIID", "CallFlow", "CallID", "CallStatus", "CalledDID", "CalledExtension", "CalledNumber",
			"CallerExtension", "CallerIDName", "CallerIDNum"}
		seen := map[string]bool{}
		for _, d := range w.told() {
			v, keys := form(t, d)
			var want []string
			switch name := w.names[d.Subscription]; {
			case name == "371 uapi":
				want = uapiKeys
			case name == "094 ver1":
				want = []string{"agent_id", "agent_status", "agent_type", "event_source", "extension_name"}
			case name == remote+" ver1":
				want = []string{"agent_id", "agent_number", "agent_status", "agent_type", "event_source"}
			case d.Event == store.EventHangup && v.Get("CallFlow") == "in":
				want = []string{"BridgedDuration", "Bridged", "CallAPIID", "CallFlow", "CallID", "CallStatus", "CalledExtension", "CalledExtensionID",
					"CalledNumber", "CallerExtension", "CallerExtensionID", "CallerIDName", "CallerIDNum", "Duration", "EventTime", "EventType",
					"RecID", "SubCallID", "Transfered"}
			default:
				continue
			}
			seen[w.names[d.Subscription]] = true
			slices.Sort(want)
			if !slices.Equal(keys, want) {
				t.Errorf("%s %s has the keys %v\nwant %v", w.names[d.Subscription], d.Event, keys, want)
			}
		}
		if len(seen) != 4 {
			t.Errorf("only %v were told", seen)
		}
	})
}

// TestChangedSubscriptions: what is told follows the subscriptions, also when nobody said that they changed.
func TestChangedSubscriptions(t *testing.T) {
	play(t, func(w *world) {
		p, read := event.New(w.dir), 0
		logout := func() (names []string) {
			t.Helper()
			w.status("094", acd.LoggedOut, acd.SourceAPI)
			w.status("094", acd.Online, acd.SourceAPI)
			facts := w.journal()
			for _, d := range w.project(p, facts[read:]) {
				names = append(names, w.names[d.Subscription]+" "+string(d.Event))
			}
			read = len(facts)
			return names
		}
		expect := func(what string, want ...string) {
			t.Helper()
			if got := logout(); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		expect("nobody asked")
		w.subscribe(store.DialectVer1, "094", store.EventAgentLogout, store.EventAgentLogin)
		p.Changed(w.org)
		expect("subscribed", "094 ver1 agent-logout", "094 ver1 agent-login")
		first := w.change(func(s *store.Subscription) { s.Enabled = false })
		expect("switched off unsaid", "094 ver1 agent-login")
		w.change(func(s *store.Subscription) { s.Enabled = true })
		p.Changed(w.org)
		expect("switched on", "094 ver1 agent-logout", "094 ver1 agent-login")
		w.must(w.db.Update(w.ctx, func(tx store.Tx) error { return tx.Subscriptions.Delete(w.ctx, w.org, first) }))
		expect("deleted unsaid", "094 ver1 agent-login")
		w.must(w.db.Update(w.ctx, func(tx store.Tx) error { return tx.Agents.Delete(w.ctx, w.org, w.agent["094"]) }))
		expect("gone with the agent")
	})
}

// change edits the first subscription and gives its id.
func (w *world) change(edit func(*store.Subscription)) (id int64) {
	w.t.Helper()
	w.must(w.db.Update(w.ctx, func(tx store.Tx) error {
		rows, _, err := tx.Subscriptions.List(w.ctx, w.org, store.SubscriptionFilter{})
		if err != nil {
			return err
		}
		edit(&rows[0])
		id = rows[0].ID
		return tx.Subscriptions.Put(w.ctx, rows[0])
	}))
	return id
}

// Subscriptions of one organisation are told nothing of another.
func TestStrangersAreToldNothing(t *testing.T) {
	play(t, func(w *world) {
		w.subscribe(store.DialectVer1, "370", ver1...)
		w.outside(did)
		w.pass(time.Second)
		facts := w.journal()
		var other int64
		w.must(w.db.Update(w.ctx, func(tx store.Tx) error {
			o := store.Organisation{Name: "Other", Prefix: "001", Domain: "other.test"}
			err := tx.Organisations.Create(w.ctx, &o)
			other = o.ID
			return err
		}))
		p := event.New(w.dir)
		if list := w.project(p, facts); len(list) == 0 {
			t.Fatal("nothing was told at all")
		}
		w.org = other
		if list := w.project(p, facts); len(list) != 0 {
			t.Errorf("the other organisation is told %+v", list)
		}
	})
}

// Examples look like the real thing: same keys, marked by the caller's number.
func TestExamples(t *testing.T) {
	play(t, func(w *world) {
		for _, of := range []string{"370", "095"} {
			w.subscribe(store.DialectVer1, of, ver1...)
			w.subscribe(store.DialectUAPI, of, uapi...)
		}
		w.subscribe(store.DialectVer1, "094", store.EventAgentLogin)
		w.subscribe(store.DialectVer1, remote, store.EventAgentLogout)
		p := event.New(w.dir)
		var list []store.Delivery
		now := acd.TimeOf(time.Now())
		w.must(w.db.View(w.ctx, func(tx store.Tx) error {
			rows, _, err := tx.Subscriptions.List(w.ctx, w.org, store.SubscriptionFilter{})
			for _, sub := range rows {
				form, err := p.Example(w.ctx, tx, sub, now)
				w.must(err)
				list = append(list, store.Delivery{Subscription: sub.ID, Event: sub.Event, Happened: now, Form: form})
			}
			return err
		}))
		w.compare("examples", w.words(list))
	})
}

// BenchmarkNobodyAsked is what every organisation without subscriptions costs.
func BenchmarkNobodyAsked(b *testing.B) { benchmark(b, 0) }

// BenchmarkThousandSubscriptions has as many, none of which is concerned.
func BenchmarkThousandSubscriptions(b *testing.B) { benchmark(b, 1000) }
