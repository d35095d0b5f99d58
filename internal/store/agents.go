package store

import (
	"context"

	"holdline/internal/acd"
)

// Agent is a local (ExtensionID) or remote (Number) agent.
type Agent struct {
	acd.Agent
	OrgID       int64
	ExtensionID int64
	Number      string
	Name        *string
	ExtraParams *string
	Default     acd.Status // its status while it is in no queue, taken over on joining
}

// AgentFilter narrows a list; zero fields match all.
type AgentFilter struct {
	Remote     bool
	Both       bool // local and remote; Remote is then ignored
	Extensions []int64
	Page
}

// Agents is the table of agents; local and remote ids share one sequence.
type Agents interface {
	Create(context.Context, *Agent) error // ErrExists when the extension has an agent already
	Get(ctx context.Context, org int64, id acd.AgentID) (Agent, error)
	Put(context.Context, Agent) error
	Delete(ctx context.Context, org int64, id acd.AgentID) error // with its memberships
	// List gives a page and how many rows match in all. Extensions, if any, narrows it to the agents who sit there.
	List(ctx context.Context, org int64, f AgentFilter) (rows []Agent, total int, err error)
}

// Memberships is the table of agents in queues. Status, Reason and Since are
// set on Create and afterwards only by FactStatus facts in the journal.
type Memberships interface {
	// Create adds an agent to a queue; ErrExists when it is there already, ErrNotFound when queue or agent is not.
	Create(ctx context.Context, org int64, m acd.Membership) error
	Get(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID) (acd.Membership, error)
	PutOrder(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID, level, position int) error
	Delete(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID) error
	OfQueue(ctx context.Context, org int64, queue acd.QueueID) ([]acd.Membership, error) // by level, position, agent
	OfAgent(ctx context.Context, org int64, agent acd.AgentID) ([]acd.Membership, error) // by queue
	List(ctx context.Context, org int64) ([]acd.Membership, error)                       // by queue, level, position, agent
}
