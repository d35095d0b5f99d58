package sqlite

import (
	"context"

	"holdline/internal/store"
)

type subscriptions struct{ t *txn }

func subscription(id any) subject { return subject{noun: "subscription", id: id} }

func subscriptionKeys(v store.Subscription) subject {
	return subject{"subscription", v.ID, []key{{"key", v.Key}}}
}

const subscriptionColumns = `id, org_id, key, dialect, coalesce(agent_id, 0), coalesce(extension_id, 0), event, method, url, note,
	enabled, secret, old_secret, old_secret_until, created, modified, since`

func scanSubscription(r row) (v store.Subscription, err error) {
	err = r.Scan(&v.ID, &v.OrgID, &v.Key, &v.Dialect, &v.Agent, &v.Extension, &v.Event, &v.Method, &v.URL, &v.Note,
		&v.Enabled, &v.Secret, &v.OldSecret, &v.OldSecretUntil, &v.Created, &v.Modified, &v.Since)
	return v, err
}

// begin keeps what store.Subscriptions promises of the first subscription that
// is enabled: nothing from before is told to it.
func (x subscriptions) begin(ctx context.Context, v store.Subscription) error {
	if !v.Enabled {
		return nil
	}
	return x.t.clear(ctx, organisation(v.OrgID), `UPDATE journals SET told = seq
		WHERE org_id = ?1 AND told < seq AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE org_id = ?1 AND enabled = 1)`, v.OrgID)
}

func (x subscriptions) Create(ctx context.Context, v *store.Subscription) error {
	if err := x.begin(ctx, *v); err != nil {
		return err
	}
	id, err := x.t.create(ctx, subscriptionKeys(*v),
		`INSERT INTO subscriptions (org_id, key, dialect, agent_id, extension_id, event, method, url, note, enabled, secret, old_secret, old_secret_until, created, modified, since)
		VALUES (?, ?, ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.OrgID, v.Key, string(v.Dialect), int64(v.Agent), v.Extension, string(v.Event), v.Method, v.URL, v.Note,
		v.Enabled, v.Secret, v.OldSecret, int64(v.OldSecretUntil), int64(v.Created), int64(v.Modified), int64(v.Since))
	if err != nil {
		return err
	}
	v.ID = id
	return nil
}

func (x subscriptions) Get(ctx context.Context, org, id int64) (store.Subscription, error) {
	return one(ctx, x.t, subscription(id), scanSubscription,
		`SELECT `+subscriptionColumns+` FROM subscriptions WHERE org_id = ? AND id = ?`, org, id)
}

func (x subscriptions) ByKey(ctx context.Context, org int64, key string) (store.Subscription, error) {
	return one(ctx, x.t, subscription(key), scanSubscription,
		`SELECT `+subscriptionColumns+` FROM subscriptions WHERE org_id = ? AND key = ?`, org, key)
}

func (x subscriptions) Put(ctx context.Context, v store.Subscription) error {
	if err := x.begin(ctx, v); err != nil {
		return err
	}
	return x.t.change(ctx, subscriptionKeys(v),
		`UPDATE subscriptions SET key = ?, dialect = ?, agent_id = nullif(?, 0), extension_id = nullif(?, 0), event = ?, method = ?,
		url = ?, note = ?, enabled = ?, secret = ?, old_secret = ?, old_secret_until = ?, created = ?, modified = ?, since = ? WHERE org_id = ? AND id = ?`,
		v.Key, string(v.Dialect), int64(v.Agent), v.Extension, string(v.Event), v.Method, v.URL, v.Note,
		v.Enabled, v.Secret, v.OldSecret, int64(v.OldSecretUntil), int64(v.Created), int64(v.Modified), int64(v.Since), v.OrgID, v.ID)
}

func (x subscriptions) Delete(ctx context.Context, org, id int64) error {
	x.t.orphaned = true
	return x.t.remove(ctx, subscription(id), `DELETE FROM subscriptions WHERE org_id = ? AND id = ?`, org, id)
}

func (x subscriptions) List(ctx context.Context, org int64, f store.SubscriptionFilter) ([]store.Subscription, int, error) {
	w := new(where).of("org_id", org)
	w.when(f.Agent != 0, "agent_id = ?", int64(f.Agent)).when(f.Extension != 0, "extension_id = ?", f.Extension)
	w.when(f.Event != "", "event = ?", string(f.Event)).when(f.Enabled, "enabled = 1")
	from, all := ` FROM subscriptions`+w.text.String(), subscription("list")
	rows, err := many(ctx, x.t, all, scanSubscription, `SELECT `+subscriptionColumns+from+` ORDER BY id LIMIT ? OFFSET ?`,
		w.with(limit(f.Page), max(0, f.Offset))...)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, all, f.Page, len(rows), `SELECT count(*)`+from, w.args...)
	return rows, n, err
}
