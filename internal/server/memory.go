package server

import (
	"context"
	"runtime/debug"
	"time"
)

// memory gives the system back what a busy time has left behind. The Go
// runtime collects when the heap grows: a server that has become quiet would
// keep the heap of its busiest hour for long.
type memory struct {
	legs    func() int
	release func()

	peak  int // legs at most since the last release
	quiet int // looks in a row that found few
}

const (
	memoryEvery = 15 * time.Second
	memoryBusy  = 20 // legs from which a time counts as busy
	// Finished transactions stay for 32 s (RFC 3261 §17): the first release
	// comes when they have gone, the second takes what had been in use then.
	memoryFirst, memorySecond = 3, 4
)

// look is called at every tick.
func (m *memory) look() {
	now := m.legs()
	m.peak = max(m.peak, now)
	if m.peak < memoryBusy || now > m.peak/4 {
		m.quiet = 0
		return
	}
	m.quiet++
	if m.quiet == memoryFirst || m.quiet == memorySecond {
		m.release()
	}
	if m.quiet == memorySecond {
		m.peak, m.quiet = now, 0
	}
}

// startMemory watches until the server stops.
func (s *Server) startMemory(context.Context) error {
	m := memory{legs: func() int { return s.sip.Stats().Legs }, release: debug.FreeOSMemory}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(memoryEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				m.look()
			case <-quit:
				return
			}
		}
	}()
	s.onStop(func(context.Context) error {
		close(quit)
		<-done
		return nil
	})
	return nil
}
