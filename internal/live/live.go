// Package live is what people watch: for every organisation that somebody
// watches, a table of its queues, agents, callers and calls as they are now.
// An object that changes gets the version of the publication it changed in; a
// watcher is a cursor that remembers the last version it was given and gets,
// when it asks again, every object with a higher one. So a slow watcher skips
// what was in between but never a final state, and nobody waits for it.
//
// What is dirty comes from the facts as they go to the journal; the state
// itself is read from the engine, many changes in one read. An organisation
// that nobody watches costs a look into a map.
package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

var (
	// ErrClosed: the hub is stopped, the watcher is to come back later.
	ErrClosed = errors.New("live: closed")
	// ErrGone: the organisation was deleted.
	ErrGone = errors.New("live: organisation deleted")
	// ErrFull: the organisation has as many watchers as it may.
	ErrFull = errors.New("live: too many watchers")
)

// Engine is where the state is read.
type Engine interface {
	// Read runs fn in the organisation's goroutine: quick, and keeping nothing of e.
	Read(ctx context.Context, org int64, fn func(e *acd.Engine, now acd.Time)) error
	// Calls lists the organisation's calls that are up.
	Calls(ctx context.Context, org int64) ([]acd.LiveCall, error)
}

// Config is what a Hub needs. Engine, Directory and Store are required.
type Config struct {
	Engine    Engine
	Directory *directory.Directory
	Store     store.Store      // the journal of the day, for its figures
	Clock     func() time.Time // default time.Now
	Log       *slog.Logger     // default: discarded
	// Pause is the least time between two publications: what changes
	// within it is sent together. Default 100 ms.
	Pause time.Duration
	// Sweep is how often everything is compared, for changes that no fact
	// tells. Default 15 s.
	Sweep time.Duration
	// Linger is how long an organisation is followed after its last watcher
	// has gone, so that a page that is loaded anew finds it ready. Default 30 s.
	Linger time.Duration
	// Watchers is how many there may be of one organisation. Default 1,000.
	Watchers int
}

// Hub holds the tables of the organisations that are watched. Safe for concurrent use.
type Hub struct {
	cfg Config
	log *slog.Logger

	mu     sync.RWMutex // guards below
	feeds  map[int64]*feed
	closed bool
	ended  sync.WaitGroup // feeds that run
}

// New gives a hub that follows nobody yet.
func New(c Config) *Hub {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	byDefault(&c.Pause, 100*time.Millisecond)
	byDefault(&c.Sweep, 15*time.Second)
	byDefault(&c.Linger, 30*time.Second)
	byDefault(&c.Watchers, 1000)
	return &Hub{cfg: c, log: c.Log, feeds: map[int64]*feed{}}
}

func byDefault[T time.Duration | int](setting *T, value T) {
	if *setting <= 0 {
		*setting = value
	}
}

// Watch takes facts as they go to the journal, or none when a call has changed
// without one (engine.Config.Watch): it is quick, and keeps copies only.
func (h *Hub) Watch(org int64, facts []acd.Fact) {
	if f := h.feed(org); f != nil {
		f.note(facts)
	}
}

// Touch tells that the organisation's configuration has changed by these
// inputs; without any, that nobody knows what has changed.
func (h *Hub) Touch(org int64, in ...acd.Input) {
	if f := h.feed(org); f != nil {
		f.touch(in)
	}
}

func (h *Hub) feed(org int64) *feed {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.feeds[org]
}

// Follow gives a cursor over the organisation's table. after is the id of the
// last frame an earlier cursor gave ("" = none): if the table still knows what
// has changed since, the first frame is that, else a snapshot. Close ends it.
func (h *Hub) Follow(org int64, see Scope, after string) (*Cursor, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	f := h.feeds[org]
	if f == nil {
		f = newFeed(h, org)
		h.feeds[org] = f
		h.ended.Add(1)
		go f.run()
	}
	if f.watchers >= h.cfg.Watchers {
		return nil, ErrFull
	}
	f.watchers++
	return newCursor(f, see, after), nil
}

// Watchers tells how many cursors there are, over all organisations.
func (h *Hub) Watchers() (n int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, f := range h.feeds {
		n += f.watchers
	}
	return n
}

// left counts a cursor out.
func (h *Hub) left(f *feed) {
	h.mu.Lock()
	f.watchers--
	f.idle = h.cfg.Clock()
	h.mu.Unlock()
}

// forget drops the feed if it has had no watcher for long enough.
func (h *Hub) forget(f *feed) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.watchers > 0 || h.cfg.Clock().Sub(f.idle) < h.cfg.Linger {
		return false
	}
	if h.feeds[f.org] == f { // else it was dropped
		delete(h.feeds, f.org)
	}
	return true
}

// Drop ends the cursors of an organisation that was deleted, with ErrGone.
func (h *Hub) Drop(org int64) {
	h.mu.Lock()
	f := h.feeds[org]
	delete(h.feeds, org)
	h.mu.Unlock()
	if f != nil {
		f.close(ErrGone)
	}
}

// Close ends every cursor and returns when nothing runs any more.
func (h *Hub) Close() {
	h.mu.Lock()
	feeds := h.feeds
	h.feeds, h.closed = map[int64]*feed{}, true
	h.mu.Unlock()
	for _, f := range feeds {
		f.close(ErrClosed)
	}
	h.ended.Wait()
}
