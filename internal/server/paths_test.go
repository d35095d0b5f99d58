package server_test

import (
	"net/http"
	"strings"
	"testing"

	"holdline/internal/server"
)

// TestUncleanPathsAreAnsweredWhereTheyAreAsked: never by a redirect, which
// would be a page of HTML, and lose the token on its way.
func TestUncleanPathsAreAnsweredWhereTheyAreAsked(t *testing.T) {
	s := start(t, server.Options{Config: settings(t, t.TempDir())})
	defer stop(t, s)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for path, want := range map[string]struct {
		status int
		word   string
	}{
		"/api/ver1.0//client/@me/extension/": {404, `"status":"not_found"`}, "/api/ver1.0/client/../extension/1": {404, `"status":"not_found"`},
		"/uapi/extensions/@me/0003*700/queue/agents/..": {501, `"code":"request_not_implemented"`}, "/unifiedapi//": {501, `"code":"request_not_implemented"`},
		"/uapix/./": {404, `"status":"not_found"`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.HTTPAddr().String(), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path
		a, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		body := make([]byte, 1024)
		n, _ := a.Body.Read(body)
		a.Body.Close()
		if a.StatusCode != want.status || !strings.Contains(string(body[:n]), want.word) || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %v %s; want %d with %s", path, a.StatusCode, a.Header, body[:n], want.status, want.word)
		}
	}
}
