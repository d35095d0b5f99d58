package acd

import (
	"slices"
	"time"
)

// callerPhase is where a caller stands.
type callerPhase uint8

const (
	callerGreeted callerPhase = iota // hears the greeting; nobody is called yet
	callerWaiting
	callerTalking
	callerGone
)

// caller is one caller of a queue.
type caller struct {
	call     CallID
	queue    *queue
	number   string
	name     string
	priority int
	joined   Time   // place in the order; may be that of an earlier, abandoned call
	place    int    // in the patrol's round
	arrival  uint64 // place among those who joined at the same moment
	since    Time   // since when this call waits, in another queue at first perhaps
	entered  Time   // when it came to this queue

	phase    callerPhase
	answered bool          // the caller's leg is answered
	ringback bool          // hears ringback, not music
	seeking  bool          // stands in queue.seeking
	expired  Outcome       // a max-wait timer fired while somebody rang: leave with this when nobody does
	waited   time.Duration // until the connection

	offers    []*offer // ringing for this caller
	agent     *agent   // talking to
	last      turn     // whom this caller was last offered to, for top-down
	lastOffer Time
	replace   bool // an offer failed: ring-progressively makes the next at once
	recent    []recentOffer

	begun      bool // levels have begun to be offered
	level      int  // the highest open one
	levelSince Time

	play      uint64 // running playback, 0 = none
	announced Time   // start of the last announcement
	untold    bool   // position and wait follow the announcement that plays

	again, sound, maxWait, noAgent timer

	// Room for the usual case, so that being offered costs no allocation.
	offersRoom [1]*offer
	recentRoom [2]recentOffer
}

// recentOffer keeps an agent from being offered to the same caller again at once.
type recentOffer struct {
	agent *agent
	until Time
}

func (e *Engine) callerJoined(in CallerJoined) {
	if e.callers[in.Call] != nil {
		return
	}
	q := e.queues[in.Queue]
	if q == nil {
		e.command(Command{Kind: CmdHangup, Queue: in.Queue, Call: in.Call, Outcome: OutcomeFailed})
		return
	}
	c := e.newCaller(q, in)
	e.callers[c.call] = c
	e.rounds.callers.add(c)
	q.waiting.insert(c)
	earlier := c.joined
	if earlier == e.now {
		earlier = 0
	}
	e.fact(Fact{Kind: FactCallerJoined, Queue: q.ID, Call: c.call, Number: c.number, Name: c.name, Until: earlier})
	if q.ExitWithNoAgents && q.loggedIn == 0 {
		e.leave(c, OutcomeNoAgent)
		return
	}
	e.armWaits(c)
	e.welcome(c)
}

func (e *Engine) newCaller(q *queue, in CallerJoined) *caller {
	e.arrivals++
	since := e.now
	if in.Joined > 0 {
		since = min(in.Joined, e.now)
	}
	c := &caller{
		call: in.Call, queue: q, number: in.Number, name: in.Name, priority: in.Priority,
		joined: e.resumed(q, in.Number, since), arrival: e.arrivals, since: since, entered: e.now,
		answered: in.Answered, ringback: q.Ringback,
	}
	c.offers, c.recent = c.offersRoom[:0], c.recentRoom[:0]
	c.again = timer{kind: againTimer, call: c}
	c.sound = timer{kind: soundTimer, call: c}
	c.maxWait = timer{kind: maxWaitTimer, call: c}
	c.noAgent = timer{kind: noAgentTimer, call: c}
	return c
}

func (e *Engine) callerEnded(id CallID, cause OfferCause) {
	c := e.callers[id]
	if c == nil {
		return
	}
	if cause != CauseLost && cause != CauseRestart {
		cause = CauseCallerHangup
	}
	if c.phase == callerTalking {
		e.callerGone(c, cause)
		return
	}
	if cause == CauseRestart {
		e.endWaiting(c, OutcomeFailed, cause)
		return
	}
	e.rememberAbandoned(c)
	e.endWaiting(c, OutcomeAbandoned, cause)
}

func (e *Engine) transferCaller(id CallID, dst string) {
	c := e.callers[id]
	switch {
	case c == nil:
	case c.phase == callerTalking:
		e.callerGone(c, CauseWithdrawn)
		e.sendAway(c, OutcomeAnswered, dst)
	default:
		e.leaveTo(c, OutcomeTransferred, dst)
	}
}

