package api

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"holdline/internal/api/agentstate"
	"holdline/internal/api/uapi"
	"holdline/internal/api/ver1"
	"holdline/internal/app"
)

// idHeader names the request in answers and logs; a proxy before us may set it.
const idHeader = "X-Request-Id"

// identified gives every request an id, told in its answer, and use cases the
// address it comes from.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(idHeader)
		if !usableID(id) {
			id = newID()
		}
		w.Header().Set(idHeader, id)
		next.ServeHTTP(w, r.WithContext(app.WithAddress(r.Context(), r.RemoteAddr)))
	})
}

// usableID allows what cannot break a log line.
func usableID(id string) bool {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:"
	return id != "" && len(id) <= 64 && strings.Trim(id, allowed) == ""
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// recovered turns a panic into an internal error with a log entry, and logs
// every request: failures of ours as errors, the rest for whoever debugs.
// Queries and bodies are left out, they may hold secrets.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w}
		attrs := func() []any {
			return []any{"request", w.Header().Get(idHeader), "method", r.Method, "path", r.URL.Path, "from", r.RemoteAddr,
				"status", seen.status, "took", time.Since(start)}
		}
		defer func() {
			p := recover()
			if p == nil {
				log.Debug("request", attrs()...)
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
				panic(p)
			}
			log.Error("panic in a request handler", append(attrs(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))...)
			if seen.status != 0 {
				panic(http.ErrAbortHandler) // half an answer must not look like a whole one
			}
			internalError(w, r.URL.Path)
		}()
		next.ServeHTTP(seen, r)
	})
}

// internalError answers in the words of the dialect that was asked.
func internalError(w http.ResponseWriter, path string) {
	switch base, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); {
	case "/"+base == uapi.Base, "/"+base == uapi.Alias:
		uapi.InternalError(w)
	case path == agentstate.Path:
		agentstate.InternalError(w)
	default:
		ver1.InternalError(w)
	}
}

// statusWriter remembers the status that was written; 0 = none yet.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Flush passes on what was written so far; who asks for an http.Flusher gets one.
func (w *statusWriter) Flush() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush() // fails only when the client is gone
}

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // fails only when the client is gone
}
