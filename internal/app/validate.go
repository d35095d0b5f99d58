package app

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"holdline/internal/store"
)

// MaxSeconds is the longest of every configured time (contracts/ringme.md, Agents).
const MaxSeconds = 86400

var (
	shortNumber    = regexp.MustCompile(`^[0-9]{2,10}$`)
	externalNumber = regexp.MustCompile(`^\+?[0-9]{3,20}$`)
	languageTag    = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)
	dialledNumber  = regexp.MustCompile(`^\+?[0-9*#]{2,32}$`)
)

// first gives the first refusal of a list of checks.
func first(checks ...*Error) error {
	for _, e := range checks {
		if e != nil {
			return e
		}
	}
	return nil
}

func checkSeconds(field string, d time.Duration) *Error {
	if d < 0 || d > MaxSeconds*time.Second || d%time.Second != 0 {
		return Invalidf(field, "%s is %s; allowed are 0 to %d whole seconds", field, strconv.FormatFloat(d.Seconds(), 'f', -1, 64), MaxSeconds)
	}
	return nil
}

func checkRange(field string, v, low, high int64) *Error {
	if v < low || v > high {
		return Invalidf(field, "%s is %d; allowed are %d to %d", field, v, low, high)
	}
	return nil
}

// turning are the characters that turn round the text beside them (UAX #9):
// what people read would be another name than the one that is there.
var turning = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// checkText allows printable text up to limit characters.
func checkText(field, s string, limit int) *Error {
	if n := utf8.RuneCountInString(s); n > limit {
		return Invalidf(field, "%s is %d characters long; at most %d are allowed", field, n, limit)
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(turning, r) {
			return Invalidf(field, "%s contains the character %U; only printable characters are allowed", field, r)
		}
	}
	return nil
}

// checkLabel allows what people can see, or nothing at all.
func checkLabel(field, s string, limit int) *Error {
	if s != "" && !visible(s) {
		return Invalidf(field, "%s has nothing that can be seen; write something, or leave it empty", field)
	}
	return checkText(field, s, limit)
}

func checkOptionalLabel(field string, s *string, limit int) *Error {
	if s == nil {
		return nil
	}
	return checkLabel(field, *s, limit)
}

func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

func checkOptionalText(field string, s *string, limit int) *Error {
	if s == nil {
		return nil
	}
	return checkText(field, *s, limit)
}

// checkOpaque allows any text but NUL, which databases and logs stumble over.
func checkOpaque(field string, s *string, limit int) *Error {
	if s == nil {
		return nil
	}
	if n := utf8.RuneCountInString(*s); n > limit {
		return Invalidf(field, "%s is %d characters long; at most %d are allowed", field, n, limit)
	}
	for _, r := range *s {
		if r == 0 {
			return Invalidf(field, "%s contains a NUL character; leave it out", field)
		}
	}
	return nil
}

func checkOptionalID(field string, id *int64) *Error {
	if id == nil {
		return nil
	}
	return checkRange(field, *id, 0, 1<<53)
}

func checkOptionalNumber(field string, number *string) *Error {
	if number == nil || externalNumber.MatchString(*number) {
		return nil
	}
	return Invalidf(field, "%s is %q; allowed are 3 to 20 digits, with a leading + if you like, or null", field, *number)
}

// checkDestination allows what can be dialled: short internal, full internal or external; "" = none.
func checkDestination(field, number string) *Error {
	if number == "" || dialledNumber.MatchString(number) {
		return nil
	}
	return Invalidf(field, "%s is %q; allowed is a number to dial, like 333, 000*333 or +4930123456, or null", field, number)
}

// checkName asks for a name people can tell things apart by.
func checkName(name string) *Error {
	if !visible(name) {
		return Invalidf("name", "name is empty; give it one people recognise")
	}
	return checkText("name", name, 255)
}

// asInvalid turns the store's "no such row" into the refusal of a field that names one.
func asInvalid(err error, field, format string, args ...any) error {
	if errors.Is(err, store.ErrNotFound) {
		return Invalidf(field, format, args...)
	}
	return err
}
