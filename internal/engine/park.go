package engine

import (
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// parkTime is how long a call stays parked before who parked it is rung.
const parkTime = 5 * time.Minute

// park lets the other side of a talk wait with music; the leg is hung up. For
// a queue the talk is over.
func (o *org) park(l *leg) {
	back := o.seat(l)
	p := o.separate(l)
	o.hangup(l)
	p.role, p.parker = parked, back
	o.limit(p, parkTime)
	o.playMusic(p)
}

// seat is where the party of a leg can be called.
func (o *org) seat(l *leg) directory.Target {
	if l.record.Extension == 0 {
		return directory.Target{Kind: directory.External, Number: l.identity().Number, Trunk: l.record.Trunk}
	}
	_, number, _ := o.host.cfg.Directory.Extension(o.id, l.record.Extension)
	return o.host.cfg.Directory.Resolve(o.id, number)
}

// ringBack sends a call that nobody picked up back to who parked it, as that
// phone can be reached now.
func (o *org) ringBack(l *leg) {
	to := l.parker
	if to.Kind == directory.Phone {
		to = o.host.cfg.Directory.Resolve(o.id, to.Number)
	}
	l.hops = 0
	o.route(l, to, to.Number)
}

// waits tells whether a leg can be picked up: it is parked, waits in a queue,
// or somebody is rung for it.
func (l *leg) waits() bool {
	switch l.role {
	case parked:
		return true
	case caller:
		return l.peer == nil
	case calling:
		return !l.bridged
	}
	return false
}

// fetch rings a phone to pick up a leg that waits, which notices nothing until it answers.
func (o *org) fetch(l *leg, to directory.Target) {
	from := l.identity()
	l.guests = append(l.guests, o.place(to, &leg{role: fetching, host: l, from: from,
		record: acd.Leg{Call: l.record.Call, From: from.Number, FromName: from.Name}}, l))
}

// take joins a leg that waits with one that has picked it up; whoever rang for it is let go.
func (o *org) take(l, by *leg) {
	switch l.role {
	case caller:
		l.role = unrouted
		o.step(acd.ReleaseCaller{Call: l.call()})
	case calling:
		if rung := o.part(l); rung != nil {
			rung.role = unrouted
			o.sw.Hangup(rung.id, telephony.Elsewhere)
		}
	}
	l.hops = 0
	o.accept(l)
	o.pair(l, by, false)
}

// replace has a phone's call take the place of another leg (RFC 3891 §3): it
// picks up what rings there, or goes on with whom it talks to.
func (o *org) replace(l, other *leg) {
	switch {
	case other == nil: // ended meanwhile
		o.refuse(l, telephony.Rejected)
	case !o.replaceable(other):
		o.refuse(l, telephony.Busy)
	case other.bridged:
		o.accept(l)
		p := o.separate(other)
		o.hangup(other)
		o.pair(p, l, false)
	default:
		o.accept(l)
		o.take(o.rungFor(other), l)
	}
}

// replaceable tells whether a phone may take the leg's place: it talks, or
// rings for one who waits.
func (o *org) replaceable(l *leg) bool {
	if l == nil || l.bridged {
		return l != nil
	}
	waiting := o.rungFor(l)
	return waiting != nil && waiting.waits()
}

// rungFor gives the leg for which another one rings; nil if it does not ring.
func (o *org) rungFor(l *leg) *leg {
	switch {
	case l.answered:
		return nil
	case l.role == offered:
		return o.legs[l.seeker]
	case l.role == called:
		return l.peer
	}
	return nil
}
