package engine

import (
	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// event routes a telephony event by what its leg is doing. Events of legs
// that are not known (any more) say nothing new and are dropped.
func (o *org) event(ev telephony.Event) {
	switch ev := ev.(type) {
	case telephony.Incoming:
		o.incoming(ev)
	case telephony.Registered:
		o.registered(ev)
	case telephony.Ringing:
		o.withLeg(ev.Leg, func(l *leg) { o.ringing(l, ev.Early) })
	case telephony.Answered:
		o.withLeg(ev.Leg, o.legAnswered)
	case telephony.Digit:
		o.withLeg(ev.Leg, func(l *leg) { o.digit(l, ev.Digit) })
	case telephony.PlayDone:
		o.withLeg(ev.Leg, func(l *leg) { o.playDone(l, ev) })
	case telephony.Held:
		o.withLeg(ev.Leg, func(l *leg) { o.held(l, ev.On) })
	case telephony.Referred:
		o.withLeg(ev.Leg, func(l *leg) { o.referred(l, ev) })
	case telephony.Recorded:
		o.withLeg(ev.Leg, func(l *leg) { o.recordingEnded(l, ev) })
	case telephony.Ended:
		o.withLeg(ev.Leg, func(l *leg) { o.ended(l, ev) })
	}
}

func (o *org) registered(ev telephony.Registered) {
	o.reachable[ev.Extension] = ev.Reachable
	if !ev.Reachable {
		delete(o.reachable, ev.Extension)
	}
	if agent, ok := o.host.cfg.Directory.AgentAt(o.id, ev.Extension); ok {
		o.step(acd.SetReachable{Agent: agent, Reachable: ev.Reachable})
	}
}

func (o *org) ringing(l *leg, early bool) {
	switch l.role {
	case offered:
		o.step(acd.OfferRinging{Offer: l.offer})
	case called:
		o.alert(l, early)
	case consulted:
		l.early = l.early || early
		o.hear(l.host)
	}
}

func (o *org) legAnswered(l *leg) {
	o.up(l)
	switch {
	case l.role == offered:
		o.step(acd.OfferAnswered{Offer: l.offer})
	case l.role == called && l.peer != nil:
		o.accept(l.peer)
		o.bridge(l.peer, l)
	case l.role == guest || l.role == consulted:
		o.hear(l.host)
	case l.role == fetching:
		waiting := l.host
		o.disown(l)
		l.host = nil
		o.take(waiting, l)
	}
}

func (o *org) digit(l *leg, digit byte) {
	switch l.role {
	case caller:
		o.step(acd.CallerDigit{Call: l.call(), Digit: digit})
	case rating:
		o.rate(l, digit)
	}
}

func (o *org) playDone(l *leg, ev telephony.PlayDone) {
	switch {
	case l.role == caller:
		o.step(acd.PlayDone{Call: l.call(), Play: ev.ID})
	case l.role == told:
		o.hangup(l)
	case l.preamble:
		l.preamble = false
		o.bridge(l.peer, l)
	}
}

// held lets the other party hear music while a phone has the call on hold.
func (o *org) held(l *leg, on bool) {
	if l.bridged {
		o.setHold(l, byPhone, on)
	}
}

// ended clears the leg away first, so that the commands that follow from its end do not find it.
func (o *org) ended(l *leg, ev telephony.Ended) {
	delete(o.legs, l.id)
	o.succeed(l)
	peer := o.part(l)
	o.dismiss(l)
	o.log.Debug("leg ended", "call", l.id, "by", ev.By.String(), "cause", ev.Cause.String(), "code", ev.Code, "reason", ev.Reason)
	switch l.role {
	case caller:
		o.step(acd.CallerEnded{Call: l.call(), Cause: callerCause(ev)})
	case offered:
		delete(o.offers, l.offer)
		o.step(acd.OfferEnded{Offer: l.offer, Cause: offerCause(ev)})
	case calling:
		if peer != nil {
			o.hangup(peer)
		}
	case called:
		o.calledEnded(l, peer, ev)
	case guest, fetching:
		o.guestLeft(l)
	case consulted:
		o.endConsult(l.host)
	}
	o.releaseLine(l)
	l.record.Ended, l.record.By, l.record.Cause, l.record.Code = o.clock.now(), ev.By.String(), ev.Cause.String(), ev.Code
	o.noteLeg(acd.FactLegEnded, l)
}

func callerCause(ev telephony.Ended) acd.OfferCause {
	if ev.By == telephony.Network {
		return acd.CauseLost
	}
	return acd.CauseCallerHangup
}

// offerCause says what the end of an agent's leg means to the rules (contracts/engine.md, When an offer fails).
func offerCause(ev telephony.Ended) acd.OfferCause {
	switch ev.Cause {
	case telephony.Busy:
		return acd.CauseBusy
	case telephony.Rejected, telephony.Forbidden:
		return acd.CauseRejected
	case telephony.NoAnswer:
		return acd.CauseNoAnswer
	case telephony.Normal, telephony.Cancelled:
		return acd.CauseAgentHangup
	case telephony.MediaLost, telephony.SessionExpired:
		return acd.CauseLost
	default:
		return acd.CauseUnreachable
	}
}
