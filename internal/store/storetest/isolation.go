package storetest

import (
	"errors"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var isolationTests = []test{
	{"see no others' rows", strangerReads},
	{"change no others' rows", strangerWrites},
	{"may use the same numbers", sameNumbers},
}

// everything is all an organisation's id gives access to, by table; empty
// tables are left out.
func (b *workbench) everything(w *world) map[string]any {
	all := map[string]any{}
	b.view(func(tx store.Tx) error {
		org := w.org.ID
		extensions, _, err1 := tx.Extensions.List(b.ctx, org, store.ExtensionFilter{})
		agents, _, err2 := tx.Agents.List(b.ctx, org, store.AgentFilter{Both: true})
		users, err3 := tx.Users.List(b.ctx, org)
		applications, err4 := tx.Applications.List(b.ctx, org)
		dids, err5 := tx.DIDs.List(b.ctx, org)
		sounds, err6 := tx.Sounds.List(b.ctx, org)
		queues, err7 := tx.Queues.List(b.ctx, org)
		members, err8 := tx.Memberships.List(b.ctx, org)
		facts, err9 := tx.Facts.After(b.ctx, org, 0, 0)
		open, err10 := tx.Facts.OpenCalls(b.ctx, org)
		seq, offer, err11 := tx.Facts.Last(b.ctx, org)
		calls, _, err12 := tx.Calls.List(b.ctx, org, store.CallFilter{})
		legs, err13 := tx.Calls.OpenLegs(b.ctx, org)
		rated, _, err14 := tx.Calls.Ratings(b.ctx, org, store.RatingFilter{})
		recordings, _, err15 := tx.Recordings.List(b.ctx, org, store.RecordingFilter{})
		subscriptions, _, err16 := tx.Subscriptions.List(b.ctx, org, store.SubscriptionFilter{})
		deliveries, _, err17 := tx.Deliveries.List(b.ctx, org, store.DeliveryFilter{})
		told, err18 := tx.Deliveries.Told(b.ctx, org)
		put(all, "subscriptions", subscriptions)
		put(all, "deliveries", deliveries)
		if told != 0 {
			all["told"] = told
		}
		put(all, "calls", calls)
		put(all, "open legs", legs)
		put(all, "ratings", rated)
		put(all, "recordings", recordings)
		put(all, "extensions", extensions)
		put(all, "agents", agents)
		put(all, "users", users)
		put(all, "applications", applications)
		put(all, "dids", dids)
		put(all, "sounds", sounds)
		put(all, "queues", queues)
		put(all, "memberships", members)
		put(all, "facts", facts)
		put(all, "open calls", open)
		if seq != 0 || offer != 0 {
			all["last"] = [2]uint64{seq, uint64(offer)}
		}
		if o, err := tx.Organisations.Get(b.ctx, org); err == nil {
			all["organisation"] = o
		}
		if k, err := tx.Tokens.Get(b.ctx, w.token.Hash); err == nil {
			all["token"] = k
		}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11,
			err12, err13, err14, err15, err16, err17, err18)
	})
	return all
}

func put[T any](all map[string]any, name string, rows []T) {
	if len(rows) > 0 {
		all[name] = rows
	}
}

// strangerReads: with another organisation's id, a row is not there.
func strangerReads(b *workbench) {
	w, v := b.world("1"), b.world("2")
	other := v.org.ID
	b.view(func(tx store.Tx) error {
		_, err := tx.Users.Get(b.ctx, other, w.user.ID)
		b.is("user", err, store.ErrNotFound)
		_, err = tx.Extensions.Get(b.ctx, other, w.phone.ID)
		b.is("extension", err, store.ErrNotFound)
		_, err = tx.Trunks.Get(b.ctx, other, w.trunk.ID)
		b.is("trunk", err, store.ErrNotFound)
		_, err = tx.Sounds.Get(b.ctx, other, w.sound.ID)
		b.is("sound", err, store.ErrNotFound)
		_, err = tx.Queues.Get(b.ctx, other, w.queue.ID)
		b.is("queue", err, store.ErrNotFound)
		_, err = tx.Agents.Get(b.ctx, other, w.local.ID)
		b.is("agent", err, store.ErrNotFound)
		_, err = tx.Memberships.Get(b.ctx, other, w.queue.ID, w.local.ID)
		b.is("membership", err, store.ErrNotFound)
		list, err := tx.Memberships.OfQueue(b.ctx, other, w.queue.ID)
		b.is("memberships of a queue", err, nil)
		b.equal("memberships of a queue", list, []acd.Membership(nil))
		list, err = tx.Memberships.OfAgent(b.ctx, other, w.local.ID)
		b.is("memberships of an agent", err, nil)
		b.equal("memberships of an agent", list, []acd.Membership(nil))
		agents, _, err := tx.Agents.List(b.ctx, other, store.AgentFilter{Extensions: []int64{w.phone.ID}})
		b.equal("agents at another's extension", agents, []store.Agent(nil))
		return err
	})
	mine := b.everything(v)
	b.equal("own users", mine["users"], []store.User{v.user})
	b.equal("own agents", mine["agents"], []store.Agent{v.local, v.remote})
	b.equal("own extensions", mine["extensions"], []store.Extension{v.phone, v.desk, v.hall})
}

