package app

import (
	"context"
	"errors"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// Actor is on whose behalf a use case runs.
type Actor struct {
	Org         int64 // the organisation worked in
	User        int64 // 0 = the organisation itself
	Reach       store.Reach
	Application int64 // 0 = not through an application
	Source      acd.Source
	Role        string // of the user who is signed in or consented; "" = an application on its own, which its reach alone bounds

	home, behind int64 // an administrator's own organisation and user, while working in another
}

// agentMay are the changes the role of an agent allows, on what is the agent's own.
var agentMay = map[string]bool{"agent.status": true, "call.transfer": true, "call.hangup": true, "call.order": true, "agent.ready": true, "session.password": true}

// may refuses what the role of a user does not allow, wherever its reach would.
func (a Actor) may(action string) error {
	if a.Role != store.RoleAgent || agentMay[action] {
		return nil
	}
	return refuse(AccessDenied, "agents change their own status and calls only; ask a supervisor for this")
}

// manages refuses those who see no more than what is a user's own.
func (a Actor) manages(what string) error {
	if a.Reach == store.ReachOrganisation || a.Reach == store.ReachAll {
		return nil
	}
	return refuse(AccessDenied, "%s are the organisation's; use an application of the organisation, or a supervisor's sign-in", what)
}

// ActorOf gives the actor behind an access token.
func ActorOf(g auth.Grant) Actor {
	return Actor{Org: g.Org, User: g.User, Reach: store.Reach(g.Reach), Application: g.Application, Source: acd.SourceAPI, Role: g.Role}
}

// In gives the actor working in an organisation: its own, or any for an
// administrator's. All others are refused alike, whether they exist or not.
func (s *Service) In(ctx context.Context, a Actor, org int64) (Actor, error) {
	if org == a.Org {
		return a, nil
	}
	if a.Reach != store.ReachAll {
		return a, refuse(AccessDenied, "client %d is not yours; use @me or your own id %d", org, a.Org)
	}
	err := s.store.View(ctx, func(tx store.Tx) error {
		_, err := tx.Organisations.Get(ctx, org)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return a, refuse(ClientNotFound, "there is no client %d", org)
	}
	return a.in(org), err
}

func (a Actor) in(org int64) Actor {
	if org != a.Org {
		if a.home == 0 {
			a.home, a.behind = a.Org, a.User
		}
		a.Org, a.User = org, 0
	}
	return a
}

// sees tells whether an extension is in the actor's reach: an application of a
// user sees that user's, any other those of the organisation it works in.
func (a Actor) sees(e store.Extension) bool {
	return e.OrgID == a.Org && (a.Reach != store.ReachUser || e.OwnerID == a.User && a.User != 0)
}
