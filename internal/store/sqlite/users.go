package sqlite

import (
	"context"

	"holdline/internal/acd"
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

type applications struct{ t *txn }

func application(id any) subject { return subject{noun: "application", id: id} }

func applicationKeys(a store.Application) subject {
	return subject{"application", a.ID, []key{{"client_id", a.ClientID}}}
}

const applicationColumns = `id, org_id, coalesce(user_id, 0), name, client_id, secret_hash, reach, suspended, created`

func scanApplication(r row) (a store.Application, err error) {
	err = r.Scan(&a.ID, &a.OrgID, &a.UserID, &a.Name, &a.ClientID, &a.SecretHash, &a.Reach, &a.Suspended, &a.Created)
	return a, err
}

func (x applications) Create(ctx context.Context, a *store.Application) error {
	id, err := x.t.create(ctx, applicationKeys(*a),
		`INSERT INTO applications (org_id, user_id, name, client_id, secret_hash, reach, suspended, created)
		VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?)`,
		a.OrgID, a.UserID, a.Name, a.ClientID, a.SecretHash, string(a.Reach), a.Suspended, int64(a.Created))
	if err != nil {
		return err
	}
	a.ID = id
	return nil
}

func (x applications) Get(ctx context.Context, id int64) (store.Application, error) {
	return one(ctx, x.t, application(id), scanApplication, `SELECT `+applicationColumns+` FROM applications WHERE id = ?`, id)
}

func (x applications) ByClientID(ctx context.Context, clientID string) (store.Application, error) {
	return one(ctx, x.t, application(clientID), scanApplication,
		`SELECT `+applicationColumns+` FROM applications WHERE client_id = ?`, clientID)
}

func (x applications) Put(ctx context.Context, a store.Application) error {
	return x.t.change(ctx, applicationKeys(a),
		`UPDATE applications SET user_id = nullif(?, 0), name = ?, client_id = ?, secret_hash = ?, reach = ?, suspended = ?, created = ?
		WHERE org_id = ? AND id = ?`,
		a.UserID, a.Name, a.ClientID, a.SecretHash, string(a.Reach), a.Suspended, int64(a.Created), a.OrgID, a.ID)
}

func (x applications) Delete(ctx context.Context, org, id int64) error {
	return x.t.remove(ctx, application(id), `DELETE FROM applications WHERE org_id = ? AND id = ?`, org, id)
}

func (x applications) List(ctx context.Context, org int64) ([]store.Application, error) {
	return many(ctx, x.t, application("list"), scanApplication,
		`SELECT `+applicationColumns+` FROM applications WHERE org_id = ? ORDER BY id`, org)
}

type tokens struct{ t *txn }

// token names no hash: it stands in logs, and the name would be of use to nobody.
func token() subject { return subject{noun: "access token", id: "by hash"} }

func (x tokens) Create(ctx context.Context, k store.Token) error {
	return x.t.change(ctx, token(), `INSERT INTO tokens (hash, application_id, expires) VALUES (?, ?, ?)`,
		k.Hash[:], k.ApplicationID, int64(k.Expires))
}

func (x tokens) Get(ctx context.Context, hash [32]byte) (store.Token, error) {
	return one(ctx, x.t, token(), func(r row) (store.Token, error) {
		k := store.Token{Hash: hash}
		err := r.Scan(&k.ApplicationID, &k.Expires)
		return k, err
	}, `SELECT application_id, expires FROM tokens WHERE hash = ?`, hash[:])
}

func (x tokens) DeleteApplication(ctx context.Context, id int64) error {
	return x.t.clear(ctx, application(id), `DELETE FROM tokens WHERE application_id = ?`, id)
}

func (x tokens) DeleteExpired(ctx context.Context, before acd.Time) error {
	return x.t.clear(ctx, token(), `DELETE FROM tokens WHERE expires < ?`, int64(before))
}