func (e *Engine) callerDigit(id CallID, digit byte) {
	c := e.callers[id]
	if c == nil || c.phase == callerTalking || digit == 0 || digit != c.queue.ExitKey {
		return
	}
	e.fact(Fact{Kind: FactExitKey, Queue: c.queue.ID, Call: c.call})
	e.leave(c, OutcomeExitKey)
}

// leave ends a caller who does not talk and sends him where the queue's
// configuration says.
func (e *Engine) leave(c *caller, outcome Outcome) {
	switch outcome {
	case OutcomeTimeout:
		e.leaveTo(c, outcome, c.queue.MaxWaitDst)
	case OutcomeNoAgent:
		e.leaveTo(c, outcome, c.queue.NoAgentDst)
	case OutcomeExitKey:
		e.leaveTo(c, outcome, c.queue.ExitDst)
	default:
		e.leaveTo(c, outcome, "")
	}
}

func (e *Engine) leaveTo(c *caller, outcome Outcome, dst string) {
	e.endWaiting(c, outcome, NoCause)
	e.sendAway(c, outcome, dst)
}

// endWaiting withdraws the caller's offers and books the end.
func (e *Engine) endWaiting(c *caller, outcome Outcome, cause OfferCause) {
	q := c.queue
	c.phase = callerGone
	q.waiting.remove(c)
	e.review(c)
	why := CauseWithdrawn
	if outcome == OutcomeAbandoned {
		why = CauseGone
	}
	for len(c.offers) > 0 {
		e.withdraw(c.offers[0], why)
	}
	c.waited = e.now.Sub(c.since)
	q.departed(e.now.Sub(c.entered), false)
	e.gone(c, outcome, cause)
}

// gone is the one end of every caller.
func (e *Engine) gone(c *caller, outcome Outcome, cause OfferCause) {
	if e.callers[c.call] != c {
		impossible("caller %s ends twice", c.call)
	}
	c.phase = callerGone
	e.disarmAll(c)
	delete(e.callers, c.call)
	e.rounds.callers.remove(c)
	e.fact(Fact{Kind: FactCallerLeft, Queue: c.queue.ID, Call: c.call, Outcome: outcome, Cause: cause, Duration: c.waited})
}

// sendAway tells the telephone side where a caller who left goes: to a number, or nowhere.
func (e *Engine) sendAway(c *caller, outcome Outcome, dst string) {
	if dst == "" {
		e.command(Command{Kind: CmdHangup, Queue: c.queue.ID, Call: c.call, Outcome: outcome})
		return
	}
	e.command(Command{Kind: CmdTransfer, Queue: c.queue.ID, Call: c.call, Outcome: outcome, Dst: dst, Tag: c.queue.CIDNameTag})
}

// wantsOffer tells whether the caller seeks an agent, or one more.
func (c *caller) wantsOffer() bool {
	if c.phase != callerWaiting || c.expired != NoOutcome {
		return false
	}
	switch c.queue.Strategy {
	case RingAll, RingProgressively:
		return true
	}
	return len(c.offers) == 0
}

// paceDue is when ring-progressively rings one more; a time past if nobody rings.
func (c *caller) paceDue() Time {
	if c.queue.Strategy != RingProgressively || len(c.offers) == 0 || c.replace {
		return 0
	}
	return c.lastOffer.Add(orDefault(c.queue.RingProgressivelyDelay, defaultProgressiveDelay))
}

// pausedFor tells whether the agent was offered to this caller a moment ago.
func (c *caller) pausedFor(a *agent, now Time) bool {
	for _, r := range c.recent {
		if r.agent.ID == a.ID && now < r.until {
			return true
		}
	}
	return false
}

// dropOffer takes an offer that rings no more from its caller.
func (c *caller) dropOffer(o *offer) {
	i := slices.Index(c.offers, o)
	if i < 0 {
		impossible("offer %d is not one of caller %s", o.id, c.call)
	}
	c.offers = slices.Delete(c.offers, i, i+1)
	if len(c.offers) == 0 {
		c.queue.trying--
	}
}

// pauseFor keeps the agent from being offered to this caller again at once.
func (c *caller) pauseFor(a *agent, now Time) {
	c.recent = slices.DeleteFunc(c.recent, func(r recentOffer) bool { return r.until <= now })
	c.recent = append(c.recent, recentOffer{agent: a, until: now.Add(offerPause)})
}

// afterOffer goes on with a caller one of whose offers failed.
func (e *Engine) afterOffer(c *caller) {
	if c.phase != callerWaiting {
		return
	}
	if c.expired != NoOutcome {
		if len(c.offers) == 0 {
			e.leave(c, c.expired)
		}
		return
	}
	c.replace = true
	e.touch(c)
}
