//go:build linux

package record

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	patience = 10 * time.Second // for what must happen; nothing waits for it when it does
	ms       = int64(time.Millisecond)
)

// newTestRecorder returns a recorder that is closed at the end of the test.
func newTestRecorder(t *testing.T, d disk, limit int64) *Recorder {
	t.Helper()
	r := newRecorder(d, limit)
	t.Cleanup(r.Close)
	return r
}

// session is one recording of a test.
type session struct {
	t       *testing.T
	tape    *Tape
	path    string
	results chan Result
}

func begin(t *testing.T, r *Recorder) *session {
	t.Helper()
	return beginAt(t, r, filepath.Join(t.TempDir(), "call.wav"))
}

func beginAt(t *testing.T, r *Recorder, path string) *session {
	t.Helper()
	s := &session{t: t, path: path, results: make(chan Result, 2)}
	s.tape = r.Start(path, func(result Result) { s.results <- result })
	s.tape.Begin(0)
	return s
}

// send puts a packet on the tape whose payload is n times the code.
func (s *session) send(side Side, timestamp uint32, code byte, n int, at int64) {
	s.tape.Take(&Packet{Side: side, Timestamp: timestamp, Payload: fill(n, code)}, at)
}

func (s *session) result() Result {
	s.t.Helper()
	select {
	case r := <-s.results:
		return r
	case <-time.After(patience):
		s.t.Fatal("nothing comes of the recording")
		panic("unreachable")
	}
}

// end ends a recording that must be whole and returns its sides.
func (s *session) end(at int64) (left, right []int16) {
	s.t.Helper()
	s.tape.End(at)
	r := s.result()
	if r.Err != nil || r.Dropped != 0 {
		s.t.Fatalf("recording ended with %+v", r)
	}
	left, right = readWAV(s.t, s.path)
	if lasting := time.Duration(len(left)) * time.Second / rate; r.Duration != lasting {
		s.t.Fatalf("duration %v, the file has %v", r.Duration, lasting)
	}
	return left, right
}

func fill(n int, code byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = code
	}
	return b
}

// worse is a disk on which things go wrong.
type worse struct {
	realDisk
	mu      sync.Mutex    // guards what follows
	room    int64         // bytes that can be written before the disk is full
	stuck   string        // file whose writes wait at the gate
	gate    chan struct{} // opened by closing it
	syncErr error
}

func (d *worse) create(path string) (file, error) {
	f, err := d.realDisk.create(path)
	if err != nil {
		return nil, err
	}
	return &worseFile{file: f, disk: d, stuck: path == d.stuck}, nil
}

type worseFile struct {
	file
	disk  *worse
	stuck bool
}

// Write writes what there is room for, like the kernel.
func (f *worseFile) Write(b []byte) (int, error) {
	if f.stuck {
		<-f.disk.gate
	}
	f.disk.mu.Lock()
	n := min(int64(len(b)), f.disk.room)
	f.disk.room -= n
	f.disk.mu.Unlock()
	written, err := f.file.Write(b[:n])
	if err == nil && written < len(b) {
		err = &os.PathError{Op: "write", Path: "call", Err: unix.ENOSPC}
	}
	return written, err
}

func (f *worseFile) Sync() error {
	if f.disk.syncErr != nil {
		return f.disk.syncErr
	}
	return f.file.Sync()
}

// fullDisk creates every file on the kernel's own full device.
type fullDisk struct{ realDisk }

func (d fullDisk) create(string) (file, error) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (fullDisk) remove(string) error { return nil }
