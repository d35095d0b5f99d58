//go:build linux

package phone

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// oobSize holds a receive time (timespec) and a drop counter as control messages.
const oobSize = 64

// address is a destination in the form the kernel takes.
type address struct{ raw unix.RawSockaddrInet4 }

func newAddress(a netip.AddrPort) *address {
	out := &address{}
	out.raw.Family = unix.AF_INET
	out.raw.Addr = a.Addr().Unmap().As4()
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&out.raw.Port))[:], a.Port())
	return out
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// socket is a UDP socket that reads and writes in batches. Reading and
// batch writing each belong to one goroutine; send is safe anywhere.
type socket struct {
	conn  *net.UDPConn
	raw   syscall.RawConn
	local netip.AddrPort

	in      []datagram // filled by read
	rx      [batchSize]mmsghdr
	rxIov   [batchSize]unix.Iovec
	rxName  [batchSize]unix.RawSockaddrInet4
	rxOOB   [batchSize][oobSize]byte
	tx      [batchSize]mmsghdr
	txIov   [batchSize]unix.Iovec
	wait    bool
	rxN     int
	rxErr   syscall.Errno
	txN     int
	txErr   syscall.Errno
	readFn  func(fd uintptr) bool
	peekFn  func(fd uintptr)
	writeFn func(fd uintptr) bool
	drops   atomic.Uint32 // the kernel's counter of packets it had no room for
}

func openSocket(at netip.AddrPort, size int) (*socket, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s := &socket{conn: conn, raw: raw, local: conn.LocalAddr().(*net.UDPAddr).AddrPort(), in: make([]datagram, batchSize)}
	_ = raw.Control(setOptions) // all of them only improve what is measured
	for i := range s.rx {
		buf := make([]byte, size)
		s.in[i].data = buf
		s.rxIov[i] = unix.Iovec{Base: &buf[0]}
		s.rxIov[i].SetLen(size)
		s.rx[i].hdr.Iov, s.tx[i].hdr.Iov = &s.rxIov[i], &s.txIov[i]
		s.rx[i].hdr.SetIovlen(1)
		s.tx[i].hdr.SetIovlen(1)
		s.rx[i].hdr.Name = (*byte)(unsafe.Pointer(&s.rxName[i]))
		s.rx[i].hdr.Control = &s.rxOOB[i][0]
		s.tx[i].hdr.Namelen = unix.SizeofSockaddrInet4
	}
	s.readFn, s.writeFn = s.recvmmsg, s.sendmmsg
	s.peekFn = func(fd uintptr) { s.recvmmsg(fd) }
	return s, nil
}

func setOptions(fd uintptr) {
	for _, o := range [][3]int{
		{unix.SO_RCVBUF, unix.SO_RCVBUFFORCE, socketBuffer}, {unix.SO_SNDBUF, unix.SO_SNDBUFFORCE, socketBuffer},
	} {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, o[1], o[2]) != nil {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, o[0], o[2])
		}
	}
	_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
}

// read gives the datagrams that are there, at most a batch; with wait it
// blocks for the first until the read deadline (os.ErrDeadlineExceeded).
func (s *socket) read(wait bool) ([]datagram, error) {
	for i := range s.rx {
		h := &s.rx[i].hdr
		h.Namelen = unix.SizeofSockaddrInet4
		h.SetControllen(oobSize)
	}
	s.wait = wait
	err := error(nil)
	if wait {
		err = s.raw.Read(s.readFn)
	} else {
		err = s.raw.Control(s.peekFn) // unlike Read, also when the deadline has passed
	}
	if err != nil {
		return nil, err
	}
	if s.rxErr != 0 {
		if s.rxErr == unix.EAGAIN || s.rxErr == unix.EINTR {
			return nil, nil
		}
		return nil, s.rxErr
	}
	now := time.Now().UnixNano()
	for i := range s.rxN {
		s.finish(i, now)
	}
	return s.in[:s.rxN], nil
}

func (s *socket) recvmmsg(fd uintptr) bool {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&s.rx[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	s.rxN, s.rxErr = int(n), errno
	return errno != unix.EAGAIN || !s.wait
}

// finish turns what the kernel wrote for message i into a datagram.
func (s *socket) finish(i int, now int64) {
	h, d, name := &s.rx[i], &s.in[i], &s.rxName[i]
	d.data = d.data[:cap(d.data)][:h.len]
	port := (*[2]byte)(unsafe.Pointer(&name.Port))
	d.from = netip.AddrPortFrom(netip.AddrFrom4(name.Addr), binary.BigEndian.Uint16(port[:]))
	d.at = now
	oob := s.rxOOB[i][:h.hdr.Controllen]
	for len(oob) >= unix.SizeofCmsghdr {
		c, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return
		}
		switch {
		case c.Type == unix.SO_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
			d.at = (*unix.Timespec)(unsafe.Pointer(&data[0])).Nano()
		case c.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			s.drops.Store(binary.NativeEndian.Uint32(data))
		}
		oob = rest
	}
}

// sendBatch sends packets in as few system calls as it can and gives the
// number the kernel took; one it refuses is skipped.
func (s *socket) sendBatch(packets []outgoing) int {
	sent := 0
	for len(packets) > 0 {
		n := min(len(packets), batchSize)
		for i := range n {
			s.txIov[i].Base = &packets[i].data[0]
			s.txIov[i].SetLen(len(packets[i].data))
			s.tx[i].hdr.Name = (*byte)(unsafe.Pointer(&packets[i].to.raw))
		}
		s.txN = n
		if s.raw.Write(s.writeFn) != nil {
			return sent
		}
		done := s.txN
		if s.txErr != 0 {
			done = 0
			packets = packets[1:]
		}
		sent += done
		packets = packets[done:]
	}
	return sent
}

func (s *socket) sendmmsg(fd uintptr) bool {
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&s.tx[0])), uintptr(s.txN), unix.MSG_DONTWAIT, 0, 0)
	if errno == unix.EAGAIN {
		return false
	}
	s.txN, s.txErr = int(n), errno
	return true
}

func (s *socket) send(data []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(data, to)
	return err
}
