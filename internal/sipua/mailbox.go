package sipua

import (
	"sync"
	"time"
)

// task is one thing for a worker to do: a message, a command, news from media.
type task interface {
	run(w *worker, now time.Time)
}

// taskFunc is a task that is a function.
type taskFunc func(w *worker, now time.Time)

func (f taskFunc) run(w *worker, now time.Time) { f(w, now) }

type letter struct {
	task task
	at   time.Time
}

// maxPackets bounds the packets waiting for one worker: at that length they
// would be seconds old, and their senders repeat them anyway. Commands are
// never refused.
const maxPackets = 8192

// mailbox is what waits for a worker, in order.
type mailbox struct {
	wake chan struct{} // capacity 1

	mu      sync.Mutex // guards all below
	letters []letter
}

// put adds a task. A packet is refused when too much waits.
func (m *mailbox) put(t task, at time.Time, packet bool) bool {
	m.mu.Lock()
	if packet && len(m.letters) >= maxPackets {
		m.mu.Unlock()
		return false
	}
	m.letters = append(m.letters, letter{t, at})
	first := len(m.letters) == 1
	m.mu.Unlock()
	if first {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// take gives what waits in exchange for an empty slice to fill.
func (m *mailbox) take(empty []letter) []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	full := m.letters
	m.letters = empty[:0]
	return full
}
