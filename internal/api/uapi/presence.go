package uapi

import (
	"time"

	"holdline/internal/app"
)

type presence = app.Presence

// presenceFields are Presence's (reference page "list presence").
var presenceFields = listing[presence]{
	{name: "extension", sorted: true, text: func(p *presence) string { return p.Number }, show: func(p *presence) any { return p.Number }},
	{name: "status", show: func(p *presence) any { return int(p.Status) }},
	{name: "registration", show: func(p *presence) any { return registrations(p.Registrations) }},
}

// registration is one device of a phone.
type registration struct {
	Agent  string `json:"agent,omitempty"`
	State  string `json:"registration"`
	Expire string `json:"expire,omitempty"`
}

// registrationStates are the dialect's words. "2", none needed, and "0",
// unknown, are of vendors whose phones need no registration, or who cannot tell.
var registrationStates = [...]string{app.NotRegistered: "-1", app.Registered: "1", app.RegistrationExpired: "-2"}

func registrations(list []app.Registration) []registration {
	out := make([]registration, len(list))
	for i, r := range list {
		out[i] = registration{Agent: r.Device, State: registrationStates[r.State]}
		if r.State == app.Registered {
			out[i].Expire = r.Expires.Format(time.RFC3339)
		}
	}
	return out
}

func (c *call) listPresence() (reply, error) {
	q, err := presenceFields.query(c.query)
	if err != nil {
		return reply{}, err
	}
	f := app.PresenceFilter{Only: c.number, Keep: q.matches, Descending: q.down, Page: q.page()}
	page, total, err := c.app.ListPresence(c.ctx, c.scope, f)
	if err != nil {
		return reply{}, err
	}
	return collected(c, presenceFields, page, total, q)
}
