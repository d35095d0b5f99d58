package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var rangeTests = []test{
	{"every range of a small journal", everyRange},
	{"ranges of a long journal", longRanges},
	{"an error ends a range", rangeEnds},
	{"ranges of others", rangeStranger},
}

func (b *workbench) inRange(org int64, from, to acd.Time) (facts []acd.Fact) {
	b.Helper()
	b.view(func(tx store.Tx) error {
		return tx.Facts.Range(b.ctx, org, from, to, func(f acd.Fact) error {
			facts = append(facts, f)
			return nil
		})
	})
	return facts
}

func within(facts []acd.Fact, from, to acd.Time) (some []acd.Fact) {
	for _, f := range facts {
		if f.At >= from && (to == 0 || f.At < to) {
			some = append(some, f)
		}
	}
	return some
}

// everyRange has several facts of the same moment, at both ends too.
func everyRange(b *workbench) {
	w := b.world("1")
	b.equal("empty journal", b.inRange(w.org.ID, 0, 0), []acd.Fact(nil))
	var all []acd.Fact
	for i, at := range []acd.Time{10, 10, 11, 13, 13, 13, 20, 20} {
		f := joined(uint64(i+1), "a")
		f.At, f.Leg = at, &acd.Leg{ID: fmt.Sprint(i)}
		all = append(all, f)
	}
	b.append(w.org.ID, all...)
	b.sync()
	for from := acd.Time(8); from <= 22; from++ {
		for to := from - 2; to <= 23; to++ {
			b.equal(fmt.Sprintf("%d to %d", from, to), b.inRange(w.org.ID, from, to), within(all, from, to))
		}
		b.equal(fmt.Sprintf("from %d", from), b.inRange(w.org.ID, from, 0), within(all, from, 0))
	}
	b.equal("all", b.inRange(w.org.ID, 0, 0), all)
}

func longRanges(b *workbench) {
	w := b.world("1")
	random := rand.New(rand.NewPCG(3, 4))
	all, at := make([]acd.Fact, 7000), acd.Time(1000)
	for i := range all {
		all[i] = fact(uint64(i+1), acd.FactRinging, "a")
		at += acd.Time(random.IntN(3))
		all[i].At = at
	}
	b.append(w.org.ID, all...)
	b.sync()
	for range 20 {
		from := 1000 + acd.Time(random.Int64N(int64(at-1000)))
		to := from + acd.Time(random.Int64N(int64(at)))
		got, want := b.inRange(w.org.ID, from, to), within(all, from, to)
		if len(got) != len(want) {
			b.Fatalf("%d to %d: %d facts, want %d", from, to, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				b.Fatalf("%d to %d: fact %+v, want %+v", from, to, got[i], want[i])
			}
		}
	}
}

func rangeEnds(b *workbench) {
	w := b.world("1")
	b.append(w.org.ID, joined(1, "a"), joined(2, "b"), joined(3, "c"))
	b.sync()
	enough := errors.New("enough")
	seen := 0
	err := b.s.View(b.ctx, func(tx store.Tx) error {
		err := tx.Facts.Range(b.ctx, w.org.ID, 0, 0, func(f acd.Fact) error {
			if seen++; seen == 2 {
				return enough
			}
			_, _, err := tx.Facts.Last(b.ctx, w.org.ID) // reading on is allowed
			return err
		})
		if err != enough { //nolint:errorlint // returned as it is
			b.Errorf("error %v, want the very same", err)
		}
		_, _, err = tx.Facts.Last(b.ctx, w.org.ID)
		return err // the transaction is still good
	})
	b.is("View", err, nil)
	b.equal("facts seen", seen, 2)
}

func rangeStranger(b *workbench) {
	w, v := b.world("1"), b.world("2")
	b.append(w.org.ID, joined(1, "a"), joined(2, "a"))
	b.append(v.org.ID, joined(1, "b"))
	b.sync()
	b.equal("own", b.inRange(v.org.ID, 0, 0), []acd.Fact{joined(1, "b")})
	b.equal("nobody's", b.inRange(nowhere, 0, 0), []acd.Fact(nil))
	b.update(func(tx store.Tx) error { return tx.Organisations.Delete(b.ctx, w.org.ID) })
	b.equal("of a deleted one", b.inRange(w.org.ID, 0, 0), []acd.Fact(nil))
}
