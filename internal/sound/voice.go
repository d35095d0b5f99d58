package sound

import (
	"io/fs"
	"path"
	"strings"
	"time"
)

// Phrase is something said as a whole, with no number in it.
type Phrase string

// The phrases every language has. Each is the name of its file.
const (
	LoggedIn    Phrase = "logged-in"    // phone code: logged in to the queues
	LoggedOut   Phrase = "logged-out"   // phone code: logged out
	OnBreak     Phrase = "on-break"     // phone code: paused
	OffBreak    Phrase = "off-break"    // phone code: back from the pause
	NotAnAgent  Phrase = "not-an-agent" // phone code: this phone belongs to no agent
	NotPossible Phrase = "not-possible" // phone code: understood, but not to be done, e.g. an unknown queue
	RateService Phrase = "rate-service" // asks the caller for a key from 1 to 5
	Thanks      Phrase = "thanks"       // after the key, before the call ends
)

var phrases = []Phrase{LoggedIn, LoggedOut, OnBreak, OffBreak, NotAnAgent, NotPossible, RateService, Thanks}

// maxTold is the longest wait that is told; longer ones are told as this.
const maxTold = 99 * time.Hour

// A grammar puts words together as its language does. Words are names of
// files of the language's directory.
type grammar struct {
	position func(n int) []string              // n ≥ 1: where a caller stands in the queue
	estimate func(wait time.Duration) []string // 0 < wait ≤ maxTold: how long it will take
	waited   func(wait time.Duration) []string // 0 ≤ wait ≤ maxTold: tells an agent how long the caller has waited
}

// Every language has this many ids, from firstWord downwards.
const (
	firstWord    = -1000
	wordsAVoice  = 1000
	baseLanguage = "en" // what unknown languages fall back to
)

// voice is the prompts of one language.
type voice struct {
	language string
	words    map[string]int64 // ids by name of the file
	grammar
}

// newVoice reads the names of a language's directory. The n-th language has
// the n-th thousand of ids.
func newVoice(fsys fs.FS, dir, language string, n int64, g grammar) voice {
	v := voice{language: language, words: map[string]int64{}, grammar: g}
	for i, word := range wavFiles(fsys, path.Join(dir, language)) {
		v.words[word] = firstWord - n*wordsAVoice - int64(i)
	}
	return v
}

// say gives the sounds of words; a test finds missing ones, so none is here.
func (v voice) say(words ...string) []int64 {
	out := make([]int64, 0, len(words))
	for _, w := range words {
		if id, ok := v.words[w]; ok {
			out = append(out, id)
		}
	}
	return out
}

// voices is all languages there are.
type voices []voice

// builtinVoices are the languages that ship. To add one: its grammar, its
// phrases in scripts/sounds, a row here.
var builtinVoices = voices{newVoice(files, "builtin", baseLanguage, 0, english)}

// in gives the voice of a language tag ("en", "en-GB", "EN_us"), or English.
func (all voices) in(tag string) voice {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	base := all[0]
	for _, v := range all {
		if strings.EqualFold(v.language, primary) {
			return v
		}
		if v.language == baseLanguage {
			base = v
		}
	}
	return base
}

func (all voices) announce(lang string, position int, wait time.Duration) []int64 {
	v := all.in(lang)
	var out []int64
	if position > 0 {
		out = append(out, v.say(v.position(position)...)...)
	}
	if wait > 0 {
		out = append(out, v.say(v.estimate(min(wait, maxTold))...)...)
	}
	return out
}

// Position gives the sounds that tell a caller the position in the queue and
// the estimated wait, in a language ("en"; one that does not ship is English).
// What is 0 is not told; nil when nothing is.
func Position(lang string, position int, wait time.Duration) []int64 {
	return builtinVoices.announce(lang, position, wait)
}

// Wait gives the sounds that tell an agent how long the caller has waited:
// "waited one minute twenty seconds". Waits over 99 hours are told as 99 hours.
func Wait(d time.Duration) []int64 {
	v := builtinVoices.in(baseLanguage)
	return v.say(v.waited(min(max(d, 0), maxTold))...)
}

// Say gives the sounds of a phrase in a language.
func Say(lang string, p Phrase) []int64 { return builtinVoices.in(lang).say(string(p)) }
