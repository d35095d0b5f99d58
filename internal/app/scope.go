package app

import (
	"context"
	"errors"
	"strings"

	"holdline/internal/store"
)

// Owner names the user whose extensions are meant (contracts/unifiedapi.md, userId).
type Owner struct {
	// Self is the token's own user: everything in the application's reach.
	Self bool
	// Any is whoever owns the extension that is named.
	Any bool
	// User is an id, when neither of the above is set.
	User int64
}

// Scope is whose extensions are worked with: resolved, and in the actor's reach.
type Scope struct {
	actor Actor // works in the organisation of the extensions
	user  int64 // only this user's; 0 = all of the organisation the actor sees
}

// Actor gives the actor who works in the scope's organisation.
func (s Scope) Actor() Actor { return s.actor }

// The fields that refusals of Scope and ExtensionIn name.
const (
	FieldUser      = "user"
	FieldExtension = "extension"
)

func noUser(id int64) *Error {
	return Invalidf(FieldUser, "user %d is not known; use @me, or the id of one of your users", id)
}

// ScopeOf finds the extensions an owner has in the actor's reach. number, if
// not "", is an extended number: its prefix says in which organisation an
// administrator's application works. Refusals are Invalid with FieldUser, or
// AccessDenied; what another organisation has is refused alike, whether it is there or not.
func (s *Service) ScopeOf(ctx context.Context, a Actor, o Owner, number string) (Scope, error) {
	a, err := s.inOrganisationOf(a, number)
	if err != nil {
		return Scope{}, err
	}
	switch {
	case o.Self, o.Any:
		if a.Reach == store.ReachUser {
			return Scope{a, a.User}, nil
		}
		return Scope{actor: a}, nil
	case a.Reach == store.ReachUser && o.User != a.User:
		return Scope{}, refuse(AccessDenied, "user %d is not the one this application works for; use @me", o.User)
	}
	return s.scopeOfUser(ctx, a, o.User, number != "")
}

// inOrganisationOf gives the actor working where a number belongs.
func (s *Service) inOrganisationOf(a Actor, number string) (Actor, error) {
	prefix, _, extended := strings.Cut(number, "*")
	own, _ := s.directory.Organisation(a.Org)
	if !extended || prefix == own.Prefix {
		return a, nil
	}
	if a.Reach != store.ReachAll {
		return a, refuse(AccessDenied, "extension %s is not yours; your numbers begin with %s*", number, own.Prefix)
	}
	if e, ok := s.directory.ByFullNumber(number); ok {
		return a.in(e.OrgID), nil
	}
	return a, nil
}

// scopeOfUser looks the user up in the actor's organisation; an
// administrator's application, where no number says which one, in all of them.
func (s *Service) scopeOfUser(ctx context.Context, a Actor, user int64, here bool) (scope Scope, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		orgs := []int64{a.Org}
		if a.Reach == store.ReachAll && !here {
			all, err := tx.Organisations.List(ctx)
			if err != nil {
				return err
			}
			for _, o := range all {
				orgs = append(orgs, o.ID)
			}
		}
		for _, org := range orgs {
			_, err := tx.Users.Get(ctx, org, user)
			if err == nil {
				scope = Scope{a.in(org), user}
				return nil
			}
			if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return noUser(user)
	})
	return scope, err
}

// ExtensionIn finds the scope's extension with a number, short or extended, of
// one of the types given (none = any). Refusals are Invalid with
// FieldExtension, or AccessDenied for another user's.
func (s *Service) ExtensionIn(scope Scope, number string, types ...ExtensionType) (ref ExtensionRef, full string, err error) {
	e, ok := s.directory.OfNumber(scope.actor.Org, number)
	if !ok {
		return ref, "", Invalidf(FieldExtension, "there is no extension %s among yours; use an extended number such as 0003*201", number)
	}
	if !scope.actor.sees(e) {
		return ref, "", refuse(AccessDenied, "extension %s is not one of the user this application works for", number)
	}
	if scope.user != 0 && e.OwnerID != scope.user {
		return ref, "", Invalidf(FieldExtension, "extension %s is not one of user %d; use @owner, or its owner's id", number, scope.user)
	}
	for _, t := range types {
		if e.Type == t {
			types = nil
			break
		}
	}
	if len(types) > 0 {
		return ref, "", Invalidf(FieldExtension, "extension %s is a %s; this is for extensions of type %s", number, e.Type, joinTypes(types))
	}
	_, full, _ = s.directory.Extension(e.OrgID, e.ID)
	return ExtensionRef{ID: e.ID}, full, nil
}

func joinTypes(types []ExtensionType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, " or ")
}
