package directory

import "strings"

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
