package sound

// muLaw gives the 16-bit value of a µ-law code (ITU-T G.711 table 2).
func muLaw(code byte) int16 {
	code = ^code
	v := (int16(code&15)<<3+132)<<(code>>4&7) - 132
	if code&128 != 0 {
		return -v
	}
	return v
}

// aLaw gives the 16-bit value of an A-law code (ITU-T G.711 table 1).
func aLaw(code byte) int16 {
	code ^= 0x55
	v := int16(code&15)<<4 + 8
	if segment := code >> 4 & 7; segment > 0 {
		v = (v + 256) << (segment - 1)
	}
	if code&128 == 0 {
		return -v
	}
	return v
}
