package acd

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// level is the memberships of a queue that share a level number.
type level struct {
	number   int
	members  []*membership // by position, agent
	loggedIn int
	ready    int
}

func (l *level) insert(m *membership) {
	i, _ := slices.BinarySearchFunc(l.members, m, comparePlaces)
	l.members = slices.Insert(l.members, i, m)
}

// turn is a place in the order of a queue's memberships. It is kept by value:
// the agent it was taken from may have moved or gone.
type turn struct {
	level    int
	position int
	agent    AgentID
	taken    bool // false: nobody yet
}

func compareTurns(a, b turn) int {
	return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.position, b.position), cmp.Compare(a.agent, b.agent))
}

// levelFor gives the queue's level of that number, adding it if need be.
func (q *queue) levelFor(number int) *level {
	i, found := slices.BinarySearchFunc(q.levels, number, func(l *level, n int) int { return cmp.Compare(l.number, n) })
	if !found {
		q.levels = slices.Insert(q.levels, i, &level{number: number})
	}
	return q.levels[i]
}

// levelAfter gives the lowest level above the caller's highest open one, nil if all are open.
func (c *caller) levelAfter() *level {
	for _, l := range c.queue.levels {
		if !c.begun || l.number > c.level {
			return l
		}
	}
	return nil
}

// openLevels opens to the caller the levels that are due and asks to be woken
// for the next (contracts/engine.md, Levels). A level begins to be offered
// when it opens, whether or not somebody is free there at that moment.
func (e *Engine) openLevels(c *caller) {
	for next := c.levelAfter(); next != nil; next = c.levelAfter() {
		opened := e.now
		if c.begun {
			if opened = e.levelOpens(c, next); opened > e.now {
				return
			}
		}
		c.level, c.levelSince, c.begun = next.number, opened, true
		if c.seeking {
			c.queue.seeking.opened(c)
		}
	}
}

// openLevel is the highest level open to the caller.
func (c *caller) openLevel() int {
	if !c.begun {
		return math.MinInt
	}
	return c.level
}

// never is later than any moment.
const never Time = math.MaxInt64

// levelOpens tells when the next level opens to the caller, or did. A level
// opened by the clock counts from the moment it was due, however late the tick.
func (e *Engine) levelOpens(c *caller, next *level) Time {
	q := c.queue
	switch {
	case !q.TierRulesApply:
		// Those who ring for this caller are being offered and keep the next
		// level shut; ring-progressively looks for one more when that is due.
		ringing := len(c.offers) > 0 && (q.Strategy != RingProgressively || c.paceDue() > e.now)
		if ringing || e.anyone(c) {
			return never
		}
		return e.now
	case q.loggedInAt(c.level) == 0:
		return e.now
	}
	due := c.levelDue(next)
	if due > e.now {
		e.wake(c, due)
	}
	return due
}

func (c *caller) levelDue(next *level) Time {
	wait := c.queue.TierRuleWait
	if c.queue.TierRuleWaitMultiplyLevel {
		wait *= time.Duration(next.number)
	}
	if c.queue.TierRuleClockJoin {
		return c.entered.Add(wait)
	}
	return c.levelSince.Add(wait)
}

func (q *queue) loggedInAt(number int) int {
	for _, l := range q.levels {
		if l.number == number {
			return l.loggedIn
		}
	}
	return 0
}

// open gives the levels open to the caller.
func (c *caller) open() []*level {
	if !c.begun {
		return nil
	}
	levels := c.queue.levels
	for i, l := range levels {
		if l.number > c.level {
			return levels[:i]
		}
	}
	return levels
}
