package ver1

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

// Bounds of requests (contracts/ringme.md, Common rules).
const (
	maxBody        = 64 << 10
	drained        = 8 << 20 // of a larger body, before its sender is told
	defaultPerPage = 50
	maxPerPage     = 200
	maxName        = 256 // of an id that is a text
)

// parsePath resolves {client}, {extension} and {agent}. What cannot be an id is not found, like an id that does not exist.
func (c *call) parsePath(r *http.Request) (err error) {
	if s := r.PathValue("client"); s != "" && s != "@me" {
		id, ok := parseID(s)
		if !ok {
			return &app.Error{Code: app.ClientNotFound, Message: fmt.Sprintf("there is no client %q; use @me or a client's id", shorten(s))}
		}
		if c.actor, err = c.app.In(c.ctx, c.actor, id); err != nil {
			return err
		}
	}
	if s := r.PathValue("extension"); s != "" {
		if c.extension, err = parseExtension(s); err != nil {
			return err
		}
	}
	if s := r.PathValue("agent"); s != "" {
		id, ok := parseID(s)
		if !ok {
			return &app.Error{Code: app.NotFound, Message: fmt.Sprintf("there is no agent %q; use an agent's id", shorten(s))}
		}
		c.agent = app.AgentRef{ID: app.AgentID(id), Remote: c.remote}
	}
	if err := c.parseEvent(r); err != nil {
		return err
	}
	if err := c.parseManaged(r); err != nil {
		return err
	}
	return c.parseThing(r)
}

// parseThing resolves {sound}, and {call}, {record} and {number}, whose ids are texts.
func (c *call) parseThing(r *http.Request) error {
	if s := r.PathValue("sound"); s != "" {
		id, ok := parseID(s)
		if !ok {
			return &app.Error{Code: app.NotFound, Message: fmt.Sprintf("there is no sound %q; use a sound's id", shorten(s))}
		}
		c.sound = id
	}
	c.name = r.PathValue("call") + r.PathValue("record") + r.PathValue("number") // no path has two of them
	if len(c.name) > maxName || !utf8.ValidString(c.name) || strings.ContainsRune(c.name, 0) {
		return &app.Error{Code: app.NotFound, Message: fmt.Sprintf("there is no %q here; list what there is to find the right id", shorten(c.name))}
	}
	return nil
}

// parseExtension reads a numeric id or @number.
func parseExtension(s string) (app.ExtensionRef, error) {
	if number, ok := strings.CutPrefix(s, "@"); ok {
		if number != "" && len(number) <= 32 && strings.Trim(number, "0123456789*") == "" {
			return app.ExtensionRef{Number: number}, nil
		}
	} else if id, ok := parseID(s); ok {
		return app.ExtensionRef{ID: id}, nil
	}
	return app.ExtensionRef{}, &app.Error{Code: app.NotFound, Message: fmt.Sprintf("there is no extension %q; use its id, or @ and its number", shorten(s))}
}

// parseID reads an id as the server writes it: digits, not beginning with 0, within 63 bits.
func parseID(s string) (int64, bool) {
	id, err := strconv.ParseInt(s, 10, 64)
	return id, err == nil && id > 0 && itoa(id) == s
}

func (c *call) parseQuery(r *http.Request) (err error) {
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return app.Invalidf("", "the query is not form-encoded: %s; write %% as %%25 and separate parameters by &", shorten(err.Error()))
	}
	return nil
}

// page reads page and per_page.
func (c *call) page() (app.Page, error) {
	number, err := c.count("page", 1, 1_000_000_000)
	if err != nil {
		return app.Page{}, err
	}
	size, err := c.count("per_page", defaultPerPage, maxPerPage)
	return app.Page{Offset: (number - 1) * size, Limit: size}, err
}

func (c *call) count(name string, byDefault, most int) (int, error) {
	if !c.query.Has(name) {
		return byDefault, nil
	}
	n, err := strconv.Atoi(c.query.Get(name))
	if err != nil || n < 1 || n > most {
		return 0, app.Invalidf(name, "%s is %q; allowed are 1 to %d", name, shorten(c.query.Get(name)), most)
	}
	return n, nil
}

// flag reads a query parameter that is true or false.
func (c *call) flag(name string, byDefault bool) (bool, error) {
	if !c.query.Has(name) {
		return byDefault, nil
	}
	switch s := c.query.Get(name); s {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	default:
		return false, app.Invalidf(name, "%s is %q; allowed are true, false", name, shorten(s))
	}
}

var (
	errMediaType = errors.New("ver1: not JSON")
	errTooLarge  = errors.New("ver1: body too large")
)

func (c *call) parseBody(w http.ResponseWriter, r *http.Request) error {
	if !isJSON(r.Header) {
		return errMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		// Read on for a while: a client that is still sending would see its
		// connection reset instead of the answer.
		_, _ = io.CopyN(io.Discard, r.Body, drained)
		return errTooLarge
	}
	if err != nil {
		return app.Invalidf("", "the body could not be read: it ended early or took too long; send it again")
	}
	c.body, err = strictjson.Parse(body)
	var bad *strictjson.Error
	if errors.As(err, &bad) {
		return app.Invalidf(shorten(bad.Field), "%s", bad.Message)
	}
	return err
}

// isJSON allows a missing Content-Type, but none that says something else.
func isJSON(h http.Header) bool {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return false
	}
	if h.Get("Content-Type") == "" {
		return true
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, stated := params["charset"]
	return err == nil && kind == "application/json" && (!stated || strings.EqualFold(charset, "utf-8"))
}

// shorten cuts what a client sent to what fits a message, and keeps it valid UTF-8.
func shorten(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
