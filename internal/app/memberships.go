package app

import (
	"context"
	"fmt"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// maxOrder is the highest level and position: far beyond any call centre, far below any overflow.
const maxOrder = 100_000

// ListMemberships lists a queue's local or remote agents by level, position and id, with their total number.
func (s *Service) ListMemberships(ctx context.Context, a Actor, queue ExtensionRef, remote bool, p Page) (list []Membership, total int, err error) {
	err = s.viewQueue(ctx, a, queue, func(tx store.Tx, row store.Extension) error {
		all, err := tx.Memberships.OfQueue(ctx, row.OrgID, QueueID(row.ID))
		if err != nil {
			return err
		}
		agents, _, err := tx.Agents.List(ctx, row.OrgID, store.AgentFilter{Remote: remote})
		if err != nil {
			return err
		}
		kind := make(map[AgentID]bool, len(agents))
		for _, agent := range agents {
			kind[agent.ID] = true
		}
		list, total = cut(all, func(m Membership) bool { return kind[m.Agent] }, p)
		return nil
	})
	return list, total, err
}

// GetMembership gives an agent's place in a queue.
func (s *Service) GetMembership(ctx context.Context, a Actor, queue ExtensionRef, agent AgentRef) (m Membership, err error) {
	err = s.viewQueue(ctx, a, queue, func(tx store.Tx, row store.Extension) error {
		m, err = findMembership(ctx, tx, row, agent)
		return err
	})
	return m, err
}

// AddMembership puts an agent of the given kind into a queue at m's level and
// position. Its status there is the one it has now, so that nobody on a break
// is rung because a queue was added.
func (s *Service) AddMembership(ctx context.Context, a Actor, queue ExtensionRef, remote bool, m Membership) (Membership, error) {
	if err := checkOrder(m); err != nil {
		return m, err
	}
	a, queue, err := s.at(ctx, a, queue)
	if err != nil {
		return m, err
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findQueue(ctx, tx, a, queue)
		if err != nil {
			return err
		}
		agent, err := findAgent(ctx, tx, a, AgentRef{m.Agent, remote})
		if err != nil {
			return err
		}
		in, err := tx.Memberships.OfAgent(ctx, a.Org, m.Agent)
		if err != nil {
			return err
		}
		m.Queue, m.Since = QueueID(row.ID), s.now()
		m.Status, m.Reason = standing(agent.Default, in)
		if err := tx.Memberships.Create(ctx, a.Org, m); err != nil {
			return taken(err, "agent %d is in queue %s already; change its level and position there", m.Agent, row.Number)
		}
		return s.noted(ctx, tx, a, "membership.create", membershipTarget(m, row), fmt.Sprintf("level %d, position %d", m.Level, m.Position))
	}, func() []acd.Input { return append([]acd.Input{acd.SetMembership{Membership: m}}, joinedQueue(m)...) })
	return m, err
}

// joinedQueue notes in the journal from when on the agent is there for the
// queue's calls: without it, statistics would not know.
func joinedQueue(m Membership) []acd.Input {
	if m.Status == acd.LoggedOut {
		return nil
	}
	return []acd.Input{noteStatus(m, m.Status, m.Reason)}
}

// leftQueues notes until when agents were there.
func leftQueues(list []Membership) (in []acd.Input) {
	for _, m := range list {
		if m.Status != acd.LoggedOut {
			in = append(in, noteStatus(m, acd.LoggedOut, "left the queue"))
		}
	}
	return in
}

func noteStatus(m Membership, status acd.Status, reason string) acd.Input {
	return acd.Note{Fact: acd.Fact{Kind: acd.FactStatus, Queue: m.Queue, Agent: m.Agent, Status: status, Reason: reason, Source: acd.SourceSystem}}
}

// UpdateMembership lets edit change level and position; the status stays.
func (s *Service) UpdateMembership(ctx context.Context, a Actor, queue ExtensionRef, agent AgentRef, edit func(*Membership) error) (m Membership, err error) {
	if a, queue, err = s.at(ctx, a, queue); err != nil {
		return m, err
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findQueue(ctx, tx, a, queue)
		if err != nil {
			return err
		}
		old, err := findMembership(ctx, tx, row, agent)
		if err != nil {
			return err
		}
		m = old
		if err := edit(&m); err != nil {
			return err
		}
		if m.Agent != old.Agent {
			return Invalidf("agent_id", "agent_id cannot be changed from %d to %d; add the other agent and delete this one", old.Agent, m.Agent)
		}
		if err := checkOrder(m); err != nil {
			return err
		}
		if err := tx.Memberships.PutOrder(ctx, a.Org, old.Queue, old.Agent, m.Level, m.Position); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "membership.update", membershipTarget(m, row), changed(old, m))
	}, func() []acd.Input { return []acd.Input{acd.SetMembership{Membership: m}} })
	return m, err
}

// RemoveMembership takes an agent out of a queue; a call in progress goes on.
func (s *Service) RemoveMembership(ctx context.Context, a Actor, queue ExtensionRef, agent AgentRef) error {
	a, queue, err := s.at(ctx, a, queue)
	if err != nil {
		return err
	}
	var m Membership
	return s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findQueue(ctx, tx, a, queue)
		if err != nil {
			return err
		}
		if m, err = findMembership(ctx, tx, row, agent); err != nil {
			return err
		}
		if err := keepStanding(ctx, tx, m, a.Org); err != nil {
			return err
		}
		if err := tx.Memberships.Delete(ctx, a.Org, m.Queue, m.Agent); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "membership.delete", membershipTarget(m, row), "")
	}, func() []acd.Input {
		return append([]acd.Input{acd.RemoveMembership{Queue: m.Queue, Agent: m.Agent}}, leftQueues([]Membership{m})...)
	})
}

// findMembership finds an agent of ref's kind in a queue the actor sees. The
// agent itself may be out of a user's reach: whoever has the queue has its places.
func findMembership(ctx context.Context, tx store.Tx, queue store.Extension, ref AgentRef) (m Membership, err error) {
	m, err = tx.Memberships.Get(ctx, queue.OrgID, QueueID(queue.ID), ref.ID)
	if err == nil {
		var agent store.Agent
		agent, err = tx.Agents.Get(ctx, queue.OrgID, ref.ID)
		if err == nil && agent.Remote != ref.Remote {
			err = store.ErrNotFound
		}
	}
	return m, missing(err, "there is no %s agent %d in queue %s; list its agents to find the right id", ref.kind(), ref.ID, queue.Number)
}

// membershipTarget names an agent's place in a queue in the audit log.
func membershipTarget(m Membership, queue store.Extension) string {
	return fmt.Sprintf("agent %d in queue %s", m.Agent, queue.Number)
}

func checkOrder(m Membership) error {
	return first(
		checkRange("level", int64(m.Level), 0, maxOrder),
		checkRange("position", int64(m.Position), 0, maxOrder),
	)
}
