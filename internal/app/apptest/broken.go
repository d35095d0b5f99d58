package apptest

import (
	"context"
	"sync/atomic"

	"holdline/internal/store"
)

// breakable is a store that can be told to fail.
type breakable struct {
	store.Store
	err atomic.Pointer[error]
}

func (b *breakable) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := b.err.Load(); err != nil {
		return *err
	}
	return b.Store.Update(ctx, fn)
}

func (b *breakable) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := b.err.Load(); err != nil {
		return *err
	}
	return b.Store.View(ctx, fn)
}

// Break lets every transaction from now on fail with err.
func (w *World) Break(err error) { w.breakable.err.Store(&err) }
