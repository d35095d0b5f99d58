package event

import (
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// calls is the calls of an organisation that are up, as the facts tell them.
type calls struct {
	legs   map[string]*leg
	calls  map[acd.CallID]*call
	joined map[acd.CallID]acd.Time // when callers came to their queue, by the caller's leg
	stays  map[acd.CallID]stay     // of callers who talk with an agent, likewise
}

// call is what the events of its legs have in common.
type call struct {
	id    acd.CallID
	first acd.Leg // the leg that began it, also when that is gone; without an ID if it is not known
	legs  []*leg  // that are up
	last  string  // id of the leg called last
}

// leg is one that is up.
type leg struct {
	acd.Leg
	call    *call
	bridged acd.Time // when it first talked with somebody; 0 = not yet
	moved   bool     // its call was transferred while it took part
	missed  bool     // nobody answered in time
}

// stay is a talk with a queue's agent.
type stay struct {
	since  acd.Time
	waited time.Duration // before
}

func newCalls() *calls {
	return &calls{legs: map[string]*leg{}, calls: map[acd.CallID]*call{}, joined: map[acd.CallID]acd.Time{}, stays: map[acd.CallID]stay{}}
}

// follow lets the calls go on by one fact and tells what events it is.
func (c *calls) follow(f *acd.Fact, tell func(happening)) {
	switch f.Kind {
	case acd.FactLegStarted:
		if f.Leg != nil {
			c.legEvents(f, c.start(*f.Leg), tell)
		}
	case acd.FactLegAnswered:
		if f.Leg != nil {
			c.legEvents(f, c.answer(*f.Leg), tell)
		}
	case acd.FactLegEnded:
		if f.Leg != nil {
			c.legEvents(f, c.end(*f.Leg), tell)
		}
	case acd.FactCallerJoined:
		l := c.legs[string(f.Call)]
		if l != nil {
			l.call.moveOn()
		}
		c.joined[f.Call] = f.At
		tell(c.callerEvent(f, l))
	case acd.FactOfferEnded:
		c.missed(f)
	case acd.FactConnected:
		c.connect(f)
	case acd.FactTalkEnded:
		c.disconnect(f)
	case acd.FactCallerLeft:
		tell(c.callerEvent(f, c.legs[string(f.Call)]))
		delete(c.stays, f.Call)
		delete(c.joined, f.Call)
	}
}

// start takes in a leg.
func (c *calls) start(record acd.Leg) *leg {
	l := &leg{Leg: record, call: c.callOf(record)}
	if !record.In {
		l.call.last = record.ID
	}
	c.legs[record.ID] = l
	l.call.legs = append(l.call.legs, l)
	return l
}

func (c *calls) callOf(record acd.Leg) *call {
	up := c.calls[record.Call]
	if up == nil {
		up = &call{id: record.Call}
		c.calls[record.Call] = up
	}
	if record.ID == string(record.Call) {
		up.first = record
	}
	return up
}

// moveOn: the call goes on elsewhere. Whoever talked in it was, or is being, transferred.
func (c *call) moveOn() {
	for _, l := range c.legs {
		l.moved = l.moved || l.bridged != 0
	}
}

// handedOn tells whether a leg that talked was hung up by us because its party
// transferred the other: that one is still up, and somebody called since is.
// Who only listens to a talk is called since, too, but then the party's leg is
// not the first to end, or the party itself ended it.
func (l *leg) handedOn() bool {
	if l.By != telephony.Local.String() || l.bridged == 0 {
		return false
	}
	partner, successor := false, false
	for _, other := range l.call.legs {
		partner = partner || other.bridged != 0 && other.bridged <= l.bridged
		successor = successor || !other.In && other.Started > l.bridged
	}
	return partner && successor
}

// answer notes that a leg was answered. It talks from then on, an agent's if no other was faster.
func (c *calls) answer(record acd.Leg) *leg {
	l := c.legs[record.ID]
	if l == nil {
		l = c.start(record)
	}
	l.Answered = record.Answered
	switch {
	case l.In:
	case l.Agent == 0:
		l.talk(record.Answered)
		c.legs[string(l.call.id)].talk(record.Answered)
	case l.wins():
		l.talk(record.Answered) // and FactConnected follows, which is for the caller
	}
	return l
}

// wins tells whether an agent who answers finds the caller there, and no other agent talking.
func (l *leg) wins() bool {
	caller := false
	for _, other := range l.call.legs {
		if other.Agent != 0 && other != l && other.bridged != 0 {
			return false
		}
		caller = caller || other.Agent == 0
	}
	return caller
}

func (l *leg) talk(at acd.Time) {
	if l != nil && l.bridged == 0 {
		l.bridged = at
	}
}

// connect: caller and agent talk.
func (c *calls) connect(f *acd.Fact) {
	c.stays[f.Call] = stay{f.At, f.Duration}
	c.legs[string(f.Call)].talk(f.At)
	c.agentLeg(f).talk(f.At)
}

// disconnect: of a talk that is withdrawn, the caller goes on elsewhere.
func (c *calls) disconnect(f *acd.Fact) {
	if f.Cause != acd.CauseWithdrawn {
		return
	}
	up := c.calls[f.Call]
	if caller := c.legs[string(f.Call)]; caller != nil {
		caller.moved, up = true, caller.call
	}
	if up == nil {
		return
	}
	for _, l := range up.legs {
		l.moved = l.moved || l.Agent == f.Agent && !l.In && l.bridged != 0 && l.bridged <= f.At
	}
}

// missed notes that an offer ended because the agent did not answer.
func (c *calls) missed(f *acd.Fact) {
	if l := c.agentLeg(f); l != nil {
		l.missed = f.Cause == acd.CauseNoAnswer
	}
}

// agentLeg finds the leg on which the fact's agent was called for its caller; nil if there is none.
func (c *calls) agentLeg(f *acd.Fact) *leg {
	caller := c.legs[string(f.Call)]
	if caller == nil {
		return nil
	}
	for _, l := range caller.call.legs {
		if l.Agent == f.Agent && !l.In && l.bridged == 0 {
			return l
		}
	}
	return nil
}

// end takes a leg out.
func (c *calls) end(record acd.Leg) *leg {
	l := c.legs[record.ID]
	if l == nil {
		l = c.start(record)
	}
	record.Queue, record.Agent = l.Queue, l.Agent // it may have become a caller of another queue
	l.Leg = record
	delete(c.legs, record.ID)
	up := l.call
	for i, other := range up.legs {
		if other == l {
			up.legs = append(up.legs[:i], up.legs[i+1:]...)
			break
		}
	}
	if up.first.ID == record.ID {
		up.first = record
	}
	if l.handedOn() {
		l.moved = true
		up.moveOn()
	}
	if len(up.legs) == 0 {
		delete(c.calls, up.id)
	}
	return l
}

// legEvents tells the events of a leg: its phone's, and, of an agent's leg, its queue's.
func (c *calls) legEvents(f *acd.Fact, l *leg, tell func(happening)) {
	h := l.happening(f)
	if l.Extension != 0 {
		h.extension, h.in = l.Extension, !l.In
		h.event = eventOf(f.Kind, h.in)
		tell(h)
	}
	if l.Queue != 0 && l.Agent != 0 && !l.In {
		h.extension, h.in, h.dialled = int64(l.Queue), false, l.To
		h.event = eventOf(f.Kind, true) // a call to the agent, from the queue
		tell(h)
	}
}

func eventOf(k acd.FactKind, called bool) store.Event {
	switch {
	case k == acd.FactLegAnswered:
		return store.EventAnswer
	case k == acd.FactLegEnded:
		return store.EventHangup
	case called:
		return store.EventDialIn
	}
	return store.EventDialOut
}

// happening is what all events of a leg tell.
func (l *leg) happening(f *acd.Fact) happening {
	first := l.call.first
	h := happening{at: f.At, call: l.call.id, leg: l.ID, dialled: l.To, bridged: l.bridged != 0, moved: l.moved,
		caller: party{extension: first.Extension, number: l.From, name: l.FromName}}
	if l.In {
		h.caller.extension, h.called.number = l.Extension, l.To
	} else {
		h.called.extension = l.Extension
		if first.ID != "" && l.Extension != 0 {
			h.dialled = first.To
		}
	}
	if first.In && first.Extension == 0 {
		h.did = first.To
	}
	switch f.Kind {
	case acd.FactLegStarted:
		h.status = calling
	case acd.FactLegAnswered:
		h.status = answered
	case acd.FactLegEnded:
		h.status = l.endStatus()
		h.end = &ending{lasted: l.Ended.Sub(l.Started)}
		if l.bridged != 0 {
			h.end.talked = l.Ended.Sub(l.bridged)
		}
	}
	return h
}

// callerEvent is what happens to a caller of a queue.
func (c *calls) callerEvent(f *acd.Fact, l *leg) happening {
	h := happening{extension: int64(f.Queue), event: store.EventDialIn, in: true, at: f.At, call: f.Call, leg: string(f.Call), status: calling,
		caller: party{number: f.Number, name: f.Name}, called: party{extension: int64(f.Queue)}}
	if l != nil {
		first := l.call.first
		h.call, h.dialled, h.caller = l.call.id, first.To, party{extension: first.Extension, number: l.From, name: l.FromName}
		if first.In && first.Extension == 0 {
			h.did = first.To
		}
	}
	if f.Kind != acd.FactCallerLeft {
		return h
	}
	h.event, h.status = store.EventHangup, queueStatus(f)
	h.end = &ending{lasted: f.Duration}
	s, talked := c.stays[f.Call]
	if talked {
		h.bridged = true
		h.end.talked = f.At.Sub(s.since)
		h.end.lasted = s.waited + h.end.talked
	}
	if joined, known := c.joined[f.Call]; known {
		h.end.lasted = f.At.Sub(joined)
	} else if f.Cause == acd.CauseRestart {
		h.end.lasted = f.Duration // which counts from there, too
	}
	h.outcome = f.Outcome
	h.moved = f.Outcome == acd.OutcomeTransferred || f.Outcome == acd.OutcomeAnswered && f.Cause == acd.CauseWithdrawn
	return h
}
