package sqlite

import (
	"context"
	"errors"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type deliveries struct{ t *txn }

func delivery(id any) subject { return subject{noun: "delivery", id: id} }

const deliveryColumns = `id, org_id, subscription_id, key, event, seq, happened, created, form, state, attempts, due, ended, status, problem`

// theirSubscription hides what a deleted subscription left until it is swept away.
const theirSubscription = `EXISTS (SELECT 1 FROM subscriptions s WHERE s.id = subscription_id)`

func scanDelivery(r row) (v store.Delivery, err error) {
	err = r.Scan(&v.ID, &v.OrgID, &v.Subscription, &v.Key, &v.Event, &v.Seq, &v.Happened, &v.Created, &v.Form, &v.State,
		&v.Attempts, &v.Due, &v.Ended, &v.Status, &v.Problem)
	return v, err
}

func scanAttempt(r row) (v store.Attempt, err error) {
	err = r.Scan(&v.Delivery, &v.Number, &v.At, duration{&v.Took}, &v.Method, &v.URL, &v.Status, &v.Answer, &v.Problem, &v.State, &v.Due)
	return v, err
}

// Add looks for each subscription once: no reference does, see the migration.
func (x deliveries) Add(ctx context.Context, org int64, rows []store.Delivery) error {
	known := map[int64]bool{}
	for i := range rows {
		v := &rows[i]
		if !known[v.Subscription] {
			if _, err := subscriptions(x).Get(ctx, org, v.Subscription); err != nil {
				return x.t.fail(err)
			}
			known[v.Subscription] = true
		}
		id, err := x.t.create(ctx, subject{"delivery", v.ID, []key{{"key", v.Key}}},
			`INSERT INTO deliveries (org_id, subscription_id, key, event, seq, happened, created, form, state, attempts, due, ended, status, problem)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			org, v.Subscription, v.Key, string(v.Event), int64(v.Seq), int64(v.Happened), int64(v.Created), v.Form, string(v.State),
			v.Attempts, int64(v.Due), int64(v.Ended), v.Status, v.Problem)
		if err != nil {
			return err
		}
		v.ID, v.OrgID = id, org
	}
	return nil
}

func (x deliveries) Backlog(ctx context.Context) (int, error) {
	return one(ctx, x.t, delivery("list"), scanInt, `SELECT count(*) FROM deliveries INDEXED BY deliveries_pending WHERE state = 'pending'`)
}

// Waiting jumps from one subscription to the next, for a receiver that is down
// may have very many rows.
func (x deliveries) Waiting(ctx context.Context) ([]store.Subscription, error) {
	return many(ctx, x.t, delivery("list"), scanSubscription,
		`WITH RECURSIVE of(id) AS (
			SELECT min(subscription_id) FROM deliveries INDEXED BY deliveries_pending WHERE state = 'pending'
			UNION ALL
			SELECT (SELECT min(subscription_id) FROM deliveries INDEXED BY deliveries_pending WHERE state = 'pending' AND subscription_id > of.id)
			FROM of WHERE of.id IS NOT NULL)
		SELECT `+subscriptionColumns+` FROM subscriptions WHERE id IN (SELECT id FROM of) ORDER BY id`)
}

func scanInt64(r row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}

func (x deliveries) Pending(ctx context.Context, subscription int64, most int) ([]store.Delivery, error) {
	return many(ctx, x.t, delivery("list"), scanDelivery,
		`SELECT `+deliveryColumns+` FROM deliveries INDEXED BY deliveries_pending
		WHERE subscription_id = ? AND state = 'pending' AND `+theirSubscription+` ORDER BY id LIMIT ?`,
		subscription, limit(store.Page{Limit: most}))
}

func (x deliveries) Record(ctx context.Context, attempts []store.Attempt) error {
	for _, v := range attempts {
		if err := x.record(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (x deliveries) record(ctx context.Context, v store.Attempt) error {
	var ended acd.Time
	if v.State != store.DeliveryPending {
		ended = v.At.Add(v.Took)
	}
	err := x.t.change(ctx, delivery(v.Delivery),
		`UPDATE deliveries SET state = ?, attempts = ?, due = ?, ended = ?, status = ?, problem = ? WHERE id = ?`,
		string(v.State), v.Number, int64(v.Due), int64(ended), v.Status, v.Problem, v.Delivery)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || v.Method == "" {
		return err
	}
	return x.t.change(ctx, delivery(v.Delivery),
		`INSERT OR REPLACE INTO attempts (delivery_id, number, at, took, method, url, status, answer, problem, state, due)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.Delivery, v.Number, int64(v.At), micros(v.Took), v.Method, v.URL, v.Status, v.Answer, v.Problem, string(v.State), int64(v.Due))
}

func (x deliveries) Get(ctx context.Context, org, id int64) (store.Delivery, []store.Attempt, error) {
	v, err := one(ctx, x.t, delivery(id), scanDelivery,
		`SELECT `+deliveryColumns+` FROM deliveries WHERE id = ? AND org_id = ? AND `+theirSubscription, id, org)
	if err != nil {
		return v, nil, err
	}
	tries, err := many(ctx, x.t, delivery(id), scanAttempt,
		`SELECT delivery_id, number, at, took, method, url, status, answer, problem, state, due FROM attempts WHERE delivery_id = ? ORDER BY number`, id)
	return v, tries, err
}

func (x deliveries) List(ctx context.Context, org int64, f store.DeliveryFilter) ([]store.Delivery, int, error) {
	index := "deliveries_org"
	switch {
	case f.Subscription != 0:
		index = "deliveries_of"
	case f.State == store.DeliveryDead:
		index = "deliveries_dead"
	}
	w := new(where).of("org_id", org).between("happened", f.From, f.To).and(theirSubscription)
	w.when(f.Subscription != 0, "subscription_id = ?", f.Subscription)
	switch f.State {
	case "":
	case store.DeliveryDead: // in words, so that the index of these can be used
		w.and("state = 'dead'")
	default:
		w.and("state = ?", string(f.State))
	}
	from, all := ` FROM deliveries INDEXED BY `+index+w.text.String(), delivery("list")
	rows, err := many(ctx, x.t, all, scanDelivery, `SELECT `+deliveryColumns+from+sortedBy(f.Oldest, "happened", "id")+` LIMIT ? OFFSET ?`,
		w.with(limit(f.Page), max(0, f.Offset))...)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, all, f.Page, len(rows), `SELECT count(*)`+from, w.args...)
	return rows, n, err
}

func (x deliveries) DeleteBefore(ctx context.Context, t acd.Time, most int) (int, error) {
	if err := x.t.usable(); err != nil {
		return 0, err
	}
	res, err := x.t.c.exec(ctx,
		`DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries INDEXED BY deliveries_ended WHERE ended > 0 AND ended < ? ORDER BY ended LIMIT ?)`,
		int64(t), limit(store.Page{Limit: most}))
	if err != nil {
		return 0, x.t.fail(delivery("list").explainDelete(err))
	}
	n, err := res.RowsAffected()
	return int(n), err
}

func (x deliveries) Told(ctx context.Context, org int64) (uint64, error) {
	seq, err := one(ctx, x.t, organisation(org), scanInt64, `SELECT told FROM journals WHERE org_id = ?`, org)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return uint64(seq), err
}

func (x deliveries) SetTold(ctx context.Context, org int64, seq uint64) error {
	return x.t.change(ctx, organisation(org), `UPDATE journals SET told = ? WHERE org_id = ?`, int64(seq), org)
}
