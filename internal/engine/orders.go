package engine

import (
	"context"
	"errors"
	"fmt"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/telephony"
)

// Action is something that is done with a call that is up, in the words of the
// ver1.0 dialect.
type Action string

// The actions of Order. "Its side" is that of the extension named; in a talk
// of a queue's caller the queue's side is the agent's.
const (
	Hold             Action = "hold"              // the other side hears music, its side silence
	Offhold          Action = "offhold"           // and back; gives up who is being asked, too
	Park             Action = "park"              // the other side waits with music, its side is hung up
	Pickup           Action = "pickup"            // a phone is rung to take a call that is parked, waits, or rings elsewhere
	AttendedTransfer Action = "attended_transfer" // its side asks somebody first; ordered again, or by its hang-up, the other side goes there
	Eavesdrop        Action = "eavesdrop"         // somebody is rung who hears both sides and is heard by none
	Whisper          Action = "whisper"           // who hears both and is heard by its side only
	Conference       Action = "conference"        // who hears and is heard by all
)

// Order is what is to be done with a call.
type Order struct {
	Action    Action
	Call      acd.CallID
	Extension int64  // whose side of the call is meant
	Dst       string // number to be rung, where the action needs one
}

var (
	// ErrNotAPhone: the number leads to a queue where one phone has to be rung.
	ErrNotAPhone = errors.New("engine: the number is a queue's")
	// ErrAction: there is no such action.
	ErrAction = errors.New("engine: no such action")
)

// StateError tells that a call is not in a state for what was ordered.
type StateError struct {
	Action Action
	State  string // what the call does instead, for people
}

func (e *StateError) Error() string {
	return "engine: " + string(e.Action) + " is not possible: the call " + e.State
}

// maxGuests is how many may listen to a call or join it: each of them hears all
// others decoded and added up.
const maxGuests = 8

// Order carries out an action. Errors: ErrNoCall, ErrNoTarget, ErrNotAPhone,
// ErrAction, *StateError. What rings for it is told by facts of its legs.
func (h *Host) Order(ctx context.Context, id int64, order Order) error {
	outcome := ErrNoCall
	err := h.run(ctx, id, func(o *org) {
		if l := o.callOf(order.Call); l != nil {
			outcome = o.order(l, order)
		}
	})
	return errors.Join(err, outcome)
}

func (o *org) order(l *leg, order Order) error {
	if order.Action == Pickup {
		return o.orderPickup(l, order)
	}
	side := l.side(order.Extension)
	if side == nil || !side.bridged {
		return &StateError{order.Action, l.doing()}
	}
	switch order.Action {
	case Hold:
		return o.orderHold(side)
	case Offhold:
		return o.orderOffhold(side)
	case Park:
		o.park(side)
		return nil
	case AttendedTransfer:
		return o.orderAsk(side, order.Dst)
	case Eavesdrop, Whisper, Conference:
		return o.orderGuest(side, order)
	}
	return fmt.Errorf("%w: %s", ErrAction, order.Action)
}

func (o *org) orderHold(side *leg) error {
	if side.holds != 0 {
		return &StateError{Hold, "is on hold already"}
	}
	o.setHold(side, byOrder, true)
	return nil
}

func (o *org) orderOffhold(side *leg) error {
	switch {
	case side.consult != nil:
		o.endConsult(side)
	case side.holds&byOrder != 0:
		o.setHold(side, byOrder, false)
	case side.holds&byPhone != 0:
		return &StateError{Offhold, "is on hold at the phone itself; take it back there"}
	default:
		return &StateError{Offhold, "is not on hold"}
	}
	return nil
}

func (o *org) orderAsk(side *leg, dst string) error {
	if c := side.consult; c != nil {
		if to := o.host.cfg.Directory.Resolve(o.id, dst); dst != "" && to.Number != c.record.To {
			return &StateError{AttendedTransfer, "is being transferred to " + c.record.To + "; repeat that to complete it, or use offhold to take it back first"}
		}
		o.completeConsult(side)
		o.hangup(side)
		return nil
	}
	to, err := o.phone(dst)
	if err != nil {
		return err
	}
	if o.takesPart(side, to) {
		return &StateError{AttendedTransfer, "is one of " + to.Number + " already"}
	}
	o.ask(side, to)
	return nil
}

