//go:build linux

package media

import (
	"bytes"
	"testing"
)

func TestMusicIsBitExactContinuousAndLoops(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		t.Run(codec.Name(), func(t *testing.T) {
			s, phone := open(t, newEngine(t), codec, Options{})
			sound, want := frames(5, codec)
			s.Play(Playback{Sounds: []*Sound{sound}, Loop: true})
			first := phone.hearPayload(want[0])
			last := first
			for i := 1; i < 12; i++ {
				p := phone.hear()
				if !bytes.Equal(p.Payload, want[i%5]) {
					t.Fatalf("packet %d is not frame %d of the sound", i, i%5)
				}
				passed := p.Timestamp - last.Timestamp // more than a frame only where the machine stood still
				if p.SequenceNumber != last.SequenceNumber+1 || passed == 0 || passed%frameSamples != 0 ||
					p.Marker != (passed > frameSamples) || p.SSRC != first.SSRC || p.PayloadType != codec.PayloadType() {
					t.Fatalf("packet %d: %v after %v", i, p.Header, last.Header)
				}
				last = p
			}
		})
	}
}

func TestPlaybackPlaysItsSoundsInOrderAndReportsItsEnd(t *testing.T) {
	r := newRecorder()
	s, phone := open(t, newEngine(t), PCMA, Options{Handler: r})
	one, a := frames(2, PCMA)
	two := NewSound(tone(3 * frameTime)[frameSamples:])
	s.Play(Playback{ID: 7, Sounds: []*Sound{one, NewSound(nil), two}})
	phone.hearPayload(a[0])
	for i, want := range [][]byte{a[1], two.frame(PCMA, 0), two.frame(PCMA, 1), silenceOf(PCMA)} {
		if got := phone.hear().Payload; !bytes.Equal(got, want) {
			t.Fatalf("packet %d after the first is not what was to be played", i+1)
		}
	}
	if id := await(t, r.done, "PlayDone"); id != 7 {
		t.Fatalf("PlayDone of %d, want 7", id)
	}
}

func TestPlaybackThatIsReplacedIsNotReported(t *testing.T) {
	r := newRecorder()
	s, _ := open(t, newEngine(t), PCMU, Options{Handler: r})
	long, _ := frames(500, PCMU)
	short, _ := frames(1, PCMU)
	s.Play(Playback{ID: 1, Sounds: []*Sound{long}})
	s.Play(Playback{ID: 2, Sounds: []*Sound{short}})
	if id := await(t, r.done, "PlayDone"); id != 2 {
		t.Fatalf("PlayDone of %d, want 2", id)
	}
}

func TestLoopOfNothingEndsLikeAPrompt(t *testing.T) {
	r := newRecorder()
	s, _ := open(t, newEngine(t), PCMU, Options{Handler: r})
	s.Play(Playback{ID: 3, Sounds: []*Sound{NewSound(nil)}, Loop: true})
	if id := await(t, r.done, "PlayDone"); id != 3 {
		t.Fatalf("PlayDone of %d, want 3", id)
	}
}

func TestStoppedStreamSendsSilence(t *testing.T) {
	s, phone := open(t, newEngine(t), PCMU, Options{})
	sound, want := frames(500, PCMU)
	s.Play(Playback{Sounds: []*Sound{sound}, Loop: true})
	phone.hearPayload(want[0])
	s.Stop()
	phone.hearPayload(silenceOf(PCMU))
}

// A held phone hears nothing, yet what it is played goes on; afterwards its
// stream continues without a jump in the sequence.
func TestHold(t *testing.T) {
	r := newRecorder()
	s, phone := open(t, newEngine(t), PCMU, Options{Handler: r})
	before := phone.hear()
	held := phone.remote(PCMU)
	held.Send = false
	s.SetRemote(held)
	barrier(t, s)
	if p := phone.flush(); p != nil {
		before = p
	}
	settle(t, s, r)
	if p := phone.pending(); p != nil {
		t.Fatalf("a held phone is sent %v", p.Header)
	}
	s.SetRemote(phone.remote(PCMU))
	after := phone.hear()
	if after.SequenceNumber != before.SequenceNumber+1 || !after.Marker || int32(after.Timestamp-before.Timestamp) < 2*frameSamples {
		t.Fatalf("after the hold comes %v, before it was %v", after.Header, before.Header)
	}
}

func TestNothingIsSentBeforeARemoteIsSet(t *testing.T) {
	r := newRecorder()
	s, err := newEngine(t).Open(Options{Handler: r})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, s, r)
	if stats := s.Close(); stats.PacketsOut != 0 || stats.SendErrors != 0 {
		t.Fatalf("sent to nobody: %+v", stats)
	}
}

func TestSoundIsFilledUpToWholeFrames(t *testing.T) {
	s := NewSound(make([]int16, frameSamples+1))
	if s.Duration() != 2*frameTime {
		t.Fatalf("161 samples last %v, want 40ms", s.Duration())
	}
	if !bytes.Equal(s.frame(PCMU, 1), silenceOf(PCMU)) || silenceOf(PCMU)[0] != 0xff || silenceOf(PCMA)[0] != 0xd5 {
		t.Fatal("silence is not the code of G.711 for it")
	}
}
