package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/engine"
	"holdline/internal/store"
)

// CallAction is what can be ordered of a call that is up (contracts/ringme.md, Current calls).
type CallAction = engine.Action

// TransferAction sends the calling party to a number; the other party is hung
// up. Without a number it completes an attended transfer. Package engine has
// the other actions.
const TransferAction CallAction = "transfer"

// want says whether an action needs a destination.
type want uint8

const (
	noDst want = iota
	mayDst
	mustDst
)

var actions = map[CallAction]want{engine.Hold: noDst, engine.Offhold: noDst, engine.Park: noDst,
	engine.Pickup: mayDst, engine.AttendedTransfer: mayDst, TransferAction: mayDst,
	engine.Eavesdrop: mustDst, engine.Whisper: mustDst, engine.Conference: mustDst}

// CallOrder is what a call is to do.
type CallOrder struct {
	Action CallAction
	Dst    string // number to be dialled, where the action needs one
}

// OrderCall has one of an extension's calls do something and gives the call as
// it is then; one that is gone with it, as it was. With Pickup and no
// destination the extension is the phone that takes the call, which may be any
// of the organisation's.
func (s *Service) OrderCall(ctx context.Context, a Actor, ref ExtensionRef, call string, o CallOrder) (LiveCall, error) {
	if err := first(o.check()); err != nil {
		return LiveCall{}, err
	}
	if err := a.may("call.order"); err != nil {
		return LiveCall{}, err
	}
	c, at, err := s.orderedCall(ctx, a, ref, call, &o)
	if err != nil {
		return c, err
	}
	if err := first(checkDestination("send_dst", o.Dst), s.reachable(at.org, "send_dst", o.Dst)); err != nil {
		return c, err
	}
	if o.Action == TransferAction {
		err = s.engine.Transfer(ctx, at.org, c.Call, o.Dst)
	} else {
		err = s.engine.Order(ctx, at.org, engine.Order{Action: o.Action, Call: c.Call, Extension: at.extension, Dst: o.Dst})
	}
	if err != nil {
		return c, orderRefused(err, o.Dst, call)
	}
	s.noteOrder(ctx, a.in(at.org), call, o)
	if now, err := s.callIn(ctx, at.org, call); err == nil {
		return now, nil
	}
	return c, nil
}

func (s *Service) noteOrder(ctx context.Context, a Actor, call string, o CallOrder) {
	action, detail := "call.order", string(o.Action)
	if o.Action == TransferAction {
		action, detail = "call.transfer", ""
	}
	if o.Dst != "" {
		detail = strings.TrimSpace(detail + " to " + o.Dst)
	}
	s.noteLater(ctx, a, action, "call "+call, detail)
}

// check refuses what is no order whatever the call does.
func (o CallOrder) check() *Error {
	need, known := actions[o.Action]
	switch {
	case !known:
		return Invalidf("action", "action is %q; allowed are transfer, attended_transfer, eavesdrop, whisper, conference, hold, offhold, park, pickup", cutText(string(o.Action)))
	case need == mustDst && o.Dst == "":
		return Invalidf("send_dst", "send_dst is missing; %s needs the number of the phone to be rung, like 333", o.Action)
	case need == noDst && o.Dst != "":
		return Invalidf("send_dst", "send_dst is %q, but %s takes no destination; leave it out", o.Dst, o.Action)
	}
	return nil
}

// orderedCall finds the call an order is for, and completes the order.
func (s *Service) orderedCall(ctx context.Context, a Actor, ref ExtensionRef, call string, o *CallOrder) (LiveCall, callPlace, error) {
	if o.Action != engine.Pickup {
		return s.findCall(ctx, a, ref, call)
	}
	if o.Dst != "" {
		c, at, err := s.findCall(ctx, a, ref, call)
		if err != nil {
			return c, at, err
		}
		return c, at, s.mayPickUp(ctx, a, at.org, o.Dst)
	}
	org, id, err := s.extensionID(ctx, a, ref)
	at := callPlace{org, id}
	if err != nil {
		return LiveCall{}, at, err
	}
	e, full, _ := s.directory.Extension(org, id)
	switch {
	case e.Type != store.PhoneExtension:
		return LiveCall{}, at, refuse(Conflict, "extension %s is a queue and cannot pick up a call; use a phone's extension, or name one in send_dst", full)
	case e.Blocked:
		return LiveCall{}, at, refuse(Conflict, "extension %s is blocked; unblock it first", full)
	}
	o.Dst = full
	c, err := s.callIn(ctx, org, call)
	return c, at, err
}

// mayPickUp checks the phone that is to pick a call up: one the actor sees.
func (s *Service) mayPickUp(ctx context.Context, a Actor, org int64, dst string) error {
	to := s.directory.Resolve(org, dst)
	wrong := Invalidf("send_dst", "send_dst is %q; a call is picked up by a phone of yours, so give the number of one", dst)
	if to.Kind != directory.Phone {
		return wrong
	}
	var refused *Error
	_, _, err := s.extensionID(ctx, a, ExtensionRef{ID: to.Extension})
	if errors.As(err, &refused) && refused.Code == NotFound {
		return wrong
	}
	return err
}

// orderRefused turns what the engine says against an order into a refusal.
func orderRefused(err error, dst, call string) error {
	var state *engine.StateError
	switch {
	case errors.As(err, &state):
		return refuse(Conflict, "%s is not possible: the call %s", state.Action, state.State)
	case errors.Is(err, engine.ErrNoTarget) && dst == "":
		return Invalidf("send_dst", "send_dst is missing; a transfer needs a number to dial, like 333 or +4930123456")
	case errors.Is(err, engine.ErrNoTarget):
		return Invalidf("send_dst", "send_dst is %q, and that number leads nowhere; use the number of an extension, or an external one", dst)
	case errors.Is(err, engine.ErrNotAPhone):
		return Invalidf("send_dst", "send_dst is %q, and that is a queue; name a phone or an external number, or use transfer", dst)
	}
	return callGone(err, call)
}

// ReleaseAgent frees an agent from whatever its line is stuck in: an offer that
// rings is withdrawn, a talk ended for both, wrap-up and rest are over. Status
// and registration stay.
func (s *Service) ReleaseAgent(ctx context.Context, a Actor, ref AgentRef) (agent Agent, err error) {
	if err := a.may("agent.release"); err != nil {
		return agent, err
	}
	if agent, err = s.GetAgent(ctx, a, ref); err != nil {
		return agent, err
	}
	if a.Reach == store.ReachUser {
		return agent, refuse(AccessDenied, "an application of a user cannot release agents; use one of the organisation")
	}
	if err := s.engine.ReleaseAgent(ctx, a.Org, agent.ID); err != nil {
		return agent, engineGone(err)
	}
	s.noteLater(ctx, a, "agent.release", fmt.Sprintf("agent %d", agent.ID), "")
	return agent, nil
}

// EndRest ends an agent's wrap-up or rest before its time; where there is none
// nothing changes. Agents say so of themselves.
func (s *Service) EndRest(ctx context.Context, a Actor, ref AgentRef) (agent Agent, err error) {
	if err := a.may("agent.ready"); err != nil {
		return agent, err
	}
	if agent, err = s.GetAgent(ctx, a, ref); err != nil {
		return agent, err
	}
	facts, err := s.apply(ctx, a.Org, acd.EndRest{Agent: agent.ID})
	if len(facts) > 0 {
		s.noteLater(ctx, a, "agent.ready", agentTarget(agent.ID), "")
	}
	return agent, err
}
