package agentstate_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"holdline/internal/api/agentstate"
)

// FuzzQuery asks anything, with the demo's credentials before it.
func FuzzQuery(f *testing.F) {
	w := newWorld(f, nil)
	h := agentstate.New(agentstate.Config{App: w.App, Log: slog.New(slog.DiscardHandler), Clock: w.Clock.Now, PerAddress: 1e9, PerOrganisation: 1e9, Checks: 30})
	for _, q := range []string{"action=pause&agent=201&reason=x", "action=add&agent=%2B4930123456&queue=700&alias=%ff", "action=showqueue&queue=0003*700",
		"action=showqueuestat", "action=remove&agent=201&queue=701;x", "username=nobody&action=%00", "action=showstate&agent=" + strings.Repeat("9", 99)} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := &http.Request{Method: "GET", Host: "h", RemoteAddr: "127.0.0.1:1", Header: http.Header{}, Body: http.NoBody,
			URL: &url.URL{Path: agentstate.Path, RawQuery: credentials + query}}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r.WithContext(t.Context()))
		var got struct{ Status, Error string }
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatalf("%d with %q", rec.Code, rec.Body)
		}
		if rec.Code == 500 || (rec.Code == 200) != (got.Status == "success") || (rec.Code == 200) != (got.Error == "") {
			t.Errorf("%q: %d %s", query, rec.Code, rec.Body)
		}
	})
}
