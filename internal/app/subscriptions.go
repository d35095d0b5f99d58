package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// The words of webhooks, so that a dialect needs no other package for them.
type (
	Subscription = store.Subscription
	Dialect      = store.Dialect
	Event        = store.Event
)

// The dialects subscriptions are made in, and so delivered in.
const (
	DialectVer1 = store.DialectVer1
	DialectUAPI = store.DialectUAPI
)

// The events there are; see store.Event.
const (
	EventAgentLogin  = store.EventAgentLogin
	EventAgentLogout = store.EventAgentLogout
	EventDialIn      = store.EventDialIn
	EventDialOut     = store.EventDialOut
	EventAnswer      = store.EventAnswer
	EventAnswerIn    = store.EventAnswerIn
	EventAnswerOut   = store.EventAnswerOut
	EventHangup      = store.EventHangup
)

// Outbox is what carries deliveries out: internal/webhook.
type Outbox interface {
	// Changed tells that the organisation's subscriptions are other ones now.
	Changed(org int64)
	// Wake tells that deliveries were added.
	Wake()
	// Example gives what would be sent for a made-up event of the subscription, happening at that time.
	Example(ctx context.Context, tx store.Tx, sub Subscription, at acd.Time) (form string, err error)
}

// maxSubscriptions is how many one agent or extension may have.
const maxSubscriptions = 100

// Subject is whose events are told: an agent's, or, while Agent.ID is 0, an
// extension's. Event in place of both is whoever has this one of the
// organisation's subscriptions.
type Subject struct {
	Agent     AgentRef
	Extension ExtensionRef
	Event     int64
}

func (o Subject) isAgent() bool { return o.Agent.ID != 0 }

// SubscriptionRef names one of a subject's subscriptions: by id, or by key.
type SubscriptionRef struct {
	ID     int64
	Key    string  // when ID is 0
	Events []Event // only if it is for one of these; nil = for any
}

func (r SubscriptionRef) notFound() *Error {
	if r.ID != 0 {
		return refuse(NotFound, "there is no event %d here; list the events to find the right id", r.ID)
	}
	return refuse(NotFound, "there is no event %q here; list the events to find the right id", r.Key)
}

// SubscriptionFilter narrows a list; zero fields match all.
type SubscriptionFilter struct {
	Events []Event // for one of these
	Page
}

// ListSubscriptions lists a subject's subscriptions, of either dialect, by id, with their total number.
func (s *Service) ListSubscriptions(ctx context.Context, a Actor, of Subject, f SubscriptionFilter) (list []Subscription, total int, err error) {
	err = s.viewSubject(ctx, a, of, func(tx store.Tx, at place) error {
		all, err := at.subscriptions(ctx, tx)
		list, total = cut(all, func(sub Subscription) bool { return isFor(sub, f.Events) }, f.Page)
		return err
	})
	return list, total, err
}

// OwnedSubscription is a subscription with the number of what has it.
type OwnedSubscription struct {
	Subscription
	ExtensionNumber string // full number of the extension; "" = an agent's
}

// ListAllSubscriptions lists what all of the organisation's agents and
// extensions have, of either dialect, by id, with the total number.
func (s *Service) ListAllSubscriptions(ctx context.Context, a Actor, page Page) (list []OwnedSubscription, total int, err error) {
	if err := a.manages("all events together"); err != nil {
		return nil, 0, err
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, n, err := tx.Subscriptions.List(ctx, a.Org, store.SubscriptionFilter{Page: page})
		for _, r := range rows {
			list = append(list, s.owned(r))
		}
		total = n
		return err
	})
	return list, total, err
}

// GetOwnedSubscription gives one of the organisation's subscriptions.
func (s *Service) GetOwnedSubscription(ctx context.Context, a Actor, id int64) (OwnedSubscription, error) {
	sub, err := s.GetSubscription(ctx, a, Subject{Event: id}, SubscriptionRef{ID: id})
	return s.owned(sub), err
}

// UpdateOwnedSubscription does with one of the organisation's subscriptions what UpdateSubscription does.
func (s *Service) UpdateOwnedSubscription(ctx context.Context, a Actor, id int64, edit func(*OwnedSubscription) error) (OwnedSubscription, error) {
	sub, err := s.UpdateSubscription(ctx, a, Subject{Event: id}, SubscriptionRef{ID: id}, func(sub *Subscription) error {
		o := s.owned(*sub)
		err := edit(&o)
		*sub = o.Subscription
		return err
	})
	return s.owned(sub), err
}

func (s *Service) owned(sub Subscription) OwnedSubscription {
	return OwnedSubscription{sub, s.fullNumber(sub.OrgID, sub.Extension)}
}

