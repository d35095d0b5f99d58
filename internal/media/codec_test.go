//go:build linux

package media

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/pion/rtp"
)

func TestCodecs(t *testing.T) {
	for codec, want := range map[Codec]struct {
		name string
		pt   uint8
	}{PCMU: {"PCMU", 0}, PCMA: {"PCMA", 8}, G722: {"G722", 9}, 0: {"codec(0)", 0}, 77: {"codec(77)", 0}} {
		if codec.Name() != want.name || codec.String() != want.name || codec.PayloadType() != want.pt || codec.ClockRate() != 8000 {
			t.Errorf("codec %d: %s, %d, %d", codec, codec, codec.PayloadType(), codec.ClockRate())
		}
	}
}

// FuzzParseRTP holds the parser against pion/rtp: whatever we take, it reads
// alike, and what is inside lies inside.
func FuzzParseRTP(f *testing.F) {
	f.Add([]byte{0x80, 0x80, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3})
	f.Add([]byte{0xb1, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 7, 7, 2, 2})
	f.Add([]byte{0x9f, 8, 0, 1})
	f.Add([]byte{0xa0, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 255})
	f.Fuzz(func(t *testing.T, packet []byte) {
		h, start, end, ok := parseRTP(packet)
		if !ok {
			return
		}
		if start < headerSize || start > end || end > len(packet) {
			t.Fatalf("payload %d:%d of %d bytes", start, end, len(packet))
		}
		var want rtp.Packet
		if want.Unmarshal(bytes.Clone(packet)) != nil {
			return // it also checks what is inside an extension, which we skip
		}
		if h.seq != want.SequenceNumber || h.timestamp != want.Timestamp || h.ssrc != want.SSRC ||
			h.payloadType != want.PayloadType || h.marker != want.Marker || !bytes.Equal(packet[start:end], want.Payload) {
			t.Fatalf("%+v %x, want %v %x", h, packet[start:end], want.Header, want.Payload)
		}
	})
}

// FuzzTake feeds a stream whatever comes; it must neither panic nor accept what it does not know.
func FuzzTake(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3}, uint16(1))
	f.Add([]byte{0x80, 101, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 0, 0, 1}, uint16(2))
	f.Add([]byte{0x80, 200, 0, 1}, uint16(1))
	f.Fuzz(func(t *testing.T, packet []byte, port uint16) {
		e := &Engine{cfg: Config{Listen: localhost}, notes: &notes{}}
		a, b := &Stream{engine: e, fd: -1}, &Stream{engine: e, fd: -1, out: newSender()}
		a.peer, b.peer = b, a
		for _, s := range []*Stream{a, b} {
			s.setRemote(Remote{Addr: localPort(1), Codec: PCMU + Codec(len(packet)%2), EventType: 101, Send: true, Receive: true}, 0)
		}
		original := bytes.Clone(packet) // a relayed header is written over the received one
		a.take(packet, localPort(port), 1)
		stats := a.stats
		if stats.PacketsIn+stats.Malformed+stats.Stray > 1 || b.stats.SendErrors+stats.Unrelayed > stats.PacketsIn {
			t.Fatalf("one packet makes %+v and %+v", stats, b.stats)
		}
		if stats.PacketsIn == 1 && binary.BigEndian.Uint16(original[2:]) != a.in.newest {
			t.Fatalf("packet %x counted as %+v", original, a.in)
		}
	})
}
