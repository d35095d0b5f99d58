package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// The words of the outbox.
type (
	Delivery      = store.Delivery
	Attempt       = store.Attempt
	DeliveryState = store.DeliveryState
)

// How far a delivery is; see store.DeliveryState.
const (
	DeliveryPending   = store.DeliveryPending
	DeliveryDelivered = store.DeliveryDelivered
	DeliveryDead      = store.DeliveryDead
)

// maxReplay is how many deliveries one replay may add.
const maxReplay = 10_000

// DeliveryFilter narrows a list; zero fields match all.
type DeliveryFilter struct {
	State    DeliveryState
	From, To time.Time // From <= what happened < To
	Oldest   bool      // oldest first; otherwise newest first
	Page
}

// ListDeliveries lists a subscription's deliveries with their total number.
func (s *Service) ListDeliveries(ctx context.Context, a Actor, of Subject, ref SubscriptionRef, f DeliveryFilter) (list []Delivery, total int, err error) {
	switch f.State {
	case "", DeliveryPending, DeliveryDelivered, DeliveryDead:
	default:
		return nil, 0, Invalidf("state", "state is %q; allowed are pending, delivered, dead", cutText(string(f.State)))
	}
	err = s.viewSubject(ctx, a, of, func(tx store.Tx, at place) error {
		sub, err := at.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		list, total, err = tx.Deliveries.List(ctx, at.org, store.DeliveryFilter{Subscription: sub.ID, State: f.State,
			From: timeOrZero(f.From), To: timeOrZero(f.To), Oldest: f.Oldest, Page: f.Page})
		return err
	})
	return list, total, err
}

func timeOrZero(t time.Time) acd.Time {
	if t.IsZero() {
		return 0
	}
	return acd.TimeOf(t)
}

// GetDelivery gives one delivery with its attempts.
func (s *Service) GetDelivery(ctx context.Context, a Actor, of Subject, ref SubscriptionRef, id int64) (d Delivery, tries []Attempt, err error) {
	err = s.viewSubject(ctx, a, of, func(tx store.Tx, at place) error {
		sub, err := at.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		d, tries, err = findDelivery(ctx, tx, sub, id)
		return err
	})
	return d, tries, err
}

func findDelivery(ctx context.Context, tx store.Tx, sub Subscription, id int64) (Delivery, []Attempt, error) {
	d, tries, err := tx.Deliveries.Get(ctx, sub.OrgID, id)
	if err == nil && d.Subscription != sub.ID {
		err = store.ErrNotFound
	}
	if err != nil {
		return Delivery{}, nil, missing(err, "there is no delivery %d of this event; list its deliveries to find the right id", id)
	}
	return d, tries, nil
}

// ReplayDelivery makes a delivery once more, behind those that wait, under a key of its own.
func (s *Service) ReplayDelivery(ctx context.Context, a Actor, of Subject, ref SubscriptionRef, id int64) (again Delivery, err error) {
	rows, err := s.deliver(ctx, a, "subscription.replay", of, ref, func(tx store.Tx, sub Subscription) ([]Delivery, error) {
		d, _, err := findDelivery(ctx, tx, sub, id)
		return []Delivery{d}, err
	})
	if err != nil {
		return again, err
	}
	return rows[0], nil
}

// ReplayDeliveries makes what happened in a period (from <= it < to) once more
// and tells how much that is: each event once, however often it was made, in
// the order it happened; not what still waits to be made, and no tests.
func (s *Service) ReplayDeliveries(ctx context.Context, a Actor, of Subject, ref SubscriptionRef, from, to time.Time) (count int, err error) {
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return 0, Invalidf("start_datetime", "start_datetime and end_datetime are both needed, the end after the start")
	}
	rows, err := s.deliver(ctx, a, "subscription.replay", of, ref, func(tx store.Tx, sub Subscription) ([]Delivery, error) {
		all, total, err := tx.Deliveries.List(ctx, sub.OrgID, store.DeliveryFilter{Subscription: sub.ID, Oldest: true,
			From: acd.TimeOf(from), To: acd.TimeOf(to), Page: Page{Limit: maxReplay}})
		if total > maxReplay {
			return nil, Invalidf("end_datetime", "%d deliveries lie in this period; at most %d can be repeated at once, so choose a shorter one", total, maxReplay)
		}
		return replayable(all), err
	})
	return len(rows), err
}

// replayable gives one delivery of each event that is not waiting to be made.
func replayable(all []Delivery) (out []Delivery) {
	waiting := map[uint64]bool{0: true} // tests are no events
	for _, d := range all {
		waiting[d.Seq] = waiting[d.Seq] || d.State == DeliveryPending
	}
	for _, d := range all {
		if !waiting[d.Seq] {
			waiting[d.Seq] = true
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(x, y Delivery) int { return cmp.Compare(x.Seq, y.Seq) })
	return out
}

// TestDelivery sends a made-up event of the subscription's kind, marked by Seq 0.
func (s *Service) TestDelivery(ctx context.Context, a Actor, of Subject, ref SubscriptionRef) (d Delivery, err error) {
	rows, err := s.deliver(ctx, a, "subscription.test", of, ref, func(tx store.Tx, sub Subscription) ([]Delivery, error) {
		if s.outbox == nil {
			return nil, refuse(Unavailable, "deliveries are switched off on this server")
		}
		now := s.now()
		form, err := s.outbox.Example(ctx, tx, sub, now)
		return []Delivery{{Event: sub.Event, Happened: now, Form: form}}, err
	})
	if err != nil {
		return d, err
	}
	return rows[0], nil
}

// deliver puts copies of what choose gives into the outbox; action is what the audit log calls it.
func (s *Service) deliver(ctx context.Context, a Actor, action string, of Subject, ref SubscriptionRef, choose func(store.Tx, Subscription) ([]Delivery, error)) (rows []Delivery, err error) {
	a, of, err = s.atSubject(ctx, a, of)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		at, err := subjectOf(ctx, tx, a, of)
		if err != nil {
			return err
		}
		sub, err := at.find(ctx, tx, ref)
		if err := errors.Join(err, a.may(action)); err != nil {
			return err
		}
		if !sub.Enabled {
			return refuse(Conflict, "this event is switched off, so nothing is sent for it; switch it on first")
		}
		chosen, err := choose(tx, sub)
		if err != nil || len(chosen) == 0 {
			return err
		}
		rows = s.afresh(chosen, sub)
		if err := tx.Deliveries.Add(ctx, at.org, rows); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, action, "events of "+at.String(), fmt.Sprintf("%d of event %d sent", len(rows), sub.ID))
	})
	if err != nil {
		return nil, err
	}
	if s.outbox != nil && len(rows) > 0 {
		s.outbox.Wake()
	}
	return rows, nil
}

// afresh gives deliveries to be made from such as may have been made.
func (s *Service) afresh(list []Delivery, sub Subscription) []Delivery {
	now, out := s.now(), make([]Delivery, len(list))
	for i, d := range list {
		out[i] = Delivery{OrgID: sub.OrgID, Subscription: sub.ID, Key: auth.NewKey(), Event: d.Event, Seq: d.Seq, Happened: d.Happened,
			Created: now, Form: d.Form, State: DeliveryPending, Due: now}
	}
	return out
}
