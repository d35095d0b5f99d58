//go:build linux

package media

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sockets are raw descriptors: net.UDPConn costs a trip through the runtime's
// poller for every packet, and x/sys allocates an address per packet received.
// None of the calls made per packet blocks, so they also skip the scheduler's
// bookkeeping for system calls that may (RawSyscall).

const (
	batchSize    = 16       // packets taken from a socket at a time: a third of a second of audio
	packetSize   = 1500     // an Ethernet frame; what is longer is no audio of ours
	socketBuffer = 64 << 10 // the kernel doubles it: about two seconds of packets, and a bound on what a flood can hold
	dscpEF       = 46 << 2  // expedited forwarding for voice (RFC 4594 §4.1), in the byte of the IP header
)

// listenUDP opens a non-blocking socket.
func listenUDP(addr netip.Addr, port uint16) (int, error) {
	family := unix.AF_INET
	if addr.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if family == unix.AF_INET6 {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0)
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, dscpEF)
	} else {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, dscpEF) // a marking refused is no reason to refuse the call
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	if err == nil {
		err = unix.Bind(fd, unixSockaddr(addr, port))
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func unixSockaddr(addr netip.Addr, port uint16) unix.Sockaddr {
	if addr.Is4() {
		return &unix.SockaddrInet4{Port: int(port), Addr: addr.As4()}
	}
	return &unix.SockaddrInet6{Port: int(port), Addr: addr.As16()}
}

// kernelDrops returns how many packets found the socket's buffer full.
func kernelDrops(fd int) uint64 {
	var info [unix.SK_MEMINFO_DROPS + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0 // kernels before 4.12
	}
	return uint64(info[unix.SK_MEMINFO_DROPS])
}

// destination is an address in the form the kernel takes. The zero value is no address.
type destination struct {
	raw  unix.RawSockaddrInet6 // or RawSockaddrInet4, which is shorter
	size uint32
}

// destinationOf returns the form of addr that a socket listening on local can
// send to; false if it cannot.
func destinationOf(addr netip.AddrPort, local netip.Addr) (d destination, ok bool) {
	ip := addr.Addr()
	switch {
	case !ip.IsValid() || ip.IsUnspecified() || addr.Port() == 0:
		return d, false
	case local.Is6():
		d.raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: networkOrder(addr.Port()), Addr: ip.As16()}
		d.size = unix.SizeofSockaddrInet6
	case ip.Unmap().Is4():
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(&d.raw)) =
			unix.RawSockaddrInet4{Family: unix.AF_INET, Port: networkOrder(addr.Port()), Addr: ip.Unmap().As4()}
		d.size = unix.SizeofSockaddrInet4
	default:
		return d, false
	}
	return d, true
}

// networkOrder returns a port as it lies in a socket address: big-endian in memory.
func networkOrder(port uint16) (raw uint16) {
	b := (*[2]byte)(unsafe.Pointer(&raw))
	b[0], b[1] = byte(port>>8), byte(port)
	return raw
}

// send sends one packet without waiting; a full buffer is an error like others.
func send(fd int, packet []byte, to *destination) unix.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&packet[0])), uintptr(len(packet)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&to.raw)), uintptr(to.size))
	return errno
}

// message is struct mmsghdr of recvmmsg(2).
type message struct {
	hdr  unix.Msghdr
	size uint32
}

// batch receives packets without allocating. One serves a whole loop.
type batch struct {
	messages [batchSize]message
	vectors  [batchSize]unix.Iovec
	sources  [batchSize]unix.RawSockaddrInet6
	packets  [batchSize][packetSize]byte
}

func newBatch() *batch {
	b := new(batch)
	for i := range b.messages {
		b.vectors[i].Base = &b.packets[i][0]
		b.vectors[i].SetLen(packetSize)
		h := &b.messages[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&b.sources[i]))
		h.Namelen = unix.SizeofSockaddrInet6
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
	}
	return b
}

// receive takes what waits in the socket, batchSize packets at most, and
// returns how many: 0 if none waits or the socket reports an error of an
// earlier send.
func (b *batch) receive(fd int) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages)), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// packet returns packet i of the last receive and where it came from. The
// bytes are nil if it was longer than any RTP packet we take; they may be
// written to and are valid until the next receive.
func (b *batch) packet(i int) ([]byte, netip.AddrPort) {
	m := &b.messages[i]
	from := sourceOf(&b.sources[i])
	m.hdr.Namelen = unix.SizeofSockaddrInet6 // the kernel set it to what it used
	if m.hdr.Flags&unix.MSG_TRUNC != 0 {
		return nil, from
	}
	return b.packets[i][:m.size], from
}

// sourceOf reads a socket address; IPv4 comes back as IPv4, however it arrived.
func sourceOf(raw *unix.RawSockaddrInet6) netip.AddrPort {
	port := networkOrder(raw.Port) // its own inverse
	if raw.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(raw)).Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), port)
}
