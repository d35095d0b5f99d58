package storetest

import (
	"errors"
	"slices"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var identityTests = slices.Concat(
	codeTable.tests("authorization code"), sessionTable.tests("session"), auditTable.tests("audit entry"),
	[]test{
		{"codes and tokens stay within an organisation", codesOfStrangers},
		{"a user's tokens, codes and sessions go with the user", userLeaves},
		{"tokens are revoked by user, code and one by one", tokensRevoked},
		{"a code is used", codeUsed},
		{"sessions are touched and end", sessionsEnd},
		{"expired codes go", codesExpire},
		{"the audit log is filtered and paged", auditList},
		{"old audit entries go in steps", auditAges},
		{"the audit log outlives its actors", auditStays},
	})

var codeTable = table[store.Code]{
	fresh: func(b *workbench, w *world, n int) (c store.Code) {
		fill(&c, n)
		c.ApplicationID, c.UserID, c.Hash[2] = w.application.ID, w.user.ID, byte(n)
		return c
	},
	create: func(b *workbench, tx store.Tx, w *world, c *store.Code) error { return tx.Codes.Create(b.ctx, *c) },
	get: func(b *workbench, tx store.Tx, w *world, c store.Code) (store.Code, error) {
		return tx.Codes.Get(b.ctx, c.Hash)
	},
	ghost: func(c *store.Code) { c.Hash[3]++ },
}

var sessionTable = table[store.Session]{
	fresh: func(b *workbench, w *world, n int) (s store.Session) {
		fill(&s, n)
		s.UserID, s.Hash[2] = w.user.ID, byte(n)
		return s
	},
	create: func(b *workbench, tx store.Tx, w *world, s *store.Session) error {
		return tx.Sessions.Create(b.ctx, *s)
	},
	get: func(b *workbench, tx store.Tx, w *world, s store.Session) (store.Session, error) {
		return tx.Sessions.Get(b.ctx, s.Hash)
	},
	list: func(b *workbench, tx store.Tx, w *world) ([]store.Session, error) {
		return tx.Sessions.OfUser(b.ctx, w.user.ID)
	},
	ghost: func(s *store.Session) { s.Hash[3]++ },
}

var auditTable = table[store.Audit]{
	fresh: func(b *workbench, w *world, n int) (a store.Audit) {
		fill(&a, n, "ID")
		a.OrgID = w.org.ID
		return a
	},
	create: func(b *workbench, tx store.Tx, w *world, a *store.Audit) error { return tx.AuditLog.Create(b.ctx, a) },
	get: func(b *workbench, tx store.Tx, w *world, a store.Audit) (store.Audit, error) {
		rows, _, err := tx.AuditLog.List(b.ctx, w.org.ID, store.AuditFilter{})
		for _, r := range rows {
			if r.ID == a.ID {
				return r, err
			}
		}
		return store.Audit{}, errors.Join(err, store.ErrNotFound)
	},
	ghost: func(a *store.Audit) { a.ID = nowhere },
}

// codesOfStrangers: an application's codes and tokens act for its own organisation's users only.
func codesOfStrangers(b *workbench) {
	w, v := b.world("1"), b.world("2")
	b.refused(store.ErrNotFound, "code for another's user", func(tx store.Tx) error {
		return tx.Codes.Create(b.ctx, store.Code{Hash: [32]byte{9}, ApplicationID: w.application.ID, UserID: v.user.ID})
	})
	b.refused(store.ErrNotFound, "code for nobody", func(tx store.Tx) error {
		return tx.Codes.Create(b.ctx, store.Code{Hash: [32]byte{9}, ApplicationID: w.application.ID})
	})
	b.refused(store.ErrNotFound, "token for another's user", func(tx store.Tx) error {
		return tx.Tokens.Create(b.ctx, store.Token{Hash: [32]byte{9}, ApplicationID: w.application.ID, UserID: v.user.ID})
	})
	b.refused(store.ErrNotFound, "token of no application", func(tx store.Tx) error {
		return tx.Tokens.Create(b.ctx, store.Token{Hash: [32]byte{9}, ApplicationID: nowhere})
	})
	b.refused(store.ErrNotFound, "session of nobody", func(tx store.Tx) error {
		return tx.Sessions.Create(b.ctx, store.Session{Hash: [32]byte{9}, UserID: nowhere})
	})
}

func userLeaves(b *workbench) {
	w := b.world("1")
	second := store.User{OrgID: w.org.ID, Login: "second", Role: store.RoleAgent}
	token, code, session := store.Token{Hash: [32]byte{9}, ApplicationID: w.application.ID}, store.Code{Hash: [32]byte{9}, ApplicationID: w.application.ID}, store.Session{Hash: [32]byte{9}}
	b.update(func(tx store.Tx) error {
		b.is("user", tx.Users.Create(b.ctx, &second), nil)
		token.UserID, code.UserID, session.UserID = second.ID, second.ID, second.ID
		b.is("token", tx.Tokens.Create(b.ctx, token), nil)
		b.is("code", tx.Codes.Create(b.ctx, code), nil)
		return tx.Sessions.Create(b.ctx, session)
	})
	b.update(func(tx store.Tx) error { return tx.Users.Delete(b.ctx, w.org.ID, second.ID) })
	b.view(func(tx store.Tx) error {
		_, err := tx.Tokens.Get(b.ctx, token.Hash)
		b.is("the user's token", err, store.ErrNotFound)
		_, err = tx.Codes.Get(b.ctx, code.Hash)
		b.is("the user's code", err, store.ErrNotFound)
		_, err = tx.Sessions.Get(b.ctx, session.Hash)
		b.is("the user's session", err, store.ErrNotFound)
		_, err = tx.Tokens.Get(b.ctx, w.token.Hash)
		b.is("the application's own token", err, nil)
		return nil
	})
}

func tokensRevoked(b *workbench) {
	w := b.world("1")
	of := func(n byte, user int64, code byte) store.Token {
		return store.Token{Hash: [32]byte{n}, ApplicationID: w.application.ID, UserID: user, Code: [32]byte{code}}
	}
	tokens := []store.Token{of(10, w.user.ID, 1), of(11, w.user.ID, 2), of(12, 0, 0), of(13, 0, 0)}
	left := func() (n []byte) {
		b.view(func(tx store.Tx) error {
			for _, k := range tokens {
				if got, err := tx.Tokens.Get(b.ctx, k.Hash); err == nil {
					b.equal("token", got, k)
					n = append(n, k.Hash[0])
				}
			}
			return nil
		})
		return n
	}
	b.update(func(tx store.Tx) error {
		for _, k := range tokens {
			b.is("token", tx.Tokens.Create(b.ctx, k), nil)
		}
		return tx.Tokens.DeleteCode(b.ctx, [32]byte{1})
	})
	b.equal("after the first code's", left(), []byte{11, 12, 13})
	b.update(func(tx store.Tx) error {
		b.is("Delete of none", tx.Tokens.Delete(b.ctx, [32]byte{99}), nil)
		return tx.Tokens.Delete(b.ctx, [32]byte{12})
	})
	b.equal("after one", left(), []byte{11, 13})
	b.update(func(tx store.Tx) error {
		b.is("DeleteCode of none", tx.Tokens.DeleteCode(b.ctx, [32]byte{1}), nil)
		return tx.Tokens.DeleteUser(b.ctx, w.user.ID)
	})
	b.equal("after the user's", left(), []byte{13})
}

func codeUsed(b *workbench) {
	w := b.world("1")
	c := codeTable.fresh(b, w, 1)
	b.update(func(tx store.Tx) error {
		b.is("code", tx.Codes.Create(b.ctx, c), nil)
		b.is("Use of none", tx.Codes.Use(b.ctx, [32]byte{99}, 5), store.ErrNotFound)
		return tx.Codes.Use(b.ctx, c.Hash, 77)
	})
	c.Used = 77
	b.equal("code", read(b, func(tx store.Tx) (store.Code, error) { return tx.Codes.Get(b.ctx, c.Hash) }), c)
}

func codesExpire(b *workbench) {
	w := b.world("1")
	c := codeTable.fresh(b, w, 1)
	c.Expires = 100
	there := func() error {
		return b.s.View(b.ctx, func(tx store.Tx) error {
			_, err := tx.Codes.Get(b.ctx, c.Hash)
			return err
		})
	}
	b.update(func(tx store.Tx) error {
		b.is("code", tx.Codes.Create(b.ctx, c), nil)
		return tx.Codes.DeleteExpired(b.ctx, 100)
	})
	b.is("expiring at 100 is not before 100", there(), nil)
	b.update(func(tx store.Tx) error { return tx.Codes.DeleteExpired(b.ctx, 101) })
	b.is("expired", there(), store.ErrNotFound)
}

func sessionsEnd(b *workbench) {
	w, v := b.world("1"), b.world("2")
	of := func(n byte, user int64, expires acd.Time) store.Session {
		return store.Session{Hash: [32]byte{n}, UserID: user, Created: acd.Time(n), Expires: expires}
	}
	one, two, three, other := of(1, w.user.ID, 100), of(2, w.user.ID, 200), of(3, w.user.ID, 300), of(4, v.user.ID, 100)
	list := func(user int64) []store.Session {
		return read(b, func(tx store.Tx) ([]store.Session, error) { return tx.Sessions.OfUser(b.ctx, user) })
	}
	b.update(func(tx store.Tx) error {
		for _, s := range []store.Session{three, one, other, two} {
			b.is("session", tx.Sessions.Create(b.ctx, s), nil)
		}
		b.is("Touch of none", tx.Sessions.Touch(b.ctx, [32]byte{99}, 1, 1), store.ErrNotFound)
		return tx.Sessions.Touch(b.ctx, one.Hash, 150, 250)
	})
	one.Seen, one.Expires = 150, 250
	b.equal("by creation", list(w.user.ID), []store.Session{one, two, three})
	b.update(func(tx store.Tx) error { return tx.Sessions.DeleteExpired(b.ctx, 250) })
	b.equal("those before 250 gone", list(w.user.ID), []store.Session{one, three})
	b.equal("those of others too", list(v.user.ID), []store.Session(nil))
	b.update(func(tx store.Tx) error {
		b.is("session", tx.Sessions.Create(b.ctx, other), nil)
		b.is("Delete of none", tx.Sessions.Delete(b.ctx, [32]byte{99}), nil)
		return tx.Sessions.DeleteUser(b.ctx, w.user.ID, three.Hash)
	})
	b.equal("all but one gone", list(w.user.ID), []store.Session{three})
	b.update(func(tx store.Tx) error { return tx.Sessions.Delete(b.ctx, three.Hash) })
	b.equal("deleted", list(w.user.ID), []store.Session(nil))
	b.equal("another's stays", list(v.user.ID), []store.Session{other})
}

func auditList(b *workbench) {
	w, v := b.world("1"), b.world("2")
	at := func(org int64, t acd.Time, user, app int64, action string) store.Audit {
		return store.Audit{OrgID: org, At: t, User: user, Application: app, Action: action}
	}
	rows := []store.Audit{at(w.org.ID, 10, 1, 0, "user.create"), at(w.org.ID, 20, 1, 5, "user.delete"), at(w.org.ID, 20, 2, 5, "userx"), at(v.org.ID, 15, 1, 5, "user.create")}
	b.update(func(tx store.Tx) error {
		for i := range rows {
			b.is("entry", tx.AuditLog.Create(b.ctx, &rows[i]), nil)
		}
		return nil
	})
	for _, c := range []struct {
		name  string
		f     store.AuditFilter
		want  []store.Audit
		total int
	}{
		{"all, newest first", store.AuditFilter{}, []store.Audit{rows[2], rows[1], rows[0]}, 3},
		{"oldest first", store.AuditFilter{Oldest: true}, []store.Audit{rows[0], rows[1], rows[2]}, 3},
		{"from", store.AuditFilter{From: 20}, []store.Audit{rows[2], rows[1]}, 2},
		{"to", store.AuditFilter{To: 20}, []store.Audit{rows[0]}, 1},
		{"user", store.AuditFilter{User: 1}, []store.Audit{rows[1], rows[0]}, 2},
		{"application", store.AuditFilter{Application: 5}, []store.Audit{rows[2], rows[1]}, 2},
		{"action", store.AuditFilter{Action: "user.create"}, []store.Audit{rows[0]}, 1},
		{"kind of action", store.AuditFilter{Action: "user."}, []store.Audit{rows[1], rows[0]}, 2},
		{"a page", store.AuditFilter{Page: store.Page{Offset: 1, Limit: 1}}, []store.Audit{rows[1]}, 3},
		{"none", store.AuditFilter{User: 99}, nil, 0},
	} {
		b.view(func(tx store.Tx) error {
			got, n, err := tx.AuditLog.List(b.ctx, w.org.ID, c.f)
			b.equal(c.name, got, c.want)
			b.equal(c.name+" total", n, c.total)
			return err
		})
	}
	b.update(func(tx store.Tx) error { return tx.Organisations.Delete(b.ctx, w.org.ID) })
	b.view(func(tx store.Tx) error {
		got, _, err := tx.AuditLog.List(b.ctx, w.org.ID, store.AuditFilter{})
		b.equal("of a deleted organisation", got, []store.Audit(nil))
		return err
	})
}

func auditAges(b *workbench) {
	w := b.world("1")
	b.update(func(tx store.Tx) error {
		for t := range 5 {
			b.is("entry", tx.AuditLog.Create(b.ctx, &store.Audit{OrgID: w.org.ID, At: acd.Time(10 + t)}), nil)
		}
		return nil
	})
	var steps []int
	b.update(func(tx store.Tx) error {
		for range 3 {
			n, err := tx.AuditLog.DeleteBefore(b.ctx, 13, 2)
			b.is("DeleteBefore", err, nil)
			steps = append(steps, n)
		}
		return nil
	})
	b.equal("steps", steps, []int{2, 1, 0})
	left := read(b, func(tx store.Tx) ([]store.Audit, error) {
		rows, _, err := tx.AuditLog.List(b.ctx, w.org.ID, store.AuditFilter{Oldest: true})
		return rows, err
	})
	if len(left) != 2 || left[0].At != 13 {
		b.Errorf("left: %+v", left)
	}
}

func auditStays(b *workbench) {
	w := b.world("1")
	user := store.User{OrgID: w.org.ID, Login: "leaves"}
	b.update(func(tx store.Tx) error {
		b.is("user", tx.Users.Create(b.ctx, &user), nil)
		b.is("entry", tx.AuditLog.Create(b.ctx, &store.Audit{OrgID: w.org.ID, User: user.ID, Actor: "leaves"}), nil)
		return tx.Users.Delete(b.ctx, w.org.ID, user.ID)
	})
	rows := read(b, func(tx store.Tx) ([]store.Audit, error) {
		rows, _, err := tx.AuditLog.List(b.ctx, w.org.ID, store.AuditFilter{User: user.ID})
		return rows, err
	})
	if len(rows) != 1 || rows[0].Actor != "leaves" {
		b.Errorf("the entry is %+v", rows)
	}
}
