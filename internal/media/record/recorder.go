//go:build linux

package record

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	writers    = 4       // one that waits for its disk does not hold up the rest
	finishers  = 16      // files being synced at the same time
	maxBacklog = 8 << 10 // chunks all tapes together may have on their way: 64 MiB
)

// errNotBegun is the result of a recording whose call was over before it began.
var errNotBegun = errors.New("the call had ended before its recording began")

// Result is what came of a recording.
type Result struct {
	// Duration is what the file holds. There may be a file although Err is
	// set; there is none if Duration is 0 then.
	Duration time.Duration
	// Dropped is audio left out, as silence, because the disk was too slow.
	Dropped time.Duration
	// Err says, for people, why the recording is not whole; nil if it is.
	Err error
}

// Recorder writes any number of recordings at a time.
type Recorder struct {
	queues  []*queue
	next    atomic.Uint32 // queue of the next tape
	chunks  sync.Pool
	backlog atomic.Int64  // chunks in use
	slots   chan struct{} // one for each finisher
	disk    disk
	limit   int64 // bytes of samples in a file

	mu     sync.Mutex     // guards closed, and tapes against growth after it
	closed bool           // no more recordings
	tapes  sync.WaitGroup // two for each: its end has come, its file is finished
	quit   chan struct{}
	gone   sync.WaitGroup // writers
}

// New starts the writers.
func New() *Recorder { return newRecorder(realDisk{}, maxData) }

func newRecorder(d disk, limit int64) *Recorder {
	r := &Recorder{disk: d, limit: limit, slots: make(chan struct{}, finishers), quit: make(chan struct{})}
	r.chunks.New = func() any { return &chunk{data: make([]byte, chunkSize)} }
	for range writers {
		q := &queue{wake: make(chan struct{}, 1)}
		r.queues = append(r.queues, q)
		r.gone.Go(func() { r.write(q) })
	}
	return r
}

// Close waits until the recordings, all of which must have been ended, are
// finished and their results told, and stops the writers.
func (r *Recorder) Close() {
	r.mu.Lock()
	already := r.closed
	r.closed = true
	r.mu.Unlock()
	if already {
		return
	}
	r.tapes.Wait()
	close(r.quit)
	r.gone.Wait()
}

// Start prepares a recording to path, which must not exist; until it is
// finished it is called path + ".part". Its directory is made if it is
// missing. done, if not nil, is called once with the result, on a goroutine of
// its own. The tape must be ended. After Close there is none: Start returns
// nil, and done is told so.
func (r *Recorder) Start(path string, done func(Result)) *Tape {
	if done == nil {
		done = func(Result) {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		go done(Result{Err: errNotBegun})
		return nil
	}
	r.tapes.Add(2)
	t := &Tape{recorder: r, queue: r.queues[r.next.Add(1)%writers]}
	t.reel = reel{disk: r.disk, path: path, limit: r.limit, done: done}
	return t
}

// chunkFor returns an empty chunk, or nil if the tape, or all of them, have too many on their way.
func (r *Recorder) chunkFor(t *Tape) *chunk {
	if t.queued.Load() >= maxQueued || t.over.Load() {
		return nil
	}
	if r.backlog.Add(1) > maxBacklog {
		r.backlog.Add(-1)
		return nil
	}
	t.queued.Add(1)
	c := r.chunks.Get().(*chunk)
	c.tape = t
	return c
}

// recycle takes a chunk back.
func (r *Recorder) recycle(c *chunk) {
	c.tape.queued.Add(-1)
	c.tape, c.next, c.used = nil, nil, 0
	r.backlog.Add(-1)
	r.chunks.Put(c)
}

// write is the goroutine of one writer.
func (r *Recorder) write(q *queue) {
	for {
		for c := q.take(); c != nil; {
			next := c.next
			r.handle(c)
			c = next
		}
		select {
		case <-q.wake:
		case <-r.quit:
			return
		}
	}
}

// handle writes a chunk, or ends its tape.
func (r *Recorder) handle(c *chunk) {
	t := c.tape
	if !t.over.Load() {
		if c.final {
			t.reel.end(t)
		} else {
			t.reel.write(c)
		}
		if c.final || t.reel.err != nil {
			t.over.Store(true)
			go r.finish(t)
		}
	}
	if c.final {
		r.tapes.Done()
	} else {
		r.recycle(c)
	}
}

// finish completes the file and tells the result. Syncing takes long, so the
// writers do not do it.
func (r *Recorder) finish(t *Tape) {
	defer r.tapes.Done()
	r.slots <- struct{}{}
	result := t.reel.finish()
	<-r.slots
	t.reel.done(result)
}
