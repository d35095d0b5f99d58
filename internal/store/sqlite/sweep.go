package sqlite

import (
	"context"
	"log/slog"
	"sync"
)

// sweepStep is how many rows one commit of the sweeper removes at most; it
// holds the writing connection for a few milliseconds.
const sweepStep = 1000

// swept are the tables the sweeper empties, by their keys within an
// organisation. Facts come last: they tell that there is something left.
var swept = []struct{ table, key string }{
	{"call_extensions", "extension_id, started, call_seq"}, {"legs", "call_seq, leg_id"}, {"calls", "seq"}, {"ratings", "seq"},
	{"facts", "seq"},
}

// sweeper removes journal and history of deleted organisations, and deliveries
// of deleted subscriptions, in steps: at the start and whenever something was
// deleted that has such rows. It continues after a restart.
type sweeper struct {
	s    *Store
	log  *slog.Logger
	bell chan struct{}
	end  context.CancelFunc
	wg   sync.WaitGroup
}

func newSweeper(s *Store, log *slog.Logger) *sweeper {
	ctx, cancel := context.WithCancel(context.Background())
	w := &sweeper{s: s, log: log, bell: make(chan struct{}, 1), end: cancel}
	w.wake()
	w.wg.Go(func() { w.run(ctx) })
	return w
}

func (w *sweeper) wake() {
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

func (w *sweeper) stop() {
	w.end()
	w.wg.Wait()
}

func (w *sweeper) run(ctx context.Context) {
	for {
		select {
		case <-w.bell:
		case <-ctx.Done():
			return
		}
		if err := w.sweep(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("what deleted organisations and subscriptions left could not be removed; the next start tries again", "error", err)
		}
	}
}

func (w *sweeper) sweep(ctx context.Context) error {
	orgs, err := w.orphans(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		for _, t := range swept {
			if err := w.empty(ctx, org, t.table, t.key); err != nil {
				return err
			}
		}
	}
	return w.sweepDeliveries(ctx)
}

// sweepDeliveries removes deliveries whose subscription is gone, with their attempts.
func (w *sweeper) sweepDeliveries(ctx context.Context) error {
	gone, err := w.ids(ctx,
		`WITH RECURSIVE of(id) AS (
			SELECT min(subscription_id) FROM deliveries
			UNION ALL
			SELECT (SELECT min(subscription_id) FROM deliveries WHERE subscription_id > of.id) FROM of WHERE of.id IS NOT NULL)
		SELECT id FROM of WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM subscriptions)`)
	if err != nil {
		return err
	}
	for _, id := range gone {
		err := w.steps(ctx, `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries INDEXED BY deliveries_of
			WHERE subscription_id = ? LIMIT ?)`, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// empty removes an organisation's rows from a table, letting others write in between.
func (w *sweeper) empty(ctx context.Context, org int64, table, key string) error {
	return w.steps(ctx, `DELETE FROM `+table+` WHERE org_id = ?1 AND (`+key+`) IN (SELECT `+key+
		` FROM `+table+` WHERE org_id = ?1 LIMIT ?2)`, org)
}

// steps repeats a DELETE of what belongs to id, sweepStep rows at most, until nothing is left.
func (w *sweeper) steps(ctx context.Context, query string, id int64) error {
	for left := true; left; {
		err := w.s.exclusively(ctx, func() error {
			res, err := w.s.writer.exec(context.Background(), query, id, sweepStep)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			left = n > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// orphans lists organisations that have facts but no journal, jumping from
// one to the next by the primary key instead of reading every fact.
func (w *sweeper) orphans(ctx context.Context) ([]int64, error) {
	return w.ids(ctx,
		`WITH RECURSIVE org(id) AS (
			SELECT min(org_id) FROM facts
			UNION ALL
			SELECT (SELECT min(org_id) FROM facts WHERE org_id > org.id) FROM org WHERE org.id IS NOT NULL)
		SELECT id FROM org WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journals WHERE org_id = id)`)
}

func (w *sweeper) ids(ctx context.Context, query string) ([]int64, error) {
	rows, err := w.s.readDB.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
