package ver1

import (
	"time"

	"holdline/internal/app"
)

type presence = app.Presence

var presenceFields = fields[presence]{
	readOnly("extension_id", func(p *presence) any { return p.Extension }),
	readOnly("extension_name", func(p *presence) any { return p.Number }),
	readOnly("status", func(p *presence) any { return phoneWords[p.Status] }),
	readOnly("registered", func(p *presence) any {
		return len(p.Registrations) > 0 && p.Registrations[0].State == app.Registered
	}),
	{name: "registrations", of: registrationFields, get: func(p *presence) any {
		devices := p.Registrations
		if len(devices) > 0 && devices[0].State == app.NotRegistered {
			devices = nil
		}
		list, err := registrationFields.showAll(devices)
		if err != nil {
			return err.Error() // no registration has a value JSON does not know
		}
		return list
	}},
	ofRefusal("refused_gmt", func(r *app.Refusal) any { return r.At.UTC().Format(time.DateTime) }),
	ofRefusal("refused_reason", func(r *app.Refusal) any { return string(r.Why) }),
	ofRefusal("refused_address", func(r *app.Refusal) any { return r.Address }),
}

// ofRefusal shows something of the last refusal; null where there was none.
func ofRefusal(name string, get func(*app.Refusal) any) field[presence] {
	return readOnly(name, func(p *presence) any {
		if p.Refused == nil {
			return nil
		}
		return get(p.Refused)
	})
}

var phoneWords = map[app.PhoneStatus]string{app.PhoneUnknown: "offline", app.PhoneOnline: "online", app.PhoneRinging: "ringing", app.PhoneBusy: "busy"}

var registrationFields = fields[app.Registration]{
	readOnly("device", func(r *app.Registration) any { return r.Device }),
	readOnly("expires_gmt", func(r *app.Registration) any {
		if r.State != app.Registered {
			return nil
		}
		return r.Expires.UTC().Format(time.DateTime)
	}),
	readOnly("address", func(r *app.Registration) any { return orNull(r.Address) }),
	readOnly("transport", func(r *app.Registration) any { return orNull(r.Transport) }),
	readOnly("since_gmt", func(r *app.Registration) any {
		if r.Since.IsZero() {
			return nil
		}
		return r.Since.UTC().Format(time.DateTime)
	}),
}

// listPresence tells what phones do and from where they are registered.
func (c *call) listPresence() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	ids, err := c.ids("extension_id")
	if err != nil {
		return reply{}, err
	}
	scope, err := c.app.ScopeOf(c.ctx, c.actor, app.Owner{Self: true}, "")
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListPresence(c.ctx, scope, app.PresenceFilter{Extensions: ids, Page: page})
	return listed(presenceFields, list, total, err)
}
