//go:build linux

package media

import (
	"fmt"
	"sync"
)

// portPool hands out the even ports of a range. The port that has been free
// longest goes first, so that a port rests as long as the range allows and
// packets still on their way to its last stream do not meet the next one.
type portPool struct {
	lo, hi uint16

	mu    sync.Mutex
	free  []uint16 // ring of free ports
	head  int      // the one that has been free longest
	count int
}

// newPortPool checks the range lo-hi, both inclusive.
func newPortPool(lo, hi uint16) (*portPool, error) {
	switch {
	case lo == 0 || lo > hi:
		return nil, fmt.Errorf("RTP port range %d-%d: the first port must be at least 1 and not above the last", lo, hi)
	case lo%2 != 0:
		return nil, fmt.Errorf("RTP port range %d-%d: the first port must be even (RTP takes even ports, RTCP the odd ones above them)", lo, hi)
	case hi%2 == 0:
		return nil, fmt.Errorf("RTP port range %d-%d: the last port must be odd, the RTCP port of the last stream", lo, hi)
	}
	n := (int(hi) - int(lo) + 1) / 2
	p := &portPool{lo: lo, hi: hi, free: make([]uint16, n), count: n}
	for i := range p.free {
		p.free[i] = lo + uint16(2*i)
	}
	return p, nil
}

// take returns the port that has been free longest, or false if none is free.
func (p *portPool) take() (uint16, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == 0 {
		return 0, false
	}
	port := p.free[p.head]
	p.head = (p.head + 1) % len(p.free)
	p.count--
	return port, true
}

// put gives a port back; its socket must be closed.
func (p *portPool) put(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free[(p.head+p.count)%len(p.free)] = port
	p.count++
}

// size returns how many streams the range can carry.
func (p *portPool) size() int { return len(p.free) }
