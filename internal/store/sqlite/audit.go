package sqlite

import (
	"context"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type audits struct{ t *txn }

func audit(id any) subject { return subject{noun: "audit entry", id: id} }

const auditColumns = `id, org_id, at, user_id, application_id, actor, address, action, target, detail`

func scanAudit(r row) (a store.Audit, err error) {
	err = r.Scan(&a.ID, &a.OrgID, &a.At, &a.User, &a.Application, &a.Actor, &a.Address, &a.Action, &a.Target, &a.Detail)
	return a, err
}

func (x audits) Create(ctx context.Context, a *store.Audit) error {
	id, err := x.t.create(ctx, audit(a.Action),
		`INSERT INTO audit (org_id, at, user_id, application_id, actor, address, action, target, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.OrgID, int64(a.At), a.User, a.Application, a.Actor, a.Address, a.Action, a.Target, a.Detail)
	if err != nil {
		return err
	}
	a.ID = id
	return nil
}

func (x audits) List(ctx context.Context, org int64, f store.AuditFilter) ([]store.Audit, int, error) {
	w := new(where).of("org_id", org).between("at", f.From, f.To)
	w.when(f.User != 0, "user_id = ?", f.User).when(f.Application != 0, "application_id = ?", f.Application)
	if strings.HasSuffix(f.Action, ".") {
		w.and("substr(action, 1, ?) = ?", len(f.Action), f.Action)
	} else {
		w.when(f.Action != "", "action = ?", f.Action)
	}
	from := ` FROM audit INDEXED BY audit_at` + w.text.String()
	rows, err := many(ctx, x.t, audit("list"), scanAudit, `SELECT `+auditColumns+from+sortedBy(f.Oldest, "at", "id")+` LIMIT ? OFFSET ?`,
		w.with(limit(f.Page), max(0, f.Offset))...)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, audit("list"), f.Page, len(rows), `SELECT count(*)`+from, w.args...)
	return rows, n, err
}

func (x audits) DeleteBefore(ctx context.Context, before acd.Time, most int) (int, error) {
	if err := x.t.usable(); err != nil {
		return 0, err
	}
	res, err := x.t.c.exec(ctx, `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)`,
		int64(before), limit(store.Page{Limit: most}))
	if err != nil {
		return 0, x.t.fail(audit("list").explainDelete(err))
	}
	n, err := res.RowsAffected()
	return int(n), err
}
