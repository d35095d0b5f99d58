package app

import (
	"context"
	"fmt"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// AgentStatus is an agent's status over all its queues, derived from its
// memberships (contracts/engine.md, Status).
type AgentStatus string

const (
	Available AgentStatus = "available"
	OnBreak   AgentStatus = "on_break"
	LoggedOut AgentStatus = "logged_out"
)

// membership gives the status every membership gets when this one is set.
func (s AgentStatus) membership() (acd.Status, error) {
	switch s {
	case Available:
		return acd.Online, nil
	case OnBreak:
		return acd.Paused, nil
	case LoggedOut:
		return acd.LoggedOut, nil
	}
	return 0, Invalidf("status", "status is %q; allowed are available, logged_out, on_break", string(s))
}

func agentStatus(s acd.Status) AgentStatus {
	return [...]AgentStatus{acd.LoggedOut: LoggedOut, acd.Online: Available, acd.Paused: OnBreak}[s]
}

// standing gives an agent's status with the pause's reason: online if it is
// anywhere, else paused if it is anywhere, else logged out; in no queue, its default.
func standing(byDefault acd.Status, in []Membership) (acd.Status, string) {
	if len(in) == 0 {
		return byDefault, ""
	}
	status, reason := acd.LoggedOut, ""
	for _, m := range in {
		switch {
		case m.Status == acd.Online:
			return acd.Online, ""
		case m.Status == acd.Paused && status == acd.LoggedOut:
			status, reason = acd.Paused, m.Reason
		}
	}
	return status, reason
}

// showAgent reads the status from the committed memberships, which the
// engine's facts keep: it is there also while the engine is not.
func showAgent(ctx context.Context, tx store.Tx, row store.Agent) (Agent, error) {
	in, err := tx.Memberships.OfAgent(ctx, row.OrgID, row.ID)
	status, reason := standing(row.Default, in)
	return Agent{Agent: row, Status: agentStatus(status), Reason: reason}, err
}

func showAgents(ctx context.Context, tx store.Tx, rows []store.Agent) ([]Agent, error) {
	list := make([]Agent, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = showAgent(ctx, tx, row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// StatusChange sets the status of one membership, or of all the agent's.
type StatusChange struct {
	Agent         AgentID
	Queue         QueueID // 0 = all
	Status        acd.Status
	Reason        string // of a pause, at most 80 characters
	SkipLoggedOut bool   // leave logged-out memberships as they are
}

// String tells the change in words.
func (c StatusChange) String() string {
	text := "status " + c.Status.String()
	if c.Queue != 0 {
		text += fmt.Sprintf(" in queue %d", c.Queue)
	}
	if c.Reason != "" {
		text += fmt.Sprintf(", reason %q", c.Reason)
	}
	return text
}

// agentTarget names an agent in the audit log.
func agentTarget(id AgentID) string { return fmt.Sprintf("agent %d", id) }

// agentAction tells a change of status, which agents may do, from all others.
func agentAction(agent Agent, old, row store.Agent) string {
	row.Default = old.Default
	if agent.Status != "" && changed(old, row) == "" {
		return "agent.status"
	}
	return "agent.update"
}

func agentDetail(status AgentStatus, reason string, old, row store.Agent) string {
	var list []string
	if status != "" {
		list = append(list, "status "+string(status))
	}
	if reason != "" {
		list = append(list, fmt.Sprintf("reason %q", reason))
	}
	if text := changed(old, row, "ID", "OrgID", "Default"); text != "" {
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// updateStatus is UpdateAgent for an edit of nothing but the status of an
// agent who is in queues; done tells whether it was one. The memberships have
// the status, committed with the journal, so no row has to be written, and
// thousands of agents a second log in and out.
func (s *Service) updateStatus(ctx context.Context, a Actor, ref AgentRef, edit func(*Agent) error) (agent Agent, done bool, err error) {
	lock := s.lock(a.Org)
	lock.RLock() // while the agent is in no queue the status is in its row: joining and leaving wait
	defer lock.RUnlock()
	err = s.store.View(ctx, func(tx store.Tx) error {
		old, err := findAgent(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		agent = Agent{Agent: old}
		if err := edit(&agent); err != nil {
			return err
		}
		in, err := tx.Memberships.OfAgent(ctx, a.Org, ref.ID)
		if err != nil || len(in) == 0 || agent.Status == "" && agent.Reason == "" || changed(old, agent.Agent) != "" {
			return err
		}
		done = true
		return s.giveReason(ctx, tx, &agent, old)
	})
	if err != nil || !done {
		return Agent{}, false, err
	}
	status, err := agent.Status.membership()
	if err == nil {
		err = a.may("agent.status")
	}
	if err != nil {
		return Agent{}, false, err
	}
	c := StatusChange{Agent: ref.ID, Status: status, Reason: agent.Reason}
	if _, err := s.applyStatus(ctx, a, c, agentDetail(agent.Status, agent.Reason, agent.Agent, agent.Agent)); err != nil {
		return Agent{}, false, err
	}
	if agent.Status != OnBreak {
		agent.Reason = ""
	}
	return agent, true, nil
}

// keepStanding makes the status of an agent who leaves its last queue its
// default. It is called before the membership is deleted.
func keepStanding(ctx context.Context, tx store.Tx, leaving Membership, org int64) error {
	in, err := tx.Memberships.OfAgent(ctx, org, leaving.Agent)
	if err != nil || len(in) != 1 || in[0].Queue != leaving.Queue {
		return err
	}
	agent, err := tx.Agents.Get(ctx, org, leaving.Agent)
	if err != nil || agent.Default == in[0].Status {
		return err
	}
	agent.Default = in[0].Status
	return tx.Agents.Put(ctx, agent)
}

// loginOutside notes that an agent who is in no queue logged in or out: the
// rules, which tell it of all others, do not know that status.
func loginOutside(ctx context.Context, tx store.Tx, a Actor, old, row store.Agent) ([]acd.Input, error) {
	in, err := tx.Memberships.OfAgent(ctx, old.OrgID, old.ID)
	if err != nil || len(in) > 0 || (old.Default == acd.LoggedOut) == (row.Default == acd.LoggedOut) {
		return nil, err
	}
	kind := acd.FactAgentLogin
	if row.Default == acd.LoggedOut {
		kind = acd.FactAgentLogout
	}
	return []acd.Input{acd.Note{Fact: acd.Fact{Kind: kind, Agent: old.ID, Source: a.Source}}}, nil
}

// SetStatus changes statuses and tells how many memberships changed; one that
// already has the status does not count.
func (s *Service) SetStatus(ctx context.Context, a Actor, c StatusChange) (changed int, err error) {
	if err := first(checkLabel("reason", c.Reason, 80)); err != nil {
		return 0, err
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := tx.Agents.Get(ctx, a.Org, c.Agent)
		if err == nil && a.Reach == store.ReachUser {
			err = seesAgent(ctx, tx, a, row)
		}
		if err != nil {
			return missing(err, "there is no agent %d among yours; list them to find the right id", c.Agent)
		}
		if c.Queue == 0 {
			return nil
		}
		_, err = tx.Memberships.Get(ctx, a.Org, c.Queue, c.Agent)
		return missing(err, "agent %d is not in queue %d; add it first", c.Agent, c.Queue)
	})
	if err != nil {
		return 0, err
	}
	return s.applyStatus(ctx, a, c, c.String())
}

// applyStatus has the engine change statuses; detail is for the audit log.
func (s *Service) applyStatus(ctx context.Context, a Actor, c StatusChange, detail string) (changed int, err error) {
	facts, err := s.apply(ctx, a.Org, acd.SetStatus{Agent: c.Agent, Queue: c.Queue, Status: c.Status, Reason: c.Reason,
		Source: a.Source, SkipLoggedOut: c.SkipLoggedOut})
	for _, f := range facts {
		if f.Kind == acd.FactStatus && f.Agent == c.Agent {
			changed++
		}
	}
	if changed > 0 {
		s.noteLater(ctx, a, "agent.status", agentTarget(c.Agent), detail)
	}
	return changed, err
}
