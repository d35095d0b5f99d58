package negotiate

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"holdline/internal/media"
)

const (
	maxSections = 32 // m= lines: an answer repeats each
	maxFormats  = 64 // formats of one m= line looked at
)

// medium is an m= line with its attributes while it is read.
type medium struct {
	section
	port      uint16
	formats   []byte // payload types in order; empty if proto is not RTP
	rtpmaps   []rtpmap
	address   netip.Addr // invalid = the session's
	unusable  string     // why the address cannot be sent to
	direction Direction
	directed  bool
	ptime     time.Duration
}

type rtpmap struct {
	payloadType uint8
	encoding    string // name/rate
}

// reader holds what is known so far. The session level is a medium too: its
// address and direction are what the others inherit.
type reader struct {
	out     Session
	session medium
	media   []medium
}

// Parse reads a description. It fails with ErrMalformed, or with
// ErrNotAcceptable if no audio stream in it is one we can do; the message says
// what was offered.
func Parse(body []byte) (Session, error) {
	var r reader
	begun, n := false, 0
	for text := range strings.SplitSeq(string(body), "\n") {
		n++
		text = strings.TrimRight(text, "\r ")
		switch {
		case text == "":
			continue
		case !begun && text != "v=0":
			return Session{}, malformed(n, text, "a description begins with v=0")
		case len(text) < 2 || text[1] != '=':
			return Session{}, malformed(n, text, "not of the form x=value")
		}
		begun = true
		if why := r.line(text[0], text[2:]); why != "" {
			return Session{}, malformed(n, text, why)
		}
	}
	if !begun {
		return Session{}, malformed(n, "", "it is empty")
	}
	return r.finish()
}

// line reads one line; what is not needed is passed over, right or wrong.
func (r *reader) line(kind byte, value string) (why string) {
	current := &r.session
	if len(r.media) > 0 {
		current = &r.media[len(r.media)-1]
	}
	switch kind {
	case 'o':
		r.origin(value)
	case 'c':
		return current.connection(value)
	case 'm':
		return r.medium(value)
	case 'a':
		current.attribute(value)
	}
	return ""
}

// origin keeps the numbers; phones that write something else there still get their call.
func (r *reader) origin(value string) {
	_, rest, _ := strings.Cut(value, " ")
	id, rest, _ := strings.Cut(rest, " ")
	version, _, _ := strings.Cut(rest, " ")
	r.out.SessionID, _ = strconv.ParseUint(id, 10, 64)
	r.out.Version, _ = strconv.ParseUint(version, 10, 64)
}

// connection reads "IN IP4 192.0.2.1". Only the first of several counts.
func (m *medium) connection(value string) (why string) {
	network, rest, _ := strings.Cut(value, " ")
	kind, address, ok := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if !ok || network != "IN" || kind != "IP4" && kind != "IP6" {
		return "an address looks like IN IP4 192.0.2.1"
	}
	if m.address.IsValid() || m.unusable != "" {
		return ""
	}
	address, _, _ = strings.Cut(strings.TrimSpace(address), "/")
	addr, err := netip.ParseAddr(address)
	switch {
	case err != nil && strings.HasSuffix(address, ".invalid"): // hold in IPv6 (RFC 6157 §5.1)
		m.address = netip.IPv6Unspecified()
	case err != nil:
		m.unusable = "an address by name, " + address
	case addr.IsMulticast() || addr.Zone() != "":
		m.unusable = "the address " + address
	default:
		m.address = addr.Unmap()
	}
	return ""
}

// medium reads "audio 49170/2 RTP/AVP 0 8 101".
func (r *reader) medium(value string) (why string) {
	if len(r.media) == maxSections {
		return "too many m= lines"
	}
	kind, rest, _ := strings.Cut(value, " ")
	port, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	proto, formats, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	port, _, _ = strings.Cut(port, "/")
	n, err := strconv.ParseUint(port, 10, 16)
	formats = strings.Trim(formats, " ")
	if err != nil || kind == "" || proto == "" || formats == "" {
		return "a stream looks like audio 49170 RTP/AVP 0"
	}
	first, _, _ := strings.Cut(formats, " ")
	m := medium{section: section{kind, proto, first}, port: uint16(n)}
	if kind == "audio" && isRTP(proto) {
		m.formats, why = payloadTypes(formats)
	}
	r.media = append(r.media, m)
	return why
}

// isRTP: plain RTP, whose feedback variety (RFC 4585) differs in RTCP only.
func isRTP(proto string) bool { return proto == "RTP/AVP" || proto == "RTP/AVPF" }

