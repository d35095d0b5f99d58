package sound

import (
	"bytes"
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

// decodeMP3 decodes into 8 kHz mono.
func decodeMP3(data []byte) ([]int16, error) {
	samples, rate, err := readMP3(data)
	if err != nil {
		return nil, err
	}
	if rate < minRate || rate > maxRate || len(samples) == 0 {
		return nil, ErrMP3
	}
	return resample(samples, rate), nil
}

// readMP3 decodes into mono of the file's own rate. The decoder panics on
// some damaged files; it works on memory of its own alone, so nothing is left
// behind but an error.
func readMP3(data []byte) (samples []float32, rate int, err error) {
	defer func() {
		if recover() != nil {
			samples, err = nil, ErrMP3
		}
	}()
	d, err := mp3.NewDecoder(struct{ io.Reader }{bytes.NewReader(data)}) // no Seeker, else it reads all of it twice
	if err != nil {
		return nil, 0, ErrMP3
	}
	rate = d.SampleRate()
	longest := rate * int(longestMP3/time.Second)
	var frame [4096]byte // pairs of 16 bit samples, left and right
	for {
		n, err := io.ReadFull(d, frame[:])
		for at := 0; at+4 <= n; at += 4 {
			left, right := int16(binary.LittleEndian.Uint16(frame[at:])), int16(binary.LittleEndian.Uint16(frame[at+2:]))
			samples = append(samples, (float32(left)+float32(right))/2/32768)
		}
		switch {
		case len(samples) > longest:
			return nil, 0, ErrMP3TooLong
		case err != nil && len(samples) == 0:
			return nil, 0, ErrMP3
		case err != nil: // the end, or what follows the sound is no sound: a tag, perhaps
			return samples, rate, nil
		}
	}
}
