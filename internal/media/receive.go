//go:build linux

package media

import (
	"log/slog"
	"net/netip"

	"golang.org/x/sys/unix"

	"holdline/internal/media/g711"
	"holdline/internal/media/record"
)

// payloadKind is what a payload type stands for on a stream.
type payloadKind uint8

const (
	foreign payloadKind = iota // not negotiated
	audio
	event
	comfort
)

// drain takes in all that waits in the stream's socket, within a bound: a
// flood must not keep the loop from its slots.
func (l *loop) drain(s *Stream, now int64) {
	for range 4 {
		if l.receive(s, now) < batchSize {
			return
		}
	}
}

// receive takes in one batch of packets and returns how many they were.
func (l *loop) receive(s *Stream, now int64) int {
	n := l.batch.receive(s.fd)
	for i := range n {
		packet, from := l.batch.packet(i)
		s.take(packet, from, now)
	}
	return n
}

// take handles one packet; it may write to it.
func (s *Stream) take(packet []byte, from netip.AddrPort, now int64) {
	if !s.known || isRTCP(packet) { // before an answer nobody is expected; RTCP is not evaluated
		return
	}
	h, start, end, ok := parseRTP(packet)
	kind, codec := s.classify(h.payloadType)
	if !ok || kind == foreign && from != s.source {
		s.malformed(h, ok, from)
		return
	}
	if from != s.source && !s.latch(from, now) {
		s.stats.Stray++
		if s.first(notedStray) {
			s.note(slog.LevelInfo, "RTP from an unexpected address is ignored", slog.Any("from", from), slog.Any("expected", s.source))
		}
		return
	}
	s.in.count(h)
	s.lastIn, s.silent = now, false
	if kind == foreign {
		s.malformed(h, ok, from)
		return
	}
	s.stats.PacketsIn++
	if !s.remote.Receive {
		return
	}
	switch {
	case kind == event:
		s.press(h, packet[start:end])
	case kind == audio && s.tape != nil:
		s.record(record.Said, codec, h, packet[start:end], now)
	}
	switch {
	case s.peer != nil:
		s.relay(h, kind, codec, packet[start-headerSize:end], now)
	case s.room != nil && kind == audio:
		s.voice.put(h, codec, packet[start:end])
	}
}

// classify says what a payload type stands for. The other law of G.711 is
// taken although another codec was chosen: its static number explains itself,
// and an end that offered both may send either (RFC 3264 §6.1), or still do
// so right after a change.
func (s *Stream) classify(payloadType uint8) (payloadKind, Codec) {
	r := &s.remote
	switch {
	case payloadType == r.EventType && r.EventType != 0:
		return event, 0
	case payloadType == r.PayloadType && r.Codec != 0:
		return audio, r.Codec
	case payloadType == comfortNoise:
		return comfort, 0
	case !r.Codec.g711():
		return foreign, 0
	case payloadType == PCMU.PayloadType():
		return audio, PCMU
	case payloadType == PCMA.PayloadType():
		return audio, PCMA
	}
	return foreign, 0
}

func (s *Stream) malformed(h rtpHeader, isRTP bool, from netip.AddrPort) {
	s.stats.Malformed++
	switch {
	case !s.first(notedMalformed):
	case isRTP:
		s.note(slog.LevelInfo, "RTP of a payload type that was not negotiated is ignored",
			slog.Any("from", from), slog.Int("payload_type", int(h.payloadType)), slog.Any("codec", s.remote.Codec))
	default:
		s.note(slog.LevelInfo, "packets that are not RTP are ignored", slog.Any("from", from))
	}
}

// latch decides whether an address is the other end, and from then on sends
// there (symmetric RTP, RFC 4961). The first source is, since phones behind NAT
// cannot name theirs; but the address that was signalled always is, so that
// nobody can take over a call by sending first.
func (s *Stream) latch(from netip.AddrPort, now int64) bool {
	if from != s.remote.Addr {
		if s.source.IsValid() {
			return false
		}
		if from == s.former && now < s.formerTo {
			return true // heard, but not followed
		}
	}
	s.source = from
	s.aim(from)
	return true
}

// press reports a digit if the event packet begins one.
func (s *Stream) press(h rtpHeader, payload []byte) {
	if digit, ok := s.keypad.hear(h, payload); ok && s.opt.Handler != nil {
		s.opt.Handler.Digit(s, digit)
	}
}

// relay sends a received packet to the peer. The packet has room for the
// header before the payload. Comfort noise is not passed on: its payload type
// is never negotiated here. What is left out stays a gap in the sequence; the
// peer hears nothing in either case.
func (s *Stream) relay(h rtpHeader, kind payloadKind, codec Codec, packet []byte, now int64) {
	peer := s.peer
	if !peer.sending {
		peer.out.switched() // when it may send again, numbers go on without a jump
		s.stats.Unrelayed++
		return
	}
	to := &peer.remote
	payloadType := to.PayloadType
	switch {
	case kind == event && to.EventType != 0:
		payloadType = to.EventType
	case kind == audio && codec == to.Codec:
	case kind == audio && codec == PCMU && to.Codec == PCMA:
		g711.Transcode(packet[headerSize:], &g711.ULawToALaw)
	case kind == audio && codec == PCMA && to.Codec == PCMU:
		g711.Transcode(packet[headerSize:], &g711.ALawToULaw)
	default:
		s.stats.Unrelayed++
		return
	}
	out := peer.out.relayed(h, payloadType, now)
	out.put(packet)
	peer.send(packet)
	if kind == audio && peer.tape != nil {
		peer.record(record.Heard, to.Codec, out, packet[headerSize:], now)
	}
}

// send sends a packet to the other end. What the kernel refuses is lost, as
// on any network.
func (s *Stream) send(packet []byte) {
	if errno := send(s.fd, packet, &s.target); errno != 0 {
		s.stats.SendErrors++
		if errno != unix.EAGAIN && s.first(notedSendError) {
			s.note(slog.LevelWarn, "cannot send RTP", slog.Any("to", sourceOf(&s.target.raw)), slog.Any("err", errno))
		}
		return
	}
	s.stats.PacketsOut++
}
