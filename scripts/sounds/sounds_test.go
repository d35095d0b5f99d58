package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/sound"
)

const committed = "../../internal/sound/builtin"

func TestCommittedTonesAreCurrent(t *testing.T) {
	for name, make := range tones {
		have, err := os.ReadFile(filepath.Join(committed, name+".wav"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, wav(make())) {
			t.Errorf(`%s.wav is not what scripts/sounds makes: run "make generate"`, name)
		}
	}
}

func TestCommittedFilesAreTonesAndPhrases(t *testing.T) {
	var want []string
	for name := range tones {
		want = append(want, name)
	}
	for language, v := range speakers {
		for name := range v.phrases {
			want = append(want, language+"/"+name)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, sound.Names()); diff != "" {
		t.Errorf("what is made (-) and what is committed (+):\n%s", diff)
	}
}

// The music is loud enough beside speech, never clips, and has no step where
// its end meets its beginning that is larger than those within it.
func TestMusicIsEvenAndLoops(t *testing.T) {
	m := music()
	peak, within, power := 0.0, 0.0, 0.0
	for i, x := range m {
		peak, power = max(peak, math.Abs(x)), power+x*x
		if i > 0 {
			within = max(within, math.Abs(x-m[i-1]))
		}
	}
	if seconds := len(m) / rate; seconds < 30 || seconds > 60 {
		t.Errorf("lasts %d s", seconds)
	}
	if peak > 0.8 {
		t.Errorf("peak %.2f of full scale", peak)
	}
	if db := 10 * math.Log10(power/float64(len(m))); db < -20 || db > -18 {
		t.Errorf("mean level %.1f dB", db)
	}
	if seam := math.Abs(m[0] - m[len(m)-1]); seam > within/2 {
		t.Errorf("step of %.3f at the seam, %.3f within", seam, within)
	}
}

func TestMuLawOfTheScriptIsTheDecoders(t *testing.T) {
	all := make(loop, 0, 1<<16)
	for v := math.MinInt16; v <= math.MaxInt16; v++ {
		all = append(all, float64(v)/32768)
	}
	decoded, err := sound.Decode(t.Context(), wav(all))
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range decoded {
		want := float64(i + math.MinInt16)
		if off := math.Abs(float64(got) - want); off > max(8, math.Abs(want)/16) {
			t.Fatalf("%v came back as %d", want, got)
		}
	}
}
