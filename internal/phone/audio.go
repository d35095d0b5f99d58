package phone

import (
	"encoding/binary"
	"math"
)

// The pattern: a frame of tone that begins with a mark, the id of the call it
// is sent in, its count in that call, and the time it was sent (ns since 1970).
// It survives relaying and nothing else, which is what is to be proved.
const (
	patternMark   = 0xC0DEFA11
	patternLength = 20
)

var patternTone = NewVoice(Tone(400, 0.2, frameBytes))

func fillPattern(p []byte, leg uint32, codec Codec) {
	patternTone.frame(p, 0, codec)
	binary.BigEndian.PutUint32(p, patternMark)
	binary.BigEndian.PutUint32(p[4:], leg)
}

func stampPattern(p []byte, count uint32, now int64) {
	binary.BigEndian.PutUint32(p, patternMark)
	binary.BigEndian.PutUint32(p[8:], count)
	binary.BigEndian.PutUint64(p[12:], uint64(now))
}

func readPattern(p []byte) (leg, count uint32, sent int64, ok bool) {
	if len(p) < patternLength || binary.BigEndian.Uint32(p) != patternMark {
		return 0, 0, 0, false
	}
	return binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p[8:]), int64(binary.BigEndian.Uint64(p[12:])), true
}

// Voice is audio to be sent in a loop in place of the pattern. It is shared by all who send it.
type Voice struct{ ulaw, alaw []byte }

// NewVoice encodes 16-bit samples at 8 kHz.
func NewVoice(samples []int16) *Voice {
	v := &Voice{make([]byte, len(samples)), make([]byte, len(samples))}
	for i, x := range samples {
		v.ulaw[i], v.alaw[i] = ulaw(x), alaw(x)
	}
	return v
}

// Tone gives n samples of a sine at 8 kHz; level is 0 … 1 of full scale.
func Tone(hertz, level float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(level * 32767 * math.Sin(2*math.Pi*hertz*float64(i)/8000))
	}
	return out
}

// frame copies the frame at sample index at and gives the index of the one after it.
func (v *Voice) frame(p []byte, at int, codec Codec) int {
	src := v.ulaw
	if codec == PCMA {
		src = v.alaw
	}
	for len(p) > 0 && len(src) > 0 {
		n := copy(p, src[at:])
		p = p[n:]
		if at += n; at == len(src) {
			at = 0
		}
	}
	return at
}

// ulaw encodes a sample (ITU-T G.711, µ-law).
func ulaw(x int16) byte {
	sign, v := byte(0x80), int(x)
	if v < 0 {
		sign, v = 0, -v
	}
	v = min(v, 32635) + 0x84
	exponent := byte(7)
	for mask := 0x4000; v&mask == 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(v>>(exponent+3)) & 0x0f
	return sign | (^(exponent<<4 | mantissa) & 0x7f)
}

// alaw encodes a sample (ITU-T G.711, A-law).
func alaw(x int16) byte {
	sign, v := byte(0x80), int(x)
	if v < 0 {
		sign, v = 0, ^v
	}
	v >>= 4
	if v > 15 {
		exponent := 1
		for ; v > 31; v >>= 1 {
			exponent++
		}
		v += exponent<<4 - 16
	}
	return (sign | byte(v)) ^ 0x55
}

// audible says whether a G.711 frame is more than silence or noise: some
// sample of those looked at is above about 1 % of full scale.
func audible(p []byte, codec Codec) bool {
	for i := 0; i < len(p); i += 7 {
		switch codec {
		case PCMU:
			if ^p[i]&0x7f >= 0x20 {
				return true
			}
		case PCMA:
			if (p[i]^0x55)&0x7f >= 0x20 {
				return true
			}
		}
	}
	return false
}
