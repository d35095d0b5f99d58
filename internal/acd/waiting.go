package acd

import (
	"cmp"
	"math"
	"slices"
)

// compareCallers is the caller order (contracts/engine.md, Caller order):
// priority descending, joined time, sequence. It holds within a queue and
// across queues that share agents.
func compareCallers(a, b *caller) int {
	if a.priority != b.priority {
		return cmp.Compare(b.priority, a.priority)
	}
	if a.joined != b.joined {
		return cmp.Compare(a.joined, b.joined)
	}
	return cmp.Compare(a.arrival, b.arrival)
}

// line is a row of callers in caller order. Callers come at the end and leave
// at the front as a rule, so both are cheap however long the line is.
type line []*caller

// shortLine is up to where moving up the rest costs nothing: a short line
// keeps its array, a long one leaves its front behind.
const shortLine = 64

func (l line) index(c *caller) (int, bool) { return slices.BinarySearchFunc(l, c, compareCallers) }

func (l line) has(c *caller) bool {
	_, found := l.index(c)
	return found
}

func (l *line) insert(c *caller) {
	i, found := l.index(c)
	if found {
		impossible("caller %s stands in line twice", c.call)
	}
	*l = slices.Insert(*l, i, c)
}

func (l *line) remove(c *caller) {
	i, found := l.index(c)
	switch {
	case !found:
		impossible("caller %s is not in line", c.call)
	case i == 0 && len(*l) > shortLine:
		(*l)[0] = nil
		*l = (*l)[1:]
	default:
		*l = slices.Delete(*l, i, i+1)
	}
}

// touch asks for the caller to be looked at when the step settles.
func (e *Engine) touch(c *caller) {
	e.review(c)
	if c.phase == callerWaiting {
		e.touched = append(e.touched, c)
	}
}

// touchAll does so for every waiting caller of a queue, after its rules changed.
func (e *Engine) touchAll(q *queue) {
	for _, c := range q.waiting {
		e.touch(c)
	}
}

// review keeps the line of those who want an offer up to date.
func (e *Engine) review(c *caller) {
	want := c.wantsOffer()
	if want == c.seeking {
		return
	}
	c.seeking = want
	if want {
		c.queue.seeking.insert(c)
	} else {
		c.queue.seeking.remove(c)
	}
}

// stir asks for the queue's seeking callers from index on to be looked at.
func (e *Engine) stir(q *queue, from int) {
	if q.stirred {
		q.cursor = min(q.cursor, from)
		return
	}
	q.stirred, q.cursor = true, from
	e.stirred = append(e.stirred, q)
}

// settle makes every offer that can be made, the first caller of all stirred
// queues first, so that after a step no caller waits beside an agent who
// could be offered. Within it agents only become less available, so a caller
// passed over once need not be looked at again.
func (e *Engine) settle() {
	for _, c := range e.touched {
		if !c.seeking {
			continue
		}
		if c.queue.TierRulesApply { // headOf passes by whom no level has opened to
			e.openLevels(c)
		}
		if q := c.queue; !q.stirred || q.cursor > 0 {
			i, _ := q.seeking.index(c)
			e.stir(q, i)
		}
	}
	for c := e.firstServable(); c != nil; c = e.firstServable() {
		e.serve(c)
	}
	for _, c := range e.touched {
		if c.phase == callerWaiting {
			e.openLevels(c)
		}
	}
	for _, q := range e.stirred {
		q.stirred = false
	}
	clear(e.touched)
	clear(e.stirred)
	e.touched, e.stirred = e.touched[:0], e.stirred[:0]
}

// firstServable gives the first caller of all stirred queues for whom there is an agent.
func (e *Engine) firstServable() *caller {
	var first *caller
	for _, q := range e.stirred {
		if c := e.headOf(q); c != nil && (first == nil || compareCallers(c, first) < 0) {
			first = c
		}
	}
	return first
}

// headOf gives the first caller of a queue for whom there is an agent. Where
// levels open by the clock alone, those who have none open with somebody free are passed by.
func (e *Engine) headOf(q *queue) *caller {
	lowest := math.MinInt
	if q.TierRulesApply {
		lowest = q.lowestReady()
	}
	for ; q.ready > 0 && q.cursor < len(q.seeking); q.cursor++ {
		if x := q.seeking[q.cursor]; x.level >= lowest && e.servable(x.caller) {
			return x.caller
		}
	}
	return nil
}

// lowestReady is the lowest level with somebody who may be offered.
func (q *queue) lowestReady() int {
	for _, l := range q.levels {
		if l.ready > 0 {
			return l.number
		}
	}
	return math.MaxInt
}

// servable tells whether a seeking caller can be offered to somebody now; if
// only time is missing it asks to be woken.
func (e *Engine) servable(c *caller) bool {
	if due := c.paceDue(); due > e.now {
		e.wake(c, due)
		return false
	}
	e.openLevels(c)
	if e.anyone(c) {
		return true
	}
	for _, r := range c.recent {
		if r.until > e.now && r.agent.state == Idle {
			e.wake(c, r.until)
		}
	}
	return false
}

// wake has the caller looked at again at the given moment, or earlier.
func (e *Engine) wake(c *caller, at Time) {
	if !c.again.armed() || at < c.again.at {
		e.arm(&c.again, at)
	}
}
