package app

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// QueueAgent is an agent as a queue knows it: place and status there.
type QueueAgent struct {
	Membership
	Remote bool
	Number string // extended number of the local agent's phone, or the remote agent's external number
}

// Words of a membership's status, so that a dialect needs no other package for them.
const (
	StatusLoggedOut = acd.LoggedOut
	StatusOnline    = acd.Online
	StatusPaused    = acd.Paused
)

// MembershipStatus is what an agent wants of one queue.
type MembershipStatus = acd.Status

// QueueAgents lists all agents of a queue, local and remote, by level, position and id.
func (s *Service) QueueAgents(ctx context.Context, a Actor, queue ExtensionRef) (list []QueueAgent, err error) {
	err = s.viewQueue(ctx, a, queue, func(tx store.Tx, row store.Extension) error {
		all, err := tx.Memberships.OfQueue(ctx, row.OrgID, QueueID(row.ID))
		list = make([]QueueAgent, len(all))
		for i, m := range all {
			at, _ := s.directory.AgentEndpoint(row.OrgID, m.Agent)
			list[i] = QueueAgent{Membership: m, Remote: at.Extension == 0, Number: at.Number}
		}
		return err
	})
	return list, err
}

// FindQueueAgent finds one agent of a queue: a local one by its extended
// number, a remote one by its id or its number; an id comes before a number.
// It reads one row, however many agents the queue has. NotFound if there is none.
func (s *Service) FindQueueAgent(ctx context.Context, a Actor, queue ExtensionRef, name string) (found QueueAgent, err error) {
	row, _, ok := s.directory.Extension(a.Org, queue.ID)
	if !ok || !a.sees(row) || row.Type != QueueType {
		return found, queue.notFound()
	}
	ids := s.agentsNamed(a.Org, name)
	err = s.store.View(ctx, func(tx store.Tx) error {
		for _, id := range ids {
			m, err := tx.Memberships.Get(ctx, a.Org, QueueID(row.ID), id)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			at, _ := s.directory.AgentEndpoint(a.Org, id)
			found = QueueAgent{Membership: m, Remote: at.Extension == 0, Number: at.Number}
			return err
		}
		return store.ErrNotFound
	})
	if !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	return s.namesake(ctx, a, queue, name)
}

// agentsNamed gives the agents a name can mean, the likeliest first.
func (s *Service) agentsNamed(org int64, name string) (ids []AgentID) {
	if strings.Contains(name, "*") {
		if e, ok := s.directory.OfNumber(org, name); ok {
			if id, ok := s.directory.AgentAt(org, e.ID); ok {
				ids = append(ids, id)
			}
		}
		return ids
	}
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		if at, ok := s.directory.AgentEndpoint(org, AgentID(n)); ok && at.Extension == 0 {
			ids = append(ids, AgentID(n))
		}
	}
	if id, ok := s.directory.AgentByNumber(org, name); ok {
		ids = append(ids, id)
	}
	return ids
}

// namesake looks through the queue: two remote agents may have one number,
// and only one of them be here.
func (s *Service) namesake(ctx context.Context, a Actor, queue ExtensionRef, name string) (QueueAgent, error) {
	all, err := s.QueueAgents(ctx, a, queue)
	if err != nil {
		return QueueAgent{}, err
	}
	i := slices.IndexFunc(all, func(q QueueAgent) bool { return q.Remote && q.Number == name })
	if i < 0 {
		return QueueAgent{}, refuse(NotFound, "there is no agent %s in that queue", cutText(name))
	}
	return all[i], nil
}
