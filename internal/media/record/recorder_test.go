//go:build linux

package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestRecordingWithoutAudioIsSilence(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	for at := range int64(60) {
		s.tape.Tick(at * 100 * ms)
	}
	left, right := s.end(6 * 1000 * ms)
	checkRuns(t, "left", left, run{6 * rate, 0})
	checkRuns(t, "right", right, run{6 * rate, 0})
}

func TestShortestRecordings(t *testing.T) {
	r := newTestRecorder(t, realDisk{}, maxData)
	s := begin(t, r)
	if left, _ := s.end(0); len(left) != 0 {
		t.Fatalf("%d samples of no time", len(left))
	}
	s = begin(t, r)
	s.send(Said, 1, 9, 1, 0)
	left, _ := s.end(int64(sampleTime))
	checkRuns(t, "left", left, run{1, value(9)})
}

func TestLengthIsThatOfTheResult(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	s.tape.End(1230 * ms)
	want := s.result().Duration
	if d, size, err := Length(s.path); err != nil || d != want || d != 1230*time.Millisecond || size != headerSize+9840*frameSize {
		t.Errorf("%v, %d bytes, %v; the result said %v", d, size, err, want)
	}
	if _, _, err := Length(s.path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestFileIsPartialUntilItIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRecorder(t, realDisk{}, maxData)
		s := beginAt(t, r, filepath.Join(t.TempDir(), "2026", "11", "call.wav"))
		part := s.path + partial
		for n := range int64(600) {
			s.send(Said, uint32(n*packet), 20, packet, n*20*ms)
			s.tape.Tick(n * 20 * ms)
			synctest.Wait() // the writer has done what it could
			if at := n * 20; at < 1000 {
				continue
			}
			info, err := os.Stat(part)
			if err != nil {
				t.Fatal(err)
			}
			if behind := n*20 - (info.Size()-headerSize)/frameSize/8; behind > 750 {
				t.Fatalf("at %d ms a crash would lose %d ms", n*20, behind)
			}
		}
		b, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		whole := int64(len(b)-headerSize) / frameSize
		if stated := int64(binary.LittleEndian.Uint32(b[40:])) / frameSize; stated < whole-5*rate-rate || stated > whole {
			t.Fatalf("the header speaks of %d frames, there are %d", stated, whole)
		}
		s.end(12 * 1000 * ms)
		if _, err := os.Stat(part); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("the partial file: %v", err)
		}
		for _, dir := range []string{filepath.Dir(s.path), filepath.Dir(filepath.Dir(s.path))} {
			if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
				t.Fatalf("%s: %v, %v", dir, info.Mode(), err)
			}
		}
	})
}

func TestNothingIsOverwritten(t *testing.T) {
	for _, name := range []string{"call.wav", "call.wav.part"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := beginAt(t, newTestRecorder(t, realDisk{}, maxData), filepath.Join(dir, "call.wav"))
		s.tape.End(20 * ms)
		if r := s.result(); !errors.Is(r.Err, os.ErrExist) || r.Duration != 0 {
			t.Errorf("%s: %+v", name, r)
		}
		if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != "precious" {
			t.Errorf("%s has become %q, %v", name, b, err)
		}
	}
}

// Somebody else's file of the name appears while the recording runs.
func TestNameThatIsTakenMeanwhileIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, newTestRecorder(t, realDisk{}, maxData))
		s.tape.Tick(500 * ms)
		synctest.Wait()
		if err := os.WriteFile(s.path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.tape.End(600 * ms)
		if r := s.result(); !errors.Is(r.Err, os.ErrExist) {
			t.Errorf("%+v", r)
		}
		if b, _ := os.ReadFile(s.path); string(b) != "precious" {
			t.Errorf("the file has become %q", b)
		}
		if left, _ := readWAV(t, s.path+partial); len(left) != 600*8 {
			t.Errorf("%d samples kept", len(left))
		}
	})
}

