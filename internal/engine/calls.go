package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"holdline/internal/acd"
	"holdline/internal/directory"
)

var (
	// ErrNoCall: no call with that id is up.
	ErrNoCall = errors.New("engine: no such call")
	// ErrNoTarget: the number leads nowhere.
	ErrNoTarget = errors.New("engine: no such number")
)

// Calls lists the organisation's calls that are up, the oldest first: each by
// the leg that came in.
func (h *Host) Calls(ctx context.Context, id int64) (calls []acd.LiveCall, err error) {
	err = h.run(ctx, id, func(o *org) {
		for _, l := range o.legs {
			if l.leads() {
				calls = append(calls, live(l))
			}
		}
	})
	slices.SortFunc(calls, func(a, b acd.LiveCall) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Call, b.Call))
	})
	return calls, err
}

// live describes the call led by a leg. Where that one was called itself, its
// caller being gone, the other side stands for the caller.
func live(l *leg) acd.LiveCall {
	c := acd.LiveCall{State: l.state(), Call: l.record.Call, Queue: l.record.Queue, In: l.record.In && l.record.Extension == 0,
		From: l.record.From, FromName: l.record.FromName, To: l.record.To, Started: l.record.Started, Answered: l.record.Answered, Recording: l.recorded}
	var other int64
	switch p := l.peer; {
	case p != nil:
		other, c.Agent = p.record.Extension, p.record.Agent
	case l.role == parked:
		other = l.parker.Extension
	}
	c.CallerExtension, c.CalledExtension = l.record.Extension, other
	c.CallerHold, c.CalledHold = heldBy(l), heldBy(l.peer)
	if !l.record.In {
		c.CallerExtension, c.CalledExtension = other, l.record.Extension
		c.CallerHold, c.CalledHold = c.CalledHold, c.CallerHold
	}
	return c
}

// Transfer sends the calling party of a call to a number dialled inside the
// organisation; the other side is hung up. While somebody is asked before an
// attended transfer, no number completes that. Errors: ErrNoCall, ErrNoTarget.
func (h *Host) Transfer(ctx context.Context, id int64, call acd.CallID, dst string) error {
	outcome := ErrNoCall
	err := h.run(ctx, id, func(o *org) {
		if l := o.callOf(call); l != nil && l.role != told && l.role != rating {
			outcome = o.transferCall(l, dst)
		}
	})
	return errors.Join(err, outcome)
}

func (o *org) transferCall(l *leg, dst string) error {
	for _, side := range [...]*leg{l, l.peer} {
		if dst == "" && side != nil && side.consult != nil {
			return o.orderAsk(side, "")
		}
	}
	to := o.host.cfg.Directory.Resolve(o.id, dst)
	if to.Kind == directory.Nowhere || to.Blocked {
		return fmt.Errorf("%w: %s", ErrNoTarget, dst)
	}
	l.hops, l.from = 0, l.identity()
	if l.role == caller {
		o.step(acd.TransferCaller{Call: l.call(), Dst: dst})
		return nil
	}
	if p := o.part(l); p != nil {
		o.hangup(p)
	}
	o.route(l, to, dst)
	return nil
}

// Hangup ends a call.
func (h *Host) Hangup(ctx context.Context, id int64, call acd.CallID) error {
	outcome := ErrNoCall
	err := h.run(ctx, id, func(o *org) {
		if l := o.callOf(call); l != nil {
			o.sw.Hangup(l.id, hangupCause(l))
			outcome = nil
		}
	})
	return errors.Join(err, outcome)
}

// run has fn run in the organisation's goroutine and waits for it.
func (h *Host) run(ctx context.Context, id int64, fn func(*org)) error {
	o := h.org(id)
	if o == nil {
		return fmt.Errorf("%w: %d", ErrNoOrganisation, id)
	}
	return h.Read(ctx, id, func(*acd.Engine, acd.Time) { fn(o) })
}
