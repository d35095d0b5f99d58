package ver1

import (
	"strconv"
	"time"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

type agent = app.Agent

var localFields = agentFields(long("extension_id", func(a *agent) *int64 { return &a.ExtensionID }).must())

var remoteFields = agentFields(text("number", func(a *agent) *string { return &a.Number }).must())

// agentFields are those of both kinds, and the place where the agent is called.
func agentFields(place field[agent]) fields[agent] {
	return fields[agent]{
		agentStatus,
		nullable("name", func(a *agent) **string { return &a.Name }),
		seconds("busy_delay_time", func(a *agent) *time.Duration { return &a.BusyDelay }),
		seconds("no_answer_delay_time", func(a *agent) *time.Duration { return &a.NoAnswerDelay }),
		seconds("call_timeout", func(a *agent) *time.Duration { return &a.CallTimeout }),
		seconds("wrap_up_time", func(a *agent) *time.Duration { return &a.WrapUp }),
		place,
		seconds("reject_delay_time", func(a *agent) *time.Duration { return &a.RejectDelay }),
		nullable("extra_params", func(a *agent) **string { return &a.ExtraParams }),
		readOnly("id", func(a *agent) any { return a.ID }),
		// Beyond the vendor's.
		long("max_no_answer", func(a *agent) *int { return &a.MaxNoAnswer }),
		emptyNull("pause_reason", func(a *agent) *string { return &a.Reason }),
	}
}

// agentStatus passes on what was sent, but nothing empty: that means "unchanged" to the use case.
var agentStatus = field[agent]{name: "status",
	get: func(a *agent) any { return a.Status },
	set: func(a *agent, v strictjson.Value) error {
		s, ok := v.Text()
		if !ok || s == "" {
			return app.Invalidf("status", "status is %s; allowed are available, logged_out, on_break", shorten(string(v)))
		}
		a.Status = app.AgentStatus(s)
		return nil
	},
}

func (c *call) agentFields() fields[agent] {
	if c.remote {
		return remoteFields
	}
	return localFields
}

func (c *call) listAgents() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	f := app.AgentFilter{Remote: c.remote, Page: page}
	if !c.remote {
		for _, s := range c.query["extension_id"] {
			id, err := strconv.ParseInt(s, 10, 64)
			if err != nil || id < 1 {
				return reply{}, app.Invalidf("extension_id", "extension_id is %q; allowed are ids of extensions", shorten(s))
			}
			f.Extensions = append(f.Extensions, id)
		}
	}
	list, total, err := c.app.ListAgents(c.ctx, c.actor, f)
	return listed(c.agentFields(), list, total, err)
}

func (c *call) createAgent() (reply, error) {
	a := app.NewAgent(c.remote)
	if err := c.agentFields().create(c.body, &a); err != nil {
		return reply{}, err
	}
	a, err := c.app.CreateAgent(c.ctx, c.actor, a)
	return created(c.agentFields(), a, err)
}

func (c *call) getAgent() (reply, error) {
	a, err := c.app.GetAgent(c.ctx, c.actor, c.agent)
	return shown(c.agentFields(), a, err)
}

func (c *call) updateAgent() (reply, error) {
	a, err := c.app.UpdateAgent(c.ctx, c.actor, c.agent, func(a *agent) error {
		return c.agentFields().update(c.body, a)
	})
	return shown(c.agentFields(), a, err)
}

// releaseAgent takes no fields: nothing, or an empty object.
func (c *call) releaseAgent() (reply, error) {
	if err := (fields[agent]{}).update(c.body, &agent{}); err != nil {
		return reply{}, err
	}
	a, err := c.app.ReleaseAgent(c.ctx, c.actor, c.agent)
	return shown(c.agentFields(), a, err)
}

// readyAgent takes no fields, either.
func (c *call) readyAgent() (reply, error) {
	if err := (fields[agent]{}).update(c.body, &agent{}); err != nil {
		return reply{}, err
	}
	a, err := c.app.EndRest(c.ctx, c.actor, c.agent)
	return shown(c.agentFields(), a, err)
}

func (c *call) deleteAgent() (reply, error) {
	remove, err := c.flag("remove_from_queues", true)
	if err != nil {
		return reply{}, err
	}
	return deleted(c.app.DeleteAgent(c.ctx, c.actor, c.agent, remove))
}
