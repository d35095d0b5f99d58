package ver1

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"holdline/internal/live"
)

const (
	// pingEvery keeps proxies from closing a silent stream; as often the
	// token is looked at again.
	pingEvery = 15 * time.Second
	// patience is how long a watcher may take nothing before its connection is
	// closed; it resumes where it was when it connects again.
	patience = 30 * time.Second
	// comeBack is how soon a browser connects again, in milliseconds.
	comeBack = 2000
)

// openStream sends the organisation as it is, and from then on what changes,
// as server-sent events (HTML Living Standard, §9.2).
func (c *call) openStream() (reply, error) {
	cursor, err := c.app.Watch(c.ctx, c.actor, c.lastEvent)
	if err != nil {
		return reply{}, err
	}
	return reply{serve: func(w http.ResponseWriter, r *http.Request) {
		defer cursor.Close()
		s := &stream{w: w, out: http.NewResponseController(w), now: c.app.Now}
		if err := s.begin(); err != nil || r.Method == http.MethodHead {
			return
		}
		s.run(r.Context(), cursor, c.again)
	}}, nil
}

// stream writes events to one watcher.
type stream struct {
	w   http.ResponseWriter
	out *http.ResponseController
	now func() time.Time
}

func (s *stream) begin() error {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the events
	// The server's limit on reading a request would end the stream, too.
	if err := s.out.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return s.send("retry: %d\n\n", comeBack)
}

// run sends frames until the watcher goes, its token ends, or the server does.
func (s *stream) run(ctx context.Context, cursor *live.Cursor, again func() error) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select { // a stream that is never silent is looked at all the same
		case <-ping.C:
			if !s.alive(again) {
				return
			}
		default:
		}
		frame, wake, err := cursor.Take()
		if errors.Is(err, live.ErrGone) {
			s.bye("gone")
			return
		}
		if err != nil {
			s.bye("unavailable")
			return
		}
		if wake == nil {
			if s.frame(frame) != nil {
				return
			}
			continue
		}
		select {
		case <-wake:
		case <-ping.C:
			if !s.alive(again) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// alive pings whoever may still watch. It is an event, because a browser's
// script does not hear comments, and takes a silent stream for a dead one.
func (s *stream) alive(again func() error) bool {
	if again() != nil {
		s.bye("unauthorized")
		return false
	}
	return s.send("event: ping\ndata: {\"now\":%d}\n\n", s.now().UnixMilli()) == nil
}

// bye tells why the stream ends; to whom is gone already it says nothing.
func (s *stream) bye(reason string) { _ = s.send("event: bye\ndata: {\"reason\":%q}\n\n", reason) }

func (s *stream) frame(f live.Frame) error {
	event := "change"
	if f.Snapshot {
		event = "snapshot"
	}
	return s.send("id: %s\nevent: %s\ndata: {\"now\":%d,\"objects\":%s}\n\n", f.ID, event, s.now().UnixMilli(), f.Objects)
}

// send writes and flushes. Whoever does not read is given up.
func (s *stream) send(format string, args ...any) error {
	if err := s.out.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.out.Flush()
}
