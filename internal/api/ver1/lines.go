package ver1

import "holdline/internal/app"

// Trunks and public numbers: how calls come from outside and go there.

type trunk = app.Trunk

var trunkFields = fields[trunk]{
	readOnly("id", func(t *trunk) any { return t.ID }),
	text("name", func(t *trunk) *string { return &t.Name }).must(),
	text("host", func(t *trunk) *string { return &t.Host }).must(),
	text("transport", func(t *trunk) *string { return &t.Transport }),
	texts("addresses", func(t *trunk) *[]string { return &t.Addresses }),
	emptyNull("username", func(t *trunk) *string { return &t.Username }),
	writeOnly("password", func(t *trunk) *string { return &t.Password }),
	boolean("register", func(t *trunk) *bool { return &t.Register }),
	emptyNull("caller_id", func(t *trunk) *string { return &t.CallerID }),
	boolean("default", func(t *trunk) *bool { return &t.Default }),
	emptyNull("registration", func(t *trunk) *string { return &t.Registration.State }).shownOnly(),
	emptyNull("registration_problem", func(t *trunk) *string { return &t.Registration.Message }).shownOnly(),
}

func (c *call) listTrunks() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListTrunks(c.ctx, c.actor, page)
	return listed(trunkFields, list, total, err)
}

func (c *call) createTrunk() (reply, error) {
	var t trunk
	t.Transport = "udp"
	if err := trunkFields.create(c.body, &t); err != nil {
		return reply{}, err
	}
	t, err := c.app.CreateTrunk(c.ctx, c.actor, t)
	return created(trunkFields, t, err)
}

func (c *call) getTrunk() (reply, error) {
	t, err := c.app.GetTrunk(c.ctx, c.actor, c.thing)
	return shown(trunkFields, t, err)
}

func (c *call) updateTrunk() (reply, error) {
	t, err := c.app.UpdateTrunk(c.ctx, c.actor, c.thing, func(t *trunk) error { return trunkFields.update(c.body, t) })
	return shown(trunkFields, t, err)
}

func (c *call) deleteTrunk() (reply, error) {
	return deleted(c.app.DeleteTrunk(c.ctx, c.actor, c.thing))
}

// ownerFields tell whose an extension is. They stand apart from the vendor's fields.
var ownerFields = fields[extension]{
	readOnly("extension_id", func(e *extension) any { return e.ID }),
	zeroNull("user_id", func(e *extension) *int64 { return &e.OwnerID }),
}

func (c *call) getOwner() (reply, error) {
	e, err := c.app.GetExtension(c.ctx, c.actor, c.extension)
	return shown(ownerFields, e, err)
}

func (c *call) updateOwner() (reply, error) {
	e, err := c.app.UpdateExtension(c.ctx, c.actor, c.extension, func(e *extension) error { return ownerFields.update(c.body, e) })
	return shown(ownerFields, e, err)
}

type did = app.DID

// didNumber is set when the number is made, and cannot be changed.
var didNumber = text("number", func(d *did) *string { return &d.Number }).must()

var didFields = fields[did]{
	didNumber,
	long("extension_id", func(d *did) *int64 { return &d.ExtensionID }).must(),
}

func (c *call) listDIDs() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListDIDs(c.ctx, c.actor, page)
	return listed(didFields, list, total, err)
}

func (c *call) createDID() (reply, error) {
	var d did
	if err := didFields.create(c.body, &d); err != nil {
		return reply{}, err
	}
	d, err := c.app.CreateDID(c.ctx, c.actor, d)
	return created(didFields, d, err)
}

func (c *call) getDID() (reply, error) {
	d, err := c.app.GetDID(c.ctx, c.actor, c.name)
	return shown(didFields, d, err)
}

func (c *call) updateDID() (reply, error) {
	d, err := c.app.UpdateDID(c.ctx, c.actor, c.name, func(d *did) error {
		return fields[did]{didNumber.shownOnly(), didFields[1]}.update(c.body, d)
	})
	return shown(didFields, d, err)
}

func (c *call) deleteDID() (reply, error) {
	return deleted(c.app.DeleteDID(c.ctx, c.actor, c.name))
}