func TestFullDiskEndsTheRecordingAndKeepsWhatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const room = headerSize + 3*rate*frameSize + 1 // 3 s, and a byte that is no sample
		s := begin(t, newTestRecorder(t, &worse{room: room}, maxData))
		more, n := true, int64(0)
		for ; more && n < 1000; n++ {
			s.send(Said, uint32(n*packet), 20, packet, n*20*ms)
			more = s.tape.Tick(n * 20 * ms)
			synctest.Wait()
		}
		if more {
			t.Fatal("the tape is fed on")
		}
		r := s.result() // before the end
		if !errors.Is(r.Err, unix.ENOSPC) || !strings.HasPrefix(r.Err.Error(), "recording disk is full: free space in "+filepath.Dir(s.path)) {
			t.Errorf("error %v", r.Err)
		}
		left, _ := readWAV(t, s.path)
		if len(left) != 3*rate || r.Duration != 3*time.Second {
			t.Errorf("%d samples kept, %v", len(left), r.Duration)
		}
		s.tape.End(n * 20 * ms)
		synctest.Wait()
		if len(s.results) != 0 {
			t.Error("the result is told twice")
		}
	})
}

func TestFullDiskFromTheBeginning(t *testing.T) {
	for name, d := range map[string]disk{"header": &worse{}, "samples": &worse{room: headerSize + 2}, "device": fullDisk{}} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, newTestRecorder(t, d, maxData))
			s.send(Said, 0, 20, packet, 0)
			s.tape.End(20 * ms)
			if r := s.result(); !errors.Is(r.Err, unix.ENOSPC) || r.Duration != 0 {
				t.Errorf("%+v", r)
			}
			if left, err := os.ReadDir(filepath.Dir(s.path)); err != nil || len(left) != 0 {
				t.Errorf("%v left behind, %v", left, err)
			}
		})
	}
}

func TestDirectoryThatCannotBeWritten(t *testing.T) {
	s := beginAt(t, newTestRecorder(t, realDisk{}, maxData), "/proc/no/call.wav")
	s.tape.End(20 * ms)
	if r := s.result(); r.Err == nil || r.Duration != 0 || !strings.Contains(r.Err.Error(), "/proc/no") {
		t.Errorf("%+v", r)
	}
}

func TestFailureOfTheLastSyncIsTold(t *testing.T) {
	s := begin(t, newTestRecorder(t, &worse{room: math.MaxInt64, syncErr: unix.EIO}, maxData))
	s.tape.End(20 * ms)
	if r := s.result(); !errors.Is(r.Err, unix.EIO) || r.Duration != 20*time.Millisecond {
		t.Errorf("%+v", r)
	}
}

func TestLargestFileEndsTheRecording(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, rate*frameSize)) // a second instead of 37 hours
	s.send(Said, 0, 20, packet, 900*ms)
	s.tape.End(2000 * ms)
	if r := s.result(); !errors.Is(r.Err, errTooLong) || r.Duration != time.Second {
		t.Errorf("%+v", r)
	}
	left, _ := readWAV(t, s.path)
	checkRuns(t, "left", left, run{7200, 0}, run{packet, value(20)}, run{800 - packet, 0})
}

func TestAudioThatCannotBeDecodedIsToldOf(t *testing.T) {
	s := begin(t, newTestRecorder(t, realDisk{}, maxData))
	s.tape.Foreign()
	s.tape.End(100 * ms)
	if r := s.result(); r.Err == nil || !strings.Contains(r.Err.Error(), "G.711") || r.Duration != 100*time.Millisecond {
		t.Errorf("%+v", r)
	}
}

// While the disk stands still a bounded amount is kept, the rest is left out;
// afterwards everything is where it belongs. Others' recordings are not held up.
func TestSlowDiskDropsAudioAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		d := &worse{room: math.MaxInt64, stuck: filepath.Join(dir, "slow.wav"), gate: make(chan struct{})}
		r := newTestRecorder(t, d, maxData)
		slow, other := beginAt(t, r, d.stuck), beginAt(t, r, filepath.Join(dir, "other.wav"))
		const seconds, stuck = 100, 60
		for n := range int64(seconds * 50) {
			if n == stuck*50 {
				close(d.gate)
				synctest.Wait()
			}
			for _, s := range []*session{slow, other} {
				s.send(Said, uint32(n*packet), 20, packet, n*20*ms)
				s.send(Heard, uint32(n*packet), 30, packet, n*20*ms)
				s.tape.Tick(n * 20 * ms)
			}
			synctest.Wait()
			if queued := slow.tape.queued.Load(); queued > maxQueued {
				t.Fatalf("%d chunks wait", queued)
			}
		}
		left, right := other.end(seconds * 1000 * ms)
		checkRuns(t, "other's left", left, run{seconds * rate, value(20)})
		checkRuns(t, "other's right", right, run{seconds * rate, value(30)})
		slow.tape.End(seconds * 1000 * ms)
		result := slow.result()
		left, _ = readWAV(t, slow.path)
		got := runs(left)
		if len(got) != 3 || got[1].value != 0 || got[1].n < 20*rate || got[0].n+got[1].n != stuck*rate || len(left) != seconds*rate {
			t.Errorf("left: %v", got)
		}
		if len(got) == 3 && result.Dropped != span(int64(got[1].n)) || result.Err == nil || !strings.Contains(result.Err.Error(), "too slow") {
			t.Errorf("%+v", result)
		}
		if n := r.backlog.Load(); n != 0 {
			t.Errorf("%d chunks never came back", n)
		}
	})
}

