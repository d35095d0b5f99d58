//go:build linux

package media

import (
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"holdline/internal/media/record"
)

// formerTime is how long packets of the source before a change of Remote.Addr
// are heard without being taken for the new source: they are stragglers, and
// latching to them would lock the other end's new address out.
const formerTime = time.Second

// Stream is one leg's audio: a UDP socket that receives from one other end and
// sends one continuous RTP stream to it (RFC 3550), whatever the leg hears:
// playback, the other leg of a bridge, or silence. All methods are safe for
// concurrent use; commands take effect in the order they are given, those for
// two streams of a bridge included.
type Stream struct {
	engine *Engine
	port   uint16
	opt    Options
	home   atomic.Pointer[loop] // who takes its commands; changes only under that loop's mutex

	closing sync.Once
	stats   Stats // complete once closing is done

	// All below belongs to the loop that serves the stream.
	fd     int
	open   bool
	place  place
	ticks  uint8   // frames since the socket was drained
	peer   *Stream // the other leg of a bridge
	room   *room   // of a mix; nil = in none
	voice  *voice  // in a mix: what its other end says, for those who hear it
	hears  []hearing
	player player

	remote  Remote
	known   bool        // SetRemote was called
	target  destination // where packets go: Remote.Addr, then the source
	sending bool        // Remote.Send, and there is a target

	source   netip.AddrPort // whom packets are accepted from; invalid until the first one
	former   netip.AddrPort // source before Remote.Addr changed
	formerTo int64          // loop time until which former is not taken for the new source
	lastIn   int64          // loop time of the last packet, or of SetRemote
	silent   bool           // has been reported

	tape *record.Tape // nil unless the stream is recorded

	in     receiver
	out    sender
	keypad keypad
	noted  noted // what has been logged once
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
func (s *Stream) SetRemote(r Remote) { post(command{kind: setRemote, stream: s, remote: r}) }

// Play replaces what the stream hears and ends a bridge it is in; the other
// leg then hears silence. Sounds the stream's codec cannot carry are played as
// silence of the same length.
func (s *Stream) Play(p Playback) { post(command{kind: play, stream: s, playback: p}) }

// Stop ends playback and bridge. The stream sends silence, not nothing: phones
// behind NAT need packets to keep their path open, and some hang up without.
func (s *Stream) Stop() { post(command{kind: silence, stream: s}) }

// Bridge joins two streams in both directions, ending other bridges and
// playbacks of both. It does nothing if one of them is closed.
func (e *Engine) Bridge(a, b *Stream) { postBridge(a, b) }

// Mix lets streams hear each other as their Hears say, ending bridges, mixes
// and playbacks of theirs. Voices are decoded, added up with saturation and
// encoded anew, some 60 ms behind. Streams without G.711 hear silence and are
// not heard. A stream that is bridged, played to, stopped or closed later
// leaves, and the others go on; those that are closed already are passed over.
func (e *Engine) Mix(members []Member) { postMix(members) }

// Close ends the stream, gives back its port and returns what it counted. It
// waits for the loop's current turn, a millisecond or so, and must therefore
// not be called by a Handler. Closing again returns the same.
func (s *Stream) Close() Stats {
	s.closing.Do(func() {
		done := make(chan struct{})
		if post(command{kind: closing, stream: s, done: done}) {
			<-done
		}
		s.engine.forget(s)
	})
	return s.stats
}

// forget takes a closed stream off the list of those Stop has to close.
func (e *Engine) forget(s *Stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.streams, s)
}

// shut closes the socket and completes the statistics.
func (s *Stream) shut() {
	s.open = false
	s.recordTo(nil, s.engine.now())
	s.stats.Lost = s.in.missing()
	s.stats.KernelDrops = kernelDrops(s.fd)
	unix.Close(s.fd)
	s.engine.ports.put(s.port)
	s.engine.open.Add(-1)
	s.home.Load().load.Add(-1)
}

// setRemote takes in what was negotiated.
func (s *Stream) setRemote(r Remote, now int64) {
	r.Addr = netip.AddrPortFrom(r.Addr.Addr().Unmap(), r.Addr.Port())
	if !r.Codec.valid() {
		r.Codec = 0 // carries nothing
	}
	moved := !s.known || r.Addr != s.remote.Addr
	if moved || r.Receive && !s.remote.Receive {
		s.lastIn, s.silent = now, false
	}
	s.remote, s.known = r, true
	if moved {
		s.former, s.formerTo = s.source, now+int64(formerTime)
		s.source = netip.AddrPort{}
		s.aim(r.Addr)
	}
	s.sending = r.Send && s.target.size > 0
}

// aim makes addr the target of what is sent.
func (s *Stream) aim(addr netip.AddrPort) {
	target, ok := destinationOf(addr, s.engine.cfg.Listen)
	if !ok && addr.IsValid() && !addr.Addr().IsUnspecified() && s.first(notedSendError) {
		s.note(slog.LevelWarn, "cannot send RTP to this kind of address; give the media address in the same IP version",
			slog.Any("to", addr), slog.Any("from", s.engine.cfg.Listen))
	}
	s.target = target
	s.sending = s.remote.Send && target.size > 0
}
