package webhook

import (
	"errors"
	"slices"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

func (w *world) received(host string, want []string) {
	w.t.Helper()
	w.settle()
	if got := w.receivers.seen(host); !slices.Equal(got, want) {
		w.t.Errorf("%s received %v, want %v", host, got, want)
	}
}

// Every fact is delivered once and in order, to each who subscribed, of its organisation only.
func TestToldOnceAndInOrder(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		other, desk := w.organisation()
		a, b, c := w.subscribe(org, phone, "a"), w.subscribe(org, phone, "b"), w.subscribe(other, desk, "c")
		w.happen(org, 3)
		w.happen(other, 1)
		w.happen(org, 600) // more than a pass takes
		w.received("a", forms(1, 603))
		w.received("b", forms(1, 603))
		w.received("c", forms(1, 1))
		for _, s := range []store.Subscription{a, b, c} {
			keys := map[string]bool{}
			for _, d := range w.deliveries(s) {
				if d.State != store.DeliveryDelivered || d.Attempts != 1 || d.Status != 200 || d.Ended == 0 || d.Created == 0 {
					t.Fatalf("delivery %+v", d)
				}
				keys[d.Key] = true
			}
			if len(keys) != len(w.deliveries(s)) {
				t.Error("keys are not unique")
			}
		}
		if got := w.told(org); got != 603 {
			t.Errorf("cursor at %d, want 603", got)
		}
		if s := w.outbox.Stats(); s.Delivered != 1207 || s.Failed != 0 || s.Senders != 0 || s.Latency.Count != 1207 || s.Latency.Buckets[60] != 1207 {
			t.Errorf("stats %+v", s)
		}
	})
}

// While nobody has subscribed, facts cost no write, and are told to nobody later.
func TestNobodySubscribed(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		w.happen(org, 1000)
		w.settle()
		if n := w.db.updates.Load(); n != 0 {
			t.Errorf("%d writes for facts nobody wants", n)
		}
		s := w.subscribe(org, phone, "a")
		w.happen(org, 2)
		w.received("a", forms(1001, 1002))

		w.edit(s, func(s *store.Subscription) { s.Enabled = false })
		w.happen(org, 5)
		w.settle()
		w.edit(s, func(s *store.Subscription) { s.Enabled = true })
		w.happen(org, 1)
		w.received("a", append(forms(1001, 1002), forms(1008, 1008)...))
	})
}

// What happened while a subscription was disabled is not told to it afterwards,
// even if the server dies once it is enabled: the facts of that time are not read again.
func TestDisabledAndKilled(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		a := w.subscribe(org, phone, "a")
		w.edit(w.subscribe(org, phone, "b"), func(s *store.Subscription) { s.Since = now().Add(time.Hour) }) // wants nothing of this
		w.happen(org, 1)
		w.settle()
		a = w.edit(a, func(s *store.Subscription) { s.Enabled = false })
		w.happen(org, 5)
		w.settle()
		w.edit(a, func(s *store.Subscription) { s.Enabled = true })
		w.settle()
		w.db.fail(errors.New("killed"))
		w.stop()
		w.db.fail(nil)
		w.start()
		w.happen(org, 1)
		w.received("a", append(forms(1, 1), forms(7, 7)...))
	})
}

// Nor if the server dies before it has seen that it was enabled.
func TestDisabledAndKilledWhileEnabled(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		a := w.subscribe(org, phone, "a")
		w.edit(w.subscribe(org, phone, "b"), func(s *store.Subscription) { s.Since = now().Add(time.Hour) }) // wants nothing of this
		w.happen(org, 1)
		w.settle()
		a = w.edit(a, func(s *store.Subscription) { s.Enabled = false })
		w.settle()
		w.happen(org, 5)
		w.settle()
		w.db.fail(errors.New("killed"))
		w.stop()
		w.db.fail(nil)
		w.edit(a, func(s *store.Subscription) { s.Enabled = true })
		w.start()
		w.happen(org, 1)
		w.received("a", append(forms(1, 1), forms(7, 7)...))
	})
}

