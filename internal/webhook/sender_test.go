package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/store"
)

// A delivery that fails is tried again later and later; those behind it wait,
// other subscriptions do not.
func TestFailureHoldsUpItsSubscriptionOnly(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		bad, good := w.subscribe(org, phone, "bad"), w.subscribe(org, phone, "good")
		w.receivers.answers("bad", status(500))
		w.happen(org, 3)
		w.received("good", forms(1, 3))
		<-time.After(time.Hour)
		w.happen(org, 1)
		w.received("good", forms(1, 4))
		tries := w.receivers.seen("bad")
		if len(tries) < 9 || slices.ContainsFunc(tries, func(s string) bool { return s != "seq=1" }) {
			t.Errorf("attempts within an hour: %v", tries)
		}
		w.checkBackoff("bad")
		d := w.deliveries(bad)[0]
		if d.State != store.DeliveryPending || d.Attempts != len(tries) || d.Status != 500 || d.Problem != "answered 500 Internal Server Error" || d.Due <= now() {
			t.Errorf("the failing delivery: %+v", d)
		}
		w.receivers.answers("bad", nil)
		<-time.After(2 * lastRetry)
		w.settle()
		if got := w.receivers.seen("bad")[len(tries):]; !slices.Equal(got, forms(1, 4)) {
			t.Errorf("after the receiver is back it got %v", got)
		}
		if n := w.states(good)[store.DeliveryDelivered] + w.states(bad)[store.DeliveryDelivered]; n != 8 {
			t.Errorf("%d delivered, want 8", n)
		}
	})
}

// checkBackoff: one second, doubled each time up to an hour, a quarter more or less.
func (w *world) checkBackoff(host string) {
	w.t.Helper()
	at := w.receivers.times(host)
	want := time.Second
	for i := 1; i < len(at); i++ {
		if d := at[i].Sub(at[i-1]); d < want*3/4 || d > want*5/4+time.Millisecond {
			w.t.Errorf("attempt %d comes %v after the one before, want about %v", i+1, d, want)
		}
		want = min(2*want, lastRetry)
	}
}

// A receiver that asks for time gets it, an hour at most.
func TestRetryAfter(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		for host, c := range map[string]struct {
			after string
			code  int
			want  time.Duration
		}{
			"seconds": {"600", 429, 10 * time.Minute}, "date": {time.Now().Add(20 * time.Minute).UTC().Format(http.TimeFormat), 503, 20 * time.Minute},
			"week": {"604800", 503, time.Hour}, "never": {"99999999999999999999", 503, time.Second}, "past": {"Fri, 01 Jan 1999 15:04:05 GMT", 503, time.Second},
			"nonsense": {"soon", 429, time.Second}, "other": {"600", 500, time.Second}, "negative": {"-5", 503, time.Second},
		} {
			w.receivers.retryAfter(host, c.after)
			w.receivers.answers(host, status(c.code))
			s := w.subscribe(org, phone, host)
			w.happen(org, 1)
			<-time.After(time.Second / 2)
			synctest.Wait()
			d := w.deliveries(s)[0]
			if got := d.Due.Sub(d.Created); got < c.want*3/4 || got > c.want*5/4+time.Second/2 {
				t.Errorf("%s: tried again after %v, want %v", host, got, c.want)
			}
			w.edit(s, func(s *store.Subscription) { s.Enabled = false })
		}
	})
}

// Any 2xx is a success, everything else is a failure.
func TestStatuses(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		for _, code := range []int{200, 201, 202, 204, 299, 199, 300, 304, 400, 404, 410, 429, 500, 599} {
			host := fmt.Sprint("status", code)
			s := w.subscribe(org, phone, host)
			w.receivers.answers(host, status(code))
			w.happen(org, 1)
			w.settle()
			rows := w.deliveries(s)
			if got, want := rows[0].State == store.DeliveryDelivered, code/100 == 2; got != want {
				t.Errorf("%d: delivered %v", code, got)
			}
			w.edit(s, func(s *store.Subscription) { s.Enabled = false })
		}
	})
}

