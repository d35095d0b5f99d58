package sound

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestEveryBuiltinSoundCanBeHeard(t *testing.T) {
	for id, name := range names {
		samples := Builtin(name)
		if len(samples) < Rate/10 {
			t.Errorf("%s (id %d) has %d samples", name, id, len(samples))
			continue
		}
		power := 0.0
		for _, s := range samples {
			power += float64(s) * float64(s)
		}
		db := 20 * math.Log10(math.Sqrt(power/float64(len(samples)))/32768)
		if id != Silence && (db < -32 || db > -14) {
			t.Errorf("%s has a mean level of %.1f dB", name, db)
		}
	}
	if len(names) != len(Names()) {
		t.Errorf("%d ids for %d files", len(names), len(Names()))
	}
	if Builtin("nonsense") != nil {
		t.Error("a sound that does not exist has samples")
	}
}

func TestNumbersAreSpoken(t *testing.T) {
	for n := range 100 {
		for _, id := range Number(n) {
			if names[id] == "" {
				t.Errorf("%d needs sound %d, which does not exist", n, id)
			}
		}
	}
	if got := Number(42); !slices.Equal(got, []int64{-140, -102}) {
		t.Errorf("42 is %v", got)
	}
}

func TestWaitIsSpoken(t *testing.T) {
	n := func(n int64) int64 { return zero - n }
	for _, tt := range []struct {
		wait time.Duration
		want []int64
	}{
		{0, []int64{Waited, n(0), Seconds}},
		{-time.Second, []int64{Waited, n(0), Seconds}},
		{1900 * time.Millisecond, []int64{Waited, n(1), Second}},
		{42 * time.Second, []int64{Waited, n(40), n(2), Seconds}},
		{time.Minute, []int64{Waited, n(1), Minute}},
		{2*time.Minute + 13*time.Second, []int64{Waited, n(2), Minutes, n(13), Seconds}},
		{time.Hour + 30*time.Minute, []int64{Waited, n(1), Hour, n(30), Minutes}},
		{1000 * time.Hour, []int64{Waited, n(90), n(9), Hours}},
	} {
		if got := Wait(tt.wait); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.wait, got, tt.want)
		}
	}
}
