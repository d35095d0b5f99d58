package agentstate

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holdline/internal/app"
)

// refusal is an error answer: an HTTP status and a word of the contract.
type refusal struct {
	status    int
	word      string
	parameter string
	message   string
}

func (e refusal) Error() string { return "agentstate: " + e.word + ": " + e.message }

var authFailed = refusal{http.StatusUnauthorized, "auth_failed", "", "username or password is wrong; use the organisation's own login"}

func missing(parameter string) refusal {
	return refusal{http.StatusBadRequest, "missing_parameter", parameter, parameter + " is missing"}
}

// limited is the refusal of one request too many.
type limited struct{ wait time.Duration }

func (e limited) Error() string { return "agentstate: rate limited" }

func tooMany(wait time.Duration) error { return limited{wait} }

// failure is the body of an error answer.
type failure struct {
	Status    string `json:"status"`
	Action    string `json:"action"`
	Error     string `json:"error"`
	Parameter string `json:"parameter,omitempty"`
	Message   string `json:"message"`
}

func refusedAs(err error, code app.Code) bool {
	var e *app.Error
	return errors.As(err, &e) && e.Code == code
}

// fail answers with an error: a refusal as it is, anything else as an internal
// error that only the log explains. The log never has the query.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, action string, err error) {
	f := failure{Action: shorten(action)}
	var own refusal
	var much limited
	var theirs *app.Error
	switch {
	case errors.As(err, &own):
		f.Error, f.Parameter, f.Message = own.word, own.parameter, own.message
		refuse(w, own.status, f)
	case errors.As(err, &much):
		wait := int64((much.wait + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", itoa(wait))
		f.Error, f.Message = "rate_limited", "too many requests; wait "+itoa(wait)+" s"
		refuse(w, http.StatusTooManyRequests, f)
	case errors.As(err, &theirs) && theirs.Code == app.Invalid:
		f.Error, f.Parameter, f.Message = "invalid_parameter", parameters[theirs.Field], theirs.Message
		refuse(w, http.StatusBadRequest, f)
	default:
		h.internal(w, r, f, err)
	}
}

// parameters maps the fields the use cases refuse to what they are called here.
var parameters = map[string]string{"reason": "reason", "pause_reason": "reason", "name": "alias", "number": "agent"}

func (h *Handler) internal(w http.ResponseWriter, r *http.Request, f failure, err error) {
	if r.Context().Err() != nil {
		return // the client is gone: nobody to answer, nothing broken
	}
	var theirs *app.Error
	if errors.As(err, &theirs) && theirs.Code == app.Unavailable {
		w.Header().Set("Retry-After", "5")
		f.Message = theirs.Message
		err = errors.Join(err, theirs.Unwrap())
	}
	h.cfg.Log.Error("request failed", "request", requestID(w), "method", r.Method, "path", r.URL.Path, "err", err)
	broken(w, f)
}

// InternalError answers that something broke on our side.
func InternalError(w http.ResponseWriter) { broken(w, failure{}) }

func broken(w http.ResponseWriter, f failure) {
	f.Error = "internal"
	if f.Message == "" {
		f.Message = "something went wrong on our side; the server's log has more under request " + requestID(w)
	}
	refuse(w, http.StatusInternalServerError, f)
}

// requestID is the one the server gave the request and tells in its answer.
func requestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }

func refuse(w http.ResponseWriter, status int, f failure) {
	f.Status = "error"
	writeJSON(w, status, f)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		status = http.StatusInternalServerError
		b.Reset()
		b.WriteString(`{"status":"error","action":"","error":"internal","message":"the answer could not be written as JSON"}` + "\n")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// shorten cuts what a client sent to what fits a message, and keeps it valid UTF-8.
func shorten(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

func quote(s string) string { return strconv.Quote(shorten(s)) }

func itoa[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// epoch gives a moment in seconds since 1970; 0 = none.
func epoch(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func seconds(d time.Duration) int64 { return int64((d + time.Second/2) / time.Second) }
