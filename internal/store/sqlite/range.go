package sqlite

import (
	"context"
	"errors"
	"sort"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// rangeStep is how many facts are read at once: enough that asking costs
// little, few enough that they fit into memory many times over.
const rangeStep = 1000

// Range implements store.Facts.
func (x facts) Range(ctx context.Context, org int64, from, to acd.Time, fn func(acd.Fact) error) error {
	last, _, err := x.Last(ctx, org)
	if err != nil {
		return err
	}
	first, err := x.firstAt(ctx, org, 1, last+1, from)
	if err != nil {
		return err
	}
	end := last + 1
	if to > 0 {
		if end, err = x.firstAt(ctx, org, first, last+1, to); err != nil {
			return err
		}
	}
	for first < end {
		rows, err := x.read(ctx, org,
			`SELECT `+factColumns+` FROM facts f WHERE f.org_id = ? AND f.seq >= ? AND f.seq < ? ORDER BY f.seq`,
			org, int64(first), int64(min(end, first+rangeStep)))
		if err != nil {
			return err
		}
		for _, f := range rows {
			if err := fn(f); err != nil {
				return err
			}
		}
		first += rangeStep
	}
	return nil
}

// firstAt finds the first of the facts low … high-1 that is not before t by
// halving; high when there is none. The numbers of a journal have no gaps.
func (x facts) firstAt(ctx context.Context, org int64, low, high uint64, t acd.Time) (uint64, error) {
	if t <= 0 || high <= low {
		return low, nil
	}
	var failed error
	n := sort.Search(int(high-low), func(i int) bool {
		if failed != nil {
			return true
		}
		at, err := one(ctx, x.t, journalOf(org), scanInt,
			`SELECT at FROM facts WHERE org_id = ? AND seq = ?`, org, int64(low)+int64(i))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			failed = err
		}
		return acd.Time(at) >= t
	})
	return low + uint64(n), failed
}
