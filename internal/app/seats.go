package app

import (
	"context"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// AgentAt finds the agent who sits at a number: the short or extended number
// of a phone, or an external one, with or without its +.
func (s *Service) AgentAt(a Actor, number string) (AgentRef, error) {
	if e, ok := s.directory.OfNumber(a.Org, number); ok && a.sees(e) {
		if id, ok := s.directory.AgentAt(a.Org, e.ID); ok {
			return AgentRef{ID: id}, nil
		}
	}
	if a.Reach != store.ReachUser {
		bare := strings.TrimPrefix(number, "+")
		for _, n := range []string{number, bare, "+" + bare} {
			if id, ok := s.directory.AgentByNumber(a.Org, n); ok {
				return AgentRef{ID: id, Remote: true}, nil
			}
		}
	}
	return AgentRef{}, refuse(NotFound, "there is no agent at %s", cutText(number))
}

// leastExternal is the fewest digits a number without a + has to be taken for
// an external one: shorter ones are mistyped extensions.
const leastExternal = 7

// SeatAgent finds the agent who sits at a number, or makes one: a local agent
// at a phone of the organisation, a remote one at an external number. A new
// agent is logged out until it is logged in somewhere.
func (s *Service) SeatAgent(ctx context.Context, a Actor, number string) (AgentRef, error) {
	if ref, err := s.AgentAt(a, number); err == nil {
		return ref, nil
	}
	e, internal := s.directory.OfNumber(a.Org, number)
	n := NewAgent(!internal)
	n.Status = LoggedOut
	switch {
	case internal && e.Type == Phone && a.sees(e):
		n.ExtensionID = e.ID
	case !internal && externalNumber.MatchString(number) && (number[0] == '+' || len(number) >= leastExternal):
		n.Number = number
	default:
		return AgentRef{}, refuse(NotFound, "%s is neither a phone of yours nor an external number", cutText(number))
	}
	made, err := s.CreateAgent(ctx, a, n)
	return AgentRef{ID: made.ID, Remote: made.Remote}, err
}

// CheckAgentName refuses what CreateAgent and UpdateAgent would refuse as an
// agent's name; an empty one is none.
func CheckAgentName(name string) error {
	return first(checkLabel("name", name, maxAgentName))
}

// QueueAt finds the queue with a short or extended number.
func (s *Service) QueueAt(a Actor, number string) (ExtensionRef, error) {
	e, ok := s.directory.OfNumber(a.Org, number)
	if !ok || e.Type != QueueType || !a.sees(e) {
		return ExtensionRef{}, refuse(NotFound, "there is no queue %s", cutText(number))
	}
	return ExtensionRef{ID: e.ID}, nil
}

// seatLevel is the level of agents who join by their number alone.
const seatLevel = 1

// LogInto puts an agent into a queue, behind the others of level 1, and logs
// it in there. AlreadyExists if it is in the queue already, whatever its status.
func (s *Service) LogInto(ctx context.Context, a Actor, queue ExtensionRef, agent AgentRef) (changed int, err error) {
	all, err := s.QueueAgents(ctx, a, queue)
	if err != nil {
		return 0, err
	}
	m := Membership{Agent: agent.ID, Level: seatLevel, Position: 1}
	for _, other := range all {
		if other.Level == seatLevel {
			m.Position = min(max(m.Position, other.Position+1), maxOrder)
		}
	}
	if m, err = s.AddMembership(ctx, a, queue, agent.Remote, m); err != nil {
		return 0, err
	}
	if m.Status == acd.Online {
		return 1, nil
	}
	return s.SetStatus(ctx, a, StatusChange{Agent: agent.ID, Queue: m.Queue, Status: acd.Online})
}

// LogOutOf takes an agent out of a queue. It is logged out there first, so
// that whoever was logged in nowhere else is told to have logged out; out of
// its last queue it stays logged out, whatever it was made with.
func (s *Service) LogOutOf(ctx context.Context, a Actor, queue ExtensionRef, agent AgentRef) error {
	m, err := s.GetMembership(ctx, a, queue, agent)
	if err != nil {
		return err
	}
	if _, err := s.SetStatus(ctx, a, StatusChange{Agent: agent.ID, Queue: m.Queue, Status: acd.LoggedOut}); err != nil {
		return err
	}
	if err := s.RemoveMembership(ctx, a, queue, agent); err != nil {
		return err
	}
	if now, err := s.GetAgent(ctx, a, agent); err != nil || now.Status == LoggedOut {
		return err
	}
	left, err := s.AgentNow(ctx, a, agent)
	if err != nil || len(left.Memberships) > 0 {
		return err
	}
	_, err = s.UpdateAgent(ctx, a, agent, func(e *Agent) error {
		e.Status = LoggedOut
		return nil
	})
	return err
}
