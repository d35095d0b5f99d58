package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// LineState is what an agent's line does.
type LineState = acd.State

// The states of a line.
const (
	LineIdle        = acd.Idle
	LineOffered     = acd.Offered
	LineTalking     = acd.Talking
	LineWrapUp      = acd.WrapUp
	LineResting     = acd.Resting
	LineOnCall      = acd.OnCall
	LineUnreachable = acd.Unreachable
)

// AgentNow is what an agent is and does now.
type AgentNow struct {
	Agent       AgentID
	Number      string // short number of the local agent's phone, or the remote agent's number
	Name        string // "" = none
	WrapUp      time.Duration
	State       LineState
	Since       time.Time        // of the state
	Calls       int              // answered today, in whichever queue
	LastCall    time.Time        // end of the last; zero = none that is known
	LoggedIn    time.Time        // since when it is logged in anywhere; zero = it is not
	Default     MembershipStatus // while it is in no queue
	Memberships []Membership
}

// QueueNow is what a queue is and does now.
type QueueNow struct {
	ID       QueueID
	Number   string // short
	Name     string // its label
	Strategy Strategy
	LoggedIn int        // agents online or paused
	Ready    int        // agents who could be offered a call now
	Agents   []AgentNow // by level, position and id; each with this queue's membership alone
	Callers  []Caller   // waiting, longest first
}

// AgentNow tells what an agent does.
func (s *Service) AgentNow(ctx context.Context, a Actor, agent AgentRef) (now AgentNow, err error) {
	var row store.Agent
	err = s.store.View(ctx, func(tx store.Tx) (err error) {
		row, err = findAgent(ctx, tx, a, agent)
		return err
	})
	if err != nil {
		return now, err
	}
	err = s.read(ctx, a.Org, func(e *acd.Engine, _ acd.Time) { now = s.agentNow(a.Org, row, e) })
	return now, err
}

// agentNow runs in the engine's goroutine.
func (s *Service) agentNow(org int64, row store.Agent, e *acd.Engine) AgentNow {
	at, _ := s.directory.AgentEndpoint(org, row.ID)
	o, _ := s.directory.Organisation(org)
	now := AgentNow{Agent: row.ID, Number: strings.TrimPrefix(at.Number, o.Prefix+"*"), WrapUp: row.WrapUp, Default: row.Default}
	if row.Name != nil {
		now.Name = *row.Name
	}
	v, _ := e.AgentView(row.ID)
	now.State, now.Since, now.Calls = v.State, v.Since.Std(), v.Calls
	now.LastCall, now.LoggedIn = stdOrZero(v.LastCall), stdOrZero(v.LoggedIn)
	now.Memberships = v.Memberships
	return now
}

func stdOrZero(t acd.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Std()
}

// QueuesNow tells what queues do, by id: those named, or all the actor sees.
func (s *Service) QueuesNow(ctx context.Context, a Actor, only ...QueueID) (list []QueueNow, err error) {
	agents := map[AgentID]store.Agent{}
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{Type: QueueType})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if a.sees(row) && (len(only) == 0 || slices.Contains(only, QueueID(row.ID))) {
				q, err := tx.Queues.Get(ctx, a.Org, QueueID(row.ID))
				if err != nil {
					return err
				}
				list = append(list, QueueNow{ID: q.ID, Number: row.Number, Name: row.Label, Strategy: q.Strategy})
			}
		}
		all, _, err := tx.Agents.List(ctx, a.Org, store.AgentFilter{Both: true})
		for _, row := range all {
			agents[row.ID] = row
		}
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	err = s.read(ctx, a.Org, func(e *acd.Engine, now acd.Time) { s.fillQueues(a.Org, list, agents, e, now) })
	return list, err
}

// fillQueues runs in the engine's goroutine: each agent is looked at once, however many queues it is in.
func (s *Service) fillQueues(org int64, list []QueueNow, agents map[AgentID]store.Agent, e *acd.Engine, now acd.Time) {
	at := make(map[QueueID]*QueueNow, len(list))
	for i := range list {
		q := &list[i]
		at[q.ID] = q
		v, _ := e.QueueView(q.ID)
		q.LoggedIn, q.Ready = v.LoggedIn, v.Ready
		for _, c := range e.Callers(q.ID) {
			if c.State != acd.CallerAnswered {
				q.Callers = append(q.Callers, Caller{Call: string(c.Call), Number: c.Number, Name: c.Name, Joined: c.Joined.Std(),
					State: c.State.String(), Position: c.Position, Wait: now.Sub(c.Joined)})
			}
		}
	}
	for _, row := range agents {
		agent := s.agentNow(org, row, e)
		for _, m := range agent.Memberships {
			if q := at[m.Queue]; q != nil {
				agent.Memberships = []Membership{m}
				q.Agents = append(q.Agents, agent)
			}
		}
	}
	for _, q := range list {
		slices.SortFunc(q.Agents, func(x, y AgentNow) int {
			mx, my := x.Memberships[0], y.Memberships[0]
			return cmp.Or(cmp.Compare(mx.Level, my.Level), cmp.Compare(mx.Position, my.Position), cmp.Compare(x.Agent, y.Agent))
		})
	}
}

// ServiceThreshold is the T of service levels where a report is asked for none.
func (s *Service) ServiceThreshold(a Actor) time.Duration {
	org, _ := s.directory.Organisation(a.Org)
	return org.Threshold()
}
