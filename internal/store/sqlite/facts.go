package sqlite

import (
	"context"
	"errors"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type facts struct{ t *txn }

func journalOf(org int64) subject { return subject{noun: "journal of organisation", id: org} }

const factColumns = `f.seq, f.at, f.kind, f.queue_id, f.agent_id, f.call_id, f.offer, f.number, f.name, f.status, f.reason,
	f.source, f.state, f.until, f.outcome, f.cause, f.duration, f.leg`

func scanFact(r row) (f acd.Fact, err error) {
	err = r.Scan(&f.Seq, &f.At, &f.Kind, &f.Queue, &f.Agent, &f.Call, &f.Offer, &f.Number, &f.Name, &f.Status, &f.Reason,
		&f.Source, &f.State, &f.Until, &f.Outcome, &f.Cause, duration{&f.Duration}, legColumn{&f.Leg})
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
	return many(ctx, x.t, journalOf(org), scanFact,
		`SELECT `+factColumns+` FROM facts f WHERE f.org_id = ?1 AND f.seq > ?2
		AND EXISTS (SELECT 1 FROM journals WHERE org_id = ?1) ORDER BY f.seq LIMIT ?3`,
		org, int64(seq), limit(store.Page{Limit: most}))
}

func (x facts) OpenCalls(ctx context.Context, org int64) ([]acd.Fact, error) {
	return many(ctx, x.t, journalOf(org), scanFact,
		`SELECT `+factColumns+` FROM open_calls o CROSS JOIN facts f ON f.org_id = o.org_id AND f.seq = o.seq
		WHERE o.org_id = ? ORDER BY f.seq`, org)
}
