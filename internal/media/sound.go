//go:build linux

package media

import (
	"time"

	"holdline/internal/media/g711"
)

const (
	frameTime    = 20 * time.Millisecond // one packet of what we send
	frameSamples = 160                   // at 8 kHz; also the bytes of a frame in every codec here
)

// Sound is audio ready to be sent: encoded once, shared by everybody who
// hears it, immutable.
type Sound struct {
	frames  int
	encoded [len(codecs)][]byte // by Codec: frames of frameSamples bytes; nil where there is no encoder
}

// NewSound encodes 8 kHz mono samples. The last frame is filled up with
// silence, so a sound lasts a multiple of 20 ms.
func NewSound(pcm []int16) *Sound {
	frames := (len(pcm) + frameSamples - 1) / frameSamples
	s := &Sound{frames: frames}
	u, a := make([]byte, frames*frameSamples), make([]byte, frames*frameSamples)
	for i := range u {
		var sample int16
		if i < len(pcm) {
			sample = pcm[i]
		}
		u[i], a[i] = g711.EncodeULaw(sample), g711.EncodeALaw(sample)
	}
	s.encoded[PCMU], s.encoded[PCMA] = u, a
	return s
}

// Duration returns how long the sound lasts, a multiple of 20 ms.
func (s *Sound) Duration() time.Duration { return time.Duration(s.frames) * frameTime }

// frame returns the payload of frame i, or nil if the codec cannot be encoded.
func (s *Sound) frame(c Codec, i int) []byte {
	all := s.encoded[c]
	if all == nil {
		return nil
	}
	return all[i*frameSamples : (i+1)*frameSamples]
}

// silentFrames is a frame of silence in each codec.
var silentFrames = silence20ms()

func silence20ms() (frames [len(codecs)][]byte) {
	s := NewSound(make([]int16, frameSamples))
	for c := range frames {
		frames[c] = s.encoded[c]
	}
	return frames
}

// silenceOf returns a frame of silence, or nil if the codec cannot be encoded.
func silenceOf(c Codec) []byte { return silentFrames[c] }
