package directory

import (
	"cmp"
	"slices"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Queues lists an organisation's queue extensions by id.
func (d *Directory) Queues(orgID int64) []store.Extension {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return nil
	}
	var out []store.Extension
	for _, e := range o.extensions {
		if e.Type == store.QueueExtension {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b store.Extension) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Agents lists an organisation's agents, local and remote, by id.
func (d *Directory) Agents(orgID int64) []store.Agent {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return nil
	}
	out := make([]store.Agent, 0, len(o.agents))
	for _, a := range o.agents {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b store.Agent) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Agent gives an agent by id.
func (d *Directory) Agent(orgID int64, id acd.AgentID) (store.Agent, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return store.Agent{}, false
	}
	a, ok := o.agents[id]
	return a, ok
}
