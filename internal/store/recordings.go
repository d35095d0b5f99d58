package store

import (
	"context"
	"time"

	"holdline/internal/acd"
)

// RecordingState says what has become of a recording.
type RecordingState string

const (
	RecordingRunning   RecordingState = "running"
	RecordingFinished  RecordingState = "finished"  // whole
	RecordingRecovered RecordingState = "recovered" // cut off by a crash, playable up to there
	RecordingFailed    RecordingState = "failed"    // not whole, Error says why; what there is may be playable
)

// Recording is the sound of one leg kept in a file.
type Recording struct {
	ID       string // unique in the organisation
	OrgID    int64
	Call     acd.CallID
	Path     string // of the file; "" = not known yet, see Recordings.Create
	Started  acd.Time
	Duration time.Duration // 0 while running
	Size     int64         // of the file in bytes; 0 = not known
	State    RecordingState
	Error    string // for people; "" = nothing is wrong
}

// RecordingFilter narrows a list; zero fields match all.
type RecordingFilter struct {
	From, To acd.Time // From <= Started < To
	Call     acd.CallID
	State    RecordingState
	// Of its call, once that is in the call history.
	Extension int64       // a phone that had a leg in it, or a queue its caller was in
	Agent     acd.AgentID // who answered a leg of it
	Search    string      // part of Call.From, Call.FromName or Call.To; ASCII letters in either case
	Oldest    bool        // oldest first; otherwise newest first
	Page
}

// Recordings is the table of recordings. The journal writes it too: with
// FactRecorded the recording is finished, or failed when the fact names an
// error; its size stays as it is. The files themselves are not the store's.
type Recordings interface {
	// Create adds a recording; ErrExists when the id is taken. When FactRecorded was committed before,
	// which leaves a row without a path, it adds path, call and start to what the fact told.
	Create(context.Context, Recording) error
	Get(ctx context.Context, org int64, id string) (Recording, error)
	// List gives a page and how many rows match in all.
	List(ctx context.Context, org int64, f RecordingFilter) (rows []Recording, total int, err error)
	// Finish sets state, duration, size and error.
	Finish(ctx context.Context, org int64, id string, state RecordingState, d time.Duration, size int64, problem string) error
	Delete(ctx context.Context, org int64, id string) error // ErrInUse while it is running
	// Running lists those of all organisations in state running, by organisation and start: at a start of
	// the server, those a crash cut off.
	Running(context.Context) ([]Recording, error)
	// Before lists those of one organisation that started before t and are not running, oldest first, at
	// most limit; limit 0 = all. It is for deleting what is older than it has to be kept.
	Before(ctx context.Context, org int64, t acd.Time, limit int) ([]Recording, error)
}
