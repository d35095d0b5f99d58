//go:build linux

package record

import (
	"math"
	"slices"

	"holdline/internal/media/g711"
)

// All lengths here are samples of one side; 8 are a millisecond.
const (
	reorder   = rate / 5  // how long a position is kept open for packets that come late
	maxJump   = rate      // further from its place a packet means that the sender's timestamps were set anew
	tolerance = rate / 50 // how far clocks may drift apart before a side is moved
	window    = 5 * rate  // over which drift is judged
	maxOpen   = 4 * rate  // the most that is kept in memory
)

var laws = [...]*[256]int16{ULaw: &g711.ULaw, ALaw: &g711.ALaw}

// timeline puts the packets of both sides where they belong in time.
type timeline struct {
	from   int64  // position of the first frame that is open
	open   []byte // frames as they stand in the file
	tracks [sides]track
}

// place writes a packet's samples to their positions. Those of which the
// time is over are left out; where packets overlap the later one counts.
func (l *timeline) place(e *entry) {
	begin, ok := l.tracks[e.Side].position(e)
	if !ok {
		return
	}
	payload := e.Payload
	if late := l.from - begin; late > 0 {
		if late >= int64(len(payload)) {
			return
		}
		payload, begin = payload[late:], l.from
	}
	at := int(begin-l.from) * frameSize
	if end := at + len(payload)*frameSize; end > len(l.open) {
		l.open = append(l.open, make([]byte, end-len(l.open))...)
	}
	table := laws[e.Law]
	for at += int(e.Side) * sampleSize; len(payload) > 0; at += frameSize {
		sample := table[payload[0]]
		l.open[at], l.open[at+1] = byte(sample), byte(sample>>8)
		payload = payload[1:]
	}
}

// reached returns the position up to which there is audio.
func (l *timeline) reached() int64 { return l.from + int64(len(l.open)/frameSize) }

var silence [16 << 10]byte

// close passes the frames up to a position to write, in pieces: what nobody
// filled is silence. They are closed even if write fails.
func (l *timeline) close(until int64, write func([]byte) error) (err error) {
	if until <= l.from {
		return nil
	}
	missing := (until - l.from) * frameSize
	ready := min(missing, int64(len(l.open)))
	if ready > 0 {
		err = write(l.open[:ready])
	}
	for missing -= ready; missing > 0 && err == nil; {
		n := min(missing, int64(len(silence)))
		err = write(silence[:n])
		missing -= n
	}
	l.open = slices.Delete(l.open, 0, int(ready))
	l.from = until
	return err
}

// track follows the packets of one side. Timestamps say how they follow each
// other, to the sample; when they arrived says where that is on the tape.
type track struct {
	running   bool
	ssrc      uint32
	timestamp uint32 // of the newest packet
	at        int64  // its position
	strange   bool   // the last packet was left out as one from before

	// Of all packets in a window the one that arrived soonest after its place
	// shows how far the place is off: the others were held up on the way.
	least int64
	until int64 // end of the window
}

// position returns where a packet begins; false if it is to be left out.
func (k *track) position(e *entry) (int64, bool) {
	arrived := int64(e.at)
	if !k.running || e.SSRC != k.ssrc {
		return k.anchor(e), true
	}
	step := int64(int32(e.Timestamp - k.timestamp))
	begin := k.at + step
	late := arrived - begin
	if late > maxJump && step < 0 && !k.strange { // one that went astray for long; if it is not alone it was no stray
		k.strange = true
		return 0, false
	}
	k.strange = false
	if late > maxJump || late < -maxJump {
		return k.anchor(e), true
	}
	if step > 0 {
		k.timestamp, k.at = e.Timestamp, begin
	}
	return begin + k.drift(arrived, late), true
}

// anchor begins anew with a packet placed where it arrived.
func (k *track) anchor(e *entry) int64 {
	at := int64(e.at)
	*k = track{running: true, ssrc: e.SSRC, timestamp: e.Timestamp, at: at}
	k.judgeFrom(at)
	return at
}

func (k *track) judgeFrom(at int64) { k.least, k.until = math.MaxInt64, at+window }

// drift takes in how late a packet is and returns how far the track is moved from it on.
func (k *track) drift(arrived, late int64) (by int64) {
	k.least = min(k.least, late)
	if arrived < k.until {
		return 0
	}
	if k.least > tolerance || k.least < -tolerance {
		by = k.least
		k.at += by
	}
	k.judgeFrom(arrived)
	return by
}
