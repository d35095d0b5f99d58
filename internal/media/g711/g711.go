// Package g711 converts between 16-bit samples at 8 kHz and the codes of
// ITU-T G.711, and between its two laws.
package g711

import "math"

// Encoding follows the decision values of ITU-T G.711 tables 1a to 2b; it is
// needed only when a sound is loaded and to build the tables below.

// EncodeULaw returns the µ-law code of a 16-bit sample.
func EncodeULaw(pcm int16) byte {
	sign, mag := byte(0x80), int(pcm)
	if mag < 0 {
		sign, mag = 0, ^mag
	}
	mag = min(mag>>2+33, 0x1fff) // 14-bit magnitude, biased so that each segment starts at a power of two
	segment := 0
	for mag>>segment > 63 {
		segment++
	}
	return sign | ^(byte(segment<<4)|byte(mag>>(segment+1)&0x0f))&0x7f
}

// EncodeALaw returns the A-law code of a 16-bit sample.
func EncodeALaw(pcm int16) byte {
	sign, mag := byte(0x80), int(pcm)
	if mag < 0 {
		sign, mag = 0, ^mag
	}
	mag >>= 4 // 12-bit magnitude
	segment := 0
	if mag > 15 {
		for segment = 1; mag > 31; segment++ {
			mag >>= 1
		}
	}
	return (sign | byte(segment<<4) | byte(mag&0x0f)) ^ 0x55
}

// decodeULaw returns the 16-bit sample of a µ-law code.
func decodeULaw(code byte) int16 {
	code = ^code
	mag := (int16(code&0x0f)<<3+0x84)<<(code>>4&7) - 0x84
	if code&0x80 != 0 {
		return -mag
	}
	return mag
}

// decodeALaw returns the 16-bit sample of an A-law code.
func decodeALaw(code byte) int16 {
	code ^= 0x55
	mag := int16(code&0x0f)<<4 + 8
	if segment := code >> 4 & 7; segment > 0 {
		mag = (mag + 0x100) << (segment - 1)
	}
	if code&0x80 == 0 {
		return -mag
	}
	return mag
}

// ULawToALaw and ALawToULaw give the other law's code for each code: transcoding
// is one lookup a sample.
var ULawToALaw, ALawToULaw = lawTables()

// ULaw and ALaw give the 16-bit sample of each code.
var ULaw, ALaw = sampleTable(decodeULaw), sampleTable(decodeALaw)

func sampleTable(decode func(code byte) int16) (samples [256]int16) {
	for code := range samples {
		samples[code] = decode(byte(code))
	}
	return samples
}

// loudness is how much larger a sample is in A-law than in µ-law at the same
// level: full scale is 3.14 dBm0 there and 3.17 dBm0 here (ITU-T G.711 §3.3),
// and the decision values end at 8192 and at 8159. Tables 3 and 4 of the
// recommendation, which convert the codes, follow from it.
var loudness = 8192.0 / 8159 * math.Pow(10, (3.17-3.14)/20)

func lawTables() (uToA, aToU [256]byte) {
	const positive = 0x80 // the sign, in both laws; the tables are alike for both polarities
	for code := positive; code < 256; code++ {
		a := EncodeALaw(int16(float64(decodeULaw(byte(code))) * loudness))
		u := EncodeULaw(int16(float64(decodeALaw(byte(code))) / loudness))
		uToA[code], uToA[code^positive] = a, a^positive
		aToU[code], aToU[code^positive] = u, u^positive
	}
	return uToA, aToU
}

// Transcode replaces every code of the payload by the table's.
func Transcode(payload []byte, table *[256]byte) {
	for i, code := range payload {
		payload[i] = table[code]
	}
}
