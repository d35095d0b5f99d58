package engine

import (
	"time"

	"holdline/internal/acd"
)

// clock gives the rules their time: that of the wall, but never backwards and
// never standing still. Where the wall's clock is set back, the rules' goes on
// from where it was: a deadline must not wait for an hour to come again.
type clock struct {
	base time.Time // with the monotonic reading
	at   acd.Time  // what it was at base
}

// start sets the clock, to no earlier than the time given.
func (c *clock) start(notBefore acd.Time) {
	c.base = time.Now()
	c.at = max(acd.TimeOf(c.base), notBefore)
}

func (c *clock) now() acd.Time {
	wall := time.Now()
	now := c.at.Add(wall.Sub(c.base)) // by the monotonic readings
	if ahead := acd.TimeOf(wall); ahead > now {
		c.base, c.at, now = wall, ahead, ahead
	}
	return now
}

// until converts a moment of this clock to the time to wait for it.
func (c *clock) until(t acd.Time) time.Duration { return t.Sub(c.now()) }
