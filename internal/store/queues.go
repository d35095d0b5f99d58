package store

import (
	"context"

	"holdline/internal/acd"
)

// Sound is a stored sound. Data is the file as uploaded.
type Sound struct {
	ID       int64
	OrgID    int64
	Title    string
	Filename string
	Data     []byte // List leaves it out
}

// Sounds is the table of stored sounds.
type Sounds interface {
	Create(context.Context, *Sound) error
	Get(ctx context.Context, org, id int64) (Sound, error)
	Put(context.Context, Sound) error                // Data nil keeps the stored file and its audio
	Delete(ctx context.Context, org, id int64) error // ErrInUse while a queue uses it
	List(ctx context.Context, org int64) ([]Sound, error)

	// Audio gives what is played of a sound, as SetAudio stored it; nil when
	// it was not, or for an earlier file.
	Audio(ctx context.Context, org, id int64) ([]byte, error)
	SetAudio(ctx context.Context, org, id int64, audio []byte) error
}

// Queues is the table of queue configurations, one row an extension of type queue.
type Queues interface {
	Put(ctx context.Context, org int64, q acd.Queue) error // adds or replaces; ErrNotFound when the extension is none of type queue
	Get(ctx context.Context, org int64, id acd.QueueID) (acd.Queue, error)
	List(ctx context.Context, org int64) ([]acd.Queue, error)
}
