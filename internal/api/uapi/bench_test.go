package uapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api/ratelimit"
	"holdline/internal/api/uapi"
	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/store"
)

var quiet = slog.New(slog.DiscardHandler)

// BenchmarkPresence reads pages of 100 of 10,000 registered phones, the last
// one a client can ask for, with and without a filter that looks at all of them.
func BenchmarkPresence(b *testing.B) {
	w := newWorld(b)
	w.Update(func(ctx context.Context, tx store.Tx) error {
		for i := range 10_000 {
			e := store.Extension{OrgID: w.Org, Number: fmt.Sprint(30_000 + i), Type: store.PhoneExtension}
			if err := tx.Extensions.Create(ctx, &e); err != nil {
				return err
			}
			w.Phones.Register(store.Binding{ExtensionID: e.ID, UserAgent: "Bench/1.0", Expires: acd.TimeOf(w.Clock.Now().Add(time.Hour))})
			if i%10 == 0 {
				w.Engine.SetLine(e.ID, acd.LineBusy)
			}
		}
		return nil
	})
	if err := w.Directory.Load(b.Context(), w.Store); err != nil {
		b.Fatal(err)
	}
	tokens := auth.New(auth.Config{Source: w.App.AuthSource(), Clock: w.Clock.Now})
	issued, err := tokens.Issue(b.Context(), auth.TokenRequest{GrantType: "client_credentials", ClientID: "demo", ClientSecret: app.DemoClientSecret})
	if err != nil {
		b.Fatal(err)
	}
	h := uapi.New(uapi.Config{App: w.App, Auth: tokens, Log: quiet, Hourly: ratelimit.New(1<<40, time.Hour, nil)})
	for name, query := range map[string]string{
		"first":      "?count=100",
		"last":       "?count=100&startIndex=4999",
		"descending": "?count=100&startIndex=4900&sortOrder=descending",
		"filtered":   "?count=100&startIndex=4900&filterBy=extension&filterOp=contains&filterValue=*3",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest("GET", "/uapi/extensions/@me/@self/presence"+query, http.NoBody)
				r.Header.Set("Authorization", "Bearer "+issued.Token)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Code, rec.Body)
				}
			}
		})
	}
}

// BenchmarkAgentStatus reads and changes the status of one agent of a queue of five.
func BenchmarkAgentStatus(b *testing.B) {
	w := newWorld(b)
	tokens := auth.New(auth.Config{Source: w.App.AuthSource(), Clock: w.Clock.Now})
	issued, err := tokens.Issue(b.Context(), auth.TokenRequest{GrantType: "client_credentials", ClientID: "demo", ClientSecret: app.DemoClientSecret})
	if err != nil {
		b.Fatal(err)
	}
	h := uapi.New(uapi.Config{App: w.App, Auth: tokens, Log: quiet, Hourly: ratelimit.New(1<<40, time.Hour, nil)})
	run := func(method string, body func(i int) string) func(*testing.B) {
		return func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				r := httptest.NewRequest(method, "/uapi"+agentPath, strings.NewReader(body(i)))
				r.Header.Set("Authorization", "Bearer "+issued.Token)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Code, rec.Body)
				}
			}
		}
	}
	b.Run("read", run("GET", func(int) string { return "" }))
	b.Run("change", run("PUT", func(i int) string { return fmt.Sprintf(`{"status":%d}`, 1+i%2) }))
}
