package storetest

import (
	"sync/atomic"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var restartTests = []test{
	{"keeps everything", restartKeeps},
	{"Close commits what was appended", closeFlushes},
	{"the journal goes on where it ended", journalGoesOn},
}

func restartKeeps(b *workbench) {
	w := b.world("1")
	status := fact(4, acd.FactStatus, "")
	status.Queue, status.Agent, status.Status, status.Reason = w.queue.ID, w.local.ID, acd.Paused, "lunch"
	b.append(w.org.ID, append(call(1, "a"), status)...)
	j := b.journalist(w.org.ID)
	j.seq = 4
	over, up := fromOutside("h"), fromOutside("i")
	j.starts(over)
	j.starts(up)
	j.tell(acd.Fact{Kind: acd.FactRated, Call: "h", Reason: "5"})
	j.ends(over, "normal")
	b.recorded(w, "r", "h", 100)
	b.delivering(w, b.subscribed(w, "k"), 2)
	b.sync()
	before := b.everything(w)
	for _, what := range []string{"calls", "open legs", "ratings", "recordings", "facts", "open calls", "subscriptions", "deliveries"} {
		if before[what] == nil {
			b.Errorf("no %s before the restart", what)
		}
	}
	bindings := read(b, func(tx store.Tx) ([]store.Binding, error) { return tx.Bindings.All(b.ctx) })
	trunks := read(b, func(tx store.Tx) ([]store.Trunk, error) { return tx.Trunks.All(b.ctx) })
	sound := read(b, func(tx store.Tx) (store.Sound, error) { return tx.Sounds.Get(b.ctx, w.org.ID, w.sound.ID) })
	b.reopen()
	b.equal("rows", b.everything(w), before)
	b.view(func(tx store.Tx) error {
		gotBindings, err := tx.Bindings.All(b.ctx)
		b.is("bindings", err, nil)
		b.equal("bindings", gotBindings, bindings)
		gotTrunks, err := tx.Trunks.All(b.ctx)
		b.is("trunks", err, nil)
		b.equal("trunks", gotTrunks, trunks)
		gotSound, err := tx.Sounds.Get(b.ctx, w.org.ID, w.sound.ID)
		b.equal("sound", gotSound, sound)
		return err
	})
}

func closeFlushes(b *workbench) {
	w := b.world("1")
	var settled atomic.Int64
	const n = 500
	for seq := range uint64(n) {
		b.s.Journal().Append(w.org.ID, []acd.Fact{joined(seq+1, "a")}, func(err error) {
			if err == nil {
				settled.Add(1)
			}
		})
	}
	b.is("Close", b.s.Close(), nil)
	b.equal("done calls when Close returns", settled.Load(), int64(n))
	b.reopen()
	b.equal("last", b.last(w.org.ID), [2]uint64{n, 0})
}

func journalGoesOn(b *workbench) {
	w := b.world("1")
	b.is("before", b.try(w.org.ID, call(1, "a")...), nil)
	b.reopen()
	b.is("repeated", b.try(w.org.ID, joined(1, "b")), store.ErrConflict)
	b.is("continued", b.try(w.org.ID, joined(4, "b")), nil)
	b.equal("open calls", b.open(w.org.ID), []acd.Fact{fact(2, acd.FactConnected, "a"), joined(4, "b")})
}
