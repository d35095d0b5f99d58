//go:build linux

package media

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"holdline/internal/media/g711"
)

// spoken is a frame of µ-law in which every sample is the same.
func spoken(sample int16) []byte {
	return slices.Repeat([]byte{g711.EncodeULaw(sample)}, frameSamples)
}

// next gives the first sample of the next frame that a hearing adds; false if there is none.
func next(h *hearing) (int32, bool) {
	var sum [frameSamples]int32
	ok := h.add(&sum)
	return sum[0], ok
}

func put(v *voice, frame int, sample int16) {
	v.put(rtpHeader{ssrc: 7, timestamp: uint32(1000 + frame*frameSamples)}, PCMU, spoken(sample))
}

func TestVoiceIsHeardInOrderOnceEnoughHasCome(t *testing.T) {
	v := &voice{}
	h := &hearing{voice: v}
	put(v, 0, 100)
	if _, ok := next(h); ok {
		t.Fatal("a voice is heard before it is two frames ahead")
	}
	put(v, 2, 300) // frame 1 comes late
	put(v, 1, 200)
	for i, want := range []int16{200, 300} { // two frames behind the newest
		if got, ok := next(h); !ok || got != int32(g711.ULaw[g711.EncodeULaw(want)]) {
			t.Fatalf("frame %d is %d, want %d", i, got, want)
		}
	}
	if _, ok := next(h); ok {
		t.Fatal("a voice that has run dry is heard")
	}
	put(v, 3, 400)
	if _, ok := next(h); ok {
		t.Fatal("a voice that has run dry is heard before it is two frames ahead again")
	}
	put(v, 4, 500)
	if got, ok := next(h); !ok || got != int32(g711.ULaw[g711.EncodeULaw(400)]) {
		t.Fatalf("after the pause comes %d, want 400", got)
	}
}

func TestLostPacketsOfAVoiceAreSilence(t *testing.T) {
	v := &voice{}
	h := &hearing{voice: v}
	put(v, 0, 1000)
	put(v, 1, 1000)
	next(h)
	put(v, 3, 1000)
	var got []int32
	for s, ok := next(h); ok; s, ok = next(h) {
		got = append(got, s)
	}
	if len(got) != 3 || got[0] == 0 || got[1] != 0 || got[2] == 0 {
		t.Fatalf("heard %v, want voice, silence, voice", got)
	}
}

func TestVoiceThatRunsAheadIsCaughtUpWith(t *testing.T) {
	v := &voice{}
	h := &hearing{voice: v}
	for i := range 3 {
		put(v, i, int16(i))
	}
	next(h)
	for i := range 10 { // a burst
		put(v, 3+i, int16(1000*i))
	}
	if got, ok := next(h); !ok || got != int32(g711.ULaw[g711.EncodeULaw(8000)]) {
		t.Fatalf("heard %d, want the frame two behind the newest", got)
	}
}

// Whatever a phone does with its numbers, the positions only grow and nothing breaks.
func TestVoiceSurvivesStrangeTimestamps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	v := &voice{}
	h := &hearing{voice: v}
	heard := 0
	for range 20_000 {
		before := v.end
		header := rtpHeader{ssrc: random.Uint32N(2), timestamp: random.Uint32N(9000) - 4000}
		v.put(header, PCMA, make([]byte, random.IntN(packetSize)))
		if v.end < before || v.end > before+maxGap+packetSize {
			t.Fatalf("a packet moved the end from %d to %d", before, v.end)
		}
		if _, ok := next(h); ok {
			heard++
		}
		if h.at > v.end {
			t.Fatalf("heard up to %d of %d", h.at, v.end)
		}
	}
	if heard == 0 {
		t.Fatal("nothing was heard")
	}
	v.put(rtpHeader{}, G722, spoken(0)) // cannot be decoded
}

func TestVoicesAreAddedWithSaturation(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		var sum [frameSamples]int32
		sum[0], sum[1], sum[2] = 60_000, -60_000, 0
		frame := encode(make([]byte, frameSamples), &sum, codec)
		table := samplesOf(codec)
		if table[frame[0]] < 30_000 || table[frame[1]] > -30_000 || table[frame[2]] > 10 || table[frame[2]] < -10 {
			t.Errorf("%v: %d %d %d", codec, table[frame[0]], table[frame[1]], table[frame[2]])
		}
	}
	if encode(make([]byte, frameSamples), new([frameSamples]int32), G722) != nil {
		t.Error("G.722 is encoded")
	}
}

