//go:build linux

package media

import (
	"log/slog"
	"testing"
	"time"
)

// standingLoop is a loop whose time the test makes.
func standingLoop(t testing.TB) *loop {
	t.Helper()
	e := &Engine{cfg: Config{Listen: localhost, Loops: 1}, epoch: time.Now(), notes: newNotes(slog.New(slog.DiscardHandler))}
	l, err := newLoop(e, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.release()
		e.notes.close()
	})
	return l
}

// playing puts n streams that play into the loop. They have no socket: what they send is counted as refused.
func playing(l *loop, n int, now int64) []*Stream {
	sound := NewSound(tone(time.Second))
	streams := make([]*Stream, n)
	for i := range streams {
		s := &Stream{engine: l.engine, fd: -1, open: true, out: newSender(), remote: Remote{Codec: PCMU}, sending: true}
		s.player.start(Playback{Sounds: []*Sound{sound}, Loop: true})
		l.slots.add(s, now)
		streams[i] = s
	}
	return streams
}

func TestStreamsAreSpreadOverTheFrame(t *testing.T) {
	l := standingLoop(t)
	streams := playing(l, 25, 0)
	for i := 0; i < 25; i += 5 {
		l.slots.remove(streams[i])
	}
	playing(l, 5, 0)
	for i, members := range l.slots.members {
		if len(members) < 2 || len(members) > 3 {
			t.Errorf("slot %d has %d of 25 streams", i, len(members))
		}
	}
}

func TestEveryStreamSendsOnceAFrameHoweverTurnsFall(t *testing.T) {
	l := standingLoop(t)
	start := int64(time.Hour)
	streams := playing(l, 25, start)
	now := start
	for i := 0; now < start+int64(3*time.Second); i++ {
		l.pace(now)
		now += int64(time.Duration(i%7) * 3 * time.Millisecond)
	}
	l.pace(start + int64(3*time.Second))
	for i, s := range streams {
		if s.stats.SendErrors != 150 {
			t.Fatalf("stream %d sent %d packets in 3 s, want 150", i, s.stats.SendErrors)
		}
	}
}

// A loop that could not run makes up for a little and leaves the rest out;
// timestamps show the gap, sequence numbers do not.
func TestLoopThatStoodStill(t *testing.T) {
	l := standingLoop(t)
	start := int64(time.Hour)
	s := playing(l, 1, start)[0]
	now := start + int64(frameTime)
	l.pace(now)
	before := s.out
	now += int64(80 * time.Millisecond)
	l.pace(now)
	if sent := s.out.seq - before.seq; sent != 4 {
		t.Fatalf("after 80 ms %d packets were made up for, want 4", sent)
	}
	before = s.out
	now += int64(10 * time.Second)
	l.pace(now)
	if seq, ts := s.out.seq-before.seq, s.out.timestamp-before.timestamp; seq > 2 || ts != 10*8000 {
		t.Fatalf("after 10 s %d packets and %d samples, want at most 2 and 80000", seq, ts)
	}
	if got := time.Duration(l.lateness.Load()); got < 9*time.Second {
		t.Fatalf("lateness %v, want about 10s", got)
	}
	if s.stats.Late == 0 {
		t.Fatal("late packets are not counted")
	}
}

func TestLoopSleepsUntilASlotWithStreams(t *testing.T) {
	l := standingLoop(t)
	if _, ok := l.slots.next(true); ok {
		t.Fatal("an empty loop has something to wait for")
	}
	s := playing(l, 1, 0)[0]
	if at, ok := l.slots.next(false); !ok || at != int64(frameTime) {
		t.Fatalf("next turn at %v, want 20ms", time.Duration(at))
	}
	if at, ok := l.slots.next(true); !ok || at != int64(slotTime) {
		t.Fatalf("next turn with bridges at %v, want %v", time.Duration(at), slotTime)
	}
	l.slots.remove(s)
	l.pace(int64(time.Minute))
	if l.lateness.Load() != 0 {
		t.Fatal("an empty loop is late")
	}
}

func TestLatenessIsForgotten(t *testing.T) {
	var w lateness
	second := int64(time.Second)
	steps := []struct{ now, late, want int64 }{
		{10 * second, 5, 5},
		{10*second + 1, 3, 5},
		{11 * second, 1, 5}, // of the last second
		{12 * second, 2, 2},
		{20 * second, 0, 0}, // nothing happened for long
	}
	for i, s := range steps {
		if got := w.observe(s.now, s.late); got != s.want {
			t.Fatalf("step %d: lateness %d, want %d", i, got, s.want)
		}
	}
}

func TestSenderMapsSourcesOntoOneStream(t *testing.T) {
	const ms = int64(time.Millisecond)
	o := newSender()
	last := o.next(0, 20*ms)
	if !last.marker {
		t.Fatal("the first packet has no marker")
	}
	o.switched()
	relay := func(ssrc uint32, seq uint16, ts uint32, now int64) rtpHeader {
		return o.relayed(rtpHeader{ssrc: ssrc, seq: seq, timestamp: ts}, 8, now)
	}
	check := func(what string, h rtpHeader, seq uint16, ts uint32, marker bool) {
		t.Helper()
		if h.seq-last.seq != seq || h.timestamp-last.timestamp != ts || h.marker != marker || h.ssrc != last.ssrc {
			t.Fatalf("%s: %d packets and %d samples on, marker %v; want %d, %d, %v", what,
				h.seq-last.seq, h.timestamp-last.timestamp, h.marker, seq, ts, marker)
		}
	}
	check("100 ms later", relay(7, 65535, 1<<32-80, 120*ms), 1, 800, true)
	check("a gap", relay(7, 2, 400, 180*ms), 4, 1280, false)
	check("the late one", relay(7, 1, 240, 181*ms), 3, 1120, false)
	check("another source", relay(8, 5, 5, 200*ms), 5, 1440, true)
	o.switched()
	check("at once after", o.next(8, 201*ms), 6, 1600, true)
}
