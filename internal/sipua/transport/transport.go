// Package transport moves SIP messages over UDP and TCP (RFC 3261 §18): whole
// messages in, bytes out. It reads no header but Content-Length on streams,
// and everything a stranger can make it hold is bounded.
package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Proto is a transport protocol.
type Proto uint8

const (
	UDP Proto = iota + 1
	TCP
)

// String gives the name as it stands in a stored binding.
func (p Proto) String() string {
	if p == TCP {
		return "tcp"
	}
	return "udp"
}

// Via gives the name as it stands in a Via header.
func (p Proto) Via() string {
	if p == TCP {
		return "TCP"
	}
	return "UDP"
}

// Reliable reports whether the transport retransmits by itself.
func (p Proto) Reliable() bool { return p == TCP }

// Flow is a place messages come from and go to. For TCP the remote address
// names the connection: an answer goes back on the one its request came over.
type Flow struct {
	Proto  Proto
	Remote netip.AddrPort
}

// String gives "udp:192.0.2.1:5060".
func (f Flow) String() string { return f.Proto.String() + ":" + f.Remote.String() }

// ParseFlow reads what String wrote.
func ParseFlow(s string) (Flow, error) {
	name, addr, _ := strings.Cut(s, ":")
	f := Flow{Proto: UDP}
	switch name {
	case "udp":
	case "tcp":
		f.Proto = TCP
	default:
		return Flow{}, fmt.Errorf("transport: %q names no transport; udp: or tcp: comes first", s)
	}
	var err error
	f.Remote, err = netip.ParseAddrPort(addr)
	return f, err
}

// Handler receives messages. Receive is called from reader goroutines, in
// order for one flow; msg is valid only until it returns.
type Handler interface {
	Receive(from Flow, msg []byte)
}

// Sender is told when a message it sent could not be delivered after all, or
// may not have been because its connection ended. It may be told twice, and
// long after the message was answered.
type Sender interface {
	SendFailed(err error)
}

// Config says where to listen and what to bound. Zero numbers mean the defaults.
type Config struct {
	Listen      netip.AddrPort // UDP and TCP; port 0 = a free one
	Readers     int            // UDP sockets sharing the port (2)
	MaxConns    int            // TCP connections (10,000); the one idle longest makes room
	IdleTimeout time.Duration  // of a TCP connection (2 h: longer than phones' registrations)
	Handler     Handler
	Log         *slog.Logger
}

const (
	maxMessage    = 65535
	receiveBuffer = 8 << 20          // bytes asked of the kernel for each UDP socket
	firstMessage  = 10 * time.Second // a new connection has to say something by then
	dialTimeout   = 5 * time.Second
	writeTimeout  = 5 * time.Second
	maxQueued     = 1 << 20 // bytes waiting for a slow TCP peer
)

var (
	// ErrClosed: the transport has been closed.
	ErrClosed = errors.New("transport: closed")
	// ErrSlow: a TCP peer does not read what it is sent.
	ErrSlow = errors.New("transport: the peer does not read its connection")
	// ErrTooLarge: a message does not fit its transport.
	ErrTooLarge = errors.New("transport: message too large")
)

// Transport is the open sockets.
type Transport struct {
	cfg      Config
	addr     netip.AddrPort
	udp      []*net.UDPConn
	listener *net.TCPListener
	done     chan struct{}
	running  sync.WaitGroup
	turn     atomic.Uint32 // spreads sending over the UDP sockets

	mu     sync.Mutex // guards conns and closed
	conns  map[netip.AddrPort]*conn
	closed bool
}

// Listen binds the sockets. Nothing is read before Start.
func Listen(cfg Config) (*Transport, error) {
	if cfg.Readers <= 0 {
		cfg.Readers = 2
	}
	if cfg.MaxConns <= 0 {
		cfg.MaxConns = 10_000
	}
	if cfg.IdleTimeout <= 0 {
		cfg.IdleTimeout = 2 * time.Hour
	}
	t := &Transport{cfg: cfg, done: make(chan struct{}), conns: map[netip.AddrPort]*conn{}}
	err := t.bind()
	// A free TCP port may be taken for UDP: try others.
	for range 20 {
		if err == nil || cfg.Listen.Port() != 0 {
			break
		}
		err = t.bind()
	}
	return t, err
}

// bind takes the TCP port first: it is exclusive, whereas UDP sockets that
// share a port would silently share it with a second server as well.
func (t *Transport) bind() error {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(t.cfg.Listen))
	if err != nil {
		return fmt.Errorf("listen for SIP over TCP on %v: %w; choose another address with --sip", t.cfg.Listen, err)
	}
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	addr := netip.AddrPortFrom(t.cfg.Listen.Addr(), port)
	lc := net.ListenConfig{Control: shareAndEnlarge}
	var sockets []*net.UDPConn
	for range t.cfg.Readers {
		c, err := lc.ListenPacket(context.Background(), "udp", addr.String())
		if err != nil {
			for _, s := range sockets {
				s.Close()
			}
			l.Close()
			return fmt.Errorf("listen for SIP over UDP on %v: %w; choose another address with --sip", addr, err)
		}
		sockets = append(sockets, c.(*net.UDPConn))
	}
	t.listener, t.udp, t.addr = l, sockets, addr
	return nil
}

// Addr gives the address listened on, with the port that was taken.
func (t *Transport) Addr() netip.AddrPort { return t.addr }

// Start begins to read.
func (t *Transport) Start() {
	for _, c := range t.udp {
		t.running.Go(func() { t.readUDP(c) })
	}
	t.running.Go(t.accept)
}

// Close closes every socket and returns when no reader or writer runs any more.
func (t *Transport) Close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	open := make([]*conn, 0, len(t.conns))
	for _, c := range t.conns {
		open = append(open, c)
	}
	t.mu.Unlock()
	close(t.done)
	t.listener.Close()
	for _, c := range t.udp {
		c.Close()
	}
	for _, c := range open {
		c.close(ErrClosed)
	}
	t.running.Wait()
}

// Send sends one message. Over UDP it has left when Send returns; over TCP it
// is copied and queued, on a new connection if there is none, and who is told
// should that fail (nil: nobody).
func (t *Transport) Send(to Flow, msg []byte, who Sender) error {
	if to.Proto == TCP {
		return t.sendTCP(to, msg, who)
	}
	_, err := t.udp[int(t.turn.Add(1))%len(t.udp)].WriteToUDPAddrPort(msg, to.Remote)
	return err
}
