//go:build linux

package record

import (
	"sync/atomic"
	"time"
)

// Side is a channel of the file.
type Side uint8

const (
	Said  Side = iota // left: what the other end of the leg says
	Heard             // right: what it hears
	sides
)

// Law is the encoding of a packet.
type Law uint8

const (
	ULaw Law = iota // G.711 µ-law
	ALaw            // G.711 A-law
)

const (
	handEvery = int64(500 * time.Millisecond) // between two chunks of a tape, at most
	maxQueued = 64                            // chunks of a tape on their way: half a minute that its disk may stand still
)

// Tape takes the audio of one recording. Start and Abandon apart, its methods
// belong to one goroutine at a time, the media loop, and none of them blocks.
// Times are nanoseconds on any clock that never jumps, the same for all calls.
type Tape struct {
	recorder *Recorder
	queue    *queue
	over     atomic.Bool  // set by the writer: the recording has failed, nothing more is wanted
	queued   atomic.Int32 // chunks that the writer still has

	// All below belongs to the loop; the writer reads it after the end.
	begun   bool
	start   int64  // time of position 0
	handed  int64  // when the last chunk went to the writer
	chunk   *chunk // being filled, or nil
	dropped [sides]int64
	foreign bool
	end     chunk // the last one; needs no room among the others

	reel reel // the writer's
}

// Begin says when the recording begins. Without it the recording fails at End.
func (t *Tape) Begin(now int64) { t.begun, t.start, t.handed = true, now, now }

// Take takes in a packet that was received or sent at the given time.
func (t *Tape) Take(p *Packet, now int64) {
	need := entrySize + len(p.Payload)
	if t.chunk != nil && t.chunk.room() < need {
		t.hand(now)
	}
	if t.chunk == nil {
		t.chunk = t.recorder.chunkFor(t)
	}
	if t.chunk == nil || t.chunk.room() < need {
		t.dropped[p.Side] += int64(len(p.Payload))
		return
	}
	t.chunk.put(p, t.position(now))
}

// Foreign notes that there was audio which cannot be recorded: in a codec other than G.711.
func (t *Tape) Foreign() { t.foreign = true }

// Tick is to be called every few frames. It reports false once the recording
// has failed and the tape need not be fed any more; End is due all the same.
func (t *Tape) Tick(now int64) bool {
	if now-t.handed < handEvery {
		return true
	}
	if t.over.Load() {
		return false
	}
	if t.chunk == nil { // silence goes to the file too
		t.chunk = t.recorder.chunkFor(t)
	}
	t.hand(now)
	return true
}

// End ends the recording; it must be the last call. What came of it is told to
// who started it.
func (t *Tape) End(now int64) {
	if t.chunk != nil {
		t.hand(now)
	}
	t.end = chunk{tape: t, until: t.position(now), final: true}
	t.queue.push(&t.end)
}

// hand gives the chunk to the writer.
func (t *Tape) hand(now int64) {
	t.handed = now
	if t.chunk == nil { // none to be had
		return
	}
	t.chunk.until = t.position(now)
	t.queue.push(t.chunk)
	t.chunk = nil
}

// position returns where a time is on the tape, in samples.
func (t *Tape) position(now int64) int32 { return int32((now - t.start) / int64(sampleTime)) }
