//go:build linux

package record

import (
	"encoding/binary"
	"sync/atomic"
)

const (
	chunkSize = 8 << 10 // about half a second of both sides
	entrySize = 16      // what stands before each payload
)

// chunk is a piece of a tape on its way from the loop to the writer.
type chunk struct {
	next  *chunk // towards the older, in a queue
	tape  *Tape
	until int32 // position the tape has reached
	final bool  // the tape ends here
	used  int
	data  []byte // entries: side, law, length, SSRC, timestamp, position, payload
}

// Packet is the audio of one RTP packet.
type Packet struct {
	Side      Side
	Law       Law
	SSRC      uint32
	Timestamp uint32 // RTP, at 8 kHz
	Payload   []byte // G.711
}

// entry is a packet in a chunk.
type entry struct {
	Packet
	at int32 // position at which it arrived
}

func (c *chunk) room() int { return len(c.data) - c.used }

// put appends a packet; there must be room for it.
func (c *chunk) put(p *Packet, at int32) {
	b := c.data[c.used : c.used+entrySize+len(p.Payload)]
	b[0], b[1] = byte(p.Side), byte(p.Law)
	binary.LittleEndian.PutUint16(b[2:], uint16(len(p.Payload)))
	binary.LittleEndian.PutUint32(b[4:], p.SSRC)
	binary.LittleEndian.PutUint32(b[8:], p.Timestamp)
	binary.LittleEndian.PutUint32(b[12:], uint32(at))
	copy(b[entrySize:], p.Payload)
	c.used += len(b)
}

// get reads the entry at an offset and returns the offset of the next. The
// payload lies in the chunk.
func (c *chunk) get(offset int) (e entry, next int) {
	b := c.data[offset:c.used]
	next = entrySize + int(binary.LittleEndian.Uint16(b[2:]))
	return entry{
		Packet: Packet{
			Side:      Side(b[0]),
			Law:       Law(b[1]),
			SSRC:      binary.LittleEndian.Uint32(b[4:]),
			Timestamp: binary.LittleEndian.Uint32(b[8:]),
			Payload:   b[entrySize:next],
		},
		at: int32(binary.LittleEndian.Uint32(b[12:])),
	}, offset + next
}

// queue brings chunks from the loops to one writer: anybody pushes, never
// waiting; one takes all there are.
type queue struct {
	newest atomic.Pointer[chunk]
	wake   chan struct{} // holds one token while there may be chunks
}

func (q *queue) push(c *chunk) {
	for {
		c.next = q.newest.Load()
		if q.newest.CompareAndSwap(c.next, c) {
			break
		}
	}
	q.nudge()
}

func (q *queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns all chunks, the oldest first, or nil.
func (q *queue) take() (oldest *chunk) {
	for c := q.newest.Swap(nil); c != nil; {
		older := c.next
		c.next, oldest = oldest, c
		c = older
	}
	return oldest
}
