//go:build linux

package record

import (
	"math/rand/v2"
	"slices"
	"testing"

	"holdline/internal/media/g711"
)

const packet = 160 // samples, and bytes, of 20 ms

// run describes a stretch of one side.
type run struct {
	n     int
	value int16
}

// runs describes a side by its stretches of equal samples.
func runs(side []int16) (out []run) {
	for _, v := range side {
		if len(out) > 0 && out[len(out)-1].value == v {
			out[len(out)-1].n++
		} else {
			out = append(out, run{1, v})
		}
	}
	return out
}

func checkRuns(t *testing.T, name string, side []int16, want ...run) {
	t.Helper()
	if got := runs(side); !slices.Equal(got, want) {
		t.Fatalf("%s: %v, want %v", name, got, want)
	}
}

// value is what a code sounds like in µ-law, the law of all packets here that say nothing else.
func value(code byte) int16 { return g711.ULaw[code] }

// Every code of both laws, both sides at once, each sample where it belongs.
func TestRecordingIsBitExact(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	said, heard := make([]byte, 40*packet), make([]byte, 40*packet)
	for i := range said {
		said[i], heard[i] = byte(i), byte(i*7+3)
	}
	for i := range int64(40) {
		from, to := i*packet, (i+1)*packet
		s.tape.Take(&Packet{Side: Said, Law: ULaw, SSRC: 7, Timestamp: uint32(from) - 1000, Payload: said[from:to]}, i*20*ms)
		s.tape.Take(&Packet{Side: Heard, Law: ALaw, SSRC: 9, Timestamp: uint32(from) + 77, Payload: heard[from:to]}, i*20*ms)
		if !s.tape.Tick(i * 20 * ms) {
			t.Fatal("the tape wants no more")
		}
	}
	left, right := s.end(800 * ms)
	if len(left) != len(said) {
		t.Fatalf("%d samples, want %d", len(left), len(said))
	}
	for i := range left {
		if left[i] != g711.ULaw[said[i]] || right[i] != g711.ALaw[heard[i]] {
			t.Fatalf("sample %d is %d, %d; want %d, %d", i, left[i], right[i], g711.ULaw[said[i]], g711.ALaw[heard[i]])
		}
	}
}

func TestSidesStandWhereTheyWereInTime(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	s.send(Heard, 0, 1, packet, 100*ms)
	s.send(Said, 5000, 2, packet, 250*ms)
	left, right := s.end(1000 * ms)
	checkRuns(t, "left", left, run{2000, 0}, run{packet, value(2)}, run{6000 - packet, 0})
	checkRuns(t, "right", right, run{800, 0}, run{packet, value(1)}, run{7200 - packet, 0})
}

func TestPacketsAreOrderedByTimestamp(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	order := []int64{0, 2, 1, 3, 5, 6, 7, 4, 8, 8, 9} // one twice
	for i, n := range order {
		s.send(Said, uint32(n*packet), byte(10+n), packet, int64(i)*20*ms)
	}
	left, _ := s.end(200 * ms)
	for n, r := range runs(left) {
		if r != (run{packet, value(byte(10 + n))}) {
			t.Fatalf("packet %d is %v", n, r)
		}
	}
	if len(left) != 10*packet {
		t.Fatalf("%d samples, want 10 packets", len(left))
	}
}

// Wherever the tape is cut into chunks, a packet has 200 ms to come.
func TestPacketsMayComeLateAtAnyTime(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	const n, behind = 500, 9
	for i := range int64(n + behind) {
		if i < n && i%7 != 0 {
			s.send(Said, uint32(i*packet), byte(i), packet, i*20*ms)
		}
		if late := i - behind; late >= 0 && late%7 == 0 {
			s.send(Said, uint32(late*packet), byte(late), packet, i*20*ms)
		}
		s.tape.Tick(i * 20 * ms)
	}
	left, _ := s.end((n + behind) * 20 * ms)
	for i, v := range left[:n*packet] {
		if want := value(byte(i / packet)); v != want {
			t.Fatalf("sample %d of packet %d is %d, want %d", i%packet, i/packet, v, want)
		}
	}
}

func TestLostPacketsAreSilence(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	for _, n := range []int64{0, 1, 4, 5} {
		s.send(Said, uint32(n*packet), 50, packet, n*20*ms)
	}
	left, _ := s.end(120 * ms)
	checkRuns(t, "left", left, run{2 * packet, value(50)}, run{2 * packet, 0}, run{2 * packet, value(50)})
}

// A packet that comes when its time has been written is left out, and moves nothing.
func TestPacketThatComesTooLateIsLeftOut(t *testing.T) {
	for _, late := range []int64{60, 100} { // packets: 1.2 s, 2 s
		s := begin(t, newTestRecorder(t, realDisk{}, maxData))
		for n := range int64(150) {
			switch n {
			case 5:
			case late:
				s.send(Said, 5*packet, 99, packet, n*20*ms)
				fallthrough
			default:
				s.send(Said, uint32(n*packet), 50, packet, n*20*ms)
			}
			s.tape.Tick(n * 20 * ms)
		}
		left, _ := s.end(3000 * ms)
		checkRuns(t, "left", left, run{5 * packet, value(50)}, run{packet, 0}, run{144 * packet, value(50)})
	}
}

