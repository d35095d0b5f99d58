// Package sqlite is the store on an embedded SQLite database: one file, one
// connection that writes, several that read. Configuration is written in
// transactions of its own, the journal by group commit; both are on the disk
// when they are called committed (docs/adr/0002-storage.md).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"holdline/internal/store"
)

var (
	// ErrCorrupt: the file is damaged or no database at all.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrNewer: a newer version of Holdline has used the database.
	ErrNewer = errors.New("the database belongs to a newer version of Holdline")
	// ErrOther: the database does not have this version's form.
	ErrOther = errors.New("the database is another version's")
	// ErrLocked: another process uses the database.
	ErrLocked = errors.New("the database is in use")
)

// Options say which database to open and how.
type Options struct {
	// Path of the file; its directory is created when it is missing. "" or
	// ":memory:" is an empty database for tests, deleted on Close.
	Path string
	// Log takes what goes wrong and what is done about it; nil = slog.Default().
	Log *slog.Logger
	// CommitEvery is the shortest time between two commits of the journal
	// while facts keep coming and somebody waits for them; 0 = 5 ms. Facts that
	// nobody waits for are collected four times as long. The first after a
	// pause is committed at once.
	CommitEvery time.Duration
	// Beside opens a database that a server may be using, for a short piece of
	// work: it must exist and have this version's form. SQLite keeps the two apart.
	Beside bool
}

const defaultCommitEvery = 5 * time.Millisecond

// Store is an open database.
type Store struct {
	place    *place
	writer   *conn
	write    chan struct{} // holds one token while somebody writes; waiters are served in order
	writeDB  *sql.DB
	readDB   *sql.DB
	readers  chan *conn // idle ones; nil = not opened yet
	journal  *journal
	sweeping *sweeper
}

// Open opens the database, bringing its schema up to date first. Its errors
// name the path and what to do.
func Open(ctx context.Context, o Options) (store.Store, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.CommitEvery <= 0 {
		o.CommitEvery = defaultCommitEvery
	}
	take := prepare
	if o.Beside {
		take = attach
	}
	p, err := take(o.Path)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, p, o)
	if err != nil {
		p.release()
		return nil, explainFile(p.path, err)
	}
	return s, nil
}

func open(ctx context.Context, p *place, o Options) (*Store, error) {
	before, err := p.migrate(ctx)
	if err != nil {
		return nil, err
	}
	if before.Current > 0 && before.Current < before.Latest {
		o.Log.Info("database upgraded", "path", p.path, "from", before.Current, "to", before.Latest)
	}
	s := &Store{place: p, write: make(chan struct{}, 1)}
	if s.writeDB, err = pool(p.path, p.synchronous, false); err != nil {
		return nil, err
	}
	if s.readDB, err = pool(p.path, p.synchronous, true); err != nil {
		return nil, err
	}
	if s.writer, err = newConn(ctx, s.writeDB); err != nil {
		s.closeConns()
		return nil, err
	}
	s.readers = make(chan *conn, max(4, 2*runtime.GOMAXPROCS(0)))
	for range cap(s.readers) {
		s.readers <- nil
	}
	w := newJournalWriter()
	s.journal = newJournal(func(b *batch) error {
		return s.exclusively(context.Background(), func() error { return w.commit(s.writer, b) })
	}, o.Log.With("database", p.path), o.CommitEvery)
	s.sweeping = newSweeper(s, o.Log)
	return s, nil
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	t := &txn{}
	err := s.exclusively(ctx, func() error {
		t.c = s.writer
		defer func() { t.over = true }()
		return s.writer.transact(ctx, "BEGIN IMMEDIATE", func() error { return t.run(fn) })
	})
	if err == nil && t.orphaned {
		s.sweeping.wake()
	}
	return err
}

// exclusively runs fn while nobody else uses the writing connection. Waiters
// get it in the order they came, so neither configuration nor the journal can
// starve the other.
func (s *Store) exclusively(ctx context.Context, fn func() error) error {
	select {
	case s.write <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.write }()
	if s.writer == nil {
		return store.ErrClosed
	}
	return fn()
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	var c *conn
	select {
	case idle, open := <-s.readers:
		if !open {
			return store.ErrClosed
		}
		c = idle
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.readers <- c }()
	if c == nil {
		opened, err := newConn(ctx, s.readDB)
		if err != nil {
			return explainFile(s.place.path, err)
		}
		c = opened
	}
	t := &txn{c: c}
	defer func() { t.over = true }()
	return c.transact(ctx, "BEGIN", func() error { return t.run(fn) })
}