func (o *org) orderGuest(side *leg, order Order) error {
	to, err := o.phone(order.Dst)
	if err != nil {
		return err
	}
	if o.takesPart(side, to) {
		return &StateError{order.Action, "is one of " + to.Number + " already"}
	}
	if len(side.guests)+len(side.peer.guests) >= maxGuests {
		return &StateError{order.Action, "has as many listeners as a call can have; let one hang up first"}
	}
	from := side.identity()
	side.guests = append(side.guests, o.place(to, &leg{role: guest, host: side, attend: order.Action, from: from,
		record: acd.Leg{Call: side.record.Call, From: from.Number, FromName: from.Name}}, side))
	return nil
}

func (o *org) orderPickup(l *leg, order Order) error {
	if !l.waits() {
		return &StateError{Pickup, l.doing()}
	}
	to, err := o.phone(order.Dst)
	if err != nil {
		return err
	}
	for _, g := range l.guests {
		if g.record.To == to.Number {
			return &StateError{Pickup, "is being picked up by " + to.Number + " already"}
		}
	}
	o.fetch(l, to)
	return nil
}

// phone gives the one phone, or outside line, that a number leads to.
func (o *org) phone(dst string) (directory.Target, error) {
	to := o.host.cfg.Directory.Resolve(o.id, dst)
	switch {
	case to.Kind == directory.Nowhere || to.Blocked:
		return to, fmt.Errorf("%w: %s", ErrNoTarget, dst)
	case to.Kind == directory.Queue:
		return to, fmt.Errorf("%w: %s", ErrNotAPhone, dst)
	}
	return to, nil
}

// takesPart tells whether somebody is in a talk already, or rung for it.
func (o *org) takesPart(side *leg, who directory.Target) bool {
	for _, l := range [...]*leg{side, side.peer} {
		if o.seat(l).Number == who.Number {
			return true
		}
		for _, g := range l.guests {
			if g.record.To == who.Number {
				return true
			}
		}
		if l.consult != nil && l.consult.record.To == who.Number {
			return true
		}
	}
	return false
}

// callOf finds a call's leading leg by the call's id: that of the leg that
// began it, which may have ended since.
func (o *org) callOf(id acd.CallID) *leg {
	if l := o.legs[telephony.LegID(id)]; l != nil && l.record.In {
		if !l.leads() && l.peer != nil && l.peer.leads() {
			return l.peer
		}
		return l
	}
	for _, l := range o.legs {
		if l.record.Call == id && l.leads() {
			return l
		}
	}
	return nil
}

// leads tells whether the leg stands for its call: each call has one that does,
// the one that came in, if it is still there.
func (l *leg) leads() bool {
	p := l.peer
	switch {
	case l.host != nil:
		return false
	case p == nil:
		return l.record.In || l.role == parked || l.role == caller
	case l.record.In != p.record.In:
		return l.record.In
	}
	return l.role != called && l.role != offered
}

// side gives an extension's side of the call that l leads, nil if it has none.
// That of a queue is the agent's, or nobody's while the caller waits.
func (l *leg) side(extension int64) *leg {
	p := l.peer
	switch {
	case l.record.Extension == extension:
		return l
	case p == nil:
		return nil
	case p.record.Extension == extension:
		return p
	case l.role == caller && int64(l.queue) == extension:
		return p
	case p.role == caller && int64(p.queue) == extension:
		return l
	}
	return nil
}

// state gives what the call led by this leg does.
func (l *leg) state() acd.CallState {
	p := l.peer
	switch {
	case l.role == parked:
		return acd.CallParked
	case l.role == caller && p == nil:
		return acd.CallWaiting
	case l.role == calling && !l.bridged, !l.answered:
		return acd.CallRinging
	case p != nil && l.holds|p.holds != 0:
		return acd.CallHeld
	}
	return acd.CallTalking
}

// doing says what the call does, for people.
func (l *leg) doing() string {
	switch l.state() {
	case acd.CallParked:
		return "is parked"
	case acd.CallWaiting:
		return "waits in the queue"
	case acd.CallRinging:
		return "is not answered yet"
	}
	if l.bridged {
		return "is a talk of two already"
	}
	return "is not a talk of this extension"
}

// identity is the party of a leg as others are shown it.
func (l *leg) identity() telephony.Party {
	if l.record.In {
		return l.from
	}
	return telephony.Party{Number: l.record.To}
}
