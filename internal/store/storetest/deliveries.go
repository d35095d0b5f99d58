package storetest

import (
	"fmt"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var deliveryTests = []test{
	{"keep every field", deliveryFields},
	{"are put behind those there are", deliveryOrder},
	{"wait until they are delivered or given up", deliveryAttempts},
	{"attempts of several at once", deliveryBatch},
	{"filters, pages and totals", deliveryLists},
	{"of other organisations", deliveryStranger},
	{"are cleaned up in steps", deliveryCleanUp},
	{"the cursor moves with them or not at all", deliveryCursor},
}

// delivering adds n pending deliveries.
func (b *workbench) delivering(w *world, s store.Subscription, n int) []store.Delivery {
	b.Helper()
	rows := make([]store.Delivery, n)
	for i := range rows {
		rows[i] = store.Delivery{Subscription: s.ID, Key: fmt.Sprintf("%s %d %d", s.Key, i, b.count()), Event: s.Event, Seq: uint64(i + 1),
			Happened: acd.Time(100 * (i + 1)), State: store.DeliveryPending}
	}
	b.update(func(tx store.Tx) error { return tx.Deliveries.Add(b.ctx, w.org.ID, rows) })
	return rows
}

// count gives how many deliveries there have been; it keeps keys apart.
func (b *workbench) count() (n int64) {
	b.view(func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(b.ctx)
		for _, o := range orgs {
			_, total, _ := tx.Deliveries.List(b.ctx, o.ID, store.DeliveryFilter{})
			n += int64(total)
		}
		return err
	})
	return n
}

func (b *workbench) delivery(w *world, id int64) (d store.Delivery, tries []store.Attempt) {
	b.Helper()
	b.view(func(tx store.Tx) (err error) {
		d, tries, err = tx.Deliveries.Get(b.ctx, w.org.ID, id)
		return err
	})
	return d, tries
}

func (b *workbench) pending(s store.Subscription, limit int) []store.Delivery {
	b.Helper()
	return read(b, func(tx store.Tx) ([]store.Delivery, error) { return tx.Deliveries.Pending(b.ctx, s.ID, limit) })
}

func (b *workbench) waiting() []store.Subscription {
	b.Helper()
	return read(b, func(tx store.Tx) ([]store.Subscription, error) { return tx.Deliveries.Waiting(b.ctx) })
}

func deliveryFields(b *workbench) {
	w := b.world("1")
	s := b.subscribed(w, "k")
	for variant := range 2 {
		row := make([]store.Delivery, 1)
		fill(&row[0], variant, "ID")
		row[0].OrgID, row[0].Subscription = nowhere, s.ID
		b.update(func(tx store.Tx) error { return tx.Deliveries.Add(b.ctx, w.org.ID, row) })
		b.equal("organisation", row[0].OrgID, w.org.ID)
		got, tries := b.delivery(w, row[0].ID)
		b.equal("row", got, row[0])
		b.equal("attempts", tries, []store.Attempt(nil))
		b.refused(store.ErrExists, "the same key", func(tx store.Tx) error {
			return tx.Deliveries.Add(b.ctx, w.org.ID, []store.Delivery{{Subscription: s.ID, Key: row[0].Key}})
		})
	}
	b.refused(store.ErrNotFound, "no such subscription", func(tx store.Tx) error {
		return tx.Deliveries.Add(b.ctx, w.org.ID, []store.Delivery{{Subscription: nowhere, Key: "x"}})
	})
	b.update(func(tx store.Tx) error {
		_, _, err := tx.Deliveries.Get(b.ctx, w.org.ID, nowhere)
		b.is("Get", err, store.ErrNotFound)
		return nil
	})
}

func deliveryOrder(b *workbench) {
	w, v := b.world("1"), b.world("2")
	first, second, third := b.subscribed(w, "k1"), b.subscribed(v, "k2"), b.subscribed(w, "k3")
	a, c := b.delivering(w, third, 3), b.delivering(v, second, 1)
	more := b.delivering(w, third, 2)
	if more[0].ID <= a[2].ID || a[1].ID <= a[0].ID {
		b.Errorf("ids %d, %d, %d, then %d do not grow", a[0].ID, a[1].ID, a[2].ID, more[0].ID)
	}
	b.reopen()
	b.equal("in order", b.pending(third, 0), append(a, more...))
	b.equal("the first of them", b.pending(third, 2), a[:2])
	b.equal("of another", b.pending(second, 9), c)
	b.equal("of one without any", b.pending(first, 9), []store.Delivery(nil))
	b.equal("waiting", b.waiting(), []store.Subscription{second, third})
}

