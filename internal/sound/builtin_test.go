package sound

import (
	"math"
	"testing"
)

func TestEveryBuiltinSoundCanBeHeard(t *testing.T) {
	size := 0
	for id, name := range names {
		samples := Builtin(name)
		size += len(samples)
		if len(samples) < Rate/10 {
			t.Errorf("%s (id %d) has %d samples", name, id, len(samples))
			continue
		}
		power, peak := 0.0, 0.0
		for _, s := range samples {
			power += float64(s) * float64(s)
			peak = max(peak, math.Abs(float64(s)))
		}
		db := 20 * math.Log10(math.Sqrt(power/float64(len(samples)))/32768)
		if id != Silence && (db < -32 || db > -14) {
			t.Errorf("%s has a mean level of %.1f dB", name, db)
		}
		if peak > 32000 {
			t.Errorf("%s clips: peak %v", name, peak)
		}
	}
	if size > 1_500_000 { // a byte a sample in the program
		t.Errorf("the built-in sounds make the program %d bytes larger", size)
	}
	if Builtin("nonsense") != nil {
		t.Error("a sound that does not exist has samples")
	}
}

// Words follow one another closely: long silence around them would make
// numbers come in pieces.
func TestWordsAreTrimmed(t *testing.T) {
	const quiet, most = 200, Rate * 60 / 1000
	for _, v := range builtinVoices {
		for word := range v.words {
			samples := Builtin(v.language + "/" + word)
			head, tail := 0, len(samples)-1
			for head < tail && math.Abs(float64(samples[head])) < quiet {
				head++
			}
			for tail > head && math.Abs(float64(samples[tail])) < quiet {
				tail--
			}
			if head > most || len(samples)-1-tail > most {
				t.Errorf("%s/%s has %d and %d samples of silence around it", v.language, word, head, len(samples)-1-tail)
			}
		}
	}
}
