package main

import (
	"bytes"
	"encoding/binary"
	"math"
)

// wav writes a sound as a µ-law WAV file, 8 kHz mono: half the size of 16
// bits, and to most callers it is sent in just these codes.
func wav(samples loop) []byte {
	const header, formatTag, bits = 46, 7, 8
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // a bytes.Buffer takes everything
		}
	}
	put([]byte("RIFF"), uint32(header-8+len(samples)+len(samples)%2), []byte("WAVE"))
	put([]byte("fmt "), uint32(18), uint16(formatTag), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(bits), uint16(0))
	put([]byte("data"), uint32(len(samples)))
	for _, x := range samples {
		b.WriteByte(muLaw(x))
	}
	if len(samples)%2 == 1 {
		b.WriteByte(0) // chunks end at even places
	}
	return b.Bytes()
}

// muLaw gives the code of a sample from -1 to 1 (ITU-T G.711 table 2).
func muLaw(x float64) byte {
	const clip, bias = 32635, 132
	sign := byte(0)
	v := int(math.Round(x * 32768))
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, clip) + bias
	segment := 7
	for v < 128<<segment {
		segment--
	}
	return ^(sign | byte(segment<<4) | byte(v>>(segment+3)&15))
}