func deliveryAttempts(b *workbench) {
	w := b.world("1")
	s := b.subscribed(w, "k")
	rows := b.delivering(w, s, 2)
	failed := store.Attempt{Delivery: rows[0].ID, Number: 1, At: 500, Took: 20 * time.Microsecond, Method: "GET", URL: "http://a/b?c", Status: 503,
		Answer: "busy é", Problem: "answered 503", State: store.DeliveryPending, Due: 900}
	done := store.Attempt{Delivery: rows[0].ID, Number: 2, At: 900, Took: 7 * time.Microsecond, Method: "POST", URL: "http://a/", Status: 200,
		State: store.DeliveryDelivered}
	record := func(tries ...store.Attempt) {
		b.update(func(tx store.Tx) error { return tx.Deliveries.Record(b.ctx, tries) })
	}
	record(failed)
	want := rows[0]
	want.Attempts, want.Due, want.Status, want.Problem = 1, 900, 503, "answered 503"
	b.equal("pending", b.pending(s, 0), []store.Delivery{want, rows[1]})
	record(done)
	record(done) // told again after a commit nobody saw the end of
	want.Attempts, want.Due, want.Status, want.Problem, want.State, want.Ended = 2, 0, 200, "", store.DeliveryDelivered, 907
	got, tries := b.delivery(w, want.ID)
	b.equal("delivered", got, want)
	b.equal("attempts", tries, []store.Attempt{failed, done})
	b.equal("left", b.pending(s, 0), rows[1:])
	record(store.Attempt{Delivery: rows[1].ID, Number: 1, At: 950, Method: "GET", State: store.DeliveryPending})
	record(store.Attempt{Delivery: rows[1].ID, Number: 1, At: 960, State: store.DeliveryDead, Problem: "given up"})
	given, tries := b.delivery(w, rows[1].ID)
	if given.State != store.DeliveryDead || given.Attempts != 1 || given.Problem != "given up" || given.Ended != 960 || len(tries) != 1 || tries[0].At != 950 {
		b.Errorf("given up without another attempt: %+v, attempts %+v", given, tries)
	}
	b.equal("none left", b.pending(s, 0), []store.Delivery(nil))
	b.equal("waiting", b.waiting(), []store.Subscription(nil))
	record(store.Attempt{Delivery: nowhere, Number: 1, State: store.DeliveryDead}) // gone: passed over
}

func deliveryBatch(b *workbench) {
	w := b.world("1")
	s := b.subscribed(w, "k")
	rows := b.delivering(w, s, 100)
	var tries []store.Attempt
	for i, d := range rows {
		if i%10 != 3 {
			tries = append(tries, store.Attempt{Delivery: d.ID, Number: 1, At: acd.Time(i), State: store.DeliveryDelivered})
		}
	}
	tries = append(tries, store.Attempt{Delivery: nowhere, Number: 1})
	b.update(func(tx store.Tx) error { return tx.Deliveries.Record(b.ctx, tries) })
	b.equal("backlog", read(b, func(tx store.Tx) (int, error) { return tx.Deliveries.Backlog(b.ctx) }), 10)
	var ids []uint64
	for _, d := range b.pending(s, 0) {
		ids = append(ids, d.Seq)
	}
	b.equal("left", ids, []uint64{4, 14, 24, 34, 44, 54, 64, 74, 84, 94})
}

func deliveryLists(b *workbench) {
	w := b.world("1")
	s, t := b.subscribed(w, "k1"), b.subscribed(w, "k2")
	a := b.delivering(w, s, 3) // at 100, 200, 300
	c := b.delivering(w, t, 2) // at 100, 200
	b.update(func(tx store.Tx) error {
		return tx.Deliveries.Record(b.ctx, []store.Attempt{{Delivery: a[1].ID, Number: 1, At: 1, State: store.DeliveryDead},
			{Delivery: c[0].ID, Number: 1, At: 1, State: store.DeliveryDelivered}})
	})
	a[1].State, a[1].Attempts, a[1].Ended = store.DeliveryDead, 1, 1
	c[0].State, c[0].Attempts, c[0].Ended = store.DeliveryDelivered, 1, 1
	type list = []store.Delivery
	for what, x := range map[string]struct {
		f     store.DeliveryFilter
		want  list
		total int
	}{
		"all":               {store.DeliveryFilter{}, list{a[2], c[1], a[1], c[0], a[0]}, 5},
		"oldest first":      {store.DeliveryFilter{Oldest: true}, list{a[0], c[0], a[1], c[1], a[2]}, 5},
		"of a subscription": {store.DeliveryFilter{Subscription: s.ID, Oldest: true}, a, 3},
		"pending":           {store.DeliveryFilter{State: store.DeliveryPending, Oldest: true}, list{a[0], c[1], a[2]}, 3},
		"dead":              {store.DeliveryFilter{State: store.DeliveryDead}, list{a[1]}, 1},
		"delivered":         {store.DeliveryFilter{State: store.DeliveryDelivered}, list{c[0]}, 1},
		"of a time":         {store.DeliveryFilter{From: 200, To: 300}, list{c[1], a[1]}, 2},
		"from a time on":    {store.DeliveryFilter{From: 201}, list{a[2]}, 1},
		"of all these":      {store.DeliveryFilter{Subscription: s.ID, State: store.DeliveryDead, From: 100, To: 201, Oldest: true}, list{a[1]}, 1},
		"dead of another":   {store.DeliveryFilter{Subscription: t.ID, State: store.DeliveryDead}, nil, 0},
		"a page":            {store.DeliveryFilter{Page: store.Page{Offset: 1, Limit: 2}}, list{c[1], a[1]}, 5},
		"behind the end":    {store.DeliveryFilter{Page: store.Page{Offset: 9, Limit: 2}}, nil, 5},
	} {
		b.view(func(tx store.Tx) error {
			rows, n, err := tx.Deliveries.List(b.ctx, w.org.ID, x.f)
			b.equal(what, rows, x.want)
			b.equal(what+": total", n, x.total)
			return err
		})
	}
}

