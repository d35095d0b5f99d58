package storetest

import (
	"errors"
	"slices"

	"holdline/internal/store"
)

// table is how one kind of row is created, read, replaced, deleted and listed,
// so that one set of tests serves all kinds.
type table[T any] struct {
	// fresh gives a row with every field set, not created yet; n keeps unique keys apart.
	fresh  func(b *workbench, w *world, n int) T
	create func(b *workbench, tx store.Tx, w *world, row *T) error
	get    func(b *workbench, tx store.Tx, w *world, row T) (T, error)
	put    func(b *workbench, tx store.Tx, w *world, row T) error // nil = there is none
	delete func(b *workbench, tx store.Tx, w *world, row T) error // nil = there is none
	list   func(b *workbench, tx store.Tx, w *world) ([]T, error) // nil = there is none
	id     func(row T) int64                                      // nil = not numbered by the table
	same   func(from T, to *T)                                    // gives to what put cannot change of from
	ghost  func(row *T)                                           // turns it into one that is not there
	listed func(row *T)                                           // takes away what list leaves out
}

// roundTrip: what was written is read back, in every field, set or zero.
func (k table[T]) roundTrip(b *workbench) {
	w := b.world("1")
	row := k.fresh(b, w, 1)
	b.update(func(tx store.Tx) error { return k.create(b, tx, w, &row) })
	got := read(b, func(tx store.Tx) (T, error) { return k.get(b, tx, w, row) })
	b.equal("created row", got, row)
	if k.put == nil {
		return
	}
	other := k.fresh(b, w, 2)
	k.same(row, &other)
	b.update(func(tx store.Tx) error { return k.put(b, tx, w, other) })
	got = read(b, func(tx store.Tx) (T, error) { return k.get(b, tx, w, row) })
	b.equal("replaced row", got, other)
}

// absent: rows that are not there give ErrNotFound and leave the transaction usable.
func (k table[T]) absent(b *workbench) {
	w := b.world("1")
	row := k.fresh(b, w, 1)
	b.update(func(tx store.Tx) error { return k.create(b, tx, w, &row) })
	ghost := row
	k.ghost(&ghost)
	b.update(func(tx store.Tx) error {
		_, err := k.get(b, tx, w, ghost)
		b.is("Get", err, store.ErrNotFound)
		if k.delete != nil {
			b.is("Delete", k.delete(b, tx, w, ghost), store.ErrNotFound)
		}
		if k.put != nil {
			b.is("Put", k.put(b, tx, w, ghost), store.ErrNotFound)
		}
		return nil
	})
	got := read(b, func(tx store.Tx) (T, error) { return k.get(b, tx, w, row) })
	b.equal("the row beside it", got, row)
}

// deleted: a deleted row is gone, the others stay, and its id is not given again.
func (k table[T]) deleted(b *workbench) {
	w := b.world("1")
	first, second, third := k.fresh(b, w, 1), k.fresh(b, w, 2), k.fresh(b, w, 3)
	b.update(func(tx store.Tx) error {
		if err := k.create(b, tx, w, &first); err != nil {
			return err
		}
		return k.create(b, tx, w, &second)
	})
	b.update(func(tx store.Tx) error { return k.delete(b, tx, w, second) })
	b.update(func(tx store.Tx) error {
		_, err := k.get(b, tx, w, second)
		b.is("Get of the deleted row", err, store.ErrNotFound)
		got, err := k.get(b, tx, w, first)
		b.equal("the other row", got, first)
		return err
	})
	if k.id == nil {
		return
	}
	b.reopen()
	b.update(func(tx store.Tx) error { return k.create(b, tx, w, &third) })
	if k.id(third) <= k.id(second) {
		b.Errorf("id %d given after %d had been used", k.id(third), k.id(second))
	}
}

// inOrder: lists are ordered by id and complete.
func (k table[T]) inOrder(b *workbench) {
	w := b.world("1")
	want := read(b, func(tx store.Tx) ([]T, error) { return k.list(b, tx, w) })
	b.update(func(tx store.Tx) error {
		for n := range 12 {
			row := k.fresh(b, w, 20-n)
			if err := k.create(b, tx, w, &row); err != nil {
				return err
			}
			if k.listed != nil {
				k.listed(&row)
			}
			want = append(want, row)
		}
		return nil
	})
	got := read(b, func(tx store.Tx) ([]T, error) { return k.list(b, tx, w) })
	if k.id != nil && !slices.IsSortedFunc(got, func(a, c T) int { return int(k.id(a) - k.id(c)) }) {
		b.Error("list is not ordered by id")
	}
	if k.id != nil {
		b.equal("list", got, want)
	} else if len(got) != len(want) {
		b.Errorf("list has %d rows, want %d", len(got), len(want))
	}
}

func (k table[T]) tests(name string) []test {
	list := []test{{name + " round trip", k.roundTrip}, {name + " absent", k.absent}}
	if k.delete != nil {
		list = append(list, test{name + " deleted", k.deleted})
	}
	if k.list != nil {
		list = append(list, test{name + " in order", k.inOrder})
	}
	return list
}

// is checks an error.
func (b *workbench) is(what string, got, want error) {
	b.Helper()
	if !errors.Is(got, want) {
		b.Errorf("%s: error %v, want %v", what, got, want)
	}
}

var tableTests = slices.Concat(
	organisationTable.tests("organisation"), userTable.tests("user"), applicationTable.tests("application"),
	tokenTable.tests("token"), extensionTable.tests("extension"), trunkTable.tests("trunk"), soundTable.tests("sound"),
	queueTable.tests("queue"), agentTable.tests("agent"), membershipTable.tests("membership"),
	singleTableTests,
)
