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

// oauthEndpoints are those below /oauth, each with and without the ending .php
// that other vendors' programs expect.
type oauthEndpoints struct {
	auth      *auth.Server
	log       *slog.Logger
	limit     *ratelimit.Limiter // per address and second
	authorize http.Handler
}

// maxForm is more than any token request needs.
const maxForm = 16 << 10

func (t *oauthEndpoints) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.within(w, r) {
		return
	}
	w.Header().Set("Cache-Control", "no-store") // RFC 6749 §5.1
	w.Header().Set("Pragma", "no-cache")
	switch strings.TrimSuffix(strings.TrimSuffix(r.URL.Path, "/"), ".php") {
	case "/oauth/token": // RFC 6749 §3.2
		t.posted(w, r, "token", t.issue)
	case "/oauth/revoke": // RFC 7009
		t.posted(w, r, "revocation", t.revoke)
	case "/oauth/authorize":
		t.authorize.ServeHTTP(w, r)
	default:
		notFound(w, r)
	}
}

// posted answers an endpoint of programs, which takes forms by POST.
func (t *oauthEndpoints) posted(w http.ResponseWriter, r *http.Request, name string, answer func(http.ResponseWriter, *http.Request)) {
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", "OPTIONS, POST")
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		if t.parse(w, r) {
			answer(w, r)
		}
	default:
		w.Header().Set("Allow", "OPTIONS, POST")
		oauthError(w, http.StatusMethodNotAllowed, &auth.OAuthError{Code: "invalid_request", Description: "the " + name + " endpoint takes POST only"})
	}
}

// within counts the request: guessing secrets is bounded by it.
func (t *oauthEndpoints) within(w http.ResponseWriter, r *http.Request) bool {
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

// parse reads the form, also a multipart one: some of the vendors' examples send it so.
func (t *oauthEndpoints) parse(w http.ResponseWriter, r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case err == nil && kind == "multipart/form-data":
		err = r.ParseMultipartForm(maxForm)
	default:
		oauthError(w, http.StatusBadRequest, &auth.OAuthError{Code: "invalid_request",
			Description: "send the parameters with Content-Type: application/x-www-form-urlencoded, or multipart/form-data"})
		return false
	}
	if err != nil {
		oauthError(w, http.StatusBadRequest, &auth.OAuthError{Code: "invalid_request", Description: "the body is no form, or larger than 16 KiB"})
	}
	return err == nil
}

func (t *oauthEndpoints) issue(w http.ResponseWriter, r *http.Request) {
	q, err := auth.ParseTokenRequest(r.PostForm, r.Header.Get("Authorization")) // never the query: it ends up in logs
	var issued auth.Issued
	if err == nil {
		issued, err = t.auth.Issue(r.Context(), q)
	}
	if err != nil {
		t.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, tokenAnswer{issued.Token, "Bearer", int(issued.ExpiresIn / time.Second), issued.Scope})
}

// revoke answers 200 whatever became of the token (RFC 7009 §2.2).
func (t *oauthEndpoints) revoke(w http.ResponseWriter, r *http.Request) {
	r.PostForm.Set("grant_type", "client_credentials") // the client proves itself as for a token
	q, err := auth.ParseTokenRequest(r.PostForm, r.Header.Get("Authorization"))
	if err == nil && r.PostForm.Get("token") == "" {
		err = &auth.OAuthError{Code: "invalid_request", Description: "parameter token is missing"}
	}
	if err == nil {
		err = t.auth.Revoke(r.Context(), q, r.PostForm.Get("token"))
	}
	if err != nil {
		t.fail(w, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (t *oauthEndpoints) fail(w http.ResponseWriter, err error) {
	var refused *auth.OAuthError
	if errors.As(err, &refused) {
		oauthError(w, oauthStatus(refused), refused)
		return
	}
	t.log.Error("token request failed", "request", w.Header().Get(idHeader), "err", err)
	oauthError(w, http.StatusInternalServerError, &auth.OAuthError{Code: "server_error", Description: "something went wrong on our side; try again"})
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
