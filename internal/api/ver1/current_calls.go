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
	readOnly("state", func(l *app.LiveCall) any { return l.State }),
	readOnly("caller_hold", func(l *app.LiveCall) any { return orNull(string(l.CallerHold)) }),
	readOnly("called_hold", func(l *app.LiveCall) any { return orNull(string(l.CalledHold)) }),
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

var orderFields = fields[app.CallOrder]{
	text("action", func(o *app.CallOrder) *app.CallAction { return &o.Action }).must(),
	emptyNull("send_dst", func(o *app.CallOrder) *string { return &o.Dst }),
}

// orderCall has a call do something.
func (c *call) orderCall() (reply, error) {
	var o app.CallOrder
	if err := orderFields.create(c.body, &o); err != nil {
		return reply{}, err
	}
	l, err := c.app.OrderCall(c.ctx, c.actor, c.extension, c.name, o)
	return shown(liveFields, l, err)
}

func (c *call) hangupCall() (reply, error) {
	return deleted(c.app.HangupCall(c.ctx, c.actor, c.extension, c.name))
}
