package engine

import (
	"holdline/internal/acd"
	"holdline/internal/directory"
)

// ask calls somebody for one side of a talk, while the other hears music, to be
// asked whether the other may be transferred there (attended transfer).
func (o *org) ask(l *leg, to directory.Target) {
	from := l.identity()
	l.consult = o.place(to, &leg{role: consulted, host: l, from: from,
		record: acd.Leg{Call: l.record.Call, From: from.Number, FromName: from.Name}}, l)
	o.setHold(l, byConsult, true)
}

// completeConsult joins the other side of a leg with who was asked, who may
// still ring. The leg itself is left to be hung up, or has ended.
func (o *org) completeConsult(l *leg) {
	c := l.consult
	l.consult, c.host = nil, nil
	p := o.separate(l)
	p.hops = 0
	o.pair(p, c, !c.answered)
}

// endConsult takes the other side back: who was asked is gone, or not to be asked any more.
func (o *org) endConsult(l *leg) {
	c := l.consult
	l.consult, c.host = nil, nil
	o.hangup(c)
	o.setHold(l, byConsult, false)
}
