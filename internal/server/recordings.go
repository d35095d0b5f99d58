package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"holdline/internal/acd"
	"holdline/internal/media/record"
	"holdline/internal/store"
)

// recordings keeps the rows of recordings and deletes what is too old.
type recordings struct {
	db   store.Store
	dir  string
	keep time.Duration // 0 = for ever
	log  *slog.Logger

	quit, done chan struct{}
}

// retentionEvery is how often recordings that are too old are looked for.
const retentionEvery = time.Hour

// Begin makes the row of a recording: a crash finds by it what the file belongs to.
func (r *recordings) Begin(ctx context.Context, org int64, id string, call acd.CallID, at acd.Time) (string, error) {
	path := filepath.Join(r.dir, strconv.FormatInt(org, 10), at.Std().Format("2006-01-02"), id+".wav")
	return path, r.db.Update(ctx, func(tx store.Tx) error {
		return tx.Recordings.Create(ctx, store.Recording{ID: id, OrgID: org, Call: call, Path: path, Started: at, State: store.RecordingRunning})
	})
}

// recoverCut finishes what a crash cut off, before any new recording begins.
func (r *recordings) recoverCut(ctx context.Context) error {
	found, err := record.Recover(r.dir)
	if err != nil {
		r.log.Error("some recordings could not be looked at", "error", err)
	}
	cut := map[string]record.Found{}
	for _, f := range found {
		cut[f.ID()] = f
	}
	var running []store.Recording
	if err := r.db.View(ctx, func(tx store.Tx) (err error) {
		running, err = tx.Recordings.Running(ctx)
		return err
	}); err != nil || len(running) == 0 {
		return err
	}
	return r.db.Update(ctx, func(tx store.Tx) error {
		for _, row := range running {
			state, problem := store.RecordingRecovered, ""
			d, size, err := record.Length(row.Path)
			if f, ok := cut[row.ID]; ok && f.Err != nil {
				err = f.Err
			}
			if err != nil {
				state, problem = store.RecordingFailed, err.Error()
			}
			if err := tx.Recordings.Finish(ctx, row.OrgID, row.ID, state, d, size, problem); err != nil {
				return err
			}
		}
		r.log.Info("recordings cut off by the last stop were finished", "number", len(running))
		return nil
	})
}

// start deletes what is too old now and then, if there is a limit.
func (r *recordings) start() {
	r.quit, r.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(r.done)
		tick := time.NewTicker(retentionEvery)
		defer tick.Stop()
		for {
			if r.keep > 0 {
				r.deleteOld(acd.TimeOf(time.Now().Add(-r.keep)))
			}
			select {
			case <-tick.C:
			case <-r.quit:
				return
			}
		}
	}()
}

func (r *recordings) stop(context.Context) error {
	close(r.quit)
	<-r.done
	return nil
}

func (r *recordings) deleteOld(before acd.Time) {
	ctx := context.Background()
	var old []store.Recording
	err := r.db.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		for _, o := range orgs {
			rows, err := tx.Recordings.Before(ctx, o.ID, before, 0)
			if err != nil {
				return err
			}
			old = append(old, rows...)
		}
		return err
	})
	for _, row := range old {
		if err == nil {
			err = r.delete(ctx, row)
		}
	}
	if err != nil {
		r.log.Error("old recordings could not be deleted; it is tried again in an hour", "error", err)
	} else if len(old) > 0 {
		r.log.Info("old recordings deleted", "number", len(old))
	}
}

// delete takes the file first: a row without a file is deleted at the next try.
func (r *recordings) delete(ctx context.Context, row store.Recording) error {
	if err := os.Remove(row.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := r.db.Update(ctx, func(tx store.Tx) error { return tx.Recordings.Delete(ctx, row.OrgID, row.ID) })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// free gives the room on the recordings' disk in bytes; NaN when nobody can tell.
func (r *recordings) free() float64 {
	var disk syscall.Statfs_t
	err := syscall.Statfs(r.dir, &disk)
	if errors.Is(err, fs.ErrNotExist) { // nothing was recorded yet: the folder will be made here
		err = syscall.Statfs(filepath.Dir(r.dir), &disk)
	}
	if err != nil {
		return math.NaN()
	}
	return float64(disk.Bavail) * float64(disk.Bsize)
}
