package storetest

import (
	"errors"
	"slices"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// singleTableTests are what only one table does.
var singleTableTests = []test{
	{"unique keys", uniqueKeys},
	{"found by other keys", otherKeys},
	{"several organisations without a login", noLogins},
	{"no pause reasons are not an empty list", pauseReasons},
	{"extensions filtered and paged", extensionList},
	{"agents filtered and paged", agentList},
	{"memberships by queue and agent", membershipOrder},
	{"queues in order", queueOrder},
	{"registrations", registrations},
	{"public numbers", publicNumbers},
	{"tokens expire and are revoked", tokensEnd},
	{"sound keeps its data", soundTitle},
	{"sound has its audio", soundAudio},
	{"durations are cut to microseconds", fineDurations},
}

// uniqueKeys: a taken key is refused by Create and Put, and the message names it.
func uniqueKeys(b *workbench) {
	w, v := b.world("1"), b.world("2")
	for _, c := range []struct {
		key string
		fn  func(tx store.Tx) error
	}{
		{"prefix 1", func(tx store.Tx) error { return tx.Organisations.Create(b.ctx, &store.Organisation{Prefix: "1"}) }},
		{"login 1@", func(tx store.Tx) error {
			return tx.Organisations.Create(b.ctx, &store.Organisation{Prefix: "3", Login: w.org.Login})
		}},
		{"prefix 1", func(tx store.Tx) error { o := v.org; o.Prefix = "1"; return tx.Organisations.Put(b.ctx, o) }},
		{"login user1", func(tx store.Tx) error {
			return tx.Users.Create(b.ctx, &store.User{OrgID: v.org.ID, Login: w.user.Login})
		}},
		{"login user1", func(tx store.Tx) error { u := v.user; u.Login = w.user.Login; return tx.Users.Put(b.ctx, u) }},
		{"client_id client1", func(tx store.Tx) error {
			return tx.Applications.Create(b.ctx, &store.Application{OrgID: v.org.ID, ClientID: w.application.ClientID})
		}},
		{"client_id client1", func(tx store.Tx) error {
			a := v.application
			a.ClientID = w.application.ClientID
			return tx.Applications.Put(b.ctx, a)
		}},
		{"token", func(tx store.Tx) error { return tx.Tokens.Create(b.ctx, w.token) }},
		{"number 201", func(tx store.Tx) error {
			return tx.Extensions.Create(b.ctx, &store.Extension{OrgID: w.org.ID, Number: "201", Type: store.PhoneExtension})
		}},
		{"number 201", func(tx store.Tx) error { e := w.desk; e.Number = "201"; return tx.Extensions.Put(b.ctx, e) }},
		{"extension", func(tx store.Tx) error {
			return tx.Agents.Create(b.ctx, &store.Agent{OrgID: w.org.ID, ExtensionID: w.phone.ID})
		}},
		{"extension", func(tx store.Tx) error { a := w.remote; a.ExtensionID = w.phone.ID; return tx.Agents.Put(b.ctx, a) }},
		{"membership", func(tx store.Tx) error { return tx.Memberships.Create(b.ctx, w.org.ID, w.member) }},
	} {
		err := b.s.Update(b.ctx, c.fn)
		b.is(c.key, err, store.ErrExists)
		if err != nil && !strings.Contains(err.Error(), c.key) {
			b.Errorf("message %q does not name %q", err, c.key)
		}
	}
}

func otherKeys(b *workbench) {
	w := b.world("1")
	b.view(func(tx store.Tx) error {
		o, err := tx.Organisations.ByLogin(b.ctx, w.org.Login)
		b.is("organisation", err, nil)
		b.equal("organisation", o, w.org)
		u, err := tx.Users.ByLogin(b.ctx, w.user.Login)
		b.is("user", err, nil)
		b.equal("user", u, w.user)
		u, err = tx.Users.ByID(b.ctx, w.user.ID)
		b.is("user by id", err, nil)
		b.equal("user by id", u, w.user)
		_, err = tx.Users.ByID(b.ctx, nowhere)
		b.is("user of no id", err, store.ErrNotFound)
		a, err := tx.Applications.ByClientID(b.ctx, w.application.ClientID)
		b.is("application", err, nil)
		b.equal("application", a, w.application)
		e, err := tx.Extensions.ByNumber(b.ctx, w.org.ID, "700")
		b.is("extension", err, nil)
		b.equal("extension", e, w.hall)
		_, err = tx.Organisations.ByLogin(b.ctx, "nobody")
		b.is("organisation of nobody", err, store.ErrNotFound)
		_, err = tx.Users.ByLogin(b.ctx, "nobody")
		b.is("user nobody", err, store.ErrNotFound)
		_, err = tx.Applications.ByClientID(b.ctx, "nobody")
		b.is("application of nobody", err, store.ErrNotFound)
		_, err = tx.Extensions.ByNumber(b.ctx, w.org.ID, "999")
		b.is("extension 999", err, store.ErrNotFound)
		return nil
	})
}

// pauseReasons: nil, an empty list and a full one come back as they were put.
func pauseReasons(b *workbench) {
	w := b.world("1")
	for _, want := range [][]string{{"Lunch", `"quoted", é`}, {}, nil, {"Meeting"}} {
		w.org.PauseReasons = want
		b.update(func(tx store.Tx) error { return tx.Organisations.Put(b.ctx, w.org) })
		o := read(b, func(tx store.Tx) (store.Organisation, error) { return tx.Organisations.Get(b.ctx, w.org.ID) })
		b.equal("pause reasons", o.PauseReasons, want)
	}
}

func noLogins(b *workbench) {
	b.update(func(tx store.Tx) error {
		for _, p := range []string{"1", "2"} {
			if err := tx.Organisations.Create(b.ctx, &store.Organisation{Prefix: p}); err != nil {
				return err
			}
		}
		_, err := tx.Organisations.ByLogin(b.ctx, "")
		b.is("organisation without a login by it", err, store.ErrNotFound)
		return nil
	})
}

func extensionList(b *workbench) {
	w := b.world("1") // 201 and 202 phones, 700 a queue
	for _, c := range []struct {
		name  string
		f     store.ExtensionFilter
		want  []string
		total int
	}{
		{"all", store.ExtensionFilter{}, []string{"201", "202", "700"}, 3},
		{"phones", store.ExtensionFilter{Type: store.PhoneExtension}, []string{"201", "202"}, 2},
		{"one number", store.ExtensionFilter{Number: "202"}, []string{"202"}, 1},
		{"number of another type", store.ExtensionFilter{Number: "202", Type: store.QueueExtension}, nil, 0},
		{"first page", store.ExtensionFilter{Page: store.Page{Limit: 2}}, []string{"201", "202"}, 3},
		{"second page", store.ExtensionFilter{Page: store.Page{Limit: 2, Offset: 2}}, []string{"700"}, 3},
		{"exact page", store.ExtensionFilter{Page: store.Page{Limit: 3}}, []string{"201", "202", "700"}, 3},
		{"behind the end", store.ExtensionFilter{Page: store.Page{Limit: 2, Offset: 9}}, nil, 3},
		{"without limit", store.ExtensionFilter{Page: store.Page{Offset: 1}}, []string{"202", "700"}, 3},
	} {
		b.view(func(tx store.Tx) error {
			rows, total, err := tx.Extensions.List(b.ctx, w.org.ID, c.f)
			var numbers []string
			for _, e := range rows {
				numbers = append(numbers, e.Number)
			}
			b.equal(c.name, numbers, c.want)
			b.equal(c.name+" total", total, c.total)
			return err
		})
	}
}

func agentList(b *workbench) {
	w := b.world("1")
	more := store.Agent{OrgID: w.org.ID, ExtensionID: w.desk.ID}
	b.update(func(tx store.Tx) error { return tx.Agents.Create(b.ctx, &more) })
	one, far, two := w.local.ID, w.remote.ID, more.ID
	for _, c := range []struct {
		name  string
		f     store.AgentFilter
		want  []acd.AgentID
		total int
	}{
		{"local", store.AgentFilter{}, []acd.AgentID{one, two}, 2},
		{"remote", store.AgentFilter{Remote: true}, []acd.AgentID{far}, 1},
		{"both", store.AgentFilter{Both: true}, []acd.AgentID{one, far, two}, 3},
		{"both, remote ignored", store.AgentFilter{Both: true, Remote: true}, []acd.AgentID{one, far, two}, 3},
		{"at extensions", store.AgentFilter{Extensions: []int64{w.desk.ID, w.hall.ID}}, []acd.AgentID{two}, 1},
		{"at no agent's extension", store.AgentFilter{Extensions: []int64{w.hall.ID}}, nil, 0},
		{"page", store.AgentFilter{Both: true, Page: store.Page{Limit: 1, Offset: 1}}, []acd.AgentID{far}, 3},
	} {
		b.view(func(tx store.Tx) error {
			rows, total, err := tx.Agents.List(b.ctx, w.org.ID, c.f)
			var ids []acd.AgentID
			for _, a := range rows {
				ids = append(ids, a.ID)
			}
			b.equal(c.name, ids, c.want)
			b.equal(c.name+" total", total, c.total)
			return err
		})
	}
}

func membershipOrder(b *workbench) {
	w := b.world("1")
	second := acd.QueueID(b.extensionOf(w, "701", store.QueueExtension).ID)
	add := func(tx store.Tx, queue acd.QueueID, level, position int) acd.Membership {
		a := store.Agent{OrgID: w.org.ID, Agent: acd.Agent{Remote: true}}
		b.is("agent", tx.Agents.Create(b.ctx, &a), nil)
		m := acd.Membership{Queue: queue, Agent: a.ID, Level: level, Position: position}
		b.is("membership", tx.Memberships.Create(b.ctx, w.org.ID, m), nil)
		return m
	}
	b.update(func(tx store.Tx) error {
		b.is("queue", tx.Queues.Put(b.ctx, w.org.ID, acd.Queue{ID: second}), nil)
		last := add(tx, w.queue.ID, 2, 0)
		sameAsFirst := add(tx, w.queue.ID, 1, 1)
		before := add(tx, w.queue.ID, 1, 0)
		elsewhere := w.member
		elsewhere.Queue = second
		b.is("second queue", tx.Memberships.Create(b.ctx, w.org.ID, elsewhere), nil)

		got, err := tx.Memberships.OfQueue(b.ctx, w.org.ID, w.queue.ID)
		b.is("OfQueue", err, nil)
		b.equal("by level, position, agent", got, []acd.Membership{before, w.member, sameAsFirst, last})
		got, err = tx.Memberships.OfAgent(b.ctx, w.org.ID, w.local.ID)
		b.is("OfAgent", err, nil)
		b.equal("by queue", got, []acd.Membership{w.member, elsewhere})
		got, err = tx.Memberships.List(b.ctx, w.org.ID)
		b.is("List", err, nil)
		b.equal("by queue, level, position, agent", got, []acd.Membership{before, w.member, sameAsFirst, last, elsewhere})
		return nil
	})
}

func queueOrder(b *workbench) {
	w := b.world("1")
	second := acd.Queue{ID: acd.QueueID(b.extensionOf(w, "100", store.QueueExtension).ID)}
	b.update(func(tx store.Tx) error { return tx.Queues.Put(b.ctx, w.org.ID, second) })
	got := read(b, func(tx store.Tx) ([]acd.Queue, error) { return tx.Queues.List(b.ctx, w.org.ID) })
	b.equal("by id", got, []acd.Queue{w.queue, second})
}

func registrations(b *workbench) {
	w, v := b.world("1"), b.world("2")
	var full store.Binding
	fill(&full, 1, "ExtensionID")
	full.ExtensionID, full.Contact, full.Expires = w.desk.ID, "sip:b", 200
	var changed store.Binding
	fill(&changed, 2)
	changed.ExtensionID, changed.Contact, changed.Expires = full.ExtensionID, full.Contact, 99
	other := store.Binding{ExtensionID: w.desk.ID, Contact: "sip:a", Expires: 300}
	all := func() []store.Binding {
		return read(b, func(tx store.Tx) ([]store.Binding, error) { return tx.Bindings.All(b.ctx) })
	}
	b.update(func(tx store.Tx) error {
		b.is("Put", tx.Bindings.Put(b.ctx, full), nil)
		return tx.Bindings.Put(b.ctx, other)
	})
	b.equal("by extension and contact", all(), []store.Binding{w.binding, other, full, v.binding})
	b.update(func(tx store.Tx) error { return tx.Bindings.Put(b.ctx, changed) })
	b.equal("replaced", all(), []store.Binding{w.binding, other, changed, v.binding})
	b.update(func(tx store.Tx) error { return tx.Bindings.DeleteExpired(b.ctx, 100) })
	b.equal("those before 100 gone", all(), []store.Binding{w.binding, other, v.binding})
	b.update(func(tx store.Tx) error {
		b.is("Delete of none", tx.Bindings.Delete(b.ctx, w.desk.ID, "sip:b"), nil)
		b.is("DeleteExpired of none", tx.Bindings.DeleteExpired(b.ctx, 100), nil)
		return tx.Bindings.Delete(b.ctx, w.desk.ID, "sip:a")
	})
	b.equal("deleted", all(), []store.Binding{w.binding, v.binding})
}

func publicNumbers(b *workbench) {
	w := b.world("1")
	a := store.DID{OrgID: w.org.ID, Number: "1", ExtensionID: w.phone.ID}
	list := func() []store.DID {
		return read(b, func(tx store.Tx) ([]store.DID, error) { return tx.DIDs.List(b.ctx, w.org.ID) })
	}
	b.update(func(tx store.Tx) error { return tx.DIDs.Put(b.ctx, a) })
	b.equal("by number", list(), []store.DID{a, w.did})
	a.ExtensionID = w.desk.ID
	b.update(func(tx store.Tx) error { return tx.DIDs.Put(b.ctx, a) })
	b.equal("replaced", list(), []store.DID{a, w.did})
	b.update(func(tx store.Tx) error {
		b.is("Delete of none", tx.DIDs.Delete(b.ctx, w.org.ID, "2"), store.ErrNotFound)
		return tx.DIDs.Delete(b.ctx, w.org.ID, "1")
	})
	b.equal("deleted", list(), []store.DID{w.did})
}

func tokensEnd(b *workbench) {
	w, v := b.world("1"), b.world("2")
	late := store.Token{Hash: [32]byte{9}, ApplicationID: w.application.ID, Expires: 101}
	b.update(func(tx store.Tx) error { return tx.Tokens.Create(b.ctx, late) })
	left := func() (n []bool) {
		b.view(func(tx store.Tx) error {
			for _, k := range []store.Token{w.token, late, v.token} {
				_, err := tx.Tokens.Get(b.ctx, k.Hash)
				n = append(n, err == nil)
			}
			return nil
		})
		return n
	}
	b.update(func(tx store.Tx) error { return tx.Tokens.DeleteExpired(b.ctx, 100) })
	b.equal("expiring at 100 are not before 100", left(), []bool{true, true, true})
	b.update(func(tx store.Tx) error { return tx.Tokens.DeleteExpired(b.ctx, 101) })
	b.equal("expired ones gone", left(), []bool{false, true, false})
	b.update(func(tx store.Tx) error { return tx.Tokens.Create(b.ctx, v.token) })
	b.update(func(tx store.Tx) error { return tx.Tokens.DeleteApplication(b.ctx, w.application.ID) })
	b.equal("revoked ones gone", left(), []bool{false, false, true})
	b.update(func(tx store.Tx) error {
		b.is("DeleteApplication of none", tx.Tokens.DeleteApplication(b.ctx, w.application.ID), nil)
		return tx.Applications.Delete(b.ctx, v.org.ID, v.application.ID)
	})
	b.equal("those of a deleted application gone", left(), []bool{false, false, false})
}

func soundTitle(b *workbench) {
	w := b.world("1")
	s := w.sound
	s.Title, s.Data = "New title", nil
	b.update(func(tx store.Tx) error { return tx.Sounds.Put(b.ctx, s) })
	got := read(b, func(tx store.Tx) (store.Sound, error) { return tx.Sounds.Get(b.ctx, w.org.ID, s.ID) })
	s.Data = w.sound.Data
	b.equal("sound", got, s)
	s.Data = slices.Repeat([]byte{1, 2, 3}, 1<<20)
	b.update(func(tx store.Tx) error { return tx.Sounds.Put(b.ctx, s) })
	got = read(b, func(tx store.Tx) (store.Sound, error) { return tx.Sounds.Get(b.ctx, w.org.ID, s.ID) })
	b.equal("three megabytes", slices.Equal(got.Data, s.Data), true)
}

func fineDurations(b *workbench) {
	w := b.world("1")
	a := w.remote
	a.WrapUp = 1999 // ns
	b.update(func(tx store.Tx) error { return tx.Agents.Put(b.ctx, a) })
	got := read(b, func(tx store.Tx) (store.Agent, error) { return tx.Agents.Get(b.ctx, w.org.ID, a.ID) })
	a.WrapUp = 1000
	b.equal("agent", got, a)
}

// soundAudio: the audio belongs to a file; another file needs its own.
func soundAudio(b *workbench) {
	w, stranger := b.world("1"), b.world("2")
	s := w.sound
	audio := func() []byte {
		return read(b, func(tx store.Tx) ([]byte, error) { return tx.Sounds.Audio(b.ctx, w.org.ID, s.ID) })
	}
	b.equal("before it is stored", audio(), []byte(nil))
	for _, want := range []string{"first", "second"} {
		b.update(func(tx store.Tx) error { return tx.Sounds.SetAudio(b.ctx, w.org.ID, s.ID, []byte(want)) })
		b.equal("stored", string(audio()), want)
	}
	b.refused(store.ErrNotFound, "audio of another's sound", func(tx store.Tx) error { return tx.Sounds.SetAudio(b.ctx, stranger.org.ID, s.ID, []byte("x")) })
	b.view(func(tx store.Tx) error {
		_, err := tx.Sounds.Audio(b.ctx, stranger.org.ID, s.ID)
		b.is("another's audio", err, store.ErrNotFound)
		_, err = tx.Sounds.Audio(b.ctx, w.org.ID, nowhere)
		b.is("audio of no sound", err, store.ErrNotFound)
		return nil
	})
	b.update(func(tx store.Tx) error {
		return tx.Sounds.Put(b.ctx, store.Sound{ID: s.ID, OrgID: w.org.ID, Title: "Title only"})
	})
	b.equal("after a new title", string(audio()), "second")
	b.update(func(tx store.Tx) error { return tx.Sounds.Put(b.ctx, s) })
	b.equal("after another file", audio(), []byte(nil))
	other := b.soundOf(w)
	b.update(func(tx store.Tx) error {
		return errors.Join(tx.Sounds.SetAudio(b.ctx, w.org.ID, other.ID, nil), tx.Sounds.Delete(b.ctx, w.org.ID, other.ID))
	})
	b.view(func(tx store.Tx) error {
		_, err := tx.Sounds.Audio(b.ctx, w.org.ID, other.ID)
		b.is("audio of a deleted sound", err, store.ErrNotFound)
		return nil
	})
}
