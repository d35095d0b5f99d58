package directory

import (
	"strings"

	"holdline/internal/store"
)

// DropOrganisation forgets an organisation with its numbers and trunks.
func (d *Directory) DropOrganisation(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.orgs[id]
	if o == nil {
		return
	}
	for _, e := range o.extensions {
		full := strings.ToLower(o.Prefix + "*" + e.Number)
		delete(d.phones, full+"@"+strings.ToLower(o.Domain))
		delete(d.phones, full)
	}
	delete(d.orgs, id)
	for trunk, t := range d.trunks {
		if t.OrgID == id {
			d.forgetTrunk(trunk)
		}
	}
}

// TrunkClashes tells whether a trunk would take calls from an address that a
// trunk of another organisation takes calls from: an address can be one
// organisation's line only, or one would get the other's calls.
func (d *Directory) TrunkClashes(t store.Trunk) bool {
	prefixes := d.prefixesOf(t)
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, s := range d.sources {
		if d.trunks[s.trunk].OrgID == t.OrgID {
			continue
		}
		for _, p := range prefixes {
			if p.Overlaps(s.prefix) {
				return true
			}
		}
	}
	return false
}
