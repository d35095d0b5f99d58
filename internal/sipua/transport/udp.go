package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shareAndEnlarge lets several sockets share the port and asks for a receive
// buffer that survives a burst; without CAP_NET_ADMIN the kernel's own limit
// (net.core.rmem_max) stays in force.
func shareAndEnlarge(_, _ string, c syscall.RawConn) error {
	var err error
	control := func(fd uintptr) {
		if err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
			return
		}
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	}
	return errors.Join(c.Control(control), err)
}

// readUDP reads one socket until it is closed; an error of one packet does not end it.
func (t *Transport) readUDP(c *net.UDPConn) {
	buf := make([]byte, maxMessage)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			t.cfg.Log.Warn("reading SIP over UDP failed; going on", "error", err)
			if t.pause(10 * time.Millisecond) {
				return
			}
			continue
		}
		if msg := buf[:n]; !blank(msg) {
			from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			t.cfg.Handler.Receive(Flow{UDP, from}, msg)
		}
	}
}

// blank recognises the keep-alives of phones behind NAT: line ends, or zero bytes.
func blank(msg []byte) bool {
	for _, b := range msg {
		if b != '\r' && b != '\n' && b != 0 {
			return false
		}
	}
	return true
}

// pause waits, unless the transport is closed meanwhile.
func (t *Transport) pause(d time.Duration) (closed bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.done:
		return true
	case <-timer.C:
		return false
	}
}

// KernelDrops gives how many packets the kernel threw away because the
// receive buffers of our UDP sockets were full.
func (t *Transport) KernelDrops() (uint64, error) {
	var total uint64
	for _, c := range t.udp {
		raw, err := c.SyscallConn()
		if err != nil {
			return 0, err
		}
		var info [skMeminfoDrops + 1]uint32
		var failed error
		control := func(fd uintptr) {
			size := uint32(unsafe.Sizeof(info))
			_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
				uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
			if errno != 0 {
				failed = errno
			}
		}
		if err := errors.Join(raw.Control(control), failed); err != nil {
			return 0, fmt.Errorf("reading the drop counter of a UDP socket: %w", err)
		}
		total += uint64(info[skMeminfoDrops])
	}
	return total, nil
}

// skMeminfoDrops is SK_MEMINFO_DROPS of linux/sock_diag.h.
const skMeminfoDrops = 8
