// Package console serves the web console: its files, and who is signed in.
// Everything else a browser shows comes from the ver1.0 API and its live
// stream, with the session's cookie in place of a token.
package console

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"

	"holdline/internal/app"
)

// policy lets the page load nothing but our own files and talk to nobody but
// us: a script that came in with some text would not run.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Config is what the console needs. App and Files are required.
type Config struct {
	App   *app.Service
	Files fs.FS // index.html and what it loads
	Log   *slog.Logger
}

// New gives the handler of the page at /, of its files below /assets/, and of
// the session at /console/session.
func New(c Config) (http.Handler, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	files, err := load(c.Files)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	s := &sessions{app: c.App, log: c.Log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", files.page)
	mux.HandleFunc("GET /assets/{version}/{path...}", files.file)
	mux.HandleFunc("GET /console/session", s.get)
	mux.HandleFunc("POST /console/session", s.signIn)
	mux.HandleFunc("DELETE /console/session", s.signOut)
	mux.HandleFunc("PUT /console/session/password", s.changePassword)
	return guarded(http.NewCrossOriginProtection().Handler(mux)), nil
}

// guarded sets what every answer tells the browser to refuse.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r.WithContext(app.WithAddress(r.Context(), r.RemoteAddr)))
	})
}

var errNoFile = errors.New("no such file")
