package uapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdline/internal/api/ratelimit"
	"holdline/internal/api/uapi"
	"holdline/internal/app"
	"holdline/internal/auth"
)

// fuzzed is a handler over a world of its own, without sockets, and a token for it.
func fuzzed(f *testing.F) (http.Handler, string) {
	w := newWorld(f)
	tokens := auth.New(auth.Config{Source: w.App.AuthSource(), Clock: w.Clock.Now})
	issued, err := tokens.Issue(f.Context(), auth.TokenRequest{GrantType: "client_credentials", ClientID: "demo", ClientSecret: app.DemoClientSecret})
	if err != nil {
		f.Fatal(err)
	}
	return uapi.New(uapi.Config{App: w.App, Auth: tokens, Log: quiet, Hourly: ratelimit.New(1<<40, time.Hour, nil)}), issued.Token
}

// judge holds every answer against the dialect's rules.
func judge(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	switch w.Code {
	case 200, 400, 401, 501:
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d with %q", w.Code, w.Body)
		}
	case 204:
		if w.Body.Len() > 0 {
			t.Errorf("204 with %q", w.Body)
		}
	default:
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if w.Code >= 400 && !strings.HasPrefix(w.Body.String(), `{"error":{"code":"`) {
		t.Errorf("%d with %q", w.Code, w.Body)
	}
}

// FuzzList feeds every list with any query.
func FuzzList(f *testing.F) {
	h, token := fuzzed(f)
	for _, q := range []string{"", "count=2&startIndex=1", "filterBy=status&filterOp=inArray&filterValue=1,2&sortOrder=desc",
		"fields=agentNumber,links", "filterBy=extension&filterOp=present", "%zz&count=%31", "count=1&count=x;"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{queuePath, agentPath, eventsPath, allPhones} {
			r := &http.Request{Method: "GET", Host: "h", Header: http.Header{"Authorization": {"Bearer " + token}}, Body: http.NoBody,
				URL: &url.URL{Path: "/uapi" + path, RawQuery: query}}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(t.Context()))
			judge(t, w)
		}
	})
}

// FuzzPath asks for anything below the base.
func FuzzPath(f *testing.F) {
	h, token := fuzzed(f)
	for _, p := range []string{queuePath, agentPath, eventsPath + "/0/x", allPhones, "/extensions/1/0003%2A700/queue/agents/%ff/", "/extensions/@owner/@self/presence", "/x"} {
		f.Add("GET", p)
	}
	f.Add("PUT", agentPath)
	f.Fuzz(func(t *testing.T, method, path string) {
		u, err := url.ParseRequestURI("/uapi" + path)
		if err != nil || strings.Contains(u.EscapedPath(), "//") || strings.Contains(u.EscapedPath(), "/.") || method == "CONNECT" || method == "HEAD" {
			t.Skip("the server lets no such request through")
		}
		w := httptest.NewRecorder()
		r := &http.Request{Method: method, Host: "h", Header: http.Header{"Authorization": {"Bearer " + token}}, Body: http.NoBody, URL: u}
		h.ServeHTTP(w, r.WithContext(t.Context()))
		judge(t, w)
	})
}

// FuzzBody sends any body where one is read.
func FuzzBody(f *testing.F) {
	h, token := fuzzed(f)
	for _, b := range []string{`{"status":"1"}`, `{"status":2}`, `{"type":"0","method":1,"url":"http://a.example","note":"x","status":"0"}`, `[]`, `{"status":{"a":[1,`, "\xff"} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, to := range [][2]string{{"PUT", agentPath}, {"POST", eventsPath}, {"POST", eventsPath + "/2"}, {"PUT", eventsPath + "/0/" + strings.Repeat("a", 32)}} {
			r := httptest.NewRequestWithContext(t.Context(), to[0], "/uapi"+to[1], strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			judge(t, w)
		}
	})
}
