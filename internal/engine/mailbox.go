package engine

import (
	"sync"

	"holdline/internal/acd"
)

// apply asks for fn to be run in the organisation's goroutine, with a reply
// after the commit of the facts it leads to.
type apply struct {
	fn    func(*org)
	reply chan<- applied
}

type applied struct {
	facts []acd.Fact
	err   error
}

// read asks for fn to be run in the organisation's goroutine.
type read struct {
	fn   func(*acd.Engine, acd.Time)
	done chan<- struct{}
}

// mailbox is an unbounded queue: events come from goroutines that must never
// wait, and none may be lost. What bounds it is the switch refusing calls
// when it falls behind.
type mailbox struct {
	mu     sync.Mutex // guards items and closed
	items  []any
	closed bool
	bell   chan struct{}
}

func newMailbox() *mailbox { return &mailbox{bell: make(chan struct{}, 1)} }

// put appends; false when the box is closed.
func (m *mailbox) put(item any) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	m.items = append(m.items, item)
	m.mu.Unlock()
	m.ring()
	return true
}

func (m *mailbox) ring() {
	select {
	case m.bell <- struct{}{}:
	default:
	}
}

func (m *mailbox) close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.ring()
}

// take swaps the waiting items for the empty slice given; closed tells that none will follow.
func (m *mailbox) take(empty []any) (items []any, closed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	items, m.items = m.items, empty[:0]
	return items, m.closed
}
