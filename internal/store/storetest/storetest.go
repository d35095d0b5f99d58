// Package storetest is the contract of store.Store as tests. Every driver
// passes it: a driver's own test calls Run.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/store"
)

// Driver is an implementation under test.
type Driver struct {
	// Open gives an empty store.
	Open func(t *testing.T) store.Store
	// Reopen closes the store and opens the same data again, as a restart does.
	Reopen func(t *testing.T, s store.Store) store.Store
}

// patience is how long a test waits for what must come; reaching it is a failure.
const patience = time.Minute

// Run tests everything a store promises.
func Run(t *testing.T, d Driver) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"tables", tableTests}, {"identity", identityTests}, {"references", referenceTests}, {"organisations", isolationTests},
		{"transactions", transactionTests}, {"journal", journalTests}, {"history", historyTests}, {"recordings", recordingTests},
		{"subscriptions", subscriptionTests}, {"deliveries", deliveryTests},
		{"ranges", rangeTests}, {"restart", restartTests}, {"load", loadTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) { test.run(newWorkbench(t, d)) })
			}
		})
	}
}

// test is one promise.
type test struct {
	name string
	run  func(*workbench)
}

// workbench is an open store and shorthands for using it; a failing Update ends the test.
type workbench struct {
	*testing.T
	ctx    context.Context
	driver Driver
	s      store.Store
}

func newWorkbench(t *testing.T, d Driver) *workbench {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b := &workbench{T: t, ctx: ctx, driver: d, s: d.Open(t)}
	t.Cleanup(func() {
		cancel()
		if err := b.s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

// update commits what fn does.
func (b *workbench) update(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.s.Update(b.ctx, fn); err != nil {
		b.Fatalf("Update: %v", err)
	}
}

// view reads. A failure does not end the test, for it may run in any goroutine.
func (b *workbench) view(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.s.View(b.ctx, fn); err != nil {
		b.Errorf("View: %v", err)
	}
}

// refused checks that an Update ends with an error.
func (b *workbench) refused(want error, what string, fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.s.Update(b.ctx, fn); !errors.Is(err, want) {
		b.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// equal compares values.
func (b *workbench) equal(what string, got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (b *workbench) reopen() {
	b.Helper()
	b.s = b.driver.Reopen(b.T, b.s)
}

// read gives what fn reads in a View of its own.
func read[T any](b *workbench, fn func(tx store.Tx) (T, error)) (v T) {
	b.Helper()
	b.view(func(tx store.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v
}