func deliveryStranger(b *workbench) {
	w, v := b.world("1"), b.world("2")
	s := b.subscribed(w, "k")
	rows := b.delivering(w, s, 1)
	b.refused(store.ErrNotFound, "to another's subscription", func(tx store.Tx) error {
		return tx.Deliveries.Add(b.ctx, v.org.ID, []store.Delivery{{Subscription: s.ID, Key: "x"}})
	})
	b.view(func(tx store.Tx) error {
		_, _, err := tx.Deliveries.Get(b.ctx, v.org.ID, rows[0].ID)
		b.is("get", err, store.ErrNotFound)
		got, n, err := tx.Deliveries.List(b.ctx, v.org.ID, store.DeliveryFilter{Subscription: s.ID})
		b.equal("list", got, []store.Delivery(nil))
		b.equal("total", n, 0)
		return err
	})
	got, _ := b.delivery(w, rows[0].ID)
	b.equal("the owner's", got, rows[0])
}

func deliveryCleanUp(b *workbench) {
	w, v := b.world("1"), b.world("2")
	s, t := b.subscribed(w, "k1"), b.subscribed(v, "k2")
	a, c := b.delivering(w, s, 4), b.delivering(v, t, 1)
	b.update(func(tx store.Tx) error {
		return tx.Deliveries.Record(b.ctx, []store.Attempt{
			{Delivery: a[0].ID, Number: 1, At: 10, Took: time.Microsecond, State: store.DeliveryDelivered},
			{Delivery: a[1].ID, Number: 1, At: 20, State: store.DeliveryDead},
			{Delivery: a[2].ID, Number: 1, At: 1, State: store.DeliveryPending},
			{Delivery: a[3].ID, Number: 1, At: 30, State: store.DeliveryDelivered},
			{Delivery: c[0].ID, Number: 1, At: 15, State: store.DeliveryDelivered}})
	})
	remove := func(before acd.Time, limit, want int) {
		b.Helper()
		b.update(func(tx store.Tx) error {
			n, err := tx.Deliveries.DeleteBefore(b.ctx, before, limit)
			b.equal("removed", n, want)
			return err
		})
	}
	remove(11, 9, 0)
	remove(30, 2, 2)
	remove(30, 2, 1)
	remove(30, 2, 0)
	left := read(b, func(tx store.Tx) ([]store.Delivery, error) {
		rows, _, err := tx.Deliveries.List(b.ctx, w.org.ID, store.DeliveryFilter{Oldest: true})
		return rows, err
	})
	if len(left) != 2 || left[0].ID != a[2].ID || left[1].ID != a[3].ID {
		b.Errorf("left: %+v, want the pending one and what ended at 30", left)
	}
}

// deliveryCursor: rows and cursor are committed together; what fails leaves neither.
func deliveryCursor(b *workbench) {
	w, v := b.world("1"), b.world("2")
	s := b.subscribed(w, "k")
	b.told("at first", w, 0)
	b.update(func(tx store.Tx) error {
		return firstOf(tx.Deliveries.Add(b.ctx, w.org.ID, []store.Delivery{{Subscription: s.ID, Key: "a", State: store.DeliveryPending}}),
			tx.Deliveries.SetTold(b.ctx, w.org.ID, 7))
	})
	b.refused(store.ErrExists, "a key twice", func(tx store.Tx) error {
		return firstOf(tx.Deliveries.SetTold(b.ctx, w.org.ID, 9),
			tx.Deliveries.Add(b.ctx, w.org.ID, []store.Delivery{{Subscription: s.ID, Key: "b"}, {Subscription: s.ID, Key: "a"}}))
	})
	b.told("after it", w, 7)
	b.told("another's", v, 0)
	b.equal("deliveries", len(b.pending(s, 0)), 1)
	b.refused(store.ErrNotFound, "no such organisation", func(tx store.Tx) error { return tx.Deliveries.SetTold(b.ctx, nowhere, 1) })
	none := read(b, func(tx store.Tx) (uint64, error) { return tx.Deliveries.Told(b.ctx, nowhere) })
	b.equal("of no organisation", none, uint64(0))
}
