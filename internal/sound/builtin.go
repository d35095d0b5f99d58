// Package sound holds what callers and agents hear: it decodes uploaded
// files, brings the built-in music and prompts, and gives the media side the
// sound that belongs to an id.
package sound

import (
	"embed"
	"fmt"
	"strings"
	"time"
)

//go:generate go run holdline/scripts/sounds -output builtin

//go:embed builtin/*.wav
var files embed.FS

// Ids of the built-in sounds. Stored sounds have positive ids, those of the
// database.
const (
	Music    int64 = 0  // waiting music, 46 s, loops without a seam
	Ringback int64 = -1 // ringing tone of 425 Hz, 1 s on and 4 s off (ETSI TR 101 041-2), loops
	Beep     int64 = -2 // tells an agent that a caller is about to be connected
	Silence  int64 = -3 // half a second of nothing

	Waited  int64 = -10 // "waited"
	Second  int64 = -11 // "second", after one
	Seconds int64 = -12
	Minute  int64 = -13 // "minute", after one
	Minutes int64 = -14
	Hour    int64 = -15 // "hour", after one
	Hours   int64 = -16

	zero int64 = -100 // number n has id zero - n; see Number
)

// Number gives the sounds of a whole number from 0 to 99 spoken in English.
func Number(n int) []int64 {
	switch {
	case n <= 20 || n%10 == 0:
		return []int64{zero - int64(n)}
	default:
		return []int64{zero - int64(n-n%10), zero - int64(n%10)}
	}
}

// Wait gives the sounds that tell an agent how long the caller has waited:
// "waited one minute twenty seconds". Waits over 99 hours are told as 99 hours.
func Wait(d time.Duration) []int64 {
	seconds := int(min(max(d, 0), 99*time.Hour) / time.Second)
	said := []int64{Waited}
	say := func(n int, one, many int64) {
		switch n {
		case 0:
		case 1:
			said = append(append(said, Number(1)...), one)
		default:
			said = append(append(said, Number(n)...), many)
		}
	}
	say(seconds/3600, Hour, Hours)
	say(seconds/60%60, Minute, Minutes)
	say(seconds%60, Second, Seconds)
	if len(said) == 1 {
		said = append(append(said, Number(0)...), Seconds)
	}
	return said
}

// names gives the file of every built-in sound, without ".wav".
var names = func() map[int64]string {
	out := map[int64]string{
		Music: "music", Ringback: "ringback", Beep: "beep", Silence: "silence",
		Waited: "waited", Second: "second", Seconds: "seconds",
		Minute: "minute", Minutes: "minutes", Hour: "hour", Hours: "hours",
	}
	for n := 0; n < 100; n++ {
		if parts := Number(n); len(parts) == 1 {
			out[parts[0]] = fmt.Sprintf("number-%d", n)
		}
	}
	return out
}()

// Builtin gives the samples of a built-in sound by its name ("music",
// "number-12"), 8 kHz mono; nil if there is none.
func Builtin(name string) []int16 {
	data, err := files.ReadFile("builtin/" + name + ".wav")
	if err != nil {
		return nil
	}
	samples, err := Decode(data)
	if err != nil {
		panic("sound: built-in " + name + ": " + err.Error()) // a test decodes them all
	}
	return samples
}

// Names lists the built-in sounds.
func Names() []string {
	entries, _ := files.ReadDir("builtin") // embedded: cannot fail
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = strings.TrimSuffix(e.Name(), ".wav")
	}
	return out
}
