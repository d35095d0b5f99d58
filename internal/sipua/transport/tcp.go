package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one TCP connection: a reader, a writer, and what waits to be written.
type conn struct {
	t    *Transport
	flow Flow
	wake chan struct{}   // capacity 1: there is something in queue
	life context.Context // ends with the connection, and dialling with it
	end  context.CancelFunc
	used atomic.Int64 // unix nanoseconds of the last message

	mu     sync.Mutex // guards all below
	socket net.Conn   // nil while dialling
	queue  []queued
	bytes  int
	closed bool
	recent [8]Sender // of what was written last: it may never have arrived when the connection ends
	oldest int
}

type queued struct {
	msg []byte
	who Sender
}

func (t *Transport) newConn(remote netip.AddrPort, socket net.Conn) *conn {
	life, end := context.WithCancel(context.Background())
	c := &conn{t: t, flow: Flow{TCP, remote}, socket: socket, wake: make(chan struct{}, 1), life: life, end: end}
	c.used.Store(time.Now().UnixNano())
	return c
}

// accept takes connections until the listener is closed.
func (t *Transport) accept() {
	for {
		socket, err := t.listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			t.cfg.Log.Warn("accepting a SIP connection over TCP failed; going on", "error", err)
			if t.pause(50 * time.Millisecond) {
				return
			}
			continue
		}
		remote := socket.RemoteAddr().(*net.TCPAddr).AddrPort()
		c := t.newConn(netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()), socket)
		if !t.add(c) {
			socket.Close()
			return
		}
		t.running.Go(c.write)
		t.running.Go(c.read)
	}
}

// add puts a connection into the table, closing the one idle longest if the table is full.
func (t *Transport) add(c *conn) bool {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return false
	}
	var idle *conn
	if len(t.conns) >= t.cfg.MaxConns {
		for _, o := range t.conns {
			if idle == nil || o.used.Load() < idle.used.Load() {
				idle = o
			}
		}
	}
	replaced := t.conns[c.flow.Remote]
	t.conns[c.flow.Remote] = c
	t.mu.Unlock()
	if idle != nil {
		t.cfg.Log.Warn("too many SIP connections over TCP: the one idle longest is closed", "limit", t.cfg.MaxConns, "closed", idle.flow)
		idle.close(ErrClosed)
	}
	if replaced != nil {
		replaced.close(ErrClosed)
	}
	return true
}

func (t *Transport) sendTCP(to Flow, msg []byte, who Sender) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return ErrClosed
	}
	c := t.conns[to.Remote]
	dial := c == nil
	if dial {
		c = t.newConn(to.Remote, nil)
		t.conns[to.Remote] = c
		t.running.Go(c.dial)
	}
	t.mu.Unlock()
	return c.enqueue(msg, who)
}

func (c *conn) enqueue(msg []byte, who Sender) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if c.bytes+len(msg) > maxQueued {
		return ErrSlow
	}
	c.queue = append(c.queue, queued{append([]byte(nil), msg...), who})
	c.bytes += len(msg)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// dial opens the connection, then becomes its writer.
func (c *conn) dial() {
	d := net.Dialer{Timeout: dialTimeout}
	socket, err := d.DialContext(c.life, "tcp", c.flow.Remote.String())
	if err != nil {
		c.close(err)
		return
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		socket.Close()
		return
	}
	c.socket = socket
	c.mu.Unlock()
	c.t.running.Go(c.read)
	c.write()
}

// write sends what is queued until the connection is closed.
func (c *conn) write() {
	for {
		select {
		case <-c.life.Done():
			return
		case <-c.wake:
		}
		c.mu.Lock()
		batch := c.queue
		c.queue, c.bytes = nil, 0
		for _, q := range batch {
			if q.who != nil {
				c.recent[c.oldest] = q.who
				c.oldest = (c.oldest + 1) % len(c.recent)
			}
		}
		c.mu.Unlock()
		for i, q := range batch {
			c.socket.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := c.socket.Write(q.msg); err != nil {
				fail(batch[i:], err)
				c.close(err)
				return
			}
		}
	}
}

func fail(batch []queued, err error) {
	for _, q := range batch {
		if q.who != nil {
			q.who.SendFailed(err)
		}
	}
}

// read hands over messages until the connection ends, by itself or by close.
func (c *conn) read() {
	var f framer
	buf := make([]byte, 4096)
	patience := firstMessage
	for {
		c.socket.SetReadDeadline(time.Now().Add(patience))
		n, err := c.socket.Read(buf)
		if err != nil {
			c.close(err)
			return
		}
		f.write(buf[:n])
		heard, err := c.deliver(&f)
		if err != nil {
			c.t.cfg.Log.Debug("SIP over TCP: connection closed, it does not carry SIP", "from", c.flow, "error", err)
			c.close(err)
			return
		}
		if heard {
			patience = c.t.cfg.IdleTimeout
			c.used.Store(time.Now().UnixNano())
		}
	}
}

// deliver hands over every whole message of the framer.
func (c *conn) deliver(f *framer) (heard bool, err error) {
	for {
		msg, pings, err := f.next()
		if pings > 0 {
			heard = true
			c.enqueue(crlf, nil)
		}
		if msg == nil {
			return heard, err
		}
		heard = true
		c.t.cfg.Handler.Receive(c.flow, msg)
	}
}

// close ends the connection; what was not written has failed.
func (c *conn) close(err error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	rest, recent, socket := c.queue, c.recent, c.socket
	c.queue = nil
	c.mu.Unlock()
	c.end()
	if socket != nil {
		socket.Close()
	}
	c.t.mu.Lock()
	if c.t.conns[c.flow.Remote] == c {
		delete(c.t.conns, c.flow.Remote)
	}
	c.t.mu.Unlock()
	fail(rest, err)
	for _, who := range recent {
		if who != nil {
			who.SendFailed(err)
		}
	}
}
