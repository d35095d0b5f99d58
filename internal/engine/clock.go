package engine

import (
	"time"

	"holdline/internal/acd"
)

// clock gives the rules their time: that of the wall, but never backwards and
// never standing still. Where the wall's clock was set back, this one goes on
// from where it was, a little slower until the wall has caught up: a deadline
// must not wait for an hour to come again, and the journal's times rise, by
// which reports find where to read.
type clock struct {
	wall func() time.Time
	base time.Time // with the monotonic reading
	at   acd.Time  // what it was at base
}

// slower is the part of the time by which a clock that is ahead falls back:
// an hour is made good within a day, and a talk booked 5 % too short at most.
const slower = 20

// start sets the clock, to no earlier than the time given.
func (c *clock) start(notBefore acd.Time) {
	c.base = c.wall()
	c.at = max(acd.TimeOf(c.base), notBefore)
}

func (c *clock) now() acd.Time {
	wall := c.wall()
	passed := wall.Sub(c.base) // by the monotonic readings
	now := c.at.Add(passed - passed/slower)
	if real := acd.TimeOf(wall); real >= now {
		c.base, c.at, now = wall, real, real
	}
	return now
}

// until converts a moment of this clock to the time to wait for it, by the
// wall's: a clock that is ahead is asked again, a little later.
func (c *clock) until(t acd.Time) time.Duration { return t.Sub(c.now()) }
