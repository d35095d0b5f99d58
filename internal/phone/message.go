package phone

import (
	"bytes"
	"errors"
	"strconv"
)

// header names the headers the phones care about; others are passed over.
type header uint8

const (
	hOther header = iota
	hVia
	hFrom
	hTo
	hCallID
	hCSeq
	hContact
	hRecordRoute
	hContentLength
	hContentType
	hExpires
	hRetryAfter
	hWWWAuthenticate
	hProxyAuthenticate
	hAuthorization
	hProxyAuthorization
	hReferTo
	hReason
	hRequire
	hWarning
)

// headerNames has the long and the compact form (RFC 3261 §7.3.3), in lower case.
var headerNames = map[string]header{
	"via": hVia, "v": hVia, "from": hFrom, "f": hFrom, "to": hTo, "t": hTo, "call-id": hCallID, "i": hCallID, "cseq": hCSeq,
	"contact": hContact, "m": hContact, "record-route": hRecordRoute, "content-length": hContentLength, "l": hContentLength,
	"content-type": hContentType, "c": hContentType, "expires": hExpires, "retry-after": hRetryAfter,
	"www-authenticate": hWWWAuthenticate, "proxy-authenticate": hProxyAuthenticate, "authorization": hAuthorization,
	"proxy-authorization": hProxyAuthorization, "refer-to": hReferTo, "r": hReferTo, "reason": hReason,
	"require": hRequire, "warning": hWarning,
}

type field struct {
	name  header
	value []byte
}

// message is a parsed SIP message. All slices point into the datagram it was
// parsed from; a message is parsed into again and again without allocating.
type message struct {
	method []byte // of a request; nil in a response
	uri    []byte
	code   int // of a response; 0 in a request
	reason []byte
	fields []field
	body   []byte
	cseq   uint32
	of     []byte // the method in CSeq
	branch []byte // of the topmost Via
}

var (
	errNotSIP     = errors.New("phone: not a SIP message")
	errIncomplete = errors.New("phone: a header that every message needs is missing")
)

// parse reads a datagram. Folded header lines are joined in place.
func (m *message) parse(data []byte) error {
	*m = message{fields: m.fields[:0]}
	line, rest, ok := nextLine(data)
	if !ok || !m.parseStart(line) {
		return errNotSIP
	}
	for {
		line, rest, ok = nextLine(rest)
		if !ok {
			return errNotSIP // no empty line: cut off
		}
		if len(line) == 0 {
			break
		}
		for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
			more, after, ok := nextLine(rest)
			if !ok {
				return errNotSIP
			}
			line, rest = join(line, more), after
		}
		m.addField(line)
	}
	m.body = rest
	return m.complete()
}

// join makes one line of two neighbours in the same buffer, blanking the line end between them.
func join(line, more []byte) []byte {
	whole := line[:cap(line)]
	gap := cap(line) - cap(more) // both slices run to the end of the buffer
	for i := len(line); i < gap; i++ {
		whole[i] = ' '
	}
	return whole[:gap+len(more)]
}

func nextLine(data []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(data, '\n')
	if i < 0 {
		return nil, nil, false
	}
	return bytes.TrimSuffix(data[:i], []byte("\r")), data[i+1:], true
}

func (m *message) parseStart(line []byte) bool {
	if after, ok := bytes.CutPrefix(line, []byte("SIP/2.0 ")); ok {
		code, reason, _ := bytes.Cut(after, []byte(" "))
		n, err := strconv.Atoi(string(code))
		m.code, m.reason = n, reason
		return err == nil && n >= 100 && n <= 699
	}
	method, rest, ok := bytes.Cut(line, []byte(" "))
	uri, version, ok2 := bytes.Cut(rest, []byte(" "))
	m.method, m.uri = method, uri
	return ok && ok2 && len(method) > 0 && len(uri) > 0 && string(version) == "SIP/2.0"
}

func (m *message) addField(line []byte) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return
	}
	name = bytes.TrimSpace(name)
	var lower [24]byte
	if len(name) > len(lower) {
		return
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	if id := headerNames[string(lower[:len(name)])]; id != hOther {
		m.fields = append(m.fields, field{id, bytes.TrimSpace(value)})
	}
}

