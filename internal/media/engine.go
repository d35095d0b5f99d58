//go:build linux

package media

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"
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
	cfg     Config
	ports   *portPool
	loops   []*loop
	journal *journal

	mu    sync.Mutex // guards state; Open holds it only to see whether the loops run
	state state
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
	return &Engine{cfg: cfg, ports: ports}, nil
}
