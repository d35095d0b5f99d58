//go:build linux

package media

// receiver follows the sequence numbers of the source, to count what was lost (RFC 3550 §A.1, §A.3).
type receiver struct {
	started  bool
	ssrc     uint32
	first    uint16
	newest   uint16
	cycles   uint64 // sequence numbers of completed rounds, 65536 each
	received uint64
	lost     uint64 // of earlier sources
}

const (
	maxDropout  = 3000 // a jump further ahead is a new start
	maxMisorder = 100  // a step further back, too
)

// count takes in one packet.
func (r *receiver) count(h rtpHeader) {
	ahead := h.seq - r.newest
	switch {
	case !r.started || h.ssrc != r.ssrc || ahead >= maxDropout && -ahead > maxMisorder:
		*r = receiver{started: true, ssrc: h.ssrc, first: h.seq, newest: h.seq, received: 1, lost: r.missing()}
		return
	case ahead < maxDropout:
		if h.seq < r.newest {
			r.cycles += 1 << 16
		}
		r.newest = h.seq
	}
	r.received++
}

// missing returns the packets lost so far; duplicates make up for losses.
func (r *receiver) missing() uint64 {
	if !r.started {
		return r.lost
	}
	expected := r.cycles + uint64(r.newest) - uint64(r.first) + 1
	if expected < r.received {
		return r.lost
	}
	return r.lost + expected - r.received
}