func payloadTypes(list string) (out []byte, why string) {
	for f := range strings.SplitSeq(list, " ") {
		if f == "" {
			continue
		}
		n, err := strconv.ParseUint(f, 10, 7)
		if err != nil {
			return nil, "payload types are numbers from 0 to 127"
		}
		if len(out) < maxFormats {
			out = append(out, byte(n))
		}
	}
	return out, ""
}

func (m *medium) attribute(value string) {
	name, value, _ := strings.Cut(value, ":")
	switch name {
	case "rtpmap":
		number, encoding, ok := strings.Cut(strings.TrimSpace(value), " ")
		n, err := strconv.ParseUint(number, 10, 7)
		if ok && err == nil && len(m.rtpmaps) < maxFormats {
			m.rtpmaps = append(m.rtpmaps, rtpmap{uint8(n), strings.TrimLeft(encoding, " ")})
		}
	case "ptime":
		if ms, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && ms > 0 && ms <= 1000 {
			m.ptime = time.Duration(ms * float64(time.Millisecond))
		}
	default:
		for d, known := range directionNames {
			if name == known {
				m.direction, m.directed = Direction(d), true
			}
		}
	}
}

// finish takes the first audio stream we can do, else one that is refused, else says why there is none.
func (r *reader) finish() (Session, error) {
	best, reasons := -1, make([]string, 0, 2)
	for i := range r.media {
		m := &r.media[i]
		r.out.sections = append(r.out.sections, m.section)
		if m.media != "audio" || best >= 0 && r.media[best].port != 0 {
			continue
		}
		r.inherit(m)
		if m.port == 0 {
			best = max(best, i)
		} else if why := m.problem(); why != "" {
			reasons = append(reasons, why)
		} else {
			best = i
		}
	}
	if len(reasons) == 0 && best < 0 {
		reasons = append(reasons, "no audio")
	}
	if best < 0 || r.media[best].port == 0 && len(reasons) > 0 {
		return Session{}, refusal(strings.Join(reasons, " and "))
	}
	r.take(best)
	return r.out, nil
}

func (r *reader) inherit(m *medium) {
	if !m.address.IsValid() && m.unusable == "" {
		m.address, m.unusable = r.session.address, r.session.unusable
	}
	if !m.directed {
		m.direction = r.session.direction
	}
	if m.ptime == 0 {
		m.ptime = r.session.ptime
	}
}

// problem says why a stream cannot be used.
func (m *medium) problem() string {
	switch {
	case !isRTP(m.proto):
		return m.proto
	case m.unusable != "":
		return m.unusable
	case !m.address.IsValid():
		return "no address (c= line)"
	}
	for _, pt := range m.formats {
		if _, ok := m.codec(pt); ok {
			return ""
		}
	}
	names := make([]string, 0, len(m.formats))
	for _, pt := range m.formats {
		names = append(names, m.describe(pt))
	}
	return strings.Join(names, ", ")
}

func (r *reader) take(i int) {
	m := &r.media[i]
	s := &r.out
	s.audio, s.Refused = i, m.port == 0
	s.Addr = netip.AddrPortFrom(m.address, m.port)
	s.Direction, s.PTime = m.direction, m.ptime
	if m.address.IsValid() && m.address.IsUnspecified() {
		s.Direction = direction(s.Direction.Sends(), false)
	}
	for _, pt := range m.formats {
		if codec, ok := m.codec(pt); ok {
			s.Formats = append(s.Formats, Format{codec, pt})
		} else if encoding, _ := m.encoding(pt); s.Event == 0 && sameEncoding(encoding, "telephone-event") {
			s.Event = pt
		}
	}
}

func (m *medium) encoding(pt uint8) (string, bool) {
	for _, r := range m.rtpmaps {
		if r.payloadType == pt {
			return r.encoding, true
		}
	}
	return "", false
}

// supported are the codecs we know, as they stand in descriptions.
var supported = [...]media.Codec{media.PCMU, media.PCMA, media.G722}

// codec maps a payload type: by its rtpmap, or by its static number without one.
func (m *medium) codec(pt uint8) (media.Codec, bool) {
	encoding, mapped := m.encoding(pt)
	for _, c := range supported {
		if !mapped && c.PayloadType() == pt || mapped && sameEncoding(encoding, c.Name()) {
			return c, true
		}
	}
	return 0, false
}

// sameEncoding compares "PCMU/8000" or "PCMU/8000/1" with a name; all of ours have that clock.
func sameEncoding(encoding, name string) bool {
	if len(encoding) < len(name) || !strings.EqualFold(encoding[:len(name)], name) {
		return false
	}
	rest := encoding[len(name):]
	return rest == "/8000" || rest == "/8000/1"
}

// describe names a payload type for the log.
func (m *medium) describe(pt uint8) string {
	if encoding, ok := m.encoding(pt); ok {
		return encoding
	}
	return "payload type " + strconv.Itoa(int(pt))
}
