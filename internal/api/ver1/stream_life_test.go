package ver1

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/live"
)

// A stream pings, looks again whether its watcher may still watch, and says so when not.
func TestAStreamEndsWithItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub, _ := benchHub()
		defer hub.Close()
		cursor, err := hub.Follow(1, live.Scope{}, "")
		if err != nil {
			t.Fatal(err)
		}
		defer cursor.Close()
		out := httptest.NewRecorder()
		s := &stream{w: out, out: http.NewResponseController(out), now: time.Now}
		if err := s.begin(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		looks := 0
		s.run(ctx, cursor, func() error {
			if looks++; looks == 4 {
				return errors.New("expired")
			}
			return nil
		})
		text := out.Body.String()
		if strings.Count(text, ": ping\n\n") != 3 || !strings.HasSuffix(text, "event: bye\ndata: {\"reason\":\"unauthorized\"}\n\n") ||
			strings.Count(text, "event: snapshot\n") != 1 || !strings.HasPrefix(text, "retry: 2000\n\n") {
			t.Errorf("the stream was\n%.300s\n…\n%s", text, text[max(0, len(text)-200):])
		}
		if ctx.Err() != nil {
			t.Error("the stream did not end by itself")
		}
	})
}
