package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Agent is an agent as dialects show and edit it.
type Agent struct {
	store.Agent
	Status AgentStatus
	Reason string // of the break; only with Status OnBreak
}

// NewAgent gives an agent with the defaults (contracts/ringme.md, Agents), still without a place.
func NewAgent(remote bool) Agent {
	return Agent{Status: Available, Agent: store.Agent{Agent: acd.Agent{Remote: remote, CallTimeout: 60 * time.Second,
		BusyDelay: 10 * time.Second, NoAnswerDelay: 10 * time.Second, RejectDelay: 10 * time.Second}}}
}

// AgentRef names an agent of one kind; the other kind's ids are not found.
type AgentRef struct {
	ID     AgentID
	Remote bool
}

func (r AgentRef) kind() string {
	if r.Remote {
		return "remote"
	}
	return "local"
}

func (r AgentRef) notFound() *Error {
	return refuse(NotFound, "there is no %s agent %d among yours; list them to find the right id", r.kind(), r.ID)
}

// AgentFilter narrows a list; zero fields match all.
type AgentFilter struct {
	Remote     bool
	Extensions []int64
	Page
}

// ListAgents lists the local or remote agents the actor sees, by id, with their total number.
func (s *Service) ListAgents(ctx context.Context, a Actor, f AgentFilter) (list []Agent, total int, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		filter := store.AgentFilter{Remote: f.Remote, Extensions: f.Extensions, Page: f.Page}
		if a.Reach == store.ReachUser {
			filter.Page = Page{} // the page is cut after leaving out other users' agents
		}
		rows, n, err := tx.Agents.List(ctx, a.Org, filter)
		if err != nil {
			return err
		}
		if a.Reach == store.ReachUser {
			own, err := ownExtensions(ctx, tx, a)
			if err != nil {
				return err
			}
			rows, n = cut(rows, func(r store.Agent) bool { return !r.Remote && slices.Contains(own, r.ExtensionID) }, f.Page)
		}
		total = n
		list, err = showAgents(ctx, tx, rows)
		return err
	})
	return list, total, err
}

func ownExtensions(ctx context.Context, tx store.Tx, a Actor) (ids []int64, err error) {
	rows, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{Type: Phone})
	for _, r := range rows {
		if a.sees(r) {
			ids = append(ids, r.ID)
		}
	}
	return ids, err
}

// GetAgent gives one agent.
func (s *Service) GetAgent(ctx context.Context, a Actor, ref AgentRef) (agent Agent, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := findAgent(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		agent, err = showAgent(ctx, tx, row)
		return err
	})
	return agent, err
}

// CreateAgent makes a local (ExtensionID) or remote (Number) agent. Status
// becomes its default, taken over when it joins its first queue.
func (s *Service) CreateAgent(ctx context.Context, a Actor, n Agent) (agent Agent, err error) {
	row := n.Agent
	if row.Default, err = n.Status.membership(); err != nil {
		return agent, err
	}
	if n.Reason != "" {
		return agent, Invalidf("pause_reason", "pause_reason is %q, but a new agent is in no queue yet; set it when the break begins", n.Reason)
	}
	if err := checkAgent(row); err != nil {
		return agent, err
	}
	if row.Remote && a.Reach == store.ReachUser {
		return agent, refuse(AccessDenied, "an application of a user cannot make remote agents; use one of the organisation")
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		row.ID, row.OrgID = 0, a.Org
		if err := placeAgent(ctx, tx, a, &row); err != nil {
			return err
		}
		if err := tx.Agents.Create(ctx, &row); err != nil {
			return taken(err, "extension %d has a local agent already; use that one, or another extension", row.ExtensionID)
		}
		agent = Agent{Agent: row, Status: n.Status}
		return s.noted(ctx, tx, a, "agent.create", agentTarget(row.ID), agentDetail(n.Status, "", store.Agent{}, row))
	}, func() []acd.Input {
		s.directory.PutAgent(row)
		return []acd.Input{acd.SetAgent{Agent: row.Agent}}
	})
	return agent, err
}

// placeAgent checks the phone a local agent sits at and clears what the agent's kind does not have.
func placeAgent(ctx context.Context, tx store.Tx, a Actor, row *store.Agent) error {
	if row.Remote {
		row.ExtensionID = 0
		return nil
	}
	row.Number = ""
	e, err := tx.Extensions.Get(ctx, a.Org, row.ExtensionID)
	if err == nil && (e.Type != Phone || !a.sees(e)) {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return Invalidf("extension_id", "extension_id is %d, and that is no phone extension of yours; make an extension of type phone first", row.ExtensionID)
	}
	return err
}

