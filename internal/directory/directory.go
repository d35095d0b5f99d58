// Package directory is the configuration that calls need, in memory: who may
// register, which trunk an address belongs to, where a number leads. Loaded
// from the store at start and updated by the use cases after each commit, so
// that no call waits for a database. Safe for concurrent use.
package directory

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Kind says what a dialled number leads to.
type Kind uint8

const (
	Nowhere  Kind = iota
	Queue         // Extension is the queue's
	Phone         // Extension is the phone's
	External      // Number goes out through Trunk
)

// Target is where a dialled number leads.
type Target struct {
	Kind      Kind
	Extension int64
	Number    string // full internal number, or the external one
	Trunk     int64
	Blocked   bool
}

// Directory holds every organisation's numbers.
type Directory struct {
	mu      sync.RWMutex // guards all below
	orgs    map[int64]*org
	phones  map[string]store.Extension // by lower-case "prefix*short@domain" and "prefix*short"
	trunks  map[int64]store.Trunk
	sources []source // of trunks with known addresses
	resolve func(host string) []netip.Addr
}

type org struct {
	store.Organisation
	extensions map[int64]store.Extension
	byNumber   map[string]int64 // short number -> extension id
	dids       map[string]int64
	agents     map[acd.AgentID]store.Agent
	agentAt    map[int64]acd.AgentID // extension id -> local agent
	byExternal map[string]acd.AgentID
	trunk      int64 // default trunk

	listed atomic.Pointer[[]PhoneEntry] // see Phones; nil = to be made
}

type source struct {
	prefix netip.Prefix
	trunk  int64
}

// New gives an empty directory.
func New() *Directory {
	return &Directory{orgs: map[int64]*org{}, phones: map[string]store.Extension{}, trunks: map[int64]store.Trunk{}, resolve: lookup}
}

// Load reads everything from the store, replacing what was there.
func (d *Directory) Load(ctx context.Context, s store.Store) error {
	fresh := New()
	err := s.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			if err := fresh.loadOrganisation(ctx, tx, o); err != nil {
				return err
			}
		}
		trunks, err := tx.Trunks.All(ctx)
		for _, t := range trunks {
			fresh.PutTrunk(t)
		}
		return err
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orgs, d.phones, d.trunks, d.sources = fresh.orgs, fresh.phones, fresh.trunks, fresh.sources
	return nil
}

func (d *Directory) loadOrganisation(ctx context.Context, tx store.Tx, o store.Organisation) error {
	d.PutOrganisation(o)
	extensions, _, err := tx.Extensions.List(ctx, o.ID, store.ExtensionFilter{})
	if err != nil {
		return err
	}
	for _, e := range extensions {
		d.PutExtension(e)
	}
	agents, _, err := tx.Agents.List(ctx, o.ID, store.AgentFilter{Both: true})
	if err != nil {
		return err
	}
	for _, a := range agents {
		d.PutAgent(a)
	}
	dids, err := tx.DIDs.List(ctx, o.ID)
	for _, did := range dids {
		d.PutDID(did)
	}
	return err
}

// PutOrganisation adds or replaces an organisation's own data.
func (d *Directory) PutOrganisation(o store.Organisation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	have := d.orgs[o.ID]
	if have == nil {
		have = &org{extensions: map[int64]store.Extension{}, byNumber: map[string]int64{}, dids: map[string]int64{},
			agents: map[acd.AgentID]store.Agent{}, agentAt: map[int64]acd.AgentID{}, byExternal: map[string]acd.AgentID{}}
		d.orgs[o.ID] = have
	}
	have.Organisation = o
	have.listed.Store(nil)
}

// PutExtension adds or replaces an extension; its organisation must be known.
func (d *Directory) PutExtension(e store.Extension) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.orgs[e.OrgID]
	if o == nil {
		return
	}
	o.extensions[e.ID] = e
	o.byNumber[e.Number] = e.ID
	o.listed.Store(nil)
	if e.Type == store.PhoneExtension {
		full := o.Prefix + "*" + e.Number
		d.phones[strings.ToLower(full+"@"+o.Domain)] = e
		d.phones[strings.ToLower(full)] = e
	}
}

