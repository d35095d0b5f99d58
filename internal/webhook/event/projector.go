// Package event turns the journal's facts into what webhook subscriptions are
// sent: which events a fact is, whose they are, and their form in the words of
// the dialect the subscription was made in (contracts/ringme.md, Agent events
// and Extension events; contracts/unifiedapi.md, Phone call events).
//
// Agents' events come from their logins and logouts. A phone's come from its
// legs. A queue's come from its callers, with flow in, and from the legs of
// the agents who are called for them, with flow out.
package event

import (
	"context"
	"errors"
	"sync"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

// Projector makes deliveries of facts. What it remembers between two calls of
// Project only saves reading: it is what the store says as of the first fact
// it is given, and read again whenever facts do not go on where the last ended.
type Projector struct {
	directory *directory.Directory

	mu   sync.Mutex // guards orgs
	orgs map[int64]*org
}

// org is what is remembered of an organisation.
type org struct {
	subscribed *subscribed // nil = to be read
	calls      *calls      // nil = to be read
	next       uint64      // Seq that goes on where calls stands
}

// New gives a projector that looks numbers up in d.
func New(d *directory.Directory) *Projector {
	return &Projector{directory: d, orgs: map[int64]*org{}}
}

// Changed tells that the organisation's subscriptions are other ones now.
// Facts given to Project after it returns are matched with those.
func (p *Projector) Changed(id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.orgs[id]; o != nil {
		o.subscribed = nil
	}
}

// Project gives the deliveries of facts, which go on in the journal behind
// those the store says were told. It is a function of the facts, the store and
// the directory: given the same facts again, it gives the same deliveries.
// One key may differ: Transfered is "no" where the projector began anew
// between a transfer and the hangup, and the legs do not show it. Of each it sets Subscription, Event, Seq, Happened and Form.
func (p *Projector) Project(ctx context.Context, tx store.Tx, id int64, facts []acd.Fact) ([]store.Delivery, error) {
	if len(facts) == 0 {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orgs[id]
	if o == nil {
		o = &org{}
		p.orgs[id] = o
	}
	if err := p.prepare(ctx, tx, id, o, facts[0].Seq); err != nil {
		return nil, err
	}
	out := &telling{ctx: ctx, tx: tx, org: id, directory: p.directory, subscribed: o.subscribed}
	for i := range facts {
		if err := out.fact(&facts[i], o.calls); err != nil {
			o.calls = nil
			return nil, err
		}
	}
	o.next = facts[len(facts)-1].Seq + 1
	return out.current(o)
}

// prepare reads what is not remembered. Calls are followed only while somebody wants to know of them.
func (p *Projector) prepare(ctx context.Context, tx store.Tx, id int64, o *org, first uint64) (err error) {
	if o.subscribed == nil {
		if o.subscribed, err = readSubscribed(ctx, tx, id); err != nil {
			return err
		}
	}
	if len(o.subscribed.extensions) == 0 {
		o.calls = nil
		return nil
	}
	if o.calls == nil || o.next != first {
		o.calls, err = restore(ctx, tx, id, first)
	}
	return err
}

// subscribed is an organisation's enabled subscriptions by whose events they are for.
type subscribed struct {
	agents     map[acd.AgentID][]store.Subscription
	extensions map[int64][]store.Subscription
}

func readSubscribed(ctx context.Context, tx store.Tx, org int64) (*subscribed, error) {
	rows, _, err := tx.Subscriptions.List(ctx, org, store.SubscriptionFilter{Enabled: true})
	if err != nil {
		return nil, err
	}
	s := &subscribed{agents: map[acd.AgentID][]store.Subscription{}, extensions: map[int64][]store.Subscription{}}
	for _, r := range rows {
		if r.Agent != 0 {
			s.agents[r.Agent] = append(s.agents[r.Agent], r)
		} else {
			s.extensions[r.Extension] = append(s.extensions[r.Extension], r)
		}
	}
	return s, nil
}

// telling is the deliveries of one batch in the making.
type telling struct {
	ctx        context.Context
	tx         store.Tx
	org        int64
	directory  *directory.Directory
	subscribed *subscribed
	out        []store.Delivery
}

// fact adds the deliveries of one fact and lets calls, if they are followed, go on.
func (t *telling) fact(f *acd.Fact, c *calls) error {
	switch f.Kind {
	case acd.FactAgentLogin, acd.FactAgentLogout:
		t.agent(f)
		return nil
	}
	if c == nil {
		return nil
	}
	var err error
	c.follow(f, func(h happening) {
		if err == nil {
			err = t.happened(f, &h)
		}
	})
	return err
}

// happened adds the deliveries of one event of an extension.
func (t *telling) happened(f *acd.Fact, h *happening) error {
	complete := false
	for _, sub := range t.subscribed.extensions[h.extension] {
		if !h.is(sub.Event) {
			continue
		}
		if !complete {
			complete = true
			if err := t.complete(h); err != nil {
				return err
			}
		}
		t.add(sub, f, h.form(sub.Dialect))
	}
	return nil
}

func (t *telling) add(sub store.Subscription, f *acd.Fact, form string) {
	t.out = append(t.out, store.Delivery{Subscription: sub.ID, Event: sub.Event, Seq: f.Seq, Happened: f.At, Form: form})
}

// current leaves out deliveries of subscriptions that went with their agent or
// extension, or were made otherwise than through the use cases.
func (t *telling) current(o *org) ([]store.Delivery, error) {
	is := map[int64]bool{}
	kept := t.out[:0]
	for _, d := range t.out {
		on, looked := is[d.Subscription]
		if !looked {
			sub, err := t.tx.Subscriptions.Get(t.ctx, t.org, d.Subscription)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			on = err == nil && sub.Enabled
			is[d.Subscription] = on
			if !on {
				o.subscribed = nil
			}
		}
		if on {
			kept = append(kept, d)
		}
	}
	return kept, nil
}
