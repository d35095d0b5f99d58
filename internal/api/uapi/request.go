package uapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
	"holdline/internal/origin"
)

// Bounds of requests.
const (
	maxBody   = 64 << 10
	drained   = 8 << 20 // of a larger body, before its sender is told
	maxNumber = 32      // characters of an extension or agent in the path
)

// run reads the request in the order of its refusals: path, then body; lists read their query themselves.
func (c *call) run(w http.ResponseWriter, r *http.Request, actor app.Actor, path route, base string, do endpoint) (reply, error) {
	c.query, _ = url.ParseQuery(r.URL.RawQuery) // what cannot be read is an unknown parameter: ignored
	origin := scheme(r) + "://" + r.Host
	c.request = origin + r.URL.EscapedPath()
	if err := c.parsePath(r, actor, path); err != nil {
		return reply{}, err
	}
	c.self = origin + base + "/extensions/" + r.PathValue("user") + "/" + c.number
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		c.parseBody(w, r)
	}
	return do(c)
}

// scheme is how the client reached us.
func scheme(r *http.Request) string {
	if origin.Secure(r) {
		return "https"
	}
	return "http"
}

// self stands for all the user's extensions.
const self = "@self"

// parsePath resolves {user} and {extension}, and takes the others as they are.
func (c *call) parsePath(r *http.Request, actor app.Actor, path route) (err error) {
	owner, err := parseOwner(r.PathValue("user"))
	if err != nil {
		return err
	}
	c.agent, c.kind, c.id = r.PathValue("agent"), r.PathValue("type"), r.PathValue("id")
	number := r.PathValue("extension")
	if number == self {
		if !path.all || owner.Any {
			return invalid("extension_invalid", "@self cannot be used here; name one extension by its extended number")
		}
		c.scope, err = c.app.ScopeOf(c.ctx, actor, owner, "")
		return err
	}
	if !isNumber(number) {
		return invalid("extension_invalid", "extension is %s; it must be an extended number such as 0003*210", quote(number))
	}
	if c.scope, err = c.app.ScopeOf(c.ctx, actor, owner, number); err != nil {
		return err
	}
	c.extension, c.number, err = c.app.ExtensionIn(c.scope, number, path.types...)
	return err
}

// parseOwner reads {user}.
func parseOwner(s string) (app.Owner, error) {
	switch s {
	case "@me", "@viewer":
		return app.Owner{Self: true}, nil
	case "@owner":
		return app.Owner{Any: true}, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != s {
		return app.Owner{}, invalid("user_invalid", "userId is %s; it must be @me, @viewer, @owner or a user's id", quote(s))
	}
	return app.Owner{User: id}, nil
}

// isNumber tells whether a path's part can be an extension's number.
func isNumber(s string) bool {
	return s != "" && len(s) <= maxNumber && strings.Trim(s, "0123456789*") == ""
}

// parseBody reads the parameters of the body. One that is no JSON object has
// none: the operation then misses its first, and tells what is wrong with the body.
func (c *call) parseBody(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		// Read on for a while: a client that is still sending would see its
		// connection reset instead of the answer.
		_, _ = io.CopyN(io.Discard, r.Body, drained)
		c.bodyErr = "the body is larger than 64 KiB; send less"
	case err != nil:
		c.bodyErr = "the body ended early or took too long; send it again"
	default:
		if c.body, err = strictjson.Parse(body); err != nil {
			c.body, c.bodyErr = nil, err.Error()
		}
	}
}

// parameter gives the text of a parameter of the body: numbers are accepted
// where the pages print strings, and the other way round.
func (c *call) parameter(name string) (text string, sent bool, ok bool) {
	for _, m := range c.body {
		if m.Name == name && !m.Value.IsNull() {
			if n, isNumber := m.Value.Int(); isNumber {
				return strconv.FormatInt(n, 10), true, true
			}
			text, ok = m.Value.Text()
			return text, true, ok
		}
	}
	return "", false, true
}

// shownValue is a parameter as it was sent, for messages.
func (c *call) shownValue(name string) string {
	if c.bodyErr != "" {
		return "missing: " + c.bodyErr
	}
	for _, m := range c.body {
		if m.Name == name {
			return shorten(string(m.Value))
		}
	}
	return "missing"
}

// shorten cuts what a client sent to what fits a message, and keeps it valid UTF-8.
func shorten(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

func quote(s string) string { return strconv.Quote(shorten(s)) }

// refused is a refusal of this dialect: its code stands in the pages.
type refused struct{ code, message string }

func (e *refused) Error() string { return "uapi: " + e.code + ": " + e.message }

func invalid(code, format string, args ...any) error {
	return &refused{code, fmt.Sprintf(format, args...)}
}
