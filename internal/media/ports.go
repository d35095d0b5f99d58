//go:build linux

package media

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// portPool hands out the even ports of a range. The port that has been free
// longest goes first, so that a port rests as long as the range allows and
// packets still on their way to its last stream do not meet the next one.
type portPool struct {
	mu   sync.Mutex // guards free, head and changes of count
	free []uint16   // ring: count ports from head on
	head int        // the one that has been free longest

	count atomic.Int64
}

// newPortPool checks the range lo-hi, both inclusive.
func newPortPool(lo, hi uint16) (*portPool, error) {
	if lo == 0 || lo > hi {
		return nil, fmt.Errorf("RTP port range %d-%d: the first port must be at least 1 and not above the last", lo, hi)
	}
	first := int(lo) + int(lo)%2
	if first > int(hi) {
		return nil, fmt.Errorf("RTP port range %d-%d holds no even port; RTP takes the even ones, so give at least two ports", lo, hi)
	}
	p := &portPool{}
	for port := first; port <= int(hi); port += 2 {
		p.free = append(p.free, uint16(port))
	}
	p.count.Store(int64(len(p.free)))
	return p, nil
}

// take returns the port that has been free longest, or false if none is free.
func (p *portPool) take() (uint16, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count.Load() == 0 {
		return 0, false
	}
	port := p.free[p.head]
	p.head = (p.head + 1) % len(p.free)
	p.count.Add(-1)
	return port, true
}

// put gives a port back; its socket must be closed.
func (p *portPool) put(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free[(p.head+int(p.count.Load()))%len(p.free)] = port
	p.count.Add(1)
}

// size returns how many streams the range can carry.
func (p *portPool) size() int { return len(p.free) }

// unused returns how many ports are free, without taking the lock.
func (p *portPool) unused() int { return int(p.count.Load()) }
