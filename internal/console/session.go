package console

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"holdline/internal/app"
	"holdline/internal/auth"
)

// maxBody is far more than a login and two passwords take.
const maxBody = 16 << 10

// sessions is who is signed in with this browser.
type sessions struct {
	app *app.Service
	log *slog.Logger
}

// shown is a session as the page gets it.
type shown struct {
	User    int64     `json:"user_id"`
	Login   string    `json:"login"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Client  int64     `json:"client_id"`
	CSRF    string    `json:"csrf"` // to be sent as X-CSRF-Token with every change
	Expires time.Time `json:"expires"`
}

func show(in app.Session) shown {
	return shown{in.User.ID, in.User.Login, in.User.Name, in.User.Role, in.Actor.Org, in.CSRF, in.Expires.UTC()}
}

func (s *sessions) get(w http.ResponseWriter, r *http.Request) {
	in, err := s.app.Session(r.Context(), auth.CookieOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	write(w, http.StatusOK, show(in))
}

func (s *sessions) signIn(w http.ResponseWriter, r *http.Request) {
	var sent struct{ Login, Password string }
	if !s.read(w, r, &sent) {
		return
	}
	cookie, in, err := s.app.SignIn(r.Context(), sent.Login, sent.Password, app.Browser{Address: r.RemoteAddr, UserAgent: r.UserAgent()})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	auth.SetCookie(w, r, cookie, s.app.SessionLength()) // the server ends it sooner when it is not used
	write(w, http.StatusOK, show(in))
}

func (s *sessions) signOut(w http.ResponseWriter, r *http.Request) {
	cookie := auth.CookieOf(r)
	if cookie != "" && !s.proven(w, r, cookie) {
		return
	}
	if err := s.app.SignOut(r.Context(), cookie); err != nil {
		s.fail(w, r, err)
		return
	}
	auth.ClearCookie(w, r)
	w.WriteHeader(http.StatusNoContent)
}

func (s *sessions) changePassword(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		Old string `json:"old_password"`
		New string `json:"password"`
	}
	cookie := auth.CookieOf(r)
	if !s.proven(w, r, cookie) || !s.read(w, r, &sent) {
		return
	}
	if err := s.app.ChangePassword(r.Context(), cookie, sent.Old, sent.New); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// proven tells whether a change comes from our own page.
func (s *sessions) proven(w http.ResponseWriter, r *http.Request, cookie string) bool {
	if auth.MatchesCSRF(cookie, r.Header.Get("X-CSRF-Token")) {
		return true
	}
	refuse(w, http.StatusForbidden, "access_denied", "", "this change did not come from the console's page; load the page again")
	return false
}

// read reads a JSON body; false when it has answered already.
func (s *sessions) read(w http.ResponseWriter, r *http.Request, into any) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the body is not JSON; send Content-Type: application/json")
		return false
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_parameter", "", "the body is not as it should be: "+err.Error())
		return false
	}
	return true
}

var statuses = map[app.Code]struct {
	code int
	word string
}{
	app.Invalid:      {http.StatusBadRequest, "invalid_parameter"},
	app.Unauthorized: {http.StatusUnauthorized, "unauthorized"},
	app.TooMany:      {http.StatusTooManyRequests, "rate_limit_exceeded"},
}

// fail answers a refusal in the words of the ver1.0 API.
func (s *sessions) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *app.Error
	if errors.As(err, &refused) {
		if to, ok := statuses[refused.Code]; ok {
			if refused.Retry > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refused.Retry.Seconds()))))
			}
			refuse(w, to.code, to.word, refused.Field, refused.Message)
			return
		}
	}
	s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	refuse(w, http.StatusInternalServerError, "internal_error", "", "something went wrong on our side; the server's log has more")
}

func refuse(w http.ResponseWriter, code int, word, field, message string) {
	write(w, code, struct {
		Message string `json:"message"`
		Status  string `json:"status"`
		Field   string `json:"field,omitempty"`
	}{message, word, field})
}

func write(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // fails only when the browser is gone
}
