package sqlite

import (
	"context"

	"holdline/internal/store"
)

type users struct{ t *txn }

func user(id any) subject { return subject{noun: "user", id: id} }

func userKeys(u store.User) subject { return subject{"user", u.ID, []key{{"login", u.Login}}} }

const userColumns = `id, org_id, login, name, password, role, created`

func scanUser(r row) (u store.User, err error) {
	err = r.Scan(&u.ID, &u.OrgID, &u.Login, &u.Name, &u.Password, &u.Role, &u.Created)
	return u, err
}

func (x users) Create(ctx context.Context, u *store.User) error {
	id, err := x.t.create(ctx, userKeys(*u),
		`INSERT INTO users (org_id, login, name, password, role, created) VALUES (?, ?, ?, ?, ?, ?)`,
		u.OrgID, u.Login, u.Name, u.Password, u.Role, int64(u.Created))
	if err != nil {
		return err
	}
	u.ID = id
	return nil
}

func (x users) Get(ctx context.Context, org, id int64) (store.User, error) {
	return one(ctx, x.t, user(id), scanUser, `SELECT `+userColumns+` FROM users WHERE org_id = ? AND id = ?`, org, id)
}

func (x users) ByLogin(ctx context.Context, login string) (store.User, error) {
	return one(ctx, x.t, user(login), scanUser, `SELECT `+userColumns+` FROM users WHERE login = ?`, login)
}

func (x users) ByID(ctx context.Context, id int64) (store.User, error) {
	return one(ctx, x.t, user(id), scanUser, `SELECT `+userColumns+` FROM users WHERE id = ?`, id)
}

func (x users) Put(ctx context.Context, u store.User) error {
	return x.t.change(ctx, userKeys(u),
		`UPDATE users SET login = ?, name = ?, password = ?, role = ?, created = ? WHERE org_id = ? AND id = ?`,
		u.Login, u.Name, u.Password, u.Role, int64(u.Created), u.OrgID, u.ID)
}

func (x users) Delete(ctx context.Context, org, id int64) error {
	return x.t.remove(ctx, user(id), `DELETE FROM users WHERE org_id = ? AND id = ?`, org, id)
}

func (x users) List(ctx context.Context, org int64) ([]store.User, error) {
	return many(ctx, x.t, user("list"), scanUser, `SELECT `+userColumns+` FROM users WHERE org_id = ? ORDER BY id`, org)
}
