package sound

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
)

// MaxSize is the size in bytes of the largest file that is taken.
const MaxSize = 10 << 20

// Rate is the sampling rate of decoded sounds in Hz, that of G.711.
const Rate = 8000

const (
	minRate     = 4000   // below it nothing understandable is left
	maxRate     = 192000 // the fastest recording equipment
	pieceFrames = 4096   // decoded in one go; well below a millisecond's work
)

// Format tags of the fmt chunk (RFC 2361, Microsoft mmreg.h).
const (
	formatPCM        = 0x0001
	formatFloat      = 0x0003
	formatALaw       = 0x0006
	formatMuLaw      = 0x0007
	formatMP3        = 0x0055
	formatExtensible = 0xFFFE
)

var (
	// ErrTooLarge: the file is larger than MaxSize.
	ErrTooLarge = fmt.Errorf("the file is larger than %d MB; shorten it, or convert it to 8 kHz mono", MaxSize>>20)
	// ErrNotWAV: the file is no WAV file at all.
	ErrNotWAV = errors.New("neither a WAV nor an MP3 file; convert it to WAV, 8 kHz, mono, 16 bit")
	// ErrTruncated: the file ends before its sound begins.
	ErrTruncated = errors.New("the WAV file has no sound in it, or is cut off")
)

// Decode reads a WAV file of any sampling rate (4…192 kHz), mono or stereo,
// as PCM of 8, 16, 24 or 32 bits or as G.711, or an MP3 file, into 8 kHz mono.
// That may take seconds; it ends early, with ctx's error, when ctx does, and
// lets other goroutines run in between, since packets of calls are due.
func Decode(ctx context.Context, data []byte) ([]int16, error) {
	if len(data) > MaxSize {
		return nil, ErrTooLarge
	}
	if isMP3(data) {
		return decodeMP3(ctx, data)
	}
	f, body, err := readChunks(data)
	if err != nil {
		return nil, err
	}
	return f.decode(ctx, body)
}

// pause ends a piece of work: an error says that there is to be no other.
func pause(ctx context.Context) error {
	runtime.Gosched()
	return ctx.Err()
}

// format is what the fmt chunk says.
type format struct {
	tag, channels, bits int
	rate                int // Hz
}

// readChunks finds the fmt and data chunks. Sizes in the file are never
// believed: programs that write to a pipe leave 0 or 2^32-1 in them.
func readChunks(data []byte) (f format, body []byte, err error) {
	if len(data) < 12 || !bytes.Equal(data[:4], []byte("RIFF")) || !bytes.Equal(data[8:12], []byte("WAVE")) {
		return f, nil, ErrNotWAV
	}
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if size > uint64(len(rest)) || id == "data" && size == 0 {
			size = uint64(len(rest))
		}
		chunk := rest[:size]
		rest = rest[min(size+size%2, uint64(len(rest))):] // chunks begin at even places
		switch id {
		case "fmt ":
			if f, err = readFormat(chunk); err != nil {
				return f, nil, err
			}
		case "data":
			if f.rate == 0 {
				return f, nil, errors.New("the WAV file does not say its format before its sound")
			}
			return f, chunk, nil
		}
	}
	return f, nil, ErrTruncated
}

func readFormat(chunk []byte) (format, error) {
	if len(chunk) < 16 {
		return format{}, ErrTruncated
	}
	f := format{
		tag:      int(binary.LittleEndian.Uint16(chunk)),
		channels: int(binary.LittleEndian.Uint16(chunk[2:])),
		rate:     int(binary.LittleEndian.Uint32(chunk[4:])),
		bits:     int(binary.LittleEndian.Uint16(chunk[14:])),
	}
	if f.tag == formatExtensible && len(chunk) >= 26 {
		f.tag = int(binary.LittleEndian.Uint16(chunk[24:])) // the sub-format's GUID begins with the tag
	}
	switch {
	case f.channels != 1 && f.channels != 2:
		return f, fmt.Errorf("the WAV file has %d channels; make it mono or stereo", f.channels)
	case f.rate < minRate || f.rate > maxRate:
		return f, fmt.Errorf("the WAV file has a sampling rate of %d Hz; it must be %d…%d, best is %d", f.rate, minRate, maxRate, Rate)
	}
	return f, f.check()
}

// check says whether samples of this format can be read.
func (f format) check() error {
	switch f.tag {
	case formatPCM:
		if f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32 {
			return nil
		}
		return fmt.Errorf("the WAV file has %d bits a sample; convert it to 16", f.bits)
	case formatALaw, formatMuLaw:
		if f.bits == 8 {
			return nil
		}
		return fmt.Errorf("the WAV file has G.711 sound of %d bits a sample instead of 8", f.bits)
	case formatFloat:
		return errors.New("the WAV file holds floating-point samples; convert it to 16 bit PCM")
	case formatMP3:
		return errors.New("the WAV file holds MP3 sound; convert it to 16 bit PCM")
	}
	return fmt.Errorf("the WAV file's encoding (format tag 0x%04x) is not known here; convert it to 16 bit PCM", f.tag)
}

// decode converts whole frames; stereo is averaged.
func (f format) decode(ctx context.Context, body []byte) ([]int16, error) {
	width := f.bits / 8
	frame := width * f.channels
	if len(body) < frame {
		return nil, ErrTruncated
	}
	r := newResampler(f.rate)
	piece := make([]float32, 0, pieceFrames)
	for len(body) >= frame {
		piece = piece[:0]
		for ; len(body) >= frame && len(piece) < pieceFrames; body = body[frame:] {
			x := f.sample(body)
			if f.channels == 2 {
				x = (x + f.sample(body[width:])) / 2
			}
			piece = append(piece, x)
		}
		r.write(piece)
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
	return r.close(), nil
}

// sample decodes the one at the head of b.
func (f format) sample(b []byte) float32 {
	switch {
	case f.tag == formatALaw:
		return float32(aLaw(b[0])) / 32768
	case f.tag == formatMuLaw:
		return float32(muLaw(b[0])) / 32768
	case f.bits == 8: // the only one without sign
		return (float32(b[0]) - 128) / 128
	case f.bits == 16:
		return float32(int16(binary.LittleEndian.Uint16(b))) / 32768
	case f.bits == 24:
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	}
	return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
}

// pcm rounds a sample to 16 bits.
func pcm(x float64) int16 {
	return int16(max(-32768, min(32767, math.Round(x*32768))))
}
