package sqlite

import (
	"fmt"
	"testing"

	"holdline/internal/store"
)

// Deliveries of deleted subscriptions go with their attempts, others' stay.
func TestSweepDeliveries(t *testing.T) {
	s := openAt(t, "").(*Store)
	defer s.Close()
	ctx, org := t.Context(), newOrganisation(t, s)
	var subs [3]store.Subscription
	err := s.Update(ctx, func(tx store.Tx) error {
		phone := store.Extension{OrgID: org, Number: "201", Type: store.PhoneExtension}
		if err := tx.Extensions.Create(ctx, &phone); err != nil {
			return err
		}
		for i := range subs {
			subs[i] = store.Subscription{OrgID: org, Key: fmt.Sprint("s", i), Extension: phone.ID, Enabled: true}
			if err := tx.Subscriptions.Create(ctx, &subs[i]); err != nil {
				return err
			}
			if err := deliver(t, tx, org, subs[i].ID, sweepStep+5); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(ctx, func(tx store.Tx) error {
		if err := tx.Subscriptions.Delete(ctx, org, subs[0].ID); err != nil {
			return err
		}
		return tx.Subscriptions.Delete(ctx, org, subs[2].ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sweeping.sweep(ctx); err != nil { // beside the one in the background
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM deliveries`: sweepStep + 5,
		`SELECT count(*) FROM attempts`:   sweepStep + 5,
		fmt.Sprintf(`SELECT count(*) FROM deliveries WHERE subscription_id = %d`, subs[1].ID): sweepStep + 5,
	} {
		var got int
		if err := s.readDB.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d rows (%v), want %d", query, got, err, want)
		}
	}
}

// deliver adds n deliveries with an attempt each.
func deliver(t *testing.T, tx store.Tx, org, sub int64, n int) error {
	t.Helper()
	rows, tries := make([]store.Delivery, n), make([]store.Attempt, n)
	for i := range rows {
		rows[i] = store.Delivery{Subscription: sub, Key: fmt.Sprint(sub, "/", i), State: store.DeliveryPending}
	}
	if err := tx.Deliveries.Add(t.Context(), org, rows); err != nil {
		return err
	}
	for i := range tries {
		tries[i] = store.Attempt{Delivery: rows[i].ID, Number: 1, Method: "POST", State: store.DeliveryDelivered}
	}
	return tx.Deliveries.Record(t.Context(), tries)
}