func TestMixCostsNoAllocationPerPacket(t *testing.T) {
	v, w := &voice{}, &voice{}
	s := &Stream{hears: []hearing{{voice: v}, {voice: w}}, remote: Remote{Codec: PCMU}}
	l := &loop{}
	frame, n := spoken(500), 0
	if allocs := testing.AllocsPerRun(100, func() {
		for _, voice := range []*voice{v, w} {
			voice.put(rtpHeader{timestamp: uint32(n * frameSamples)}, PCMU, frame)
		}
		l.listen(s)
		encode(l.packet[headerSize:], &l.sum, PCMU)
		n++
	}); allocs != 0 {
		t.Errorf("%v allocations a packet", allocs)
	}
}

// hearSum reads what reaches a phone until a packet is at the level wanted, while others speak.
func (p *testPhone) hearSum(want int32, say func()) {
	p.t.Helper()
	for range 250 { // five seconds of frames
		say()
		if got := int32(g711.ULaw[p.hear().Payload[frameSamples/2]]); got > want-want/16-8 && got < want+want/16+8 {
			return
		}
	}
	p.t.Fatalf("the phone never hears a level of %d", want)
}

func TestMixedStreamsHearWhomTheyAreToHear(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{}) // on the other loop
	c, pc := open(t, e, PCMU, Options{})
	w, pw := open(t, e, G722, Options{})
	e.Mix([]Member{{a, []*Stream{b, w}}, {b, []*Stream{a}}, {c, []*Stream{a, b, c}}, {w, []*Stream{a}}})
	say := func() {
		pa.say(a, 0, spoken(1000))
		pb.say(b, 0, spoken(4000))
		pc.say(c, 0, spoken(16000))
		pw.say(w, 9, noise(1))
	}
	pa.hearSum(4000, say)
	pb.hearSum(1000, say)
	pc.hearSum(5000, say)
	if pw.pending() != nil {
		t.Error("a stream without G.711 hears something")
	}
	b.Close()
	pc.hearSum(1000, func() { pa.say(a, 0, spoken(1000)); pc.say(c, 0, spoken(16000)) })
	bridged(t, a, c, pa, pc)
	pc.say(c, 0, noise(9))
	pa.hearPayload(noise(9))
	e.Mix([]Member{{b, nil}, {a, []*Stream{c}}, {c, []*Stream{a}}}) // the first is closed
	pc.hearSum(1000, func() { pa.say(a, 0, spoken(1000)) })
	e.Mix(nil)
	a.Stop()
	c.Close()
}

// Streams are mixed, bridged and closed from many sides while the loops hand
// them to each other; it must come to an end, and no mix outlive its streams.
func TestMixesUnderWay(t *testing.T) {
	e := newEngine(t)
	streams := make([]*Stream, 12)
	for i := range streams {
		streams[i], _ = open(t, e, PCMU, Options{})
	}
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, 0))
			for range 200 {
				x, y, z := streams[random.IntN(12)], streams[random.IntN(12)], streams[random.IntN(12)]
				switch random.IntN(4) {
				case 0:
					e.Bridge(x, y)
				case 1:
					x.Stop()
				default:
					e.Mix([]Member{{x, []*Stream{y, z}}, {y, []*Stream{x}}, {z, []*Stream{x, y}}})
				}
			}
		})
	}
	all.Wait()
	for _, s := range streams {
		s.Close()
	}
	for _, s := range streams {
		if s.room != nil || s.hears != nil {
			t.Fatal("a closed stream is in a mix")
		}
	}
}

func BenchmarkMixThree(b *testing.B) {
	v, w := &voice{}, &voice{}
	s := &Stream{hears: []hearing{{voice: v}, {voice: w}}, remote: Remote{Codec: PCMU}}
	l := &loop{}
	frame := spoken(500)
	b.ReportAllocs()
	for n := range b.N {
		v.put(rtpHeader{timestamp: uint32(n * frameSamples)}, PCMU, frame)
		w.put(rtpHeader{timestamp: uint32(n * frameSamples)}, PCMU, frame)
		l.listen(s)
		encode(l.packet[headerSize:], &l.sum, PCMU)
	}
}
