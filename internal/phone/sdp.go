package phone

import (
	"bytes"
	"net/netip"
	"strconv"
)

// Codec is the RTP payload type of a codec (RFC 3551, table 4).
type Codec uint8

// The codecs the phones speak: 8 kHz clock, 160 bytes each 20 ms.
const (
	PCMU Codec = 0
	PCMA Codec = 8
	G722 Codec = 9
)

var codecNames = map[Codec]string{PCMU: "PCMU", PCMA: "PCMA", G722: "G722"}

// eventType is the payload type the phones offer for telephone-event.
const eventType = 101

// direction of media as its sender sees it (RFC 3264 §5.1).
type direction uint8

const (
	sendRecv direction = iota
	sendOnly
	recvOnly
	inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

func (d direction) sends() bool    { return d == sendRecv || d == sendOnly }
func (d direction) receives() bool { return d == sendRecv || d == recvOnly }

// session is what a session description says about audio.
type session struct {
	addr   netip.AddrPort
	codecs []Codec // payload types in order of preference
	event  uint8   // payload type of telephone-event, 0 if there is none
	dir    direction
}

// parseSession reads the first audio stream of a session description (RFC
// 8866); ok is false when there is none that can be used.
func parseSession(body []byte) (s session, ok bool) {
	var host netip.Addr
	inAudio, seen := false, false
	port := uint64(0)
	for len(body) > 0 {
		line, rest, more := nextLine(body)
		if !more {
			line = bytes.TrimSuffix(body, []byte("\r"))
		}
		body = rest
		if len(line) < 2 || line[1] != '=' {
			continue
		}
		value := line[2:]
		switch line[0] {
		case 'm':
			inAudio = !seen && bytes.HasPrefix(value, []byte("audio "))
			if inAudio {
				seen = true
				port, s.codecs = parseMedia(value)
			}
		case 'c':
			if a, valid := bytes.CutPrefix(value, []byte("IN IP4 ")); valid && (inAudio || !seen) {
				a, _, _ = bytes.Cut(a, []byte("/"))
				host, _ = netip.ParseAddr(string(bytes.TrimSpace(a)))
			}
		case 'a':
			if inAudio || !seen {
				s.attribute(value)
			}
		}
	}
	s.addr = netip.AddrPortFrom(host, uint16(port))
	return s, seen && port > 0 && host.Is4() && len(s.codecs) > 0
}

func parseMedia(value []byte) (port uint64, codecs []Codec) {
	parts := bytes.Fields(value)
	if len(parts) < 4 {
		return 0, nil
	}
	port, err := strconv.ParseUint(string(parts[1]), 10, 16)
	if err != nil {
		return 0, nil
	}
	for _, p := range parts[3:] {
		if n, err := strconv.ParseUint(string(p), 10, 7); err == nil {
			codecs = append(codecs, Codec(n))
		}
	}
	return port, codecs
}

func (s *session) attribute(value []byte) {
	for d, name := range directionNames {
		if string(value) == name {
			s.dir = direction(d)
			return
		}
	}
	pt, format, ok := bytes.Cut(bytes.TrimPrefix(value, []byte("rtpmap:")), []byte(" "))
	if !ok || !bytes.HasPrefix(value, []byte("rtpmap:")) || !bytes.HasPrefix(bytes.ToLower(format), []byte("telephone-event/8000")) {
		return
	}
	if n, err := strconv.ParseUint(string(pt), 10, 7); err == nil {
		s.event = uint8(n)
	}
}

// held says that the other side does not want to hear us (RFC 3264 §8.4, and the old way by address).
func (s *session) held() bool { return !s.dir.receives() || s.addr.Addr().IsUnspecified() }

// choose gives the first of the other side's codecs that is among ours.
func (s *session) choose(ours []Codec) (Codec, bool) {
	for _, c := range s.codecs {
		for _, o := range ours {
			if c == o {
				return c, true
			}
		}
	}
	return 0, false
}

// appendSession writes a session description of ours.
func appendSession(b []byte, ip string, port uint16, id, version uint32, codecs []Codec, event uint8, dir direction) []byte {
	b = append(b, "v=0\r\no=- "...)
	b = strconv.AppendUint(b, uint64(id), 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(version), 10)
	b = append(append(b, " IN IP4 "...), ip...)
	b = append(append(b, "\r\ns=-\r\nc=IN IP4 "...), ip...)
	b = append(b, "\r\nt=0 0\r\nm=audio "...)
	b = strconv.AppendUint(b, uint64(port), 10)
	b = append(b, " RTP/AVP"...)
	for _, c := range codecs {
		b = strconv.AppendUint(append(b, ' '), uint64(c), 10)
	}
	if event != 0 {
		b = strconv.AppendUint(append(b, ' '), uint64(event), 10)
	}
	for _, c := range codecs {
		b = strconv.AppendUint(append(b, "\r\na=rtpmap:"...), uint64(c), 10)
		b = append(append(append(b, ' '), codecNames[c]...), "/8000"...)
	}
	if event != 0 {
		b = strconv.AppendUint(append(b, "\r\na=rtpmap:"...), uint64(event), 10)
		b = strconv.AppendUint(append(b, " telephone-event/8000\r\na=fmtp:"...), uint64(event), 10)
		b = append(b, " 0-16"...)
	}
	b = append(append(b, "\r\na=ptime:20\r\na="...), directionNames[dir]...)
	return append(b, '\r', '\n')
}
