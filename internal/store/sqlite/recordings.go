package sqlite

import (
	"context"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type recordings struct{ t *txn }

func recording(id any) subject { return subject{noun: "recording", id: id} }

const recordingColumns = `r.id, r.org_id, r.call_id, r.path, r.started, r.duration, r.size, r.state, r.error`

func scanRecording(r row) (v store.Recording, err error) {
	err = r.Scan(&v.ID, &v.OrgID, &v.Call, &v.Path, &v.Started, duration{&v.Duration}, &v.Size, &v.State, &v.Error)
	return v, err
}

// Create completes the row FactRecorded leaves when it is committed first; a
// row that has a path was created before.
func (x recordings) Create(ctx context.Context, v store.Recording) error {
	if err := x.t.usable(); err != nil {
		return err
	}
	s := subject{"recording", v.ID, []key{{"id", v.ID}}}
	res, err := x.t.c.exec(ctx,
		`INSERT INTO recordings (id, org_id, call_id, path, started, duration, size, state, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, id) DO UPDATE SET call_id = excluded.call_id, path = excluded.path, started = excluded.started WHERE path = ''`,
		v.ID, v.OrgID, string(v.Call), v.Path, int64(v.Started), micros(v.Duration), v.Size, string(v.State), v.Error)
	if err != nil {
		return x.t.fail(s.explain(err))
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return x.t.fail(s.taken("id", v.ID))
}

func (x recordings) Get(ctx context.Context, org int64, id string) (store.Recording, error) {
	return one(ctx, x.t, recording(id), scanRecording, `SELECT `+recordingColumns+` FROM recordings r WHERE org_id = ? AND id = ?`, org, id)
}

func (x recordings) List(ctx context.Context, org int64, f store.RecordingFilter) ([]store.Recording, int, error) {
	from, w := recordingsMatching(org, f)
	from, all := from+w.text.String(), recording("list")
	rows, err := many(ctx, x.t, all, scanRecording, `SELECT `+recordingColumns+from+sortedBy(f.Oldest, "r.started", "r.id")+` LIMIT ? OFFSET ?`,
		w.with(limit(f.Page), max(0, f.Offset))...)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, all, f.Page, len(rows), `SELECT count(*)`+from, w.args...)
	return rows, n, err
}

// recordingsMatching gives the tables and condition of a list: each recording
// leads to its call where the filter is about that. The indexes of states hold
// for their very terms only.
func recordingsMatching(org int64, f store.RecordingFilter) (from string, w *where) {
	w = new(where).of("r.org_id", org).between("r.started", f.From, f.To)
	index := "recordings_started"
	switch {
	case f.Call != "":
		index = "recordings_call"
		w.and("r.call_id = ?", string(f.Call)).when(f.State != "", "r.state = ?", string(f.State))
	case f.State == store.RecordingRunning:
		index = "recordings_running"
		w.and("r.state = 'running'")
	case f.State == store.RecordingFailed, f.State == store.RecordingRecovered:
		index = "recordings_troubled"
		w.and("r.state IN ('failed', 'recovered') AND r.state = ?", string(f.State))
	case f.State != "":
		w.and("r.state = ?", string(f.State))
	}
	from = ` FROM recordings r INDEXED BY ` + index
	if f.Extension == 0 && f.Agent == 0 && f.Search == "" {
		return from, w
	}
	search(w, f.Search)
	w.when(f.Extension != 0, `EXISTS (SELECT 1 FROM call_extensions x
		WHERE x.org_id = k.org_id AND x.extension_id = ? AND x.started = k.started AND x.call_seq = k.seq)`, f.Extension)
	w.when(f.Agent != 0, `EXISTS (SELECT 1 FROM legs l
		WHERE l.org_id = k.org_id AND l.call_seq = k.seq AND l.agent_id = ? AND l.answered > 0)`, int64(f.Agent))
	return from + ` CROSS JOIN calls k ON k.org_id = r.org_id AND k.call_id = r.call_id`, w
}

func (x recordings) Finish(ctx context.Context, org int64, id string, state store.RecordingState, d time.Duration, size int64, problem string) error {
	return x.t.change(ctx, recording(id),
		`UPDATE recordings SET state = ?, duration = ?, size = ?, error = ? WHERE org_id = ? AND id = ?`,
		string(state), micros(d), size, problem, org, id)
}

func (x recordings) Delete(ctx context.Context, org int64, id string) error {
	v, err := x.Get(ctx, org, id)
	if err != nil {
		return err
	}
	if v.State == store.RecordingRunning {
		return x.t.fail(recording(id).inUse())
	}
	return x.t.remove(ctx, recording(id), `DELETE FROM recordings WHERE org_id = ? AND id = ?`, org, id)
}

func (x recordings) Running(ctx context.Context) ([]store.Recording, error) {
	return many(ctx, x.t, recording("list"), scanRecording,
		`SELECT `+recordingColumns+` FROM recordings r INDEXED BY recordings_running WHERE state = 'running' ORDER BY org_id, started, id`)
}

func (x recordings) Before(ctx context.Context, org int64, t acd.Time, most int) ([]store.Recording, error) {
	return many(ctx, x.t, recording("list"), scanRecording,
		`SELECT `+recordingColumns+` FROM recordings r INDEXED BY recordings_started
		WHERE org_id = ? AND started < ? AND state <> 'running' ORDER BY started, id LIMIT ?`,
		org, int64(t), limit(store.Page{Limit: most}))
}

const recorded = `INSERT INTO recordings (id, org_id, call_id, path, started, duration, size, state, error) VALUES (?, ?, ?, '', ?, ?, 0, ?, ?)
	ON CONFLICT (org_id, id) DO UPDATE SET duration = excluded.duration, state = excluded.state, error = excluded.error`

// finishRecording does what FactRecorded means for the table.
func finishRecording(d *direct, org int64, f *acd.Fact) error {
	state := store.RecordingFinished
	if f.Name != "" {
		state = store.RecordingFailed
	}
	_, err := d.exec(recorded, f.Reason, org, string(f.Call), int64(f.At.Add(-f.Duration)), micros(f.Duration), string(state), f.Name)
	return err
}
