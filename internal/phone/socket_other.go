//go:build !linux

package phone

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// address is a destination.
type address struct{ to netip.AddrPort }

func newAddress(a netip.AddrPort) *address { return &address{a} }

// socket is a UDP socket, one packet a system call: enough for tests and
// demonstrations where batches and the kernel's receive times are not to be had.
type socket struct {
	conn  *net.UDPConn
	local netip.AddrPort
	in    [1]datagram
	buf   []byte
	drops atomic.Uint32
}

func openSocket(at netip.AddrPort, size int) (*socket, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	return &socket{conn: conn, local: conn.LocalAddr().(*net.UDPAddr).AddrPort(), buf: make([]byte, size)}, nil
}

func (s *socket) read(wait bool) ([]datagram, error) {
	if !wait {
		_ = s.conn.SetReadDeadline(time.Now().Add(50 * time.Microsecond))
	}
	n, from, err := s.conn.ReadFromUDPAddrPort(s.buf)
	if !wait && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.in[0] = datagram{s.buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), time.Now().UnixNano()}
	return s.in[:], nil
}

func (s *socket) sendBatch(packets []outgoing) int {
	sent := 0
	for _, p := range packets {
		if s.send(p.data, p.to.to) == nil {
			sent++
		}
	}
	return sent
}

func (s *socket) send(data []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(data, to)
	return err
}
