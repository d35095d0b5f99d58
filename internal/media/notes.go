//go:build linux

package media

import (
	"context"
	"log/slog"
	"time"
)

// notes writes log lines for the loops. A log that blocks, a full pipe say,
// must not stop the audio of every call: lines that find the queue full are lost.
type notes struct {
	queue chan slog.Record
	ended chan struct{}
}

func newNotes(log *slog.Logger) *notes {
	n := &notes{queue: make(chan slog.Record, 64), ended: make(chan struct{})}
	go func() {
		defer close(n.ended)
		ctx := context.Background()
		for r := range n.queue {
			if h := log.Handler(); h.Enabled(ctx, r.Level) {
				_ = h.Handle(ctx, r) // there is nowhere to report a broken log
			}
		}
	}()
	return n
}

func (n *notes) write(level slog.Level, msg string, attrs ...slog.Attr) {
	r := slog.NewRecord(time.Now(), level, msg, 0)
	r.AddAttrs(attrs...)
	select {
	case n.queue <- r:
	default:
	}
}

// close writes what is queued and returns. Nothing may be written after it.
func (n *notes) close() {
	close(n.queue)
	<-n.ended
}

// noted remembers which lines a stream has had: each is written once, a flood of packets is no flood of lines.
type noted uint8

const (
	notedStray noted = 1 << iota
	notedMalformed
	notedSendError
)

// first reports whether something has not been logged for the stream yet, and
// notes that it is now. It is asked before a line is put together, so that a
// flood costs nothing.
func (s *Stream) first(what noted) bool {
	before := s.noted
	s.noted |= what
	return before&what == 0
}

// note logs something about the stream.
func (s *Stream) note(level slog.Level, msg string, attrs ...slog.Attr) {
	s.engine.notes.write(level, msg, append(attrs, slog.String("call", s.opt.Tag), slog.Int("port", int(s.port)))...)
}
