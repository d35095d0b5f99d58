package uapi

import (
	"encoding/json"
	"errors"
	"strconv"

	"holdline/internal/app"
)

// queueAgent is an agent of the queue in the path.
type queueAgent struct {
	app.QueueAgent
	queue string // extended number
	self  string
}

// agentFields are QueueAgent's (reference page "update queue agents").
var agentFields = listing[queueAgent]{
	textual("agentNumber", func(a *queueAgent) string { return a.Number }),
	{name: "status", sorted: true, text: (*queueAgent).statusText, show: func(a *queueAgent) any { return a.statusText() }},
	textual("queue", func(a *queueAgent) string { return a.queue }),
	{name: "type", show: func(a *queueAgent) any {
		if a.Remote {
			return "remote"
		}
		return "local"
	}},
	{name: "identifier", show: func(a *queueAgent) any { return a.id() }},
	{name: "links", show: func(a *queueAgent) any { return links{a.self} }},
}

// updatedFields are those a PUT answers with.
var updatedFields = []string{"agentNumber", "status", "queue", "links"}

// agentStatuses are the dialect's words: 0 logged out, 1 online, 2 paused.
var agentStatuses = map[string]app.MembershipStatus{"0": app.StatusLoggedOut, "1": app.StatusOnline, "2": app.StatusPaused}

func (a *queueAgent) statusText() string {
	for text, status := range agentStatuses {
		if status == a.Status {
			return text
		}
	}
	return ""
}

func (a *queueAgent) id() string { return strconv.FormatInt(int64(a.Agent), 10) }

func (c *call) queueAgent(a app.QueueAgent) queueAgent {
	out := queueAgent{QueueAgent: a, queue: c.number}
	name := a.Number
	if a.Remote {
		name = out.id()
	}
	out.self = c.self + "/queue/agents/" + name
	return out
}

func (c *call) listAgents() (reply, error) {
	q, err := agentFields.query(c.query)
	if err != nil {
		return reply{}, err
	}
	all, err := c.app.QueueAgents(c.ctx, c.scope.Actor(), c.extension)
	if err != nil {
		return reply{}, err
	}
	rows := make([]queueAgent, len(all))
	for i, a := range all {
		rows[i] = c.queueAgent(a)
	}
	return list(c, agentFields, rows, q)
}

func (c *call) getAgent() (reply, error) {
	q, err := agentFields.query(c.query)
	if err != nil {
		return reply{}, err
	}
	one, err := c.findAgent()
	var none *refused
	if errors.As(err, &none) {
		return reply{}, nil
	}
	if err != nil {
		return reply{}, err
	}
	return list(c, agentFields, []queueAgent{one}, q)
}

// findAgent finds {agent} in the queue.
func (c *call) findAgent() (queueAgent, error) {
	found, err := c.app.FindQueueAgent(c.ctx, c.scope.Actor(), c.extension, c.agent)
	var theirs *app.Error
	if errors.As(err, &theirs) && theirs.Code == app.NotFound {
		return queueAgent{}, invalid("qag_agent_invalid", "there is no agent %s in queue %s; use the extended number of a local agent, or the id of a remote one", quote(c.agent), c.number)
	}
	return c.queueAgent(found), err
}

func (c *call) setAgentStatus() (reply, error) {
	text, _, _ := c.parameter("status")
	status, ok := agentStatuses[text]
	if !ok {
		return reply{}, invalid("status_invalid", "status is %s; allowed are 0 (logged out), 1 (online), 2 (paused)", c.shownValue("status"))
	}
	a, err := c.findAgent()
	if err != nil {
		return reply{}, err
	}
	_, err = c.app.SetStatus(c.ctx, c.scope.Actor(), app.StatusChange{Agent: a.Agent, Queue: a.Queue, Status: status})
	var theirs *app.Error
	if errors.As(err, &theirs) && theirs.Code == app.NotFound {
		return reply{}, &app.Error{Code: app.AccessDenied, Message: "agent " + a.Number + " is not one of the user this application works for"}
	}
	if err != nil {
		return reply{}, err
	}
	a.Status = status
	shown, err := agentFields.show(&a, updatedFields)
	return reply{body: []json.RawMessage{shown}}, err
}
