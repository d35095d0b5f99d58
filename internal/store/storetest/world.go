package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// world is an organisation that has one of everything.
type world struct {
	org         store.Organisation
	user        store.User
	application store.Application
	token       store.Token
	phone, desk store.Extension // an agent sits at phone, nobody at desk
	hall        store.Extension // of type queue
	queue       acd.Queue
	sound       store.Sound
	trunk       store.Trunk
	did         store.DID
	binding     store.Binding
	local       store.Agent
	remote      store.Agent
	member      acd.Membership
}

// world creates an organisation; its prefix keeps the unique keys of several apart.
func (b *workbench) world(prefix string) *world {
	b.Helper()
	w := &world{org: store.Organisation{Name: "Org " + prefix, Prefix: prefix, Domain: prefix + ".example", Login: prefix + "@example.com", Created: 1}}
	b.update(func(tx store.Tx) error { return w.create(b, tx) })
	return w
}

func (w *world) create(b *workbench, tx store.Tx) error {
	p := w.org.Prefix
	steps := []func() error{
		func() error { return tx.Organisations.Create(b.ctx, &w.org) },
		func() error {
			w.user = store.User{OrgID: w.org.ID, Login: "user" + p, Name: "User", Role: "agent"}
			return tx.Users.Create(b.ctx, &w.user)
		},
		func() error {
			w.application = store.Application{OrgID: w.org.ID, UserID: w.user.ID, Name: "App", ClientID: "client" + p, Reach: store.ReachUser}
			return tx.Applications.Create(b.ctx, &w.application)
		},
		func() error {
			w.token = store.Token{Hash: [32]byte{1, p[0]}, ApplicationID: w.application.ID, Expires: 100}
			return tx.Tokens.Create(b.ctx, w.token)
		},
		func() error {
			w.phone = store.Extension{OrgID: w.org.ID, OwnerID: w.user.ID, Number: "201", Type: store.PhoneExtension}
			return tx.Extensions.Create(b.ctx, &w.phone)
		},
		func() error {
			w.desk = store.Extension{OrgID: w.org.ID, Number: "202", Type: store.PhoneExtension}
			return tx.Extensions.Create(b.ctx, &w.desk)
		},
		func() error {
			w.hall = store.Extension{OrgID: w.org.ID, Number: "700", Type: store.QueueExtension}
			return tx.Extensions.Create(b.ctx, &w.hall)
		},
		func() error {
			w.sound = store.Sound{OrgID: w.org.ID, Title: "Music", Filename: "music.wav", Data: []byte("RIFF")}
			return tx.Sounds.Create(b.ctx, &w.sound)
		},
		func() error {
			w.queue = acd.Queue{ID: acd.QueueID(w.hall.ID), Strategy: acd.RingAll, Music: acd.SoundID(w.sound.ID)}
			return tx.Queues.Put(b.ctx, w.org.ID, w.queue)
		},
		func() error {
			w.trunk = store.Trunk{OrgID: w.org.ID, Name: "Line", Host: "sip.example", Transport: "udp"}
			return tx.Trunks.Create(b.ctx, &w.trunk)
		},
		func() error {
			w.did = store.DID{OrgID: w.org.ID, Number: "4930" + p, ExtensionID: w.hall.ID}
			return tx.DIDs.Put(b.ctx, w.did)
		},
		func() error {
			w.binding = store.Binding{ExtensionID: w.phone.ID, Contact: "sip:201@192.0.2.1", Expires: 100}
			return tx.Bindings.Put(b.ctx, w.binding)
		},
		func() error {
			w.local = store.Agent{OrgID: w.org.ID, ExtensionID: w.phone.ID}
			return tx.Agents.Create(b.ctx, &w.local)
		},
		func() error {
			w.remote = store.Agent{OrgID: w.org.ID, Number: "15550100", Agent: acd.Agent{Remote: true}}
			return tx.Agents.Create(b.ctx, &w.remote)
		},
		func() error {
			w.member = acd.Membership{Queue: w.queue.ID, Agent: w.local.ID, Level: 1, Position: 1, Status: acd.Online, Since: 5}
			return tx.Memberships.Create(b.ctx, w.org.ID, w.member)
		},
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

// fill gives every field of a struct a value of its own, so that a column
// forgotten or swapped shows. Another variant has another value in every
// field, and an odd one no zero. Fields named in keep are left alone.
func fill(v any, variant int, keep ...string) {
	n := int64(variant) * 1001
	fillValue(reflect.ValueOf(v).Elem(), &n, variant%2 == 1, keep)
}

func fillValue(v reflect.Value, n *int64, odd bool, keep []string) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if slices.Contains(keep, name) {
			continue
		}
		fillField(v.Field(i), name, n, odd, keep)
	}
}

func fillField(f reflect.Value, name string, n *int64, odd bool, keep []string) {
	*n++
	switch {
	case f.Type() == reflect.TypeFor[time.Duration]():
		f.SetInt(*n * int64(time.Second+time.Microsecond)) // exact to the microsecond
	case f.Kind() == reflect.Struct:
		fillValue(f, n, odd, keep)
	case f.Kind() == reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
		fillField(f.Elem(), name, n, odd, keep)
	case f.Kind() == reflect.String:
		f.SetString(fmt.Sprintf("%s %d é'", name, *n))
	case f.Kind() == reflect.Bool:
		f.SetBool(odd)
	case f.Kind() == reflect.Uint8:
		f.SetUint(1)
		if odd {
			f.SetUint(2) // both are valid for every enumeration
		}
	case f.CanInt():
		f.SetInt(1<<40 + *n)
	case f.CanUint():
		f.SetUint(1<<40 + uint64(*n))
	case f.Type() == reflect.TypeFor[[]byte]():
		f.SetBytes([]byte{0, 1, byte(*n), 255})
	case f.Type() == reflect.TypeFor[[]string]():
		f.Set(reflect.ValueOf([]string{fmt.Sprintf("192.0.2.%d/32", *n), `"quoted", with comma`}))
	case f.Type() == reflect.TypeFor[[32]byte]():
		f.Set(reflect.ValueOf([32]byte{byte(*n), byte(*n >> 8), 31: 255}))
	default:
		panic("storetest: fill does not know " + name + " " + f.Type().String())
	}
}
