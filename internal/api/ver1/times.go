package ver1

import (
	"math"
	"strings"
	"time"

	"holdline/internal/app"
)

// moment reads a query parameter YYYY-MM-DD HH:MM:SS in the client's time
// zone; a date alone is its midnight. Zero when it is not there.
func (c *call) moment(name string) (time.Time, error) {
	return c.parseMoment(name, c.query.Get(name))
}

// parseMoment is moment for what stands in a body.
func (c *call) parseMoment(name, s string) (time.Time, error) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, nil
	}
	zone := c.app.Zone(c.actor)
	for _, layout := range []string{time.DateTime, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && t.Year() >= 1970 {
			return t, nil
		}
	}
	return time.Time{}, app.Invalidf(name, "%s is %q; it must be YYYY-MM-DD HH:MM:SS, in the client's time zone %s", name, shorten(s), zone)
}

// period reads start_datetime and end_datetime; the end is not part of it.
func (c *call) period() (from, to time.Time, err error) {
	if from, err = c.moment("start_datetime"); err != nil {
		return from, to, err
	}
	if to, err = c.moment("end_datetime"); err != nil {
		return from, to, err
	}
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		return from, to, app.Invalidf("end_datetime", "end_datetime is before start_datetime; nothing lies in between")
	}
	return from, to, nil
}

// oldestFirst reads order: asc or desc (newest first, also if it is left out).
func (c *call) oldestFirst() (bool, error) {
	switch s := c.query.Get("order"); strings.ToLower(s) {
	case "", "desc":
		return false, nil
	case "asc":
		return true, nil
	default:
		return false, app.Invalidf("order", "order is %q; allowed are asc (oldest first), desc", shorten(s))
	}
}

// ids reads a repeatable query parameter of ids.
func (c *call) ids(name string) (list []int64, err error) {
	for _, s := range c.query[name] {
		id, ok := parseID(s)
		if !ok {
			return nil, app.Invalidf(name, "%s is %q; it must be an id", name, shorten(s))
		}
		list = append(list, id)
	}
	return list, nil
}

// stamp is a moment in microseconds since 1970.
type stamp interface{ Std() time.Time }

// gmt shows a moment in UTC; null when it never came.
func gmt[T interface {
	~int64
	stamp
}](t T) any {
	if t == 0 {
		return nil
	}
	return t.Std().Format(time.DateTime)
}

// wholeSeconds shows the time between two moments; 0 when one never came.
func wholeSeconds[T ~int64](from, to T) int64 {
	if from == 0 || to == 0 {
		return 0
	}
	return int64(to-from) / int64(time.Second/time.Microsecond)
}

// exact shows a duration in seconds to the millisecond.
func exact(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// percent shows a share in per cent to one digit; null when it is one of nothing.
func percent(share float64, ok bool) any {
	if !ok {
		return nil
	}
	return math.Round(share*1000) / 10
}

func orNull[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return s
}

func idOrNull[N ~int64](id N) any {
	if id == 0 {
		return nil
	}
	return id
}
