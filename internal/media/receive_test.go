//go:build linux

package media

import (
	"testing"
	"time"
)

func TestDigitsAreReportedOnceEach(t *testing.T) {
	r := newRecorder()
	s, phone := open(t, newEngine(t), PCMU, Options{Handler: r})
	for i, code := range []byte{1, 1, 10, 11, 15} {
		begin := uint32(i+1) * 8000
		for n := range byte(6) { // three while the key is down, the end three times
			var flags byte
			if n >= 3 {
				flags = 0x80
			}
			phone.seq++
			phone.write(s, phone.packet(101, begin, []byte{code, flags | 10, n, 0}))
		}
	}
	for _, want := range []byte("11*#D") {
		if got := await(t, r.digits, "digit"); got != want {
			t.Fatalf("digit %c, want %c", got, want)
		}
	}
	s.Close()
	if len(r.digits) > 0 {
		t.Fatalf("%d digits too many", len(r.digits))
	}
}

func TestDigitInABridgeIsReportedAndRelayed(t *testing.T) {
	r := newRecorder()
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{Handler: r})
	b, pb := open(t, e, PCMU, Options{Near: a})
	remote := pb.remote(PCMU)
	remote.EventType = 96
	b.SetRemote(remote)
	bridged(t, a, b, pa, pb)
	pa.say(a, 101, []byte{7, 10, 0, 160})
	if p := pb.hear(); p.PayloadType != 96 || p.Payload[0] != 7 {
		t.Fatalf("relayed as %v", p.Header)
	}
	if d := await(t, r.digits, "digit"); d != '7' {
		t.Fatalf("digit %c, want 7", d)
	}
}

func TestKeypad(t *testing.T) {
	type packet struct {
		ssrc, timestamp uint32
		payload         []byte
		want            byte // 0 = none
	}
	end := byte(0x80)
	tests := map[string][]packet{
		"only the end arrives": {{1, 100, []byte{3, end, 1, 0}, '3'}, {1, 100, []byte{3, end, 1, 0}, 0}},
		"late packet of the digit before": {{1, 100, []byte{3, 0, 1, 0}, '3'}, {1, 900, []byte{4, 0, 1, 0}, '4'},
			{1, 100, []byte{3, end, 2, 0}, 0}},
		"a key held for over eight seconds": {{1, 100, []byte{3, 0, 0xff, 0xff}, '3'}, {1, 100 + 0xffff, []byte{3, 0, 0, 160}, 0},
			{1, 100 + 0xffff, []byte{3, end, 0, 160}, 0}, {1, 90000, []byte{3, 0, 0, 160}, '3'}},
		"the source starts anew":   {{1, 100, []byte{3, end, 1, 0}, '3'}, {2, 50, []byte{3, 0, 1, 0}, '3'}},
		"timestamps run over":      {{1, 0xffffff00, []byte{3, end, 1, 0}, '3'}, {1, 0x100, []byte{4, 0, 1, 0}, '4'}},
		"flash is no digit":        {{1, 100, []byte{16, 0, 1, 0}, 0}},
		"short payload is ignored": {{1, 100, []byte{3, 0, 1}, 0}},
	}
	for name, packets := range tests {
		t.Run(name, func(t *testing.T) {
			var k keypad
			for i, p := range packets {
				got, ok := k.hear(rtpHeader{ssrc: p.ssrc, timestamp: p.timestamp}, p.payload)
				if got != p.want || ok != (p.want != 0) {
					t.Fatalf("packet %d: digit %q, want %q", i, got, p.want)
				}
			}
		})
	}
}

// Behind NAT a phone does not know its address; what it sends tells.
func TestStreamFollowsTheSourceAndNobodyElse(t *testing.T) {
	e := newEngine(t)
	s, signalled := open(t, e, PCMU, Options{})
	real, stranger := newPhone(t), newPhone(t)
	signalled.hear()
	real.say(s, 0, noise(1))
	real.hear()
	barrier(t, s)
	signalled.flush()
	stranger.say(s, 0, noise(2))
	real.flush()
	for range drainEvery + 1 { // by then it has been taken in
		real.hear()
	}
	if signalled.pending() != nil {
		t.Fatal("still sent to the signalled address")
	}
	if stranger.pending() != nil {
		t.Fatal("a stranger took the call over")
	}
	signalled.say(s, 0, noise(3)) // the address that was signalled may always
	signalled.hear()
	if stats := s.Close(); stats.Stray != 1 || stats.PacketsIn != 2 {
		t.Fatalf("%+v, want 2 packets in and 1 stray", stats)
	}
}

