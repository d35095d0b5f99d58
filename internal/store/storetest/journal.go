package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var journalTests = []test{
	{"facts keep every field", factFields},
	{"facts are copied", factsCopied},
	{"facts are read in parts", factParts},
	{"last number and offer", lastNumbers},
	{"done comes in order, after the commit", doneInOrder},
	{"done without facts", doneWithoutFacts},
	{"a gap is refused, and what follows it", gapsRefused},
	{"an unknown organisation is refused alone", unknownOrganisation},
	{"a deleted organisation is refused", deletedOrganisation},
	{"a status reaches its membership", statusReaches},
	{"open calls", openCalls},
	{"open calls of random journals", openCallsRandom},
	{"a large append", largeAppend},
	{"watchers see who has new facts", journalWatched},
}

// append queues facts and reports a refusal as a failure.
func (b *workbench) append(org int64, facts ...acd.Fact) {
	b.s.Journal().Append(org, facts, func(err error) {
		if err != nil {
			b.Errorf("facts from %d on: %v", facts[0].Seq, err)
		}
	})
}

// try appends and gives what done is told.
func (b *workbench) try(org int64, facts ...acd.Fact) error {
	b.Helper()
	done := make(chan error, 1)
	b.s.Journal().Append(org, facts, func(err error) { done <- err })
	return b.receive(done)
}

func (b *workbench) receive(done <-chan error) error {
	b.Helper()
	select {
	case err := <-done:
		return err
	case <-b.ctx.Done():
		b.Fatal("done was not called")
		return nil
	}
}

func (b *workbench) sync() {
	b.Helper()
	if err := b.s.Journal().Sync(b.ctx); err != nil {
		b.Fatalf("Sync: %v", err)
	}
}

func (b *workbench) facts(org int64, after uint64, limit int) []acd.Fact {
	b.Helper()
	return read(b, func(tx store.Tx) ([]acd.Fact, error) { return tx.Facts.After(b.ctx, org, after, limit) })
}

func (b *workbench) open(org int64) []acd.Fact {
	b.Helper()
	return read(b, func(tx store.Tx) ([]acd.Fact, error) { return tx.Facts.OpenCalls(b.ctx, org) })
}

func (b *workbench) last(org int64) [2]uint64 {
	b.Helper()
	return read(b, func(tx store.Tx) ([2]uint64, error) {
		seq, offer, err := tx.Facts.Last(b.ctx, org)
		return [2]uint64{seq, uint64(offer)}, err
	})
}

func fact(seq uint64, kind acd.FactKind, call acd.CallID) acd.Fact {
	return acd.Fact{Seq: seq, At: acd.Time(1000 + seq), Kind: kind, Call: call}
}

func joined(seq uint64, call acd.CallID) acd.Fact { return fact(seq, acd.FactCallerJoined, call) }

// call is the journal of a caller who is still talking.
func call(seq uint64, id acd.CallID) []acd.Fact {
	return []acd.Fact{joined(seq, id), fact(seq+1, acd.FactConnected, id), fact(seq+2, acd.FactCallerLeft, id)}
}

func factFields(b *workbench) {
	w := b.world("1")
	var full acd.Fact
	fill(&full, 1)
	full.Seq = 1
	empty := acd.Fact{Seq: 2}
	b.append(w.org.ID, full, empty)
	b.sync()
	b.equal("facts", b.facts(w.org.ID, 0, 0), []acd.Fact{full, empty})
}

func factsCopied(b *workbench) {
	w := b.world("1")
	facts := []acd.Fact{joined(1, "a")}
	b.append(w.org.ID, facts...)
	facts[0].Call = "overwritten"
	b.sync()
	b.equal("facts", b.facts(w.org.ID, 0, 0), []acd.Fact{joined(1, "a")})
}

func factParts(b *workbench) {
	w := b.world("1")
	var all []acd.Fact
	for seq := range uint64(100) {
		all = append(all, joined(seq+1, "a"))
	}
	b.append(w.org.ID, all...)
	b.sync()
	b.equal("all", b.facts(w.org.ID, 0, 0), all)
	b.equal("a part", b.facts(w.org.ID, 10, 5), all[10:15])
	b.equal("the end", b.facts(w.org.ID, 98, 5), all[98:])
	b.equal("behind the end", b.facts(w.org.ID, 100, 5), []acd.Fact(nil))
}

