package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// bindings writes registrations to the store behind the registrar's back:
// nobody waits for the disk to register, and many registrations share a transaction.
type bindings struct {
	db  store.Store
	log *slog.Logger

	mu      sync.Mutex // guards changed
	changed map[bindingKey]*store.Binding

	bell chan struct{}
	quit chan struct{}
	done chan struct{}
}

type bindingKey struct {
	extension int64
	contact   string
}

// bindingsPause is how long registrations are collected after one was written.
// After a crash the phones' next REGISTER repairs what it lost.
const bindingsPause = 200 * time.Millisecond

func newBindings(db store.Store, log *slog.Logger) *bindings {
	b := &bindings{db: db, log: log, changed: map[bindingKey]*store.Binding{},
		bell: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go b.run()
	return b
}

// lapsedFor is how long it is known of a phone that it let its registration run out.
const lapsedFor = 30 * 24 * time.Hour

// load gives the registrations of before, also those that have run out since lapsedFor.
func (b *bindings) load(ctx context.Context) (known []store.Binding, err error) {
	err = b.db.Update(ctx, func(tx store.Tx) error {
		if err := tx.Bindings.DeleteExpired(ctx, acd.TimeOf(time.Now().Add(-lapsedFor))); err != nil {
			return err
		}
		known, err = tx.Bindings.All(ctx)
		return err
	})
	return known, err
}

func (b *bindings) save(binding store.Binding) {
	b.change(bindingKey{binding.ExtensionID, binding.Contact}, &binding)
}

func (b *bindings) remove(extension int64, contact string) {
	b.change(bindingKey{extension, contact}, nil)
}

func (b *bindings) change(key bindingKey, to *store.Binding) {
	b.mu.Lock()
	b.changed[key] = to
	b.mu.Unlock()
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

func (b *bindings) run() {
	defer close(b.done)
	for {
		select {
		case <-b.bell:
		case <-b.quit:
			b.write()
			return
		}
		b.write()
		select {
		case <-time.After(bindingsPause):
		case <-b.quit:
			b.write()
			return
		}
	}
}

// write stores what has changed; what could not be stored is tried again with the next change.
func (b *bindings) write() {
	b.mu.Lock()
	batch := b.changed
	b.changed = make(map[bindingKey]*store.Binding)
	b.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	ctx := context.Background()
	err := b.db.Update(ctx, func(tx store.Tx) error {
		for key, binding := range batch {
			if err := put(ctx, tx, key, binding); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	b.log.Error("registrations could not be stored; phones stay reachable, but after a restart only once they register again", "error", err)
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, binding := range batch {
		if _, newer := b.changed[key]; !newer {
			b.changed[key] = binding
		}
	}
}

func put(ctx context.Context, tx store.Tx, key bindingKey, binding *store.Binding) error {
	if binding == nil {
		return tx.Bindings.Delete(ctx, key.extension, key.contact)
	}
	return tx.Bindings.Put(ctx, *binding)
}

// stop writes what is left.
func (b *bindings) stop(ctx context.Context) error {
	close(b.quit)
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
