package sqlite

import (
	"context"
	"encoding/json"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type applications struct{ t *txn }

func application(id any) subject { return subject{noun: "application", id: id} }

func applicationKeys(a store.Application) subject {
	return subject{"application", a.ID, []key{{"client_id", a.ClientID}}}
}

const applicationColumns = `id, org_id, coalesce(user_id, 0), name, client_id, secret_hash, reach, suspended, created, redirect_uris`

func scanApplication(r row) (a store.Application, err error) {
	var uris []byte
	err = r.Scan(&a.ID, &a.OrgID, &a.UserID, &a.Name, &a.ClientID, &a.SecretHash, &a.Reach, &a.Suspended, &a.Created, &uris)
	if err != nil {
		return a, err
	}
	err = json.Unmarshal(uris, &a.RedirectURIs)
	return a, err
}

func (x applications) Create(ctx context.Context, a *store.Application) error {
	uris, err := textList(a.RedirectURIs)
	if err != nil {
		return err
	}
	id, err := x.t.create(ctx, applicationKeys(*a),
		`INSERT INTO applications (org_id, user_id, name, client_id, secret_hash, reach, suspended, created, redirect_uris)
		VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?)`,
		a.OrgID, a.UserID, a.Name, a.ClientID, a.SecretHash, string(a.Reach), a.Suspended, int64(a.Created), uris)
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
	uris, err := textList(a.RedirectURIs)
	if err != nil {
		return err
	}
	return x.t.change(ctx, applicationKeys(a),
		`UPDATE applications SET user_id = nullif(?, 0), name = ?, client_id = ?, secret_hash = ?, reach = ?, suspended = ?, created = ?,
		redirect_uris = ? WHERE org_id = ? AND id = ?`,
		a.UserID, a.Name, a.ClientID, a.SecretHash, string(a.Reach), a.Suspended, int64(a.Created), uris, a.OrgID, a.ID)
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

// sameOrganisation holds when there is the application, and the user, if any, is of its organisation.
const sameOrganisation = `EXISTS (SELECT 1 FROM applications AS a LEFT JOIN users AS u ON u.id = ?2
	WHERE a.id = ?1 AND (?2 = 0 OR u.org_id = a.org_id))`

func (x tokens) Create(ctx context.Context, k store.Token) error {
	var code []byte
	if k.Code != [32]byte{} {
		code = k.Code[:]
	}
	return x.t.change(ctx, token(), `INSERT INTO tokens (application_id, user_id, hash, expires, code)
		SELECT ?1, nullif(?2, 0), ?3, ?4, ?5 WHERE `+sameOrganisation, k.ApplicationID, k.UserID, k.Hash[:], int64(k.Expires), code)
}

func (x tokens) Get(ctx context.Context, hash [32]byte) (store.Token, error) {
	return one(ctx, x.t, token(), func(r row) (store.Token, error) {
		k := store.Token{Hash: hash}
		var code []byte
		err := r.Scan(&k.ApplicationID, &k.UserID, &k.Expires, &code)
		copy(k.Code[:], code)
		return k, err
	}, `SELECT application_id, coalesce(user_id, 0), expires, code FROM tokens WHERE hash = ?`, hash[:])
}

func (x tokens) DeleteApplication(ctx context.Context, id int64) error {
	return x.t.clear(ctx, application(id), `DELETE FROM tokens WHERE application_id = ?`, id)
}

func (x tokens) DeleteUser(ctx context.Context, id int64) error {
	return x.t.clear(ctx, user(id), `DELETE FROM tokens WHERE user_id = ?`, id)
}

func (x tokens) DeleteCode(ctx context.Context, code [32]byte) error {
	return x.t.clear(ctx, token(), `DELETE FROM tokens WHERE code = ?`, code[:])
}

func (x tokens) Delete(ctx context.Context, hash [32]byte) error {
	return x.t.clear(ctx, token(), `DELETE FROM tokens WHERE hash = ?`, hash[:])
}

func (x tokens) DeleteExpired(ctx context.Context, before acd.Time) error {
	return x.t.clear(ctx, token(), `DELETE FROM tokens WHERE expires < ?`, int64(before))
}