func lastNumbers(b *workbench) {
	w, v := b.world("1"), b.world("2")
	b.equal("empty journal", b.last(w.org.ID), [2]uint64{0, 0})
	b.equal("no organisation", b.last(nowhere), [2]uint64{0, 0})
	offered := fact(2, acd.FactOffered, "a")
	offered.Offer = 77
	earlier := fact(3, acd.FactOfferEnded, "a")
	earlier.Offer = 76
	b.append(w.org.ID, joined(1, "a"), offered, earlier)
	b.sync()
	b.equal("highest offer, not the latest", b.last(w.org.ID), [2]uint64{3, 77})
	b.append(w.org.ID, fact(4, acd.FactStatus, ""))
	b.sync()
	b.equal("facts without an offer", b.last(w.org.ID), [2]uint64{4, 77})
	b.equal("the other organisation", b.last(v.org.ID), [2]uint64{0, 0})
}

// doneInOrder: done is called once each, in the order of the Appends of all
// organisations, and a View from then on sees the facts.
func doneInOrder(b *workbench) {
	w, v := b.world("1"), b.world("2")
	const n = 300
	order := make(chan int, 2*n)
	finished := make(chan struct{})
	for i := range n {
		for k, org := range []int64{w.org.ID, v.org.ID} {
			seq := uint64(i + 1)
			b.s.Journal().Append(org, []acd.Fact{joined(seq, "a")}, func(err error) {
				if got := b.last(org)[0]; err != nil || got < seq {
					b.Errorf("done(%v) of fact %d when the journal ends at %d", err, seq, got)
				}
				order <- 2*i + k
				if 2*i+k == 2*n-1 {
					close(finished)
				}
			})
		}
	}
	select {
	case <-finished:
	case <-b.ctx.Done():
		b.Fatal("done was not called for all")
	}
	for want := range 2 * n {
		if got := <-order; got != want {
			b.Fatalf("done %d came as number %d", got, want)
		}
	}
	b.sync() // the last done may still run
	b.equal("backlog", b.s.Journal().Backlog(), 0)
}

func doneWithoutFacts(b *workbench) {
	w := b.world("1")
	b.s.Journal().Append(w.org.ID, []acd.Fact{joined(1, "a")}, nil)
	b.is("done", b.try(w.org.ID), nil)
	b.equal("facts before it", b.last(w.org.ID), [2]uint64{1, 0})
	b.is("done for no organisation", b.try(nowhere), nil)
}

func gapsRefused(b *workbench) {
	w := b.world("1")
	org := w.org.ID
	b.is("first", b.try(org, joined(1, "a")), nil)
	b.is("gap", b.try(org, joined(3, "a")), store.ErrConflict)
	b.is("repeated", b.try(org, joined(1, "a")), store.ErrConflict)
	b.is("gap within", b.try(org, joined(2, "a"), joined(4, "a")), store.ErrConflict)
	b.is("backwards", b.try(org, joined(2, "a"), joined(1, "a")), store.ErrConflict)
	b.is("number 0", b.try(org, joined(0, "a")), store.ErrConflict)

	// Appended together, most likely committed together: what follows a gap is refused as well.
	results := make(chan error, 4)
	for _, seq := range []uint64{2, 4, 5, 3} {
		b.s.Journal().Append(org, []acd.Fact{joined(seq, "a")}, func(err error) { results <- err })
	}
	b.is("continues", b.receive(results), nil)
	b.is("gap", b.receive(results), store.ErrConflict)
	b.is("after the gap", b.receive(results), store.ErrConflict)
	b.is("closes the gap", b.receive(results), nil)
	b.equal("facts", len(b.facts(org, 0, 0)), 3)
	b.equal("last", b.last(org), [2]uint64{3, 0})
}

// unknownOrganisation: the facts beside those that are refused do not suffer.
func unknownOrganisation(b *workbench) {
	w := b.world("1")
	results := make(chan error, 3)
	for i, org := range []int64{w.org.ID, nowhere, w.org.ID} {
		b.s.Journal().Append(org, []acd.Fact{joined(uint64(i/2+1), "a")}, func(err error) { results <- err })
	}
	b.is("before", b.receive(results), nil)
	b.is("unknown", b.receive(results), store.ErrNotFound)
	b.is("behind", b.receive(results), nil)
	b.equal("facts", len(b.facts(w.org.ID, 0, 0)), 2)
}

