// Package script runs the rules of package acd against stories written in the
// words of a call centre, in virtual time, and writes down what came of every
// line. The stories stand in test/scenario, one file per rule.
//
// A story is a text file. Lines that begin with # are comments. Every other
// line is one statement, optionally at a time ("at 12.5s …", counted from the
// story's beginning); options follow behind commas. The lines below it that
// begin with a tab are what came of it: facts of the journal, and behind an
// arrow the commands to the telephone side. They are written by the program
// (go test ./internal/acd/script -update) and reviewed as a diff.
//
// The telephone side reports by itself that a leg it was told to withdraw has
// ended, unless the story says "ends get lost". Everything else that phones
// and callers do is a statement. The grammar is the tables in grammar.go.
package script

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Script is a story that has been read.
type Script struct {
	lines []line
}

// line is a line of the file with what stands below it.
type line struct {
	number int
	text   string // as written, comments and empty lines too
	timed  bool
	at     time.Duration // since the story's beginning
	do     action        // nil for comments and empty lines
}

// Error tells which line cannot be read, and what could stand there.
type Error struct {
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Parse reads a story, leaving out the results that stand in it. Errors are
// of type *Error. Times must not go backwards.
func Parse(text string) (*Script, error) {
	s := &Script{}
	last := time.Duration(0)
	for i, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(raw, "\t") {
			continue
		}
		l := line{number: i + 1, text: strings.TrimRight(raw, " \t\r")}
		if statement := strings.TrimSpace(l.text); statement != "" && statement[0] != '#' {
			if err := l.parse(statement); err != nil {
				return nil, &Error{Line: l.number, Message: err.Error()}
			}
			if l.timed && l.at < last {
				return nil, &Error{Line: l.number, Message: fmt.Sprintf("%s is before %s: times go forward only", seconds(l.at), seconds(last))}
			}
			last = max(last, l.at)
		}
		s.lines = append(s.lines, l)
	}
	return s, nil
}

func (l *line) parse(statement string) error {
	if rest, timed := strings.CutPrefix(statement, "at "); timed {
		clock, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
		at, err := parseSeconds(clock)
		if err != nil {
			return err
		}
		l.timed, l.at, statement = true, at, strings.TrimSpace(rest)
		if statement == "" {
			l.do = func(*world) error { return nil }
			return nil
		}
	}
	phrases := strings.Split(statement, ",")
	for i := range phrases {
		phrases[i] = strings.TrimSpace(phrases[i])
	}
	var err error
	l.do, err = readStatement(phrases[0], phrases[1:])
	return err
}

// String gives the story without results.
func (s *Script) String() string {
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(l.text + "\n")
	}
	return b.String()
}

// Run plays the story and gives its text with the results below each line.
// It fails when an invariant of the rules breaks; the text up to there is given too.
func (s *Script) Run() (string, error) {
	w := newWorld()
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(l.text + "\n")
		if l.do == nil {
			continue
		}
		err := w.play(l)
		for _, result := range w.results {
			b.WriteString("\t" + result + "\n")
		}
		w.results = w.results[:0]
		if err != nil {
			return b.String(), fmt.Errorf("line %d: %w", l.number, err)
		}
	}
	return b.String(), nil
}

// longest keeps a typing error from running for virtual years.
const longest = 7 * 24 * time.Hour

// parseSeconds reads a time with its unit, in whole milliseconds.
func parseSeconds(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > longest || d%time.Millisecond != 0 {
		return 0, fmt.Errorf("%q is not a time: write it like 10s, 1m30s or 200ms, at most %s", s, longest)
	}
	return d, nil
}

// seconds writes a time as 12.5s, whatever its size, so that a column of times reads as numbers.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%gs", float64(d.Round(time.Millisecond).Milliseconds())/1000)
}

// rule is one form a phrase can have: words that stand for themselves, and
// places: <n> a number, <d> a time, <w> a word, <t> the rest of the phrase.
type rule[T any] struct {
	form string
	make func(a args) T
}

// args are the values of a form's places, by kind and in order.
type args struct {
	n []int
	d []time.Duration
	w []string
}

// match compares a phrase with a form.
func match(form, phrase string) (args, bool) {
	var a args
	words := strings.Fields(phrase)
	for _, part := range strings.Fields(form) {
		if part == "<t>" {
			a.w = append(a.w, strings.Join(words, " "))
			return a, len(words) > 0
		}
		if len(words) == 0 || !a.take(part, words[0]) {
			return args{}, false
		}
		words = words[1:]
	}
	return a, len(words) == 0
}

func (a *args) take(part, word string) bool {
	switch part {
	case "<n>":
		var n int
		if _, err := fmt.Sscanf(word, "%d", &n); err != nil || fmt.Sprint(n) != word {
			return false
		}
		a.n = append(a.n, n)
	case "<d>":
		d, err := parseSeconds(word)
		if err != nil {
			return false
		}
		a.d = append(a.d, d)
	case "<w>":
		a.w = append(a.w, word)
	default:
		return part == word
	}
	return true
}

// read finds the rule a phrase follows.
func read[T any](rules []rule[T], what, phrase string) (T, error) {
	for _, r := range rules {
		if a, ok := match(r.form, phrase); ok {
			return r.make(a), nil
		}
	}
	forms := make([]string, len(rules))
	for i, r := range rules {
		forms[i] = r.form
	}
	slices.Sort(forms)
	var none T
	return none, fmt.Errorf("cannot read %s %q; it can be: %s", what, phrase, strings.Join(forms, " | "))
}
