package app

import (
	"context"
	"errors"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/engine"
	"holdline/internal/store"
)

// LiveCall is a call that is up, as dialects show it.
type LiveCall struct {
	acd.LiveCall
	Flow         store.Flow
	CallerNumber string // full number of the calling extension; "" = outside
	CalledNumber string // full number of the called extension, the queue's before an agent is reached; "" = outside
	DID          string // public number that was called; "" = none
}

// ListCalls lists the calls that are up and that the actor sees, the oldest first, with their total number.
func (s *Service) ListCalls(ctx context.Context, a Actor, p Page) (list []LiveCall, total int, err error) {
	var own []int64
	if a.Reach == store.ReachUser {
		err = s.store.View(ctx, func(tx store.Tx) error {
			rows, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{})
			for _, r := range rows {
				if a.sees(r) {
					own = append(own, r.ID)
				}
			}
			return err
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return s.liveCalls(ctx, a.Org, p, func(c LiveCall) bool {
		if a.Reach != store.ReachUser {
			return true
		}
		for _, id := range own {
			if s.concerns(a.Org, c.LiveCall, id) {
				return true
			}
		}
		return false
	})
}

// ListExtensionCalls lists an extension's calls that are up: those it makes or
// is called by, for a queue those of its callers.
func (s *Service) ListExtensionCalls(ctx context.Context, a Actor, ref ExtensionRef, p Page) (list []LiveCall, total int, err error) {
	org, id, err := s.extensionID(ctx, a, ref)
	if err != nil {
		return nil, 0, err
	}
	return s.liveCalls(ctx, org, p, func(c LiveCall) bool { return s.concerns(org, c.LiveCall, id) })
}

func (s *Service) liveCalls(ctx context.Context, org int64, p Page, keep func(LiveCall) bool) ([]LiveCall, int, error) {
	all, err := s.engine.Calls(ctx, org)
	if err != nil {
		return nil, 0, engineGone(err)
	}
	list := make([]LiveCall, len(all))
	for i, c := range all {
		list[i] = s.live(org, c)
	}
	rows, n := cut(list, keep, p)
	return rows, n, nil
}

func (s *Service) live(org int64, c acd.LiveCall) LiveCall {
	out := LiveCall{LiveCall: c, Flow: store.FlowInternal, CallerNumber: s.fullNumber(org, c.CallerExtension)}
	called := c.CalledExtension
	if called == 0 {
		called = int64(c.Queue)
	}
	out.CalledNumber = s.fullNumber(org, called)
	switch {
	case c.In:
		out.Flow, out.DID = store.FlowIn, c.To
	case called == 0:
		out.Flow = store.FlowOut
	}
	return out
}

func (s *Service) fullNumber(org, extension int64) string {
	if _, full, ok := s.directory.Extension(org, extension); ok {
		return full
	}
	return ""
}

// concerns tells whether a call is one of the extension's.
func (s *Service) concerns(org int64, c acd.LiveCall, extension int64) bool {
	if c.CallerExtension == extension || c.CalledExtension == extension || c.Queue == QueueID(extension) {
		return true
	}
	at, ok := s.directory.AgentEndpoint(org, c.Agent)
	return ok && c.Agent != 0 && at.Extension == extension
}

// extensionID resolves an extension the actor sees.
func (s *Service) extensionID(ctx context.Context, a Actor, ref ExtensionRef) (org, id int64, err error) {
	err = s.viewExtension(ctx, a, ref, func(_ store.Tx, row store.Extension) error {
		org, id = row.OrgID, row.ID
		return nil
	})
	return org, id, err
}

// HangupCall ends one of an extension's calls.
func (s *Service) HangupCall(ctx context.Context, a Actor, ref ExtensionRef, call string) error {
	if err := a.may("call.hangup"); err != nil {
		return err
	}
	c, at, err := s.findCall(ctx, a, ref, call)
	if err != nil {
		return err
	}
	if err := s.engine.Hangup(ctx, at.org, c.Call); err != nil {
		return callGone(err, call)
	}
	s.noteLater(ctx, a.in(at.org), "call.hangup", "call "+call, "")
	return nil
}

// FindCall gives one of an extension's calls.
func (s *Service) FindCall(ctx context.Context, a Actor, ref ExtensionRef, call string) (LiveCall, error) {
	c, _, err := s.findCall(ctx, a, ref, call)
	return c, err
}

// callPlace is where a call was named.
type callPlace struct{ org, extension int64 }

func (s *Service) findCall(ctx context.Context, a Actor, ref ExtensionRef, call string) (c LiveCall, at callPlace, err error) {
	if at.org, at.extension, err = s.extensionID(ctx, a, ref); err != nil {
		return c, at, err
	}
	if c, err = s.callIn(ctx, at.org, call); err == nil && !s.concerns(at.org, c.LiveCall, at.extension) {
		c, err = LiveCall{}, noCall()
	}
	return c, at, err
}

// callIn finds a call of an organisation.
func (s *Service) callIn(ctx context.Context, org int64, call string) (LiveCall, error) {
	all, err := s.engine.Calls(ctx, org)
	if err != nil {
		return LiveCall{}, engineGone(err)
	}
	for _, c := range all {
		if string(c.Call) == call {
			return s.live(org, c), nil
		}
	}
	return LiveCall{}, noCall()
}

func noCall() *Error {
	return refuse(NotFound, "there is no such call of this extension any more; list current_calls to see those that are up")
}

func callGone(err error, call string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, engine.ErrNoCall):
		return refuse(Conflict, "call %q has just ended, or cannot be moved now; list current_calls to see those that are up", call)
	}
	return engineGone(err)
}

func engineGone(err error) error {
	return &Error{Code: Unavailable, Message: "the call engine of this client does not answer; try again in a few seconds", cause: err}
}

// reachable refuses a destination that cannot be dialled as far as the
// directory can tell: an internal number nobody has, a blocked extension. Plain
// digits may be an external number, or an extension still to be made.
func (s *Service) reachable(org int64, field, dst string) *Error {
	if dst == "" {
		return nil
	}
	to := s.directory.Resolve(org, dst)
	switch {
	case to.Blocked:
		return Invalidf(field, "%s is %q, and that extension is blocked; unblock it or choose another", field, dst)
	case to.Kind == directory.Nowhere && !externalNumber.MatchString(dst) && !shortNumber.MatchString(dst):
		return Invalidf(field, "%s is %q, and no extension has that number; use the number of an extension, or an external one", field, dst)
	}
	return nil
}

// Zone gives the time zone of the organisation the actor works in.
func (s *Service) Zone(a Actor) *time.Location {
	o, _ := s.directory.Organisation(a.Org)
	return zone(o)
}

// Now gives the time of the service's clock.
func (s *Service) Now() time.Time { return s.clock() }
