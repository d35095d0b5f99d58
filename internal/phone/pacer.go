package phone

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

const (
	frame     = 20 * time.Millisecond // of audio in a packet
	step      = 2 * time.Millisecond  // of the pacer
	slotCount = int(frame / step)
	// catchUp is how far behind the pacer may be and still send what it owes; more is left out,
	// as a burst of old audio would test nothing.
	catchUp = 200 * time.Millisecond
)

// pacer sends and receives the audio of all calls on one goroutine. It sends
// what is due every 2 ms, and reads then too: the kernel notes when packets
// arrived, so a reader need not wake up for each.
type pacer struct {
	sockets []*socket
	epoch   time.Time
	out     []outgoing
	notices []notice // collected under mu, handed over without it
	wake    chan struct{}
	quit    chan struct{}
	done    chan struct{}

	mu      sync.Mutex // guards the rest, and every stream
	slots   [][slotCount][]*stream
	peers   []map[netip.AddrPort]*stream // by the address their packets come from, for each socket
	active  int
	turn    int
	late    time.Duration
	strays  uint64
	watches []*watch
}

// notice is something heard that the loop is to be told.
type notice struct {
	call  *Call
	digit byte
	at    int64
}

// watch is a condition on what a stream has counted.
type watch struct {
	s     *stream
	holds func(Stats) bool
	met   chan struct{}
}

func openPacer(ip netip.Addr, sockets int, epoch time.Time) (*pacer, error) {
	p := &pacer{epoch: epoch, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
		slots: make([][slotCount][]*stream, sockets)}
	for range sockets {
		s, err := openSocket(netip.AddrPortFrom(ip, 0), 512)
		if err != nil {
			return nil, errors.Join(err, p.closeSockets())
		}
		p.sockets = append(p.sockets, s)
		p.peers = append(p.peers, map[netip.AddrPort]*stream{})
	}
	go p.run()
	return p, nil
}

func (p *pacer) close() {
	close(p.quit)
	<-p.done
	_ = p.closeSockets() // nothing is left to be sent
}

func (p *pacer) closeSockets() error {
	var errs []error
	for _, s := range p.sockets {
		errs = append(errs, s.conn.Close())
	}
	return errors.Join(errs...)
}

func (p *pacer) run() {
	defer close(p.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Since(p.epoch)
	for {
		if !p.busy() {
			select {
			case <-p.wake:
				due = time.Since(p.epoch)
			case <-p.quit:
				return
			}
		}
		select {
		case <-timer.C:
		case <-p.quit:
			return
		}
		due = p.turnTo(time.Since(p.epoch), due)
		p.drain()
		timer.Reset(due - time.Since(p.epoch))
	}
}

func (p *pacer) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active > 0
}

// turnTo sends all slots due up to now and gives when the next one is.
func (p *pacer) turnTo(now, due time.Duration) time.Duration {
	if late := now - due; late > 0 {
		p.mu.Lock()
		p.late = max(p.late, late)
		p.mu.Unlock()
		if late > catchUp {
			due = now - frame
		}
	}
	for ; due <= now; due += step {
		slot := int(due/step) % slotCount
		for i := range p.sockets {
			p.sendSlot(i, slot)
		}
	}
	return due
}

func (p *pacer) sendSlot(socket, slot int) {
	for i, end := 0, false; !end; {
		p.mu.Lock()
		if i == 0 {
			p.compact(socket, slot)
		}
		list := p.slots[socket][slot]
		now := p.epoch.UnixNano() + int64(time.Since(p.epoch))
		p.out = p.out[:0]
		for ; i < len(list) && len(p.out) < batchSize; i++ {
			if s := list[i]; s != nil {
				if packet := s.next(now); packet != nil {
					p.out = append(p.out, outgoing{packet, s.to})
				}
			}
		}
		end = i >= len(list)
		p.mu.Unlock()
		if len(p.out) > 0 {
			p.sockets[socket].sendBatch(p.out)
		}
	}
}

// compact takes out the streams that were closed. They are not taken out at
// once, as that would make a neighbour miss its turn.
func (p *pacer) compact(socket, slot int) {
	list := p.slots[socket][slot]
	kept := list[:0]
	for _, s := range list {
		if s != nil {
			s.index = len(kept)
			kept = append(kept, s)
		}
	}
	clear(list[len(kept):])
	p.slots[socket][slot] = kept
}

// drain reads all that has arrived.
func (p *pacer) drain() {
	for i, sock := range p.sockets {
		for {
			packets, err := sock.read(false)
			if err != nil || len(packets) == 0 {
				break
			}
			p.mu.Lock()
			for j := range packets {
				if s := p.peers[i][packets[j].from]; s != nil {
					s.receive(packets[j].data, packets[j].at, p)
				} else {
					p.strays++
				}
			}
			p.mu.Unlock()
			if len(packets) < batchSize {
				break
			}
		}
	}
	for _, n := range p.notices {
		n.call.n.post(func() { n.call.heardDigit(n.digit, n.at) })
	}
	p.notices = p.notices[:0]
	p.askWatches()
}

func (p *pacer) askWatches() {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.watches[:0]
	for _, w := range p.watches {
		if w.holds(w.s.stats) {
			close(w.met)
		} else {
			kept = append(kept, w)
		}
	}
	clear(p.watches[len(kept):])
	p.watches = kept
}

// watch has met closed when the condition holds. It is asked under the pacer's lock.
func (p *pacer) watch(s *stream, holds func(Stats) bool) *watch {
	w := &watch{s: s, holds: holds, met: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if holds(s.stats) {
		close(w.met)
		return w
	}
	p.watches = append(p.watches, w)
	return w
}

func (p *pacer) unwatch(w *watch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.watches {
		if p.watches[i] == w {
			p.watches = append(p.watches[:i], p.watches[i+1:]...)
			return
		}
	}
}

// assign gives a new stream its socket; the port stands in the session description.
func (p *pacer) assign(s *stream) uint16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	s.socket, s.slot = p.turn%len(p.sockets), (p.turn/len(p.sockets))%slotCount
	return p.sockets[s.socket].local.Port()
}

// connect starts a stream, or changes where it leads and what it does.
func (p *pacer) connect(s *stream, m mediaState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.closed {
		return
	}
	if s.state.remote != m.remote {
		p.leave(s)
		p.peers[s.socket][m.remote] = s
		s.to = newAddress(m.remote)
	}
	if !s.state.live {
		s.index = len(p.slots[s.socket][s.slot])
		p.slots[s.socket][s.slot] = append(p.slots[s.socket][s.slot], s)
		p.active++
	}
	s.change(m)
	if p.active == 1 {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

func (p *pacer) leave(s *stream) {
	if p.peers[s.socket][s.state.remote] == s {
		delete(p.peers[s.socket], s.state.remote)
	}
}

// disconnect ends a stream; what it counted stays.
func (p *pacer) disconnect(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.closed = true
	if !s.state.live {
		return
	}
	p.leave(s)
	p.slots[s.socket][s.slot][s.index] = nil
	s.state.live = false
	p.active--
}

// do runs f with the stream locked.
func (p *pacer) do(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *pacer) statsOf(s *stream) Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return s.stats
}

func (p *pacer) behind() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	late := p.late
	p.late = 0
	return late
}

func (p *pacer) dropped() uint64 {
	sum := uint64(0)
	for _, s := range p.sockets {
		sum += uint64(s.drops.Load())
	}
	return sum
}