// UpdateAgent lets edit change an agent and saves it. Status and Reason are
// empty when edit is called; the status edit puts there is set on all the
// agent's memberships, with the reason if it is a break, and is its default
// while it is in no queue. Edit may be called twice.
func (s *Service) UpdateAgent(ctx context.Context, a Actor, ref AgentRef, edit func(*Agent) error) (agent Agent, err error) {
	if agent, done, err := s.updateStatus(ctx, a, ref, edit); done || err != nil {
		return agent, err
	}
	var row store.Agent
	var login []acd.Input
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		old, err := findAgent(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		agent = Agent{Agent: old}
		if err := edit(&agent); err != nil {
			return err
		}
		row = agent.Agent
		row.ID, row.OrgID, row.Remote = old.ID, old.OrgID, old.Remote
		if err := s.giveReason(ctx, tx, &agent, old); err != nil {
			return err
		}
		if agent.Status != "" {
			if row.Default, err = agent.Status.membership(); err != nil {
				return err
			}
			if login, err = loginOutside(ctx, tx, a, old, row); err != nil {
				return err
			}
		}
		if err := checkAgent(row); err != nil {
			return err
		}
		if row.ExtensionID != old.ExtensionID {
			if err := placeAgent(ctx, tx, a, &row); err != nil {
				return err
			}
		}
		if err := tx.Agents.Put(ctx, row); err != nil {
			return taken(err, "extension %d has a local agent already; use that one, or another extension", row.ExtensionID)
		}
		return s.noted(ctx, tx, a, agentAction(agent, old, row), agentTarget(row.ID), agentDetail(agent.Status, agent.Reason, old, row))
	}, func() []acd.Input {
		s.directory.PutAgent(row)
		in := []acd.Input{acd.SetAgent{Agent: row.Agent}}
		if agent.Status != "" {
			in = append(in, acd.SetStatus{Agent: row.ID, Status: row.Default, Reason: agent.Reason, Source: a.Source})
		}
		return append(in, login...)
	})
	if err != nil {
		return Agent{}, err
	}
	return s.GetAgent(ctx, a, ref)
}

// giveReason checks the reason of a break. Alone it is one for the break the agent is on.
func (s *Service) giveReason(ctx context.Context, tx store.Tx, agent *Agent, old store.Agent) error {
	if agent.Reason == "" || agent.Status == OnBreak {
		return first(checkLabel("pause_reason", agent.Reason, 80))
	}
	now, err := showAgent(ctx, tx, old)
	if err != nil {
		return err
	}
	if agent.Status != "" || now.Status != OnBreak {
		return Invalidf("pause_reason", "pause_reason is %q, but the agent is not on a break; send status on_break with it, or null", agent.Reason)
	}
	agent.Status = OnBreak
	return first(checkLabel("pause_reason", agent.Reason, 80))
}

// DeleteAgent deletes an agent and takes it out of its queues; unless
// removeFromQueues is set, one that is in a queue is refused as AgentInQueue.
// A call in progress goes on.
func (s *Service) DeleteAgent(ctx context.Context, a Actor, ref AgentRef, removeFromQueues bool) error {
	var in []Membership
	return s.change(ctx, a.Org, func(tx store.Tx) error {
		if _, err := findAgent(ctx, tx, a, ref); err != nil {
			return err
		}
		var err error
		if in, err = tx.Memberships.OfAgent(ctx, a.Org, ref.ID); err != nil {
			return err
		}
		if !removeFromQueues && len(in) > 0 {
			return refuse(AgentInQueue, "agent %d is in %s; take it out first, or repeat with remove_from_queues=true", ref.ID, queuesOf(in))
		}
		if err := tx.Agents.Delete(ctx, a.Org, ref.ID); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "agent.delete", agentTarget(ref.ID), queuesOf(in))
	}, func() []acd.Input {
		s.directory.DropAgent(a.Org, ref.ID)
		s.subscriptionsChanged(a.Org)
		return append([]acd.Input{acd.RemoveAgent{Agent: ref.ID}}, leftQueues(in)...)
	})
}

func queuesOf(list []Membership) string {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = fmt.Sprint("queue ", m.Queue)
	}
	return strings.Join(ids, ", ")
}

// maxMissed is the most missed offers that can be allowed before a pause: beyond it, 0 is meant.
const maxMissed = 1000

// maxAgentName is the most characters an agent's name has.
const maxAgentName = 255

func checkAgent(a store.Agent) error {
	if a.Remote && !externalNumber.MatchString(a.Number) {
		return Invalidf("number", "number is %q; allowed are 3 to 20 digits, with a leading + if you like", a.Number)
	}
	return first(
		checkSeconds("call_timeout", a.CallTimeout),
		checkSeconds("busy_delay_time", a.BusyDelay),
		checkSeconds("no_answer_delay_time", a.NoAnswerDelay),
		checkSeconds("reject_delay_time", a.RejectDelay),
		checkSeconds("wrap_up_time", a.WrapUp),
		checkRange("max_no_answer", int64(a.MaxNoAnswer), 0, maxMissed),
		checkOptionalLabel("name", a.Name, maxAgentName),
		checkOpaque("extra_params", a.ExtraParams, 4096),
	)
}

// findAgent finds an agent of ref's kind among those the actor sees: all of
// the organisation's, or for a user's application those at the user's phones.
func findAgent(ctx context.Context, tx store.Tx, a Actor, ref AgentRef) (store.Agent, error) {
	row, err := tx.Agents.Get(ctx, a.Org, ref.ID)
	if err == nil && row.Remote != ref.Remote {
		err = store.ErrNotFound
	}
	if err == nil && a.Reach == store.ReachUser {
		err = seesAgent(ctx, tx, a, row)
	}
	if err != nil {
		return store.Agent{}, missing(err, "%s", ref.notFound().Message)
	}
	return row, nil
}

func seesAgent(ctx context.Context, tx store.Tx, a Actor, row store.Agent) error {
	if row.Remote {
		return store.ErrNotFound
	}
	e, err := tx.Extensions.Get(ctx, a.Org, row.ExtensionID)
	if err == nil && !a.sees(e) {
		err = store.ErrNotFound
	}
	return err
}
