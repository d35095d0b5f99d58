//go:build linux

package record

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"
)

// A file is a canonical WAV: RIFF, one "fmt " chunk of PCM, one "data" chunk;
// 8 kHz, 16 bit, two channels, little-endian.
const (
	rate       = 8000
	sampleSize = 2
	frameSize  = 2 * sampleSize // one sample of each side
	headerSize = 44
	riffSize   = 36 // what the size of RIFF counts besides the data
	dataSizeAt = 40

	// maxData is the most a header can state: 37 hours.
	maxData = (math.MaxUint32 - riffSize) / frameSize * frameSize
)

// header returns the header of a file with so many bytes of samples.
func header(data int64) (h [headerSize]byte) {
	copy(h[0:], "RIFF")
	binary.LittleEndian.PutUint32(h[4:], uint32(riffSize+data))
	copy(h[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(h[16:], 16) // bytes of the format that follow
	binary.LittleEndian.PutUint16(h[20:], 1)  // PCM
	binary.LittleEndian.PutUint16(h[22:], 2)  // channels
	binary.LittleEndian.PutUint32(h[24:], rate)
	binary.LittleEndian.PutUint32(h[28:], rate*frameSize)
	binary.LittleEndian.PutUint16(h[32:], frameSize)
	binary.LittleEndian.PutUint16(h[34:], 8*sampleSize)
	copy(h[36:], "data")
	binary.LittleEndian.PutUint32(h[dataSizeAt:], uint32(data))
	return h
}

// isHeader reports whether b begins with a header of ours, whatever sizes it states.
func isHeader(b []byte) bool {
	if len(b) < headerSize {
		return false
	}
	want := header(0)
	return bytes.Equal(b[:4], want[:4]) && bytes.Equal(b[8:dataSizeAt], want[8:dataSizeAt])
}

// lasting returns how long so many bytes of samples last.
func lasting(data int64) time.Duration { return span(data / frameSize) }

// span returns how long so many samples of one side last.
func span(samples int64) time.Duration { return time.Duration(samples) * sampleTime }

const sampleTime = time.Second / rate
