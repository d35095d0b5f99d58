package uapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"holdline/internal/app"
)

// reply is a successful answer; one without a body is 204.
type reply struct{ body any }

func (a reply) write(w http.ResponseWriter) {
	if a.body == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeJSON(w, http.StatusOK, a.body)
}

// Codes every operation may answer with (contracts/unifiedapi.md, Common rules).
const (
	codeDenied         = "access_denied"
	codeInternal       = "internal_server_error"
	codeNotImplemented = "request_not_implemented"
	codeLimit          = "rate_limit_exceeded" // our own: the pages have no limit
)

// fieldCodes maps the fields the use cases refuse to the pages' codes.
var fieldCodes = map[string]string{
	app.FieldUser:      "user_invalid",
	app.FieldExtension: "extension_invalid",
	"event_type":       "pce_type_invalid",
	"method":           "pce_method_invalid",
	"url":              "pce_url_invalid",
	"note":             "pce_note_invalid",
}

// fail answers with an error: a refusal in the pages' words, anything else as
// an internal error that only the log explains.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var own *refused
	var theirs *app.Error
	switch {
	case errors.Is(err, errUnauthorized):
		w.Header().Set("WWW-Authenticate", `Bearer realm="holdline"`)
		refuse(w, http.StatusUnauthorized, codeDenied, "the access token is missing, wrong or expired; get one at POST /oauth/token.php and send Authorization: Bearer <token>")
	case errors.Is(err, errNotImplemented):
		NotImplemented(w)
	case errors.As(err, &own):
		refuse(w, http.StatusBadRequest, own.code, own.message)
	case errors.As(err, &theirs) && theirs.Code == app.AccessDenied:
		refuse(w, http.StatusUnauthorized, codeDenied, theirs.Message)
	case errors.As(err, &theirs) && theirs.Code == app.Invalid && fieldCodes[theirs.Field] != "":
		refuse(w, http.StatusBadRequest, fieldCodes[theirs.Field], theirs.Message)
	default:
		h.internal(w, r, err)
	}
}

func (h *Handler) internal(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client is gone: nobody to answer, nothing broken
	}
	var theirs *app.Error
	if errors.As(err, &theirs) && theirs.Code == app.Unavailable {
		w.Header().Set("Retry-After", "5")
		h.Log.Warn("request refused", "request", requestID(w), "method", r.Method, "path", r.URL.Path, "err", errors.Join(err, theirs.Unwrap()))
		refuse(w, http.StatusInternalServerError, codeInternal, theirs.Message)
		return
	}
	h.Log.Error("request failed", "request", requestID(w), "method", r.Method, "path", r.URL.Path, "err", err)
	InternalError(w)
}

// InternalError answers that something broke on our side.
func InternalError(w http.ResponseWriter) {
	refuse(w, http.StatusInternalServerError, codeInternal, "something went wrong on our side; the server's log has more under request "+requestID(w))
}

// NotImplemented answers what no path of the dialect stands for.
func NotImplemented(w http.ResponseWriter) {
	refuse(w, http.StatusNotImplemented, codeNotImplemented, "this operation is not implemented; queue agents, presence and phoneCallEvents of extensions are")
}

type errorBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	var body errorBody
	body.Error.Code, body.Error.Message = code, message
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":{"code":"internal_server_error","message":"the answer could not be written as JSON"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// requestID is the one the server gave the request and tells in its answer.
func requestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }
