//go:build linux

package media

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

const patience = 5 * time.Second // for what must happen; nothing waits for it when it does

var localhost = netip.MustParseAddr("127.0.0.1")

func localPort(port uint16) netip.AddrPort { return netip.AddrPortFrom(localhost, port) }

// newEngine starts an engine on ports that nobody else uses.
func newEngine(t *testing.T, change ...func(*Config)) *Engine {
	t.Helper()
	cfg := Config{Listen: localhost, PortLo: 31000, PortHi: 32999, Loops: 2, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	return e
}

// testPhone is the other end of a stream: a plain socket, with pion/rtp as a second opinion on what RTP is.
type testPhone struct {
	t    *testing.T
	conn *net.UDPConn
	seq  uint16
	ssrc uint32
}

func newPhone(t *testing.T) *testPhone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &testPhone{t: t, conn: conn, seq: 1000, ssrc: uint32(conn.LocalAddr().(*net.UDPAddr).Port)}
}

func (p *testPhone) addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// remote describes the phone, talking both ways.
func (p *testPhone) remote(c Codec) Remote {
	return Remote{Addr: p.addr(), Codec: c, PayloadType: c.PayloadType(), EventType: 101, Send: true, Receive: true}
}

func (p *testPhone) write(to *Stream, packet []byte) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort(packet, localPort(to.Port())); err != nil {
		p.t.Fatal(err)
	}
}

// say sends the next packet of the phone's stream.
func (p *testPhone) say(to *Stream, payloadType uint8, payload []byte) {
	p.t.Helper()
	p.seq++
	p.write(to, p.packet(payloadType, uint32(p.seq)*frameSamples, payload))
}

func (p *testPhone) packet(payloadType uint8, timestamp uint32, payload []byte) []byte {
	p.t.Helper()
	packet := rtp.Packet{Payload: payload, Header: rtp.Header{Version: 2, PayloadType: payloadType,
		SequenceNumber: p.seq, Timestamp: timestamp, SSRC: p.ssrc}}
	b, err := packet.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// hear returns the next packet that reaches the phone.
func (p *testPhone) hear() *rtp.Packet {
	p.t.Helper()
	packet, ok := p.hearUntil(time.Now().Add(patience))
	if !ok {
		p.t.Fatal("the phone hears nothing")
	}
	return packet
}

// pending returns a packet that has arrived already, or nil. It reads past
// the runtime's poller, whose deadlines say nothing about what has arrived.
func (p *testPhone) pending() *rtp.Packet {
	p.t.Helper()
	raw, err := p.conn.SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	b, n := make([]byte, packetSize), 0
	var readErr error
	if err := raw.Control(func(fd uintptr) { n, readErr = unix.Read(int(fd), b) }); err != nil {
		p.t.Fatal(err)
	}
	if errors.Is(readErr, unix.EAGAIN) {
		return nil
	}
	if readErr != nil {
		p.t.Fatal(readErr)
	}
	return p.parse(b[:n])
}

func (p *testPhone) parse(b []byte) *rtp.Packet {
	p.t.Helper()
	packet := new(rtp.Packet)
	if err := packet.Unmarshal(b); err != nil {
		p.t.Fatalf("what was sent is no RTP: %v", err)
	}
	return packet
}

func (p *testPhone) hearUntil(deadline time.Time) (*rtp.Packet, bool) {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(deadline); err != nil {
		p.t.Fatal(err)
	}
	b := make([]byte, packetSize)
	n, err := p.conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, false
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return p.parse(b[:n]), true
}

// flush takes what has arrived and returns the last of it, or nil.
func (p *testPhone) flush() (last *rtp.Packet) {
	p.t.Helper()
	for packet := p.pending(); packet != nil; packet = p.pending() {
		last = packet
	}
	return last
}

// hearPayload returns the next packet with the given payload, passing over others.
func (p *testPhone) hearPayload(want []byte) *rtp.Packet {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if packet, ok := p.hearUntil(deadline); ok && string(packet.Payload) == string(want) {
			return packet
		}
	}
	p.t.Fatalf("the phone never hears %x…", want[:min(8, len(want))])
	return nil
}

// recorder is a Handler that keeps what it is told.
type recorder struct {
	digits chan byte
	done   chan uint64
	silent chan struct{}
}

func newRecorder() *recorder {
	return &recorder{digits: make(chan byte, 100), done: make(chan uint64, 100), silent: make(chan struct{}, 100)}
}

func (r *recorder) Digit(_ *Stream, digit byte)   { r.digits <- digit }
func (r *recorder) PlayDone(_ *Stream, id uint64) { r.done <- id }
func (r *recorder) Silent(_ *Stream)              { r.silent <- struct{}{} }

// await returns what comes from the channel.
func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// open opens a stream that is connected to a new phone.
func open(t *testing.T, e *Engine, c Codec, opt Options) (*Stream, *testPhone) {
	t.Helper()
	s, err := e.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	p := newPhone(t)
	s.SetRemote(p.remote(c))
	return s, p
}

// barrier returns once the loop has carried out all commands given to the stream before.
func barrier(t *testing.T, s *Stream) {
	t.Helper()
	other, err := s.engine.Open(Options{Near: s})
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
}

// settle returns after one frame that is sent, or would be, under all commands given before.
func settle(t *testing.T, s *Stream, r *recorder) {
	t.Helper()
	const id = 1 << 40
	s.Play(Playback{ID: id, Sounds: []*Sound{NewSound(tone(frameTime))}})
	for await(t, r.done, "end of the prompt") != id {
	}
}

// frames returns a sound of n frames that differ from each other, and their payloads.
func frames(n int, c Codec) (*Sound, [][]byte) {
	s := NewSound(tone(time.Duration(n) * frameTime))
	payloads := make([][]byte, n)
	for i := range payloads {
		payloads[i] = s.frame(c, i)
	}
	return s, payloads
}

// noise returns a payload that is never silence nor music.
func noise(n byte) []byte {
	b := make([]byte, frameSamples)
	for i := range b {
		b[i] = n ^ byte(i*31)
	}
	return b
}
