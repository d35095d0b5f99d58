package ver1

import (
	"time"

	"holdline/internal/api/provision"
	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

type extension = app.Extension

var extensionFields = fields[extension]{
	extensionStatus,
	readOnly("domain", func(e *extension) any { return e.Domain }),
	readOnly("create_date", func(e *extension) any { return e.Created.Format(time.DateTime) }),
	textVia("name", func(e *extension) string { return e.FullNumber }, func(e *extension, s string) { e.Number = s }).must(),
	nullableLong("dial_rule_limit", func(e *extension) **int64 { return &e.DialRuleLimit }),
	nullableLong("extension_group_id", func(e *extension) **int64 { return &e.GroupID }),
	text("label", func(e *extension) *string { return &e.Label }),
	nullable("caller_id_name", func(e *extension) **string { return &e.CallerIDName }),
	readOnly("client_id", func(e *extension) any { return e.OrgID }),
	nullable("extra_params", func(e *extension) **string { return &e.ExtraParams }),
	nullable("message_did", func(e *extension) **string { return &e.MessageDID }),
	nullableLong("dial_rule_id", func(e *extension) **int64 { return &e.DialRuleID }),
	boolean("ani_rfc3325", func(e *extension) *bool { return &e.ANIRFC3325 }),
	extensionType.must(),
	readOnly("id", func(e *extension) any { return e.ID }),
	nullable("did_as_transfer_caller_id", func(e *extension) **string { return &e.DIDAsTransferCallerID }),
}

var extensionType = text("type", func(e *extension) *app.ExtensionType { return &e.Type })

var extensionStatus = field[extension]{name: "status",
	get: func(e *extension) any {
		if e.Blocked {
			return "blocked"
		}
		return "active"
	},
	set: func(e *extension, v strictjson.Value) error {
		switch s, _ := v.Text(); s {
		case "active":
			e.Blocked = false
		case "blocked":
			e.Blocked = true
		default:
			return app.Invalidf("status", "status is %s; allowed are active, blocked", shorten(string(v)))
		}
		return nil
	},
}

func (c *call) listExtensions() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	owner, err := c.only("user_id")
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListExtensions(c.ctx, c.actor, app.ExtensionFilter{
		Type: app.ExtensionType(c.query.Get("type")), Number: c.query.Get("name"), Search: c.query.Get("search"), Owner: owner, Page: page})
	return listed(extensionFields, list, total, err)
}

func (c *call) createExtension() (reply, error) {
	var e extension
	if err := extensionFields.create(c.body, &e); err != nil {
		return reply{}, err
	}
	e, err := c.app.CreateExtension(c.ctx, c.actor, e)
	return created(extensionFields, e, err)
}

func (c *call) getExtension() (reply, error) {
	e, err := c.app.GetExtension(c.ctx, c.actor, c.extension)
	return shown(extensionFields, e, err)
}

func (c *call) updateExtension() (reply, error) {
	e, err := c.app.UpdateExtension(c.ctx, c.actor, c.extension, func(e *extension) error {
		return extensionFields.update(c.body, e)
	})
	return shown(extensionFields, e, err)
}

func (c *call) deleteExtension() (reply, error) {
	force, err := c.flag("force", false)
	if err != nil {
		return reply{}, err
	}
	return deleted(c.app.DeleteExtension(c.ctx, c.actor, c.extension, force))
}

type sipAccount = app.SIPAccount

var sipFields = fields[sipAccount]{
	readOnly("username", func(a *sipAccount) any { return a.Username }),
	readOnly("domain", func(a *sipAccount) any { return a.Domain }),
	readOnly("transport", func(a *sipAccount) any { return a.Transports }),
	emptyNull("server", func(a *sipAccount) *string { return &a.Server }).shownOnly(),
	readOnly("port", func(a *sipAccount) any { return a.Port }),
	readOnly("addresses", func(a *sipAccount) any { return append([]string{}, a.Addresses...) }), // [] where there are none
}

// sipWithPassword is the answer that sets the password, the only one that shows it.
var sipWithPassword = append(sipFields[:len(sipFields):len(sipFields)],
	text("password", func(a *sipAccount) *string { return &a.Password }))

// sipPassword is a password, or null for one the server makes up.
var sipPassword = fields[sipAccount]{emptyNull("password", func(a *sipAccount) *string { return &a.Password })}

func (c *call) getSIP() (reply, error) {
	a, err := c.app.GetSIPAccount(c.ctx, c.actor, c.extension)
	return shown(sipFields, a, err)
}

// updateSIP without a password changes nothing, as every PUT that leaves a field out.
func (c *call) updateSIP() (reply, error) {
	a, err := c.app.GetSIPAccount(c.ctx, c.actor, c.extension)
	if err != nil {
		return reply{}, err
	}
	if err := append(sipPassword[:1:1], sipFields...).update(c.body, &a); err != nil {
		return reply{}, err
	}
	if !c.body.Has("password") {
		return shown(sipFields, a, nil)
	}
	a, err = c.app.SetSIPPassword(c.ctx, c.actor, c.extension, a.Password)
	return shown(sipWithPassword, a, err)
}

type provisioning = app.Provisioning

var provisioningFields = fields[provisioning]{
	emptyNull("server", func(p *provisioning) *string { return &p.Server }),
	readOnly("path", func(p *provisioning) any { return provision.Address(p.Code) }),
	readOnly("expires_gmt", func(p *provisioning) any { return p.Expires.UTC().Format(time.DateTime) }),
}

func (c *call) makeProvisioning() (reply, error) {
	var p provisioning
	if err := provisioningFields.create(c.body, &p); err != nil {
		return reply{}, err
	}
	p, err := c.app.MakeProvisioning(c.ctx, c.actor, c.extension, p.Server)
	return created(provisioningFields, p, err)
}
