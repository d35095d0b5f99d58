package apptest

import (
	"sync"
	"time"

	"holdline/internal/app"
	"holdline/internal/store"
)

// Phones is a table of registrations that tests fill by hand.
type Phones struct {
	mu       sync.Mutex // guards below
	bindings map[int64][]store.Binding
	lapsed   map[int64]store.Binding
	since    map[int64]time.Time
	refused  map[int64]app.Refusal
}

// From has a phone's registration have begun at a moment.
func (p *Phones) From(extension int64, since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since[extension] = since
}

// Refuse has a request in a phone's name not be let in.
func (p *Phones) Refuse(extension int64, what app.Refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused[extension] = what
}

// Since gives what From said.
func (p *Phones) Since(extension int64, _ string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.since[extension]
}

// Refused gives what Refuse said.
func (p *Phones) Refused(extension int64) (app.Refusal, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what, ok := p.refused[extension]
	return what, ok
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
