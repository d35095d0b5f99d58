package sqlite

import (
	"context"
	"encoding/json"

	"holdline/internal/store"
)

type organisations struct{ t *txn }

func organisation(id any) subject { return subject{noun: "organisation", id: id} }

func organisationKeys(o store.Organisation) subject {
	return subject{"organisation", o.ID, []key{{"prefix", o.Prefix}, {"login", o.Login}}}
}

const organisationColumns = `id, name, prefix, domain, coalesce(login, ''), password, time_zone, created, pause_reasons, service_level_threshold`

func scanOrganisation(r row) (o store.Organisation, err error) {
	var reasons []byte
	if err = r.Scan(&o.ID, &o.Name, &o.Prefix, &o.Domain, &o.Login, &o.Password, &o.TimeZone, &o.Created, &reasons, duration{&o.ServiceLevelThreshold}); err != nil {
		return o, err
	}
	err = json.Unmarshal(reasons, &o.PauseReasons)
	return o, err
}

func (x organisations) Create(ctx context.Context, o *store.Organisation) error {
	reasons, err := json.Marshal(o.PauseReasons) // not textList: an empty list is not the same as none
	if err != nil {
		return err
	}
	id, err := x.t.create(ctx, organisationKeys(*o),
		`INSERT INTO organisations (name, prefix, domain, login, password, time_zone, created, pause_reasons, service_level_threshold)
		VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?)`,
		o.Name, o.Prefix, o.Domain, o.Login, o.Password, o.TimeZone, int64(o.Created), string(reasons), micros(o.ServiceLevelThreshold))
	if err != nil {
		return err
	}
	if _, err := x.t.create(ctx, organisation(id), `INSERT INTO journals (org_id, seq, offer) VALUES (?, 0, 0)`, id); err != nil {
		return err
	}
	o.ID = id
	return nil
}

func (x organisations) Get(ctx context.Context, id int64) (store.Organisation, error) {
	return one(ctx, x.t, organisation(id), scanOrganisation,
		`SELECT `+organisationColumns+` FROM organisations WHERE id = ?`, id)
}

func (x organisations) ByLogin(ctx context.Context, login string) (store.Organisation, error) {
	return one(ctx, x.t, organisation(login), scanOrganisation,
		`SELECT `+organisationColumns+` FROM organisations WHERE login = ?`, login)
}

func (x organisations) Put(ctx context.Context, o store.Organisation) error {
	reasons, err := json.Marshal(o.PauseReasons)
	if err != nil {
		return err
	}
	return x.t.change(ctx, organisationKeys(o),
		`UPDATE organisations SET name = ?, prefix = ?, domain = ?, login = nullif(?, ''), password = ?, time_zone = ?, created = ?,
		pause_reasons = ?, service_level_threshold = ? WHERE id = ?`,
		o.Name, o.Prefix, o.Domain, o.Login, o.Password, o.TimeZone, int64(o.Created), string(reasons), micros(o.ServiceLevelThreshold), o.ID)
}

// Delete takes everything away with the row but the facts, which may be
// millions: without their journals row nobody sees them, and the sweeper
// removes them in steps so that no commit waits.
func (x organisations) Delete(ctx context.Context, id int64) error {
	if err := x.t.remove(ctx, organisation(id), `DELETE FROM organisations WHERE id = ?`, id); err != nil {
		return err
	}
	x.t.orphaned = true
	return nil
}

func (x organisations) List(ctx context.Context) ([]store.Organisation, error) {
	return many(ctx, x.t, organisation("list"), scanOrganisation,
		`SELECT `+organisationColumns+` FROM organisations ORDER BY id`)
}
