package script

import (
	"fmt"
	"time"

	"holdline/internal/acd"
)

// start is when every story begins: a Monday morning.
var start = acd.TimeOf(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))

// world is an engine with a virtual clock and a telephone side.
type world struct {
	engine   *acd.Engine
	now      acd.Time
	offers   map[acd.AgentID]acd.OfferID // the last made to each
	confirms bool                        // withdrawn legs report their end by themselves
	results  []string
}

func newWorld() *world {
	return &world{
		engine:   acd.New(acd.Start{Seed: 1}),
		now:      start,
		offers:   map[acd.AgentID]acd.OfferID{},
		confirms: true,
	}
}

func (w *world) say(format string, a ...any) {
	w.results = append(w.results, fmt.Sprintf(format, a...))
}

// play lets the time before a line pass, then does what it says.
func (w *world) play(l line) error {
	if l.timed {
		if err := w.pass(start.Add(l.at)); err != nil {
			return err
		}
	}
	return l.do(w)
}

// pass lets virtual time go by, stopping at every deadline.
func (w *world) pass(until acd.Time) error {
	for {
		at, waiting := w.engine.NextDeadline()
		if !waiting || at > until {
			break
		}
		w.now = max(w.now, at)
		if err := w.step(acd.Tick{}); err != nil {
			return err
		}
	}
	w.now = max(w.now, until)
	return nil
}

// quietly feeds an input that is no part of the story.
func (w *world) quietly(in acd.Input) error {
	said := len(w.results)
	err := w.step(in)
	w.results = w.results[:said]
	return err
}

// step feeds one input, writes down what came of it and checks the invariants.
func (w *world) step(in acd.Input) error {
	facts, cmds := w.engine.Step(w.now, in)
	clock := seconds(w.now.Sub(start))
	for _, f := range facts {
		w.say("%s  %s", clock, w.tell(f))
	}
	var ends []acd.OfferID
	for _, c := range cmds {
		w.say("%s  -> %s", clock, order(c))
		switch c.Kind {
		case acd.CmdOffer:
			w.offers[c.Agent] = c.Offer
		case acd.CmdWithdraw:
			ends = append(ends, c.Offer)
		}
	}
	if err := w.engine.Check(); err != nil {
		return fmt.Errorf("an invariant is broken: %w", err)
	}
	return w.confirm(ends)
}

// confirm reports the ends of withdrawn legs.
func (w *world) confirm(ends []acd.OfferID) error {
	if !w.confirms {
		return nil
	}
	for _, offer := range ends {
		if err := w.step(acd.OfferEnded{Offer: offer, Cause: acd.CauseWithdrawn}); err != nil {
			return err
		}
	}
	return nil
}
