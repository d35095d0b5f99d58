package ver1

import (
	"errors"
	"net/http"
	"strconv"

	"holdline/internal/app"
)

// reply is a successful answer.
type reply struct {
	status int
	body   any // nil: none
	total  int // of a list
	list   bool
	serve  func(http.ResponseWriter, *http.Request) // instead of all above: a file
}

func (a reply) write(w http.ResponseWriter, r *http.Request) {
	if a.serve != nil {
		a.serve(w, r)
		return
	}
	if a.list {
		w.Header().Set("X-Total-Count", itoa(a.total))
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	a.writeBody(w, r)
}

func shown[T any](f fields[T], v T, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	body, err := f.show(&v)
	return reply{status: http.StatusOK, body: body}, err
}

func created[T any](f fields[T], v T, err error) (reply, error) {
	answer, err := shown(f, v, err)
	answer.status = http.StatusCreated
	return answer, err
}

func listed[T any](f fields[T], list []T, total int, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	body, err := f.showAll(list)
	return reply{status: http.StatusOK, body: body, total: total, list: true}, err
}

func deleted(err error) (reply, error) {
	return reply{status: http.StatusNoContent}, err
}

// refusal is an error answer.
type refusal struct {
	code    int
	word    string
	field   string
	message string
}

// statuses maps the use cases' refusals to HTTP (contracts/ringme.md, errors).
var statuses = map[app.Code]struct {
	code int
	word string
}{
	app.Invalid:        {http.StatusBadRequest, "invalid_parameter"},
	app.AccessDenied:   {http.StatusForbidden, "access_denied"},
	app.NotFound:       {http.StatusNotFound, "not_found"},
	app.ClientNotFound: {http.StatusNotFound, "client_not_found"},
	app.AlreadyExists:  {http.StatusConflict, "already_exists"},
	app.AgentInQueue:   {http.StatusConflict, "agent_in_queue"},
	app.Conflict:       {http.StatusConflict, "conflict"},
	app.TooLarge:       {http.StatusRequestEntityTooLarge, "too_large"},
	app.TooMany:        {http.StatusTooManyRequests, "rate_limit_exceeded"},
	app.Unavailable:    {http.StatusServiceUnavailable, "unavailable"},
	app.Unauthorized:   {http.StatusUnauthorized, "unauthorized"},
}

// fail answers with an error: a refusal as it is, anything else as an
// internal error that only the log explains.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *app.Error
	switch {
	case errors.Is(err, errUnauthorized):
		w.Header().Set("WWW-Authenticate", `Bearer realm="holdline"`)
		h.refuse(w, refusal{http.StatusUnauthorized, "unauthorized", "", "the access token is missing, wrong or expired; get one at POST /oauth/token and send Authorization: Bearer <token>"})
	case errors.Is(err, errMediaType):
		h.refuse(w, refusal{http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the body is not JSON in UTF-8; send Content-Type: application/json"})
	case errors.Is(err, errFormType):
		h.refuse(w, refusal{http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the body is no form; send multipart/form-data with title and file, as curl -F does"})
	case errors.Is(err, errTooLarge):
		h.refuse(w, refusal{http.StatusRequestEntityTooLarge, "too_large", "", "the body is larger than 64 KiB; send less"})
	case errors.As(err, &refused):
		to, ok := statuses[refused.Code]
		if !ok {
			h.internal(w, r, err)
			return
		}
		if to.code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
			h.Log.Warn("request refused", "request", requestID(w), "method", r.Method, "path", r.URL.Path, "err", errors.Join(err, refused.Unwrap()))
		}
		h.refuse(w, refusal{to.code, to.word, refused.Field, refused.Message})
	default:
		h.internal(w, r, err)
	}
}

func (h *Handler) internal(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client is gone: nobody to answer, nothing broken
	}
	h.Log.Error("request failed", "request", requestID(w), "method", r.Method, "path", r.URL.Path, "err", err)
	InternalError(w)
}

// InternalError answers that something broke on our side.
func InternalError(w http.ResponseWriter) {
	writeJSON(w, http.StatusInternalServerError, map[string]string{"status": "internal_error",
		"message": "something went wrong on our side; the server's log has more under request " + requestID(w)})
}

func (h *Handler) refuse(w http.ResponseWriter, e refusal) {
	writeJSON(w, e.code, struct {
		Message string `json:"message"`
		Status  string `json:"status"`
		Field   string `json:"field,omitempty"`
	}{e.message, e.word, e.field})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"message":"the answer could not be written as JSON","status":"internal_error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}

// requestID is the one the server gave the request and tells in its answer.
func requestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }

func itoa[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }
