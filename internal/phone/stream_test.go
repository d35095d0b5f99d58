package phone

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// ear gives a stream that receives, and a function that has a packet arrive.
func ear(t *testing.T) (*stream, func(seq uint16, at time.Duration, change ...func([]byte))) {
	t.Helper()
	s := newStream(&Call{id: 1}, nil, false)
	s.change(mediaState{remote: netip.MustParseAddrPort("127.0.0.1:4000"), event: 101, sends: true, receives: true})
	p := &pacer{}
	return s, func(seq uint16, at time.Duration, change ...func([]byte)) {
		packet := make([]byte, rtpHeader+frameBytes)
		packet[0] = 0x80
		binary.BigEndian.PutUint16(packet[2:], seq)
		fillPattern(packet[rtpHeader:], 7, PCMU)
		stampPattern(packet[rtpHeader:], uint32(seq), int64(time.Hour))
		for _, f := range change {
			f(packet)
		}
		s.receive(packet, int64(time.Hour+at), p)
	}
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func TestLossIsWhatTheSequenceLacks(t *testing.T) {
	s, arrive := ear(t)
	for _, seq := range []uint16{65533, 65534, 2, 1, 3, 3} { // 65535 and 0 are missing, 1 comes late, 3 twice
		arrive(seq, 0)
	}
	if st := s.stats; st.Lost != 2 || st.Received != 5 || st.Sources != 1 {
		t.Errorf("%+v", st)
	}
	arrive(30000, 0)
	if st := s.stats; st.Lost != 2 || st.Sources != 2 {
		t.Errorf("a jump is a new start: %+v", st)
	}
	arrive(5, 0, func(p []byte) { p[11] = 9 })
	if st := s.stats; st.Lost != 2 || st.Sources != 3 {
		t.Errorf("another source is a new start: %+v", st)
	}
}

func TestLatenessIsTheGapToThePacketBefore(t *testing.T) {
	s, arrive := ear(t)
	arrive(1, 0)
	arrive(2, ms(25)) // not more than 25 ms
	arrive(3, ms(51)) // late
	arrive(4, ms(60))
	arrive(5, ms(160), func(p []byte) { p[1] |= 0x80 }) // a marker: there was to be a pause
	if st := s.stats; st.Late != 1 || st.MaxGap != ms(26) || st.Lost != 0 || st.First != time.Unix(0, int64(time.Hour)) {
		t.Errorf("%+v", st)
	}
}

func TestPatternTellsWhoIsHeardAndWhatIsMissing(t *testing.T) {
	s, arrive := ear(t)
	arrive(1, ms(3))
	arrive(2, ms(20), func(p []byte) { binary.BigEndian.PutUint32(p[rtpHeader+8:], 4) }) // 2 and 3 were lost before the server
	if st := s.stats; st.Heard != 7 || st.HeardPackets != 2 || st.HeardLost != 2 || st.Lost != 0 || st.MaxDelay != ms(20) {
		t.Errorf("%+v", st)
	}
	arrive(3, ms(40), func(p []byte) { clear(p[rtpHeader:]); p[rtpHeader+20] = 0xff })
	if st := s.stats; st.HeardPackets != 2 || st.Received != 3 {
		t.Errorf("music is no pattern: %+v", st)
	}
}

func TestSilenceIsNotAudible(t *testing.T) {
	for codec, encode := range map[Codec]func(int16) byte{PCMU: ulaw, PCMA: alaw} {
		p := make([]byte, frameBytes)
		for i := range p {
			p[i] = encode(int16(i%3 - 1))
		}
		if audible(p, codec) {
			t.Errorf("%v: noise is audible", codec)
		}
		for i, x := range Tone(300, 0.1, frameBytes) {
			p[i] = encode(x)
		}
		if !audible(p, codec) {
			t.Errorf("%v: a tone is not audible", codec)
		}
	}
}

// Values of ITU-T G.711: the ends of the scale, zero, and a value of each sign.
func TestG711(t *testing.T) {
	for x, want := range map[int16][2]byte{0: {0xff, 0xd5}, 32767: {0x80, 0xaa}, -32768: {0x00, 0x2a}, 1000: {0xce, 0xfa}, -1000: {0x4e, 0x7a}} {
		if u, a := ulaw(x), alaw(x); u != want[0] || a != want[1] {
			t.Errorf("%d: µ-law %#x, A-law %#x, want %#x", x, u, a, want)
		}
	}
}

func TestDigitTakesTenPacketsOnOneTimestamp(t *testing.T) {
	s, _ := ear(t)
	s.digits = []byte{5, 11}
	var stamps []uint32
	var ends, events int
	for range 30 {
		p := s.next(0)
		if p[1]&0x7f != 101 {
			continue
		}
		events++
		if ts := binary.BigEndian.Uint32(p[4:]); len(stamps) == 0 || stamps[len(stamps)-1] != ts {
			stamps = append(stamps, ts)
			if p[1]&0x80 == 0 {
				t.Error("the first packet of a digit has no marker")
			}
		}
		if p[rtpHeader+1]&0x80 != 0 {
			ends++
			if d := binary.BigEndian.Uint16(p[rtpHeader+2:]); d != 8*tick {
				t.Errorf("an end packet has duration %d", d)
			}
		}
	}
	if events != 20 || ends != 6 || len(stamps) != 2 {
		t.Errorf("%d packets, %d ends, %d digits", events, ends, len(stamps))
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff})
	f.Add([]byte{0xb1, 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5, 0x80, 0, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newStream(&Call{id: 1}, nil, false)
		s.change(mediaState{event: 101, receives: true})
		p := &pacer{}
		s.receive(data, 1, p)
		if payload, ok := rtpPayload(data); ok && len(payload) > len(data)-rtpHeader {
			t.Fatalf("the payload is longer than the packet: %d of %d", len(payload), len(data))
		}
		if s.stats.Received+s.stats.Events > 1 {
			t.Fatalf("one packet counts as %+v", s.stats)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	s := newStream(&Call{id: 1}, nil, false)
	s.change(mediaState{sends: true})
	b.ReportAllocs()
	for b.Loop() {
		s.next(0)
	}
}
