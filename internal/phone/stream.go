package phone

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"
)

// LateAfter is how long after the packet before it a packet counts as late.
const LateAfter = 25 * time.Millisecond

const (
	rtpHeader  = 12
	frameBytes = 160
	tick       = 160  // of the RTP clock in a frame
	maxJump    = 3000 // packets; a larger step of the sequence is a new start (RFC 3550, A.1 MAX_DROPOUT)
)

// Stats is what a call has sent and received so far.
type Stats struct {
	Sent     uint64
	Received uint64 // audio packets; telephone-events are not counted
	Lost     uint64 // gaps in the sequence numbers, less those filled late
	Late     uint64 // packets more than LateAfter behind the one before from the same source
	MaxGap   time.Duration
	First    time.Time // arrival of the first packet; zero if there was none
	Last     time.Time
	Sources  int    // how often the stream began anew: another SSRC or a jump of the sequence
	Audible  uint64 // G.711 packets that are not silence
	Codec    Codec  // of the last packet
	Events   uint64 // telephone-event packets

	// What the pattern of another phone of this package tells, if that is what is heard.
	Heard        uint32        // id of the call whose audio was heard last
	HeardPackets uint64        // from that call
	HeardLost    uint64        // gaps in that call's own count, wherever they were lost
	MaxDelay     time.Duration // from the other phone's sending to here
}

// mediaState is what signalling has agreed on.
type mediaState struct {
	live     bool
	remote   netip.AddrPort
	codec    Codec
	event    uint8 // payload type for telephone-event to be sent; 0 = none
	sends    bool
	receives bool
}

// stream is the audio of one call. The pacer's mutex guards it.
type stream struct {
	call   *Call
	socket int
	slot   int
	index  int // in its slot
	closed bool
	state  mediaState
	to     *address
	voice  *Voice // nil: the pattern
	mute   bool

	packet  [rtpHeader + frameBytes]byte
	seq     uint16
	ts      uint32
	marker  bool
	count   uint32 // of the pattern
	at      int    // in the voice
	digits  []byte
	digit   digitState
	event   [rtpHeader + 4]byte
	stats   Stats
	hear    func([]byte, Codec)
	source  uint32 // SSRC heard
	highest uint16
	last    int64 // arrival of the last packet, ns; 0: the next one has none before it
	heardN  uint32
	eventTS uint32
}

// digitState is where the sending of a DTMF digit stands.
type digitState struct {
	ts    uint32
	sent  int // packets of this digit; 0 = none under way
	pause int // packets of audio before the next one
}

func newStream(c *Call, voice *Voice, mute bool) *stream {
	s := &stream{call: c, voice: voice, mute: mute, seq: uint16(rand.Uint32()), ts: rand.Uint32(), marker: true}
	binary.BigEndian.PutUint32(s.packet[8:], rand.Uint32())
	return s
}

// change takes over what signalling agreed on; a pause makes the next gap no lateness.
func (s *stream) change(m mediaState) {
	if s.state.remote != m.remote || s.state.receives != m.receives {
		s.last = 0
	}
	if !s.state.live || s.state.codec != m.codec {
		fillPattern(s.packet[rtpHeader:], s.call.id, m.codec)
	}
	s.marker = s.marker || m.sends && !s.state.sends
	s.state = m
	s.state.live = true
}

// next gives the packet due now, nil if none is to be sent. The slice is the stream's own.
func (s *stream) next(now int64) []byte {
	s.ts += tick
	if !s.state.sends || s.mute {
		return nil
	}
	s.stats.Sent++
	s.seq++
	if p := s.nextDigit(); p != nil {
		return p
	}
	p := s.packet[:]
	s.header(p, uint8(s.state.codec), s.ts)
	if s.voice != nil && s.state.codec != G722 {
		s.at = s.voice.frame(p[rtpHeader:], s.at, s.state.codec)
		return p
	}
	s.count++
	stampPattern(p[rtpHeader:], s.count, now)
	return p
}

func (s *stream) header(p []byte, pt uint8, ts uint32) {
	if s.marker {
		pt |= 0x80
		s.marker = false
	}
	p[0], p[1] = 0x80, pt
	binary.BigEndian.PutUint16(p[2:], s.seq)
	binary.BigEndian.PutUint32(p[4:], ts)
}

// digitPackets is how many packets a digit takes: eight updates make 160 ms, and the last is sent three times (RFC 4733 §2.5.1.4).
const (
	digitUpdates = 8
	digitPackets = digitUpdates + 2
	digitPause   = 4
)

