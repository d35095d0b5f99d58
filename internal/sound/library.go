package sound

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"holdline/internal/media"
	"holdline/internal/store"
)

// Library gives the sound that belongs to an id, encoded once and shared by
// everybody who hears it. All of it is in memory, so that no call waits for a
// database; whoever changes a stored sound calls Put or Drop after the commit.
// Safe for concurrent use.
type Library struct {
	builtin map[int64]*media.Sound // by id; never changes
	bench   *bench

	mu     sync.RWMutex // guards stored
	stored map[key]*media.Sound
}

type key struct{ org, id int64 }

// NewLibrary gives a library of the built-in sounds.
func NewLibrary() *Library {
	l := &Library{builtin: make(map[int64]*media.Sound, len(names)), bench: newBench(), stored: map[key]*media.Sound{}}
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

// Put adds a stored sound, or replaces it, by its audio (see Decode).
func (l *Library) Put(org, id int64, audio []byte) {
	s := media.NewSound(samples(audio))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[key{org, id}] = s
}

// Drop forgets a stored sound. Calls that hear it hear it to the end.
func (l *Library) Drop(org, id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.stored, key{org, id})
}

// audioOf gives samples as they are stored to be played: 8 kHz, mono, 16 bits
// a sample, the lower byte first.
func audioOf(samples []int16) []byte {
	audio := make([]byte, 0, 2*len(samples))
	for _, s := range samples {
		audio = binary.LittleEndian.AppendUint16(audio, uint16(s))
	}
	return audio
}

// samples gives those of audio.
func samples(audio []byte) []int16 {
	out := make([]int16, len(audio)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(audio[2*i:]))
	}
	return out
}

// Load takes the audio of every stored sound of every organisation, and gives
// the sounds that have none yet, those of earlier versions, for Convert.
func (l *Library) Load(ctx context.Context, s store.Store) (old []store.Sound, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		if err != nil {
			return fmt.Errorf("load sounds: %w", err)
		}
		for _, o := range orgs {
			without, err := l.loadOrganisation(ctx, tx, o.ID)
			if err != nil {
				return fmt.Errorf("load sounds of organisation %d: %w", o.ID, err)
			}
			old = append(old, without...)
		}
		return nil
	})
	return old, err
}

func (l *Library) loadOrganisation(ctx context.Context, tx store.Tx, org int64) (old []store.Sound, err error) {
	list, err := tx.Sounds.List(ctx, org)
	if err != nil {
		return nil, err
	}
	for _, row := range list {
		audio, err := tx.Sounds.Audio(ctx, org, row.ID)
		if err != nil {
			return nil, err
		}
		if audio == nil {
			old = append(old, row)
			continue
		}
		l.Put(org, row.ID, audio)
	}
	return old, nil
}
