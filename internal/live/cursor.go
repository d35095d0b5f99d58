package live

import (
	"context"
	"slices"
	"sync"
)

// Scope is how much of an organisation a watcher sees: everything, or only
// what is of a user: the agents at the user's phones, the queues these serve
// or the user owns (with their numbers, not their callers), and the callers
// and calls these phones have.
type Scope struct{ User int64 } // 0 = everything

// Frame is what a watcher is to be told.
type Frame struct {
	ID       string // to resume after
	Snapshot bool   // what it does not name is not there
	Objects  []byte // JSON object: key -> object, or null for what is gone. Shared: not to be changed
}

// Cursor is one watcher's place in an organisation's table. One goroutine uses it.
type Cursor struct {
	feed  *feed
	see   Scope
	after string
	begun bool
	at    uint64          // version last given
	shown map[string]bool // with a user's scope: what the watcher knows of
	once  sync.Once
}

func newCursor(f *feed, see Scope, after string) *Cursor {
	return &Cursor{feed: f, see: see, after: after}
}

// Close counts the watcher out.
func (c *Cursor) Close() { c.once.Do(func() { c.feed.hub.left(c.feed) }) }

// Next waits until there is something to tell and gives all of it. It ends
// with the context's error, with ErrClosed or ErrGone, or with the engine's error when
// the organisation's state cannot be read at the beginning.
func (c *Cursor) Next(ctx context.Context) (Frame, error) {
	for {
		frame, wake, err := c.Take()
		if err != nil || wake == nil {
			return frame, err
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return Frame{}, ctx.Err()
		}
	}
}

// Take gives what there is to tell; or, if there is nothing, a channel that is
// closed when there may be. Its errors are those of Next.
func (c *Cursor) Take() (frame Frame, wake <-chan struct{}, err error) {
	f := c.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.table
	switch {
	case f.closed != nil:
		return frame, nil, f.closed
	case t.version == 0 && f.failed != nil:
		return frame, nil, f.failed
	case t.version == 0 || c.begun && t.version == c.at:
		return frame, f.wake, nil
	}
	if !c.begun {
		c.begun = true
		if c.see.User == 0 {
			c.at = t.resume(c.after)
		}
		frame.Snapshot = c.at == 0
		if !frame.Snapshot && c.at == t.version { // nothing has happened meanwhile
			return frame, f.wake, nil
		}
	}
	frame.ID = t.id()
	if c.see.User == 0 {
		frame.Objects = t.frame(c.at)
	} else if frame.Objects = c.own(t); frame.Objects == nil {
		c.at = t.version
		return frame, f.wake, nil
	}
	c.at = t.version
	return frame, nil, nil
}

// own gives the part of the changes that the watcher sees; nil if there is
// none. Other users' things are not even told to be gone.
func (c *Cursor) own(t *table) []byte {
	first := c.shown == nil
	if first {
		c.shown = map[string]bool{}
	}
	w := newFrame()
	t.since(c.at, func(o *object) {
		_, sees := slices.BinarySearch(o.owners, c.see.User)
		switch sees = o.body != nil && (sees || o.key == clientKey); {
		case sees:
			c.shown[o.key] = true
			w.add(o.key, o.body)
		case c.shown[o.key]:
			delete(c.shown, o.key)
			w.add(o.key, nil)
		}
	})
	if w.Len() == 1 && !first {
		return nil
	}
	return w.close()
}
