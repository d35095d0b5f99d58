package apptest

import (
	"bytes"
	"errors"
	"sync"
)

// Sounds is a library that keeps the files it was given. A file is a sound if
// it begins as a WAV file does.
type Sounds struct {
	mu   sync.Mutex // guards have
	have map[[2]int64][]byte
}

// Check takes what begins with RIFF.
func (s *Sounds) Check(file []byte) error {
	if !bytes.HasPrefix(file, []byte("RIFF")) {
		return errors.New("not a WAV file")
	}
	return nil
}

// Put keeps a file.
func (s *Sounds) Put(org, id int64, file []byte) error {
	if err := s.Check(file); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have[[2]int64{org, id}] = file
	return nil
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
