// Command sounds makes the built-in sounds: music and tones are synthesised
// here and come out the same on every run; the spoken prompts are said by
// espeak-ng and made only when asked for.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// tones are the sounds made here, by file name.
var tones = map[string]func() loop{"music": music, "ringback": ringback, "beep": beep, "silence": silence}

func main() {
	output := flag.String("output", "internal/sound/builtin", "directory to write to")
	speech := flag.Bool("speech", false, "also make the spoken prompts (needs espeak-ng)")
	flag.Parse()
	if err := run(*output, *speech); err != nil {
		fmt.Fprintln(os.Stderr, "sounds:", err)
		os.Exit(1)
	}
}

func run(output string, speech bool) error {
	for name, make := range tones {
		if err := write(output, name, make()); err != nil {
			return err
		}
	}
	if !speech {
		return nil
	}
	for language, v := range speakers {
		if err := record(filepath.Join(output, language), v); err != nil {
			return err
		}
	}
	return nil
}

// record writes a language's phrases to its directory.
func record(dir string, v speaker) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range v.phrases {
		samples, err := speak(v.name, text)
		if err != nil {
			return err
		}
		if err := write(dir, name, samples); err != nil {
			return err
		}
	}
	return nil
}

func write(dir, name string, samples loop) error {
	return os.WriteFile(filepath.Join(dir, name+".wav"), wav(samples), 0o644)
}
