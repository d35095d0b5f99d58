package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPanicIsAnInternalErrorWithALogEntry(t *testing.T) {
	var logs strings.Builder
	log := slog.New(slog.NewTextHandler(&logs, nil))
	h := identified(recovered(log, compressed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the sky fell") }))))
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/api/ver1.0/x?password=secret", nil)
	r.Header.Set("X-Request-Id", "unlucky")
	r.Header.Set("Accept-Encoding", "gzip")
	h.ServeHTTP(w, r)
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"status":"internal_error"`) || !strings.Contains(w.Body.String(), "unlucky") || strings.Contains(w.Body.String(), "sky") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, part := range []string{"the sky fell", "request=unlucky", "api_test.go", "path=/api/ver1.0/x"} {
		if !strings.Contains(logs.String(), part) {
			t.Errorf("the log lacks %q: %s", part, logs.String())
		}
	}
	if strings.Contains(logs.String(), "secret") {
		t.Error("the log has the query")
	}
}

func TestAPanicIsToldInTheDialectAsked(t *testing.T) {
	h := identified(recovered(slog.New(slog.DiscardHandler), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") })))
	for path, begins := range map[string]string{
		"/uapi/extensions/x": `{"error":{"code":"internal_server_error","message":"`, "/unifiedapi": `{"error":{"code":"internal_server_error"`,
		"/API/UpdateAgentState.php": `{"status":"error","action":"","error":"internal","message":"`, "/uapix": `{"message":"`, "/": `{"message":"`,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
		if w.Code != 500 || !strings.HasPrefix(w.Body.String(), begins) || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
			t.Errorf("%s: %d %s, want it to begin %s", path, w.Code, w.Body, begins)
		}
	}
}

func TestAPanicInTheMiddleOfAnAnswerBreaksTheConnection(t *testing.T) {
	h := recovered(slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"half":`))
		panic("oops")
	}))
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
			t.Errorf("recovered %v; want http.ErrAbortHandler", p)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestAcceptEncoding(t *testing.T) {
	for value, want := range map[string]bool{"": false, "gzip": true, "x-gzip": true, "deflate, gzip;q=0.1": true, "gzip;q=0": false,
		"*;q=0": false, "*;q=1, gzip;q=0": false, "gzip;q=x": false, "gzipped": false} {
		if got := acceptsGzip([]string{value}); got != want {
			t.Errorf("%q: %v; want %v", value, got, want)
		}
	}
}

func TestCleanPaths(t *testing.T) {
	for path, want := range map[string]bool{"/": true, "/a": true, "/a/": true, "/a/b": true, "/a/%2e%2e/b": true,
		"": true, "/a/%2F": false, "/a/%2f/": false, "/a/b%2Fc": true, "//": false, "//a": false, "/a//b": false, "/a/./b": false, "/a/../b": false, "/..": false, "a": false, "*": false} {
		if got := IsClean(path); got != want {
			t.Errorf("IsClean(%q) = %v; want %v", path, got, want)
		}
	}
}
