package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"holdline/internal/sound"
)

// speaker is how espeak-ng speaks one language, and what it says, by file name.
type speaker struct {
	name    string // of espeak-ng
	phrases map[string]string
}

// speakers are the spoken prompts, by language, which is the directory too.
var speakers = map[string]speaker{"en": {name: "en-gb", phrases: english()}}

func english() map[string]string {
	out := map[string]string{
		"waited": "waited", "second": "second", "seconds": "seconds",
		"minute": "minute", "minutes": "minutes", "hour": "hour", "hours": "hours",
		"hundred": "hundred", "thousand": "thousand", "and": "and",

		"caller-number":        "You are caller number",
		"estimated-wait":       "Your estimated wait is",
		"less-than-one-minute": "less than one minute",

		"logged-in":    "You are logged in.",
		"logged-out":   "You are logged out.",
		"on-break":     "You are on a break.",
		"off-break":    "You are back from your break.",
		"not-an-agent": "This phone does not belong to an agent.",
		"not-possible": "This is not possible.",
		"rate-service": "Please rate the service. Press a key from one to five.",
		"thanks":       "Thank you. Good bye.",
	}
	for n := range 100 {
		if n <= 20 || n%10 == 0 {
			out[fmt.Sprintf("number-%d", n)] = fmt.Sprint(n)
		}
	}
	return out
}

// speak has espeak-ng say a phrase, and cuts the silence around it. The
// program's GPL covers the program, not what it says.
func speak(voice, text string) (loop, error) {
	dir, err := os.MkdirTemp("", "sounds")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "speech.wav")
	if out, err := exec.Command("espeak-ng", "-v", voice, "-s", "150", "-p", "45", "-w", file, text).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("espeak-ng (Debian package espeak-ng): %w\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pcm, err := sound.Decode(context.Background(), data)
	if err != nil {
		return nil, err
	}
	samples := make(loop, len(pcm))
	for i, v := range pcm {
		samples[i] = float64(v) / 32768
	}
	return trim(samples).level(-20), nil
}

// trim leaves 30 ms of silence on either side, enough to tell words apart.
func trim(l loop) loop {
	const quiet, margin = 0.004, rate * 30 / 1000
	first, last := 0, len(l)-1
	for first < last && l[first] < quiet && l[first] > -quiet {
		first++
	}
	for last > first && l[last] < quiet && l[last] > -quiet {
		last--
	}
	return l[max(0, first-margin):min(len(l), last+margin)]
}
