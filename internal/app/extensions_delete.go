package app

import (
	"context"
	"fmt"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// DeleteExtension deletes an extension, and the public numbers that lead to
// it. While it is an agent's phone or a queue with agents it is refused as a
// Conflict, unless force is set: then the agent, or the queue's memberships, go with it.
func (s *Service) DeleteExtension(ctx context.Context, a Actor, ref ExtensionRef, force bool) error {
	a, ref, err := s.at(ctx, a, ref)
	if err != nil {
		return err
	}
	var gone goneExtension
	return s.change(ctx, a.Org, func(tx store.Tx) (err error) {
		if gone.row, err = findExtension(ctx, tx, a, ref); err != nil {
			return err
		}
		if err := gone.collect(ctx, tx); err != nil {
			return err
		}
		if inTheWay := gone.inTheWay(); inTheWay != "" && !force {
			return refuse(Conflict, "extension %s is in use: %s; remove that first, or repeat with force=true", gone.row.Number, inTheWay)
		}
		if err := gone.delete(ctx, tx); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "extension.delete", extensionTarget(gone.row), gone.inTheWay())
	}, func() []acd.Input { return gone.follow(s) })
}

// goneExtension is an extension with all that goes with it.
type goneExtension struct {
	row     store.Extension
	agents  []store.Agent    // who sit at it
	members []acd.Membership // of its queue
	left    []acd.Membership // of agents, in other queues
	dids    []store.DID
}

func (g *goneExtension) collect(ctx context.Context, tx store.Tx) (err error) {
	org := g.row.OrgID
	if g.row.Type == Phone {
		err = g.collectAgents(ctx, tx)
	} else {
		g.members, err = tx.Memberships.OfQueue(ctx, org, QueueID(g.row.ID))
	}
	if err != nil {
		return err
	}
	all, err := tx.DIDs.List(ctx, org)
	for _, d := range all {
		if d.ExtensionID == g.row.ID {
			g.dids = append(g.dids, d)
		}
	}
	return err
}

func (g *goneExtension) collectAgents(ctx context.Context, tx store.Tx) (err error) {
	g.agents, _, err = tx.Agents.List(ctx, g.row.OrgID, store.AgentFilter{Extensions: []int64{g.row.ID}})
	for _, agent := range g.agents {
		in, err := tx.Memberships.OfAgent(ctx, g.row.OrgID, agent.ID)
		if err != nil {
			return err
		}
		g.left = append(g.left, in...)
	}
	return err
}

// inTheWay names what forbids an unforced delete; "" = nothing.
func (g *goneExtension) inTheWay() string {
	var ids []string
	for _, agent := range g.agents {
		ids = append(ids, fmt.Sprint("local agent ", agent.ID))
	}
	for i, m := range g.members {
		if i == 10 {
			ids = append(ids, fmt.Sprintf("%d more", len(g.members)-i))
			break
		}
		ids = append(ids, fmt.Sprint("agent ", m.Agent, " in its queue"))
	}
	return strings.Join(ids, ", ")
}

func (g *goneExtension) delete(ctx context.Context, tx store.Tx) error {
	org := g.row.OrgID
	for _, m := range g.members {
		if err := keepStanding(ctx, tx, m, org); err != nil {
			return err
		}
	}
	for _, agent := range g.agents {
		if err := tx.Agents.Delete(ctx, org, agent.ID); err != nil {
			return err
		}
	}
	for _, d := range g.dids {
		if err := tx.DIDs.Delete(ctx, org, d.Number); err != nil {
			return err
		}
	}
	return tx.Extensions.Delete(ctx, org, g.row.ID)
}

func (g *goneExtension) follow(s *Service) (in []acd.Input) {
	s.subscriptionsChanged(g.row.OrgID)
	for _, agent := range g.agents {
		s.directory.DropAgent(g.row.OrgID, agent.ID)
		in = append(in, acd.RemoveAgent{Agent: agent.ID})
	}
	for _, d := range g.dids {
		s.directory.DropDID(g.row.OrgID, d.Number)
	}
	s.directory.DropExtension(g.row.OrgID, g.row.ID)
	s.unregister(g.row.OrgID, g.row.ID)
	if g.row.Type == QueueType {
		in = append(in, acd.RemoveQueue{Queue: QueueID(g.row.ID)})
	}
	return append(in, leftQueues(append(g.left, g.members...))...)
}
