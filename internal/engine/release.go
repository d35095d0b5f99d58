package engine

import (
	"context"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// ReleaseAgent frees an agent whatever it is stuck in (acd.ReleaseAgent) and
// returns when that is committed. The agent's legs end with it, those too of
// whose end the switch never tells.
func (h *Host) ReleaseAgent(ctx context.Context, id int64, agent acd.AgentID) error {
	_, err := h.commit(ctx, id, func(o *org) { o.releaseAgent(agent) })
	return err
}

// releaseAgent ends the agent's legs without waiting for the switch; what it
// says of them later is not heard. They are hung up before the rules may ring
// the same phone for the next caller.
func (o *org) releaseAgent(agent acd.AgentID) {
	old := o.legsOf(agent)
	for _, l := range old {
		o.sw.Hangup(l.id, hangupCause(l))
	}
	o.step(acd.ReleaseAgent{Agent: agent})
	for _, l := range old {
		o.ended(l, telephony.Ended{Leg: l.id, By: telephony.Local, Cause: hangupCause(l)})
	}
}

// legsOf gives the legs of an agent's phone that keep it from being offered.
func (o *org) legsOf(agent acd.AgentID) (legs []*leg) {
	for _, l := range o.legs {
		if l.line == agent || l.record.Agent == agent && l.role == offered {
			legs = append(legs, l)
		}
	}
	return legs
}
