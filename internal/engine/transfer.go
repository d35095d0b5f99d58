package engine

import (
	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// SIP statuses a phone is told of the transfer it asked for.
const (
	transferDone     = 200
	transferNotFound = 404
	transferTooEarly = 480
	transferNoLeg    = 481
)

// referred carries out a transfer that a phone asks for: its other party goes
// on to a number (blind) or is joined with the other party of the phone's
// second call (attended).
func (o *org) referred(l *leg, ev telephony.Referred) {
	code := transferNoLeg
	switch {
	case !l.bridged:
	case ev.Replaces != "":
		code = o.attended(l, o.legs[ev.Replaces])
	default:
		code = o.blind(l, ev.Target)
	}
	o.log.Debug("transfer", "call", l.record.Call, "leg", l.id, "target", ev.Target, "replaces", ev.Replaces, "code", code)
	o.sw.ReferProgress(l.id, code)
	if code == transferDone {
		o.hangup(l)
	}
}

// blind sends the other party of l to a number. The number is looked up
// first: where it leads nowhere the talk goes on.
func (o *org) blind(l *leg, target string) int {
	to := o.host.cfg.Directory.Resolve(o.id, target)
	if to.Kind == directory.Nowhere || to.Blocked {
		return transferNotFound
	}
	p := o.separate(l)
	p.hops = 0 // somebody's decision, no loop
	o.route(p, to, target)
	return transferDone
}

// attended joins the other parties of two calls of one phone. The second may
// still be ringing: then the first party hears music until it is answered.
func (o *org) attended(l, second *leg) int {
	if second == nil || second == l || second == l.peer || second.peer == nil || second.role == told || second.role == rating {
		return transferNoLeg
	}
	if second.role == caller && !second.bridged {
		return transferTooEarly // waits in a queue: nobody there to be joined with
	}
	p, ringing := o.separate(l), !second.bridged
	q := o.separate(second)
	o.hangup(second)
	o.pair(p, q, ringing)
	return transferDone
}

// pair makes two legs the sides of a call outside the queues. While the second
// still rings the first hears music.
func (o *org) pair(p, q *leg, ringing bool) {
	p.role, q.role = calling, called
	p.peer, q.peer = q, p
	if ringing {
		o.playMusic(p)
		return
	}
	o.bridge(p, q)
}

// separate takes a talk apart, out of its queue's hands if it is one's, and
// gives the other party of l, which goes on; l is left to be hung up.
func (o *org) separate(l *leg) *leg {
	p := o.part(l)
	inQueue, withAgent := l, p
	if p.role == caller {
		inQueue, withAgent = p, l
	}
	wasCaller, wasOffered := inQueue.role == caller, withAgent.role == offered
	l.role, p.role = unrouted, unrouted
	p.from = p.identity() // for whoever it is sent on to
	if wasOffered {       // the agent's leg is one outside the queues now, and the agent in a call all the same
		delete(o.offers, withAgent.offer)
		if withAgent.line == 0 { // else the phone is somebody else's by now
			o.takeLine(withAgent, withAgent.record.Agent)
		}
	}
	if wasCaller {
		o.step(acd.ReleaseCaller{Call: inQueue.call()})
	}
	if wasOffered {
		o.step(acd.OfferEnded{Offer: withAgent.offer, Cause: acd.CauseWithdrawn})
	}
	return p
}
