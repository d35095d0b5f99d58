package directory

import (
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// PhoneAccount finds the phone extension that registers or calls as user at
// domain. A domain that is no organisation's (an IP address, say) is passed
// over: extended numbers are unique by their prefix.
func (d *Directory) PhoneAccount(user, domain string) (e store.Extension, o store.Organisation, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	e, ok = d.phones[strings.ToLower(user+"@"+domain)]
	if !ok {
		e, ok = d.phones[strings.ToLower(user)]
	}
	if !ok {
		return e, o, false
	}
	return e, d.orgs[e.OrgID].Organisation, true
}

// Trunk gives a trunk by id.
func (d *Directory) Trunk(id int64) (store.Trunk, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, ok := d.trunks[id]
	return t, ok
}

// Trunks lists all trunks.
func (d *Directory) Trunks() []store.Trunk {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := make([]store.Trunk, 0, len(d.trunks))
	for _, t := range d.trunks {
		out = append(out, t)
	}
	return out
}

// Organisation gives an organisation by id.
func (d *Directory) Organisation(id int64) (store.Organisation, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[id]
	if o == nil {
		return store.Organisation{}, false
	}
	return o.Organisation, true
}

// Extension gives an extension by id, with its full number.
func (d *Directory) Extension(orgID, id int64) (e store.Extension, full string, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return e, "", false
	}
	e, ok = o.extensions[id]
	return e, o.Prefix + "*" + e.Number, ok
}

// Owner gives the organisation an extension belongs to. It looks through all
// of them: meant for the start, not for calls.
func (d *Directory) Owner(extension int64) (org int64, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for id, o := range d.orgs {
		if _, ok := o.extensions[extension]; ok {
			return id, true
		}
	}
	return 0, false
}

// Resolve says where a number dialled inside the organisation leads: a short
// or full internal number, else an external one through the default trunk.
// The full number of another organisation leads nowhere.
func (d *Directory) Resolve(orgID int64, dialled string) Target {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return Target{}
	}
	short := strings.TrimPrefix(dialled, o.Prefix+"*")
	if id, ok := o.byNumber[short]; ok {
		return o.target(id)
	}
	if id, ok := o.dids[dialled]; ok {
		return o.target(id)
	}
	if o.trunk == 0 || !isExternal(dialled) {
		return Target{}
	}
	return Target{Kind: External, Number: dialled, Trunk: o.trunk}
}

// ResolveDID says where a number called through a trunk leads: a DID or a
// full internal number; never out again.
func (d *Directory) ResolveDID(orgID int64, called string) Target {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return Target{}
	}
	if id, ok := o.did(called); ok {
		return o.target(id)
	}
	if short, ok := strings.CutPrefix(called, o.Prefix+"*"); ok {
		if id, ok := o.byNumber[short]; ok {
			return o.target(id)
		}
	}
	return Target{}
}

func (o *org) target(id int64) Target {
	e, ok := o.extensions[id]
	if !ok {
		return Target{}
	}
	kind := Phone
	if e.Type == store.QueueExtension {
		kind = Queue
	}
	return Target{Kind: kind, Extension: id, Number: o.Prefix + "*" + e.Number, Blocked: e.Blocked}
}

// isExternal: an optional + and at least three digits.
func isExternal(number string) bool {
	digits := strings.TrimPrefix(number, "+")
	return len(digits) >= 3 && strings.Trim(digits, "0123456789") == ""
}

// AgentEndpoint gives the place an agent is called at.
func (d *Directory) AgentEndpoint(orgID int64, id acd.AgentID) (telephony.Endpoint, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return telephony.Endpoint{}, false
	}
	a, ok := o.agents[id]
	if !ok {
		return telephony.Endpoint{}, false
	}
	if a.Remote {
		return telephony.Endpoint{Trunk: o.trunk, Number: a.Number}, true
	}
	return telephony.Endpoint{Extension: a.ExtensionID, Number: o.Prefix + "*" + o.extensions[a.ExtensionID].Number}, true
}

// AgentAt gives the local agent who sits at a phone extension.
func (d *Directory) AgentAt(orgID, extension int64) (acd.AgentID, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[orgID]; o != nil {
		id, ok := o.agentAt[extension]
		return id, ok
	}
	return 0, false
}

// AgentByNumber gives the remote agent with an external number.
func (d *Directory) AgentByNumber(orgID int64, number string) (acd.AgentID, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[orgID]; o != nil {
		id, ok := o.byExternal[number]
		return id, ok
	}
	return 0, false
}
