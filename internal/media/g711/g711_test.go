package g711

import "testing"

// The quantisers as ITU-T G.711 defines them: the upper decision values of one
// polarity from tables 1a (A-law) and 2a (µ-law); an output lies midway between two.

// decisions lists the decision values in 16-bit units: sixteen intervals a
// segment, each segment's step twice the one before.
func decisions(first, step, intervals int, doubles func(segment int) bool) []int {
	values := []int{0}
	if first > 0 {
		values = append(values, first)
	}
	for segment := 0; len(values) <= intervals; segment++ {
		if segment > 0 && doubles(segment) {
			step *= 2
		}
		for len(values) <= 16*(segment+1) && len(values) <= intervals {
			values = append(values, values[len(values)-1]+step)
		}
	}
	return values
}

func TestULawIsG711(t *testing.T) {
	// 0, 1, 3, 5 … 31, 35 … 8159 in 14-bit units; code 0xff is 0, 0x80 the largest.
	x := decisions(4, 8, 128, func(int) bool { return true })
	if x[16] != 4*31 || x[32] != 4*95 || x[128] != 4*8159 {
		t.Fatalf("the test's own table is wrong: %v", x)
	}
	for n := range 128 {
		code := byte(0xff - n)
		want := (x[n] + x[n+1]) / 2
		if n == 0 {
			want = 0
		}
		checkCode(t, code, want, x[n], x[n+1], EncodeULaw, decodeULaw)
	}
}

func TestALawIsG711(t *testing.T) {
	// 0, 2, 4 … 64, 68 … 4096 in 13-bit units; even bits are inverted.
	x := decisions(0, 16, 128, func(segment int) bool { return segment > 1 })
	if x[32] != 8*64 || x[48] != 8*128 || x[128] != 8*4096 {
		t.Fatalf("the test's own table is wrong: %v", x)
	}
	for n := range 128 {
		checkCode(t, byte(0x80+n)^0x55, (x[n]+x[n+1])/2, x[n], x[n+1], EncodeALaw, decodeALaw)
	}
}

// checkCode checks one code of positive samples, and its negative twin.
func checkCode(t *testing.T, code byte, value, from, to int, encode func(int16) byte, decode func(byte) int16) {
	t.Helper()
	if got := int(decode(code)); got != value {
		t.Errorf("code %#02x is %d, want %d", code, got, value)
	}
	if got := int(decode(code ^ 0x80)); got != -value {
		t.Errorf("code %#02x is %d, want %d", code^0x80, got, -value)
	}
	for v := from + 1; v < min(to, 1<<15); v++ { // a decision value itself may go either way
		if got := encode(int16(v)); got != code {
			t.Fatalf("%d is coded %#02x, want %#02x", v, got, code)
		}
		if got := encode(int16(-v)); got != code^0x80 {
			t.Fatalf("%d is coded %#02x, want %#02x", -v, got, code^0x80)
		}
	}
}

func TestExtremesAreClipped(t *testing.T) {
	if EncodeULaw(32767) != 0x80 || EncodeULaw(-32768) != 0x00 || EncodeALaw(32767) != 0xaa || EncodeALaw(-32768) != 0x2a {
		t.Fatal("the largest samples are not the largest codes")
	}
}

// Tables 3 and 4 of G.711, as output numbers of one polarity: runs of
// consecutive numbers, and between them the ones that are left out or doubled.
func TestTranscodingIsG711(t *testing.T) {
	var uToANumber, aToUNumber []int
	run := func(list *[]int, from, to int) {
		for n := from; n <= to; n++ {
			*list = append(*list, n)
		}
	}
	for n := 1; n <= 8; n++ {
		uToANumber = append(uToANumber, n, n)
	}
	run(&uToANumber, 9, 24)
	uToANumber = append(uToANumber, 25, 27, 29, 31)
	run(&uToANumber, 33, 44)
	uToANumber = append(uToANumber, 46)
	run(&uToANumber, 48, 62)
	run(&uToANumber, 64, 79)
	run(&uToANumber, 81, 128) // some copies of the table have 80 first

	for n := 1; n <= 15; n += 2 {
		aToUNumber = append(aToUNumber, n)
	}
	run(&aToUNumber, 16, 31)
	aToUNumber = append(aToUNumber, 32, 32, 33, 33, 34, 34, 35, 35)
	run(&aToUNumber, 36, 47)
	aToUNumber = append(aToUNumber, 48, 48, 49, 49)
	run(&aToUNumber, 50, 63)
	aToUNumber = append(aToUNumber, 64)
	run(&aToUNumber, 64, 80)
	run(&aToUNumber, 80, 127)

	for n := range 128 {
		positive := byte(0x80+uToANumber[n]-1) ^ 0x55
		if u := byte(0xff - n); ULawToALaw[u] != positive || ULawToALaw[u^0x80] != positive^0x80 {
			t.Errorf("µ-law %#02x and %#02x became A-law %#02x and %#02x, want %#02x", u, u^0x80, ULawToALaw[u], ULawToALaw[u^0x80], positive)
		}
		positive = byte(0xff - aToUNumber[n])
		if a := byte(0x80+n) ^ 0x55; ALawToULaw[a] != positive || ALawToULaw[a^0x80] != positive^0x80 {
			t.Errorf("A-law %#02x and %#02x became µ-law %#02x and %#02x, want %#02x", a, a^0x80, ALawToULaw[a], ALawToULaw[a^0x80], positive)
		}
	}
}
