package engine

import (
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// ringTime is how long a phone or an external number rings outside the queues.
const ringTime = 60 * time.Second

// dial calls a phone or an external number for a caller's leg.
func (o *org) dial(a *leg, to directory.Target) {
	o.lastLeg++
	endpoint := telephony.Endpoint{Number: to.Number, Trunk: to.Trunk}
	if to.Kind == directory.Phone {
		endpoint.Extension = to.Extension
	}
	b := &leg{id: o.legID("d", o.lastLeg), role: called, from: a.from, peer: a, record: acd.Leg{Call: a.record.Call,
		From: a.from.Number, FromName: a.from.Name, To: to.Number, Extension: endpoint.Extension, Trunk: to.Trunk}}
	o.addLeg(b)
	a.role, a.peer = calling, b
	if agent, ok := o.agentAt(to); ok {
		o.takeLine(b, agent)
	}
	if a.answered { // sent on: hears music until somebody answers
		o.sw.Play(a.id, telephony.Playback{Sounds: []int64{0}, Loop: true})
	}
	o.timers.add(time.Now().Add(ringTime), b)
	o.sw.Originate(telephony.Origination{Leg: b.id, Org: o.id, To: endpoint, From: a.from, Peer: a.id, Call: string(a.record.Call)})
}

func (o *org) agentAt(to directory.Target) (acd.AgentID, bool) {
	if to.Kind == directory.Phone {
		return o.host.cfg.Directory.AgentAt(o.id, to.Extension)
	}
	return o.host.cfg.Directory.AgentByNumber(o.id, to.Number)
}

// alert passes ringing, or early media, on to the calling side.
func (o *org) alert(b *leg, early bool) {
	a := b.peer
	if a == nil || a.answered {
		return
	}
	if !early {
		o.sw.Answer(a.id, telephony.Verdict{Disposition: telephony.Ring})
		return
	}
	o.sw.Answer(a.id, telephony.Verdict{Disposition: telephony.Early})
	o.sw.Bridge(a.id, b.id)
}

// calledEnded tells the calling side why there is nobody (any more) on the other.
func (o *org) calledEnded(b, a *leg, ev telephony.Ended) {
	switch {
	case a == nil:
	case b.answered:
		o.hangup(a)
	default:
		o.refuse(a, ev.Cause)
	}
}

// overdue is called when a leg's time is over: it rang, or was asked for a rating, long enough.
func (o *org) overdue(l *leg) {
	switch {
	case o.legs[l.id] != l:
	case l.role == rating || l.role == told:
		o.hangup(l)
	case l.role == called && !l.answered:
		a := l.part()
		o.hangup(l)
		if a != nil {
			o.refuse(a, telephony.NoAnswer)
		}
	}
}
