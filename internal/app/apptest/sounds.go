package apptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
)

// Sounds is a library that keeps the files it was given. A file is a sound if
// it begins as a WAV file does.
type Sounds struct {
	mu   sync.Mutex // guards the others
	have map[[2]int64][]byte
	busy bool
}

// SetBusy has the library be busy with other files for too long, or no longer.
func (s *Sounds) SetBusy(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
}

// Decode takes what begins with RIFF, as it is.
func (s *Sounds) Decode(_ context.Context, _ int64, file []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy {
		return nil, fmt.Errorf("busy with other files: %w", context.DeadlineExceeded)
	}
	if !bytes.HasPrefix(file, []byte("RIFF")) {
		return nil, errors.New("not a WAV file")
	}
	return file, nil
}

// Put keeps a file.
func (s *Sounds) Put(org, id int64, file []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have[[2]int64{org, id}] = file
}

// Drop forgets a file.
func (s *Sounds) Drop(org, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.have, [2]int64{org, id})
}

// Playing gives the file callers would hear; nil = none.
func (s *Sounds) Playing(org, id int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.have[[2]int64{org, id}]
}
