package event

import (
	"cmp"
	"context"
	"slices"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// restore gives the calls that were up just before fact number first. The
// store knows how it is now, so what came since is taken back: a leg that ended
// since was up, which its end tells in full, and one that started since was not.
func restore(ctx context.Context, tx store.Tx, org int64, first uint64) (*calls, error) {
	since := newSince()
	if err := since.read(ctx, tx, org, first); err != nil {
		return nil, err
	}
	open, err := tx.Calls.OpenLegs(ctx, org)
	if err != nil {
		return nil, err
	}
	c := newCalls()
	if err := c.takeLegs(ctx, tx, org, since, append(open, since.ended...)); err != nil {
		return nil, err
	}
	if err := c.lookBack(ctx, tx, org, first); err != nil {
		return nil, err
	}
	stays, err := tx.Facts.OpenCalls(ctx, org)
	for _, f := range stays {
		switch {
		case f.Seq >= first:
		case f.Kind == acd.FactConnected:
			c.stays[f.Call] = stay{f.At, f.Duration}
		default:
			c.rejoin(&f)
		}
	}
	for call, s := range since.stays {
		c.stays[call] = s
	}
	return c, err
}

// back is how many facts before are looked at for what had begun to end: the
// facts of one end follow each other closely.
const back = 256

func (c *calls) lookBack(ctx context.Context, tx store.Tx, org int64, first uint64) error {
	facts, err := tx.Facts.After(ctx, org, first-1-min(back, first-1), int(min(back, first-1)))
	for i := range facts {
		f := &facts[i]
		switch {
		case f.Seq >= first: // After takes a limit of 0 for none
		case f.Kind == acd.FactOfferEnded:
			c.missed(f)
		case f.Kind == acd.FactCallerJoined:
			c.rejoin(f)
		case f.Kind == acd.FactTalkEnded:
			c.disconnect(f)
			c.stays[f.Call] = stay{since: f.At.Add(-f.Duration)}
		case f.Kind == acd.FactCallerLeft:
			delete(c.joined, f.Call)
			delete(c.stays, f.Call)
		}
	}
	return err
}

// rejoin puts a caller back into its queue. Who had talked was transferred there.
func (c *calls) rejoin(f *acd.Fact) {
	c.joined[f.Call] = f.At
	if l := c.legs[string(f.Call)]; l != nil {
		for _, party := range l.call.legs {
			party.moved = party.moved || party.bridged != 0 && party.bridged < f.At
		}
	}
}

// since is what happened from a fact on.
type since struct {
	started   map[string]bool
	answered  map[string]bool
	ended     []acd.Leg
	over      map[string]bool // the ids of those
	connected map[acd.CallID]bool
	stays     map[acd.CallID]stay // that were and are over
}

func newSince() *since {
	return &since{started: map[string]bool{}, over: map[string]bool{}, answered: map[string]bool{}, connected: map[acd.CallID]bool{}, stays: map[acd.CallID]stay{}}
}

// restorePage is how many facts are read at once.
const restorePage = 1000

func (s *since) read(ctx context.Context, tx store.Tx, org int64, first uint64) error {
	for next := first - 1; ; {
		facts, err := tx.Facts.After(ctx, org, next, restorePage)
		for i := range facts {
			s.note(&facts[i])
		}
		if err != nil || len(facts) < restorePage {
			return err
		}
		next = facts[len(facts)-1].Seq
	}
}

func (s *since) note(f *acd.Fact) {
	switch f.Kind {
	case acd.FactLegStarted:
		if f.Leg != nil {
			s.started[f.Leg.ID] = true
		}
	case acd.FactLegAnswered:
		if f.Leg != nil {
			s.answered[f.Leg.ID] = true
		}
	case acd.FactLegEnded:
		if f.Leg != nil {
			s.ended = append(s.ended, *f.Leg)
			s.over[f.Leg.ID] = true
		}
	case acd.FactConnected:
		s.connected[f.Call] = true
	case acd.FactTalkEnded:
		if !s.connected[f.Call] {
			s.stays[f.Call] = stay{since: f.At.Add(-f.Duration)}
		}
	case acd.FactCallerLeft:
		if was, ok := s.stays[f.Call]; ok && !s.connected[f.Call] {
			was.waited = f.Duration
			s.stays[f.Call] = was
		}
		s.connected[f.Call] = true // what follows is another stay
	}
}

// takeLegs takes in those of the legs that were up, in the order they began.
func (c *calls) takeLegs(ctx context.Context, tx store.Tx, org int64, s *since, legs []acd.Leg) error {
	var ids []acd.CallID
	legs = slices.DeleteFunc(legs, func(l acd.Leg) bool { return s.started[l.ID] })
	slices.SortStableFunc(legs, func(a, b acd.Leg) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.ID, b.ID))
	})
	for _, l := range legs {
		ids = append(ids, l.Call)
	}
	slices.Sort(ids)
	all, err := tx.Calls.Legs(ctx, org, slices.Compact(ids)...)
	if err != nil {
		return err
	}
	for _, l := range legs {
		c.start(s.before(l))
	}
	for _, up := range c.calls {
		up.recall(s, all[up.id])
	}
	return nil
}

// before gives a leg as it was.
func (s *since) before(l acd.Leg) acd.Leg {
	l.Ended, l.By, l.Cause, l.Code = 0, "", "", 0
	if s.answered[l.ID] {
		l.Answered = 0
	}
	return l
}

// recall works out, from all legs the call ever had, who had talked and who was transferred.
func (c *call) recall(s *since, history []acd.Leg) {
	for _, l := range history {
		if s.started[l.ID] {
			continue
		}
		if l.ID == string(c.id) && c.first.ID == "" {
			c.first = l
		}
		if l = s.before(l); !l.In && l.Answered != 0 {
			c.talked(l)
		}
	}
	c.recallTransfers(s, history)
}

// recallTransfers finds, among the legs that had ended, those that were handed on.
func (c *call) recallTransfers(s *since, history []acd.Leg) {
	up := c.legs
	for _, l := range history {
		if !l.In && !s.started[l.ID] {
			c.last = l.ID
		}
		if l.Ended == 0 || s.over[l.ID] || s.started[l.ID] {
			continue
		}
		gone := &leg{Leg: l, call: c, bridged: began(l, history)}
		c.legs = nil
		for _, other := range up { // as it was when it ended
			if other.Started <= l.Ended {
				c.legs = append(c.legs, other)
			}
		}
		if !gone.handedOn() {
			continue
		}
		for _, party := range c.legs {
			party.moved = party.moved || party.bridged != 0 && party.bridged <= l.Ended
		}
	}
	c.legs = up
}

// began tells when a leg that had ended began to talk: one that was called
// with its answer, the one that began the call with the first of those.
func began(l acd.Leg, history []acd.Leg) (at acd.Time) {
	if !l.In {
		return l.Answered
	}
	for _, other := range history {
		if !other.In && other.Answered != 0 && (at == 0 || other.Answered < at) {
			at = other.Answered
		}
	}
	return at
}

// talked: a called leg was answered, and so talked with the leg that began the call.
func (c *call) talked(with acd.Leg) {
	for _, l := range c.legs {
		if l.ID != with.ID && l.ID != string(c.id) {
			continue
		}
		if l.bridged == 0 || with.Answered < l.bridged {
			l.bridged = with.Answered
		}
	}
}
