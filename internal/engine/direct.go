package engine

import (
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// ringTime is how long a phone or an external number rings outside the queues.
const ringTime = 60 * time.Second

// Built-in sounds (package sound).
const (
	music    int64 = 0
	ringback int64 = -1
)

// dial calls a phone or an external number for a caller's leg.
func (o *org) dial(a *leg, to directory.Target) {
	b := o.place(to, &leg{role: called, from: a.from, peer: a, record: acd.Leg{Call: a.record.Call, From: a.from.Number, FromName: a.from.Name}}, a)
	a.role, a.peer = calling, b
	if a.answered { // sent on: hears music until somebody answers
		o.playMusic(a)
	}
}

// place calls a phone or an external number by a leg whose role, caller and
// call are given; near is the leg it will talk with. It rings for ringTime at most.
func (o *org) place(to directory.Target, l *leg, near *leg) *leg {
	o.lastLeg++
	endpoint := telephony.Endpoint{Number: to.Number, Trunk: to.Trunk}
	if to.Kind == directory.Phone {
		endpoint.Extension = to.Extension
	}
	l.id = o.legID("d", o.lastLeg)
	l.record.To, l.record.Extension, l.record.Trunk = to.Number, endpoint.Extension, to.Trunk
	o.addLeg(l)
	if agent, ok := o.agentAt(to); ok {
		o.takeLine(l, agent)
	}
	o.limit(l, ringTime)
	o.sw.Originate(telephony.Origination{Leg: l.id, Org: o.id, To: endpoint, From: l.from, Peer: near.id, Call: string(l.record.Call)})
	return l
}

// playMusic lets a leg wait.
func (o *org) playMusic(l *leg) {
	o.sw.Play(l.id, telephony.Playback{Sounds: []int64{music}, Loop: true})
}

// limit says how long what a leg does may take.
func (o *org) limit(l *leg, d time.Duration) {
	l.due = o.host.cfg.Now().Add(d)
	o.timers.add(l.due, l)
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

// overdue is called when a leg's time is over: it rang, was parked, or was
// asked for a rating, long enough.
func (o *org) overdue(l *leg) {
	switch {
	case o.legs[l.id] != l || o.host.cfg.Now().Before(l.due): // gone, or it does something else by now
	case l.role == rating || l.role == told:
		o.hangup(l)
	case l.role == parked:
		o.ringBack(l)
	case l.answered:
	case l.role == called:
		a := o.part(l)
		o.hangup(l)
		if a != nil {
			o.refuse(a, telephony.NoAnswer)
		}
	case l.role == guest || l.role == fetching || l.role == consulted:
		o.sw.Hangup(l.id, hangupCause(l)) // what it was rung for is told by its end
	}
}
