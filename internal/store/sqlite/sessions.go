package sqlite

import (
	"context"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type authorizationCodes struct{ t *txn }

// authorizationCode names no hash, as token does not.
func authorizationCode() subject { return subject{noun: "authorization code", id: "by hash"} }

func (x authorizationCodes) Create(ctx context.Context, c store.Code) error {
	return x.t.change(ctx, authorizationCode(), `INSERT INTO codes (application_id, user_id, hash, redirect_uri, challenge, expires, used)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?2 <> 0 AND `+sameOrganisation,
		c.ApplicationID, c.UserID, c.Hash[:], c.RedirectURI, c.Challenge, int64(c.Expires), int64(c.Used))
}

func (x authorizationCodes) Get(ctx context.Context, hash [32]byte) (store.Code, error) {
	return one(ctx, x.t, authorizationCode(), func(r row) (store.Code, error) {
		c := store.Code{Hash: hash}
		err := r.Scan(&c.ApplicationID, &c.UserID, &c.RedirectURI, &c.Challenge, &c.Expires, &c.Used)
		return c, err
	}, `SELECT application_id, user_id, redirect_uri, challenge, expires, used FROM codes WHERE hash = ?`, hash[:])
}

func (x authorizationCodes) Use(ctx context.Context, hash [32]byte, at acd.Time) error {
	return x.t.change(ctx, authorizationCode(), `UPDATE codes SET used = ? WHERE hash = ?`, int64(at), hash[:])
}

func (x authorizationCodes) DeleteExpired(ctx context.Context, before acd.Time) error {
	return x.t.clear(ctx, authorizationCode(), `DELETE FROM codes WHERE expires < ?`, int64(before))
}

type sessions struct{ t *txn }

func session() subject { return subject{noun: "session", id: "by hash"} }

const sessionColumns = `hash, user_id, created, seen, expires, address, user_agent`

func scanSession(r row) (s store.Session, err error) {
	var hash []byte
	err = r.Scan(&hash, &s.UserID, &s.Created, &s.Seen, &s.Expires, &s.Address, &s.UserAgent)
	copy(s.Hash[:], hash)
	return s, err
}

func (x sessions) Create(ctx context.Context, s store.Session) error {
	return x.t.change(ctx, session(), `INSERT INTO sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		s.Hash[:], s.UserID, int64(s.Created), int64(s.Seen), int64(s.Expires), s.Address, s.UserAgent)
}

func (x sessions) Get(ctx context.Context, hash [32]byte) (store.Session, error) {
	return one(ctx, x.t, session(), scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE hash = ?`, hash[:])
}

func (x sessions) Touch(ctx context.Context, hash [32]byte, seen, expires acd.Time) error {
	return x.t.change(ctx, session(), `UPDATE sessions SET seen = ?, expires = ? WHERE hash = ?`, int64(seen), int64(expires), hash[:])
}

func (x sessions) Delete(ctx context.Context, hash [32]byte) error {
	return x.t.clear(ctx, session(), `DELETE FROM sessions WHERE hash = ?`, hash[:])
}

func (x sessions) DeleteUser(ctx context.Context, id int64, but [32]byte) error {
	return x.t.clear(ctx, session(), `DELETE FROM sessions WHERE user_id = ? AND hash <> ?`, id, but[:])
}

func (x sessions) DeleteExpired(ctx context.Context, before acd.Time) error {
	return x.t.clear(ctx, session(), `DELETE FROM sessions WHERE expires < ?`, int64(before))
}

func (x sessions) OfUser(ctx context.Context, id int64) ([]store.Session, error) {
	return many(ctx, x.t, session(), scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? ORDER BY created, hash`, id)
}
