package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type facts struct{ t *txn }

func journalOf(org int64) subject { return subject{noun: "journal of organisation", id: org} }

const factColumns = `f.seq, f.at, f.kind, f.queue_id, f.agent_id, f.call_id, f.offer, f.number, f.name, f.status, f.reason,
	f.source, f.state, f.until, f.outcome, f.cause, f.duration, f.leg`

// read lists the facts a query finds. Reports read millions: scanning the
// columns with database/sql would double what that costs.
func (x facts) read(ctx context.Context, org int64, query string, args ...driver.Value) (list []acd.Fact, err error) {
	if err := x.t.usable(); err != nil {
		return nil, err
	}
	err = x.t.c.raw(func(d *direct) error {
		return d.each(ctx, query, args, func(v []driver.Value) error {
			f, err := factOf(v)
			list = append(list, f)
			return err
		})
	})
	if err != nil {
		return nil, x.t.fail(journalOf(org).explain(err))
	}
	return list, nil
}

func factOf(v []driver.Value) (f acd.Fact, err error) {
	number := func(i int) int64 { n, _ := v[i].(int64); return n } // the table is STRICT: there is nothing else
	text := func(i int) string { s, _ := v[i].(string); return s }
	f = acd.Fact{
		Seq: uint64(number(0)), At: acd.Time(number(1)), Kind: acd.FactKind(number(2)),
		Queue: acd.QueueID(number(3)), Agent: acd.AgentID(number(4)), Call: acd.CallID(text(5)), Offer: acd.OfferID(number(6)),
		Number: text(7), Name: text(8), Status: acd.Status(number(9)), Reason: text(10), Source: acd.Source(number(11)),
		State: acd.State(number(12)), Until: acd.Time(number(13)), Outcome: acd.Outcome(number(14)), Cause: acd.OfferCause(number(15)),
		Duration: time.Duration(number(16)) * time.Microsecond,
	}
	f.Leg, err = legOf(v[17])
	return f, err
}

func (x facts) Last(ctx context.Context, org int64) (seq uint64, offer acd.OfferID, err error) {
	type end struct {
		seq   uint64
		offer acd.OfferID
	}
	e, err := one(ctx, x.t, journalOf(org), func(r row) (e end, err error) {
		err = r.Scan(&e.seq, &e.offer)
		return e, err
	}, `SELECT seq, offer FROM journals WHERE org_id = ?`, org)
	if errors.Is(err, store.ErrNotFound) {
		return 0, 0, nil
	}
	return e.seq, e.offer, err
}

func (x facts) After(ctx context.Context, org int64, seq uint64, most int) ([]acd.Fact, error) {
	return x.read(ctx, org,
		`SELECT `+factColumns+` FROM facts f WHERE f.org_id = ?1 AND f.seq > ?2
		AND EXISTS (SELECT 1 FROM journals WHERE org_id = ?1) ORDER BY f.seq LIMIT ?3`,
		org, int64(seq), int64(limit(store.Page{Limit: most})))
}

func (x facts) OpenCalls(ctx context.Context, org int64) ([]acd.Fact, error) {
	return x.read(ctx, org,
		`SELECT `+factColumns+` FROM open_calls o CROSS JOIN facts f ON f.org_id = o.org_id AND f.seq = o.seq
		WHERE o.org_id = ? ORDER BY f.seq`, org)
}
