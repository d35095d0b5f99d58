package app

import (
	"path/filepath"
	"testing"

	"holdline/internal/directory"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// BenchmarkLateAudit writes entries as status changes leave them: noted one by
// one, written a thousand together.
func BenchmarkLateAudit(b *testing.B) {
	db, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "holdline.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := New(Deps{Store: db, Directory: directory.New()})
	o := store.Organisation{Name: "office", Prefix: "1"}
	if err := db.Update(b.Context(), func(tx store.Tx) error { return tx.Organisations.Create(b.Context(), &o) }); err != nil {
		b.Fatal(err)
	}
	ctx, a := WithAddress(b.Context(), "192.0.2.1:80"), Actor{Org: o.ID, Reach: store.ReachOrganisation}
	n := 0
	for b.Loop() {
		s.noteLater(ctx, a, "agent.status", "agent 7", `status paused, reason "lunch"`)
		if n++; n%1000 == 0 {
			s.FlushAudit(ctx)
		}
	}
	s.FlushAudit(ctx)
}
