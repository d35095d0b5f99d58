package engine

import (
	"strconv"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// maxHops is how often one call may be sent on before it is taken for a loop.
const maxHops = 10

// role says what a leg is doing, and so which events mean what.
type role uint8

const (
	unrouted role = iota // incoming, or between two places: nobody's yet
	caller               // waits in, or is served by, a queue
	offered              // rings an agent for a caller, or talks with one
	calling              // the calling side of a call outside the queues
	called               // the called side of one
)

// leg is one party's side of a call of this organisation.
type leg struct {
	id       telephony.LegID
	role     role
	from     telephony.Party
	peer     *leg // the other side: bridged, or to be bridged when answered
	bridged  bool
	answered bool
	hops     int
	agent    acd.AgentID // whose line this leg takes up outside the queues; 0 = nobody's
	offer    acd.OfferID // of an offered leg
	rings    acd.AgentID // of an offered leg: whom
	queue    acd.QueueID // of a caller
	joined   acd.Time    // of a caller: when it first joined
	preamble bool        // the agent is being told something before the bridge
}

func (l *leg) call() acd.CallID { return acd.CallID(l.id) }

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
	case telephony.Ended:
		o.withLeg(ev.Leg, func(l *leg) { o.ended(l, ev) })
	}
}

func (o *org) withLeg(id telephony.LegID, fn func(*leg)) {
	if l := o.legs[id]; l != nil {
		fn(l)
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

// incoming answers the port's one question by where the number leads.
func (o *org) incoming(ev telephony.Incoming) {
	l := &leg{id: ev.Leg, from: ev.From}
	o.legs[l.id] = l
	dir := o.host.cfg.Directory
	if ev.Extension == 0 {
		o.route(l, dir.ResolveDID(o.id, ev.Dialled), ev.Dialled)
		return
	}
	if e, _, ok := dir.Extension(o.id, ev.Extension); !ok || e.Blocked {
		o.refuse(l, telephony.Forbidden)
		return
	}
	if agent, ok := dir.AgentAt(o.id, ev.Extension); ok {
		o.takeLine(l, agent)
	}
	o.route(l, dir.Resolve(o.id, ev.Dialled), ev.Dialled)
}

// route sends a caller's leg to a queue, a phone or out through a trunk.
func (o *org) route(l *leg, to directory.Target, dialled string) {
	l.hops++
	switch {
	case l.hops > maxHops:
		o.log.Warn("call sent on in a loop: check the queues' transfer destinations", "call", l.id, "dialled", dialled, "hops", maxHops)
		o.refuse(l, telephony.Failed)
	case to.Kind == directory.Nowhere:
		o.log.Info("number leads nowhere: create the extension, a DID or a trunk for it", "call", l.id, "dialled", dialled)
		o.refuse(l, telephony.NotFound)
	case to.Blocked:
		o.refuse(l, telephony.Unreachable)
	case to.Kind == directory.Queue:
		o.join(l, acd.QueueID(to.Extension))
	default:
		o.dial(l, to)
	}
}

func (o *org) join(l *leg, queue acd.QueueID) {
	if _, ok := o.rules.QueueView(queue); !ok {
		o.refuse(l, telephony.NotFound)
		return
	}
	l.role, l.queue = caller, queue
	if l.joined == 0 {
		l.joined = acd.TimeOf(time.Now())
	}
	o.step(acd.CallerJoined{Call: l.call(), Queue: queue, Number: l.from.Number, Name: l.from.Name, Joined: l.joined, Answered: l.answered})
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

func (o *org) ringing(l *leg, early bool) {
	switch l.role {
	case offered:
		o.step(acd.OfferRinging{Offer: l.offer})
	case called:
		o.alert(l, early)
	}
}

func (o *org) legAnswered(l *leg) {
	l.answered = true
	switch l.role {
	case offered:
		o.step(acd.OfferAnswered{Offer: l.offer})
	case called:
		o.accept(l.peer)
		o.bridge(l.peer, l)
	}
}

func (o *org) digit(l *leg, digit byte) {
	if l.role == caller {
		o.step(acd.CallerDigit{Call: l.call(), Digit: digit})
	}
}

func (o *org) playDone(l *leg, ev telephony.PlayDone) {
	switch {
	case l.role == caller:
		o.step(acd.PlayDone{Call: l.call(), Play: ev.ID})
	case l.preamble:
		l.preamble = false
		o.bridge(l.peer, l)
	}
}

// held lets the other party hear music while a phone has the call on hold.
func (o *org) held(l *leg, on bool) {
	if !l.bridged {
		return
	}
	if on {
		o.sw.Play(l.peer.id, telephony.Playback{Sounds: []int64{0}, Loop: true})
		return
	}
	o.sw.Bridge(l.id, l.peer.id)
}

// accept answers a caller's leg unless it has been.
func (o *org) accept(l *leg) {
	if !l.answered {
		l.answered = true
		o.sw.Answer(l.id, telephony.Verdict{Disposition: telephony.Accept})
	}
}

func (o *org) bridge(a, b *leg) {
	a.peer, b.peer = b, a
	a.bridged, b.bridged = true, true
	o.sw.Bridge(a.id, b.id)
}

// part takes a leg from its peer and returns the peer, if any.
func (l *leg) part() *leg {
	p := l.peer
	l.peer, l.bridged = nil, false
	if p != nil && p.peer == l {
		p.peer, p.bridged, p.preamble = nil, false, false
	}
	return p
}

// ended clears the leg away first, so that the commands that follow from its end do not find it.
func (o *org) ended(l *leg, ev telephony.Ended) {
	delete(o.legs, l.id)
	peer := l.part()
	o.log.Debug("leg ended", "call", l.id, "by", ev.By, "cause", ev.Cause.String(), "code", ev.Code, "reason", ev.Reason)
	switch l.role {
	case caller:
		o.step(acd.CallerEnded{Call: l.call(), Cause: callerCause(ev)})
	case offered:
		delete(o.offers, l.offer)
		o.step(acd.OfferEnded{Offer: l.offer, Cause: offerCause(ev)})
	case calling:
		if peer != nil {
			peer.role = unrouted
			o.sw.Hangup(peer.id, hangupCause(peer))
		}
	case called:
		o.calledEnded(l, peer, ev)
	}
	o.releaseLine(l)
}

func hangupCause(l *leg) telephony.Cause {
	if l.answered {
		return telephony.Normal
	}
	return telephony.Cancelled
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

// takeLine marks the agent as being in a call outside the queues while the leg lives.
func (o *org) takeLine(l *leg, agent acd.AgentID) {
	if o.countLine(l, agent) == 1 {
		o.step(acd.SetOnCall{Agent: agent, On: true})
	}
}

// countLine counts the leg as one of the agent's calls outside the queues and gives their number.
func (o *org) countLine(l *leg, agent acd.AgentID) int {
	l.agent = agent
	o.lines[agent]++
	return o.lines[agent]
}

func (o *org) releaseLine(l *leg) {
	if l.agent == 0 {
		return
	}
	if o.lines[l.agent]--; o.lines[l.agent] == 0 {
		delete(o.lines, l.agent)
		o.step(acd.SetOnCall{Agent: l.agent, On: false})
	}
}

func (o *org) hangupAll(cause telephony.Cause) {
	for id := range o.legs {
		o.sw.Hangup(id, cause)
	}
}

// legID names a leg going out: unique for the organisation, on any node and after a restart.
func (o *org) legID(kind string, n uint64) telephony.LegID {
	return telephony.LegID(strconv.FormatInt(o.id, 10) + kind + strconv.FormatUint(n, 10))
}
