//go:build linux

package media

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// loop serves some of the streams: one goroutine that owns all they are.
// Others reach it by commands only.
type loop struct {
	engine *Engine
	number int
	wake   chan struct{} // holds one token while there are commands
	quit   chan struct{}
	ended  chan struct{}

	load     atomic.Int64 // streams, for the choice of a loop
	lateness atomic.Int64 // nanoseconds, see Load

	mu     sync.Mutex // guards inbox and closed, and Stream.home of the streams served
	inbox  []command
	closed bool

	// All below belongs to the goroutine.
	work    []command // commands taken from the inbox
	carried int       // how many of them are done
	slots   slots
	bridged map[int32]*Stream // by descriptor: streams in a bridge or mix, the ones in epoll
	epoll   int
	events  [128]unix.EpollEvent
	batch   *batch
	packet  [headerSize + frameSamples]byte
	sum     [frameSamples]int32 // of the voices that a stream hears in a mix
	timer   *time.Timer
	late    lateness
}

func newLoop(e *Engine, number int) (*loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	l := &loop{
		engine:  e,
		number:  number,
		wake:    make(chan struct{}, 1),
		quit:    make(chan struct{}),
		ended:   make(chan struct{}),
		bridged: make(map[int32]*Stream),
		epoll:   epoll,
		batch:   newBatch(),
		timer:   time.NewTimer(time.Hour),
	}
	l.slots.phase = int64(slotTime) * int64(number) / int64(e.cfg.Loops)
	return l, nil
}

// release gives back what newLoop took, once the goroutine is gone.
func (l *loop) release() {
	unix.Close(l.epoll)
	l.timer.Stop()
}

// run is the goroutine: a turn whenever a slot is due or a command has come.
// Packets of bridged calls are looked for at each slot instead of waking up
// for every one: at 25,000 a second the wake-ups cost more than the packets,
// and two milliseconds are nothing to an ear.
func (l *loop) run() {
	defer close(l.ended)
	for {
		l.carryOut()
		now := l.engine.now()
		slotDue := l.slots.number(now) > l.slots.done
		l.pace(now)
		if slotDue && len(l.bridged) > 0 { // not when it was a command that woke the loop
			l.relay(now)
		}
		if !l.sleep() {
			return
		}
	}
}

// sleep waits for the next turn; false means the end.
func (l *loop) sleep() bool {
	var due <-chan time.Time
	if at, ok := l.slots.next(len(l.bridged) > 0); ok {
		l.timer.Reset(time.Duration(at - l.engine.now()))
		due = l.timer.C
	}
	select {
	case <-due:
	case <-l.wake:
	case <-l.quit:
		return false
	}
	return true
}

// relay passes on what the bridged streams have received.
func (l *loop) relay(now int64) {
	for range 4 { // rounds, so that a flood cannot keep the loop from its slots
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(l.epoll), uintptr(unsafe.Pointer(&l.events)), uintptr(len(l.events)), 0, 0, 0)
		if errno != 0 {
			return
		}
		for i := range l.events[:n] {
			if s := l.bridged[l.events[i].Fd]; s != nil {
				l.receive(s, now)
			}
		}
		if int(n) < len(l.events) {
			return
		}
	}
}

// join makes two streams of this loop each other's peer.
func (l *loop) join(a, b *Stream) {
	if a == b || !a.open || !b.open || a.peer == b {
		return
	}
	now := l.engine.now()
	l.enter(a, now)
	l.enter(b, now)
	a.peer, b.peer = b, a
}

// enter makes a stream ready for a bridge or mix.
func (l *loop) enter(s *Stream, now int64) {
	l.part(s)
	l.drain(s, now) // what was said to the music is not for the others
	s.player.active = false
	s.out.switched()
	l.watch(s)
}

// part ends the stream's bridge or mix, if it is in one. The other leg of a
// bridge hears silence; those of a mix go on without it.
func (l *loop) part(s *Stream) {
	if s.room != nil {
		l.leave(s)
	}
	peer := s.peer
	if peer == nil {
		return
	}
	s.peer, peer.peer = nil, nil
	for _, s := range [...]*Stream{s, peer} {
		s.out.switched()
		l.unwatch(s)
	}
}

func (l *loop) watch(s *Stream) {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(s.fd)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, s.fd, &event); err != nil {
		l.engine.notes.write(slog.LevelError, "cannot watch an RTP socket; the call has no audio", slog.String("call", s.opt.Tag), slog.Any("err", err))
		return
	}
	l.bridged[event.Fd] = s
}

func (l *loop) unwatch(s *Stream) {
	delete(l.bridged, int32(s.fd))
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, s.fd, nil) // fails only where watch has failed
}
