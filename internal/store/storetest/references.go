package storetest

import (
	"holdline/internal/acd"
	"holdline/internal/store"
)

var referenceTests = []test{
	{"to rows that are not there", danglingReferences},
	{"to rows of another organisation", foreignReferences},
	{"keep a row from being deleted", rowsInUse},
	{"an extension takes its own along", extensionDelete},
	{"an agent takes its memberships along", agentDelete},
	{"an organisation takes everything along", organisationDelete},
}

// references are all ways in which a row of w can refer to one of at.
func references(b *workbench, w, at *world) map[string]func(tx store.Tx) error {
	queue := func(set func(q *acd.Queue)) func(tx store.Tx) error {
		return func(tx store.Tx) error {
			q := w.queue
			set(&q)
			return tx.Queues.Put(b.ctx, w.org.ID, q)
		}
	}
	return map[string]func(tx store.Tx) error{
		"owner of an application": func(tx store.Tx) error {
			a := w.application
			a.UserID = at.user.ID
			return tx.Applications.Put(b.ctx, a)
		},
		"owner of a new application": func(tx store.Tx) error {
			return tx.Applications.Create(b.ctx, &store.Application{OrgID: w.org.ID, UserID: at.user.ID, ClientID: "x"})
		},
		"owner of an extension": func(tx store.Tx) error { e := w.desk; e.OwnerID = at.user.ID; return tx.Extensions.Put(b.ctx, e) },
		"owner of a new extension": func(tx store.Tx) error {
			return tx.Extensions.Create(b.ctx, &store.Extension{OrgID: w.org.ID, OwnerID: at.user.ID, Number: "9"})
		},
		"extension of a DID": func(tx store.Tx) error {
			return tx.DIDs.Put(b.ctx, store.DID{OrgID: w.org.ID, Number: "9", ExtensionID: at.hall.ID})
		},
		"extension of an agent": func(tx store.Tx) error { a := w.local; a.ExtensionID = at.desk.ID; return tx.Agents.Put(b.ctx, a) },
		"extension of a new agent": func(tx store.Tx) error {
			return tx.Agents.Create(b.ctx, &store.Agent{OrgID: w.org.ID, ExtensionID: at.desk.ID})
		},
		"extension of a queue": func(tx store.Tx) error {
			return tx.Queues.Put(b.ctx, w.org.ID, acd.Queue{ID: acd.QueueID(at.hall.ID)})
		},
		"queue of a membership": func(tx store.Tx) error {
			return tx.Memberships.Create(b.ctx, w.org.ID, acd.Membership{Queue: at.queue.ID, Agent: w.remote.ID})
		},
		"agent of a membership": func(tx store.Tx) error {
			return tx.Memberships.Create(b.ctx, w.org.ID, acd.Membership{Queue: w.queue.ID, Agent: at.remote.ID})
		},
		"music":              queue(func(q *acd.Queue) { q.Music = acd.SoundID(at.sound.ID) }),
		"greeting":           queue(func(q *acd.Queue) { q.Greeting = acd.SoundID(at.sound.ID) }),
		"announcement":       queue(func(q *acd.Queue) { q.Announcement = acd.SoundID(at.sound.ID) }),
		"agent announcement": queue(func(q *acd.Queue) { q.AgentAnnouncement = acd.SoundID(at.sound.ID) }),
	}
}

func danglingReferences(b *workbench) {
	w := b.world("1")
	ghost := *w
	ghost.user.ID, ghost.desk.ID, ghost.hall.ID, ghost.sound.ID = nowhere, nowhere, nowhere, nowhere
	ghost.queue.ID, ghost.remote.ID, ghost.org.ID, ghost.application.ID = nowhere, nowhere, nowhere, nowhere
	for what, fn := range references(b, w, &ghost) {
		b.refused(store.ErrNotFound, what, fn)
	}
	for what, fn := range map[string]func(tx store.Tx) error{
		"user of no organisation": func(tx store.Tx) error { return tx.Users.Create(b.ctx, &store.User{OrgID: nowhere}) },
		"application of no organisation": func(tx store.Tx) error {
			return tx.Applications.Create(b.ctx, &store.Application{OrgID: nowhere})
		},
		"extension of no organisation": func(tx store.Tx) error { return tx.Extensions.Create(b.ctx, &store.Extension{OrgID: nowhere}) },
		"trunk of no organisation":     func(tx store.Tx) error { return tx.Trunks.Create(b.ctx, &store.Trunk{OrgID: nowhere}) },
		"sound of no organisation":     func(tx store.Tx) error { return tx.Sounds.Create(b.ctx, &store.Sound{OrgID: nowhere}) },
		"agent of no organisation":     func(tx store.Tx) error { return tx.Agents.Create(b.ctx, &store.Agent{OrgID: nowhere}) },
		"token of no application":      func(tx store.Tx) error { return tx.Tokens.Create(b.ctx, store.Token{ApplicationID: nowhere}) },
		"binding of no extension":      func(tx store.Tx) error { return tx.Bindings.Put(b.ctx, store.Binding{ExtensionID: nowhere}) },
		"queue on a phone": func(tx store.Tx) error {
			return tx.Queues.Put(b.ctx, w.org.ID, acd.Queue{ID: acd.QueueID(w.phone.ID)})
		},
	} {
		b.refused(store.ErrNotFound, what, fn)
	}
}

