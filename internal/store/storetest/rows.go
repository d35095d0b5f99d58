package storetest

import (
	"fmt"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// nowhere is an id no row has.
const nowhere = 1 << 50

// named makes the unique key of a row.
func named(what string, n int) string { return fmt.Sprintf("%s-%02d", what, n) }

var organisationTable = table[store.Organisation]{
	fresh: func(b *workbench, w *world, n int) (o store.Organisation) {
		fill(&o, n, "ID")
		o.Prefix, o.Login = named("prefix", n), named("login", n)
		if n%2 == 0 {
			o.PauseReasons = nil
		}
		return o
	},
	create: func(b *workbench, tx store.Tx, w *world, o *store.Organisation) error {
		return tx.Organisations.Create(b.ctx, o)
	},
	get: func(b *workbench, tx store.Tx, w *world, o store.Organisation) (store.Organisation, error) {
		return tx.Organisations.Get(b.ctx, o.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, o store.Organisation) error {
		return tx.Organisations.Put(b.ctx, o)
	},
	delete: func(b *workbench, tx store.Tx, w *world, o store.Organisation) error {
		return tx.Organisations.Delete(b.ctx, o.ID)
	},
	list: func(b *workbench, tx store.Tx, w *world) ([]store.Organisation, error) {
		return tx.Organisations.List(b.ctx)
	},
	id:    func(o store.Organisation) int64 { return o.ID },
	same:  func(from store.Organisation, to *store.Organisation) { to.ID = from.ID },
	ghost: func(o *store.Organisation) { o.ID = nowhere },
}

var userTable = table[store.User]{
	fresh: func(b *workbench, w *world, n int) (u store.User) {
		fill(&u, n, "ID")
		u.OrgID, u.Login = w.org.ID, named("login", n)
		return u
	},
	create: func(b *workbench, tx store.Tx, w *world, u *store.User) error { return tx.Users.Create(b.ctx, u) },
	get: func(b *workbench, tx store.Tx, w *world, u store.User) (store.User, error) {
		return tx.Users.Get(b.ctx, w.org.ID, u.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, u store.User) error { return tx.Users.Put(b.ctx, u) },
	delete: func(b *workbench, tx store.Tx, w *world, u store.User) error {
		return tx.Users.Delete(b.ctx, w.org.ID, u.ID)
	},
	list:  func(b *workbench, tx store.Tx, w *world) ([]store.User, error) { return tx.Users.List(b.ctx, w.org.ID) },
	id:    func(u store.User) int64 { return u.ID },
	same:  func(from store.User, to *store.User) { to.ID = from.ID },
	ghost: func(u *store.User) { u.ID = nowhere },
}

var applicationTable = table[store.Application]{
	fresh: func(b *workbench, w *world, n int) (a store.Application) {
		fill(&a, n, "ID")
		a.OrgID, a.UserID, a.ClientID = w.org.ID, w.user.ID, named("client", n)
		if n%2 == 0 {
			a.UserID, a.RedirectURIs = 0, nil
		}
		return a
	},
	create: func(b *workbench, tx store.Tx, w *world, a *store.Application) error {
		return tx.Applications.Create(b.ctx, a)
	},
	get: func(b *workbench, tx store.Tx, w *world, a store.Application) (store.Application, error) {
		return tx.Applications.Get(b.ctx, a.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, a store.Application) error {
		return tx.Applications.Put(b.ctx, a)
	},
	delete: func(b *workbench, tx store.Tx, w *world, a store.Application) error {
		return tx.Applications.Delete(b.ctx, w.org.ID, a.ID)
	},
	list: func(b *workbench, tx store.Tx, w *world) ([]store.Application, error) {
		return tx.Applications.List(b.ctx, w.org.ID)
	},
	id:    func(a store.Application) int64 { return a.ID },
	same:  func(from store.Application, to *store.Application) { to.ID = from.ID },
	ghost: func(a *store.Application) { a.ID = nowhere },
}

var tokenTable = table[store.Token]{
	fresh: func(b *workbench, w *world, n int) (k store.Token) {
		fill(&k, n)
		k.ApplicationID, k.UserID, k.Hash[2] = w.application.ID, w.user.ID, byte(n)
		if n%2 == 0 {
			k.UserID, k.Code = 0, [32]byte{}
		}
		return k
	},
	create: func(b *workbench, tx store.Tx, w *world, k *store.Token) error { return tx.Tokens.Create(b.ctx, *k) },
	get: func(b *workbench, tx store.Tx, w *world, k store.Token) (store.Token, error) {
		return tx.Tokens.Get(b.ctx, k.Hash)
	},
	ghost: func(k *store.Token) { k.Hash[3]++ },
}

var extensionTable = table[store.Extension]{
	fresh: func(b *workbench, w *world, n int) (e store.Extension) {
		fill(&e, n, "ID")
		e.OrgID, e.OwnerID, e.Number, e.Type = w.org.ID, w.user.ID, named("1", n), store.PhoneExtension
		if n%2 == 0 {
			e.OwnerID, e.Type, e.CallerIDName, e.ExtraParams, e.MessageDID = 0, store.QueueExtension, nil, nil, nil
			e.DialRuleID, e.DialRuleLimit, e.GroupID, e.DIDAsTransferCallerID = nil, nil, nil, nil
		}
		return e
	},
	create: func(b *workbench, tx store.Tx, w *world, e *store.Extension) error {
		return tx.Extensions.Create(b.ctx, e)
	},
	get: func(b *workbench, tx store.Tx, w *world, e store.Extension) (store.Extension, error) {
		return tx.Extensions.Get(b.ctx, w.org.ID, e.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, e store.Extension) error { return tx.Extensions.Put(b.ctx, e) },
	delete: func(b *workbench, tx store.Tx, w *world, e store.Extension) error {
		return tx.Extensions.Delete(b.ctx, w.org.ID, e.ID)
	},
	list: func(b *workbench, tx store.Tx, w *world) ([]store.Extension, error) {
		rows, total, err := tx.Extensions.List(b.ctx, w.org.ID, store.ExtensionFilter{})
		b.equal("total", total, len(rows))
		return rows, err
	},
	id:    func(e store.Extension) int64 { return e.ID },
	same:  func(from store.Extension, to *store.Extension) { to.ID = from.ID },
	ghost: func(e *store.Extension) { e.ID = nowhere },
}

var trunkTable = table[store.Trunk]{
	fresh: func(b *workbench, w *world, n int) (t store.Trunk) {
		fill(&t, n, "ID")
		t.OrgID = w.org.ID
		if n%2 == 0 {
			t.Addresses = nil
		}
		return t
	},
	create: func(b *workbench, tx store.Tx, w *world, t *store.Trunk) error { return tx.Trunks.Create(b.ctx, t) },
	get: func(b *workbench, tx store.Tx, w *world, t store.Trunk) (store.Trunk, error) {
		return tx.Trunks.Get(b.ctx, w.org.ID, t.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, t store.Trunk) error { return tx.Trunks.Put(b.ctx, t) },
	delete: func(b *workbench, tx store.Tx, w *world, t store.Trunk) error {
		return tx.Trunks.Delete(b.ctx, w.org.ID, t.ID)
	},
	list:  func(b *workbench, tx store.Tx, w *world) ([]store.Trunk, error) { return tx.Trunks.All(b.ctx) },
	id:    func(t store.Trunk) int64 { return t.ID },
	same:  func(from store.Trunk, to *store.Trunk) { to.ID = from.ID },
	ghost: func(t *store.Trunk) { t.ID = nowhere },
}

var soundTable = table[store.Sound]{
	fresh: func(b *workbench, w *world, n int) (s store.Sound) {
		fill(&s, n, "ID")
		s.OrgID = w.org.ID
		return s
	},
	create: func(b *workbench, tx store.Tx, w *world, s *store.Sound) error { return tx.Sounds.Create(b.ctx, s) },
	get: func(b *workbench, tx store.Tx, w *world, s store.Sound) (store.Sound, error) {
		return tx.Sounds.Get(b.ctx, w.org.ID, s.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, s store.Sound) error { return tx.Sounds.Put(b.ctx, s) },
	delete: func(b *workbench, tx store.Tx, w *world, s store.Sound) error {
		return tx.Sounds.Delete(b.ctx, w.org.ID, s.ID)
	},
	list: func(b *workbench, tx store.Tx, w *world) ([]store.Sound, error) {
		return tx.Sounds.List(b.ctx, w.org.ID)
	},
	id:     func(s store.Sound) int64 { return s.ID },
	same:   func(from store.Sound, to *store.Sound) { to.ID = from.ID },
	ghost:  func(s *store.Sound) { s.ID = nowhere },
	listed: func(s *store.Sound) { s.Data = nil },
}

var queueTable = table[acd.Queue]{
	fresh: func(b *workbench, w *world, n int) (q acd.Queue) {
		fill(&q, n, "ID", "Music", "Greeting", "Announcement", "AgentAnnouncement")
		if n%2 == 1 {
			q.Music, q.Greeting = acd.SoundID(w.sound.ID), acd.SoundID(b.soundOf(w).ID)
			q.Announcement, q.AgentAnnouncement = acd.SoundID(b.soundOf(w).ID), acd.SoundID(b.soundOf(w).ID)
		}
		q.ID = acd.QueueID(b.extensionOf(w, named("8", n), store.QueueExtension).ID)
		return q
	},
	create: func(b *workbench, tx store.Tx, w *world, q *acd.Queue) error {
		return tx.Queues.Put(b.ctx, w.org.ID, *q)
	},
	get: func(b *workbench, tx store.Tx, w *world, q acd.Queue) (acd.Queue, error) {
		return tx.Queues.Get(b.ctx, w.org.ID, q.ID)
	},
	put:   func(b *workbench, tx store.Tx, w *world, q acd.Queue) error { return tx.Queues.Put(b.ctx, w.org.ID, q) },
	same:  func(from acd.Queue, to *acd.Queue) { to.ID = from.ID },
	ghost: func(q *acd.Queue) { q.ID = nowhere },
}

var agentTable = table[store.Agent]{
	fresh: func(b *workbench, w *world, n int) (a store.Agent) {
		fill(&a, n, "ID")
		a.OrgID, a.Remote, a.ExtensionID = w.org.ID, n%2 == 0, 0
		if a.Remote {
			a.Name, a.ExtraParams = nil, nil
		} else {
			a.ExtensionID = b.extensionOf(w, named("9", n), store.PhoneExtension).ID
		}
		return a
	},
	create: func(b *workbench, tx store.Tx, w *world, a *store.Agent) error { return tx.Agents.Create(b.ctx, a) },
	get: func(b *workbench, tx store.Tx, w *world, a store.Agent) (store.Agent, error) {
		return tx.Agents.Get(b.ctx, w.org.ID, a.ID)
	},
	put: func(b *workbench, tx store.Tx, w *world, a store.Agent) error { return tx.Agents.Put(b.ctx, a) },
	delete: func(b *workbench, tx store.Tx, w *world, a store.Agent) error {
		return tx.Agents.Delete(b.ctx, w.org.ID, a.ID)
	},
	id:    func(a store.Agent) int64 { return int64(a.ID) },
	same:  func(from store.Agent, to *store.Agent) { to.ID = from.ID },
	ghost: func(a *store.Agent) { a.ID = nowhere },
}

var membershipTable = table[acd.Membership]{
	fresh: func(b *workbench, w *world, n int) (m acd.Membership) {
		fill(&m, n)
		a := store.Agent{OrgID: w.org.ID, Agent: acd.Agent{Remote: true}}
		b.update(func(tx store.Tx) error { return tx.Agents.Create(b.ctx, &a) })
		m.Queue, m.Agent, m.Level, m.Position = w.queue.ID, a.ID, 100+n, 200+n
		return m
	},
	create: func(b *workbench, tx store.Tx, w *world, m *acd.Membership) error {
		return tx.Memberships.Create(b.ctx, w.org.ID, *m)
	},
	get: func(b *workbench, tx store.Tx, w *world, m acd.Membership) (acd.Membership, error) {
		return tx.Memberships.Get(b.ctx, w.org.ID, m.Queue, m.Agent)
	},
	put: func(b *workbench, tx store.Tx, w *world, m acd.Membership) error {
		return tx.Memberships.PutOrder(b.ctx, w.org.ID, m.Queue, m.Agent, m.Level, m.Position)
	},
	delete: func(b *workbench, tx store.Tx, w *world, m acd.Membership) error {
		return tx.Memberships.Delete(b.ctx, w.org.ID, m.Queue, m.Agent)
	},
	same: func(from acd.Membership, to *acd.Membership) {
		to.Agent, to.Status, to.Reason, to.Since = from.Agent, from.Status, from.Reason, from.Since
	},
	ghost: func(m *acd.Membership) { m.Agent = nowhere },
}

// extensionOf creates a further extension of the world.
func (b *workbench) extensionOf(w *world, number string, kind store.ExtensionType) store.Extension {
	b.Helper()
	e := store.Extension{OrgID: w.org.ID, Number: number, Type: kind}
	b.update(func(tx store.Tx) error { return tx.Extensions.Create(b.ctx, &e) })
	return e
}

// soundOf creates a further sound of the world.
func (b *workbench) soundOf(w *world) store.Sound {
	b.Helper()
	s := store.Sound{OrgID: w.org.ID, Title: "Another"}
	b.update(func(tx store.Tx) error { return tx.Sounds.Create(b.ctx, &s) })
	return s
}