func deletedOrganisation(b *workbench) {
	w := b.world("1")
	b.is("before", b.try(w.org.ID, call(1, "a")...), nil)
	b.update(func(tx store.Tx) error {
		b.is("Delete", tx.Organisations.Delete(b.ctx, w.org.ID), nil)
		gone, err := tx.Facts.After(b.ctx, w.org.ID, 0, 0)
		b.equal("facts at once", gone, []acd.Fact(nil))
		return err
	})
	b.is("after", b.try(w.org.ID, joined(4, "b")), store.ErrNotFound)
	b.is("from the start", b.try(w.org.ID, joined(1, "b")), store.ErrNotFound)
	b.equal("facts", b.facts(w.org.ID, 0, 0), []acd.Fact(nil))
	b.equal("open calls", b.open(w.org.ID), []acd.Fact(nil))
}

func statusReaches(b *workbench) {
	w, v := b.world("1"), b.world("2")
	set := func(seq uint64, queue acd.QueueID, agent acd.AgentID, s acd.Status, reason string) acd.Fact {
		f := fact(seq, acd.FactStatus, "")
		f.Queue, f.Agent, f.Status, f.Reason = queue, agent, s, reason
		return f
	}
	status := func(w *world) acd.Membership {
		return read(b, func(tx store.Tx) (acd.Membership, error) {
			return tx.Memberships.Get(b.ctx, w.org.ID, w.queue.ID, w.local.ID)
		})
	}
	b.append(w.org.ID, set(1, w.queue.ID, w.local.ID, acd.Paused, "lunch"))
	b.sync()
	want := w.member
	want.Status, want.Reason, want.Since = acd.Paused, "lunch", 1001
	b.equal("paused", status(w), want)

	b.append(w.org.ID, set(2, w.queue.ID, w.local.ID, acd.Online, ""), set(3, w.queue.ID, w.local.ID, acd.LoggedOut, ""))
	b.sync()
	want.Status, want.Reason, want.Since = acd.LoggedOut, "", 1003
	b.equal("the last one counts", status(w), want)

	b.append(w.org.ID, set(4, v.queue.ID, v.local.ID, acd.Paused, "stranger"), set(5, w.queue.ID, w.remote.ID, acd.Paused, "no member"))
	b.sync()
	b.equal("another organisation's agent", status(v), v.member)
	b.equal("the journal goes on", b.last(w.org.ID), [2]uint64{5, 0})
	b.update(func(tx store.Tx) error { return tx.Memberships.PutOrder(b.ctx, w.org.ID, w.queue.ID, w.local.ID, 7, 8) })
	want.Level, want.Position = 7, 8
	b.equal("moved, status kept", status(w), want)
}

func openCalls(b *workbench) {
	w, v := b.world("1"), b.world("2")
	org := w.org.ID
	waiting, talk := joined(1, "a"), fact(5, acd.FactConnected, "b")
	step := func(what string, want []acd.Fact, facts ...acd.Fact) {
		b.Helper()
		b.append(org, facts...)
		b.sync()
		b.equal(what, b.open(org), want)
	}
	step("waiting", []acd.Fact{waiting}, waiting)
	step("two waiting", []acd.Fact{waiting, joined(2, "b")}, joined(2, "b"))
	step("came and went in one", []acd.Fact{waiting, joined(2, "b")}, joined(3, "c"), fact(4, acd.FactCallerLeft, "c"))
	step("talking", []acd.Fact{waiting, talk}, talk, fact(6, acd.FactCallerLeft, "b"))
	step("joined again", []acd.Fact{talk, joined(8, "a")}, fact(7, acd.FactCallerLeft, "a"), joined(8, "a"))
	step("talk ended", []acd.Fact{joined(8, "a")}, fact(9, acd.FactTalkEnded, "b"))
	step("end without a beginning", []acd.Fact{joined(8, "a")}, fact(10, acd.FactTalkEnded, "x"), fact(11, acd.FactCallerLeft, "x"))
	b.equal("the other organisation", b.open(v.org.ID), []acd.Fact(nil))
	b.append(v.org.ID, joined(1, "a"), fact(2, acd.FactCallerLeft, "a"))
	b.sync()
	b.equal("same call id elsewhere", b.open(org), []acd.Fact{joined(8, "a")})
}

