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
	case acd.CmdHangup:
		o.leave(l)
		o.refuse(l, outcomeCause(c.Outcome))
	case acd.CmdTransfer:
		o.transfer(l, c)
	}
}

// offer rings an agent for a caller.
func (o *org) offer(c acd.Command) {
	from, peer := telephony.Party{}, telephony.LegID(c.Call)
	if l := o.legs[peer]; l != nil {
		from = l.from
	}
	to, ok := o.host.cfg.Directory.AgentEndpoint(o.id, c.Agent)
	if !ok {
		o.box.put(offerLost{c.Offer}) // not stepped from within a step
		return
	}
	l := &leg{id: o.legID("o", uint64(c.Offer)), role: offered, offer: c.Offer, rings: c.Agent}
	o.legs[l.id], o.offers[c.Offer] = l, l
	o.sw.Originate(telephony.Origination{Leg: l.id, Org: o.id, To: to, From: from, Peer: peer, Call: string(c.Call)})
}

// withdraw ends an offer's leg, ringing or talking.
func (o *org) withdraw(c acd.Command) {
	l := o.offers[c.Offer]
	if l == nil {
		return
	}
	l.part()
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
	if c.Wait > 0 && o.host.cfg.Prompts != nil {
		said = append(said, o.host.cfg.Prompts.WaitTime(c.Wait)...)
	}
	if len(said) == 0 {
		o.bridge(l, agent)
		return
	}
	l.peer, agent.peer, agent.preamble = agent, l, true
	o.sw.Play(agent.id, telephony.Playback{ID: uint64(c.Offer), Sounds: said})
}

// leave takes a caller out of its queue's hands.
func (o *org) leave(l *leg) {
	l.part()
	l.role = unrouted
}

// transfer sends a caller who leaves the queue on to a number dialled inside the organisation.
func (o *org) transfer(l *leg, c acd.Command) {
	o.leave(l)
	if c.Tag != "" {
		l.from.Name = c.Tag + l.from.Name
	}
	o.box.put(forward{l.id, c.Dst}) // joining another queue steps the rules: not from within a step
}

// offerLost and forward are things a command led to that step the rules again.
type (
	offerLost struct{ offer acd.OfferID }
	forward   struct {
		leg telephony.LegID
		dst string
	}
)

func (o *org) forward(f forward) {
	if l := o.legs[f.leg]; l != nil && l.role == unrouted {
		o.route(l, o.host.cfg.Directory.Resolve(o.id, f.dst), f.dst)
	}
}

// outcomeCause says how a caller who was not answered yet is told why the queue lets go.
func outcomeCause(out acd.Outcome) telephony.Cause {
	if out == acd.OutcomeFailed {
		return telephony.Failed
	}
	return telephony.NoAnswer // 480
}
