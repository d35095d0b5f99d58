// Package registrar is the table of registered phones (RFC 3261 §10): which
// contacts an extension can be reached at, and until when. It does no
// authentication and knows no sockets; time comes in as an argument.
package registrar

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/sipua/sipuri"
	"holdline/internal/store"
)

// Config sets where changes go, and the limits. Zero limits take the values given here.
type Config struct {
	// Save and Remove keep the stored bindings in step. They are called in
	// the order of the changes with the table locked: they must not block or
	// call back. Both may be nil.
	Save   func(store.Binding)
	Remove func(extension int64, contact string)

	MinExpires     int // seconds; a shorter one is refused with 423; 60
	DefaultExpires int // seconds, when the phone asks for nothing; 3600
	MaxExpires     int // seconds; a longer one is shortened; 7200
	MaxBindings    int // of one extension; one more pushes out the one refreshed longest ago; 10
}

// Change says what a request did to an extension.
type Change uint8

const (
	NoChange          Change = iota
	BecameReachable          // its first binding came
	BecameUnreachable        // its last one went
)

// Lost is an extension that became unreachable.
type Lost struct{ Extension, Org int64 }

// Registrar is the table. Safe for concurrent use.
type Registrar struct {
	cfg Config

	mu         sync.Mutex       // guards all below
	extensions map[int64]*entry // those with at least one binding
	expiries   expiries
	addresses  map[netip.Addr]int      // number of bindings received from each
	lapsed     map[int64]store.Binding // see Lapsed
}

// entry is what an extension has.
type entry struct {
	id, org  int64
	bindings []*binding // in order of contact
}

type binding struct {
	store.Binding
	uri     sipuri.URI
	from    netip.Addr // of Received
	owner   *entry
	index   int       // in expiries
	updated time.Time // last REGISTER; zero after a restart
	since   time.Time // first REGISTER of those renewed without a gap; zero after a restart
}

// New gives an empty table.
func New(cfg Config) *Registrar {
	cfg.MinExpires = cmp.Or(cfg.MinExpires, 60)
	cfg.DefaultExpires = cmp.Or(cfg.DefaultExpires, 3600)
	cfg.MaxExpires = cmp.Or(cfg.MaxExpires, 7200)
	cfg.MaxBindings = cmp.Or(cfg.MaxBindings, 10)
	if cfg.Save == nil {
		cfg.Save = func(store.Binding) {}
	}
	if cfg.Remove == nil {
		cfg.Remove = func(int64, string) {}
	}
	return &Registrar{cfg: cfg, extensions: map[int64]*entry{}, addresses: map[netip.Addr]int{}, lapsed: map[int64]store.Binding{}}
}

// Load takes in the stored bindings at start. org gives an extension's
// organisation, false if there is no such extension any more. Of an extension
// whose bindings have all expired the last is remembered (see Lapsed); what
// else has expired or makes no sense is removed from the store.
func (r *Registrar) Load(stored []store.Binding, org func(extension int64) (int64, bool), now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range stored {
		id, ok := org(s.ExtensionID)
		uri, err := sipuri.Parse(s.Contact)
		if !ok || err != nil {
			r.cfg.Remove(s.ExtensionID, s.Contact)
			continue
		}
		if s.Expires <= acd.TimeOf(now) {
			r.loadLapsed(s)
			continue
		}
		e := r.entry(s.ExtensionID, id)
		if old := e.find(uri); old != nil {
			r.replace(old, s.Contact)
		}
		r.put(e, s, uri, time.Time{}, time.Time{})
	}
}

// loadLapsed takes in a stored binding that has expired.
func (r *Registrar) loadLapsed(s store.Binding) {
	if last, ok := r.lapsed[s.ExtensionID]; r.extensions[s.ExtensionID] != nil || ok && last.Expires >= s.Expires {
		r.cfg.Remove(s.ExtensionID, s.Contact)
		return
	}
	r.forget(s.ExtensionID, s.Contact)
	r.lapsed[s.ExtensionID] = s
}

// forget removes what lapsed from the memory, and from the store unless its
// row is that of a contact about to be written.
func (r *Registrar) forget(extension int64, written string) {
	last, ok := r.lapsed[extension]
	if !ok {
		return
	}
	delete(r.lapsed, extension)
	if last.Contact != written {
		r.cfg.Remove(extension, last.Contact)
	}
}

// Bindings gives where an extension can be reached, in order of contact.
func (r *Registrar) Bindings(extension int64) []store.Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.extensions[extension]; e != nil {
		return e.list()
	}
	return nil
}

// All gives every binding, in no particular order of extensions.
func (r *Registrar) All() []store.Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]store.Binding, 0, len(r.expiries))
	for _, e := range r.extensions {
		out = append(out, e.list()...)
	}
	return out
}

// Reachable tells whether an extension has a binding.
func (r *Registrar) Reachable(extension int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.extensions[extension] != nil
}

// Knows tells whether a phone is registered from an address.
func (r *Registrar) Knows(addr netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addresses[addr.Unmap()] > 0
}

// Len gives the number of bindings.
func (r *Registrar) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.expiries)
}