// openCallsRandom compares with a reading of the whole journal.
func openCallsRandom(b *workbench) {
	w := b.world("1")
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []acd.FactKind{acd.FactCallerJoined, acd.FactCallerLeft, acd.FactConnected, acd.FactTalkEnded, acd.FactRinging}
	begun := map[string]bool{} // "call/kind of the beginning": a call begins again only after its end
	seq := uint64(0)
	for range 60 {
		var facts []acd.Fact
		for len(facts) < 1+random.IntN(12) {
			kind, call := kinds[random.IntN(len(kinds))], fmt.Sprint("call", random.IntN(4))
			start := kind == acd.FactCallerJoined || kind == acd.FactConnected
			if start && begun[call+kind.String()] {
				continue
			}
			switch kind {
			case acd.FactCallerJoined, acd.FactConnected:
				begun[call+kind.String()] = true
			case acd.FactCallerLeft:
				begun[call+acd.FactCallerJoined.String()] = false
			case acd.FactTalkEnded:
				begun[call+acd.FactConnected.String()] = false
			}
			seq++
			facts = append(facts, fact(seq, kind, acd.CallID(call)))
		}
		b.append(w.org.ID, facts...)
		if random.IntN(3) == 0 { // else the next ones are committed with them
			b.sync()
			b.equal("open calls", b.open(w.org.ID), stillOpen(b.facts(w.org.ID, 0, 0)))
		}
	}
	b.sync()
	b.equal("open calls", b.open(w.org.ID), stillOpen(b.facts(w.org.ID, 0, 0)))
}

// stillOpen finds the open calls the slow way.
func stillOpen(journal []acd.Fact) (open []acd.Fact) {
	ends := map[acd.FactKind]acd.FactKind{acd.FactCallerJoined: acd.FactCallerLeft, acd.FactConnected: acd.FactTalkEnded}
	for i, f := range journal {
		end, begins := ends[f.Kind]
		for _, later := range journal[i+1:] {
			if begins && later.Kind == end && later.Call == f.Call {
				begins = false
			}
		}
		if begins {
			open = append(open, f)
		}
	}
	return open
}

// largeAppend is more than a driver may want to commit at once.
func largeAppend(b *workbench) {
	w := b.world("1")
	all := make([]acd.Fact, 20_000)
	for i := range all {
		all[i] = joined(uint64(i+1), acd.CallID(strings.Repeat("x", i%50)))
		all[i].Kind = acd.FactRinging
	}
	b.append(w.org.ID, all[:9000]...)
	b.append(w.org.ID, all[9000:9001]...)
	b.append(w.org.ID, all[9001:]...)
	b.sync()
	b.equal("facts", b.facts(w.org.ID, 0, 0), all)
}

// journalWatched: each commit is told for each organisation with facts in it, and they can be read then.
func journalWatched(b *workbench) {
	w, v := b.world("1"), b.world("2")
	seen := make(chan [2]uint64, 100) // organisation and the end of its journal
	b.s.Journal().Watch(func(org int64) { seen <- [2]uint64{uint64(org), b.last(org)[0]} })
	told := func(org int64, last uint64) {
		b.Helper()
		for {
			select {
			case got := <-seen:
				if got == [2]uint64{uint64(org), last} {
					return
				}
				if got[0] != uint64(org) {
					b.Errorf("told of organisation %d", got[0])
				}
			case <-b.ctx.Done():
				b.Fatal("the commit was not told")
			}
		}
	}
	b.append(w.org.ID, call(1, "a")...)
	told(w.org.ID, 3)
	b.append(v.org.ID, joined(1, "b"))
	told(v.org.ID, 1)
	b.is("refused facts", b.try(w.org.ID, joined(9, "c")), store.ErrConflict)
	b.is("facts of nobody", b.try(nowhere, joined(1, "c")), store.ErrNotFound)
	b.append(w.org.ID, joined(4, "c"))
	told(w.org.ID, 4)
}
