package engine

import (
	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// maxHops is how often one call may be sent on before it is taken for a loop.
const maxHops = 10

// incoming answers the port's one question by where the number leads.
func (o *org) incoming(ev telephony.Incoming) {
	l := &leg{id: ev.Leg, from: ev.From, record: acd.Leg{In: true, From: ev.From.Number, FromName: ev.From.Name, To: ev.Dialled,
		Extension: ev.Extension, Trunk: ev.Trunk}}
	if ev.Extension != 0 && o.replaceable(o.legs[ev.Replaces]) {
		l.record.Call = o.legs[ev.Replaces].record.Call // it goes on in this one's place
	}
	o.addLeg(l)
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
	if ev.Replaces != "" {
		o.replace(l, o.legs[ev.Replaces])
		return
	}
	if codes := o.host.cfg.Codes; codes != nil && codes.IsCode(ev.Dialled) {
		o.phoneCode(l, ev.Extension, ev.Dialled)
		return
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
	l.role, l.queue, l.record.Queue = caller, queue, queue
	if l.joined == 0 {
		l.joined = o.clock.now()
	}
	o.step(acd.CallerJoined{Call: l.call(), Queue: queue, Number: l.from.Number, Name: l.from.Name, Joined: l.joined, Answered: l.answered})
}
