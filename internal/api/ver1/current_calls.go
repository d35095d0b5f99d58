package ver1

import (
	"holdline/internal/app"
)

var liveFields = fields[app.LiveCall]{
	readOnly("call_api_id", func(l *app.LiveCall) any { return l.Call }),
	readOnly("record_uuid", func(l *app.LiveCall) any { return orNull(l.Recording) }),
	readOnly("call_flow", func(l *app.LiveCall) any { return l.Flow }),
	readOnly("called_number", func(l *app.LiveCall) any { return l.To }),
	readOnly("called_did", func(l *app.LiveCall) any { return orNull(l.DID) }),
	readOnly("init_time_gmt", func(l *app.LiveCall) any { return gmt(l.Started) }),
	readOnly("answer_time_gmt", func(l *app.LiveCall) any { return gmt(l.Answered) }),
	readOnly("caller_id_number", func(l *app.LiveCall) any { return l.From }),
	readOnly("caller_id_name", func(l *app.LiveCall) any { return l.FromName }),
	readOnly("caller_extension", func(l *app.LiveCall) any { return orNull(l.CallerNumber) }),
	readOnly("called_extension", func(l *app.LiveCall) any { return orNull(l.CalledNumber) }),
	readOnly("real_call", func(*app.LiveCall) any { return true }),
	readOnly("queue_id", func(l *app.LiveCall) any { return idOrNull(l.Queue) }),
	readOnly("agent_id", func(l *app.LiveCall) any { return idOrNull(l.Agent) }),
}

func (c *call) listCalls() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListCalls(c.ctx, c.actor, page)
	return listed(liveFields, list, total, err)
}

func (c *call) listExtensionCalls() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListExtensionCalls(c.ctx, c.actor, c.extension, page)
	return listed(liveFields, list, total, err)
}

func (c *call) getCall() (reply, error) {
	l, err := c.app.FindCall(c.ctx, c.actor, c.extension, c.name)
	return shown(liveFields, l, err)
}

// callOrder is the body of PUT: what a call is to do.
type callOrder struct{ action, to string }

var orderFields = fields[callOrder]{
	text("action", func(o *callOrder) *string { return &o.action }).must(),
	emptyNull("send_dst", func(o *callOrder) *string { return &o.to }),
}

// orderCall has a call do something. What the contract names beyond transfer is done by the phones themselves.
func (c *call) orderCall() (reply, error) {
	var o callOrder
	if err := orderFields.create(c.body, &o); err != nil {
		return reply{}, err
	}
	if _, err := c.app.FindCall(c.ctx, c.actor, c.extension, c.name); err != nil {
		return reply{}, err
	}
	switch o.action {
	case "transfer":
		l, err := c.app.TransferCall(c.ctx, c.actor, c.extension, c.name, o.to)
		return shown(liveFields, l, err)
	case "attended_transfer", "eavesdrop", "whisper", "conference", "hold", "offhold", "park", "pickup":
		return reply{}, app.Invalidf("action", "action %q is not offered in this version; use transfer, or DELETE to hang up (phones hold and transfer by their own keys)", o.action)
	}
	return reply{}, app.Invalidf("action", "action is %q; allowed is transfer, or DELETE to hang up", shorten(o.action))
}

func (c *call) hangupCall() (reply, error) {
	return deleted(c.app.HangupCall(c.ctx, c.actor, c.extension, c.name))
}
