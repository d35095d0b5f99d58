package app

import (
	"context"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// seed fills one organisation within a transaction. After the first error it
// does nothing more and keeps the error, so that the list of what is made reads as one.
type seed struct {
	ctx context.Context
	tx  store.Tx
	now acd.Time
	org store.Organisation
	err error
}

func (b *seed) do(step func() error) {
	if b.err == nil {
		b.err = step()
	}
}

func (b *seed) organisation(o store.Organisation) int64 {
	o.Created = b.now
	b.do(func() error { return b.tx.Organisations.Create(b.ctx, &o) })
	b.org = o
	return o.ID
}

func (b *seed) user(u store.User) int64 {
	u.OrgID, u.Created = b.org.ID, b.now
	b.do(func() error { return b.tx.Users.Create(b.ctx, &u) })
	return u.ID
}

func (b *seed) application(a store.Application) {
	a.OrgID, a.Created = b.org.ID, b.now
	b.do(func() error { return b.tx.Applications.Create(b.ctx, &a) })
}

// phone makes a phone extension with a SIP password.
func (b *seed) phone(owner int64, number, label, password string) int64 {
	e := store.Extension{OrgID: b.org.ID, OwnerID: owner, Number: number, Type: Phone, Label: label, Created: b.now}
	e.HA1MD5, e.HA1SHA256 = auth.HA1(b.org.Prefix+"*"+number, b.org.Domain, password)
	b.do(func() error { return b.tx.Extensions.Create(b.ctx, &e) })
	return e.ID
}

// queue makes a queue extension with the defaults as edit changes them.
func (b *seed) queue(owner int64, number, label string, edit func(*Queue)) QueueID {
	e := store.Extension{OrgID: b.org.ID, OwnerID: owner, Number: number, Type: QueueType, Label: label, Created: b.now}
	b.do(func() error { return b.tx.Extensions.Create(b.ctx, &e) })
	q := defaultQueue(QueueID(e.ID))
	edit(&q)
	b.do(func() error { return b.tx.Queues.Put(b.ctx, b.org.ID, q) })
	return q.ID
}

func (b *seed) agent(a store.Agent) AgentID {
	a.OrgID = b.org.ID
	b.do(func() error { return b.tx.Agents.Create(b.ctx, &a) })
	return a.ID
}

// join puts an agent into a queue, logged in.
func (b *seed) join(queue QueueID, agent AgentID, level, position int) {
	m := Membership{Queue: queue, Agent: agent, Level: level, Position: position, Status: acd.Online, Since: b.now}
	b.do(func() error { return b.tx.Memberships.Create(b.ctx, b.org.ID, m) })
}

func (b *seed) trunk(t store.Trunk) {
	t.OrgID = b.org.ID
	b.do(func() error { return b.tx.Trunks.Create(b.ctx, &t) })
}

func (b *seed) did(number string, leadsTo QueueID) {
	b.do(func() error {
		return b.tx.DIDs.Put(b.ctx, store.DID{OrgID: b.org.ID, Number: number, ExtensionID: int64(leadsTo)})
	})
}
