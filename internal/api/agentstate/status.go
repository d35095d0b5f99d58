package agentstate

import (
	"net/http"

	"holdline/internal/app"
)

// done is the answer of what changes something.
type done struct {
	Status  string   `json:"status"`
	Action  string   `json:"action"`
	Agent   string   `json:"agent"`
	Alias   string   `json:"alias"`
	Queues  []string `json:"queues"` // those it was about
	Reason  string   `json:"reason"`
	Changed int      `json:"changed"` // memberships
}

// done tells what became of the action's agent.
func (c *call) done(queues []string, changed int) (any, error) {
	now, err := c.app.AgentNow(c.ctx, c.actor, c.agent)
	return done{"success", c.action, now.Number, alias(now), queues, last(c.query, "reason"), changed}, err
}

// alias is an agent's display name: the number where there is none.
func alias(now app.AgentNow) string {
	if now.Name != "" {
		return now.Name
	}
	return now.Number
}

func (c *call) pause() (any, error) { return c.setStatus(app.StatusPaused) }

func (c *call) unpause() (any, error) { return c.setStatus(app.StatusOnline) }

// setStatus pauses or brings back, in one queue or all: for who is logged in there.
func (c *call) setStatus(status app.MembershipStatus) (any, error) {
	queues, err := c.queues()
	if err != nil {
		return nil, err
	}
	if err := c.checkAlias(); err != nil {
		return nil, err
	}
	changed, err := c.app.SetStatus(c.ctx, c.actor, app.StatusChange{Agent: c.agent.ID, Queue: app.QueueID(c.queue.ID),
		Status: status, Reason: last(c.query, "reason"), SkipLoggedOut: true})
	if err != nil {
		return nil, err
	}
	if err := c.setAlias(); err != nil {
		return nil, err
	}
	return c.done(queues, changed)
}

// queues gives the numbers of the queues that are meant: the one named, where
// the agent must be, or all the agent's.
func (c *call) queues() ([]string, error) {
	if c.number != "" {
		_, err := c.app.GetMembership(c.ctx, c.actor, c.queue, c.agent)
		if refusedAs(err, app.NotFound) {
			return nil, c.notMember()
		}
		return []string{c.number}, err
	}
	now, err := c.app.AgentNow(c.ctx, c.actor, c.agent)
	if err != nil {
		return nil, err
	}
	numbers, err := c.numbers()
	out := make([]string, 0, len(now.Memberships)) // never nil: an empty list is [], not null
	for _, m := range now.Memberships {
		out = append(out, numbers[m.Queue])
	}
	return out, err
}

func (c *call) notMember() error {
	return refusal{http.StatusNotFound, "not_member", "", "agent " + shorten(last(c.query, "agent")) + " is not in queue " + c.number}
}

// numbers gives the short numbers of all queues.
func (c *call) numbers() (map[app.QueueID]string, error) {
	list, _, err := c.app.ListExtensions(c.ctx, c.actor, app.ExtensionFilter{Type: app.QueueType})
	out := make(map[app.QueueID]string, len(list))
	for _, e := range list {
		out[app.QueueID(e.ID)] = e.Number
	}
	return out, err
}

// checkAlias refuses a display name before anything else is changed: what is
// answered with an error has changed nothing.
func (c *call) checkAlias() error { return app.CheckAgentName(last(c.query, "alias")) }

// setAlias gives the agent the display name that was sent, if one was.
func (c *call) setAlias() error {
	name := last(c.query, "alias")
	if name == "" {
		return nil
	}
	now, err := c.app.GetAgent(c.ctx, c.actor, c.agent)
	if err != nil || now.Name != nil && *now.Name == name {
		return err
	}
	_, err = c.app.UpdateAgent(c.ctx, c.actor, c.agent, func(a *app.Agent) error {
		a.Name = &name
		return nil
	})
	return err
}

func (c *call) add() (any, error) {
	c.h.seating.Lock()
	defer c.h.seating.Unlock()
	number := last(c.query, "agent")
	err := c.checkAlias()
	if err != nil {
		return nil, err
	}
	if c.agent, err = c.app.SeatAgent(c.ctx, c.actor, number); err != nil {
		if refusedAs(err, app.NotFound) {
			return nil, refusal{http.StatusNotFound, "agent_not_found", "", "there is no phone " + quote(number) + ", and it is no external number"}
		}
		return nil, err
	}
	changed, err := c.app.LogInto(c.ctx, c.actor, c.queue, c.agent)
	if refusedAs(err, app.AlreadyExists) {
		return nil, refusal{http.StatusConflict, "already_member", "", "agent " + shorten(number) + " is already in queue " + c.number}
	}
	if err != nil {
		return nil, err
	}
	if err := c.setAlias(); err != nil {
		return nil, err
	}
	return c.done([]string{c.number}, changed)
}

func (c *call) remove() (any, error) {
	err := c.app.LogOutOf(c.ctx, c.actor, c.queue, c.agent)
	if refusedAs(err, app.NotFound) {
		return nil, c.notMember()
	}
	if err != nil {
		return nil, err
	}
	return c.done([]string{c.number}, 1)
}
