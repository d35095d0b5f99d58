package agentstate_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"holdline/internal/api/agentstate"
)

// BenchmarkShowState is what a script costs that asks all day: its password was proven before.
func BenchmarkShowState(b *testing.B) {
	w := newWorld(b, nil)
	h := agentstate.New(agentstate.Config{App: w.App, Log: slog.New(slog.DiscardHandler), Clock: w.Clock.Now, PerAddress: 1e9, PerOrganisation: 1e9})
	for b.Loop() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", agentstate.Path+"?"+credentials+"action=showstate&agent=201", http.NoBody))
		if rec.Code != 200 {
			b.Fatal(rec.Code, rec.Body)
		}
	}
}
