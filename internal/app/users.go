package app

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// User is a person of an organisation as dialects show and edit it. Password
// is always empty when it is shown; what is put there is the new one, in clear.
type User struct {
	store.User
	Created time.Time // in the organisation's time zone
}

// The roles of users; see store.RoleAdministrator.
var roles = []string{store.RoleAdministrator, store.RoleSupervisor, store.RoleAgent}

// loginForm is an e-mail address or a short name.
var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._%+@-]{1,127}$`)

func (s *Service) shownUser(u store.User) User {
	u.Password = ""
	return User{User: u, Created: u.Created.Std().In(s.Zone(Actor{Org: u.OrgID}))}
}

// ListUsers lists the organisation's users, by id, with their number; a user's
// application sees that user.
func (s *Service) ListUsers(ctx context.Context, a Actor, p Page) (list []User, total int, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		all, err := tx.Users.List(ctx, a.Org)
		rows, n := cut(all, a.seesUser, p)
		total = n
		for _, row := range rows {
			list = append(list, s.shownUser(row))
		}
		return err
	})
	return list, total, err
}

func (a Actor) seesUser(u store.User) bool {
	return u.OrgID == a.Org && (a.Reach != store.ReachUser || u.ID == a.User)
}

// GetUser gives one user.
func (s *Service) GetUser(ctx context.Context, a Actor, id int64) (u User, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := findUser(ctx, tx, a, id)
		u = s.shownUser(row)
		return err
	})
	return u, err
}

func findUser(ctx context.Context, tx store.Tx, a Actor, id int64) (store.User, error) {
	row, err := tx.Users.Get(ctx, a.Org, id)
	if err == nil && !a.seesUser(row) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.User{}, missing(err, "there is no user %d among yours; list them to find the right id", id)
	}
	return row, nil
}

// CreateUser makes a user who can sign in with the password.
func (s *Service) CreateUser(ctx context.Context, a Actor, n User) (u User, err error) {
	if err := a.manages("users"); err != nil {
		return u, err
	}
	row := n.User
	row.Login = canonicalLogin(row.Login)
	if err := checkUser(a, row); err != nil {
		return u, err
	}
	if row.Password, err = s.newPassword(ctx, row.Password, row.Login); err != nil {
		return u, err
	}
	row.ID, row.OrgID, row.Created = 0, a.Org, s.now()
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		if err := tx.Users.Create(ctx, &row); err != nil {
			return takenLogin(err, row.Login)
		}
		return s.noted(ctx, tx, a, "user.create", "user "+row.Login, row.Role)
	}, nothing)
	return s.shownUser(row), err
}

func (s *Service) newPassword(ctx context.Context, clear, login string) (hash string, err error) {
	if err := checkUserPassword("password", clear, login); err != nil {
		return "", err
	}
	return s.passwords.Hash(ctx, clear)
}

// takenLogin says no more than that the login is taken, for it may be another organisation's.
func takenLogin(err error, login string) error {
	return taken(err, "the login %q is in use; choose another, an e-mail address for instance", login)
}

// UpdateUser lets edit change a user and saves it. With another password or
// role, the user's sessions and the tokens that act for the user end at once.
// The last administrator of the server stays one.
func (s *Service) UpdateUser(ctx context.Context, a Actor, id int64, edit func(*User) error) (u User, err error) {
	old, row, err := s.editedUser(ctx, a, id, edit)
	if err != nil {
		return u, err
	}
	ends := row.Role != old.Role || row.Password != old.Password
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		now, err := findUser(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if now != old {
			return refuse(Conflict, "user %d was changed by somebody else just now; read it again", id)
		}
		if err := lastAdministrator(ctx, tx, old, row); err != nil {
			return err
		}
		if err := tx.Users.Put(ctx, row); err != nil {
			return takenLogin(err, row.Login)
		}
		if ends {
			if err := endUser(ctx, tx, row.ID); err != nil {
				return err
			}
		}
		return s.noted(ctx, tx, a, "user.update", "user "+row.Login, changed(old, row))
	}, nothing)
	if err != nil {
		return u, err
	}
	if ends {
		s.forget(0, row.ID)
	}
	return s.shownUser(row), nil
}

// editedUser reads a user and gives it as edit wants it, checked, the new
// password hashed: that takes too long for a transaction.
func (s *Service) editedUser(ctx context.Context, a Actor, id int64, edit func(*User) error) (old, row store.User, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		old, err = findUser(ctx, tx, a, id)
		return err
	})
	if err != nil {
		return old, row, err
	}
	if err := errors.Join(a.manages("users"), a.mayTouch(old)); err != nil {
		return old, row, err
	}
	edited := s.shownUser(old)
	if err := edit(&edited); err != nil {
		return old, row, err
	}
	row = old
	row.Login, row.Name, row.Role = canonicalLogin(edited.Login), edited.Name, edited.Role
	if err := checkUser(a, row); err != nil {
		return old, row, err
	}
	if edited.Password != "" {
		row.Password, err = s.newPassword(ctx, edited.Password, row.Login)
	}
	return old, row, err
}

// mayTouch: whoever is no administrator of the server does not change or delete one.
func (a Actor) mayTouch(u store.User) error {
	if u.Role == store.RoleAdministrator && a.Reach != store.ReachAll {
		return refuse(AccessDenied, "user %d is an administrator of the server; only another administrator can change or delete it", u.ID)
	}
	return nil
}

func checkUser(a Actor, u store.User) error {
	if !loginForm.MatchString(u.Login) {
		return Invalidf("login", "login is %q; allowed are 2 to 128 small letters, digits and . _ %% + @ -, as in an e-mail address", u.Login)
	}
	if !slices.Contains(roles, u.Role) {
		return Invalidf("role", "role is %q; allowed are %s", u.Role, strings.Join(roles, ", "))
	}
	if u.Role == store.RoleAdministrator && a.Reach != store.ReachAll {
		return refuse(AccessDenied, "only an administrator of the server makes another one; allowed are supervisor, agent")
	}
	return first(checkName(u.Name))
}

// lastAdministrator keeps the server from having none who could sign in and repair it.
func lastAdministrator(ctx context.Context, tx store.Tx, old, now store.User) error {
	if old.Role != store.RoleAdministrator || now.Role == store.RoleAdministrator {
		return nil
	}
	orgs, err := tx.Organisations.List(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		users, err := tx.Users.List(ctx, o.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(users, func(u store.User) bool { return u.ID != old.ID && u.Role == store.RoleAdministrator }) {
			return nil
		}
	}
	return refuse(Conflict, "user %s is the server's last administrator; make another one first", old.Login)
}

// endUser ends the user's sessions and tokens.
func endUser(ctx context.Context, tx store.Tx, user int64) error {
	if err := tx.Sessions.DeleteUser(ctx, user, [32]byte{}); err != nil {
		return err
	}
	return tx.Tokens.DeleteUser(ctx, user)
}

// DeleteUser deletes a user: sessions and tokens end at once. The user's
// applications and extensions become the organisation's: calls go on.
func (s *Service) DeleteUser(ctx context.Context, a Actor, id int64) error {
	var own []store.Extension
	var gone []int64
	err := s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findUser(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := errors.Join(a.manages("users"), a.mayTouch(row)); err != nil {
			return err
		}
		if err := lastAdministrator(ctx, tx, row, store.User{}); err != nil {
			return err
		}
		if own, err = disown(ctx, tx, row); err != nil {
			return err
		}
		if gone, err = orphan(ctx, tx, row); err != nil {
			return err
		}
		if err := tx.Users.Delete(ctx, a.Org, id); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "user.delete", "user "+row.Login, "")
	}, func() []acd.Input {
		for _, e := range own {
			s.directory.PutExtension(e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.forget(0, id)
	for _, application := range gone {
		s.forget(application, 0)
	}
	return nil
}

// disown gives the user's extensions to the organisation.
func disown(ctx context.Context, tx store.Tx, u store.User) (own []store.Extension, err error) {
	rows, _, err := tx.Extensions.List(ctx, u.OrgID, store.ExtensionFilter{})
	for _, e := range rows {
		if err != nil {
			return nil, err
		}
		if e.OwnerID == u.ID {
			e.OwnerID = 0
			own = append(own, e)
			err = tx.Extensions.Put(ctx, e)
		}
	}
	return own, err
}

// orphan ends the user's applications: those that reached the user's things
// only are deleted, all others go on as the organisation's.
func orphan(ctx context.Context, tx store.Tx, u store.User) (gone []int64, err error) {
	rows, err := tx.Applications.List(ctx, u.OrgID)
	for _, app := range rows {
		switch {
		case err != nil:
			return nil, err
		case app.UserID != u.ID:
		case app.Reach == store.ReachUser:
			gone = append(gone, app.ID)
			err = tx.Applications.Delete(ctx, u.OrgID, app.ID)
		default:
			app.UserID = 0
			gone = append(gone, app.ID)
			err = tx.Applications.Put(ctx, app)
		}
	}
	return gone, err
}