// GetSubscription gives one subscription.
func (s *Service) GetSubscription(ctx context.Context, a Actor, of Subject, ref SubscriptionRef) (sub Subscription, err error) {
	err = s.viewSubject(ctx, a, of, func(tx store.Tx, at place) error {
		sub, err = at.find(ctx, tx, ref)
		return err
	})
	return sub, err
}

// secretOverlap is how long requests are signed with the secret before, too.
const secretOverlap = 24 * time.Hour

// GetSecret gives a subscription with what its requests are signed with; of an
// old secret only what still is. It is for those who may change it, because whoever has it can send in our name.
func (s *Service) GetSecret(ctx context.Context, a Actor, of Subject, ref SubscriptionRef) (Subscription, error) {
	sub, err := s.GetSubscription(ctx, a, of, ref)
	if err := errors.Join(err, a.may("subscription.secret")); err != nil {
		return Subscription{}, err
	}
	if sub.OldSecretUntil <= s.now() {
		sub.OldSecret, sub.OldSecretUntil = "", 0
	}
	return sub, nil
}

// CreateSubscription makes a subscription. Dialect, Event, Method, URL, Note
// and Enabled are taken from n; key and secret are made here.
func (s *Service) CreateSubscription(ctx context.Context, a Actor, of Subject, n Subscription) (sub Subscription, err error) {
	err = s.changeSubject(ctx, a, "subscription.create", of, func(tx store.Tx, at place) error {
		sub = n
		sub.ID, sub.OrgID, sub.Agent, sub.Extension = 0, at.org, at.agent, at.extension
		sub.Key, sub.Secret = auth.NewKey(), auth.NewSigningSecret()
		sub.Created = s.now()
		sub.Modified, sub.Since = sub.Created, sub.Created
		if err := checkSubscription(sub); err != nil {
			return err
		}
		have, err := at.subscriptions(ctx, tx)
		if err != nil {
			return err
		}
		if len(have) >= maxSubscriptions {
			return refuse(Conflict, "there are %d events here already, and no more are possible; delete those nobody needs", len(have))
		}
		return tx.Subscriptions.Create(ctx, &sub)
	})
	return sub, err
}

// UpdateSubscription lets edit change a subscription and saves it. Event,
// Method, URL, Note and Enabled can be changed; edit's error ends it.
func (s *Service) UpdateSubscription(ctx context.Context, a Actor, of Subject, ref SubscriptionRef, edit func(*Subscription) error) (sub Subscription, err error) {
	err = s.changeSubject(ctx, a, "subscription.update", of, func(tx store.Tx, at place) error {
		old, err := at.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		sub = old
		if err := edit(&sub); err != nil {
			return err
		}
		now := old
		now.Event, now.Method, now.URL, now.Note, now.Enabled = sub.Event, sub.Method, sub.URL, sub.Note, sub.Enabled
		now.Modified = s.now()
		if now.Enabled && (!old.Enabled || now.Event != old.Event) {
			now.Since = now.Modified
		}
		sub = now
		if err := checkSubscription(sub); err != nil {
			return err
		}
		return tx.Subscriptions.Put(ctx, sub)
	})
	return sub, err
}

// RenewSecret gives a subscription a new secret. The old one goes on signing
// beside it for secretOverlap, one that was older than that signs nothing any more.
func (s *Service) RenewSecret(ctx context.Context, a Actor, of Subject, ref SubscriptionRef) (sub Subscription, err error) {
	err = s.changeSubject(ctx, a, "subscription.secret", of, func(tx store.Tx, at place) error {
		if sub, err = at.find(ctx, tx, ref); err != nil {
			return err
		}
		sub.Modified = s.now()
		sub.OldSecret, sub.OldSecretUntil = sub.Secret, sub.Modified.Add(secretOverlap)
		sub.Secret = auth.NewSigningSecret()
		return tx.Subscriptions.Put(ctx, sub)
	})
	return sub, err
}

// DeleteSubscription deletes a subscription with its deliveries, also those that are still to be made, and gives what it was.
func (s *Service) DeleteSubscription(ctx context.Context, a Actor, of Subject, ref SubscriptionRef) (sub Subscription, err error) {
	err = s.changeSubject(ctx, a, "subscription.delete", of, func(tx store.Tx, at place) error {
		if sub, err = at.find(ctx, tx, ref); err != nil {
			return err
		}
		return tx.Subscriptions.Delete(ctx, at.org, sub.ID)
	})
	return sub, err
}