// All tapes together may only have so much on its way.
func TestBacklogIsBounded(t *testing.T) {
	r := newTestRecorder(t, realDisk{}, maxData)
	r.backlog.Store(maxBacklog)
	s := begin(t, r)
	s.send(Said, 0, 20, packet, 0)
	s.tape.Tick(600 * ms)
	r.backlog.Store(0)
	s.send(Said, 10*packet, 20, packet, 800*ms)
	s.tape.End(1000 * ms)
	if got := s.result(); got.Dropped != 20*time.Millisecond || got.Duration != time.Second {
		t.Errorf("%+v", got)
	}
}

func TestRecordingThatNeverBegan(t *testing.T) {
	results := make(chan Result, 1)
	r := newTestRecorder(t, realDisk{}, maxData)
	path := filepath.Join(t.TempDir(), "call.wav")
	r.Start(path, func(r Result) { results <- r }).End(0)
	r.Start(path, nil).End(0) // nobody wants to know
	if got := <-results; !errors.Is(got.Err, errNotBegun) {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
}

func TestCloseFinishesAllAndStartsNone(t *testing.T) {
	r := newRecorder(realDisk{}, maxData)
	var done sync.Map
	dir := t.TempDir()
	for i := range 50 {
		tape := r.Start(filepath.Join(dir, fmt.Sprint(i, ".wav")), func(r Result) { done.Store(i, r.Err) })
		tape.Begin(0)
		tape.End(20 * ms)
	}
	r.Close()
	r.Close()
	for i := range 50 {
		if err, ok := done.Load(i); !ok || err != nil {
			t.Errorf("recording %d: told %v, %v", i, ok, err)
		}
	}
	results := make(chan Result)
	if tape := r.Start(filepath.Join(dir, "late.wav"), func(r Result) { results <- r }); tape != nil {
		t.Error("a closed recorder starts one more")
	}
	if got := <-results; got.Err == nil {
		t.Error("no error for a recording that cannot be")
	}
}

// Hundreds of tapes on a few goroutines, as the loops feed them.
func TestHundredsAtOnce(t *testing.T) {
	r := newTestRecorder(t, realDisk{}, maxData)
	dir := t.TempDir()
	const loops, tapes, packets = 4, 75, 100
	var wg sync.WaitGroup
	for l := range loops {
		wg.Go(func() {
			sessions := make([]*session, tapes)
			for i := range sessions {
				sessions[i] = beginAt(t, r, filepath.Join(dir, fmt.Sprintf("%d-%d.wav", l, i)))
			}
			for n := range int64(packets) {
				for i, s := range sessions {
					s.send(Said, uint32(n*packet), byte(i), packet, n*20*ms)
					s.send(Heard, uint32(n*packet), byte(i+l), packet, n*20*ms)
					s.tape.Tick(n * 20 * ms)
				}
			}
			for _, s := range sessions {
				s.tape.End(packets * 20 * ms)
			}
			for i, s := range sessions {
				if got := s.result(); got.Err != nil || got.Duration != 2*time.Second {
					t.Errorf("%+v", got)
					continue
				}
				left, right := readWAV(t, s.path)
				if want := []run{{packets * packet, value(byte(i))}}; len(runs(left)) != 1 || runs(left)[0] != want[0] {
					t.Errorf("tape %d of loop %d: left %v", i, l, runs(left))
				}
				if want := (run{packets * packet, value(byte(i + l))}); len(runs(right)) != 1 || runs(right)[0] != want {
					t.Errorf("tape %d of loop %d: right %v", i, l, runs(right))
				}
			}
		})
	}
	wg.Wait()
	if n := r.backlog.Load(); n != 0 {
		t.Errorf("%d chunks never came back", n)
	}
}