// foreignReferences: another organisation's rows are as good as none.
func foreignReferences(b *workbench) {
	w, v := b.world("1"), b.world("2")
	for what, fn := range references(b, w, v) {
		b.refused(store.ErrNotFound, what, fn)
	}
}

func rowsInUse(b *workbench) {
	w := b.world("1")
	announced := w.queue
	announced.Music, announced.AgentAnnouncement = 0, acd.SoundID(w.sound.ID)
	b.refused(store.ErrInUse, "sound as music", func(tx store.Tx) error { return tx.Sounds.Delete(b.ctx, w.org.ID, w.sound.ID) })
	b.update(func(tx store.Tx) error { return tx.Queues.Put(b.ctx, w.org.ID, announced) })
	b.refused(store.ErrInUse, "sound for agents", func(tx store.Tx) error { return tx.Sounds.Delete(b.ctx, w.org.ID, w.sound.ID) })
	b.refused(store.ErrInUse, "extension of an agent", func(tx store.Tx) error { return tx.Extensions.Delete(b.ctx, w.org.ID, w.phone.ID) })
	b.refused(store.ErrInUse, "extension of a DID", func(tx store.Tx) error { return tx.Extensions.Delete(b.ctx, w.org.ID, w.hall.ID) })
	b.refused(store.ErrInUse, "owner of an application", func(tx store.Tx) error { return tx.Users.Delete(b.ctx, w.org.ID, w.user.ID) })
	b.update(func(tx store.Tx) error { return tx.Applications.Delete(b.ctx, w.org.ID, w.application.ID) })
	b.refused(store.ErrInUse, "owner of an extension", func(tx store.Tx) error { return tx.Users.Delete(b.ctx, w.org.ID, w.user.ID) })
}

func extensionDelete(b *workbench) {
	w := b.world("1")
	b.update(func(tx store.Tx) error {
		b.is("DID", tx.DIDs.Delete(b.ctx, w.org.ID, w.did.Number), nil)
		b.is("queue", tx.Extensions.Delete(b.ctx, w.org.ID, w.hall.ID), nil)
		_, err := tx.Queues.Get(b.ctx, w.org.ID, w.queue.ID)
		b.is("its row", err, store.ErrNotFound)
		left, err := tx.Memberships.OfAgent(b.ctx, w.org.ID, w.local.ID)
		b.equal("its memberships", left, []acd.Membership(nil))
		return err
	})
	b.update(func(tx store.Tx) error {
		b.is("agent", tx.Agents.Delete(b.ctx, w.org.ID, w.local.ID), nil)
		b.is("phone", tx.Extensions.Delete(b.ctx, w.org.ID, w.phone.ID), nil)
		left, err := tx.Bindings.All(b.ctx)
		b.equal("its bindings", left, []store.Binding(nil))
		return err
	})
}

func agentDelete(b *workbench) {
	w := b.world("1")
	b.update(func(tx store.Tx) error { return tx.Agents.Delete(b.ctx, w.org.ID, w.local.ID) })
	left := read(b, func(tx store.Tx) ([]acd.Membership, error) { return tx.Memberships.List(b.ctx, w.org.ID) })
	b.equal("memberships", left, []acd.Membership(nil))
}

func organisationDelete(b *workbench) {
	w, v := b.world("1"), b.world("2")
	b.append(w.org.ID, call(1, "a")...)
	b.append(v.org.ID, call(1, "b")...)
	b.sync()
	b.delivering(w, b.subscribed(w, "k1"), 2)
	b.delivering(v, b.subscribed(v, "k2"), 2)
	before := b.everything(v)
	b.update(func(tx store.Tx) error { return tx.Organisations.Delete(b.ctx, w.org.ID) })
	b.equal("nothing is left", b.everything(w), map[string]any{})
	b.equal("the other organisation", b.everything(v), before)
	b.reopen()
	b.equal("nothing is left after a restart", b.everything(w), map[string]any{})
	b.equal("the other organisation after a restart", b.everything(v), before)
	b.update(func(tx store.Tx) error {
		again := store.Organisation{Prefix: w.org.Prefix, Login: w.org.Login}
		err := tx.Organisations.Create(b.ctx, &again)
		if again.ID <= v.org.ID {
			b.Errorf("id %d given again", again.ID)
		}
		return err
	})
}