// complete checks what RFC 3261 §8.1.1 demands and cuts the body to its length.
func (m *message) complete() error {
	for _, h := range [...]header{hVia, hFrom, hTo, hCallID} {
		if len(m.get(h)) == 0 {
			return errIncomplete
		}
	}
	number, of, ok := bytes.Cut(m.get(hCSeq), []byte(" "))
	n, err := strconv.ParseUint(string(number), 10, 32)
	if !ok || err != nil {
		return errIncomplete
	}
	m.cseq, m.of = uint32(n), bytes.TrimSpace(of)
	m.branch = param(firstOf(m.get(hVia)), "branch")
	if l := m.get(hContentLength); l != nil {
		n, err := strconv.Atoi(string(l))
		if err != nil || n < 0 || n > len(m.body) {
			return errNotSIP
		}
		m.body = m.body[:n]
	}
	return nil
}

// get gives the first value of a header, nil if it is not there.
func (m *message) get(h header) []byte {
	for i := range m.fields {
		if m.fields[i].name == h {
			return m.fields[i].value
		}
	}
	return nil
}

// seconds gives a header's number as in Expires and Retry-After ("18 (maintenance);duration=60"); -1 if there is none.
func (m *message) seconds(h header) int {
	v := m.get(h)
	end := 0
	for end < len(v) && v[end] >= '0' && v[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(v[:end]))
	if err != nil {
		return -1
	}
	return n
}

func (m *message) fromTag() []byte { return param(m.get(hFrom), "tag") }
func (m *message) toTag() []byte   { return param(m.get(hTo), "tag") }

// firstOf gives the first of a comma-separated list of header values.
func firstOf(v []byte) []byte {
	quoted, angle := false, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			return bytes.TrimSpace(v[:i])
		}
	}
	return v
}

// nameAddr splits "Name" <uri>;params or uri;params (RFC 3261 §20.10). The
// name comes without its quotes, escapes kept.
func nameAddr(v []byte) (name, uri, params []byte) {
	open := 0
	if len(v) > 0 && v[0] == '"' {
		for i := 1; i < len(v); i++ {
			if v[i] == '\\' {
				i++
			} else if v[i] == '"' {
				name, open = v[1:i], i
				break
			}
		}
	}
	if lt := bytes.IndexByte(v[open:], '<'); lt >= 0 {
		if open == 0 {
			name = bytes.TrimSpace(v[:lt])
		}
		rest := v[open+lt+1:]
		uri, params, _ = bytes.Cut(rest, []byte(">"))
		return name, bytes.TrimSpace(uri), params
	}
	if semi := bytes.IndexByte(v, ';'); semi >= 0 {
		return nil, bytes.TrimSpace(v[:semi]), v[semi:]
	}
	return nil, bytes.TrimSpace(v), nil
}

// param gives a parameter of a header value, nil if it is not there and
// empty but not nil if it has no value.
func param(v []byte, name string) []byte {
	_, _, params := nameAddr(v)
	for len(params) > 0 {
		var p []byte
		p, params, _ = bytes.Cut(params, []byte(";"))
		key, value, has := bytes.Cut(p, []byte("="))
		key = bytes.TrimSpace(key)
		if len(key) == len(name) && bytes.EqualFold(key, []byte(name)) {
			if !has {
				return []byte{}
			}
			return bytes.TrimSpace(value)
		}
	}
	return nil
}

// splitURI gives the user and the host[:port] of a sip: URI.
func splitURI(uri []byte) (user, host []byte) {
	_, rest, ok := bytes.Cut(uri, []byte(":"))
	if !ok {
		return nil, nil
	}
	if i := bytes.IndexAny(rest, ";?>"); i >= 0 {
		rest = rest[:i]
	}
	if at := bytes.LastIndexByte(rest, '@'); at >= 0 {
		user, rest = rest[:at], rest[at+1:]
		user, _, _ = bytes.Cut(user, []byte(":")) // a password in a URI is not ours to use
	}
	return user, rest
}
