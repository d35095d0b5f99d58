// Package consent is the authorization endpoint (RFC 6749 §3.1): pages on
// which a user signs in and allows an application to act for the user. They
// work without scripts and load nothing; docs/adr/0007-oauth.md has the choices.
package consent

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"holdline/internal/app"
	"holdline/internal/auth"
)

// Config is what the endpoint needs; all fields are required.
type Config struct {
	App  *app.Service
	Auth *auth.Server
	Log  *slog.Logger
}

// Handler answers GET and POST wherever it is mounted.
type Handler struct {
	Config
	sameOrigin *http.CrossOriginProtection // also for the sign-in, where there is no session to bind a token to
}

// New gives the endpoint.
func New(c Config) *Handler {
	return &Handler{Config: c, sameOrigin: http.NewCrossOriginProtection()}
}

// maxForm is more than any of the forms needs.
const maxForm = 16 << 10

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{Handler: h, w: w, r: r}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		v.form = r.URL.Query()
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := h.sameOrigin.Check(r); err != nil {
			v.show(http.StatusForbidden, page{Title: "Not from here", Error: "This form was sent by another site. Go back to the application and start again."})
			return
		}
		if err := r.ParseForm(); err != nil {
			v.show(http.StatusBadRequest, page{Title: "Not understood", Error: "The form could not be read. Go back to the application and start again."})
			return
		}
		v.form = r.PostForm
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		v.show(http.StatusMethodNotAllowed, page{Title: "Not possible", Error: "This page is opened or sent as a form."})
		return
	}
	v.serve(r.Context())
}

// visit is one request on its way through the pages.
type visit struct {
	*Handler
	w      http.ResponseWriter
	r      *http.Request
	form   url.Values
	asked  auth.Authorization
	wrong  *auth.OAuthError // what is wrong with the request, for the client
	cookie string
	in     app.Session
}

// serve looks at the request first, then at who is there: only a user who has
// signed in is redirected, even with an error (RFC 9700 §4.11.2).
func (v *visit) serve(ctx context.Context) {
	q, err := auth.ParseAuthorizeRequest(v.form)
	if err == nil {
		v.asked, err = v.Auth.Authorize(ctx, q)
		if errors.As(err, &v.wrong) {
			err = nil
		}
	}
	if err != nil {
		v.refuse(err)
		return
	}
	post := v.r.Method == http.MethodPost
	if post && v.form.Get("decision") == "sign_in" {
		v.signIn(ctx)
		return
	}
	v.cookie = auth.CookieOf(v.r)
	v.in, err = v.App.Session(ctx, v.cookie)
	var refused *app.Error
	switch {
	case errors.As(err, &refused) && refused.Code == app.Unauthorized:
		v.stranger(post)
	case err != nil:
		v.refuse(err)
	case post:
		v.decide(ctx)
	default:
		v.ask()
	}
}

// stranger meets whoever is not signed in, or seems so: the session's cookie
// does not come along when another site sent the user here. A page of our own
// that opens itself again makes it come.
func (v *visit) stranger(post bool) {
	if !post && v.cookie == "" && v.form.Get("again") == "" {
		v.show(http.StatusOK, page{Title: "One moment", Refresh: v.again(url.Values{"again": {"1"}})})
		return
	}
	v.show(http.StatusOK, v.signInPage(""))
}

func (v *visit) signIn(ctx context.Context) {
	cookie, _, err := v.App.SignIn(ctx, v.form.Get("login"), v.form.Get("password"), app.Browser{Address: v.r.RemoteAddr, UserAgent: v.r.UserAgent()})
	var refused *app.Error
	switch {
	case errors.As(err, &refused) && refused.Code == app.TooMany:
		v.w.Header().Set("Retry-After", strconv.Itoa(int(refused.Retry/time.Second)))
		v.show(http.StatusTooManyRequests, v.signInPage("Too many attempts. Try again in "+refused.Retry.String()+"."))
	case errors.As(err, &refused):
		v.show(http.StatusForbidden, v.signInPage("Login or password is wrong."))
	case err != nil:
		v.refuse(err)
	default:
		auth.SetCookie(v.w, v.r, cookie, v.App.SessionLength())
		v.redirect(v.again(url.Values{"again": {"1"}}))
	}
}

// ask shows what the application wants.
func (v *visit) ask() {
	switch {
	case v.wrong != nil:
		v.redirect(v.asked.Refused(v.wrong))
	case v.in.User.OrgID != v.asked.Client.Org:
		v.show(http.StatusForbidden, v.otherOrganisation())
	default:
		v.show(http.StatusOK, v.consentPage())
	}
}

func (v *visit) decide(ctx context.Context) {
	if !auth.MatchesCSRF(v.cookie, v.form.Get("csrf")) {
		p := v.consentPage()
		p.Error = "This page was too old. Look at it again and decide."
		v.show(http.StatusForbidden, p)
		return
	}
	switch {
	case v.form.Get("decision") == "switch":
		if err := v.App.SignOut(ctx, v.cookie); err != nil {
			v.refuse(err)
			return
		}
		auth.ClearCookie(v.w, v.r)
		v.redirect(v.again(url.Values{"again": {"1"}}))
	case v.wrong != nil || v.in.User.OrgID != v.asked.Client.Org:
		v.ask()
	case v.form.Get("decision") == "allow":
		v.allow(ctx)
	case v.form.Get("decision") == "deny":
		v.redirect(v.asked.Refused(&auth.OAuthError{Code: "access_denied", Description: "the user did not allow it"}))
	default:
		v.ask()
	}
}

func (v *visit) allow(ctx context.Context) {
	to, err := v.Auth.Consent(ctx, v.asked, v.in.User.ID)
	var refused *auth.OAuthError
	switch {
	case errors.As(err, &refused):
		v.redirect(v.asked.Refused(refused))
	case err != nil:
		v.refuse(err)
	default:
		v.redirect(to)
	}
}

// again gives this page's own address with the client's request, and more parameters.
func (v *visit) again(more url.Values) string {
	for _, name := range parameters {
		if v.form.Has(name) {
			more.Set(name, v.form.Get(name))
		}
	}
	return v.r.URL.EscapedPath() + "?" + more.Encode()
}

// redirect never carries a form's password on to the next page: 303 makes it a GET (RFC 9700 §4.12).
func (v *visit) redirect(to string) {
	v.guard("")
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
}

// refuse shows what nobody but the user may be told.
func (v *visit) refuse(err error) {
	var show *auth.ShowError
	var bad *auth.OAuthError
	switch {
	case errors.As(err, &show):
		v.show(http.StatusBadRequest, page{Title: "This cannot work", Error: show.Message})
	case errors.As(err, &bad):
		v.show(http.StatusBadRequest, page{Title: "This cannot work", Error: "The application's request is not valid: " + bad.Description + "."})
	default:
		if v.r.Context().Err() != nil {
			return // the browser is gone
		}
		v.Log.Error("authorization request failed", "request", v.w.Header().Get("X-Request-Id"), "err", err)
		v.show(http.StatusInternalServerError, page{Title: "Something went wrong", Error: "That was our fault. Go back to the application and try again."})
	}
}
