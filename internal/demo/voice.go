package demo

import (
	"math"

	"holdline/internal/phone"
)

const sampleRate = 8000

// pitches are those of a few voices, so that whoever listens in can tell the parties apart.
var pitches = []float64{110, 200, 130, 230, 150}

// Murmur gives some seconds of a voice that says nothing, 8 kHz mono; each n has its own.
func Murmur(n int) []int16 { return speak(pitches[n%len(pitches)], n) }

// voices gives the simulated voices.
func voices() []*phone.Voice {
	var out []*phone.Voice
	for i := range pitches {
		out = append(out, phone.NewVoice(Murmur(i)))
	}
	return out
}

// vowel is the first two formants of a vowel, in hertz.
type vowel struct{ first, second float64 }

var vowels = []vowel{{730, 1090}, {530, 1840}, {270, 2290}, {570, 840}, {300, 870}, {660, 1720}}

// speak makes about four seconds of something like friendly murmuring:
// syllables of vowels on a voice that rises and falls, in groups with pauses.
func speak(pitch float64, turn int) []int16 {
	var out []int16
	for phrase, syllables := range []int{4, 3, 5, 2} {
		for i := range syllables {
			v := vowels[(turn+2*phrase+i*i)%len(vowels)]
			fall := 1.12 - 0.2*float64(i)/float64(syllables)
			out = append(out, syllable(v, pitch*fall, 0.16+0.03*float64((i+turn)%3))...)
			out = append(out, make([]int16, sampleRate*3/100)...)
		}
		out = append(out, make([]int16, sampleRate*35/100)...)
	}
	return out
}

// syllable is a vowel: the harmonics of the pitch, loudest near its formants, faded in and out.
func syllable(v vowel, pitch, length float64) []int16 {
	n := int(length * sampleRate)
	samples := make([]float64, n)
	for h := 1.0; h*pitch < 3400; h++ {
		f := h * pitch
		loud := resonance(f, v.first, 90) + 0.5*resonance(f, v.second, 120) + 0.02
		for i := range samples {
			samples[i] += loud * math.Sin(2*math.Pi*f*float64(i)/sampleRate)
		}
	}
	peak := 0.0
	for _, x := range samples {
		peak = math.Max(peak, math.Abs(x))
	}
	out := make([]int16, n)
	for i, x := range samples {
		fade := math.Sin(math.Pi * float64(i) / float64(n))
		out[i] = int16(7000 * x / peak * math.Sqrt(fade))
	}
	return out
}

func resonance(f, centre, width float64) float64 {
	d := (f - centre) / width
	return 1 / (1 + d*d)
}
