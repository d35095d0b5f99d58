// Package api is the HTTP side: it mounts the dialects and gives all of them
// request ids, panic recovery, gzip and the token endpoint. What a dialect's
// answers look like is the dialect's own.
package api

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"holdline/internal/api/agentstate"
	"holdline/internal/api/consent"
	"holdline/internal/api/provision"
	"holdline/internal/api/ratelimit"
	"holdline/internal/api/uapi"
	"holdline/internal/api/ver1"
	"holdline/internal/app"
	"holdline/internal/auth"
)

// Config is what the handler needs. App and Auth are required.
type Config struct {
	App            *app.Service
	Auth           *auth.Server
	Log            *slog.Logger     // default: discarded
	Clock          func() time.Time // default time.Now
	PerHour        int              // requests of a client an hour; default 36,000
	OAuthPerSecond int              // requests to /oauth of an address a second; default 20
	// Voiptech serves that dialect, with the limits set there; nil = it is off.
	Voiptech *agentstate.Config
}

// New gives the handler of all APIs. Timeouts of connections are the server's.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.PerHour <= 0 {
		c.PerHour = 36_000
	}
	if c.OAuthPerSecond <= 0 {
		c.OAuthPerSecond = 20
	}
	hourly := ratelimit.New(c.PerHour, time.Hour, c.Clock)
	native := ver1.New(ver1.Config{App: c.App, Auth: c.Auth, Log: c.Log, Hourly: hourly})
	oauth := &oauthEndpoints{auth: c.Auth, log: c.Log, limit: ratelimit.New(c.OAuthPerSecond, time.Second, c.Clock),
		authorize: consent.New(consent.Config{App: c.App, Auth: c.Auth, Log: c.Log})}

	mux := http.NewServeMux()
	mux.Handle(ver1.Base, native) // without the slash, too: else the mux redirects
	mux.Handle(ver1.Base+"/", native)
	unified := uapi.New(uapi.Config{App: c.App, Auth: c.Auth, Log: c.Log, Hourly: hourly})
	for _, base := range []string{uapi.Base, uapi.Alias} {
		mux.Handle(base, unified)
		mux.Handle(base+"/", unified)
	}
	if c.Voiptech != nil {
		voiptech := *c.Voiptech
		voiptech.App, voiptech.Log, voiptech.Clock = c.App, c.Log, c.Clock
		mux.Handle(agentstate.Path, agentstate.New(voiptech))
	}
	mux.Handle("/oauth", oauth)
	mux.Handle("/oauth/", oauth)
	mux.Handle(provision.Path, provision.New(provision.Config{App: c.App, Log: c.Log, Clock: c.Clock}))
	mountDocuments(mux)
	mux.HandleFunc("/", notFound)
	return identified(recovered(c.Log, compressed(cleanPaths(mux))))
}

// notFound answers where nothing is: in the words of the native dialect, but below another's base in that one's.
func notFound(w http.ResponseWriter, r *http.Request) {
	if below(r.URL.Path, uapi.Base) || below(r.URL.Path, uapi.Alias) {
		uapi.NotImplemented(w)
		return
	}
	writeJSON(w, http.StatusNotFound, map[string]string{"status": "not_found",
		"message": "there is nothing at this path; the API is at " + ver1.Base + "/, its tokens at /oauth/token"})
}

func below(path, base string) bool {
	rest, ok := strings.CutPrefix(path, base)
	return ok && (rest == "" || rest[0] == '/')
}

// cleanPaths lets no path with empty, "." or ".." segments reach the mux,
// which would redirect it: an API answers every path where it is asked.
func cleanPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsClean(r.URL.EscapedPath()) {
			notFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// IsClean tells whether an escaped path has no empty, "." or ".." segments. An
// http.ServeMux redirects these, so none in front of New's handler may see
// them. Nor has it a segment that is an escaped slash: a mux takes it for the
// path's end, so that to delete what has this id would be to delete all there is.
func IsClean(path string) bool {
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if segments[0] != "" {
		return false
	}
	for _, s := range segments[1:] {
		if s == "" || s == "." || s == ".." || strings.EqualFold(s, "%2f") {
			return false
		}
	}
	return true
}