func TestPacketSizesMayDiffer(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	at := int64(0)
	for i, n := range []int{80, 240, 480, 1, 1488, 160} {
		s.send(Said, uint32(at), byte(30+i), n, at*int64(sampleTime))
		at += int64(n)
	}
	left, _ := s.end(at * int64(sampleTime))
	checkRuns(t, "left", left, run{80, value(30)}, run{240, value(31)}, run{480, value(32)}, run{1, value(33)},
		run{1488, value(34)}, run{160, value(35)})
}

// After a hold some phones go on with their timestamps as if no time had
// passed, others begin at random; a transfer brings another source.
func TestNewBeginningIsPlacedWhereItArrives(t *testing.T) {
	tests := map[string]Packet{
		"timestamps stood still": {Timestamp: 2 * packet},
		"timestamps jump ahead":  {Timestamp: 1 << 30},
		"another source":         {Timestamp: 2 * packet, SSRC: 5},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			s := begin(t, newTestRecorder(t, realDisk{}, maxData))
			s.send(Said, 0, 40, packet, 0)
			s.send(Said, packet, 40, packet, 20*ms)
			for at := int64(40); at < 2000; at += 20 {
				s.tape.Tick(at * ms)
			}
			p.Payload = fill(packet, 41)
			s.tape.Take(&p, 2000*ms)
			p.Timestamp += packet
			s.tape.Take(&p, 2020*ms)
			left, _ := s.end(2040 * ms)
			checkRuns(t, "left", left, run{2 * packet, value(40)}, run{16000 - 2*packet, 0}, run{2 * packet, value(41)})
		})
	}
}

// Timestamps that begin anew behind those before cost one packet: it might have been a stray.
func TestTimestampsThatStepBackBeginAnew(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	for n := range int64(100) {
		timestamp := 1<<20 + uint32(n*packet)
		if n >= 50 {
			timestamp -= 1 << 19
		}
		s.send(Said, timestamp, byte(100+n/50), packet, n*20*ms)
	}
	left, _ := s.end(2000 * ms)
	checkRuns(t, "left", left, run{50 * packet, value(100)}, run{packet, 0}, run{49 * packet, value(101)})
}

// A clock that is off by much more than any phone's, and packets that are held
// up at random: all through an hour, what is said stays within some 25 ms of its time.
func TestDriftIsBounded(t *testing.T) {
	for _, ppm := range []int64{-500, -50, 0, 50, 500} {
		var k track
		random := rand.New(rand.NewPCG(1, uint64(ppm)))
		var worst int64
		for n := range int64(50 * 3600) {
			sent := n * packet * (1_000_000 + ppm) / 1_000_000 // where it is on our clock
			begin, ok := k.position(&entry{Packet: Packet{Timestamp: uint32(n * packet)}, at: int32(sent + random.Int64N(30*8))})
			if !ok {
				t.Fatal("a packet is left out")
			}
			if n > 500 {
				worst = max(worst, begin-sent, sent-begin)
			}
		}
		if limit := int64(tolerance + 5*8 + 500*window/1_000_000); worst > limit {
			t.Errorf("%d ppm: up to %d samples from where it belongs, want %d at most", ppm, worst, limit)
		}
	}
}

// A machine that stands still delivers late what was said in time: it is not moved for that.
func TestPacketsHeldUpTogetherKeepTheirPlace(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	for n := range int64(200) {
		at := n * 20
		if at >= 400 && at < 900 {
			at = 900
		}
		s.send(Said, uint32(n*packet), byte(n), packet, at*ms)
	}
	left, _ := s.end(4000 * ms)
	for i, v := range left {
		if want := value(byte(i / packet)); v != want {
			t.Fatalf("sample %d is %d, want %d", i, v, want)
		}
	}
}

func TestLoopThatStandsStillLeavesAGapInBoundedMemory(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	const pause = 1000 // seconds
	s.send(Said, 0, 60, packet, 0)
	s.send(Said, pause*rate, 61, packet, pause*1000*ms)
	left, right := s.end(pause*1000*ms + 20*ms)
	checkRuns(t, "left", left, run{packet, value(60)}, run{pause*rate - packet, 0}, run{packet, value(61)})
	checkRuns(t, "right", right, run{pause*rate + packet, 0})
	if kept := cap(s.tape.reel.line.open); kept > 2*maxOpen*frameSize {
		t.Fatalf("%d bytes were kept in memory", kept)
	}
}

// FuzzTimeline places whatever comes; nothing may panic or keep more than it should.
func FuzzTimeline(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 200, 1, 10, 0, 2, 0, 255, 255, 4, 1, 100})
	f.Fuzz(func(t *testing.T, script []byte) {
		var line timeline
		var now, closed int64
		write := func(b []byte) error { closed += int64(len(b)); return nil }
		script = script[:min(len(script), 2000)]
		for ; len(script) >= 5; script = script[5:] {
			now += int64(script[0]) * int64(script[0])
			timestamp := uint32(script[1])<<24 | uint32(script[2])<<12 | uint32(script[2])
			e := entry{Packet: Packet{Side: Side(script[3] & 1), SSRC: uint32(script[3] >> 6), Timestamp: timestamp, Payload: fill(int(script[4])*5, 3)}, at: int32(now)}
			if now-line.from > maxOpen {
				_ = line.close(now-reorder, write)
			}
			line.place(&e)
			if open := line.reached() - line.from; open > maxOpen+maxJump+2000 {
				t.Fatalf("%d samples open", open)
			}
			if script[3]&2 != 0 {
				_ = line.close(now-reorder, write)
			}
		}
		_ = line.close(line.reached(), write)
		if closed != line.from*frameSize {
			t.Fatalf("%d bytes for %d frames", closed, line.from)
		}
	})
}
