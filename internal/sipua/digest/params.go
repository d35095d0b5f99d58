package digest

import (
	"errors"
	"strings"
)

const (
	maxHeader = 2048 // bytes of a header we look at
	maxParams = 24
)

var (
	errNotDigest = errors.New("not a Digest header")
	errSyntax    = errors.New("malformed Digest header")
)

// params are the name=value pairs of a Digest header that have a meaning to us.
type params struct {
	username, realm, nonce, uri, response, algorithm string
	qop, nc, cnonce, opaque, stale                   string
}

// field gives where a parameter is kept; nil for one without a meaning to us.
func (p *params) field(name string) *string {
	switch {
	case strings.EqualFold(name, "username"):
		return &p.username
	case strings.EqualFold(name, "realm"):
		return &p.realm
	case strings.EqualFold(name, "nonce"):
		return &p.nonce
	case strings.EqualFold(name, "uri"):
		return &p.uri
	case strings.EqualFold(name, "response"):
		return &p.response
	case strings.EqualFold(name, "algorithm"):
		return &p.algorithm
	case strings.EqualFold(name, "qop"):
		return &p.qop
	case strings.EqualFold(name, "nc"):
		return &p.nc
	case strings.EqualFold(name, "cnonce"):
		return &p.cnonce
	case strings.EqualFold(name, "opaque"):
		return &p.opaque
	case strings.EqualFold(name, "stale"):
		return &p.stale
	}
	return nil
}

// parse reads the value of an (WWW-|Proxy-)Authenticate or Authorization
// header. Values may be quoted or not whatever their name is, as phones differ;
// the same name twice is an error, since two readers could take different ones.
func parse(header string) (p params, err error) {
	if len(header) > maxHeader {
		return p, errSyntax
	}
	scheme, rest, ok := strings.Cut(strings.TrimLeft(header, blank), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") {
		return p, errNotDigest
	}
	var seen [maxParams]*string
	for n := 0; ; n++ {
		rest = strings.TrimLeft(rest, blank+",")
		if rest == "" {
			return p, nil
		}
		var name, value string
		if name, value, rest, ok = next(rest); !ok || n == maxParams {
			return p, errSyntax
		}
		f := p.field(name)
		if f == nil {
			continue
		}
		for _, other := range seen[:n] {
			if other == f {
				return p, errSyntax
			}
		}
		*f, seen[n] = value, f
	}
}

const blank = " \t\r\n" // linear white space; header folding has left nothing else

// next cuts one name=value pair off.
func next(s string) (name, value, rest string, ok bool) {
	name, s, ok = strings.Cut(s, "=")
	name = strings.TrimRight(name, blank)
	if !ok || name == "" || strings.ContainsAny(name, blank+`",`) {
		return "", "", "", false
	}
	s = strings.TrimLeft(s, blank)
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ",")
		value = strings.TrimRight(value, blank)
		return name, value, rest, clean(value) && !strings.Contains(value, `"`)
	}
	value, rest, ok = unquote(s[1:])
	rest = strings.TrimLeft(rest, blank)
	return name, value, rest, ok && clean(value) && (rest == "" || rest[0] == ',')
}

// unquote reads up to the closing quote, resolving backslashes.
func unquote(s string) (value, rest string, ok bool) {
	end := strings.IndexAny(s, `"\`)
	if end < 0 {
		return "", "", false
	}
	if s[end] == '"' {
		return s[:end], s[end+1:], true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return string(out), s[i+1:], true
		case '\\':
			i++
			if i == len(s) {
				return "", "", false
			}
		}
		out = append(out, s[i])
	}
	return "", "", false
}

// clean keeps control characters out of values that go into logs and headers.
func clean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// quote appends name="value" with what needs a backslash given one.
func quote(out []byte, name, value string) []byte {
	out = append(out, name...)
	out = append(out, '=', '"')
	for i := range len(value) {
		if c := value[i]; c == '"' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, value[i])
	}
	return append(out, '"')
}
