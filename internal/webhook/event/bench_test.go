package event_test

import (
	"fmt"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
	"holdline/internal/webhook/event"
)

// BenchmarkAllAsked has every fourth fact make one delivery: 25 of a batch.
func BenchmarkAllAsked(b *testing.B) { benchmark(b, -1) }

// benchmark projects batches of 100 facts of calls of one phone: nobody asked
// about it, unless subscriptions is -1, which asks for its hangups.
func benchmark(b *testing.B, subscriptions int) {
	ctx := b.Context()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: b.TempDir() + "/holdline.db"})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	org, phone := int64(0), int64(1<<40)
	err = db.Update(ctx, func(tx store.Tx) error {
		o := store.Organisation{Name: "bench", Prefix: "000", Domain: "bench.test"}
		if err := tx.Organisations.Create(ctx, &o); err != nil {
			return err
		}
		org = o.ID
		for i := range max(subscriptions, -subscriptions) {
			e := store.Extension{OrgID: org, Number: fmt.Sprint(1000 + i), Type: store.PhoneExtension}
			if err := tx.Extensions.Create(ctx, &e); err != nil {
				return err
			}
			if subscriptions < 0 {
				phone = e.ID
			}
			sub := store.Subscription{OrgID: org, Key: fmt.Sprint(i), Dialect: store.DialectVer1, Extension: e.ID, Event: store.EventHangup, Enabled: true}
			if err := tx.Subscriptions.Create(ctx, &sub); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	facts, p := make([]acd.Fact, 100), event.New(directory.New())
	b.ReportAllocs()
	err = db.View(ctx, func(tx store.Tx) error {
		for seq := uint64(1); b.Loop(); {
			for i := range facts {
				id := fmt.Sprint(seq / 4)
				l := acd.Leg{ID: id, Call: acd.CallID(id), In: true, Extension: phone}
				kind := [...]acd.FactKind{acd.FactLegStarted, acd.FactLegAnswered, acd.FactAgentState, acd.FactLegEnded}[seq%4]
				facts[i] = acd.Fact{Seq: seq, Kind: kind, Leg: &l}
				seq++
			}
			if list, err := p.Project(ctx, tx, org, facts); err != nil || len(list) > 0 != (subscriptions < 0) {
				return fmt.Errorf("%d deliveries, %w", len(list), err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
