package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/store"
)

// subscriber makes subscriptions of one extension.
type subscriber struct {
	t  *testing.T
	w  *apptest.World
	a  app.Actor
	of app.Subject
}

func subscribing(t *testing.T) subscriber {
	w, a := demoWorld(t)
	return subscriber{t, w, a, app.Subject{Extension: app.ExtensionRef{Number: "700"}}}
}

func (s subscriber) create(event app.Event, dialect app.Dialect) app.Subscription {
	s.t.Helper()
	sub, err := s.w.App.CreateSubscription(s.t.Context(), s.a, s.of, app.Subscription{Dialect: dialect, Event: event, Method: "POST", URL: "https://h.test/", Enabled: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return sub
}

// deliver puts deliveries into the outbox as the projector would: of one fact a second.
func (s subscriber) deliver(sub app.Subscription, state app.DeliveryState, seqs ...uint64) (ids []int64) {
	s.t.Helper()
	s.w.Update(func(ctx context.Context, tx store.Tx) error {
		for _, seq := range seqs {
			at := acd.TimeOf(apptest.Start.Add(time.Duration(seq) * time.Second))
			rows := []store.Delivery{{Subscription: sub.ID, Key: fmt.Sprint(sub.ID, "-", seq, state), Event: sub.Event, Seq: seq, Happened: at, Created: at,
				Form: fmt.Sprint("n=", seq), State: app.DeliveryPending}}
			if err := tx.Deliveries.Add(ctx, sub.OrgID, rows); err != nil {
				return err
			}
			ids = append(ids, rows[0].ID)
			if state == app.DeliveryPending {
				continue
			}
			if err := tx.Deliveries.Record(ctx, []store.Attempt{{Delivery: rows[0].ID, Number: 1, At: at, State: state}}); err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

func TestSubscriptionsOfBothDialectsAreOneList(t *testing.T) {
	s := subscribing(t)
	ctx := t.Context()
	mine, theirs := s.create(app.EventAnswer, app.DialectVer1), s.create(app.EventAnswerOut, app.DialectUAPI)
	if len(mine.Key) != 32 || mine.Key == theirs.Key || !strings.HasPrefix(mine.Secret, "whsec_") || mine.Secret == theirs.Secret || mine.Created == 0 {
		t.Errorf("made %+v and %+v", mine, theirs)
	}
	for _, c := range []struct {
		filter app.SubscriptionFilter
		want   []app.Subscription
		total  int
	}{
		{app.SubscriptionFilter{}, []app.Subscription{mine, theirs}, 2},
		{app.SubscriptionFilter{Page: app.Page{Offset: 1, Limit: 1}}, []app.Subscription{theirs}, 2},
		{app.SubscriptionFilter{Events: []app.Event{app.EventAnswer, app.EventAnswerIn}}, []app.Subscription{mine}, 1},
		{app.SubscriptionFilter{Events: []app.Event{app.EventHangup}}, nil, 0},
	} {
		list, total, err := s.w.App.ListSubscriptions(ctx, s.a, s.of, c.filter)
		if err != nil || !slices.Equal(list, c.want) || total != c.total {
			t.Errorf("%+v lists %+v of %d, %v", c.filter, list, total, err)
		}
	}
	for _, ref := range []app.SubscriptionRef{{ID: theirs.ID}, {Key: theirs.Key}, {Key: theirs.Key, Events: []app.Event{app.EventAnswerOut}}} {
		if got, err := s.w.App.GetSubscription(ctx, s.a, s.of, ref); err != nil || got != theirs {
			t.Errorf("%+v gives %+v, %v", ref, got, err)
		}
	}
	for _, ref := range []app.SubscriptionRef{{}, {ID: 99}, {Key: "x"}, {Key: theirs.Key, Events: []app.Event{app.EventHangup}}} {
		if _, err := s.w.App.GetSubscription(ctx, s.a, s.of, ref); code(err) != app.NotFound {
			t.Errorf("%+v: %v, want not found", ref, err)
		}
	}
	gone, err := s.w.App.DeleteSubscriptions(ctx, s.a, s.of, app.EventAnswerOut, app.EventHangup)
	if err != nil || !slices.Equal(gone, []app.Subscription{theirs}) {
		t.Errorf("deleted %+v, %v", gone, err)
	}
	if gone, err = s.w.App.DeleteSubscriptions(ctx, s.a, s.of); err != nil || !slices.Equal(gone, []app.Subscription{mine}) {
		t.Errorf("deleted %+v, %v", gone, err)
	}
	if gone, err = s.w.App.DeleteSubscriptions(ctx, s.a, s.of); err != nil || len(gone) != 0 {
		t.Errorf("deleted %+v of nothing, %v", gone, err)
	}
}

func TestEditedSubscriptionsKeepWhoTheyAre(t *testing.T) {
	s := subscribing(t)
	old := s.create(app.EventHangup, app.DialectUAPI)
	s.w.Clock.Advance(time.Minute)
	s.w.Outbox.Told()
	got, err := s.w.App.UpdateSubscription(t.Context(), s.a, s.of, app.SubscriptionRef{Key: old.Key}, func(sub *app.Subscription) error {
		*sub = app.Subscription{ID: 99, Event: app.EventDialIn, Method: "GET", URL: "http://other.test/x", Note: "by hand"}
		return nil
	})
	want := old
	want.Event, want.Method, want.URL, want.Note, want.Enabled = app.EventDialIn, "GET", "http://other.test/x", "by hand", false
	want.Modified = acd.TimeOf(s.w.Clock.Now())
	if err != nil || got != want {
		t.Errorf("changed to %+v, %v\nwant %+v", got, err, want)
	}
	if now, _ := s.w.App.GetSubscription(t.Context(), s.a, s.of, app.SubscriptionRef{ID: old.ID}); now != want {
		t.Errorf("stored is %+v", now)
	}
	if changed, _ := s.w.Outbox.Told(); !slices.Equal(changed, []int64{s.a.Org}) {
		t.Errorf("the outbox was told of %v", changed)
	}
	refused := fmt.Errorf("no")
	if _, err := s.w.App.UpdateSubscription(t.Context(), s.a, s.of, app.SubscriptionRef{ID: old.ID}, func(*app.Subscription) error { return refused }); err != refused {
		t.Errorf("the edit's error became %v", err)
	}
}

func TestSubscriptionsHaveALimit(t *testing.T) {
	s := subscribing(t)
	for range 100 {
		s.create(app.EventHangup, app.DialectVer1)
	}
	n := app.Subscription{Dialect: app.DialectVer1, Event: app.EventHangup, Method: "GET", URL: "http://h.test/"}
	if _, err := s.w.App.CreateSubscription(t.Context(), s.a, s.of, n); code(err) != app.Conflict {
		t.Errorf("the 101st: %v, want a conflict", err)
	}
	if _, err := s.w.App.CreateSubscription(t.Context(), s.a, app.Subject{Extension: app.ExtensionRef{Number: "701"}}, n); err != nil {
		t.Errorf("another extension's first: %v", err)
	}
}

func TestSubscriptionsAreWithinReach(t *testing.T) {
	s := subscribing(t)
	ctx := t.Context()
	sub := s.create(app.EventHangup, app.DialectVer1)
	id := s.deliver(sub, app.DeliveryDelivered, 1)[0]
	ref := app.SubscriptionRef{ID: sub.ID}
	agent, _ := s.w.Directory.AgentAt(s.a.Org, mustExtension(t, s.w, s.a, "201").ID)
	byID := app.Subject{Extension: app.ExtensionRef{ID: sub.Extension}}
	for name, c := range map[string]struct {
		actor app.Actor
		of    app.Subject
	}{
		"a stranger":               {s.w.Organisation("other", "0009"), byID},
		"a stranger, by number":    {s.w.Organisation("third", "0008"), s.of},
		"a user who owns nothing":  {app.Actor{Org: s.a.Org, User: 999, Reach: store.ReachUser}, byID},
		"another extension's path": {s.a, app.Subject{Extension: app.ExtensionRef{Number: "701"}}},
		"an agent's path":          {s.a, app.Subject{Agent: app.AgentRef{ID: agent}}},
	} {
		edit := func(*app.Subscription) error { return nil }
		_, get := s.w.App.GetSubscription(ctx, c.actor, c.of, ref)
		_, put := s.w.App.UpdateSubscription(ctx, c.actor, c.of, ref, edit)
		_, renew := s.w.App.RenewSecret(ctx, c.actor, c.of, ref)
		_, del := s.w.App.DeleteSubscription(ctx, c.actor, c.of, ref)
		_, _, list := s.w.App.ListDeliveries(ctx, c.actor, c.of, ref, app.DeliveryFilter{})
		_, _, one := s.w.App.GetDelivery(ctx, c.actor, c.of, ref, id)
		_, replay := s.w.App.ReplayDelivery(ctx, c.actor, c.of, ref, id)
		_, period := s.w.App.ReplayDeliveries(ctx, c.actor, c.of, ref, apptest.Start, apptest.Start.Add(time.Hour))
		_, test := s.w.App.TestDelivery(ctx, c.actor, c.of, ref)
		for i, err := range []error{get, put, renew, del, list, one, replay, period, test} {
			if code(err) != app.NotFound {
				t.Errorf("%s: use case %d: %v, want not found", name, i, err)
			}
		}
	}
	if now, err := s.w.App.GetSubscription(ctx, s.a, s.of, ref); err != nil || now != sub {
		t.Errorf("it became %+v, %v", now, err)
	}
	admin := s.w.Organisation("home", "0007")
	admin.Reach = store.ReachAll
	if got, err := s.w.App.GetSubscription(ctx, admin, byID, ref); err != nil || got != sub {
		t.Errorf("an administrator gets %+v, %v", got, err)
	}
}

// A period is repeated event by event: each once, however often it was made,
// and not what is on its way anyhow.
func TestReplayOfAPeriod(t *testing.T) {
	s := subscribing(t)
	sub := s.create(app.EventHangup, app.DialectVer1)
	s.deliver(sub, app.DeliveryDelivered, 3, 1)
	s.deliver(sub, app.DeliveryDead, 2, 3, 9) // 3 was made before
	s.deliver(sub, app.DeliveryPending, 4)
	s.deliver(sub, app.DeliveryDelivered, 0) // a test
	s.w.Outbox.Told()
	at := func(seconds int) time.Time { return apptest.Start.Add(time.Duration(seconds) * time.Second) }
	n, err := s.w.App.ReplayDeliveries(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, at(0), at(9))
	if n != 3 || err != nil {
		t.Fatalf("%d are repeated, %v; want 1, 2 and 3", n, err)
	}
	rows, _, err := s.w.App.ListDeliveries(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, app.DeliveryFilter{State: app.DeliveryPending, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	var forms []string
	keys := map[string]bool{}
	last := int64(0)
	for _, d := range rows {
		forms = append(forms, d.Form)
		keys[d.Key] = true
		if d.Seq < 4 && d.ID < last {
			t.Errorf("delivery %d of event %d comes before the one of the event before it", d.ID, d.Seq)
		}
		last = d.ID
	}
	if !slices.Equal(forms, []string{"n=1", "n=2", "n=3", "n=4"}) || len(keys) != 4 {
		t.Errorf("%v wait under %d keys", forms, len(keys))
	}
	if _, woken := s.w.Outbox.Told(); woken != 1 {
		t.Errorf("the outbox was woken %d times", woken)
	}
	if n, err := s.w.App.ReplayDeliveries(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, at(0), at(9)); n != 0 || err != nil {
		t.Errorf("again, %d are repeated while all wait, %v", n, err)
	}
	if _, err := s.w.App.ReplayDeliveries(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, at(9), at(9)); code(err) != app.Invalid {
		t.Errorf("an empty period: %v", err)
	}
}

func TestReplayHasALimit(t *testing.T) {
	s := subscribing(t)
	sub := s.create(app.EventHangup, app.DialectVer1)
	s.w.Update(func(ctx context.Context, tx store.Tx) error {
		rows := make([]store.Delivery, 10_001)
		for i := range rows {
			rows[i] = store.Delivery{Subscription: sub.ID, Key: fmt.Sprint(i), Event: sub.Event, Seq: uint64(i + 1), Happened: acd.TimeOf(apptest.Start), State: app.DeliveryPending}
		}
		return tx.Deliveries.Add(ctx, sub.OrgID, rows)
	})
	_, err := s.w.App.ReplayDeliveries(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, apptest.Start, apptest.Start.Add(time.Second))
	if code(err) != app.Invalid || !strings.Contains(err.Error(), "10001") {
		t.Errorf("%v, want a refusal that names the number", err)
	}
}

// A test goes the way of all deliveries, marked as what is no fact.
func TestTestDelivery(t *testing.T) {
	s := subscribing(t)
	sub := s.create(app.EventHangup, app.DialectVer1)
	d, err := s.w.App.TestDelivery(t.Context(), s.a, s.of, app.SubscriptionRef{Key: sub.Key})
	now := acd.TimeOf(s.w.Clock.Now())
	if err != nil || d.Seq != 0 || d.State != app.DeliveryPending || d.Happened != now || d.Due != now || d.Form != fmt.Sprint("example=hangup&at=", now) || len(d.Key) != 32 {
		t.Errorf("the test is %+v, %v", d, err)
	}
	log, _, err := s.w.App.ListAudit(t.Context(), s.a, app.AuditFilter{Action: "subscription.test"})
	if err != nil || len(log) != 1 || !strings.HasPrefix(log[0].Target, "events of extension") {
		t.Errorf("the audit log has %+v, %v", log, err)
	}
	got, tries, err := s.w.App.GetDelivery(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, d.ID)
	if err != nil || got != d || len(tries) != 0 {
		t.Errorf("stored is %+v with %v, %v", got, tries, err)
	}
	if _, woken := s.w.Outbox.Told(); woken != 1 {
		t.Errorf("the outbox was woken %d times", woken)
	}
}

// FuzzURL: what is taken can be requested, and what is refused is refused for people.
func FuzzURL(f *testing.F) {
	for _, u := range []string{"http://h.test/", "https://[::1]:8080/a?b=c#d", "http://u:p@h.test", "//h", "http://h.test:99999/", "http://h .test/", "http://%zz/", "http://\x7f/"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, u string) {
		err := app.CheckURL(u)
		if err == nil {
			if !strings.HasPrefix(strings.ToLower(u), "http") || len(u) > 2048 || strings.ContainsAny(u, " \r\n\t\x00") {
				t.Errorf("%q is taken", u)
			}
			return
		}
		if code(err) != app.Invalid || len(err.Error()) < 20 {
			t.Errorf("%q is refused with %v", u, err)
		}
	})
}

// A renewed secret leaves the one before for a day, the one before that for no more.
func TestRenewedSecretsOverlap(t *testing.T) {
	s := subscribing(t)
	ctx := t.Context()
	ref := app.SubscriptionRef{ID: s.create(app.EventHangup, app.DialectVer1).ID}
	secrets := func() app.Subscription {
		sub, err := s.w.App.GetSecret(ctx, s.a, s.of, ref)
		if err != nil {
			t.Fatal(err)
		}
		return sub
	}
	renew := func() {
		if _, err := s.w.App.RenewSecret(ctx, s.a, s.of, ref); err != nil {
			t.Fatal(err)
		}
	}
	first := secrets()
	renew()
	second := secrets()
	if second.Secret == first.Secret || second.OldSecret != first.Secret || second.OldSecretUntil != second.Modified.Add(24*time.Hour) {
		t.Errorf("renewed to %+v", second)
	}
	s.w.Clock.Advance(time.Hour)
	renew()
	if third := secrets(); third.OldSecret != second.Secret || third.OldSecretUntil != third.Modified.Add(24*time.Hour) {
		t.Errorf("renewed again to %+v", third)
	}
	s.w.Clock.Advance(24 * time.Hour)
	if over := secrets(); over.OldSecret != "" || over.OldSecretUntil != 0 {
		t.Errorf("a day later %+v", over)
	}
}

// What happened before a subscription was made, enabled or given its event is not told to it.
func TestSubscriptionsBeginWhenTheyAreEnabled(t *testing.T) {
	s := subscribing(t)
	sub := s.create(app.EventHangup, app.DialectVer1)
	if sub.Since != sub.Created {
		t.Errorf("made at %v, told since %v", sub.Created, sub.Since)
	}
	for _, c := range []struct {
		name   string
		change func(*app.Subscription)
		begins bool
	}{
		{"noted", func(n *app.Subscription) { n.Note = "x" }, false},
		{"disabled", func(n *app.Subscription) { n.Enabled = false }, false},
		{"its event changed while disabled", func(n *app.Subscription) { n.Event = app.EventDialIn }, false},
		{"enabled", func(n *app.Subscription) { n.Enabled = true }, true},
		{"enabled again", func(n *app.Subscription) { n.Enabled = true }, false},
		{"its event changed", func(n *app.Subscription) { n.Event = app.EventAnswer }, true},
	} {
		s.w.Clock.Advance(time.Minute)
		before := sub.Since
		if c.begins {
			before = acd.TimeOf(s.w.Clock.Now())
		}
		var err error
		sub, err = s.w.App.UpdateSubscription(t.Context(), s.a, s.of, app.SubscriptionRef{ID: sub.ID}, func(n *app.Subscription) error {
			c.change(n)
			return nil
		})
		if err != nil || sub.Since != before {
			t.Errorf("%s: told since %v, want %v (%v)", c.name, sub.Since, before, err)
		}
	}
}
