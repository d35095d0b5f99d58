package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type calls struct{ t *txn }

func callHistory(org int64) subject { return subject{noun: "call history of organisation", id: org} }

const callColumns = `c.call_id, c.flow, c.from_number, c.from_name, c.to_number, c.did, c.extension_id, c.queue_id, c.agent_id,
	c.started, c.answered, c.bridged, c.ended, c.outcome, c.ended_by, c.cause, c.code, c.rating,
	coalesce((SELECT r.id FROM recordings r WHERE r.org_id = c.org_id AND r.call_id = c.call_id ORDER BY r.started DESC, r.id DESC LIMIT 1), '')`

func scanCall(r row) (c store.Call, err error) {
	err = r.Scan(&c.ID, &c.Flow, &c.From, &c.FromName, &c.To, &c.DID, &c.Extension, &c.Queue, &c.Agent,
		&c.Started, &c.Answered, &c.Bridged, &c.Ended, &c.Outcome, &c.By, &c.Cause, &c.Code, &c.Rating, &c.Recording)
	return c, err
}

// List finds the page's numbers along an index alone and reads only their
// rows, so that pages skipped cost no rows.
func (x calls) List(ctx context.Context, org int64, f store.CallFilter) ([]store.Call, int, error) {
	from, w := callsMatching(org, f)
	started, seq := "k.started", "k.seq"
	if f.Extension != 0 {
		started, seq = "x.started", "x.call_seq" // the same, but in the order of the index that is read along
	}
	page := `SELECT ` + callColumns + ` FROM (SELECT ` + seq + ` AS n` + from + w.text.String() + sortedBy(f.Oldest, started, seq) + ` LIMIT ? OFFSET ?)
		CROSS JOIN calls c ON c.org_id = ? AND c.seq = n` + sortedBy(f.Oldest, "c.started", "c.seq")
	rows, err := many(ctx, x.t, callHistory(org), scanCall, page, w.with(limit(f.Page), max(0, f.Offset), org)...)
	if err != nil {
		return nil, 0, err
	}
	n, err := x.count(ctx, org, f, len(rows))
	return rows, n, err
}

// callsMatching gives the table and condition of a list. The index is named,
// because SQLite, which has no statistics here, would guess. With an extension
// its own table leads to the calls.
func callsMatching(org int64, f store.CallFilter) (from string, w *where) {
	w = &where{}
	if f.Extension != 0 {
		w.of("x.org_id", org).and("x.extension_id = ?", f.Extension).between("x.started", f.From, f.To)
		ofCall(w, f)
		return ` FROM call_extensions x CROSS JOIN calls k ON k.org_id = x.org_id AND k.seq = x.call_seq AND k.ended > 0`, w
	}
	index := "calls_started"
	switch {
	case f.Dialled != "":
		index = "calls_to"
	case f.Search != "" || f.Kind != "":
		index = "calls_found"
	case f.Flow != "":
		index = "calls_flow"
	}
	w.of("k.org_id", org).and("k.ended > 0")
	ofCall(w, f)
	return ` FROM calls k INDEXED BY ` + index, w.between("k.started", f.From, f.To)
}

// ofCall adds what a filter says of the call itself.
func ofCall(w *where, f store.CallFilter) {
	w.when(f.Flow != "", "k.flow = ?", string(f.Flow)).when(f.Dialled != "", "k.to_number = ?", f.Dialled)
	search(w, f.Search)
	if f.Kind != "" {
		w.and(kinds[f.Kind])
	}
}

// search adds what a call is found by.
func search(w *where, text string) {
	part := strings.ToLower(text)
	w.when(text != "", "(instr(lower(k.from_number), ?) OR instr(lower(k.from_name), ?) OR instr(lower(k.to_number), ?))", part, part, part)
}

// kinds are store.Call.Kind in SQL.
var kinds = map[store.CallKind]string{
	store.CallBridged:    "k.bridged > 0",
	store.CallAbandoned:  fmt.Sprintf("k.bridged = 0 AND k.outcome = %d", acd.OutcomeAbandoned),
	store.CallAnswered:   fmt.Sprintf("k.bridged = 0 AND k.outcome NOT IN (%d, %d) AND k.answered > 0", acd.OutcomeAbandoned, acd.OutcomeFailed),
	store.CallUnanswered: fmt.Sprintf("k.bridged = 0 AND k.outcome <> %d AND (k.answered = 0 OR k.outcome = %d)", acd.OutcomeAbandoned, acd.OutcomeFailed),
}

// count gives how many calls match, asking the database only when the page may not be all.
func (x calls) count(ctx context.Context, org int64, f store.CallFilter, listed int) (int, error) {
	if f.Extension == 0 || f.Flow != "" || f.Dialled != "" || f.Search != "" || f.Kind != "" {
		from, w := callsMatching(org, f)
		return total(ctx, x.t, callHistory(org), f.Page, listed, `SELECT count(*)`+from+w.text.String(), w.args...)
	}
	// An extension's entries alone count faster than with their calls; those of calls still up are taken off.
	all := new(where).of("x.org_id", org).and("x.extension_id = ?", f.Extension).between("x.started", f.From, f.To)
	n, err := total(ctx, x.t, callHistory(org), f.Page, listed, `SELECT count(*) FROM call_extensions x`+all.text.String(), all.args...)
	if err != nil || n == listed {
		return n, err
	}
	up := new(where).of("l.org_id", org).and("l.ended = 0 AND x.extension_id = ?", f.Extension).between("x.started", f.From, f.To)
	open, err := one(ctx, x.t, callHistory(org), scanInt, `SELECT count(DISTINCT k.seq) FROM legs l INDEXED BY legs_up
		CROSS JOIN calls k ON k.org_id = l.org_id AND k.seq = l.call_seq
		CROSS JOIN call_extensions x ON x.org_id = k.org_id AND x.started = k.started AND x.call_seq = k.seq`+up.text.String(), up.args...)
	return n - open, err
}

