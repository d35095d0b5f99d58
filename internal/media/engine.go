//go:build linux

package media

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"holdline/internal/media/record"
)

// ErrNoPorts is returned (wrapped, with the range named) by Open when every
// port of the range is in use.
var ErrNoPorts = errors.New("no free RTP port")

// ErrStopped is returned by Open when the engine does not run.
var ErrStopped = errors.New("media engine is not running")

// Config of an Engine.
type Config struct {
	Listen         netip.Addr    // address of the sockets; an unspecified IPv6 address takes IPv4 too
	PortLo, PortHi uint16        // UDP ports; RTP takes the even ones, the odd ones stay free for RTCP (RFC 3550 §11)
	Loops          int           // 0 = GOMAXPROCS
	SilenceAfter   time.Duration // without RTP for so long a stream is reported Silent; 0 = never
	Log            *slog.Logger  // nil = slog.Default()
}

// Engine owns the ports, the loops and through them all streams.
type Engine struct {
	cfg      Config
	ports    *portPool
	loops    []*loop
	notes    *notes
	recorder *record.Recorder
	epoch    time.Time // zero of all loop times

	open     atomic.Int64 // streams
	stopping sync.Once

	mu      sync.Mutex // guards what follows
	state   state
	streams map[*Stream]struct{}
}

type state uint8

const (
	idle state = iota
	running
	stopped
)

// Load is how busy the media side is.
type Load struct {
	Streams   int           // open streams
	Lateness  time.Duration // how late the latest packet of the last one to two seconds left
	FreePorts int           // streams that can still be opened
}

// Handler is told what happens on a stream. Its methods are called from the
// loop that serves the stream: they must not block, and must not call Close.
// None is called after Close has returned.
type Handler interface {
	// Digit reports one DTMF key (RFC 4733): 0-9 * # A-D. It is reported when the key goes down.
	Digit(s *Stream, digit byte)
	// PlayDone reports that a playback without Loop was sent to its end. A playback that was replaced is not reported.
	PlayDone(s *Stream, id uint64)
	// Silent reports, once per silence, that nothing was received for Config.SilenceAfter.
	Silent(s *Stream)
}

// Options of a new stream.
type Options struct {
	Near    *Stream // the stream it will be bridged with: both are served by the same loop
	Handler Handler // may be nil
	Tag     string  // call id, for logs
}

// New checks the configuration. It opens no socket.
func New(cfg Config) (*Engine, error) {
	if !cfg.Listen.IsValid() {
		return nil, errors.New("media: no listen address")
	}
	if cfg.SilenceAfter < 0 {
		return nil, fmt.Errorf("media: silence after %v is negative", cfg.SilenceAfter)
	}
	ports, err := newPortPool(cfg.PortLo, cfg.PortHi)
	if err != nil {
		return nil, err
	}
	if cfg.Loops <= 0 {
		cfg.Loops = runtime.GOMAXPROCS(0)
	}
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	return &Engine{cfg: cfg, ports: ports, streams: make(map[*Stream]struct{})}, nil
}

// Start starts the loops. An engine starts once.
func (e *Engine) Start() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != idle {
		return errors.New("media: engine was started before")
	}
	loops := make([]*loop, e.cfg.Loops)
	e.epoch = time.Now()
	for i := range loops {
		l, err := newLoop(e, i)
		if err != nil {
			for _, l := range loops[:i] {
				l.release()
			}
			return fmt.Errorf("media: start of loop %d: %w", i, err)
		}
		loops[i] = l
	}
	e.loops, e.notes, e.recorder, e.state = loops, newNotes(e.cfg.Log), record.New(), running
	for _, l := range loops {
		go l.run()
	}
	return nil
}

// Stop closes all streams, finishes their recordings and ends the loops. No
// Handler and no Recording.Done is called once it returns. It may be called again; a stopped engine does not start anew.
func (e *Engine) Stop() {
	e.stopping.Do(func() {
		if e.enter(stopped) == running {
			e.wind()
		}
	})
}

// enter changes the state and returns the one before.
func (e *Engine) enter(next state) (before state) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, e.state = e.state, next
	return before
}

// wind ends the loops; their streams are then nobody's and can be closed.
func (e *Engine) wind() {
	for _, l := range e.loops {
		close(l.quit)
	}
	for _, l := range e.loops {
		<-l.ended
	}
	e.shutAll()
	e.recorder.Close()
	e.notes.close()
}

// shutAll closes all streams and drops the commands that were not carried out.
func (e *Engine) shutAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.streams {
		if s.open {
			s.shut()
		}
	}
	clear(e.streams)
	for _, l := range e.loops {
		l.refuse()
		l.release()
	}
}

// Open opens a stream on an even UDP port of the range. It fails with
// ErrNoPorts if all are in use, ErrStopped before Start and after Stop.
func (e *Engine) Open(opt Options) (*Stream, error) {
	if !e.runs() {
		return nil, ErrStopped
	}
	port, fd, err := e.listen()
	if err != nil {
		return nil, err
	}
	s := &Stream{engine: e, port: port, opt: opt, fd: fd, open: true, out: newSender()}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != running {
		unix.Close(fd)
		e.ports.put(port)
		return nil, ErrStopped
	}
	e.streams[s] = struct{}{}
	l := e.pick(opt.Near)
	l.load.Add(1)
	e.open.Add(1)
	s.home.Store(l)
	post(command{kind: opening, stream: s})
	return s, nil
}

func (e *Engine) runs() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state == running
}

// listen binds the next free port. A port that another program holds is
// passed over, and tried again when its turn comes.
func (e *Engine) listen() (port uint16, fd int, err error) {
	for range e.ports.size() {
		port, ok := e.ports.take()
		if !ok {
			break
		}
		if fd, err = listenUDP(e.cfg.Listen, port); err == nil {
			return port, fd, nil
		}
		e.ports.put(port)
		if !errors.Is(err, unix.EADDRINUSE) {
			return 0, -1, fmt.Errorf("media: open %v: %w", netip.AddrPortFrom(e.cfg.Listen, port), err)
		}
	}
	return 0, -1, fmt.Errorf("%w: all %d of the range %d-%d are in use; widen --rtp-ports", ErrNoPorts, e.ports.size(), e.cfg.PortLo, e.cfg.PortHi)
}

// pick returns the loop for a new stream: that of the stream it will be
// bridged with, else the one with the fewest.
func (e *Engine) pick(near *Stream) *loop {
	if near != nil && near.engine == e {
		return near.home.Load()
	}
	return slices.MinFunc(e.loops, func(a, b *loop) int { return cmp.Compare(a.load.Load(), b.load.Load()) })
}

// Load returns how busy the engine is. It takes no lock.
func (e *Engine) Load() Load {
	load := Load{Streams: int(e.open.Load()), FreePorts: e.ports.unused()}
	for _, l := range e.loops {
		load.Lateness = max(load.Lateness, time.Duration(l.lateness.Load()))
	}
	return load
}

// now returns the loop time: nanoseconds since the engine started.
func (e *Engine) now() int64 { return int64(time.Since(e.epoch)) }
