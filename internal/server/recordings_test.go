package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/media/record"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// archive is recordings of one organisation on an empty store.
func archive(t *testing.T) (*recordings, int64) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	o := store.Organisation{Name: "Test", Prefix: "0003"}
	if err := db.Update(t.Context(), func(tx store.Tx) error { return tx.Organisations.Create(context.Background(), &o) }); err != nil {
		t.Fatal(err)
	}
	return &recordings{db: db, dir: t.TempDir(), log: slog.New(slog.DiscardHandler)}, o.ID
}

func (r *recordings) begin(t *testing.T, org int64, id string, at time.Time) string {
	t.Helper()
	path, err := r.Begin(t.Context(), org, id, "call-"+acd.CallID(id), acd.TimeOf(at))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (r *recordings) row(t *testing.T, org int64, id string) (row store.Recording) {
	t.Helper()
	err := r.db.View(t.Context(), func(tx store.Tx) (err error) {
		row, err = tx.Recordings.Get(t.Context(), org, id)
		return err
	})
	if err != nil {
		t.Errorf("recording %s: %v", id, err)
	}
	return row
}

// tape records a second of silence to path and closes it, as a call does.
func tape(t *testing.T, path string) {
	t.Helper()
	rec := record.New()
	defer rec.Close()
	done := make(chan record.Result, 1)
	tape := rec.Start(path, func(r record.Result) { done <- r })
	tape.Begin(0)
	tape.End(int64(time.Second))
	if got := <-done; got.Err != nil {
		t.Fatal(got.Err)
	}
}

func TestRecordingsCutOffByACrashAreFinished(t *testing.T) {
	r, org := archive(t)
	now := time.Now()
	finished := r.begin(t, org, "finished", now) // the file was complete, its fact was not committed
	tape(t, finished)
	cut := r.begin(t, org, "cut", now)
	if err := os.Rename(finished, cut+".part"); err != nil {
		t.Fatal(err)
	}
	tape(t, finished)
	r.begin(t, org, "nothing", now)
	if err := r.recoverCut(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]store.RecordingState{"finished": store.RecordingRecovered, "cut": store.RecordingRecovered, "nothing": store.RecordingFailed} {
		row := r.row(t, org, id)
		if row.State != want || (row.Duration > 0) != (want == store.RecordingRecovered) || (row.Error != "") != (want == store.RecordingFailed) {
			t.Errorf("%s: %+v, want it %s", id, row, want)
		}
	}
	if _, err := os.Stat(cut); err != nil {
		t.Errorf("the file that was cut off: %v", err)
	}
}

func TestOldRecordingsAreDeletedWithTheirFiles(t *testing.T) {
	r, org := archive(t)
	now := time.Now()
	old, fresh := r.begin(t, org, "old", now.AddDate(0, 0, -31)), r.begin(t, org, "fresh", now.AddDate(0, 0, -1))
	tape(t, old)
	tape(t, fresh)
	r.begin(t, org, "lost", now.AddDate(0, 0, -40)) // its file is gone already
	if err := r.recoverCut(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.deleteOld(acd.TimeOf(now.AddDate(0, 0, -30)))
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old file: %v", err)
	}
	r.row(t, org, "fresh")
	var left int
	err := r.db.View(t.Context(), func(tx store.Tx) (err error) {
		_, left, err = tx.Recordings.List(t.Context(), org, store.RecordingFilter{})
		return err
	})
	if err != nil || left != 1 {
		t.Errorf("%d recordings are left (%v), want 1", left, err)
	}
	if _, err := os.Stat(filepath.Dir(fresh)); err != nil {
		t.Error(err)
	}
}
