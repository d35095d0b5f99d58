package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
)

// tone gives n frames of a sine at half of full scale.
func tone(frequency, rate float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 0.5 * math.Sin(2*math.Pi*frequency*float64(i)/rate)
	}
	return out
}

// file builds a WAV file; encode writes one sample.
func file(tag, channels, rate, bits int, frames []float64, encode func(*bytes.Buffer, float64)) []byte {
	var body, b bytes.Buffer
	for _, x := range frames {
		for range channels {
			encode(&body, x)
		}
	}
	le := binary.LittleEndian
	header := le.AppendUint32([]byte("RIFF"), uint32(36+body.Len()))
	header = append(header, "WAVEfmt "...)
	header = le.AppendUint32(header, 16)
	header = le.AppendUint16(header, uint16(tag))
	header = le.AppendUint16(header, uint16(channels))
	header = le.AppendUint32(header, uint32(rate))
	header = le.AppendUint32(header, uint32(rate*channels*bits/8))
	header = le.AppendUint16(header, uint16(channels*bits/8))
	header = le.AppendUint16(header, uint16(bits))
	header = append(header, "data"...)
	header = le.AppendUint32(header, uint32(body.Len()))
	b.Write(header)
	b.Write(body.Bytes())
	return b.Bytes()
}

func pcm16(b *bytes.Buffer, x float64) { _ = binary.Write(b, binary.LittleEndian, int16(x*32767)) }
func pcm8(b *bytes.Buffer, x float64)  { b.WriteByte(byte(128 + x*127)) }
func pcm24(b *bytes.Buffer, x float64) {
	v := int32(x * (1<<23 - 1))
	b.Write([]byte{byte(v), byte(v >> 8), byte(v >> 16)})
}
func pcm32(b *bytes.Buffer, x float64) {
	_ = binary.Write(b, binary.LittleEndian, int32(x*(1<<31-1)))
}

// law encodes by looking for the nearest code.
func law(decode func(byte) int16) func(*bytes.Buffer, float64) {
	return func(b *bytes.Buffer, x float64) {
		best, off := byte(0), math.Inf(1)
		for code := range 256 {
			if d := math.Abs(float64(decode(byte(code))) - x*32768); d < off {
				best, off = byte(code), d
			}
		}
		b.WriteByte(best)
	}
}

// strength gives the amplitude of one frequency in 8 kHz sound, from 0 to 1.
func strength(samples []int16, frequency float64) float64 {
	var re, im float64
	for i, s := range samples {
		angle := 2 * math.Pi * frequency * float64(i) / Rate
		re += float64(s) * math.Cos(angle)
		im += float64(s) * math.Sin(angle)
	}
	return 2 * math.Hypot(re, im) / float64(len(samples)) / 32768
}

func TestEveryEncodingDecodesToTheSameTone(t *testing.T) {
	for _, tt := range []struct {
		name                      string
		tag, channels, rate, bits int
		encode                    func(*bytes.Buffer, float64)
	}{
		{"8 bit", formatPCM, 1, 8000, 8, pcm8},
		{"16 bit", formatPCM, 1, 8000, 16, pcm16},
		{"24 bit", formatPCM, 1, 8000, 24, pcm24},
		{"32 bit", formatPCM, 1, 8000, 32, pcm32},
		{"A-law", formatALaw, 1, 8000, 8, law(aLaw)},
		{"mu-law", formatMuLaw, 1, 8000, 8, law(muLaw)},
		{"stereo", formatPCM, 2, 8000, 16, pcm16},
		{"4 kHz", formatPCM, 1, 4000, 16, pcm16},
		{"11.025 kHz", formatPCM, 1, 11025, 16, pcm16},
		{"16 kHz", formatPCM, 1, 16000, 16, pcm16},
		{"44.1 kHz stereo", formatPCM, 2, 44100, 16, pcm16},
		{"48 kHz", formatPCM, 1, 48000, 24, pcm24},
		{"an odd rate", formatPCM, 1, 12347, 16, pcm16},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(t.Context(), file(tt.tag, tt.channels, tt.rate, tt.bits, tone(700, float64(tt.rate), tt.rate), tt.encode))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != Rate {
				t.Errorf("one second became %d samples", len(got))
			}
			if s := strength(got, 700); s < 0.495 || s > 0.505 {
				t.Errorf("the tone has strength %.4f, want 0.5", s)
			}
		})
	}
}

// A tone that 8 kHz cannot carry would fold back to 8000-5300 = 2700 Hz.
func TestResamplingLeavesNoAlias(t *testing.T) {
	got, err := Decode(t.Context(), file(formatPCM, 1, 44100, 16, tone(5300, 44100, 44100), pcm16))
	if err != nil {
		t.Fatal(err)
	}
	for _, frequency := range []float64{2700, 5300 - 4000} {
		if s := strength(got, frequency); s > 0.5e-3 {
			t.Errorf("%v Hz has strength %v: less than 60 dB down", frequency, s)
		}
	}
}

