package storetest

import (
	"fmt"
	"sync"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var loadTests = []test{
	{"many writers, readers and journals at once", manyAtOnce},
	{"updates are one after the other", updatesInTurn},
	{"views do not wait for an update", viewsDoNotWait},
	{"facts are visible as a whole", wholeAppends},
}

func manyAtOnce(b *workbench) {
	const orgs, rounds = 4, 60
	var worlds [orgs]*world
	for i := range worlds {
		worlds[i] = b.world(fmt.Sprint(i + 1))
	}
	var wg sync.WaitGroup
	for _, w := range worlds {
		wg.Go(func() {
			for i := range rounds {
				b.append(w.org.ID, call(uint64(3*i+1), acd.CallID(fmt.Sprint(i)))...)
			}
		})
		wg.Go(func() {
			for i := range rounds {
				err := b.s.Update(b.ctx, func(tx store.Tx) error {
					return tx.Bindings.Put(b.ctx, store.Binding{ExtensionID: w.desk.ID, Contact: fmt.Sprint(i)})
				})
				b.is("Update", err, nil)
			}
		})
		wg.Go(func() {
			for range rounds {
				err := b.s.View(b.ctx, func(tx store.Tx) error {
					seq, _, err := tx.Facts.Last(b.ctx, w.org.ID)
					b.is("Last", err, nil)
					facts, err := tx.Facts.After(b.ctx, w.org.ID, 0, 0)
					if uint64(len(facts)) != seq {
						b.Errorf("%d facts, but the journal ends at %d", len(facts), seq)
					}
					return err
				})
				b.is("View", err, nil)
			}
		})
	}
	wg.Wait()
	b.sync()
	for _, w := range worlds {
		b.equal("last", b.last(w.org.ID), [2]uint64{3 * rounds, 0})
		b.equal("open calls", len(b.open(w.org.ID)), rounds)
	}
	bindings := read(b, func(tx store.Tx) ([]store.Binding, error) { return tx.Bindings.All(b.ctx) })
	b.equal("bindings", len(bindings), orgs*(rounds+1))
}

// updatesInTurn: reading, then writing what was read loses no step.
func updatesInTurn(b *workbench) {
	w := b.world("1")
	const writers, rounds = 8, 20
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range rounds {
				err := b.s.Update(b.ctx, func(tx store.Tx) error {
					o, err := tx.Organisations.Get(b.ctx, w.org.ID)
					if err != nil {
						return err
					}
					o.Created++
					return tx.Organisations.Put(b.ctx, o)
				})
				b.is("Update", err, nil)
			}
		})
	}
	wg.Wait()
	o := read(b, func(tx store.Tx) (store.Organisation, error) { return tx.Organisations.Get(b.ctx, w.org.ID) })
	b.equal("counter", o.Created, w.org.Created+writers*rounds)
}

func viewsDoNotWait(b *workbench) {
	w := b.world("1")
	b.update(func(tx store.Tx) error {
		b.is("rename", b.rename(tx, w, "new"), nil)
		seen := make(chan string)
		go func() { seen <- b.nameNow(w) }()
		select {
		case name := <-seen:
			b.equal("name", name, w.org.Name)
		case <-b.ctx.Done():
			b.Error("a view waited for the update")
		}
		return nil
	})
}

// wholeAppends: no reader ever sees a part of one Append.
func wholeAppends(b *workbench) {
	w := b.world("1")
	const n = 200
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range uint64(n) {
			b.append(w.org.ID, call(3*i+1, "a")...)
		}
		b.sync()
	})
	for b.ctx.Err() == nil {
		seq := b.last(w.org.ID)[0]
		if seq%3 != 0 {
			b.Fatalf("journal seen at %d, within an Append", seq)
		}
		if seq == 3*n {
			break
		}
	}
	wg.Wait()
}
