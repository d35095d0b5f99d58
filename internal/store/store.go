// Package store is the port to the database: configuration, registrations,
// tokens and the journal. sqlite is the embedded implementation; storetest
// is the contract every implementation passes. No rule, clock or trigger
// lives in SQL: times are supplied, in microseconds since 1970 UTC.
package store

import (
	"context"
	"errors"
)

var (
	// ErrNotFound: no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrExists: a unique key is taken.
	ErrExists = errors.New("store: already exists")
	// ErrInUse: other rows refer to this one.
	ErrInUse = errors.New("store: in use")
	// ErrReadOnly: a change was tried in a View.
	ErrReadOnly = errors.New("store: read-only transaction")
	// ErrConflict: facts that do not continue the journal where it ends.
	ErrConflict = errors.New("store: journal conflict")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store: closed")
)

// Store is a database. Its methods may be called from several goroutines at once.
type Store interface {
	// Update runs fn in a read-write transaction; an error rolls back and is returned as it is.
	// So does a panic, which goes on. What Update returned nil for is on the disk: it survives a
	// crash of the process and a loss of power. Updates run one after the other, so fn must be
	// quick, and must not call Update, Sync or Close, which would wait for it.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn in a read-only transaction on one snapshot, taken at its first read: it has
	// everything that was committed before View was called and nothing that is committed later. It
	// waits for no writer. Changes give ErrReadOnly.
	View(ctx context.Context, fn func(Tx) error) error
	// Journal gives the journal's appender.
	Journal() Journal
	// Close flushes the journal, waits for running transactions and closes the database; it tells
	// of facts that could not be saved. Afterwards everything gives ErrClosed. Closing again does nothing.
	Close() error
}

// Tx gives the tables within one transaction: for one goroutine, until the
// function that got it returns. After an error other than a missing row (that
// a row refers to one that is not there is another error) the transaction can
// only be given up: later calls, and Update itself, return that error, so that
// no half of a change is ever committed.
type Tx struct {
	Organisations Organisations
	Users         Users
	Applications  Applications
	Tokens        Tokens
	Codes         Codes
	Sessions      Sessions
	AuditLog      AuditLog
	Extensions    Extensions
	Bindings      Bindings
	Trunks        Trunks
	DIDs          DIDs
	Sounds        Sounds
	Queues        Queues
	Agents        Agents
	Memberships   Memberships
	Facts         Facts
	Calls         Calls
	Recordings    Recordings
	Subscriptions Subscriptions
	Deliveries    Deliveries
}

// Page asks for a part of a list: rows Offset … Offset+Limit-1. Limit 0 = all.
type Page struct{ Offset, Limit int }

// What all tables have in common: Create methods set the row's ID, which no other row of the table had before
// or will have after it is deleted, and return ErrExists when a unique key is
// taken, as Put does; the message names the key. Get, Put and Delete return
// ErrNotFound when there is no such row. Put replaces all but ID and OrgID.
// Create and Put return ErrNotFound too when the row refers to another that
// its organisation does not have, Delete ErrInUse while others refer to the
// row. Lists are ordered by id unless said otherwise, and empty for an
// organisation that is not there. Every method that takes an organisation id
// sees rows of that organisation only. Durations are kept in whole
// microseconds; what is finer is cut off. Empty slices read back as nil.
