//go:build linux

package media

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"

	"holdline/internal/media/g711"
)

// bridged bridges two streams and returns once the bridge stands and all that was sent before has been read.
func bridged(t *testing.T, a, b *Stream, pa, pb *testPhone) {
	t.Helper()
	a.engine.Bridge(a, b)
	barrier(t, a)
	pa.flush()
	pb.flush()
}

func TestBridgeCarriesAudioBothWaysUntouched(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA, G722} {
		t.Run(codec.Name(), func(t *testing.T) {
			e := newEngine(t)
			a, pa := open(t, e, codec, Options{})
			b, pb := open(t, e, codec, Options{Near: a})
			bridged(t, a, b, pa, pb)
			for i := range byte(5) {
				pa.say(a, codec.PayloadType(), noise(i))
				pb.say(b, codec.PayloadType(), noise(i+100))
			}
			for i := range byte(5) {
				if !bytes.Equal(pb.hear().Payload, noise(i)) || !bytes.Equal(pa.hear().Payload, noise(i+100)) {
					t.Fatalf("packet %d did not arrive as it was sent", i)
				}
			}
		})
	}
}

func TestBridgeTranscodesBetweenTheLaws(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMA, Options{Near: a})
	bridged(t, a, b, pa, pb)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	pa.say(a, 0, all)
	heard := pb.hear()
	for i, code := range heard.Payload {
		if want := g711.ULawToALaw[i]; code != want {
			t.Fatalf("µ-law %#02x became A-law %#02x, want %#02x", i, code, want)
		}
	}
	pb.say(b, 8, all)
	back := pa.hear()
	for i, code := range back.Payload {
		if want := g711.ALawToULaw[i]; code != want {
			t.Fatalf("A-law %#02x became µ-law %#02x, want %#02x", i, code, want)
		}
	}
	if len(heard.Payload) != 256 || heard.PayloadType != 8 || len(back.Payload) != 256 || back.PayloadType != 0 {
		t.Fatalf("relayed as %v and %v", heard.Header, back.Header)
	}
}

// A phone that offered both laws may send either.
func TestBridgeTakesTheOtherLawThanTheChosenOne(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMA, Options{Near: a})
	bridged(t, a, b, pa, pb)
	pa.say(a, 8, noise(1))
	if p := pb.hear(); p.PayloadType != 8 || !bytes.Equal(p.Payload, noise(1)) {
		t.Fatalf("relayed as %v", p.Header)
	}
}

func TestBridgeLeavesOutWhatThePeerCannotTake(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	remote := pb.remote(PCMU)
	remote.EventType = 0
	b.SetRemote(remote)
	bridged(t, a, b, pa, pb)
	pa.say(a, comfortNoise, []byte{40})
	pa.say(a, 101, []byte{5, 0, 0, 160})
	pa.say(a, 0, noise(1))
	if p := pb.hear(); !bytes.Equal(p.Payload, noise(1)) {
		t.Fatalf("relayed %v %x", p.Header, p.Payload)
	}
	if stats := a.Close(); stats.Unrelayed != 2 || stats.PacketsIn != 3 {
		t.Fatalf("%+v, want 3 packets in and 2 of them unrelayed", stats)
	}
}