func sortedBy(oldest bool, columns ...string) string {
	direction := " DESC"
	if oldest {
		direction = ""
	}
	return " ORDER BY " + strings.Join(columns, direction+", ") + direction
}

func (x calls) Get(ctx context.Context, org int64, id acd.CallID) (store.Call, []acd.Leg, error) {
	c, err := one(ctx, x.t, subject{noun: "call", id: id}, scanCall,
		`SELECT `+callColumns+` FROM calls c WHERE c.org_id = ?1 AND c.call_id = ?2 AND EXISTS (SELECT 1 FROM journals WHERE org_id = ?1)`,
		org, string(id))
	if err != nil {
		return store.Call{}, nil, err
	}
	legs, err := x.Legs(ctx, org, id)
	return c, legs[id], err
}

func (x calls) Some(ctx context.Context, org int64, ids ...acd.CallID) (map[acd.CallID]store.Call, error) {
	names, err := json.Marshal(ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, err := many(ctx, x.t, callHistory(org), scanCall, `SELECT `+callColumns+` FROM json_each(?2) CROSS JOIN calls c
		ON c.org_id = ?1 AND c.call_id = value WHERE EXISTS (SELECT 1 FROM journals WHERE org_id = ?1)`, org, string(names))
	found := make(map[acd.CallID]store.Call, len(rows))
	for _, c := range rows {
		found[c.ID] = c
	}
	return found, err
}

func (x calls) Legs(ctx context.Context, org int64, ids ...acd.CallID) (map[acd.CallID][]acd.Leg, error) {
	names, err := json.Marshal(ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, err := many(ctx, x.t, callHistory(org), scanLeg,
		`SELECT `+legsOf("l")+` FROM calls c CROSS JOIN legs l ON l.org_id = c.org_id AND l.call_seq = c.seq
		WHERE c.org_id = ?1 AND c.call_id IN (SELECT value FROM json_each(?2)) AND EXISTS (SELECT 1 FROM journals WHERE org_id = ?1)
		ORDER BY l.started, l.leg_id <> l.call_id, l.leg_id`, org, string(names))
	if err != nil {
		return nil, err
	}
	legs := map[acd.CallID][]acd.Leg{}
	for _, l := range rows {
		legs[l.Call] = append(legs[l.Call], l)
	}
	return legs, nil
}

func (x calls) OpenLegs(ctx context.Context, org int64) ([]acd.Leg, error) {
	return many(ctx, x.t, callHistory(org), scanLeg, `SELECT `+legColumns+` FROM legs INDEXED BY legs_up
		WHERE org_id = ?1 AND ended = 0 AND EXISTS (SELECT 1 FROM journals WHERE org_id = ?1) ORDER BY started, leg_id`, org)
}

// legsOf names the columns of a leg in a table that has an alias.
func legsOf(alias string) string {
	return alias + "." + strings.ReplaceAll(strings.Join(strings.Fields(legColumns), " "), ", ", ", "+alias+".")
}

const insertRating = `INSERT INTO ratings (org_id, seq, at, call_id, queue_id, agent_id, rating) VALUES (?, ?, ?, ?, ?, ?, ?)`

func scanRating(r row) (v store.Rating, err error) {
	err = r.Scan(&v.At, &v.Call, &v.Queue, &v.Agent, &v.Key)
	return v, err
}

// rated is the FROM and WHERE of a filter, along the index that fits.
func rated(org int64, f store.RatingFilter) *where {
	index := "ratings_at"
	switch {
	case f.Agent != 0:
		index = "ratings_agent"
	case f.Queue != 0:
		index = "ratings_queue"
	}
	w := new(where)
	w.text.WriteString(` FROM ratings INDEXED BY ` + index)
	return w.of("org_id", org).between("at", f.From, f.To).
		when(f.Agent != 0, "agent_id = ?", int64(f.Agent)).when(f.Queue != 0, "queue_id = ?", int64(f.Queue))
}

func (x calls) Ratings(ctx context.Context, org int64, f store.RatingFilter) ([]store.Rating, int, error) {
	w := rated(org, f)
	from := w.text.String()
	rows, err := many(ctx, x.t, callHistory(org), scanRating, `SELECT at, call_id, queue_id, agent_id, rating`+from+
		` ORDER BY at, seq LIMIT ? OFFSET ?`, w.with(limit(f.Page), max(0, f.Offset))...)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, callHistory(org), f.Page, len(rows), `SELECT count(*)`+from, w.args...)
	return rows, n, err
}

func (x calls) RatingCounts(ctx context.Context, org int64, f store.RatingFilter) ([]store.RatingCount, error) {
	w := rated(org, f)
	return many(ctx, x.t, callHistory(org), func(r row) (c store.RatingCount, err error) {
		err = r.Scan(&c.Queue, &c.Agent, &c.Key, &c.Count)
		return c, err
	}, `SELECT queue_id, agent_id, rating, count(*)`+w.text.String()+` GROUP BY queue_id, agent_id, rating ORDER BY queue_id, agent_id, rating`, w.args...)
}
