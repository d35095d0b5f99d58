//go:build linux

package record

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// wavOf returns a file that says it has so many bytes of samples, and has the given ones.
func wavOf(stated int64, samples []byte) []byte {
	h := header(stated)
	return append(h[:], samples...)
}

func TestRecoverFinishesWhatIsLeft(t *testing.T) {
	second := bytes.Repeat([]byte{1, 2, 3, 4}, rate)
	header0 := header(0)
	tests := map[string]struct {
		content []byte
		want    time.Duration
		err     error // and then there is no finished file
		left    bool  // the partial file stays as it was
	}{
		"header not updated yet":  {content: wavOf(0, second), want: time.Second},
		"header half way":         {content: wavOf(8000, second), want: time.Second},
		"header ahead":            {content: wavOf(1<<20, second), want: time.Second},
		"half a frame at the end": {content: wavOf(0, second[:1000*frameSize+3]), want: 125 * time.Millisecond},
		"header lost, zeros":      {content: append(make([]byte, headerSize), second...), want: time.Second},
		"one frame":               {content: wavOf(0, second[:frameSize]), want: 125 * time.Microsecond},
		"header only":             {content: wavOf(0, nil), err: errEmpty},
		"less than a frame":       {content: wavOf(0, second[:3]), err: errEmpty},
		"half a header":           {content: header0[:20], err: errEmpty},
		"nothing":                 {content: nil, err: errEmpty},
		"something else":          {content: []byte(strings.Repeat("a download of somebody ", 10)), err: errForeign, left: true},
		"short something else":    {content: []byte("RIFX"), err: errForeign, left: true},
		"mono":                    {content: append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"), second...), err: errForeign, left: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "7", "abc-1.wav")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+partial, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := Recover(dir)
			if err != nil || len(found) != 1 || found[0].Path != path || found[0].ID() != "abc-1" ||
				found[0].Duration != test.want || !errors.Is(found[0].Err, test.err) || (found[0].Err != nil) != (test.err != nil) {
				t.Fatalf("found %+v, %v", found, err)
			}
			if _, err := os.Stat(path); (err == nil) != (test.err == nil) {
				t.Fatalf("finished file: %v", err)
			}
			b, err := os.ReadFile(path + partial)
			if (err == nil) != test.left || test.left && !bytes.Equal(b, test.content) {
				t.Fatalf("partial file: %q, %v", b, err)
			}
			if test.err == nil {
				readWAV(t, path)
				whole, _ := os.ReadFile(path)
				if data := whole[headerSize:]; !bytes.Equal(data, test.content[headerSize:headerSize+len(data)]) {
					t.Fatal("the samples have changed")
				}
			}
			if again, err := Recover(dir); err != nil || test.left != (len(again) == 1) {
				t.Fatalf("a second time: %+v, %v", again, err)
			}
		})
	}
}

func TestRecoverLooksIntoWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	if found, err := Recover(filepath.Join(dir, "none")); len(found) != 0 || err != nil {
		t.Fatalf("no directory: %v, %v", found, err)
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	samples := make([]byte, rate*frameSize)
	write("b.wav.part", wavOf(0, samples))
	write("b.wav", []byte("finished before"))
	write("c.wav", wavOf(0, samples))
	write("d.wav.part", wavOf(0, samples))
	if err := os.Symlink(filepath.Join(dir, "c.wav"), filepath.Join(dir, "a.wav.part")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "e.part"), 0o700); err != nil {
		t.Fatal(err)
	}
	found, err := Recover(dir)
	if err != nil || len(found) != 2 || !errors.Is(found[0].Err, os.ErrExist) || found[1].Err != nil || found[1].ID() != "d" {
		t.Fatalf("%+v, %v", found, err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "b.wav")); string(b) != "finished before" {
		t.Fatalf("a finished file has become %q", b)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "c.wav")); !bytes.Equal(b, wavOf(0, samples)) {
		t.Fatal("a file was changed through a link")
	}
}

// Two servers with one directory by mistake: neither touches what the other records.
func TestRecoverLeavesWhatIsBeingRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, newTestRecorder(t, realDisk{}, maxData))
		s.send(Said, 0, 20, packet, 0)
		s.tape.Tick(1000 * ms)
		synctest.Wait()
		if found, err := Recover(filepath.Dir(s.path)); len(found) != 0 || err != nil {
			t.Fatalf("%+v, %v", found, err)
		}
		left, _ := s.end(2000 * ms)
		checkRuns(t, "left", left, run{packet, value(20)}, run{2*rate - packet, 0})
	})
}

// crashEnv makes the test binary a server that records and is killed.
const crashEnv = "HOLDLINE_RECORD_CRASH"

// TestCrash kills a process in the middle of its recordings: what it had put
// on tape until a second before is there.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashEnv); dir != "" {
		crash(t, dir)
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() >= 0 {
		t.Fatalf("the process was not killed: %v\n%s", err, out)
	}
	found, err := Recover(dir)
	if err != nil || len(found) != 20 {
		t.Fatalf("%d found, %v, want 20", len(found), err)
	}
	for i, f := range found {
		if f.Err != nil || f.Duration < 9*time.Second || f.Duration > 10*time.Second {
			t.Fatalf("%+v, want nearly ten seconds", f)
		}
		left, right := readWAV(t, f.Path)
		checkRuns(t, f.Path, left, run{len(left), value(byte(i))})
		checkRuns(t, f.Path, right, run{len(left), 0})
	}
}

// crash puts ten seconds on 20 tapes, waits until the writers have them, and dies.
func crash(t *testing.T, dir string) {
	r := New()
	var sessions []*session
	for i := range 20 {
		sessions = append(sessions, beginAt(t, r, filepath.Join(dir, fmt.Sprintf("%02d.wav", i))))
	}
	for n := range int64(500) {
		for i, s := range sessions {
			s.send(Said, uint32(n*packet), byte(i), packet, n*20*ms)
			s.tape.Tick(n * 20 * ms)
		}
	}
	for i := range writers { // one tape in each queue: once it is finished, all that came before it is written
		last := beginAt(t, r, filepath.Join(dir, fmt.Sprint("last-", i)))
		last.end(0)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	_ = self.Kill()
	select {}
}

// FuzzRepair gives repair whatever a disk may hold.
func FuzzRepair(f *testing.F) {
	h := header(4)
	f.Add(append(h[:], 1, 2, 3, 4, 5))
	f.Add(h[:30])
	f.Add(make([]byte, 100))
	f.Add([]byte("RIFF"))
	f.Add([]byte{})
	path := filepath.Join(f.TempDir(), "call.wav.part")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		data, err := repairFile(path)
		b, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err != nil || data == 0 {
			if !bytes.Equal(b, content) || err != nil && !errors.Is(err, errForeign) {
				t.Fatalf("%v; %x has become %x", err, content, b)
			}
			return
		}
		if parseWAV(t, b); int64(len(b)) != headerSize+data || len(content)-len(b) >= frameSize || !bytes.Equal(b[headerSize:], content[headerSize:len(b)]) {
			t.Fatalf("%x has become %x", content, b)
		}
	})
}
