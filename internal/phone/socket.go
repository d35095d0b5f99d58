package phone

import (
	"net/netip"
)

const (
	// socketBuffer is what is asked of the kernel for each direction: the default holds only
	// a few milliseconds of a thousand streams.
	socketBuffer = 8 << 20
	// maxDatagram is the largest message read; longer ones are cut, and then fail to parse.
	maxDatagram = 4096
	batchSize   = 64
)

// datagram is one packet received. data is valid until the next read of its socket.
type datagram struct {
	data []byte
	from netip.AddrPort
	at   int64 // when the kernel received it, ns since 1970
}

// outgoing is one packet to be sent in a batch.
type outgoing struct {
	data []byte
	to   *address
}
