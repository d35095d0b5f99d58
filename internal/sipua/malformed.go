package sipua

import (
	"bytes"
	"time"

	"holdline/internal/sipua/transport"
)

// malformed answers what can not be parsed with 400, if it is a request with
// a Via, by which the answer finds its transaction (RFC 3261 §17.1.3); the
// header lines are returned as they came. Everything else is dropped.
func (ua *UA) malformed(from transport.Flow, data []byte, why error, now time.Time) {
	ua.counters.malformed.Add(1)
	ua.warn("malformed", "malformed SIP message: check the device or, if it is nobody's, block its address",
		"from", from.String(), "error", why)
	if !ua.admit(from, now) {
		return
	}
	if answer := salvage(data, why.Error()); answer != nil {
		_ = ua.net.Send(from, answer, nil) // the sender repeats its request if this one is lost
	}
}

// echoed are the headers a response copies, with their compact forms.
var echoed = []struct{ name, compact string }{{"Via", "v"}, {"From", "f"}, {"To", "t"}, {"Call-ID", "i"}, {"CSeq", ""}}

// salvage makes a 400 from the lines of a request; nil if it has no Via.
func salvage(data []byte, why string) []byte {
	const most = 8192 // what it may cost
	data = data[:min(len(data), most)]
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	first, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if !bytes.HasSuffix(first, []byte(" SIP/2.0")) || bytes.HasPrefix(first, []byte("ACK ")) {
		return nil
	}
	found := make([][]byte, len(echoed))
	for line := range bytes.SplitSeq(rest, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
		for i, e := range echoed {
			if ok && len(value) > 0 && (bytes.EqualFold(name, []byte(e.name)) || e.compact != "" && bytes.EqualFold(name, []byte(e.compact))) {
				found[i] = append(found[i], e.name+": "...)
				found[i] = append(append(found[i], value...), "\r\n"...)
			}
		}
	}
	b := buffer(make([]byte, 0, 512))
	b.str("SIP/2.0 400 Bad Request\r\n")
	for i, lines := range found {
		if bytes.IndexByte(lines, 0) >= 0 || i == 0 && lines == nil {
			return nil
		}
		if lines != nil && echoed[i].name == "To" && !bytes.Contains(lines, []byte("tag=")) {
			lines = append(bytes.TrimSuffix(lines, []byte("\r\n")), ";tag=malformed\r\n"...)
		}
		b = append(b, lines...)
	}
	b.str(`Warning: 399 holdline "`, quotable(why), "\"\r\n")
	b.end("", nil)
	return b
}

// quotable makes text fit for a quoted string in a header (RFC 3261 §25.1).
func quotable(s string) string {
	out := make([]byte, 0, min(len(s), 120))
	for i := range min(len(s), 120) {
		c := s[i]
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			c = '\''
		}
		out = append(out, c)
	}
	return string(out)
}
