package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"holdline/internal/store"
)

// What a delivery costs the store: adding it, reading it with its
// subscription, noting its attempt. A hundred of each are one commit.
func BenchmarkOutbox(b *testing.B) {
	ctx := context.Background()
	db, err := Open(ctx, Options{Path: filepath.Join(b.TempDir(), "holdline.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	org, phone := store.Organisation{Prefix: "1"}, store.Extension{Number: "201", Type: store.PhoneExtension}
	sub := store.Subscription{Key: "k", Enabled: true}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(db.Update(ctx, func(tx store.Tx) error {
		must(tx.Organisations.Create(ctx, &org))
		phone.OrgID = org.ID
		must(tx.Extensions.Create(ctx, &phone))
		sub.OrgID, sub.Extension = org.ID, phone.ID
		return tx.Subscriptions.Create(ctx, &sub)
	}))
	rows, tries := make([]store.Delivery, 100), make([]store.Attempt, 100)
	form := "EventType=hangup&CallID=3f1c0b5e-7d7c-4c0f-9f0e-2f6f0d3f9b11&CallerIDNum=15550123456&CallStatus=ANSWER&Duration=123456789"
	step := func(what string, fn func(n int)) {
		b.Run(what, func(b *testing.B) {
			for n := 0; n < b.N; n += len(rows) {
				fn(n)
			}
		})
	}
	count := 0
	step("add", func(int) {
		for i := range rows {
			count++
			rows[i] = store.Delivery{Subscription: sub.ID, Key: fmt.Sprintf("%026d", count), Event: "hangup", Seq: uint64(count), Happened: 5, Created: 5,
				Form: form, State: store.DeliveryPending}
		}
		must(db.Update(ctx, func(tx store.Tx) error { return tx.Deliveries.Add(ctx, org.ID, rows) }))
	})
	step("pending", func(int) {
		must(db.View(ctx, func(tx store.Tx) (err error) {
			_, err = tx.Deliveries.Pending(ctx, sub.ID, len(rows))
			return err
		}))
	})
	step("record", func(n int) {
		for i := range tries {
			tries[i] = store.Attempt{Delivery: int64(n + i + 1), Number: 1, At: 9, Took: 1000, Method: "POST", URL: "https://example.com/hooks/calls", Status: 200,
				Answer: "ok", State: store.DeliveryDelivered}
		}
		must(db.Update(ctx, func(tx store.Tx) error { return tx.Deliveries.Record(ctx, tries) }))
	})
}
