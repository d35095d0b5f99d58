package report

import (
	"fmt"
	"sort"
	"time"

	"holdline/internal/acd"
)

// Interval is the length of the stretches a period is cut into.
type Interval string

const (
	Quarter Interval = "quarter" // quarters of an hour
	Hour    Interval = "hour"
	Day     Interval = "day"   // from midnight to midnight in the organisation's time zone
	Whole   Interval = "whole" // the period is one stretch
)

// Intervals lists every valid interval.
var Intervals = []Interval{Quarter, Hour, Day, Whole}

// MaxIntervals bounds how many stretches one report has: a quarter of a year in quarters of an hour.
const MaxIntervals = 10_000

// TooManyError says that a period has more stretches than MaxIntervals.
type TooManyError struct{ Interval Interval }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("the period has more than %d intervals of length %q; ask for a shorter period or a longer interval", MaxIntervals, e.Interval)
}

// cuts gives the borders of the stretches of [start, end) as the clocks in
// zone show them: the first is start, the last end. A day with a clock change
// has 23 or 25 hours; an hour that is shown twice is two.
func cuts(start, end acd.Time, by Interval, zone *time.Location) ([]acd.Time, error) {
	out := []acd.Time{start}
	for at := start; ; {
		at = nextCut(at, by, zone)
		if by == Whole || at >= end {
			return append(out, end), nil
		}
		if out = append(out, at); len(out) > MaxIntervals {
			return nil, &TooManyError{by}
		}
	}
}

// nextCut gives the first border after t.
func nextCut(t acd.Time, by Interval, zone *time.Location) acd.Time {
	local := t.Std().In(zone)
	into := time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	switch by {
	case Quarter:
		return t.Add(15*time.Minute - time.Duration(local.Minute()%15)*time.Minute - into)
	case Hour:
		return t.Add(time.Hour - time.Duration(local.Minute())*time.Minute - into)
	}
	y, m, d := local.Date()
	midnight := acd.TimeOf(time.Date(y, m, d+1, 0, 0, 0, 0, zone))
	if midnight <= t { // a zone whose clocks skip midnight
		midnight = t.Add(time.Hour)
	}
	return midnight
}

// stretches finds the stretch of a moment.
type stretches []acd.Time

func (s stretches) start() acd.Time { return s[0] }
func (s stretches) end() acd.Time   { return s[len(s)-1] }

// of gives the number of the stretch t lies in; -1 if it is outside the period.
func (s stretches) of(t acd.Time) int {
	if t < s.start() || t >= s.end() {
		return -1
	}
	return sort.Search(len(s), func(i int) bool { return s[i] > t }) - 1
}

// each calls fn with the part of [from, to) that lies in each stretch it touches.
func (s stretches) each(from, to acd.Time, fn func(stretch int, part time.Duration)) {
	from, to = max(from, s.start()), min(to, s.end())
	if from >= to {
		return
	}
	for i := s.of(from); from < to; i++ {
		until := min(to, s[i+1])
		fn(i, until.Sub(from))
		from = until
	}
}
