//go:build linux

package media

import (
	"slices"

	"holdline/internal/media/g711"
)

// Member is a stream of a mix. Hears names other members, whose voices it
// hears added up; who hears nobody hears silence.
type Member struct {
	Stream *Stream
	Hears  []*Stream
}

const (
	voiceSamples = 4096             // kept of a voice, half a second; a power of two
	jitter       = 2 * frameSamples // how far behind the newest packet a voice begins to be heard
	maxJitter    = 6 * frameSamples // further behind than this a hearing skips: clocks drift, and packets come in bursts
	maxGap       = voiceSamples / 2 // a longer gap in the timestamps is a new start
	ringMask     = voiceSamples - 1 // of a position: its place in the ring
	fullScale    = 1<<15 - 1        // of a sample
)

// room is a mix: streams of one loop.
type room struct{ members []*Stream }

// voice is what a stream's other end says, as samples at positions that follow
// its timestamps. Whoever hears it reads at a position of its own.
type voice struct {
	samples   [voiceSamples]int16
	end       int64 // position behind the newest sample
	started   bool
	ssrc      uint32
	timestamp uint32 // at end
}

// put takes in a packet. Gaps of lost packets are silence, a late one fills its own.
func (v *voice) put(h rtpHeader, c Codec, payload []byte) {
	table := samplesOf(c)
	if table == nil || len(payload) > maxGap {
		return
	}
	begin := v.end
	if v.started && h.ssrc == v.ssrc {
		begin += int64(int32(h.timestamp - v.timestamp))
	}
	if !v.started || h.ssrc != v.ssrc || begin > v.end+maxGap || begin < v.end-maxGap {
		v.started, v.ssrc, v.timestamp, begin = true, h.ssrc, h.timestamp, v.end
	}
	for at := v.end; at < begin; at++ {
		v.samples[at&ringMask] = 0
	}
	for i, code := range payload {
		v.samples[(begin+int64(i))&ringMask] = table[code]
	}
	if end := begin + int64(len(payload)); end > v.end {
		v.timestamp += uint32(end - v.end)
		v.end = end
	}
}

// samplesOf gives the decoder of a codec, nil if there is none.
func samplesOf(c Codec) *[256]int16 {
	switch c {
	case PCMU:
		return &g711.ULaw
	case PCMA:
		return &g711.ALaw
	}
	return nil
}

// hearing is one voice that a stream hears.
type hearing struct {
	voice *voice
	at    int64 // position of the next sample
	flows bool  // false until enough has come to begin with, and after it has run dry
}

// add adds the voice's next frame to a sum; false if there is none.
func (h *hearing) add(sum *[frameSamples]int32) bool {
	ahead := h.voice.end - h.at
	switch {
	case !h.flows && ahead < jitter:
		return false
	case !h.flows || ahead > maxJitter:
		h.flows, h.at = true, h.voice.end-jitter
	case ahead < frameSamples:
		h.flows = false
		return false
	}
	for i := range sum {
		sum[i] += int32(h.voice.samples[(h.at+int64(i))&ringMask])
	}
	h.at += frameSamples
	return true
}

// mix puts streams of this loop into a room.
func (l *loop) mix(members []Member) {
	r, now := &room{}, l.engine.now()
	for _, m := range members {
		if s := m.Stream; s.open && s.room != r {
			l.enter(s, now)
			s.room, s.voice = r, &voice{}
			r.members = append(r.members, s)
		}
	}
	for _, m := range members {
		for _, other := range m.Hears {
			if m.Stream.room == r && other.room == r && other != m.Stream {
				m.Stream.hears = append(m.Stream.hears, hearing{voice: other.voice})
			}
		}
	}
}

// leave takes a stream out of its room.
func (l *loop) leave(s *Stream) {
	r := s.room
	r.members = slices.DeleteFunc(r.members, func(other *Stream) bool { return other == s })
	for _, other := range r.members {
		other.hears = slices.DeleteFunc(other.hears, func(h hearing) bool { return h.voice == s.voice })
	}
	s.room, s.voice, s.hears = nil, nil, nil
	s.out.switched()
	l.unwatch(s)
}

// listen adds up, in l.sum, the next frame of all that a stream hears; false if nobody says anything.
func (l *loop) listen(s *Stream) (heard bool) {
	clear(l.sum[:])
	for i := range s.hears {
		heard = s.hears[i].add(&l.sum) || heard
	}
	return heard
}

// encode writes a frame in a codec; nil if it has no encoder.
func encode(frame []byte, sum *[frameSamples]int32, c Codec) []byte {
	if !c.g711() {
		return nil
	}
	law := g711.EncodeULaw
	if c == PCMA {
		law = g711.EncodeALaw
	}
	for i, sample := range sum {
		frame[i] = law(int16(min(max(sample, -fullScale-1), fullScale)))
	}
	return frame
}

// postMix has streams mixed, all by the loop of the first.
func postMix(members []Member) {
	if len(members) == 0 {
		return
	}
	first := members[0].Stream
	for _, m := range members {
		if m.Stream.engine != first.engine {
			return
		}
	}
	for !tryMix(first, members) {
	}
}

// tryMix moves the members to one loop; it reports false if one moved elsewhere meanwhile.
func tryMix(first *Stream, members []Member) bool {
	for _, m := range members[1:] {
		for !gather(first, m.Stream) {
		}
	}
	l := first.home.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return true
	}
	for _, m := range members {
		if m.Stream.home.Load() != l { // only a change under l.mu can bring it here, or take it away
			return false
		}
	}
	l.enqueue(command{kind: mixing, stream: first, members: members})
	return true
}

// gather brings b to the loop of a; it reports false if a stream moved while the locks were taken.
func gather(a, b *Stream) bool {
	la, lb := a.home.Load(), b.home.Load()
	if la == lb {
		return true
	}
	lockBoth(la, lb)
	defer unlockBoth(la, lb)
	if a.home.Load() != la || b.home.Load() != lb {
		return false
	}
	if !la.closed && !lb.closed {
		move(b, lb, la)
	}
	return true
}
