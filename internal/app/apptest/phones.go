package apptest

import (
	"sync"

	"holdline/internal/store"
)

// Phones is a table of registrations that tests fill by hand.
type Phones struct {
	mu       sync.Mutex // guards below
	bindings map[int64][]store.Binding
	lapsed   map[int64]store.Binding
}

// Register has a phone be registered.
func (p *Phones) Register(b store.Binding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bindings[b.ExtensionID] = append(p.bindings[b.ExtensionID], b)
	delete(p.lapsed, b.ExtensionID)
}

// Lapse lets the registrations of an extension run out.
func (p *Phones) Lapse(extension int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if have := p.bindings[extension]; len(have) > 0 {
		p.lapsed[extension] = have[len(have)-1]
	}
	delete(p.bindings, extension)
}

// Bindings gives what Register said.
func (p *Phones) Bindings(extension int64) []store.Binding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]store.Binding(nil), p.bindings[extension]...)
}

// Lapsed gives what Lapse said.
func (p *Phones) Lapsed(extension int64) (store.Binding, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.lapsed[extension]
	return b, ok
}
