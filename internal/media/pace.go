//go:build linux

package media

import (
	"log/slog"
	"time"

	"holdline/internal/media/record"
)

const (
	slotTime    = 2 * time.Millisecond
	slotCount   = int64(frameTime / slotTime)
	drainEvery  = 5                                        // frames between two looks at the socket of a stream that is not bridged
	maxBehind   = int64(100 * time.Millisecond / slotTime) // slots a late loop makes up for; what is older is left out
	lateAfter   = int64(5 * time.Millisecond)              // a packet later than this counts as late
	noticeEvery = int64(10 * time.Second)                  // between two log lines about lateness
)

// slots spreads the streams of a loop over the 20 ms of a frame, so that they
// are not all sent at one instant. A stream keeps its slot, which is what makes
// its packets evenly spaced.
type slots struct {
	phase   int64 // loop time of slot 0; differs between loops
	done    int64 // number of the last slot taken, counted from phase
	members [slotCount][]*Stream
	total   int
}

// place is where slots keeps a stream.
type place struct{ slot, index int }

// add puts a stream into the emptiest slot.
func (t *slots) add(s *Stream, now int64) {
	if t.total == 0 {
		t.done = t.number(now)
	}
	best := 0
	for i := range t.members {
		if len(t.members[i]) < len(t.members[best]) {
			best = i
		}
	}
	s.place = place{slot: best, index: len(t.members[best])}
	t.members[best] = append(t.members[best], s)
	t.total++
	s.ticks = uint8(t.total % drainEvery) // not all sockets in the same frame
}

// remove takes a stream out; the last of its slot moves to its place.
func (t *slots) remove(s *Stream) {
	members := t.members[s.place.slot]
	last := len(members) - 1
	members[s.place.index] = members[last]
	members[s.place.index].place.index = s.place.index
	members[last] = nil
	t.members[s.place.slot] = members[:last]
	t.total--
}

// number returns the number of the slot that the loop time is in.
func (t *slots) number(now int64) int64 { return (now - t.phase) / int64(slotTime) }

// due returns the loop time of a slot.
func (t *slots) due(number int64) int64 { return number*int64(slotTime) + t.phase }

// next returns when the loop has something to do: at the next slot that has a
// stream, or at any if every is set; false if nothing is to be waited for.
func (t *slots) next(every bool) (at int64, ok bool) {
	if t.total == 0 {
		return 0, false
	}
	number := t.done + 1
	for !every && len(t.members[number%slotCount]) == 0 {
		number++
	}
	return t.due(number), true
}

// pace serves the slots that have become due.
func (l *loop) pace(now int64) {
	t := &l.slots
	if t.total == 0 {
		l.lateness.Store(0)
		return
	}
	current := t.number(now)
	if current-t.done > maxBehind {
		l.skip(now, current-slotCount)
	}
	for t.done < current {
		t.done++
		members := t.members[t.done%slotCount]
		if len(members) == 0 {
			continue
		}
		due := t.due(t.done)
		l.lateness.Store(l.late.observe(now, now-due))
		for _, s := range members {
			l.tick(s, due, now)
		}
	}
}

// skip leaves out what a loop that could not run for long has missed. The
// packets would only fill the phones' buffers; timestamps show the gap.
func (l *loop) skip(now, until int64) {
	behind := now - l.slots.due(l.slots.done+1)
	l.lateness.Store(l.late.observe(now, behind))
	if l.late.notice(now) {
		l.engine.notes.write(slog.LevelWarn, "audio was interrupted: the machine is overloaded or was suspended; take fewer calls or give it more processors",
			slog.Duration("for", time.Duration(behind)), slog.Int("streams", l.slots.total))
	}
	l.slots.done = until
}

// tick serves one stream in its slot.
func (l *loop) tick(s *Stream, due, now int64) {
	if s.peer == nil {
		l.sendFrame(s, due, now)
	}
	if s.tape != nil && !s.tape.Tick(now) {
		s.recordTo(nil, now)
	}
	if s.ticks++; s.ticks < drainEvery && s.tape == nil { // what is recorded is put where it arrived
		return
	}
	s.ticks = 0
	if s.peer == nil {
		l.drain(s, now)
	}
	if s.overdue(now, int64(l.engine.cfg.SilenceAfter)) {
		s.silent = true
		if h := s.opt.Handler; h != nil {
			h.Silent(s)
		}
	}
}

// overdue reports whether silence is to be reported.
func (s *Stream) overdue(now, after int64) bool {
	return after > 0 && s.known && s.remote.Receive && !s.silent && now-s.lastIn >= after
}

// sendFrame sends 20 ms of the playback, or of silence. A stream that must not
// send still moves on: a prompt ends when its time is over.
func (l *loop) sendFrame(s *Stream, due, now int64) {
	payload := silenceOf(s.remote.Codec)
	if s.room != nil {
		if l.listen(s) {
			payload = encode(l.packet[headerSize:], &l.sum, s.remote.Codec)
		}
	} else if s.player.active {
		if sound, frame, ok := s.player.next(); ok {
			payload = sound.frame(s.remote.Codec, frame)
		} else {
			s.player.active = false
			if h := s.opt.Handler; h != nil {
				h.PlayDone(s, s.player.playback.ID)
			}
		}
	}
	if !s.sending || payload == nil {
		s.out.marker = true
		return
	}
	h := s.out.next(s.remote.PayloadType, due)
	h.put(l.packet[:])
	copy(l.packet[headerSize:], payload)
	s.send(l.packet[:])
	if s.tape != nil {
		s.record(record.Heard, s.remote.Codec, h, payload, due)
	}
	if now-due > lateAfter {
		s.stats.Late++
	}
}

// lateness keeps the worst of the current and of the last second.
type lateness struct {
	last, worst int64
	until       int64 // end of the current second
	noticed     int64
}

// observe takes in how late something was, and returns the worst.
func (w *lateness) observe(now, late int64) int64 {
	if now >= w.until {
		w.last, w.worst = w.worst, 0
		if now >= w.until+int64(time.Second) {
			w.last = 0
		}
		w.until = now + int64(time.Second)
	}
	w.worst = max(w.worst, late)
	return max(w.last, w.worst)
}

// notice reports whether a log line about lateness is due.
func (w *lateness) notice(now int64) bool {
	if w.noticed != 0 && now-w.noticed < noticeEvery {
		return false
	}
	w.noticed = now
	return true
}
