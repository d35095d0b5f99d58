//go:build linux

package media

import "holdline/internal/media/record"

type commandKind uint8

const (
	opening commandKind = iota + 1
	setRemote
	play
	silence
	bridge
	mixing
	recording
	closing
	surrender // give the stream up to another loop
	adopt     // take it over
)

// command is something for a loop to do with one of its streams.
type command struct {
	kind     commandKind
	stream   *Stream
	remote   Remote
	playback Playback
	peer     *Stream       // of bridge
	members  []Member      // of mixing; stream is the first of them
	tape     *record.Tape  // of recording: the new one, or nil
	to       *loop         // of surrender: who adopts
	handover chan struct{} // of surrender and adopt: closed between the two
	done     chan struct{} // of closing: closed when it is done
}

// release lets go who waits for a command that is over, done or not.
func (c *command) release() {
	if c.done != nil {
		close(c.done)
	}
	if c.tape != nil {
		c.tape.End(0) // it has not begun
	}
}

// post hands a command to the loop that serves its stream; false if the engine has stopped.
func post(c command) bool {
	for {
		l := c.stream.home.Load()
		l.mu.Lock()
		if c.stream.home.Load() != l { // moved meanwhile
			l.mu.Unlock()
			continue
		}
		ok := l.enqueue(c)
		l.mu.Unlock()
		return ok
	}
}

// enqueue appends commands and wakes the loop. The caller holds l.mu.
func (l *loop) enqueue(c ...command) bool {
	if l.closed {
		return false
	}
	l.inbox = append(l.inbox, c...)
	l.nudge()
	return true
}

// nudge makes the loop take a turn.
func (l *loop) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// postBridge has two streams bridged. If they are served by different loops,
// b moves to a's: its old loop surrenders it, the new one adopts it and then
// bridges. Both commands are queued under both mutexes, which puts all moves
// in one order; so a loop may hold its commands back until an adoption is
// complete, and two loops never wait for each other.
func postBridge(a, b *Stream) {
	if a == nil || b == nil || a.engine != b.engine {
		return
	}
	for !tryBridge(a, b) {
	}
}

// tryBridge reports false if a stream moved while the locks were taken.
func tryBridge(a, b *Stream) bool {
	la, lb := a.home.Load(), b.home.Load()
	lockBoth(la, lb)
	defer unlockBoth(la, lb)
	if a.home.Load() != la || b.home.Load() != lb {
		return false
	}
	if la.closed || lb.closed {
		return true
	}
	if la != lb {
		move(b, lb, la)
	}
	la.enqueue(command{kind: bridge, stream: a, peer: b})
	return true
}

// move has a stream served by another loop from now on. The caller holds both mutexes.
func move(s *Stream, from, to *loop) {
	handover := make(chan struct{})
	from.enqueue(command{kind: surrender, stream: s, to: to, handover: handover})
	to.enqueue(command{kind: adopt, stream: s, handover: handover})
	s.home.Store(to)
	from.load.Add(-1)
	to.load.Add(1)
}

func lockBoth(a, b *loop) {
	switch {
	case a == b:
		a.mu.Lock()
	case a.number < b.number:
		a.mu.Lock()
		b.mu.Lock()
	default:
		b.mu.Lock()
		a.mu.Lock()
	}
}

func unlockBoth(a, b *loop) {
	a.mu.Unlock()
	if a != b {
		b.mu.Unlock()
	}
}

// refuse ends the taking of commands. Those that are left are dropped; who
// waits for one is released.
func (l *loop) refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range append(l.work[l.carried:], l.inbox...) {
		c.release()
	}
	l.work, l.inbox, l.carried = nil, nil, 0
}

// carryOut does what the inbox asks for, in order, up to an adoption that is
// not complete; the loop that surrenders nudges this one when it is.
func (l *loop) carryOut() {
	if l.carried == len(l.work) {
		l.mu.Lock()
		l.work, l.inbox, l.carried = l.inbox, l.work[:0], 0
		l.mu.Unlock()
	}
	for ; l.carried < len(l.work); l.carried++ {
		c := &l.work[l.carried]
		if c.kind == adopt && !closed(c.handover) {
			return
		}
		l.do(c)
		*c = command{} // what it pointed to may go
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (l *loop) do(c *command) {
	s := c.stream
	switch c.kind {
	case opening, adopt:
		if s.open {
			l.slots.add(s, l.engine.now())
		}
	case surrender:
		if s.open {
			l.part(s)
			l.slots.remove(s)
		}
		close(c.handover)
		c.to.nudge()
	case mixing:
		l.mix(c.members) // whichever of them are open
	case closing:
		if s.open {
			l.finish(s)
		}
		c.release()
	default:
		if s.open {
			l.change(c)
		} else {
			c.release()
		}
	}
}

// change carries out a command about what the stream hears.
func (l *loop) change(c *command) {
	s := c.stream
	switch c.kind {
	case setRemote:
		s.setRemote(c.remote, l.engine.now())
	case play:
		l.part(s)
		s.player.start(c.playback)
	case silence:
		l.part(s)
		s.player = player{}
	case bridge:
		l.join(s, c.peer)
	case recording:
		s.recordTo(c.tape, l.engine.now())
	}
}

// finish counts what still waits in the socket and closes the stream.
func (l *loop) finish(s *Stream) {
	l.part(s)
	l.drain(s, l.engine.now())
	l.slots.remove(s)
	s.shut()
}