// DropExtension forgets an extension.
func (d *Directory) DropExtension(orgID, id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.orgs[orgID]
	if o == nil {
		return
	}
	e, ok := o.extensions[id]
	if !ok {
		return
	}
	full := o.Prefix + "*" + e.Number
	delete(d.phones, strings.ToLower(full+"@"+o.Domain))
	delete(d.phones, strings.ToLower(full))
	delete(o.byNumber, e.Number)
	delete(o.extensions, id)
	o.listed.Store(nil)
}

// PutAgent adds or replaces an agent.
func (d *Directory) PutAgent(a store.Agent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.orgs[a.OrgID]
	if o == nil {
		return
	}
	o.forgetAgent(a.ID)
	o.agents[a.ID] = a
	if a.Remote {
		o.byExternal[a.Number] = a.ID
	} else {
		o.agentAt[a.ExtensionID] = a.ID
	}
}

// DropAgent forgets an agent.
func (d *Directory) DropAgent(orgID int64, id acd.AgentID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if o := d.orgs[orgID]; o != nil {
		o.forgetAgent(id)
	}
}

func (o *org) forgetAgent(id acd.AgentID) {
	a, ok := o.agents[id]
	if !ok {
		return
	}
	delete(o.agents, id)
	if o.agentAt[a.ExtensionID] == id {
		delete(o.agentAt, a.ExtensionID)
	}
	if o.byExternal[a.Number] == id {
		delete(o.byExternal, a.Number)
	}
}

// PutDID adds or replaces a public number.
func (d *Directory) PutDID(did store.DID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if o := d.orgs[did.OrgID]; o != nil {
		o.dids[did.Number] = did.ExtensionID
	}
}

// DropDID forgets a public number.
func (d *Directory) DropDID(orgID int64, number string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if o := d.orgs[orgID]; o != nil {
		delete(o.dids, number)
	}
}

// PutTrunk adds or replaces a trunk. A trunk without addresses may call from those its host has now.
func (d *Directory) PutTrunk(t store.Trunk) {
	prefixes := d.prefixesOf(t)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgetTrunk(t.ID)
	d.trunks[t.ID] = t
	for _, p := range prefixes {
		d.sources = append(d.sources, source{p, t.ID})
	}
	if o := d.orgs[t.OrgID]; o != nil && (t.Default || o.trunk == 0) {
		o.trunk = t.ID
	}
}

// DropTrunk forgets a trunk.
func (d *Directory) DropTrunk(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgetTrunk(id)
}

func (d *Directory) forgetTrunk(id int64) {
	t, ok := d.trunks[id]
	if !ok {
		return
	}
	delete(d.trunks, id)
	kept := make([]source, 0, len(d.sources))
	for _, s := range d.sources {
		if s.trunk != id {
			kept = append(kept, s)
		}
	}
	d.sources = kept
	if o := d.orgs[t.OrgID]; o != nil && o.trunk == id {
		o.trunk = 0
		for _, other := range d.trunks {
			if other.OrgID == t.OrgID && (o.trunk == 0 || other.ID < o.trunk) {
				o.trunk = other.ID
			}
		}
	}
}

func (d *Directory) prefixesOf(t store.Trunk) []netip.Prefix {
	var out []netip.Prefix
	for _, a := range t.Addresses {
		if p, err := netip.ParsePrefix(a); err == nil {
			out = append(out, p.Masked())
		} else if ip, err := netip.ParseAddr(a); err == nil {
			out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
		}
	}
	if len(t.Addresses) > 0 {
		return out
	}
	host := t.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, ip := range d.resolve(host) {
		out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
	}
	return out
}

func lookup(host string) []netip.Addr {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip.Unmap()}
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, ip := range ips {
		if a, ok := netip.AddrFromSlice(ip); ok {
			out = append(out, a.Unmap())
		}
	}
	return out
}
