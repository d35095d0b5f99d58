package server

import (
	"context"

	"holdline/internal/store"
)

// loadSounds takes what is played into memory. Sounds that earlier versions
// stored are decoded meanwhile, without delaying the start.
func (s *Server) loadSounds(ctx context.Context) error {
	old, err := s.sounds.Load(ctx, s.db)
	if err != nil || len(old) == 0 {
		return err
	}
	running, quit := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := s.sounds.Convert(running, s.db, old, func(bad store.Sound, err error) {
			s.log.Error("a stored sound cannot be played; upload it again", "org", bad.OrgID, "sound", bad.ID, "title", bad.Title, "error", err)
		})
		switch {
		case err == nil:
			s.log.Info("stored sounds are converted", "number", len(old))
		case running.Err() == nil:
			s.log.Error("stored sounds could not be converted; the next start tries again", "error", err)
		}
	}()
	s.onStop(func(context.Context) error {
		quit()
		<-done
		return nil
	})
	return nil
}
