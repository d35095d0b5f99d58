package main

import (
	"fmt"
	"math"
	"strings"
)

// The piece: sixteen bars of four beats in G major, calm enough to hear for
// half an hour. An original work, see LICENSES.md beside the sounds.
const (
	tempo = 84.0 // beats a minute
	beats = 4    // a bar
)

// bars holds bass note, chord from low to high, and the melody as beat:note.
var bars = []struct{ bass, chord, melody string }{
	{"G2", "D4 F#4 G4 B4", "0:B4 1:D5 1.5:F#5 2.5:E5"},
	{"E2", "D4 E4 G4 B4", "0:D5 1.5:B4 2.5:G4"},
	{"C3", "C4 E4 G4 B4", "0:E5 1:G5 1.5:B5 2.5:A5"},
	{"D3", "D4 F#4 A4 B4", "0:F#5 1.5:E5 3:A4"},
	{"G2", "D4 F#4 G4 B4", "0:B4 1:D5 1.5:F#5 2.5:G5"},
	{"B2", "D4 F#4 A4 B4", "0:A5 1.5:F#5 2.5:D5"},
	{"C3", "C4 E4 G4 B4", "0:E5 0.5:D5 1:E5 2:G5 3:E5"},
	{"D3", "D4 G4 A4 C5", "0:D5 2:A4"},
	{"E2", "E4 G4 B4 D5", "0:G5 0.5:F#5 1:G5 2:B5"},
	{"B2", "D4 F#4 A4 B4", "0:A5 1:F#5 2.5:D5"},
	{"C3", "C4 E4 G4 B4", "0:E5 0.5:D5 1:E5 2.5:G5"},
	{"B2", "D4 G4 B4 D5", "0:D5 1.5:B4"},
	{"A2", "C4 E4 G4 A4", "0:C5 1:E5 1.5:G5 2.5:A5"},
	{"D3", "C4 F#4 A4 D5", "0:F#5 1.5:A5 2.5:C6"},
	{"C3", "C4 E4 G4 B4", "0:B5 1.5:G5 2.5:E5"},
	{"D3", "D4 G4 A4 C5", "1:A4 2:D5 3:E5 3.5:F#5"},
}

// music renders the piece.
func music() loop {
	beat := 60 / tempo
	bar := beat * beats
	out := make(loop, int(math.Round(bar*float64(len(bars))*rate)))
	for i, b := range bars {
		at := float64(i) * bar
		bass.note(out, at, pitch(b.bass), 0.40, 1.4*beat)
		bass.note(out, at+2.5*beat, pitch(b.bass)*1.5, 0.30, 1.2*beat)
		accompany(out, strings.Fields(b.chord), at, beat)
		for _, event := range strings.Fields(b.melody) {
			when, name := melodyNote(event)
			strength := 0.50 - 0.06*math.Mod(when, 1) - 0.03*when
			marimba.note(out, at+when*beat, pitch(name), strength, 2*beat)
			piano.note(out, at+when*beat+0.004, pitch(name), 0.45*strength, beat)
		}
	}
	return room(out, 0.13).level(-19)
}

// accompany breaks the chord over the bar, up and down, over a soft pad.
func accompany(out loop, chord []string, at, beat float64) {
	for n, step := range []int{0, 1, 2, 3, 2, 1, 2, 1} {
		lean := 0.26 + 0.04*float64((n+1)%2) // on the beat a little stronger
		late := 0.006 * float64(n%3)         // nobody plays like a clock
		piano.note(out, at+float64(n)*beat/2+late, pitch(chord[step]), lean, 1.3*beat)
	}
	for _, name := range chord {
		pad(out, at, pitch(name), 0.022, beats*beat)
	}
}

// pitch gives the frequency of a note such as F#4 in equal temperament.
func pitch(name string) float64 {
	letters := map[string]int{"C": 0, "C#": 1, "D": 2, "D#": 3, "E": 4, "F": 5, "F#": 6, "G": 7, "G#": 8, "A": 9, "A#": 10, "B": 11}
	key, ok := letters[name[:len(name)-1]]
	if !ok {
		panic("no such note: " + name)
	}
	octave := int(name[len(name)-1] - '0')
	return 440 * math.Exp2(float64(key-9)/12+float64(octave-4))
}

func melodyNote(event string) (beat float64, name string) {
	if _, err := fmt.Sscanf(event, "%f:%s", &beat, &name); err != nil {
		panic(fmt.Sprintf("melody %q: %v", event, err))
	}
	return beat, name
}
