package app

import (
	"context"

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
