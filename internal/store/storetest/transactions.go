package storetest

import (
	"context"
	"errors"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var transactionTests = []test{
	{"an error rolls back", rollback},
	{"a panic rolls back and goes on", panicRollsBack},
	{"see their own changes", ownChanges},
	{"a failed one can only be given up", givenUp},
	{"a view changes nothing", readOnly},
	{"a view stays on its snapshot", snapshot},
	{"a view sees what was committed before", committedIsSeen},
	{"a cancelled one changes nothing", cancelled},
	{"end with their function", tableAfterEnd},
	{"nothing works after Close", afterClose},
}

func (b *workbench) name(tx store.Tx, w *world) string {
	b.Helper()
	o, err := tx.Organisations.Get(b.ctx, w.org.ID)
	b.is("organisation", err, nil)
	return o.Name
}

func (b *workbench) rename(tx store.Tx, w *world, name string) error {
	o := w.org
	o.Name = name
	return tx.Organisations.Put(b.ctx, o)
}

// nameNow reads the name in a view of its own.
func (b *workbench) nameNow(w *world) (name string) {
	b.Helper()
	b.view(func(tx store.Tx) error { name = b.name(tx, w); return nil })
	return name
}

func rollback(b *workbench) {
	w := b.world("1")
	mine := errors.New("changed my mind")
	err := b.s.Update(b.ctx, func(tx store.Tx) error {
		b.is("rename", b.rename(tx, w, "new"), nil)
		return mine
	})
	if err != mine { //nolint:errorlint // returned as it is
		b.Errorf("error %v, want the very same", err)
	}
	b.equal("name", b.nameNow(w), w.org.Name)
	if err := b.s.View(b.ctx, func(store.Tx) error { return mine }); err != mine { //nolint:errorlint // as above
		b.Errorf("error of a view %v, want the very same", err)
	}
}

func panicRollsBack(b *workbench) {
	w := b.world("1")
	func() {
		defer func() { b.equal("panic", recover(), "broken") }()
		_ = b.s.Update(b.ctx, func(tx store.Tx) error {
			b.is("rename", b.rename(tx, w, "new"), nil)
			panic("broken")
		})
	}()
	b.equal("name", b.nameNow(w), w.org.Name)
	b.update(func(tx store.Tx) error { return b.rename(tx, w, "newer") })
	b.equal("name", b.nameNow(w), "newer")
}

func ownChanges(b *workbench) {
	w := b.world("1")
	b.update(func(tx store.Tx) error {
		b.is("rename", b.rename(tx, w, "new"), nil)
		b.equal("name within", b.name(tx, w), "new")
		b.equal("name outside", b.nameNow(w), w.org.Name)
		return nil
	})
	b.equal("name", b.nameNow(w), "new")
}

// givenUp: PostgreSQL refuses every statement after a failed one, and no
// driver may commit the half that worked.
func givenUp(b *workbench) {
	w := b.world("1")
	b.refused(store.ErrExists, "swallowed error", func(tx store.Tx) error {
		b.is("rename", b.rename(tx, w, "new"), nil)
		b.is("taken", tx.Organisations.Create(b.ctx, &store.Organisation{Prefix: "1"}), store.ErrExists)
		_, err := tx.Organisations.Get(b.ctx, w.org.ID)
		b.is("reading on", err, store.ErrExists)
		_, err = tx.Organisations.List(b.ctx)
		b.is("listing on", err, store.ErrExists)
		b.is("writing on", b.rename(tx, w, "newer"), store.ErrExists)
		b.is("deleting on", tx.Organisations.Delete(b.ctx, w.org.ID), store.ErrExists)
		return nil
	})
	b.equal("name", b.nameNow(w), w.org.Name)
}

func readOnly(b *workbench) {
	w := b.world("1")
	for what, fn := range map[string]func(tx store.Tx) error{
		"create": func(tx store.Tx) error { return tx.Organisations.Create(b.ctx, &store.Organisation{Prefix: "9"}) },
		"put":    func(tx store.Tx) error { return b.rename(tx, w, "new") },
		"delete": func(tx store.Tx) error { return tx.Organisations.Delete(b.ctx, w.org.ID) },
	} {
		b.is(what, b.s.View(b.ctx, fn), store.ErrReadOnly)
	}
	b.equal("name", b.nameNow(w), w.org.Name)
}

func snapshot(b *workbench) {
	w := b.world("1")
	b.append(w.org.ID, joined(1, "a"))
	b.sync()
	b.view(func(tx store.Tx) error {
		before := b.name(tx, w)
		b.update(func(tx store.Tx) error { return b.rename(tx, w, "new") })
		b.append(w.org.ID, joined(2, "b"))
		b.sync()
		b.equal("name", b.name(tx, w), before)
		facts, err := tx.Facts.After(b.ctx, w.org.ID, 0, 0)
		b.equal("facts", facts, []acd.Fact{joined(1, "a")})
		return err
	})
	b.equal("name later", b.nameNow(w), "new")
}

func committedIsSeen(b *workbench) {
	w := b.world("1")
	for i := range 50 {
		want := named("name", i)
		b.update(func(tx store.Tx) error { return b.rename(tx, w, want) })
		b.equal("name", b.nameNow(w), want)
	}
}

func cancelled(b *workbench) {
	w := b.world("1")
	gone, cancel := context.WithCancel(b.ctx)
	cancel()
	ran := func(store.Tx) error { b.Error("ran although cancelled"); return nil }
	b.is("Update", b.s.Update(gone, ran), context.Canceled)
	b.is("View", b.s.View(gone, ran), context.Canceled)

	during, cancel := context.WithCancel(b.ctx)
	err := b.s.Update(during, func(tx store.Tx) error {
		b.is("rename", b.rename(tx, w, "new"), nil)
		cancel()
		_, err := tx.Organisations.Get(during, w.org.ID)
		return err
	})
	b.is("cancelled within", err, context.Canceled)
	b.equal("name", b.nameNow(w), w.org.Name)
}

func tableAfterEnd(b *workbench) {
	w := b.world("1")
	var leaked store.Tx
	b.update(func(tx store.Tx) error { leaked = tx; return nil })
	if _, err := leaked.Organisations.Get(b.ctx, w.org.ID); err == nil {
		b.Error("an ended transaction was read from")
	}
	if err := b.rename(leaked, w, "new"); err == nil {
		b.Error("an ended transaction was written to")
	}
	b.equal("name", b.nameNow(w), w.org.Name)
}

func afterClose(b *workbench) {
	w := b.world("1")
	b.is("Close", b.s.Close(), nil)
	b.is("Close again", b.s.Close(), nil)
	b.is("Update", b.s.Update(b.ctx, func(store.Tx) error { return nil }), store.ErrClosed)
	b.is("View", b.s.View(b.ctx, func(store.Tx) error { return nil }), store.ErrClosed)
	b.is("Sync", b.s.Journal().Sync(b.ctx), store.ErrClosed)
	done := make(chan error, 1)
	b.s.Journal().Append(w.org.ID, []acd.Fact{joined(1, "a")}, func(err error) { done <- err })
	b.is("Append", b.receive(done), store.ErrClosed)
}
