package app

import (
	"context"
	"errors"

	"holdline/internal/live"
	"holdline/internal/store"
)

// Watch follows the organisation the actor works in as it is now: its queues,
// agents, callers and calls, and every change of them. Whoever sees only what
// is a user's own gets only that (live.Scope). after is the id of the last
// frame an earlier cursor gave, "" at the beginning. The cursor is to be closed.
func (s *Service) Watch(ctx context.Context, a Actor, after string) (*live.Cursor, error) {
	if s.watched == nil {
		return nil, refuse(Unavailable, "this server has no live feed; ask for the state by GET instead")
	}
	see := live.Scope{}
	if a.Reach == store.ReachUser {
		if a.User == 0 {
			return nil, refuse(AccessDenied, "an application of a user watches its own client only")
		}
		see.User = a.User
	}
	c, err := s.watched.Follow(a.Org, see, after)
	switch {
	case errors.Is(err, live.ErrFull):
		return nil, refuse(TooMany, "this client has as many live streams open as it may; close some that are not looked at")
	case errors.Is(err, live.ErrClosed):
		return nil, refuse(Unavailable, "the server is stopping; connect again in a few seconds")
	}
	return c, err
}