// A delivery is given up after a day, and those behind it as their day is
// over, without an attempt each. What is younger is tried on, and replays have a day of their own.
func TestGivenUpAfterADay(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "dead")
		w.receivers.answers("dead", hang)
		w.happen(org, 50)
		began := time.Now()
		<-time.After(giveUpAfter - time.Minute)
		w.happen(org, 2)
		synctest.Wait()
		if n := w.states(s)[store.DeliveryPending]; n != 52 {
			t.Fatalf("%d pending after a day less a minute, want 52", n)
		}
		<-time.After(2 * time.Minute)
		synctest.Wait()
		if got := w.states(s); got[store.DeliveryDead] != 50 || got[store.DeliveryPending] != 2 {
			t.Fatalf("after a day and a minute: %v", got)
		}
		rows := w.deliveries(s)
		if rows[0].Attempts < 20 || rows[0].Problem != "no answer within 10s" || rows[0].Ended.Std().Sub(began) < giveUpAfter {
			t.Errorf("the first: %+v", rows[0])
		}
		if rows[49].Attempts != 0 || !strings.HasPrefix(rows[49].Problem, "given up after 24 hours") {
			t.Errorf("one behind it: %+v", rows[49])
		}
		w.receivers.answers("dead", nil)
		before := len(w.receivers.seen("dead"))
		<-time.After(2 * lastRetry)
		synctest.Wait()
		if got := w.receivers.seen("dead")[before:]; !slices.Equal(got, forms(51, 52)) {
			t.Errorf("when it is back it gets %v, want the two young ones", got)
		}
		w.replay(s, rows[:2]...)
		if got := w.receivers.seen("dead")[before+2:]; !slices.Equal(got, forms(1, 2)) {
			t.Errorf("replayed %v", got)
		}
		if stats := w.outbox.Stats(); stats.Dead != 50 || stats.Delivered != 4 {
			t.Errorf("stats %+v", stats)
		}
	})
}

// replay adds rows as the use cases do.
func (w *world) replay(s store.Subscription, rows ...store.Delivery) {
	w.t.Helper()
	again := make([]store.Delivery, len(rows))
	for i, d := range rows {
		again[i] = store.Delivery{Subscription: s.ID, Key: d.Key + "again", Event: d.Event, Seq: d.Seq, Happened: d.Happened, Form: d.Form,
			Created: now(), Due: now(), State: store.DeliveryPending}
	}
	w.update(func(tx store.Tx) error { return tx.Deliveries.Add(w.ctx, s.OrgID, again) })
	w.outbox.Wake()
	w.settle()
}

// A changed URL counts at once, also for a delivery that waits for its next attempt.
func TestChangedURL(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "wrong")
		other := w.subscribe(org, phone, "other")
		w.receivers.answers("wrong", status(404))
		w.receivers.answers("other", status(404))
		w.happen(org, 2)
		<-time.After(10 * time.Hour)
		tried := len(w.receivers.seen("other"))
		w.edit(s, func(s *store.Subscription) { s.URL = "http://right/" })
		w.received("right", forms(1, 2))
		if n := len(w.receivers.seen("other")); n != tried {
			t.Error("a change of one subscription had another one tried")
		}
		if w.states(other)[store.DeliveryPending] != 2 {
			t.Error("the other's deliveries are gone")
		}
	})
}

// A URL changed while a batch is being delivered counts for the next of it.
func TestChangedURLInABatch(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "a")
		w.receivers.answers("a", func(*http.Request) (int, error) { <-time.After(100 * time.Millisecond); return 200, nil })
		w.happen(org, 8)
		<-time.After(250 * time.Millisecond)
		w.edit(s, func(s *store.Subscription) { s.URL = "http://b/" })
		w.settle()
		a := w.receivers.seen("a")
		if len(a) == 0 || len(a) > 3 {
			t.Errorf("a received %v", a)
		}
		w.received("b", forms(len(a)+1, 8))
	})
}

// Disabled: what waits is given up. Deleted: it is gone. Neither is sent.
func TestDisabledAndDeleted(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		off, gone := w.subscribe(org, phone, "off"), w.subscribe(org, phone, "gone")
		w.receivers.answers("off", status(500))
		w.receivers.answers("gone", status(500))
		w.happen(org, 300)
		w.settle()
		off = w.edit(off, func(s *store.Subscription) { s.Enabled = false })
		w.update(func(tx store.Tx) error { return tx.Subscriptions.Delete(w.ctx, org, gone.ID) })
		w.outbox.Changed(org)
		<-time.After(time.Hour)
		if got := w.states(off); got[store.DeliveryDead] != 300 {
			t.Errorf("disabled: %v", got)
		}
		if rows := w.deliveries(gone); len(rows) != 0 {
			t.Errorf("deleted: %d deliveries", len(rows))
		}
		for _, host := range []string{"off", "gone"} {
			if got := w.receivers.seen(host); !slices.Equal(got, forms(1, 1)) {
				t.Errorf("%s received %v", host, got)
			}
		}
		if s := w.outbox.Stats(); s.Senders != 0 {
			t.Errorf("%d senders are left", s.Senders)
		}
		w.edit(off, func(s *store.Subscription) { s.Enabled = true })
		w.receivers.answers("off", nil)
		w.happen(org, 1)
		w.received("off", append(forms(1, 1), forms(301, 301)...))
	})
}