// Journal implements store.Store.
func (s *Store) Journal() store.Journal { return s.journal }

// Close implements store.Store.
func (s *Store) Close() error {
	first, err := s.journal.stop()
	if !first {
		return nil
	}
	s.sweeping.stop()
	for range cap(s.readers) {
		if c := <-s.readers; c != nil { // waits for views that are still running
			c.close()
		}
	}
	close(s.readers)
	_ = s.exclusively(context.Background(), func() error {
		s.closeConns()
		s.writer = nil
		return nil
	})
	return errors.Join(err, s.place.release())
}

// closeConns ends the readers first: the last connection to close moves the
// write-ahead log into the file, which one that only reads cannot do.
func (s *Store) closeConns() {
	if s.readDB != nil {
		s.readDB.Close()
	}
	if s.writer != nil {
		s.writer.close()
	}
	if s.writeDB != nil {
		s.writeDB.Close()
	}
}

// place is where a database lies, taken for this process.
type place struct {
	path        string
	synchronous string
	temporary   string // directory to be deleted, "" = none
	beside      bool   // another process may have the lock
	lock        *os.File
}

// prepare makes the directory and an empty file only its owner can read, and
// locks it.
func prepare(path string) (*place, error) {
	p := &place{synchronous: durable}
	if path == "" || path == ":memory:" {
		dir, err := os.MkdirTemp("", "holdline-")
		if err != nil {
			return nil, err
		}
		p.temporary, p.synchronous, path = dir, volatile, filepath.Join(dir, "holdline.db")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	p.path = abs
	if err := p.take(); err != nil {
		p.release()
		return nil, explainFile(abs, err)
	}
	return p, nil
}

// attach takes a database that is there, without the lock: another process may have it.
func attach(path string) (*place, error) {
	abs, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(abs)
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: it cannot be opened: %w; name the server's directory with --data", path, err)
	}
	return &place{path: abs, synchronous: durable, beside: true}, nil
}

func (p *place) take() (err error) {
	if err := os.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
		return fmt.Errorf("its directory cannot be created: %w", err)
	}
	if p.lock, err = lock(p.path); err != nil {
		return err
	}
	f, err := os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("it cannot be opened for writing: %w", err)
	}
	return f.Close()
}

// migrate checks the database and brings its schema up to date. A temporary
// one begins as a copy of an empty database: tests open thousands.
func (p *place) migrate(ctx context.Context) (Version, error) {
	if p.beside {
		return p.current(ctx)
	}
	if p.temporary == "" {
		return p.bringUp(ctx)
	}
	image, err := empty()
	if err == nil {
		err = os.WriteFile(p.path, image, 0o600)
	}
	return Version{}, err
}

// empty gives the file of a database with all tables and no rows.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "holdline-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	p := &place{path: filepath.Join(dir, "holdline.db"), synchronous: volatile}
	if _, err := p.bringUp(context.Background()); err != nil {
		return nil, err
	}
	return os.ReadFile(p.path) // closing moved the write-ahead log into it
})

// current refuses a database of another version, which a server may be using.
func (p *place) current(ctx context.Context) (Version, error) {
	v, err := VersionOf(ctx, p.path)
	if err == nil && v.Current != v.Latest {
		err = fmt.Errorf("%w: it has version %d, this program's is %d; use the program the server runs, or start the server with this one first", ErrOther, v.Current, v.Latest)
	}
	return v, err
}

func (p *place) bringUp(ctx context.Context) (Version, error) {
	db, err := pool(p.path, p.synchronous, false)
	if err != nil {
		return Version{}, err
	}
	defer db.Close()
	before, err := upgrade(ctx, db)
	if err != nil {
		return before, err
	}
	return before, verify(ctx, db)
}

// release gives the database back. The lock file stays: removing it would let
// two processes lock two files of the same name.
func (p *place) release() error {
	var err error
	if p.lock != nil {
		err = p.lock.Close()
	}
	if p.temporary != "" {
		err = errors.Join(err, os.RemoveAll(p.temporary))
	}
	return err
}
