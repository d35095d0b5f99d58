package sound

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"holdline/internal/media"
	"holdline/internal/store"
)

// Library gives the sound that belongs to an id, decoded and encoded once and
// shared by everybody who hears it. All of it is in memory, so that no call
// waits for a database; whoever changes a stored sound calls Put or Drop
// after the commit. Safe for concurrent use.
type Library struct {
	builtin map[int64]*media.Sound // by id; never changes

	mu      sync.RWMutex
	stored  map[key]*media.Sound
	checked checked
}

type key struct{ org, id int64 }

// NewLibrary gives a library of the built-in sounds.
func NewLibrary() *Library {
	l := &Library{builtin: make(map[int64]*media.Sound, len(names)), stored: map[key]*media.Sound{}}
	for id, name := range names {
		l.builtin[id] = media.NewSound(Builtin(name))
	}
	return l
}

// Sound gives a built-in sound (id 0 or less) or one stored for the
// organisation; nil if there is none.
func (l *Library) Sound(org, id int64) *media.Sound {
	if id <= 0 {
		return l.builtin[id]
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.stored[key{org, id}]
}

// Check tells what is wrong with a file (the errors of Decode); nil if Put
// would take it. What it decoded is kept until the Put that usually follows.
func (l *Library) Check(file []byte) error {
	samples, err := Decode(file)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checked = checked{sha256.Sum256(file), media.NewSound(samples)}
	return nil
}

// checked is the last file that was checked.
type checked struct {
	sum   [sha256.Size]byte
	sound *media.Sound
}

// takeChecked gives the file's sound if it was the last to be checked.
func (l *Library) takeChecked(file []byte) *media.Sound {
	sum := sha256.Sum256(file)
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.checked
	if s.sound == nil || s.sum != sum {
		return nil
	}
	l.checked = checked{}
	return s.sound
}

// Put decodes a file and adds it as a stored sound, replacing the one it
// has. On an error (of Decode) what was there stays.
func (l *Library) Put(org, id int64, file []byte) error {
	s := l.takeChecked(file)
	if s == nil {
		samples, err := Decode(file)
		if err != nil {
			return err
		}
		s = media.NewSound(samples)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[key{org, id}] = s
	return nil
}

// Drop forgets a stored sound. Calls that hear it hear it to the end.
func (l *Library) Drop(org, id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.stored, key{org, id})
}

// Load reads every stored sound of every organisation. One that cannot be
// decoded is told to bad and left out; the rest is loaded.
func (l *Library) Load(ctx context.Context, s store.Store, bad func(store.Sound, error)) error {
	return s.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		if err != nil {
			return fmt.Errorf("load sounds: %w", err)
		}
		for _, o := range orgs {
			if err := l.loadOrganisation(ctx, tx, o.ID, bad); err != nil {
				return fmt.Errorf("load sounds of organisation %d: %w", o.ID, err)
			}
		}
		return nil
	})
}

func (l *Library) loadOrganisation(ctx context.Context, tx store.Tx, org int64, bad func(store.Sound, error)) error {
	list, err := tx.Sounds.List(ctx, org)
	if err != nil {
		return err
	}
	for _, row := range list {
		full, err := tx.Sounds.Get(ctx, org, row.ID)
		if err != nil {
			return err
		}
		if err := l.Put(org, row.ID, full.Data); err != nil {
			bad(row, err)
		}
	}
	return nil
}
