package sqlite

import (
	"context"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	benchCalls = 300_000
	benchFacts = 600_000
	benchStart = 1_790_000_000_000_000
	benchEvery = 1_000_000 // µs between calls, and twice that between facts
)

// longHistory makes a history of 300,000 calls, one a second, and twice as many
// facts, faster than the journal would: 50 phones, a tenth of the calls each
// in and out, ten dialled numbers.
func longHistory(b *testing.B) (store.Store, int64) {
	b.Helper()
	s, ids := benchStore(b, 1, 0)
	db := s.(*Store).writeDB
	for _, query := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
		INSERT INTO calls SELECT ?1, i, 'call-' || (i * 7919 % ?2), CASE i % 10 WHEN 0 THEN 'in' WHEN 1 THEN 'out' ELSE 'internal' END,
			'493012345678', 'Caller', 4930 + i % 10, '', 100 + i % 50, 700, 17, ?3 + i * ?4, ?3 + i * ?4, ?3 + i * ?4, ?3 + i * ?4 + 5, 1, 'remote', 'normal', 200, '' FROM n`,
		`INSERT INTO call_extensions SELECT org_id, extension_id, started, seq FROM calls WHERE org_id = ?1 AND ?2 + ?3 + ?4 > 0`,
		`INSERT INTO call_extensions SELECT org_id, 700, started, seq FROM calls WHERE org_id = ?1 AND ?2 + ?3 + ?4 > 0`,
		`INSERT INTO legs SELECT org_id, seq, call_id, call_id, 1, from_number, from_name, to_number, extension_id, 0, 0, 0, started, answered, ended,
			ended_by, cause, code FROM calls WHERE org_id = ?1 AND ?2 + ?3 + ?4 > 0`,
	} {
		if _, err := db.ExecContext(b.Context(), query, ids[0], benchCalls, benchStart, benchEvery); err != nil {
			b.Fatal(err)
		}
	}
	_, err := db.ExecContext(b.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
		INSERT INTO facts SELECT ?1, i, ?3 + i * ?4 / 2, 1 + i % 12, 700, 17, 'call-' || i, i, '493012345678', '', 0, '', 0, 0, 0, 0, 0, 5, NULL FROM n`,
		ids[0], benchFacts, benchStart, benchEvery)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.ExecContext(b.Context(), `UPDATE journals SET seq = ? WHERE org_id = ?`, benchFacts, ids[0]); err != nil {
		b.Fatal(err)
	}
	return s, ids[0]
}

// longRecords adds a recording of every call, a thousandth of them failed, and as many entries of the audit log.
func longRecords(b *testing.B, s store.Store, org int64) {
	b.Helper()
	for _, query := range []string{
		`INSERT INTO recordings SELECT org_id, 'rec-' || seq, call_id, 'x.wav', started, 5000000, 80000, CASE seq % 1000 WHEN 0 THEN 'failed' ELSE 'finished' END, '' FROM calls WHERE org_id = ?`,
		`INSERT INTO audit (org_id, at, user_id, application_id, actor, address, action, target, detail)
			SELECT org_id, started, seq % 100, 0, 'Dana', '192.0.2.1', CASE seq % 1000 WHEN 0 THEN 'user.create' ELSE 'agent.status' END, 'agent 201', '' FROM calls WHERE org_id = ?`,
	} {
		if _, err := s.(*Store).writeDB.ExecContext(b.Context(), query, org); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLongRecords lists recordings and the audit log by what a supervisor looks for.
func BenchmarkLongRecords(b *testing.B) {
	s, org := longHistory(b)
	longRecords(b, s, org)
	const day, half = 86_400 * 1_000_000, benchStart + benchCalls/2*benchEvery
	page := store.Page{Limit: 50}
	for name, f := range map[string]store.RecordingFilter{
		"newest": {Page: page}, "failed": {State: store.RecordingFailed, Page: page}, "queue": {Extension: 700, Page: page},
		"queue-day": {Extension: 700, From: half, To: half + day, Page: page}, "search-day": {Search: "4935", From: half, To: half + day, Page: page},
		"search": {Search: "4935", Page: page},
	} {
		b.Run("recordings="+name, func(b *testing.B) {
			for b.Loop() {
				view(b, s, func(tx store.Tx) error {
					rows, n, err := tx.Recordings.List(b.Context(), org, f)
					if len(rows) != 50 || n < 300 {
						b.Errorf("%d rows of %d", len(rows), n)
					}
					return err
				})
			}
		})
	}
	for name, f := range map[string]store.AuditFilter{"newest": {Page: page}, "action": {Action: "user.create", Page: page}, "kind": {Action: "user.", Page: page}, "user": {User: 17, Page: page}} {
		b.Run("audit="+name, func(b *testing.B) {
			for b.Loop() {
				view(b, s, func(tx store.Tx) error {
					rows, n, err := tx.AuditLog.List(b.Context(), org, f)
					if len(rows) != 50 || n < 300 {
						b.Errorf("%d rows of %d", len(rows), n)
					}
					return err
				})
			}
		})
	}
}

// BenchmarkLongHistory reads what pages and reports read from a long history.
func BenchmarkLongHistory(b *testing.B) {
	s, org := longHistory(b)
	const day, half = 86_400 * 1_000_000, benchStart + benchCalls/2*benchEvery
	page := store.Page{Limit: 50}
	for _, c := range []struct {
		name string
		f    store.CallFilter
	}{
		{"newest", store.CallFilter{Page: page}},
		{"day", store.CallFilter{From: half, To: half + day, Page: page}},
		{"flow", store.CallFilter{Flow: store.FlowIn, Page: page}},
		{"phone", store.CallFilter{Extension: 120, Page: page}},
		{"queue", store.CallFilter{Extension: 700, Page: page}},
		{"queue-day", store.CallFilter{Extension: 700, From: half, To: half + day, Page: page}},
		{"phone-and-number", store.CallFilter{Extension: 120, Dialled: "4930", Page: page}},
		{"number", store.CallFilter{Dialled: "4935", Page: page}},
		{"number-and-flow", store.CallFilter{Dialled: "4930", Flow: store.FlowIn, Page: page}},
		{"search-day", store.CallFilter{Search: "4935", From: half, To: half + day, Page: page}},
		{"search", store.CallFilter{Search: "4935", Page: page}},
		{"kind-day", store.CallFilter{Kind: store.CallBridged, From: half, To: half + day, Page: page}},
		{"kind", store.CallFilter{Kind: store.CallBridged, Page: page}},
		{"deep-page", store.CallFilter{Page: store.Page{Offset: 150_000, Limit: 50}}},
	} {
		b.Run("list="+c.name, func(b *testing.B) {
			for b.Loop() {
				view(b, s, func(tx store.Tx) error {
					rows, n, err := tx.Calls.List(b.Context(), org, c.f)
					if len(rows) != 50 || n < 1000 {
						b.Errorf("%d rows of %d", len(rows), n)
					}
					return err
				})
			}
		})
	}
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			view(b, s, func(tx store.Tx) error { _, _, err := tx.Calls.Get(b.Context(), org, "call-4711"); return err })
		}
	})
	b.Run("range=day", func(b *testing.B) {
		facts := 0
		for b.Loop() {
			n := 0
			view(b, s, func(tx store.Tx) error {
				return tx.Facts.Range(b.Context(), org, half, half+day, func(acd.Fact) error { n++; return nil })
			})
			facts += n
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(facts), "ns/fact")
	})
}

func view(b *testing.B, s store.Store, fn func(store.Tx) error) {
	b.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		b.Fatal(err)
	}
}
