package api

import (
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holdline/internal/api/ratelimit"
	"holdline/internal/auth"
)

// tokenEndpoint is POST /oauth/token (RFC 6749 §3.2).
type tokenEndpoint struct {
	auth  *auth.Server
	log   *slog.Logger
	limit *ratelimit.Limiter // per address and second
}

// maxForm is more than any token request needs.
const maxForm = 16 << 10

func (t *tokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.within(w, r) {
		return
	}
	w.Header().Set("Cache-Control", "no-store") // RFC 6749 §5.1
	w.Header().Set("Pragma", "no-cache")
	switch {
	case strings.TrimSuffix(r.URL.Path, "/") != "/oauth/token":
		notFound(w, r)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "OPTIONS, POST")
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "OPTIONS, POST")
		oauthError(w, http.StatusMethodNotAllowed, &auth.OAuthError{Code: "invalid_request", Description: "the token endpoint takes POST only"})
	default:
		t.issue(w, r)
	}
}

// within counts the request: guessing secrets is bounded by it.
func (t *tokenEndpoint) within(w http.ResponseWriter, r *http.Request) bool {
	q := t.limit.Take(ratelimit.AddressKey(r.RemoteAddr))
	reset := strconv.Itoa(int((q.Reset + time.Second - 1) / time.Second))
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(q.Limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(q.Remaining))
	w.Header().Set("X-RateLimit-Reset", reset)
	if !q.OK {
		w.Header().Set("Retry-After", reset)
		oauthError(w, http.StatusTooManyRequests, &auth.OAuthError{Code: "rate_limit_exceeded",
			Description: "too many token requests from this address; wait a second, and use a token until it expires"})
	}
	return q.OK
}

func (t *tokenEndpoint) issue(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		oauthError(w, http.StatusBadRequest, &auth.OAuthError{Code: "invalid_request", Description: "send the parameters with Content-Type: application/x-www-form-urlencoded"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		oauthError(w, http.StatusBadRequest, &auth.OAuthError{Code: "invalid_request", Description: "the body is not form-encoded, or larger than 16 KiB"})
		return
	}
	q, err := auth.ParseTokenRequest(r.PostForm, r.Header.Get("Authorization")) // never the query: it ends up in logs
	var issued auth.Issued
	if err == nil {
		issued, err = t.auth.Issue(r.Context(), q)
	}
	var refused *auth.OAuthError
	switch {
	case errors.As(err, &refused):
		oauthError(w, oauthStatus(refused), refused)
	case err != nil:
		t.log.Error("token request failed", "request", w.Header().Get(idHeader), "err", err)
		oauthError(w, http.StatusInternalServerError, &auth.OAuthError{Code: "server_error", Description: "something went wrong on our side; try again"})
	default:
		writeJSON(w, http.StatusOK, tokenAnswer{issued.Token, "Bearer", int(issued.ExpiresIn / time.Second), issued.Scope})
	}
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	Scope       string `json:"scope"`
}

// oauthStatus: 401 is for clients that could not be authenticated, 400 for all else (RFC 6749 §5.2).
func oauthStatus(e *auth.OAuthError) int {
	if e.Code == "invalid_client" {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

func oauthError(w http.ResponseWriter, status int, e *auth.OAuthError) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="holdline", charset="UTF-8"`)
	}
	writeJSON(w, status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, e.Description})
}
