// Package sound holds what callers and agents hear: it decodes uploaded
// files, brings the built-in music and prompts, and gives the media side the
// sound that belongs to an id.
package sound

import (
	"context"
	"embed"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:generate go run holdline/scripts/sounds -output builtin

// Sounds without words are in the directory itself, those with words in one
// directory a language, named as the language: builtin/en.
//
//go:embed builtin/*.wav builtin/*/*.wav
var files embed.FS

// Ids of the built-in sounds without words. Stored sounds have positive ids,
// those of the database; spoken ones have ids from firstWord downwards, which
// may differ between versions and are never stored.
const (
	Music    int64 = 0  // waiting music, 46 s, loops without a seam
	Ringback int64 = -1 // ringing tone of 425 Hz, 1 s on and 4 s off (ETSI TR 101 041-2), loops
	Beep     int64 = -2 // tells an agent that a caller is about to be connected
	Silence  int64 = -3 // half a second of nothing
)

// names gives the file of every built-in sound, without ".wav".
var names = func() map[int64]string {
	out := map[int64]string{Music: "music", Ringback: "ringback", Beep: "beep", Silence: "silence"}
	for _, v := range builtinVoices {
		for word, id := range v.words {
			out[id] = v.language + "/" + word
		}
	}
	return out
}()

// Builtin gives the samples of a built-in sound by its name ("music",
// "en/number-12"), 8 kHz mono; nil if there is none.
func Builtin(name string) []int16 {
	data, err := files.ReadFile("builtin/" + name + ".wav")
	if err != nil {
		return nil
	}
	samples, err := Decode(context.Background(), data)
	if err != nil {
		panic("sound: built-in " + name + ": " + err.Error()) // a test decodes them all
	}
	return samples
}

// Names lists the built-in sounds, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Values(names)) }

// wavFiles lists the names of the WAV files of a directory, without ".wav".
func wavFiles(fsys fs.FS, dir string) []string {
	found, _ := fs.Glob(fsys, path.Join(dir, "*.wav")) // the pattern is right
	for i, name := range found {
		found[i] = strings.TrimSuffix(path.Base(name), ".wav")
	}
	return found
}
