package engine

import (
	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// command carries out one order of the rules.
func (o *org) command(c acd.Command) {
	switch c.Kind {
	case acd.CmdOffer:
		o.offer(c)
		return
	case acd.CmdWithdraw:
		o.withdraw(c)
		return
	}
	l := o.legs[telephony.LegID(c.Call)]
	if l == nil || l.role != caller {
		return // its end is on its way to the rules
	}
	switch c.Kind {
	case acd.CmdAnswer:
		o.accept(l)
	case acd.CmdRing:
		o.sw.Answer(l.id, telephony.Verdict{Disposition: telephony.Ring})
	case acd.CmdPlay:
		o.sw.Play(l.id, telephony.Playback{ID: c.Play, Sounds: []int64{int64(c.Sound)}})
	case acd.CmdMusic:
		o.sw.Play(l.id, telephony.Playback{Sounds: []int64{int64(c.Sound)}, Loop: true})
	case acd.CmdConnect:
		o.connect(l, c)
	case acd.CmdAnnounce:
		o.announce(l, c)
	case acd.CmdRate:
		o.askRating(l, c)
	case acd.CmdHangup:
		o.leave(l)
		o.refuse(l, outcomeCause(c.Outcome))
	case acd.CmdTransfer:
		o.transfer(l, c)
	}
}

// offer rings an agent for a caller.
func (o *org) offer(c acd.Command) {
	from, peer, call := telephony.Party{}, telephony.LegID(c.Call), c.Call
	if l := o.legs[peer]; l != nil {
		from, call = l.from, l.record.Call
	}
	to, ok := o.host.cfg.Directory.AgentEndpoint(o.id, c.Agent)
	if !ok {
		o.step(acd.OfferEnded{Offer: c.Offer, Cause: acd.CauseUnreachable})
		return
	}
	l := &leg{id: o.legID("o", uint64(c.Offer)), role: offered, offer: c.Offer, seeker: peer, record: acd.Leg{Call: call, From: from.Number, FromName: from.Name,
		To: to.Number, Extension: to.Extension, Trunk: to.Trunk, Queue: c.Queue, Agent: c.Agent}}
	o.offers[c.Offer] = l
	o.addLeg(l)
	o.sw.Originate(telephony.Origination{Leg: l.id, Org: o.id, To: to, From: from, Peer: peer, Call: string(call), Recorded: c.Record})
}

// withdraw ends an offer's leg, ringing or talking.
func (o *org) withdraw(c acd.Command) {
	l := o.offers[c.Offer]
	if l == nil {
		return
	}
	o.part(l)
	cause := hangupCause(l)
	if c.Cause == acd.CauseLostRace {
		cause = telephony.Elsewhere
	}
	o.sw.Hangup(l.id, cause)
}

// connect joins caller and agent, after the agent has heard what is to be told.
func (o *org) connect(l *leg, c acd.Command) {
	agent := o.offers[c.Offer]
	if agent == nil {
		return
	}
	var said []int64
	if c.Sound != 0 {
		said = append(said, int64(c.Sound))
	}
	if c.Wait > 0 {
		said = append(said, o.prompts().WaitTime(c.Wait)...)
	}
	if c.Record {
		o.startRecording(l)
	}
	if len(said) == 0 {
		o.bridge(l, agent)
		return
	}
	l.peer, agent.peer, agent.preamble = agent, l, true
	o.sw.Play(agent.id, telephony.Playback{ID: uint64(c.Offer), Sounds: said})
}

// announce tells a waiting caller position and estimated wait. Where there is
// nothing to say it is done at once.
func (o *org) announce(l *leg, c acd.Command) {
	sounds := o.prompts().Position(c.Language, c.Position, c.Wait)
	if len(sounds) == 0 {
		o.step(acd.PlayDone{Call: c.Call, Play: c.Play})
		return
	}
	o.sw.Play(l.id, telephony.Playback{ID: c.Play, Sounds: sounds})
}

// leave takes a caller out of its queue's hands.
func (o *org) leave(l *leg) {
	o.part(l)
	l.role = unrouted
}

// transfer sends a caller who leaves the queue on to a number dialled inside the organisation.
func (o *org) transfer(l *leg, c acd.Command) {
	o.leave(l)
	if c.Tag != "" {
		l.from.Name = c.Tag + l.from.Name
	}
	o.route(l, o.host.cfg.Directory.Resolve(o.id, c.Dst), c.Dst)
}

// outcomeCause says how a caller who was not answered yet is told why the queue lets go.
func outcomeCause(out acd.Outcome) telephony.Cause {
	if out == acd.OutcomeFailed {
		return telephony.Failed
	}
	return telephony.NoAnswer // 480
}