// Facts that make no delivery move the stored cursor seldom, and at the end.
func TestCursorOfWhatNobodyWants(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		w.subscribe(org, phone, "a")
		w.settle()
		before := w.db.updates.Load()
		for range 100 {
			w.append(org, 5, acd.FactRinging)
			w.settle()
		}
		if n := w.db.updates.Load() - before; n != 0 {
			t.Errorf("%d writes for 500 facts that make no delivery", n)
		}
		w.append(org, 600, acd.FactRinging)
		w.settle()
		if n := w.db.updates.Load() - before; n != 1 || w.told(org) < 1000 {
			t.Errorf("%d writes for 1100 facts, cursor at %d", n, w.told(org))
		}
		w.append(org, 7, acd.FactRinging)
		w.settle()
		w.stop()
		if got := w.told(org); got != 1107 {
			t.Errorf("cursor at %d after the stop, want 1107", got)
		}
	})
}

// What was committed while the outbox did not run is told when it does, also
// what was projected and not sent.
func TestGoesOnAfterARestart(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		w.subscribe(org, phone, "a")
		w.receivers.answers("a", hang)
		w.happen(org, 3)
		w.settle()
		w.stop()
		w.happen(org, 2)
		w.receivers.answers("a", nil)
		w.start()
		w.received("a", append([]string{"seq=1"}, forms(1, 5)...)) // the first was under way at the stop
	})
}

// A commit that fails leaves nothing half: it is tried again as a whole.
func TestProjectionSurvivesFailingCommits(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "a")
		w.settle()
		w.db.fail(errBroken)
		w.happen(org, 3)
		<-time.After(time.Minute)
		if rows, at := w.deliveries(s), w.told(org); len(rows) != 0 || at != 0 {
			t.Errorf("%d deliveries and cursor %d without a commit", len(rows), at)
		}
		w.db.fail(nil)
		<-time.After(2 * lastTellWait)
		w.received("a", forms(1, 3))
	})
}

// An organisation whose facts cannot be projected holds up no other, and
// nothing of it is lost.
func TestFailingProjector(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		other, desk := w.organisation()
		w.subscribe(org, phone, "a")
		w.subscribe(other, desk, "b")
		w.projector.fails(org, errBroken)
		for range 5 {
			w.happen(org, 1)
			w.happen(other, 1)
		}
		w.received("b", forms(1, 5))
		w.received("a", nil)
		w.projector.fails(org, nil)
		<-time.After(2 * lastTellWait)
		w.received("a", forms(1, 5))
	})
}

// Whoever subscribes while the cursor lies behind is not told what was before.
func TestNothingFromBeforeTheSubscription(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		w.subscribe(org, phone, "a")
		w.settle()
		w.stop()
		w.happen(org, 3)
		<-time.After(time.Second)
		w.subscribe(org, phone, "b")
		w.happen(org, 2)
		w.start()
		w.received("a", forms(1, 5))
		w.received("b", forms(4, 5))
	})
}

// A subscription that is deleted between projecting and committing loses its
// own deliveries only.
func TestDeletedWhileProjecting(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		w.subscribe(org, phone, "a")
		gone := w.subscribe(org, phone, "b")
		w.settle()
		w.projector.before = func() {
			w.projector.before = nil
			w.update(func(tx store.Tx) error { return tx.Subscriptions.Delete(w.ctx, org, gone.ID) })
		}
		w.happen(org, 2)
		w.received("a", forms(1, 2))
		w.received("b", nil)
	})
}

// An organisation made while the outbox runs is told of as well.
func TestNewOrganisation(t *testing.T) {
	play(t, func(w *world) {
		w.settle()
		org, phone := w.organisation()
		w.subscribe(org, phone, "a")
		w.happen(org, 1)
		w.received("a", forms(1, 1))
	})
}

// Keys grow with time and are of letters and digits.
func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	last := ""
	for n := range 1000 {
		key := newKey(acd.Time(1_700_000_000_000_000 + int64(n)*1000))
		if len(key) != 26 || seen[key] || key <= last {
			t.Fatalf("key %q after %q", key, last)
		}
		for _, c := range key {
			if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'V') {
				t.Fatalf("key %q", key)
			}
		}
		seen[key], last = true, key
	}
}
