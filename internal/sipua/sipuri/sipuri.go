// Package sipuri takes SIP URIs apart and compares them (RFC 3261 §19.1), for
// the packages beside it that have to know whether two URIs mean the same
// place. It is not a general parser: what only a transport needs stays out.
package sipuri

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// maxLength bounds what a stranger can make us look at; real contacts stay far below.
const maxLength = 512

// ErrSyntax: not a sip or sips URI.
var ErrSyntax = errors.New("not a SIP URI")

// URI is a sip or sips URI. Every part is normalised for comparison: scheme,
// host and parameters in lower case, needless escapes resolved.
type URI struct {
	Scheme string // "sip" or "sips"
	User   string // with password, if any: "user:password"; case matters
	Host   string // name or address; IPv6 without brackets, in canonical form
	Port   uint16 // 0 = not given, which is not the same as the default (RFC 3261 §19.1.4)
	params []param
	header []param
}

type param struct{ name, value string }

// Parse reads a URI without the angle brackets around it.
func Parse(s string) (URI, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || len(s) > maxLength || !printable(rest) {
		return URI{}, ErrSyntax
	}
	u := URI{Scheme: strings.ToLower(scheme)}
	if u.Scheme != "sip" && u.Scheme != "sips" {
		return URI{}, ErrSyntax
	}
	// The user part may hold ; ? and : unescaped, so it ends before anything else is looked for.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if u.User, ok = unescape(rest[:at]); !ok || at == 0 {
			return URI{}, ErrSyntax
		}
		rest = rest[at+1:]
	}
	rest, headers, _ := strings.Cut(rest, "?")
	hostport, params, _ := strings.Cut(rest, ";")
	if u.Host, u.Port, ok = splitHostPort(hostport); !ok {
		return URI{}, ErrSyntax
	}
	if u.params, ok = split(params, ";"); !ok {
		return URI{}, ErrSyntax
	}
	if u.header, ok = split(headers, "&"); !ok {
		return URI{}, ErrSyntax
	}
	return u, nil
}

// Param gives a URI parameter's value in lower case.
func (u URI) Param(name string) (string, bool) { return find(u.params, name) }

// Equal compares as RFC 3261 §19.1.4 does. It is not transitive: a parameter
// that only one side has is passed over unless it changes where a request goes.
func (u URI) Equal(v URI) bool {
	return u.Scheme == v.Scheme && u.User == v.User && u.Host == v.Host && u.Port == v.Port &&
		paramsAgree(u.params, v.params) && paramsAgree(v.params, u.params) &&
		contains(u.header, v.header) && contains(v.header, u.header)
}

func paramsAgree(a, b []param) bool {
	for _, p := range a {
		value, ok := find(b, p.name)
		if ok && value != p.value {
			return false
		}
		if !ok && mustMatch(p.name) {
			return false
		}
	}
	return true
}

// mustMatch names the parameters that one URI may not have alone.
func mustMatch(name string) bool {
	switch name {
	case "transport", "maddr", "user", "ttl", "method":
		return true
	}
	return false
}

func contains(a, b []param) bool {
	for _, p := range b {
		if value, ok := find(a, p.name); !ok || value != p.value {
			return false
		}
	}
	return true
}

func find(list []param, name string) (string, bool) {
	for _, p := range list {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

func split(s, separator string) ([]param, bool) {
	if s == "" {
		return nil, true
	}
	var out []param
	for part := range strings.SplitSeq(s, separator) {
		name, value, _ := strings.Cut(part, "=")
		name, ok := unescape(name)
		value, ok2 := unescape(value)
		name = strings.ToLower(name)
		if _, twice := find(out, name); !ok || !ok2 || name == "" || twice {
			return nil, false // twice is forbidden (§19.1.1), and would not equal itself
		}
		out = append(out, param{name, strings.ToLower(value)})
	}
	return out, true
}

func splitHostPort(s string) (host string, port uint16, ok bool) {
	host = s
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, false
		}
		addr, err := netip.ParseAddr(s[1:end])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", 0, false
		}
		host, s = addr.String(), s[end+1:]
	} else {
		host, s, ok = strings.Cut(s, ":")
		if !validHost(host) {
			return "", 0, false
		}
		host = strings.ToLower(host)
		if !ok {
			return host, 0, true
		}
		s = ":" + s
	}
	if s == "" {
		return host, 0, true
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(s, ":"), 10, 16)
	if err != nil || s[0] != ':' || n == 0 {
		return "", 0, false
	}
	return host, uint16(n), true
}

func validHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isAlphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// unescape resolves %hh. An escaped reserved character differs from the bare
// one (§19.1.4), so only what needed no escape is resolved; the rest keeps
// its escape with upper-case digits.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		if c := byte(n); isAlphanumeric(c) || strings.IndexByte("-_.!~*'()", c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, strings.ToUpper(s[i:i+3])...)
		}
		i += 2
	}
	return string(out), true
}

// printable keeps control characters, spaces and the brackets of a header out.
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' {
			return false
		}
	}
	return true
}