func TestTheBandOfTelephonesPassesUnchanged(t *testing.T) {
	for _, frequency := range []float64{100, 300, 1000, 2000, 3000, 3400} {
		got, err := Decode(t.Context(), file(formatPCM, 1, 48000, 16, tone(frequency, 48000, 48000), pcm16))
		if err != nil {
			t.Fatal(err)
		}
		if db := 20 * math.Log10(strength(got, frequency)/0.5); math.Abs(db) > 0.2 {
			t.Errorf("%v Hz is changed by %.2f dB", frequency, db)
		}
	}
}

func TestFullScaleIsClippedNotWrapped(t *testing.T) {
	square := make([]float64, 4800)
	for i := range square {
		square[i] = []float64{1, -1}[i/48%2]
	}
	got, err := Decode(t.Context(), file(formatPCM, 1, 48000, 16, square, pcm16))
	if err != nil {
		t.Fatal(err)
	}
	for i := 20; i < len(got)-20; i++ { // away from the ends, where the filter sees nothing
		if middle := i%8 >= 2 && i%8 <= 6; middle && (got[i] > 0) != (i/8%2 == 0) {
			t.Fatalf("sample %d is %d", i, got[i])
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	good := file(formatPCM, 1, 8000, 16, tone(700, 8000, 100), pcm16)
	with := func(at int, values ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], values)
		return b
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, ErrNotWAV.Error()},
		{"no MP3", []byte("ID3\x04 and so on, and so on"), ErrMP3.Error()},
		{"only a head", good[:12], ErrTruncated.Error()},
		{"no samples", good[:44], ErrTruncated.Error()},
		{"format cut off", append(bytes.Clone(good[:16]), 2, 0, 0, 0, 1, 0), ErrTruncated.Error()},
		{"sound before format", append(bytes.Clone(good[:12]), good[36:]...), "does not say its format"},
		{"float", with(20, formatFloat, 0), "floating-point samples; convert it to 16 bit PCM"},
		{"MP3 in WAV", with(20, formatMP3, 0), "MP3"},
		{"unknown", with(20, 0x34, 0x12), "0x1234"},
		{"six channels", with(22, 6), "6 channels; make it mono or stereo"},
		{"no channels", with(22, 0), "0 channels"},
		{"12 bits", with(34, 12), "12 bits"},
		{"wide G.711", with(20, formatALaw, 0), "of 16 bits a sample instead of 8"},
		{"1 Hz", with(24, 1, 0, 0, 0), "sampling rate of 1 Hz"},
		{"1 MHz", with(24, 0x40, 0x42, 0x0f, 0), "sampling rate of 1000000 Hz"},
		{"too large", make([]byte, MaxSize+1), "larger than 10 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Decode(t.Context(), tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Decode(t.Context(), nil); !errors.Is(err, ErrNotWAV) {
		t.Error("ErrNotWAV cannot be told from others")
	}
}

func TestFilesOfOtherProgramsAreRead(t *testing.T) {
	good := file(formatPCM, 1, 8000, 16, tone(700, 8000, 100), pcm16)
	insert := func(at int, extra ...byte) []byte {
		return append(append(bytes.Clone(good[:at]), extra...), good[at:]...)
	}
	size := func(n uint32) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint32(b[40:], n)
		return b
	}
	extensible := append(bytes.Clone(good[:16]), 40, 0, 0, 0, 0xFE, 0xFF)
	extensible = append(extensible, good[22:36]...)
	extensible = append(extensible, 22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71)
	extensible = append(extensible, good[36:]...)
	for name, data := range map[string][]byte{
		"written to a pipe, size all ones": size(math.MaxUint32),
		"written to a pipe, size 0":        size(0),
		"an odd chunk before the sound":    insert(36, 'L', 'I', 'S', 'T', 3, 0, 0, 0, 'a', 'b', 'c', 0),
		"extensible":                       extensible,
		"chunk after the sound":            append(bytes.Clone(good), 'i', 'd', '3', ' ', 9, 0, 0, 0),
	} {
		if got, err := Decode(t.Context(), data); err != nil || len(got) != 100 {
			t.Errorf("%s: %d samples, %v", name, len(got), err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(file(formatPCM, 2, 44100, 16, tone(700, 44100, 50), pcm16))
	f.Add(file(formatPCM, 1, 8000, 24, tone(700, 8000, 50), pcm24))
	f.Add(file(formatMuLaw, 1, 16000, 8, tone(700, 16000, 50), pcm8))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Decode(t.Context(), data)
		if err == nil && (len(got) == 0 || len(got) > 2*len(data)+1) {
			t.Errorf("%d bytes became %d samples", len(data), len(got))
		}
	})
}

func BenchmarkDecodeCDMinute(b *testing.B) {
	data := file(formatPCM, 2, 44100, 16, tone(700, 44100, 58*44100), pcm16)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
