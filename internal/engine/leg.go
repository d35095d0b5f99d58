package engine

import (
	"strconv"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// role says what a leg is doing, and so which events mean what.
type role uint8

const (
	unrouted  role = iota // incoming, or between two places: nobody's yet
	caller                // waits in, or is served by, a queue
	offered               // rings an agent for a caller, or talks with one
	calling               // the calling side of a call outside the queues
	called                // the called side of one
	told                  // hears what came of a phone code, then is hung up
	rating                // may rate the agent it talked with by a key
	parked                // waits with music for somebody who picks it up
	consulted             // is asked, or rung to be asked, before a transfer
	guest                 // listens to or joins the talk of its host, or is rung to
	fetching              // is rung to take its host, who waits
)

// leg is one party's side of a call of this organisation.
type leg struct {
	id       telephony.LegID
	role     role
	record   acd.Leg         // what the call history will say of it
	from     telephony.Party // of the call, as shown to whoever is called for it
	peer     *leg            // the other side: bridged, or to be bridged when answered
	bridged  bool
	answered bool
	hops     int
	due      time.Time       // when what it does has taken long enough
	line     acd.AgentID     // whose line this leg takes up outside the queues; 0 = nobody's
	offer    acd.OfferID     // of an offered leg
	seeker   telephony.LegID // of an offered leg: the caller's
	queue    acd.QueueID     // of a caller
	joined   acd.Time        // of a caller: when it first joined
	preamble bool            // the agent is being told something before the bridge
	rated    *acd.Fact       // of a rating leg: what its key will say
	recorded string          // id of the recording that runs

	holds   holds            // why the other side hears music
	consult *leg             // who is asked before the other side is transferred there
	guests  []*leg           // who listens to its talk or is rung to; while it waits, who is rung to pick it up
	host    *leg             // of a guest, fetching or consulted leg: whom it was called for
	attend  Action           // of a guest: what for
	early   bool             // of a consulted leg: it sends media before it answers
	parker  directory.Target // of a parked leg: who parked it
}

// call is the leg's call id in a queue.
func (l *leg) call() acd.CallID { return acd.CallID(l.id) }

func (o *org) withLeg(id telephony.LegID, fn func(*leg)) {
	if l := o.legs[id]; l != nil {
		fn(l)
	}
}

// addLeg takes a leg in; the call history begins with it.
func (o *org) addLeg(l *leg) {
	l.record.ID, l.record.Started = string(l.id), o.clock.now()
	if l.record.Call == "" {
		l.record.Call = l.call()
	}
	o.legs[l.id] = l
	o.noteLeg(acd.FactLegStarted, l)
}

// noteLeg puts the leg as it is now into the journal.
func (o *org) noteLeg(kind acd.FactKind, l *leg) {
	record := l.record
	o.step(acd.Note{Fact: acd.Fact{Kind: kind, Call: record.Call, Queue: record.Queue, Agent: record.Agent, Leg: &record}})
}

// up notes that the leg was answered, once.
func (o *org) up(l *leg) {
	l.answered = true
	if l.record.Answered == 0 {
		l.record.Answered = o.clock.now()
		o.noteLeg(acd.FactLegAnswered, l)
	}
}

// accept answers a caller's leg unless it has been.
func (o *org) accept(l *leg) {
	if !l.answered {
		o.up(l)
		o.sw.Answer(l.id, telephony.Verdict{Disposition: telephony.Accept})
	}
}

// refuse ends a caller's leg that cannot be served.
func (o *org) refuse(l *leg, cause telephony.Cause) {
	l.role = unrouted
	if l.answered {
		o.sw.Hangup(l.id, telephony.Normal)
		return
	}
	o.sw.Answer(l.id, telephony.Verdict{Disposition: telephony.Reject, Cause: cause})
}

// hangup ends a leg in whatever state it is.
func (o *org) hangup(l *leg) {
	l.role = unrouted
	o.sw.Hangup(l.id, hangupCause(l))
}

func hangupCause(l *leg) telephony.Cause {
	if l.answered {
		return telephony.Normal
	}
	return telephony.Cancelled
}

// bridge lets two legs talk; whoever was rung to pick one of them up is too late.
func (o *org) bridge(a, b *leg) {
	o.dismiss(a)
	o.dismiss(b)
	a.peer, b.peer = b, a
	a.bridged, b.bridged = true, true
	o.sw.Bridge(a.id, b.id)
}

// part takes a leg from its peer and returns the peer, if any. Who listened to
// the two, or was asked by one, is let go.
func (o *org) part(l *leg) *leg {
	p := l.peer
	if p == nil {
		return nil
	}
	o.unpair(l)
	if p.peer == l {
		o.unpair(p)
	}
	return p
}

func (o *org) unpair(l *leg) {
	l.peer, l.bridged, l.preamble, l.holds = nil, false, false, 0
	o.dismiss(l)
}

// takeLine marks the agent as being in a call outside the queues while the leg lives.
func (o *org) takeLine(l *leg, agent acd.AgentID) {
	o.releaseLine(l)
	if o.countLine(l, agent) == 1 {
		o.step(acd.SetOnCall{Agent: agent, On: true})
	}
}

// countLine counts the leg as one of the agent's calls outside the queues and gives their number.
func (o *org) countLine(l *leg, agent acd.AgentID) int {
	l.line = agent
	o.lines[agent]++
	return o.lines[agent]
}

func (o *org) releaseLine(l *leg) {
	if l.line == 0 {
		return
	}
	of := l.line
	l.line = 0
	if o.lines[of]--; o.lines[of] == 0 {
		delete(o.lines, of)
		o.step(acd.SetOnCall{Agent: of, On: false})
	}
}

// inheritLines lets the calls that are up on a phone, or to an external
// number, be those of the agent who has it now: the agent may be newer than
// they are. What a queue offered to an agent who is gone is one of them, too.
func (o *org) inheritLines(agent acd.AgentID, at telephony.Endpoint) {
	for _, l := range o.legs {
		here := l.record.Extension == at.Extension
		if at.Extension == 0 {
			here = here && !l.record.In && l.record.To == at.Number
		}
		if here && l.line != agent && (l.role != offered || l.record.Agent != agent) {
			o.takeLine(l, agent)
		}
	}
}

func (o *org) hangupAll(cause telephony.Cause) {
	for id := range o.legs {
		o.sw.Hangup(id, cause)
	}
}

func (o *org) prompts() Prompts { return o.host.cfg.Prompts }

// legID names a leg going out: unique for the organisation, on any node and after a restart.
func (o *org) legID(kind string, n uint64) telephony.LegID {
	return telephony.LegID(strconv.FormatInt(o.id, 10) + kind + strconv.FormatUint(n, 10))
}
