package sound

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hajimehoshi/go-mp3"
)

// longestMP3 bounds what a file of MaxSize unpacks to: at the lowest bit rates
// it would be hours, and gigabytes.
const longestMP3 = 10 * time.Minute

var (
	// ErrMP3: the file begins like MP3 but cannot be decoded.
	ErrMP3 = errors.New("the MP3 file is damaged, or of a kind not known here; convert it to WAV, 8 kHz, mono, 16 bit")
	// ErrMP3TooLong: the sound is longer than longestMP3.
	ErrMP3TooLong = fmt.Errorf("the MP3 file is longer than %d minutes; shorten it", int(longestMP3.Minutes()))
)

// isMP3 tells whether a file begins with an ID3 tag or with the header of an
// MPEG audio frame of layer III (ISO/IEC 11172-3 §2.4.2.3).
func isMP3(data []byte) bool {
	return bytes.HasPrefix(data, []byte("ID3")) ||
		len(data) >= 4 && data[0] == 0xFF && data[1]&0xE6 == 0xE2
}

// skipTags gives what follows the ID3v2 tags (ID3v2.4 structure §3.1). The
// decoder takes a tag's length as it stands, and memory for all of it: half a
// gigabyte for ten bytes.
func skipTags(data []byte) ([]byte, error) {
	const head, footer = 10, 0x10
	for bytes.HasPrefix(data, []byte("ID3")) {
		if len(data) < head {
			return nil, ErrMP3
		}
		size := head
		if data[5]&footer != 0 {
			size += head
		}
		for i, b := range data[6:head] {
			if b >= 0x80 {
				return nil, ErrMP3 // the highest bits of a length are 0
			}
			size += int(b) << (7 * (3 - i))
		}
		if size > len(data) {
			return nil, ErrMP3
		}
		data = data[size:]
	}
	return data, nil
}

// decodeMP3 decodes into 8 kHz mono. The decoder panics on some damaged
// files; it works on memory of its own alone, so nothing is left behind but an
// error.
func decodeMP3(ctx context.Context, data []byte) (samples []int16, err error) {
	defer func() {
		if recover() != nil {
			samples, err = nil, ErrMP3
		}
	}()
	if data, err = skipTags(data); err != nil {
		return nil, err
	}
	d, err := mp3.NewDecoder(struct{ io.Reader }{bytes.NewReader(data)}) // no Seeker, else it reads all of it twice
	if err != nil || d.SampleRate() < minRate || d.SampleRate() > maxRate {
		return nil, ErrMP3
	}
	r := newResampler(d.SampleRate())
	longest := d.SampleRate() * int(longestMP3/time.Second)
	pairs, mono := make([]byte, 4*pieceFrames), make([]float32, 0, pieceFrames) // pairs of 16 bit samples, left and right
	for {
		n, failed := io.ReadFull(d, pairs)
		mono = mono[:0]
		for at := 0; at+4 <= n; at += 4 {
			left, right := int16(binary.LittleEndian.Uint16(pairs[at:])), int16(binary.LittleEndian.Uint16(pairs[at+2:]))
			mono = append(mono, (float32(left)+float32(right))/2/32768)
		}
		r.write(mono)
		if err := pause(ctx); err != nil {
			return nil, err
		}
		switch {
		case r.read > longest:
			return nil, ErrMP3TooLong
		case failed != nil && r.read == 0:
			return nil, ErrMP3
		case failed != nil: // the end, or what follows the sound is no sound: a tag, perhaps
			return r.close(), nil
		}
	}
}