// NextExpiry tells when Expire has something to do; false if there are no bindings.
func (r *Registrar) NextExpiry() (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.expiries) == 0 {
		return time.Time{}, false
	}
	return r.expiries[0].Expires.Std(), true
}

// Expire takes out what has expired and lists the extensions that became unreachable.
func (r *Registrar) Expire(now time.Time) []Lost {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lost []Lost
	for len(r.expiries) > 0 && r.expiries[0].Expires <= acd.TimeOf(now) {
		e, last := r.expiries[0].owner, r.expiries[0].Binding
		if len(e.bindings) > 1 {
			r.drop(r.expiries[0])
			continue
		}
		r.take(r.expiries[0]) // its row stays, for Lapsed
		r.lapsed[e.id] = last
		lost = append(lost, Lost{e.id, e.org})
	}
	return lost
}

// Since tells when a contact that is bound now was registered first; the zero
// time if that was before a restart, or it is not bound.
func (r *Registrar) Since(extension int64, contact string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.extensions[extension]; e != nil {
		for _, b := range e.bindings {
			if b.Contact == contact {
				return b.since
			}
		}
	}
	return time.Time{}
}

// Lapsed gives the last binding of an extension whose registration expired
// without being renewed, also before a restart; false if it is reachable,
// unregistered properly, or never was.
func (r *Registrar) Lapsed(extension int64) (store.Binding, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.lapsed[extension]
	return b, ok
}

// DropExtension removes all bindings of an extension, which may not register
// any more; it reports whether it was reachable.
func (r *Registrar) DropExtension(extension int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(extension, "")
	e := r.extensions[extension]
	if e == nil {
		return false
	}
	r.dropAll(e)
	return true
}

// FormatReceived writes a transport ("udp", "tcp") and an address as store.Binding.Received has them.
func FormatReceived(transport string, addr netip.AddrPort) string {
	return strings.ToLower(transport) + ":" + netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()).String()
}

// ParseReceived reads what FormatReceived wrote.
func ParseReceived(s string) (transport string, addr netip.AddrPort, err error) {
	transport, rest, _ := strings.Cut(s, ":")
	addr, err = netip.ParseAddrPort(rest)
	return transport, addr, err
}

// entry gives what an extension has; a new one is not in the table before its first put.
func (r *Registrar) entry(id, org int64) *entry {
	if e := r.extensions[id]; e != nil {
		return e
	}
	return &entry{id: id, org: org}
}

// list copies the bindings out.
func (e *entry) list() []store.Binding {
	out := make([]store.Binding, len(e.bindings))
	for i, b := range e.bindings {
		out[i] = b.Binding
	}
	return out
}

// find gives the binding of an equal contact (RFC 3261 §19.1.4).
func (e *entry) find(uri sipuri.URI) *binding {
	for _, b := range e.bindings {
		if b.uri.Equal(uri) {
			return b
		}
	}
	return nil
}

// put adds a binding to the table. One with an equal contact must be gone before.
func (r *Registrar) put(e *entry, s store.Binding, uri sipuri.URI, now, since time.Time) {
	b := &binding{Binding: s, uri: uri, owner: e, updated: now, since: since}
	if _, addr, err := ParseReceived(s.Received); err == nil {
		b.from = addr.Addr().Unmap()
		r.addresses[b.from]++
	}
	i, _ := slices.BinarySearchFunc(e.bindings, s.Contact, func(b *binding, contact string) int { return strings.Compare(b.Contact, contact) })
	e.bindings = slices.Insert(e.bindings, i, b)
	r.extensions[e.id] = e
	r.forget(e.id, s.Contact)
	heap.Push(&r.expiries, b)
}

// replace makes room for a binding with this contact, whose row in the store
// overwrites the old one's if the contact is the same to the letter.
func (r *Registrar) replace(old *binding, contact string) {
	if old.Contact == contact {
		r.take(old)
	} else {
		r.drop(old)
	}
}

// drop removes a binding from table and store.
func (r *Registrar) drop(b *binding) {
	r.take(b)
	r.cfg.Remove(b.ExtensionID, b.Contact)
}

func (r *Registrar) dropAll(e *entry) {
	for len(e.bindings) > 0 {
		r.drop(e.bindings[0])
	}
}

// take removes a binding from the table, and its extension with the last one.
func (r *Registrar) take(b *binding) {
	heap.Remove(&r.expiries, b.index)
	if r.addresses[b.from]--; r.addresses[b.from] <= 0 {
		delete(r.addresses, b.from)
	}
	e := b.owner
	i := slices.Index(e.bindings, b)
	e.bindings = slices.Delete(e.bindings, i, i+1)
	if len(e.bindings) == 0 {
		delete(r.extensions, e.id)
	}
}

// expiries is a heap, the first to expire on top.
type expiries []*binding

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].Expires < h[j].Expires }
func (h expiries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *expiries) Push(x any) {
	b := x.(*binding)
	b.index = len(*h)
	*h = append(*h, b)
}

func (h *expiries) Pop() any {
	last := len(*h) - 1
	b := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return b
}
