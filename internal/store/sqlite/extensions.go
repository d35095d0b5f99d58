package sqlite

import (
	"context"

	"holdline/internal/store"
)

type extensions struct{ t *txn }

func extension(id any) subject { return subject{noun: "extension", id: id} }

func extensionKeys(e store.Extension) subject {
	return subject{"extension", e.ID, []key{{"number", e.Number}}}
}

const extensionColumns = `id, org_id, coalesce(owner_id, 0), number, type, blocked, label, caller_id_name, extra_params,
	message_did, dial_rule_id, dial_rule_limit, group_id, did_as_transfer_caller_id, ani_rfc3325, ha1_md5, ha1_sha256, created`

func scanExtension(r row) (e store.Extension, err error) {
	err = r.Scan(&e.ID, &e.OrgID, &e.OwnerID, &e.Number, &e.Type, &e.Blocked, &e.Label, &e.CallerIDName, &e.ExtraParams,
		&e.MessageDID, &e.DialRuleID, &e.DialRuleLimit, &e.GroupID, &e.DIDAsTransferCallerID, &e.ANIRFC3325, &e.HA1MD5, &e.HA1SHA256, &e.Created)
	return e, err
}

func (x extensions) Create(ctx context.Context, e *store.Extension) error {
	id, err := x.t.create(ctx, extensionKeys(*e),
		`INSERT INTO extensions (org_id, owner_id, number, type, blocked, label, caller_id_name, extra_params,
		message_did, dial_rule_id, dial_rule_limit, group_id, did_as_transfer_caller_id, ani_rfc3325, ha1_md5, ha1_sha256, created)
		VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.OrgID, e.OwnerID, e.Number, string(e.Type), e.Blocked, e.Label, e.CallerIDName, e.ExtraParams,
		e.MessageDID, e.DialRuleID, e.DialRuleLimit, e.GroupID, e.DIDAsTransferCallerID, e.ANIRFC3325, e.HA1MD5, e.HA1SHA256, int64(e.Created))
	if err != nil {
		return err
	}
	e.ID = id
	return nil
}

func (x extensions) Get(ctx context.Context, org, id int64) (store.Extension, error) {
	return one(ctx, x.t, extension(id), scanExtension,
		`SELECT `+extensionColumns+` FROM extensions WHERE org_id = ? AND id = ?`, org, id)
}

func (x extensions) ByNumber(ctx context.Context, org int64, number string) (store.Extension, error) {
	return one(ctx, x.t, extension(number), scanExtension,
		`SELECT `+extensionColumns+` FROM extensions WHERE org_id = ? AND number = ?`, org, number)
}

func (x extensions) Put(ctx context.Context, e store.Extension) error {
	return x.t.change(ctx, extensionKeys(e),
		`UPDATE extensions SET owner_id = nullif(?, 0), number = ?, type = ?, blocked = ?, label = ?, caller_id_name = ?, extra_params = ?,
		message_did = ?, dial_rule_id = ?, dial_rule_limit = ?, group_id = ?, did_as_transfer_caller_id = ?, ani_rfc3325 = ?,
		ha1_md5 = ?, ha1_sha256 = ?, created = ? WHERE org_id = ? AND id = ?`,
		e.OwnerID, e.Number, string(e.Type), e.Blocked, e.Label, e.CallerIDName, e.ExtraParams,
		e.MessageDID, e.DialRuleID, e.DialRuleLimit, e.GroupID, e.DIDAsTransferCallerID, e.ANIRFC3325,
		e.HA1MD5, e.HA1SHA256, int64(e.Created), e.OrgID, e.ID)
}

func (x extensions) Delete(ctx context.Context, org, id int64) error {
	x.t.orphaned = true // deliveries of its subscriptions
	return x.t.remove(ctx, extension(id), `DELETE FROM extensions WHERE org_id = ? AND id = ?`, org, id)
}

func (x extensions) List(ctx context.Context, org int64, f store.ExtensionFilter) ([]store.Extension, int, error) {
	const where = ` FROM extensions WHERE org_id = ?1 AND (?2 = '' OR type = ?2) AND (?3 = '' OR number = ?3)`
	all := extension("list")
	rows, err := many(ctx, x.t, all, scanExtension,
		`SELECT `+extensionColumns+where+` ORDER BY id LIMIT ?4 OFFSET ?5`, org, string(f.Type), f.Number, limit(f.Page), f.Offset)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, all, f.Page, len(rows), `SELECT count(*)`+where, org, string(f.Type), f.Number)
	return rows, n, err
}