// The time of the next attempt and the number of those made survive a restart.
func TestBackoffSurvivesARestart(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		w.subscribe(org, phone, "bad")
		w.receivers.answers("bad", status(500))
		w.happen(org, 1)
		for range 20 {
			<-time.After(3 * time.Minute)
			w.stop()
			w.start()
		}
		w.checkBackoff("bad")
		if n := len(w.receivers.seen("bad")); n < 9 {
			t.Errorf("%d attempts within an hour", n)
		}
	})
}

// Results that cannot be saved are kept, and senders do not run ahead of them.
func TestResultsWaitForTheDisk(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "a")
		w.receivers.answers("a", func(*http.Request) (int, error) {
			w.db.fail(errBroken)
			return 200, nil
		})
		w.happen(org, 100)
		<-time.After(time.Minute)
		if n := len(w.receivers.seen("a")); n != firstRead {
			t.Errorf("%d requests while no result can be saved, want %d", n, firstRead)
		}
		w.receivers.answers("a", nil)
		w.db.fail(nil)
		<-time.After(2 * lastMarkWait)
		w.received("a", forms(1, 100))
		if n := w.states(s)[store.DeliveryDelivered]; n != 100 {
			t.Errorf("%d delivered", n)
		}
	})
}

// A stop saves the results it has, and what was not answered is made again.
func TestStopSavesResults(t *testing.T) {
	play(t, func(w *world) {
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "a")
		w.receivers.answers("a", func(*http.Request) (int, error) { <-time.After(time.Second); return 200, nil })
		w.happen(org, 5)
		<-time.After(1500 * time.Millisecond)
		w.stop()
		if got := w.states(s); got[store.DeliveryDelivered] != 2 {
			t.Errorf("after the stop: %v", got)
		}
		w.receivers.answers("a", nil)
		w.start()
		w.received("a", forms(1, 5))
	})
}

// Receivers that hang cost the others nothing: with a hundred subscriptions to
// such, one that answers in 20 ms gets what it would get alone.
func TestHangingReceiversCostOthersNothing(t *testing.T) {
	for _, hanging := range []int{0, 1, 100} {
		play(t, func(w *world) {
			org, phone := w.organisation()
			other, desk := w.organisation()
			for n := range hanging {
				w.subscribe(org, phone, fmt.Sprint("hang", n%3))
			}
			for n := range 3 {
				w.receivers.answers(fmt.Sprint("hang", n), hang)
			}
			w.subscribe(other, desk, "good")
			var served atomic.Int64
			w.receivers.answers("good", func(*http.Request) (int, error) {
				<-time.After(20 * time.Millisecond)
				served.Add(1)
				return 200, nil
			})
			w.happen(org, 3)
			w.happen(other, 600)
			<-time.After(10 * time.Second)
			if n := served.Load(); n < 475 {
				t.Errorf("beside %d that hang, %d deliveries in 10 s of 500 possible", hanging, n)
			}
		})
	}
}

// Old deliveries are cleaned up, also when the server has run for long.
func TestRetention(t *testing.T) {
	play(t, func(w *world) {
		w.stop()
		w.keep = 48 * time.Hour
		w.start()
		org, phone := w.organisation()
		s := w.subscribe(org, phone, "a")
		w.happen(org, 600)
		<-time.After(24 * time.Hour)
		w.happen(org, 3)
		<-time.After(23 * time.Hour)
		if n := len(w.deliveries(s)); n != 603 {
			t.Errorf("%d deliveries after 47 hours", n)
		}
		<-time.After(2 * time.Hour)
		synctest.Wait()
		if n := len(w.deliveries(s)); n != 3 {
			t.Errorf("%d deliveries after 49 hours, want 3", n)
		}
	})
}
