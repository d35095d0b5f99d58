// Package negotiate makes and reads the SDP of audio calls: offers and
// answers (RFC 3264) in the syntax of RFC 8866. One audio stream over plain
// RTP is negotiated; whatever else is offered is refused in the answer.
//
// The reader is our own. pion/sdp is stricter than phones are: it refuses a
// whole call for m=image (fax), an unknown bandwidth modifier or a missing last
// line end, and takes twice as long. Tests read with it what we write.
package negotiate

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"holdline/internal/media"
)

var (
	// ErrMalformed: not a session description; the answer is 400.
	ErrMalformed = errors.New("malformed SDP")
	// ErrNotAcceptable: nothing in it that we can do; the answer is 488.
	ErrNotAcceptable = errors.New("no usable audio in SDP")
)

// Direction says which way media flows, seen from whoever wrote the description.
type Direction uint8

const (
	SendRecv Direction = iota // the default of RFC 8866 §6.7
	SendOnly
	RecvOnly
	Inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

// String gives the attribute's name.
func (d Direction) String() string { return directionNames[d] }

// Reverse gives the same flow as the other side describes it.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// Sends tells whether whoever wrote it sends.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives tells whether whoever wrote it receives.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Within narrows a direction to what limit allows.
func (d Direction) Within(limit Direction) Direction {
	return direction(d.Sends() && limit.Sends(), d.Receives() && limit.Receives())
}

func direction(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	}
	return Inactive
}

// Format is a codec under the payload type it has in one session.
type Format struct {
	Codec       media.Codec
	PayloadType uint8
}

// Session is a description received, reduced to what a call needs.
type Session struct {
	SessionID uint64         // of the o= line, 0 if it was not a number
	Version   uint64         // of the o= line: unchanged in a re-INVITE means nothing changed (RFC 3264 §8)
	Addr      netip.AddrPort // where the peer wants RTP; the address is unspecified (0.0.0.0) in an old-style hold
	Refused   bool           // port 0: the peer wants no audio (any more)
	Formats   []Format       // those we support, in the peer's order; may be empty only if Refused
	Event     uint8          // payload type of telephone-event at 8000 Hz (RFC 4733); 0 = not there
	Direction Direction      // as the peer sees it; 0.0.0.0 takes its receiving away (RFC 2543 hold)
	PTime     time.Duration  // a=ptime, what the peer wants to receive; 0 = not said

	sections []section // every m= line in order, for the answer
	audio    int       // index of the one taken
}

// section is an m= line as it was offered.
type section struct {
	media, proto, format string // format is the first of the list
}

// Held tells whether the peer has put us on hold: it does not want to hear us.
func (s Session) Held() bool { return !s.Direction.Receives() }

// Choose picks the first codec of prefer that the peer has, under the peer's payload type.
func Choose(remote Session, prefer []media.Codec) (Format, bool) {
	for _, c := range prefer {
		for _, f := range remote.Formats {
			if f.Codec == c {
				return f, true
			}
		}
	}
	return Format{}, false
}

// refusal explains to the log why a call has no audio.
func refusal(offered string) error {
	offered = clip(printable(offered), 160)
	return fmt.Errorf("%w: offered %s; supported are PCMU, PCMA and G722 over RTP/AVP", ErrNotAcceptable, offered)
}

func malformed(line int, text, why string) error {
	return fmt.Errorf("%w: line %d %q: %s", ErrMalformed, line, clip(text, 60), why)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// printable makes a token of the peer fit for a log line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