const digitNames = "0123456789*#ABCD"

// nextDigit gives the next telephone-event packet while digits are being sent.
func (s *stream) nextDigit() []byte {
	d := &s.digit
	if d.sent == 0 {
		if len(s.digits) == 0 || s.state.event == 0 {
			return nil
		}
		if d.pause > 0 {
			d.pause--
			return nil
		}
		d.ts, s.marker = s.ts, true
	}
	d.sent++
	p := s.event[:]
	copy(p[8:], s.packet[8:12])
	s.header(p, s.state.event, d.ts)
	p[rtpHeader], p[rtpHeader+1] = s.digits[0], 10
	if d.sent >= digitUpdates {
		p[rtpHeader+1] |= 0x80
	}
	binary.BigEndian.PutUint16(p[rtpHeader+2:], uint16(min(d.sent, digitUpdates)*tick))
	if d.sent == digitPackets {
		s.digits = s.digits[1:]
		*d = digitState{pause: digitPause}
		s.marker = true
	}
	return p
}

// receive counts a packet that arrived at the given time.
func (s *stream) receive(p []byte, at int64, pc *pacer) {
	payload, ok := rtpPayload(p)
	if !ok || !s.state.receives {
		return
	}
	pt, marker := p[1]&0x7f, p[1]&0x80 != 0
	seq, ssrc := binary.BigEndian.Uint16(p[2:]), binary.BigEndian.Uint32(p[8:])
	fresh := s.stats.Sources == 0 || ssrc != s.source
	delta := int(int16(seq - s.highest))
	switch {
	case fresh || delta > maxJump || delta < -maxJump:
		s.source, s.highest, s.last = ssrc, seq, 0
		s.stats.Sources++
	case delta > 0:
		s.highest = seq
		s.stats.Lost += uint64(delta - 1)
	case delta == 0:
		return // a duplicate
	case s.stats.Lost > 0:
		s.stats.Lost--
	}
	if s.state.event != 0 && pt == s.state.event {
		s.receiveEvent(p, payload, at, pc)
		return
	}
	s.clocked(at, marker)
	s.stats.Received++
	s.stats.Codec = Codec(pt)
	if audible(payload, Codec(pt)) {
		s.stats.Audible++
	}
	if s.hear != nil {
		s.hear(payload, Codec(pt))
	}
	s.listen(payload, at)
}

// clocked notes the time since the packet before; a marker says that there was to be a pause.
func (s *stream) clocked(at int64, marker bool) {
	if s.stats.First.IsZero() {
		s.stats.First = time.Unix(0, at)
	}
	if gap := time.Duration(at - s.last); s.last != 0 && !marker {
		s.stats.MaxGap = max(s.stats.MaxGap, gap)
		if gap > LateAfter {
			s.stats.Late++
		}
	}
	s.last = at
	s.stats.Last = time.Unix(0, at)
}

func (s *stream) listen(payload []byte, at int64) {
	leg, count, sent, ok := readPattern(payload)
	if !ok {
		return
	}
	st := &s.stats
	if leg != st.Heard {
		st.Heard, st.HeardPackets = leg, 0
	} else if gap := int32(count - s.heardN); gap > 1 {
		st.HeardLost += uint64(gap - 1)
	}
	s.heardN = count
	st.HeardPackets++
	st.MaxDelay = max(st.MaxDelay, time.Duration(at-sent))
}

// receiveEvent tells of a digit when its first end packet is there.
func (s *stream) receiveEvent(p, payload []byte, at int64, pc *pacer) {
	s.stats.Events++
	s.last = 0 // audio pauses during an event
	ts := binary.BigEndian.Uint32(p[4:])
	if len(payload) < 4 || payload[1]&0x80 == 0 || ts == s.eventTS || int(payload[0]) >= len(digitNames) {
		return
	}
	s.eventTS = ts
	pc.notices = append(pc.notices, notice{s.call, digitNames[payload[0]], at})
}

// rtpPayload gives the payload of a packet without header, extension and padding (RFC 3550 §5.1).
func rtpPayload(p []byte) ([]byte, bool) {
	if len(p) < rtpHeader || p[0]>>6 != 2 {
		return nil, false
	}
	start, end := rtpHeader+4*int(p[0]&0x0f), len(p)
	if p[0]&0x10 != 0 {
		if len(p) < start+4 {
			return nil, false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(p[start+2:]))
	}
	if p[0]&0x20 != 0 {
		end -= int(p[end-1])
	}
	if start > end {
		return nil, false
	}
	return p[start:end], true
}