// strangerWrites: with another organisation's id, nothing is changed or deleted.
func strangerWrites(b *workbench) {
	w, v := b.world("1"), b.world("2")
	before, other := b.everything(w), v.org.ID
	user, application, extension, trunk, sound, agent := w.user, w.application, w.desk, w.trunk, w.sound, w.remote
	user.OrgID, application.OrgID, extension.OrgID, trunk.OrgID, sound.OrgID, agent.OrgID = other, other, other, other, other, other
	application.UserID = 0
	for what, fn := range map[string]func(tx store.Tx) error{
		"put user":           func(tx store.Tx) error { return tx.Users.Put(b.ctx, user) },
		"put application":    func(tx store.Tx) error { return tx.Applications.Put(b.ctx, application) },
		"put extension":      func(tx store.Tx) error { return tx.Extensions.Put(b.ctx, extension) },
		"put trunk":          func(tx store.Tx) error { return tx.Trunks.Put(b.ctx, trunk) },
		"put sound":          func(tx store.Tx) error { return tx.Sounds.Put(b.ctx, sound) },
		"put agent":          func(tx store.Tx) error { return tx.Agents.Put(b.ctx, agent) },
		"put queue":          func(tx store.Tx) error { return tx.Queues.Put(b.ctx, other, acd.Queue{ID: w.queue.ID}) },
		"put order":          func(tx store.Tx) error { return tx.Memberships.PutOrder(b.ctx, other, w.queue.ID, w.local.ID, 9, 9) },
		"create membership":  func(tx store.Tx) error { return tx.Memberships.Create(b.ctx, other, w.member) },
		"delete user":        func(tx store.Tx) error { return tx.Users.Delete(b.ctx, other, w.user.ID) },
		"delete application": func(tx store.Tx) error { return tx.Applications.Delete(b.ctx, other, w.application.ID) },
		"delete extension":   func(tx store.Tx) error { return tx.Extensions.Delete(b.ctx, other, w.desk.ID) },
		"delete trunk":       func(tx store.Tx) error { return tx.Trunks.Delete(b.ctx, other, w.trunk.ID) },
		"delete DID":         func(tx store.Tx) error { return tx.DIDs.Delete(b.ctx, other, w.did.Number) },
		"delete sound":       func(tx store.Tx) error { return tx.Sounds.Delete(b.ctx, other, w.sound.ID) },
		"delete agent":       func(tx store.Tx) error { return tx.Agents.Delete(b.ctx, other, w.remote.ID) },
		"delete membership":  func(tx store.Tx) error { return tx.Memberships.Delete(b.ctx, other, w.queue.ID, w.local.ID) },
	} {
		b.refused(store.ErrNotFound, what, fn)
	}
	b.equal("the owner's rows", b.everything(w), before)
}

func sameNumbers(b *workbench) {
	w, v := b.world("1"), b.world("2") // both have 201, 202 and 700
	b.update(func(tx store.Tx) error {
		return tx.DIDs.Put(b.ctx, store.DID{OrgID: v.org.ID, Number: w.did.Number, ExtensionID: v.desk.ID})
	})
	mine := read(b, func(tx store.Tx) ([]store.DID, error) { return tx.DIDs.List(b.ctx, w.org.ID) })
	b.equal("public number of the first", mine, []store.DID{w.did})
}