// Padding, contributing sources and extensions concern one leg only.
func TestBridgeRelaysOnlyThePlainHeader(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	bridged(t, a, b, pa, pb)
	packet := rtp.Packet{Payload: noise(9), PaddingSize: 4, Header: rtp.Header{Version: 2, Padding: true, SSRC: 5,
		SequenceNumber: 1, CSRC: []uint32{1, 2}, Extension: true, ExtensionProfile: 0xbede}}
	if err := packet.SetExtension(1, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	raw, err := packet.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	pa.write(a, raw)
	p := pb.hear()
	if !bytes.Equal(p.Payload, noise(9)) || p.Extension || p.Padding || len(p.CSRC) != 0 {
		t.Fatalf("relayed as %v", p.Header)
	}
}

// Whatever a leg hears, it is one RTP stream: music, the other leg, music again.
func TestStreamContinuesOverBridgeAndMusic(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	sound, music := frames(100, PCMU)
	b.Play(Playback{Sounds: []*Sound{sound}, Loop: true})
	last := pb.hearPayload(music[0])
	a.engine.Bridge(a, b)
	barrier(t, a)
	if p := pb.flush(); p != nil {
		last = p
	}
	pa.seq = 65534 // the relayed numbers run over on the way
	pa.say(a, 0, noise(0))
	first := pb.hearPayload(noise(0))
	if !first.Marker || first.SSRC != last.SSRC || first.SequenceNumber != last.SequenceNumber+1 {
		t.Fatalf("from music to bridge: %v, then %v", last.Header, first.Header)
	}
	pa.seq++ // one is lost
	pa.say(a, 0, noise(1))
	second := pb.hear()
	if second.SequenceNumber != first.SequenceNumber+2 || second.Marker || second.SSRC != first.SSRC {
		t.Fatalf("after a loss: %v, then %v", first.Header, second.Header)
	}
	b.Play(Playback{Sounds: []*Sound{sound}, Loop: true})
	again := pb.hearPayload(music[0])
	if !again.Marker || again.SequenceNumber != second.SequenceNumber+1 || again.SSRC != first.SSRC ||
		int32(again.Timestamp-second.Timestamp) < frameSamples {
		t.Fatalf("from bridge to music: %v, then %v", second.Header, again.Header)
	}
}

// What a caller said to the music is not played to the agent.
func TestBridgeStartsWithoutWhatWaited(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	for i := range byte(3) {
		pa.say(a, 0, noise(i))
	}
	bridged(t, a, b, pa, pb)
	pa.say(a, 0, noise(200))
	if p := pb.hear(); !bytes.Equal(p.Payload, noise(200)) {
		t.Fatal("the bridge begins with what was said before it")
	}
}

func TestEndOfABridgeIsSilenceForTheOtherLeg(t *testing.T) {
	ends := map[string]func(a, c *Stream){
		"play":   func(a, _ *Stream) { a.Play(Playback{}) },
		"stop":   func(a, _ *Stream) { a.Stop() },
		"close":  func(a, _ *Stream) { a.Close() },
		"bridge": func(a, c *Stream) { a.engine.Bridge(c, a) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			a, pa := open(t, e, PCMU, Options{})
			b, pb := open(t, e, PCMU, Options{Near: a})
			c, _ := open(t, e, PCMU, Options{Near: a})
			bridged(t, a, b, pa, pb)
			end(a, c)
			if p := pb.hear(); !bytes.Equal(p.Payload, silenceOf(PCMU)) {
				t.Fatal("the other leg hears no silence")
			}
		})
	}
}

func TestBridgeRespectsHold(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	bridged(t, a, b, pa, pb)
	pa.say(a, 0, noise(0))
	before := pb.hear()
	held := pb.remote(PCMU)
	held.Send, held.Receive = false, false
	b.SetRemote(held)
	barrier(t, b)
	pb.say(b, 0, noise(50)) // it should not send either
	pa.say(a, 0, noise(1))
	pa.say(a, 0, noise(2))
	a.Close() // takes in what waits
	if pa.pending() != nil || pb.pending() != nil {
		t.Fatal("a held leg is sent or heard")
	}
	a, pa = open(t, e, PCMU, Options{Near: b})
	b.SetRemote(pb.remote(PCMU))
	bridged(t, a, b, pa, pb)
	pa.say(a, 0, noise(3))
	if after := pb.hear(); !bytes.Equal(after.Payload, noise(3)) || after.SSRC != before.SSRC {
		t.Fatal("no audio after the hold")
	}
}

// Streams that were opened apart are brought to one loop, in order with what
// else they are told.
func TestBridgeOfStreamsOnDifferentLoops(t *testing.T) {
	e := newEngine(t, func(c *Config) { c.Loops = 3 })
	var streams []*Stream
	var phones []*testPhone
	for range 6 {
		s, p := open(t, e, PCMU, Options{})
		streams, phones = append(streams, s), append(phones, p)
	}
	if streams[0].home.Load() == streams[1].home.Load() {
		t.Fatal("new streams are not spread over the loops")
	}
	for i := range 30 {
		a, b := i%6, (i*7+1+i/6)%6
		if a == b {
			continue
		}
		e.Bridge(streams[a], streams[b])
		e.Bridge(streams[b], streams[a])
	}
	e.Bridge(streams[0], streams[5])
	barrier(t, streams[0])
	phones[0].flush()
	phones[5].flush()
	phones[0].say(streams[0], 0, noise(1))
	phones[5].say(streams[5], 0, noise(2))
	if !bytes.Equal(phones[5].hear().Payload, noise(1)) || !bytes.Equal(phones[0].hear().Payload, noise(2)) {
		t.Fatal("no audio over the bridge")
	}
	total := int64(0)
	for _, l := range e.loops {
		total += l.load.Load()
	}
	if total != 6 {
		t.Fatalf("the loops count %d streams, want 6", total)
	}
}
