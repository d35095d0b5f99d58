//go:build linux

package media

import (
	"math/rand/v2"
	"time"
)

// sender keeps what a stream sends one continuous RTP stream (RFC 3550): one
// SSRC, and sequence numbers and timestamps that go on when the audio changes
// from playback to the packets of another leg and back.
type sender struct {
	ssrc      uint32
	seq       uint16 // of the newest packet sent
	timestamp uint32 // of the newest packet sent
	at        int64  // loop time of that timestamp
	started   bool
	marker    bool // the next packet begins something new

	// While relaying, numbers are those of the source plus an offset, so that
	// gaps and reordering on the way to us stay visible to the receiver.
	mapped          bool
	source          uint32 // SSRC the offsets were made for
	seqOffset       uint16
	timestampOffset uint32
}

func newSender() sender {
	return sender{ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), timestamp: rand.Uint32(), marker: true}
}

// switched notes that what follows comes from somewhere else.
func (o *sender) switched() { o.mapped, o.marker = false, true }

// next returns the header of the next packet of a playback, due at the given loop time.
func (o *sender) next(payloadType uint8, due int64) rtpHeader {
	if o.started && due-o.at > int64(frameTime) { // the loop stood still, or the stream was on hold
		o.marker = true
	}
	o.timestamp = o.following(due)
	o.seq++
	o.at, o.started = due, true
	h := rtpHeader{payloadType: payloadType, marker: o.marker, seq: o.seq, timestamp: o.timestamp, ssrc: o.ssrc}
	o.marker = false
	return h
}

// relayed returns the header for a packet of another stream that arrived now.
func (o *sender) relayed(src rtpHeader, payloadType uint8, now int64) rtpHeader {
	if !o.mapped || src.ssrc != o.source {
		o.mapped, o.source, o.marker = true, src.ssrc, true
		o.seqOffset = o.seq + 1 - src.seq
		o.timestampOffset = o.following(now) - src.timestamp
	}
	h := rtpHeader{
		payloadType: payloadType,
		marker:      src.marker || o.marker,
		seq:         src.seq + o.seqOffset,
		timestamp:   src.timestamp + o.timestampOffset,
		ssrc:        o.ssrc,
	}
	o.marker = false
	if int16(h.seq-o.seq) > 0 {
		o.seq = h.seq
	}
	if int32(h.timestamp-o.timestamp) > 0 || !o.started {
		o.timestamp, o.at, o.started = h.timestamp, now, true
	}
	return h
}

// following returns the timestamp at the given loop time: as far after the
// newest as time has passed, one frame at least.
func (o *sender) following(at int64) uint32 {
	if !o.started {
		return o.timestamp
	}
	return o.timestamp + uint32(max(frameSamples, (at-o.at)*8000/int64(time.Second)))
}
