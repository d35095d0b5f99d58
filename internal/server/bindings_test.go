package server

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// What a start reads: registrations that hold, and those that ran out since lapsedFor.
func TestRegistrationsThatRanOutAreReadAtTheStart(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, now := context.Background(), time.Now()
	before := newBindings(db, slog.New(slog.DiscardHandler))
	err = db.Update(ctx, func(tx store.Tx) error {
		o := store.Organisation{Name: "Test", Prefix: "0003"}
		if err := tx.Organisations.Create(ctx, &o); err != nil {
			return err
		}
		for number, runs := range map[string]time.Duration{"201": time.Hour, "202": -time.Hour, "203": time.Hour - lapsedFor, "204": -time.Hour - lapsedFor} {
			e := store.Extension{OrgID: o.ID, Number: number, Type: store.PhoneExtension}
			if err := tx.Extensions.Create(ctx, &e); err != nil {
				return err
			}
			before.save(store.Binding{ExtensionID: e.ID, Contact: "sip:" + number + "@192.0.2.1", Expires: acd.TimeOf(now.Add(runs))})
		}
		return nil
	})
	if err == nil {
		err = before.stop(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	after := newBindings(db, slog.New(slog.DiscardHandler))
	known, err := after.load(ctx)
	if err := after.stop(ctx); err != nil {
		t.Error(err)
	}
	found := map[string]bool{}
	for _, b := range known {
		found[b.Contact] = true
	}
	if err != nil || len(found) != 3 || found["sip:204@192.0.2.1"] {
		t.Errorf("read are %v, %v; want all but the oldest, of 204", found, err)
	}
}