// DeleteSubscriptions deletes all of a subject's subscriptions, or those for
// the events named, and gives what they were; it is no error when there were none.
func (s *Service) DeleteSubscriptions(ctx context.Context, a Actor, of Subject, events ...Event) (gone []Subscription, err error) {
	err = s.changeSubject(ctx, a, "subscription.delete", of, func(tx store.Tx, at place) error {
		all, err := at.subscriptions(ctx, tx)
		if err != nil {
			return err
		}
		gone, _ = cut(all, func(sub Subscription) bool { return isFor(sub, events) }, Page{})
		for _, sub := range gone {
			if err := tx.Subscriptions.Delete(ctx, at.org, sub.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return gone, err
}

// subscriptionsChanged tells the outbox, if there is one, that subscriptions
// of the organisation have changed or gone.
func (s *Service) subscriptionsChanged(org int64) {
	if s.outbox != nil {
		s.outbox.Changed(org)
	}
}

func isFor(sub Subscription, events []Event) bool {
	return len(events) == 0 || slices.Contains(events, sub.Event)
}

// place is a subject that was found: exactly one of agent and extension is set.
type place struct {
	org       int64
	agent     acd.AgentID
	extension int64
}

// String names the subject in the audit log.
func (p place) String() string {
	if p.agent != 0 {
		return agentTarget(p.agent)
	}
	return fmt.Sprintf("extension with id %d", p.extension)
}

func (p place) subscriptions(ctx context.Context, tx store.Tx) ([]Subscription, error) {
	rows, _, err := tx.Subscriptions.List(ctx, p.org, store.SubscriptionFilter{Agent: p.agent, Extension: p.extension})
	return rows, err
}

// find finds one of the subject's subscriptions; those of others are not there.
func (p place) find(ctx context.Context, tx store.Tx, ref SubscriptionRef) (sub Subscription, err error) {
	if ref.ID != 0 {
		sub, err = tx.Subscriptions.Get(ctx, p.org, ref.ID)
	} else {
		sub, err = tx.Subscriptions.ByKey(ctx, p.org, ref.Key)
	}
	if err == nil && (sub.Agent != p.agent || sub.Extension != p.extension || !isFor(sub, ref.Events)) {
		err = store.ErrNotFound
	}
	if err != nil {
		return Subscription{}, missing(err, "%s", ref.notFound().Message)
	}
	return sub, nil
}

// subjectOf finds the subject among what the actor sees.
func subjectOf(ctx context.Context, tx store.Tx, a Actor, of Subject) (place, error) {
	if of.Event != 0 {
		return ownerOf(ctx, tx, a, of.Event)
	}
	if of.isAgent() {
		row, err := findAgent(ctx, tx, a, of.Agent)
		return place{org: row.OrgID, agent: row.ID}, err
	}
	row, err := findExtension(ctx, tx, a, of.Extension)
	return place{org: row.OrgID, extension: row.ID}, err
}

// ownerOf finds who has one of the organisation's subscriptions. A user's
// application names its events by what they are of.
func ownerOf(ctx context.Context, tx store.Tx, a Actor, event int64) (place, error) {
	sub, err := tx.Subscriptions.Get(ctx, a.Org, event)
	if err == nil && a.Reach == store.ReachUser {
		err = store.ErrNotFound
	}
	return place{org: a.Org, agent: sub.Agent, extension: sub.Extension}, missing(err, "%s", SubscriptionRef{ID: event}.notFound().Message)
}

func (s *Service) viewSubject(ctx context.Context, a Actor, of Subject, fn func(store.Tx, place) error) error {
	a, of, err := s.atSubject(ctx, a, of)
	if err != nil {
		return err
	}
	return s.store.View(ctx, func(tx store.Tx) error {
		at, err := subjectOf(ctx, tx, a, of)
		if err != nil {
			return err
		}
		return fn(tx, at)
	})
}

// changeSubject makes a change of a subject's subscriptions. Whoever matches
// events to them knows of it before the client does: what happens from the
// answer on is told.
func (s *Service) changeSubject(ctx context.Context, a Actor, action string, of Subject, fn func(store.Tx, place) error) error {
	a, of, err := s.atSubject(ctx, a, of)
	if err != nil {
		return err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		at, err := subjectOf(ctx, tx, a, of)
		if err != nil {
			return err
		}
		if err := fn(tx, at); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, action, "events of "+at.String(), "")
	})
	var refused *Error
	if s.outbox != nil && !errors.As(err, &refused) {
		s.outbox.Changed(a.Org)
	}
	return err
}

func (s *Service) atSubject(ctx context.Context, a Actor, of Subject) (Actor, Subject, error) {
	if of.isAgent() || of.Event != 0 {
		return a, of, nil
	}
	var err error
	a, of.Extension, err = s.at(ctx, a, of.Extension)
	return a, of, err
}
