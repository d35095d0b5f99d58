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
	if _, err := h.Apply(ctx, id, acd.ReleaseAgent{Agent: agent}); err != nil {
		return err
	}
	return h.run(ctx, id, func(o *org) { o.cutOff(agent) })
}

// cutOff ends an agent's legs without waiting for the switch; what it says of them later is not heard.
func (o *org) cutOff(agent acd.AgentID) {
	for _, l := range o.legs {
		if l.line != agent && (l.record.Agent != agent || l.role != offered) {
			continue
		}
		cause := hangupCause(l)
		o.sw.Hangup(l.id, cause)
		o.ended(l, telephony.Ended{Leg: l.id, By: telephony.Local, Cause: cause})
	}
}
