package sqlite

import (
	"context"
	"encoding/json"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type agents struct{ t *txn }

func agent(id any) subject { return subject{noun: "agent", id: id} }

func agentKeys(a store.Agent) subject {
	return subject{"agent", a.ID, []key{{"extension_id", a.ExtensionID}}}
}

const agentColumns = `id, org_id, remote, coalesce(extension_id, 0), number, name, extra_params,
	call_timeout, busy_delay, no_answer_delay, reject_delay, wrap_up, max_no_answer, default_status`

func scanAgent(r row) (a store.Agent, err error) {
	err = r.Scan(&a.ID, &a.OrgID, &a.Remote, &a.ExtensionID, &a.Number, &a.Name, &a.ExtraParams,
		duration{&a.CallTimeout}, duration{&a.BusyDelay}, duration{&a.NoAnswerDelay}, duration{&a.RejectDelay}, duration{&a.WrapUp},
		&a.MaxNoAnswer, &a.Default)
	return a, err
}

func (x agents) Create(ctx context.Context, a *store.Agent) error {
	id, err := x.t.create(ctx, agentKeys(*a),
		`INSERT INTO agents (org_id, remote, extension_id, number, name, extra_params,
		call_timeout, busy_delay, no_answer_delay, reject_delay, wrap_up, max_no_answer, default_status)
		VALUES (?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.OrgID, a.Remote, a.ExtensionID, a.Number, a.Name, a.ExtraParams,
		micros(a.CallTimeout), micros(a.BusyDelay), micros(a.NoAnswerDelay), micros(a.RejectDelay), micros(a.WrapUp),
		a.MaxNoAnswer, int64(a.Default))
	if err != nil {
		return err
	}
	a.ID = acd.AgentID(id)
	return nil
}

func (x agents) Get(ctx context.Context, org int64, id acd.AgentID) (store.Agent, error) {
	return one(ctx, x.t, agent(id), scanAgent,
		`SELECT `+agentColumns+` FROM agents WHERE org_id = ? AND id = ?`, org, int64(id))
}

func (x agents) Put(ctx context.Context, a store.Agent) error {
	return x.t.change(ctx, agentKeys(a),
		`UPDATE agents SET remote = ?, extension_id = nullif(?, 0), number = ?, name = ?, extra_params = ?,
		call_timeout = ?, busy_delay = ?, no_answer_delay = ?, reject_delay = ?, wrap_up = ?, max_no_answer = ?, default_status = ?
		WHERE org_id = ? AND id = ?`,
		a.Remote, a.ExtensionID, a.Number, a.Name, a.ExtraParams,
		micros(a.CallTimeout), micros(a.BusyDelay), micros(a.NoAnswerDelay), micros(a.RejectDelay), micros(a.WrapUp),
		a.MaxNoAnswer, int64(a.Default), a.OrgID, int64(a.ID))
}

func (x agents) Delete(ctx context.Context, org int64, id acd.AgentID) error {
	x.t.orphaned = true // deliveries of its subscriptions
	return x.t.remove(ctx, agent(id), `DELETE FROM agents WHERE org_id = ? AND id = ?`, org, int64(id))
}

func (x agents) List(ctx context.Context, org int64, f store.AgentFilter) ([]store.Agent, int, error) {
	const where = ` FROM agents WHERE org_id = ?1 AND (?2 OR remote = ?3)
		AND (?4 = '' OR extension_id IN (SELECT value FROM json_each(?4)))`
	var at string
	if len(f.Extensions) > 0 {
		b, err := json.Marshal(f.Extensions)
		if err != nil {
			return nil, 0, err
		}
		at = string(b)
	}
	all := agent("list")
	rows, err := many(ctx, x.t, all, scanAgent,
		`SELECT `+agentColumns+where+` ORDER BY id LIMIT ?5 OFFSET ?6`, org, f.Both, f.Remote, at, limit(f.Page), f.Offset)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, all, f.Page, len(rows), `SELECT count(*)`+where, org, f.Both, f.Remote, at)
	return rows, n, err
}
