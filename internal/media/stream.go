//go:build linux

package media

import (
	"net/netip"
	"sync/atomic"
)

// Stream is one leg's audio: a UDP socket that receives from one other end and
// sends one continuous RTP stream to it (RFC 3550), whatever the leg hears:
// playback, the other leg of a bridge, or silence. All methods are safe for
// concurrent use; commands take effect in the order they are given, those for
// two streams of a bridge included.
type Stream struct {
	engine *Engine
	port   uint16
	opt    Options

	home atomic.Pointer[loop] // who takes its commands
}

// Remote is the other end as negotiated.
type Remote struct {
	// Addr is where the other end wants its RTP. Until something valid comes
	// from elsewhere, packets are sent there; then to that source (symmetric
	// RTP, RFC 4961). Packets of a third address are dropped, unless it is Addr.
	Addr        netip.AddrPort
	Codec       Codec
	PayloadType uint8 // of Codec, in both directions
	EventType   uint8 // payload type of telephone-event (RFC 4733), 0 = not negotiated
	Send        bool  // we may send: false while the other end holds us
	Receive     bool  // we expect to receive: what comes otherwise is dropped, and silence is no alarm
}

// Playback is what a stream is to hear.
type Playback struct {
	ID     uint64 // returned in PlayDone
	Sounds []*Sound
	Loop   bool // repeat until something else is to be heard
}

// Stats counts what a stream did.
type Stats struct {
	PacketsIn   uint64 // valid RTP packets received
	PacketsOut  uint64 // RTP packets sent
	Lost        uint64 // packets missing in the sequence numbers received (RFC 3550 §A.3)
	Late        uint64 // packets of a playback that left more than 5 ms after their time
	Malformed   uint64 // not RTP, or of a payload type that was not negotiated
	Stray       uint64 // from an address that is not the other end's
	Unrelayed   uint64 // not passed to the other leg of a bridge: it is on hold, or has no codec in common
	SendErrors  uint64 // sends the kernel refused
	KernelDrops uint64 // packets the kernel dropped because the socket's buffer was full
}

// Port returns the local UDP port, an even one.
func (s *Stream) Port() uint16 { return s.port }

// SetRemote says where the other end is and what was negotiated; call it again
// for each new answer. Nothing is sent or accepted before the first. With
// another Addr than before the stream looks for the source anew.
func (s *Stream) SetRemote(r Remote) { s.engine.post(command{kind: setRemote, stream: s, remote: r}) }

// Play replaces what the stream hears and ends a bridge it is in; the other
// leg then hears silence. Sounds the stream's codec cannot carry are played as
// silence of the same length.
func (s *Stream) Play(p Playback) { s.engine.post(command{kind: play, stream: s, playback: p}) }

// Stop ends playback and bridge. The stream sends silence, not nothing: phones
// behind NAT need packets to keep their path open, and some hang up without.
func (s *Stream) Stop() { s.engine.post(command{kind: silence, stream: s}) }

// Bridge joins two streams in both directions, ending other bridges and
// playbacks of both. It does nothing if one of them is closed.
func (e *Engine) Bridge(a, b *Stream) { e.bridge(a, b) }

// Close ends the stream, gives back its port and returns what it counted. It
// waits for the loop's current turn, a millisecond or so, and must therefore
// not be called by a Handler. Closing again returns the same.
func (s *Stream) Close() Stats { return s.close() }
