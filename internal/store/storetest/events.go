package storetest

import (
	"fmt"

	"holdline/internal/store"
)

var subscriptionTable = table[store.Subscription]{
	fresh: func(b *workbench, w *world, n int) (v store.Subscription) {
		fill(&v, n, "ID")
		v.OrgID, v.Key, v.Agent, v.Extension = w.org.ID, named("key", n), 0, w.desk.ID
		if n%2 == 0 {
			v.Agent, v.Extension = w.remote.ID, 0
		}
		return v
	},
	create: func(b *workbench, tx store.Tx, w *world, v *store.Subscription) error {
		return tx.Subscriptions.Create(b.ctx, v)
	},
	get: func(b *workbench, tx store.Tx, w *world, v store.Subscription) (store.Subscription, error) {
		return tx.Subscriptions.Get(b.ctx, w.org.ID, v.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, v store.Subscription) error {
		return tx.Subscriptions.Put(b.ctx, v)
	},
	delete: func(b *workbench, tx store.Tx, w *world, v store.Subscription) error {
		return tx.Subscriptions.Delete(b.ctx, w.org.ID, v.ID)
	},
	list: func(b *workbench, tx store.Tx, w *world) ([]store.Subscription, error) {
		rows, total, err := tx.Subscriptions.List(b.ctx, w.org.ID, store.SubscriptionFilter{})
		b.equal("total", total, len(rows))
		return rows, err
	},
	id:    func(v store.Subscription) int64 { return v.ID },
	same:  func(from store.Subscription, to *store.Subscription) { to.ID = from.ID },
	ghost: func(v *store.Subscription) { v.ID = nowhere },
}

var subscriptionTests = append(subscriptionTable.tests("subscription"),
	test{"subscriptions have unique keys", subscriptionKeys},
	test{"subscriptions filtered and paged", subscriptionLists},
	test{"subscriptions refer to rows of their organisation", subscriptionReferences},
	test{"subscriptions go with what they are of", subscriptionCascade},
	test{"subscriptions of other organisations", subscriptionStranger},
	test{"the first enabled subscription begins at the journal's end", subscriptionBegins},
)

// subscribed is an enabled subscription of the world's desk.
func (b *workbench) subscribed(w *world, key string) store.Subscription {
	b.Helper()
	v := store.Subscription{OrgID: w.org.ID, Key: key, Extension: w.desk.ID, Event: store.EventHangup, Enabled: true}
	b.update(func(tx store.Tx) error { return tx.Subscriptions.Create(b.ctx, &v) })
	return v
}

func subscriptionKeys(b *workbench) {
	w, v := b.world("1"), b.world("2")
	first, second := b.subscribed(w, "k1"), b.subscribed(w, "k2")
	b.refused(store.ErrExists, "create", func(tx store.Tx) error {
		return tx.Subscriptions.Create(b.ctx, &store.Subscription{OrgID: v.org.ID, Key: "k1", Extension: v.desk.ID})
	})
	b.refused(store.ErrExists, "put", func(tx store.Tx) error {
		s := second
		s.Key = first.Key
		return tx.Subscriptions.Put(b.ctx, s)
	})
	b.update(func(tx store.Tx) error {
		got, err := tx.Subscriptions.ByKey(b.ctx, w.org.ID, "k2")
		b.equal("by key", got, second)
		_, ghost := tx.Subscriptions.ByKey(b.ctx, w.org.ID, "k3")
		b.is("no such key", ghost, store.ErrNotFound)
		_, other := tx.Subscriptions.ByKey(b.ctx, v.org.ID, "k1")
		b.is("another's key", other, store.ErrNotFound)
		return err
	})
}

func subscriptionLists(b *workbench) {
	w := b.world("1")
	var all []store.Subscription
	for n, v := range []store.Subscription{
		{Agent: w.local.ID, Event: store.EventAgentLogin, Enabled: true},
		{Agent: w.remote.ID, Event: store.EventAgentLogin},
		{Extension: w.desk.ID, Event: store.EventHangup, Enabled: true},
		{Extension: w.desk.ID, Event: store.EventDialIn},
	} {
		v.OrgID, v.Key = w.org.ID, fmt.Sprint(n)
		b.update(func(tx store.Tx) error { return tx.Subscriptions.Create(b.ctx, &v) })
		all = append(all, v)
	}
	type list = []store.Subscription
	for what, c := range map[string]struct {
		f     store.SubscriptionFilter
		want  list
		total int
	}{
		"all":             {store.SubscriptionFilter{}, all, 4},
		"of an agent":     {store.SubscriptionFilter{Agent: w.remote.ID}, all[1:2], 1},
		"of an extension": {store.SubscriptionFilter{Extension: w.desk.ID}, all[2:], 2},
		"of an event":     {store.SubscriptionFilter{Event: store.EventAgentLogin}, all[:2], 2},
		"enabled":         {store.SubscriptionFilter{Enabled: true}, list{all[0], all[2]}, 2},
		"of all these":    {store.SubscriptionFilter{Extension: w.desk.ID, Event: store.EventHangup, Enabled: true}, all[2:3], 1},
		"a page":          {store.SubscriptionFilter{Page: store.Page{Offset: 1, Limit: 2}}, all[1:3], 4},
		"behind the end":  {store.SubscriptionFilter{Page: store.Page{Offset: 9, Limit: 2}}, nil, 4},
		"of nobody":       {store.SubscriptionFilter{Agent: nowhere}, nil, 0},
	} {
		b.view(func(tx store.Tx) error {
			rows, n, err := tx.Subscriptions.List(b.ctx, w.org.ID, c.f)
			b.equal(what, rows, c.want)
			b.equal(what+": total", n, c.total)
			return err
		})
	}
}

func subscriptionReferences(b *workbench) {
	w, v := b.world("1"), b.world("2")
	mine := b.subscribed(w, "k")
	for what, bad := range map[string]store.Subscription{
		"no organisation":     {OrgID: nowhere, Extension: w.desk.ID},
		"no extension":        {OrgID: w.org.ID, Extension: nowhere},
		"no agent":            {OrgID: w.org.ID, Agent: nowhere},
		"another's extension": {OrgID: w.org.ID, Extension: v.desk.ID},
		"another's agent":     {OrgID: w.org.ID, Agent: v.local.ID},
	} {
		b.refused(store.ErrNotFound, "create: "+what, func(tx store.Tx) error { return tx.Subscriptions.Create(b.ctx, &bad) })
		bad.ID = mine.ID
		b.refused(store.ErrNotFound, "put: "+what, func(tx store.Tx) error { return tx.Subscriptions.Put(b.ctx, bad) })
	}
}

func subscriptionCascade(b *workbench) {
	w := b.world("1")
	desk, desk2 := b.subscribed(w, "k1"), b.subscribed(w, "k2")
	agent := store.Subscription{OrgID: w.org.ID, Key: "k3", Agent: w.local.ID, Enabled: true}
	b.update(func(tx store.Tx) error { return tx.Subscriptions.Create(b.ctx, &agent) })
	rows := b.delivering(w, desk, 2)
	rows2, of := b.delivering(w, desk2, 1), b.delivering(w, agent, 1)
	left := func(want []store.Subscription, waiting ...store.Subscription) {
		b.Helper()
		b.view(func(tx store.Tx) error {
			got, _, err := tx.Subscriptions.List(b.ctx, w.org.ID, store.SubscriptionFilter{})
			b.equal("left", got, want)
			ids, err2 := tx.Deliveries.Waiting(b.ctx)
			b.equal("waiting", ids, waiting)
			_, total, err3 := tx.Deliveries.List(b.ctx, w.org.ID, store.DeliveryFilter{})
			b.equal("deliveries", total, len(waiting))
			b.is("reading", firstOf(err, err2, err3), nil)
			return nil
		})
	}
	b.update(func(tx store.Tx) error { return tx.Subscriptions.Delete(b.ctx, w.org.ID, desk.ID) })
	left([]store.Subscription{desk2, agent}, desk2, agent)
	b.deliveryGone(w, desk, rows[0])
	b.update(func(tx store.Tx) error { return tx.Agents.Delete(b.ctx, w.org.ID, w.local.ID) })
	left([]store.Subscription{desk2}, desk2)
	b.deliveryGone(w, agent, of[0])
	b.update(func(tx store.Tx) error { return tx.Extensions.Delete(b.ctx, w.org.ID, w.desk.ID) })
	left(nil)
	b.deliveryGone(w, desk2, rows2[0])
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// deliveryGone: what a deleted subscription had cannot be read, noted or added to.
func (b *workbench) deliveryGone(w *world, s store.Subscription, d store.Delivery) {
	b.Helper()
	b.update(func(tx store.Tx) error {
		_, _, err := tx.Deliveries.Get(b.ctx, w.org.ID, d.ID)
		b.is("Get", err, store.ErrNotFound)
		rows, err := tx.Deliveries.Pending(b.ctx, s.ID, 0)
		b.equal("pending", rows, []store.Delivery(nil))
		return firstOf(err, tx.Deliveries.Record(b.ctx, []store.Attempt{{Delivery: d.ID, Number: 1, State: store.DeliveryDelivered}}))
	})
	b.refused(store.ErrNotFound, "Add", func(tx store.Tx) error {
		return tx.Deliveries.Add(b.ctx, w.org.ID, []store.Delivery{{Subscription: s.ID, Key: "again"}})
	})
}

// subscriptionStranger: with another organisation's id nothing is seen or changed.
func subscriptionStranger(b *workbench) {
	w, v := b.world("1"), b.world("2")
	mine := b.subscribed(w, "k")
	theirs := mine
	theirs.OrgID, theirs.Extension = v.org.ID, v.desk.ID
	b.refused(store.ErrNotFound, "put", func(tx store.Tx) error { return tx.Subscriptions.Put(b.ctx, theirs) })
	b.refused(store.ErrNotFound, "delete", func(tx store.Tx) error { return tx.Subscriptions.Delete(b.ctx, v.org.ID, mine.ID) })
	b.view(func(tx store.Tx) error {
		_, err := tx.Subscriptions.Get(b.ctx, v.org.ID, mine.ID)
		b.is("get", err, store.ErrNotFound)
		rows, total, err := tx.Subscriptions.List(b.ctx, v.org.ID, store.SubscriptionFilter{Extension: w.desk.ID})
		b.equal("list", rows, []store.Subscription(nil))
		b.equal("total", total, 0)
		return err
	})
	got := read(b, func(tx store.Tx) (store.Subscription, error) { return tx.Subscriptions.Get(b.ctx, w.org.ID, mine.ID) })
	b.equal("the owner's", got, mine)
}

func subscriptionBegins(b *workbench) {
	w, v := b.world("1"), b.world("2")
	b.append(w.org.ID, call(1, "a")...)
	b.append(v.org.ID, call(1, "b")...)
	b.sync()
	off := store.Subscription{OrgID: w.org.ID, Key: "off", Extension: w.desk.ID}
	b.update(func(tx store.Tx) error { return tx.Subscriptions.Create(b.ctx, &off) })
	b.told("a disabled one", w, 0)
	b.update(func(tx store.Tx) error { off.Note = "x"; return tx.Subscriptions.Put(b.ctx, off) })
	b.told("a disabled one changed", w, 0)

	on := b.subscribed(w, "on")
	b.told("the first enabled one", w, 3)
	b.append(w.org.ID, call(4, "c")...)
	b.sync()
	off.Enabled = true
	b.update(func(tx store.Tx) error { return tx.Subscriptions.Put(b.ctx, off) })
	b.subscribed(w, "more")
	b.told("further ones", w, 3)
	b.update(func(tx store.Tx) error { on.URL = "http://x"; return tx.Subscriptions.Put(b.ctx, on) })
	b.told("a change", w, 3)
	b.told("the other organisation", v, 0)
	b.reopen()
	b.told("after a restart", w, 3)
}

func (b *workbench) told(what string, w *world, want uint64) {
	b.Helper()
	got := read(b, func(tx store.Tx) (uint64, error) { return tx.Deliveries.Told(b.ctx, w.org.ID) })
	b.equal("told: "+what, got, want)
}
