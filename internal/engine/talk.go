package engine

import (
	"slices"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// holds says why the other side of a leg hears music.
type holds uint8

const (
	byPhone   holds = 1 << iota // the phone put the call on hold
	byOrder                     // Hold was ordered
	byConsult                   // somebody else is being asked
)

// heldBy tells how a side has put the other on hold: what offhold takes back first.
func heldBy(l *leg) acd.HoldBy {
	switch {
	case l == nil:
		return ""
	case l.holds&byConsult != 0:
		return acd.HoldByConsult
	case l.holds&byOrder != 0:
		return acd.HoldByOrder
	case l.holds&byPhone != 0:
		return acd.HoldByPhone
	}
	return ""
}

// setHold puts the other side of a talk on hold from one side, or takes it
// back. The rules are told when the talk as a whole begins or ends to be held.
func (o *org) setHold(l *leg, why holds, on bool) {
	p := l.peer
	was := l.holds|p.holds != 0
	if l.holds &^= why; on {
		l.holds |= why
	}
	o.unwritten = true // not every hold leaves a fact: that of two phones does not
	if is := l.holds|p.holds != 0; is != was {
		for _, side := range [...]*leg{l, p} {
			if side.role == caller {
				o.step(acd.CallerHeld{Call: side.call(), On: is})
			}
		}
	}
	o.hear(l)
}

// hear has everybody of a talk hear whom they are to hear now: each other, who
// has joined them, music, or who is asked before a transfer.
func (o *org) hear(a *leg) {
	b := a.peer
	if b == nil || !a.bridged {
		return
	}
	guests := slices.DeleteFunc(slices.Concat(a.guests, b.guests), func(g *leg) bool { return !g.answered })
	if len(guests) == 0 && a.holds|b.holds == 0 {
		o.sw.Bridge(a.id, b.id)
		return
	}
	var room []*leg
	for _, side := range [...]*leg{a, b} {
		switch {
		case side.peer.holds != 0:
			o.playMusic(side)
		case side.consult != nil:
			o.hearConsulted(side, side.consult)
		default:
			room = append(room, side)
		}
	}
	o.mix(append(room, guests...))
}

// mix lets legs hear each other as far as they may.
func (o *org) mix(room []*leg) {
	if len(room) == 1 {
		o.sw.Stop(room[0].id)
		return
	}
	members := make([]telephony.Member, len(room))
	for i, to := range room {
		members[i].Leg = to.id
		for _, from := range room {
			if from != to && from.reaches(to) {
				members[i].Hears = append(members[i].Hears, from.id)
			}
		}
	}
	o.sw.Mix(members)
}

// reaches tells whether what a leg says is for another of the same talk.
func (l *leg) reaches(to *leg) bool {
	switch {
	case l.role != guest:
		return true
	case l.attend == Whisper:
		return to == l.host
	}
	return l.attend == Conference
}

// hearConsulted lets who asks hear who is asked, or that it rings there.
func (o *org) hearConsulted(l, c *leg) {
	if c.answered || c.early {
		o.sw.Bridge(l.id, c.id)
		return
	}
	o.sw.Play(l.id, telephony.Playback{Sounds: []int64{ringback}, Loop: true})
}

// dismiss lets go of everybody who was called for a leg.
func (o *org) dismiss(l *leg) {
	called := l.guests
	if l.consult != nil {
		called = append(called, l.consult)
	}
	l.guests, l.consult = nil, nil
	for _, g := range called {
		g.host = nil
		o.hangup(g)
	}
}

// guestLeft: one who listened, or was rung to listen or to pick up, is gone.
func (o *org) guestLeft(g *leg) {
	o.disown(g)
	if g.role == guest && g.answered {
		o.hear(g.host)
	}
}

// disown takes a guest off its host's list.
func (o *org) disown(g *leg) {
	h := g.host
	h.guests = slices.DeleteFunc(h.guests, func(other *leg) bool { return other == g })
}

// succeed has a talk go on without a leg that has ended, where somebody is
// there to take its place: who was asked before a transfer, or who has joined
// for a conference. A call of a queue ends with its caller.
func (o *org) succeed(l *leg) {
	switch p := l.peer; {
	case p == nil || !l.bridged:
	case l.consult != nil:
		o.completeConsult(l)
	case l.role != caller:
		o.inherit(l, p)
	}
}

// inherit has the first who joined the conference take the place of a leg that
// has ended, and of whom it was attended by.
func (o *org) inherit(l, p *leg) {
	joined := func(g *leg) bool { return g.attend == Conference && g.answered }
	of := l
	i := slices.IndexFunc(l.guests, joined)
	if i < 0 {
		of = p
		i = slices.IndexFunc(p.guests, joined)
	}
	if i < 0 {
		return
	}
	heir := of.guests[i]
	of.guests = slices.Delete(of.guests, i, i+1)
	ours, theirs := l.guests, p.guests
	l.guests, p.guests, heir.host = nil, nil, nil
	o.separate(l)
	o.pair(p, heir, false)
	for _, g := range ours {
		g.host = heir
	}
	heir.guests, p.guests = ours, theirs
	o.hear(p)
}