func TestNewRemoteAddressIsNotLockedOutByStragglers(t *testing.T) {
	e := newEngine(t)
	s, before := open(t, e, PCMU, Options{})
	nat := newPhone(t)
	nat.say(s, 0, noise(1))
	nat.hear()
	after := newPhone(t)
	s.SetRemote(after.remote(PCMU))
	barrier(t, s)
	nat.say(s, 0, noise(2)) // heard, not followed
	for range drainEvery + 1 {
		after.hear()
	}
	nat.flush()
	after.hear()
	if nat.pending() != nil || before.flush() == nil {
		t.Fatal("sent to the address that the call has left")
	}
	after.say(s, 0, noise(3))
	if stats := s.Close(); stats.PacketsIn != 3 || stats.Stray != 0 {
		t.Fatalf("%+v, want 3 packets in", stats)
	}
}

func TestSilenceIsReportedOncePerSilence(t *testing.T) {
	r := newRecorder()
	e := newEngine(t, func(c *Config) { c.SilenceAfter = 150 * time.Millisecond })
	s, phone := open(t, e, PCMU, Options{Handler: r})
	await(t, r.silent, "report of silence")
	phone.say(s, 0, noise(1))
	await(t, r.silent, "report of the second silence")
	s.Close()
	if len(r.silent) > 0 {
		t.Fatal("one silence was reported twice")
	}
}

func TestOverdue(t *testing.T) {
	receiving := Remote{Receive: true}
	tests := map[string]struct {
		stream *Stream
		now    int64
		after  int64
		want   bool
	}{
		"in time":          {&Stream{known: true, remote: receiving, lastIn: 10}, 109, 100, false},
		"over":             {&Stream{known: true, remote: receiving, lastIn: 10}, 110, 100, true},
		"reported already": {&Stream{known: true, remote: receiving, lastIn: 10, silent: true}, 200, 100, false},
		"on hold":          {&Stream{known: true, lastIn: 10}, 200, 100, false},
		"not connected":    {&Stream{}, 200, 100, false},
		"never":            {&Stream{known: true, remote: receiving}, 1 << 60, 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.stream.overdue(test.now, test.after); got != test.want {
				t.Fatalf("overdue: %v, want %v", got, test.want)
			}
		})
	}
}

func TestSilenceStartsAnewOnlyWhenSomethingChanges(t *testing.T) {
	s := &Stream{engine: &Engine{cfg: Config{Listen: localhost}}}
	r := Remote{Codec: PCMU, Receive: true}
	s.setRemote(r, 10)
	s.setRemote(r, 20) // a session refresh
	if s.lastIn != 10 {
		t.Fatal("a session refresh hides that the leg is dead")
	}
	r.Receive = false
	s.setRemote(r, 30)
	r.Receive = true
	s.setRemote(r, 40)
	if s.lastIn != 40 {
		t.Fatal("the time on hold counts as silence")
	}
}

func TestMalformedPacketsAreCountedAndDropped(t *testing.T) {
	e := newEngine(t)
	s, phone := open(t, e, PCMU, Options{})
	barrier(t, s)
	good := phone.packet(0, 1, noise(1))
	for _, bad := range [][]byte{
		good[:11],                                           // short
		append([]byte{0x00}, good[1:]...),                   // version 0
		append([]byte{0x8f}, good[1:40]...),                 // more contributing sources than bytes
		append([]byte{0x90}, good[1:14]...),                 // no room for the extension
		append([]byte{0xa0}, append(good[1:20:20], 200)...), // more padding than packet
		phone.packet(77, 1, noise(1)),                       // not negotiated
		make([]byte, packetSize+1),                          // longer than a packet can be
	} {
		phone.write(s, bad)
	}
	phone.write(s, []byte{0x80, 200, 0, 1, 0, 0, 0, 0}) // RTCP, not evaluated
	phone.write(s, good)
	if stats := s.Close(); stats.Malformed != 7 || stats.PacketsIn != 1 {
		t.Fatalf("%+v, want 7 malformed and 1 good", stats)
	}
}

func TestReceiverCountsLosses(t *testing.T) {
	tests := map[string]struct {
		seqs []uint16
		want uint64
	}{
		"none":             {[]uint16{5, 6, 7}, 0},
		"one":              {[]uint16{5, 7}, 1},
		"late is not lost": {[]uint16{5, 7, 6, 8}, 0},
		"numbers run over": {[]uint16{65534, 65535, 1, 2}, 1},
		"a new start":      {[]uint16{5, 7, 30000, 30001, 30003}, 2},
		"duplicate":        {[]uint16{5, 5, 5}, 0},
		"nothing came":     {nil, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r receiver
			for _, seq := range test.seqs {
				r.count(rtpHeader{ssrc: 1, seq: seq})
			}
			if got := r.missing(); got != test.want {
				t.Fatalf("lost %d, want %d", got, test.want)
			}
		})
	}
}
