package sqlite

import (
	"context"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type recordings struct{ t *txn }

func recording(id any) subject { return subject{noun: "recording", id: id} }

const recordingColumns = `id, org_id, call_id, path, started, duration, size, state, error`

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
	return one(ctx, x.t, recording(id), scanRecording, `SELECT `+recordingColumns+` FROM recordings WHERE org_id = ? AND id = ?`, org, id)
}

func (x recordings) List(ctx context.Context, org int64, f store.RecordingFilter) ([]store.Recording, int, error) {
	index := "recordings_started"
	if f.Call != "" {
		index = "recordings_call"
	}
	w := new(where).of("org_id", org).between("started", f.From, f.To)
	w.when(f.Call != "", "call_id = ?", string(f.Call)).when(f.State != "", "state = ?", string(f.State))
	from, all := ` FROM recordings INDEXED BY `+index+w.text.String(), recording("list")
	rows, err := many(ctx, x.t, all, scanRecording, `SELECT `+recordingColumns+from+sortedBy(f.Oldest, "started", "id")+` LIMIT ? OFFSET ?`,
		w.with(limit(f.Page), max(0, f.Offset))...)
	if err != nil {
		return nil, 0, err
	}
	n, err := total(ctx, x.t, all, f.Page, len(rows), `SELECT count(*)`+from, w.args...)
	return rows, n, err
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
		`SELECT `+recordingColumns+` FROM recordings INDEXED BY recordings_running WHERE state = 'running' ORDER BY org_id, started, id`)
}

func (x recordings) Before(ctx context.Context, org int64, t acd.Time, most int) ([]store.Recording, error) {
	return many(ctx, x.t, recording("list"), scanRecording,
		`SELECT `+recordingColumns+` FROM recordings INDEXED BY recordings_started
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
