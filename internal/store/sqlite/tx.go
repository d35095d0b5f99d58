package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"holdline/internal/store"
)

// txn is one transaction, shared by the tables of its store.Tx.
type txn struct {
	c        *conn
	over     bool
	err      error // after which it can only be given up
	orphaned bool  // rows were left behind for the sweeper
}

// usable tells why no statement may run any more. SQLite ends a transaction by
// itself when a statement is interrupted or the disk is full: what came then
// would be committed alone.
func (t *txn) usable() error {
	if t.over {
		return errTxOver
	}
	return t.err
}

// fail remembers the error that ends the transaction.
func (t *txn) fail(err error) error {
	t.err = err
	return err
}

func (t *txn) tables() store.Tx {
	return store.Tx{
		Organisations: organisations{t}, Users: users{t}, Applications: applications{t}, Tokens: tokens{t},
		Codes: authorizationCodes{t}, Sessions: sessions{t}, AuditLog: audits{t},
		Extensions: extensions{t}, Bindings: bindings{t}, Trunks: trunks{t}, DIDs: dids{t}, Sounds: sounds{t},
		Queues: queues{t}, Agents: agents{t}, Memberships: memberships{t}, Facts: facts{t},
		Calls: calls{t}, Recordings: recordings{t}, Subscriptions: subscriptions{t}, Deliveries: deliveries{t},
	}
}

// run gives the tables to fn. A failure that fn passes over is one all the same.
func (t *txn) run(fn func(store.Tx) error) error {
	if err := fn(t.tables()); err != nil {
		return err
	}
	return t.err
}

// create inserts a row and gives its id.
func (t *txn) create(ctx context.Context, s subject, query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	res, err := t.c.exec(ctx, query, args...)
	if err != nil {
		return 0, t.fail(s.explain(err))
	}
	return res.LastInsertId()
}

// change runs an INSERT or UPDATE that must touch a row.
func (t *txn) change(ctx context.Context, s subject, query string, args ...any) error {
	if err := t.usable(); err != nil {
		return err
	}
	res, err := t.c.exec(ctx, query, args...)
	if err != nil {
		return t.fail(s.explain(err))
	}
	return touched(res, s)
}

// remove runs a DELETE that must touch a row.
func (t *txn) remove(ctx context.Context, s subject, query string, args ...any) error {
	if err := t.usable(); err != nil {
		return err
	}
	res, err := t.c.exec(ctx, query, args...)
	if err != nil {
		return t.fail(s.explainDelete(err))
	}
	return touched(res, s)
}

// clear runs a DELETE that may find nothing.
func (t *txn) clear(ctx context.Context, s subject, query string, args ...any) error {
	err := t.remove(ctx, s, query, args...)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func touched(res sql.Result, s subject) error {
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return s.missing()
	}
	return err
}

// row is what a scan function reads from: *sql.Row or *sql.Rows.
type row interface{ Scan(...any) error }

// one reads the row a query finds.
func one[T any](ctx context.Context, t *txn, s subject, scan func(row) (T, error), query string, args ...any) (v T, err error) {
	if err := t.usable(); err != nil {
		return v, err
	}
	stmt, err := t.c.prepared(ctx, query)
	if err != nil {
		return v, t.fail(s.explain(err))
	}
	v, err = scan(stmt.QueryRowContext(ctx, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, s.missing()
	}
	if err != nil {
		return v, t.fail(s.explain(err))
	}
	return v, nil
}

// many reads all rows a query finds.
func many[T any](ctx context.Context, t *txn, s subject, scan func(row) (T, error), query string, args ...any) (list []T, err error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	rows, err := t.c.query(ctx, query, args...)
	if err != nil {
		return nil, t.fail(s.explain(err))
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, t.fail(s.explain(err))
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(s.explain(err))
	}
	return list, nil
}

// total gives how many rows a page was cut from, asking the database only
// when the page may not be all.
func total(ctx context.Context, t *txn, s subject, p store.Page, listed int, query string, args ...any) (int, error) {
	if p.Offset <= 0 && (p.Limit <= 0 || listed < p.Limit) {
		return listed, nil
	}
	return one(ctx, t, s, scanInt, query, args...)
}

func scanInt(r row) (n int, err error) {
	err = r.Scan(&n)
	return n, err
}

// limit is a page as SQL has it: -1 = no limit.
func limit(p store.Page) int {
	if p.Limit <= 0 {
		return -1
	}
	return p.Limit
}

// micros is a duration as it is stored: whole microseconds.
func micros(d time.Duration) int64 { return d.Microseconds() }

// duration scans a column of microseconds.
type duration struct{ d *time.Duration }

func (s duration) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return errors.New("sqlite: a duration is not an integer")
	}
	*s.d = time.Duration(n) * time.Microsecond
	return nil
}
