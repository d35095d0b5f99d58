package acd

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Values used where a setting is left at zero, and limits that are no settings.
const (
	defaultCallTimeout      = 60 * time.Second
	defaultProgressiveDelay = 10 * time.Second
	defaultDiscardAbandoned = 60 * time.Second
	unreachableRest         = 5 * time.Second
	// offerPause is the least time between two offers of one caller to one
	// agent, so that a phone that refuses at once is not rung in a tight loop.
	offerPause = 200 * time.Millisecond
	// legGrace is how long the end of a withdrawn leg is waited for before the
	// agent is taken to be free all the same.
	legGrace = time.Second
	// longestSound bounds a playback whose end is never reported.
	longestSound = 2 * time.Minute
)

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Error is a refusal for people: Code is a word for programs, Field the
// setting at fault, Message what was wrong and what is allowed.
type Error struct {
	Code    string
	Field   string
	Message string
}

func (e *Error) Error() string { return e.Message }

// ParseStrategy gives the strategy of that name, or an *Error listing those there are.
func ParseStrategy(name string) (Strategy, error) {
	s := Strategy(name)
	if slices.Contains(Strategies, s) {
		return s, nil
	}
	names := make([]string, len(Strategies))
	for i, known := range Strategies {
		names[i] = string(known)
	}
	return "", &Error{Code: "invalid_parameter", Field: "strategy",
		Message: fmt.Sprintf("unknown strategy %q: use one of %s", name, strings.Join(names, ", "))}
}

// Validate tells what an engine would not take over; nil if it would.
func (q Queue) Validate() error {
	if _, err := ParseStrategy(string(q.Strategy)); err != nil {
		return err
	}
	if q.ExitKey != 0 && !strings.ContainsRune("0123456789*#", rune(q.ExitKey)) {
		return &Error{Code: "invalid_parameter", Field: "exit_key",
			Message: fmt.Sprintf("exit key %q is not on a telephone: use one of 0-9, * and #", q.ExitKey)}
	}
	return nil
}
