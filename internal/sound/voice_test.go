package sound

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// spoken gives the words of sounds, without the language.
func spoken(t *testing.T, ids []int64) string {
	t.Helper()
	words := make([]string, len(ids))
	for i, id := range ids {
		_, word, ok := strings.Cut(names[id], "/")
		if !ok {
			t.Fatalf("sound %d of %v is no word", id, ids)
		}
		words[i] = strings.TrimPrefix(word, "number-")
	}
	return strings.Join(words, " ")
}

func TestEveryWordOfEveryLanguageExists(t *testing.T) {
	for _, v := range builtinVoices {
		var said []string
		for n := 1; n <= 12_000; n++ {
			said = append(said, v.position(n)...)
		}
		for d := time.Duration(0); d <= maxTold; d += 7 * time.Second {
			said = append(append(said, v.waited(d)...), v.estimate(max(d, 1))...)
		}
		for _, p := range phrases {
			said = append(said, string(p))
		}
		used := map[string]bool{}
		for _, word := range said {
			used[word] = true
			if v.words[word] == 0 {
				t.Fatalf("%s has no word %q", v.language, word)
			}
		}
		for word := range v.words {
			if !used[word] {
				t.Errorf("nobody says %s/%s", v.language, word)
			}
		}
		if len(v.words) > wordsAVoice {
			t.Errorf("%s has %d words, more than ids", v.language, len(v.words))
		}
	}
}

func TestWaitIsSpoken(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		want string
	}{
		{0, "waited 0 seconds"},
		{-time.Second, "waited 0 seconds"},
		{1900 * time.Millisecond, "waited 1 second"},
		{42 * time.Second, "waited 40 2 seconds"},
		{time.Minute, "waited 1 minute"},
		{2*time.Minute + 13*time.Second, "waited 2 minutes 13 seconds"},
		{time.Hour + 30*time.Minute, "waited 1 hour 30 minutes"},
		{1000 * time.Hour, "waited 90 9 hours"},
	} {
		if got := spoken(t, Wait(tt.wait)); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.wait, got, tt.want)
		}
	}
}

func TestPositionAndEstimateAreSpoken(t *testing.T) {
	for _, tt := range []struct {
		position int
		wait     time.Duration
		want     string
	}{
		{0, 0, ""},
		{1, 0, "caller-number 1"},
		{21, 0, "caller-number 20 1"},
		{100, 0, "caller-number 1 hundred"},
		{115, 0, "caller-number 1 hundred and 15"},
		{1000, 0, "caller-number 1 thousand"},
		{2007, 0, "caller-number 2 thousand and 7"},
		{12_345, 0, "caller-number 12 thousand 3 hundred and 40 5"},
		{0, time.Second, "estimated-wait less-than-one-minute"},
		{0, 59 * time.Second, "estimated-wait less-than-one-minute"},
		{0, time.Minute, "estimated-wait 1 minute"},
		{0, 89 * time.Second, "estimated-wait 1 minute"},
		{0, 90 * time.Second, "estimated-wait 2 minutes"},
		{3, 42 * time.Minute, "caller-number 3 estimated-wait 40 2 minutes"},
		{0, 3599 * time.Second, "estimated-wait 1 hour"},
		{0, 2*time.Hour + 61*time.Second, "estimated-wait 2 hours 1 minute"},
		{-1, -time.Second, ""},
	} {
		if got := spoken(t, Position("en", tt.position, tt.wait)); got != tt.want {
			t.Errorf("position %d, wait %v: %q, want %q", tt.position, tt.wait, got, tt.want)
		}
	}
}

func TestPhrasesAreOneSoundEach(t *testing.T) {
	for _, p := range phrases {
		if got := spoken(t, Say("en", p)); got != string(p) {
			t.Errorf("%s says %q", p, got)
		}
	}
}

// A language that puts its words together in another way, beside English.
func TestAnotherLanguageHasItsOwnWordsAndGrammar(t *testing.T) {
	dir := fstest.MapFS{}
	for _, word := range []string{"eins", "zwei", "sie-sind", "anrufer", "minute", "thanks"} {
		dir["builtin/de/"+word+".wav"] = &fstest.MapFile{}
	}
	german := newVoice(dir, "builtin", "de", 1, grammar{
		position: func(n int) []string { return []string{"sie-sind", []string{"eins", "zwei"}[n-1], "anrufer"} },
		estimate: func(time.Duration) []string { return []string{"eins", "minute"} },
		waited:   func(time.Duration) []string { return []string{"eins", "minute"} },
	})
	all := voices{german, builtinVoices[0]}
	words := map[int64]string{}
	for _, v := range all {
		for word, id := range v.words {
			if words[id] != "" {
				t.Errorf("id %d is both %s and %s", id, words[id], word)
			}
			words[id] = word
		}
	}
	say := func(lang string) (text string) {
		for _, id := range all.announce(lang, 2, time.Minute) {
			text += words[id] + " "
		}
		return text
	}
	for _, tag := range []string{"de", "DE", "de-AT", "de_CH"} {
		if got := say(tag); got != "sie-sind zwei anrufer eins minute " {
			t.Errorf("%s: %q", tag, got)
		}
	}
	for _, tag := range []string{"en", "en-GB", "", "tlh", "-"} {
		if got := say(tag); got != "caller-number number-2 estimated-wait number-1 minute " {
			t.Errorf("%q does not fall back to English: %q", tag, got)
		}
	}
}

func ExamplePosition() {
	for _, id := range Position("en", 3, 5*time.Minute) {
		fmt.Println(names[id])
	}
	// Output:
	// en/caller-number
	// en/number-3
	// en/estimated-wait
	// en/number-5
	// en/minutes
}
