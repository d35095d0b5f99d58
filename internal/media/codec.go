//go:build linux

package media

import "strconv"

// Codec is an audio encoding that a stream can carry.
type Codec uint8

// The codecs Holdline negotiates. The zero Codec is none of them.
const (
	PCMU Codec = iota + 1 // G.711 µ-law
	PCMA                  // G.711 A-law
	G722                  // G.722 at 64 kbit/s: relayed as it is, never transcoded
)

var codecs = [...]struct {
	name        string
	payloadType uint8
}{
	PCMU: {"PCMU", 0},
	PCMA: {"PCMA", 8},
	G722: {"G722", 9},
}

// Name returns the encoding name of RFC 3551 §6, as it stands in an SDP rtpmap.
func (c Codec) Name() string {
	if !c.valid() {
		return "codec(" + strconv.Itoa(int(c)) + ")"
	}
	return codecs[c].name
}

// String returns Name.
func (c Codec) String() string { return c.Name() }

// PayloadType returns the static payload type of RFC 3551 §6: 0, 8 or 9.
func (c Codec) PayloadType() uint8 {
	if !c.valid() {
		return 0
	}
	return codecs[c].payloadType
}

// ClockRate returns the RTP clock in Hz. It is 8000 for all of them; G.722
// samples at 16 kHz, but RFC 3551 §4.5.2 keeps the clock of an early mistake.
func (c Codec) ClockRate() int { return 8000 }

func (c Codec) valid() bool { return c >= PCMU && int(c) < len(codecs) }

// g711 reports whether the codec is one of the two laws of G.711.
func (c Codec) g711() bool { return c == PCMU || c == PCMA }
