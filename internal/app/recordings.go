package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// RecordingFilter narrows a list of recordings; zero fields match all.
type RecordingFilter struct {
	From, To time.Time // From <= start < To
	Call     string
	State    string // running, finished, recovered, failed
	// Of their calls, once these are in the call history.
	Extension int64  // a phone that had a leg in it, or a queue its caller was in
	Agent     int64  // who answered a leg of it
	Search    string // part of the caller's number or name, or of the number dialled
	Oldest    bool
	Page
}

// Recording is the sound of a call, with what the history has of that.
type Recording struct {
	store.Recording
	Of              store.Call // without an id: the history does not know it yet
	ExtensionNumber string     // full number of the call's extension; "" = none
}

// ListRecordings lists the recordings the actor sees, with their total number.
// An application of a user has to name the call.
func (s *Service) ListRecordings(ctx context.Context, a Actor, f RecordingFilter) (list []Recording, total int, err error) {
	switch store.RecordingState(f.State) {
	case "", store.RecordingRunning, store.RecordingFinished, store.RecordingRecovered, store.RecordingFailed:
	default:
		return nil, 0, Invalidf("state", "state is %q; allowed are running, finished, recovered, failed", f.State)
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		if a.Reach == store.ReachUser {
			if f.Call == "" {
				return Invalidf("call_uuid", "call_uuid is missing; an application of a user names the call whose recordings it wants")
			}
			if _, _, err := s.findHistory(ctx, tx, a, acd.CallID(f.Call)); err != nil {
				return err
			}
		}
		if f.Extension != 0 {
			if _, err := findExtension(ctx, tx, a, ExtensionRef{ID: f.Extension}); err != nil {
				return err
			}
		}
		var rows []store.Recording
		rows, total, err = tx.Recordings.List(ctx, a.Org, store.RecordingFilter{From: timeOf(f.From), To: timeOf(f.To),
			Call: acd.CallID(f.Call), State: store.RecordingState(f.State), Extension: f.Extension, Agent: AgentID(f.Agent), Search: f.Search,
			Oldest: f.Oldest, Page: f.Page})
		if err == nil && total == 0 && f.Agent != 0 { // who was deleted since is known by what was recorded
			if _, err = tx.Agents.Get(ctx, a.Org, AgentID(f.Agent)); errors.Is(err, store.ErrNotFound) {
				err = noSuch("agent_id", f.Agent)
			}
		}
		if err == nil {
			list, err = s.withCalls(ctx, tx, a.Org, rows...)
		}
		return err
	})
	for i := range list {
		s.weigh(&list[i].Recording)
	}
	return list, total, err
}

// withCalls adds their calls to recordings.
func (s *Service) withCalls(ctx context.Context, tx store.Tx, org int64, rows ...store.Recording) ([]Recording, error) {
	ids := make([]acd.CallID, len(rows))
	for i, r := range rows {
		ids[i] = r.Call
	}
	calls, err := tx.Calls.Some(ctx, org, ids...)
	list := make([]Recording, len(rows))
	for i, r := range rows {
		list[i] = Recording{Recording: r, Of: calls[r.Call]}
		list[i].ExtensionNumber = s.fullNumber(org, list[i].Of.Extension)
	}
	return list, err
}

// weigh looks up the size of a recording whose end told only its length.
func (s *Service) weigh(r *store.Recording) {
	if r.Size > 0 || r.State == store.RecordingRunning {
		return
	}
	root, name, err := s.recordingFile(*r)
	if err != nil {
		return // the file is gone, or was never there: 0 is right
	}
	defer root.Close()
	if info, err := root.Stat(name); err == nil {
		r.Size = info.Size()
	}
}

// GetRecording gives one recording.
func (s *Service) GetRecording(ctx context.Context, a Actor, id string) (out Recording, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		r, err := tx.Recordings.Get(ctx, a.Org, id)
		if err == nil && a.Reach == store.ReachUser {
			_, _, err = s.findHistory(ctx, tx, a, r.Call)
			var refused *Error
			if errors.As(err, &refused) {
				err = store.ErrNotFound
			}
		}
		if err != nil {
			return missing(err, "there is no such recording among yours; list record to find the right record_uuid")
		}
		list, err := s.withCalls(ctx, tx, a.Org, r)
		out = list[0]
		return err
	})
	s.weigh(&out.Recording)
	return out, err
}

// OpenRecording opens the file of a finished recording; whoever gets it closes it.
func (s *Service) OpenRecording(ctx context.Context, a Actor, id string) (*os.File, store.Recording, error) {
	found, err := s.GetRecording(ctx, a, id)
	r := found.Recording
	if err != nil {
		return nil, r, err
	}
	if r.State == store.RecordingRunning {
		return nil, r, refuse(Conflict, "the recording still runs; it can be heard when the call is over")
	}
	root, name, err := s.recordingFile(r)
	if err != nil {
		return nil, r, noFile(err)
	}
	defer root.Close()
	f, err := root.Open(name)
	return f, r, noFile(err)
}

// DeleteRecording deletes a recording, its file first: a row without a file can be deleted again.
func (s *Service) DeleteRecording(ctx context.Context, a Actor, id string) error {
	r, err := s.GetRecording(ctx, a, id)
	if err != nil {
		return err
	}
	if err := a.may("recording.delete"); err != nil { // before the file is gone
		return err
	}
	if r.State == store.RecordingRunning {
		return refuse(Conflict, "the recording still runs; hang the call up first, or delete it when the call is over")
	}
	root, name, err := s.recordingFile(r.Recording)
	if err == nil {
		err = root.Remove(name)
		_ = root.Close() // nothing was written through it
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.Recordings.Delete(ctx, a.Org, id); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "recording.delete", "recording "+id, "of call "+string(r.Recording.Call))
	})
	return missing(err, "there is no such recording among yours; list record to find the right record_uuid")
}

// recordingFile gives the recordings' folder and the file's name in it. What
// lies outside, also behind a link, cannot be opened through it.
func (s *Service) recordingFile(r store.Recording) (*os.Root, string, error) {
	if s.recordings == "" || r.Path == "" {
		return nil, "", fs.ErrNotExist
	}
	name := r.Path
	if filepath.IsAbs(name) {
		folder, err := filepath.Abs(s.recordings)
		if err != nil {
			return nil, "", err
		}
		if name, err = filepath.Rel(folder, name); err != nil {
			return nil, "", err
		}
	} else if rel, err := filepath.Rel(s.recordings, name); err == nil && filepath.IsLocal(rel) {
		name = rel
	}
	if !filepath.IsLocal(name) {
		return nil, "", fs.ErrNotExist
	}
	root, err := os.OpenRoot(s.recordings)
	return root, name, err
}

func noFile(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return refuse(NotFound, "the recording's file is not there any more; it was removed from the disk")
	}
	return err
}
