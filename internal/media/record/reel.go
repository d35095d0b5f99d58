//go:build linux

package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	partial     = ".part"
	headerEvery = 5 * rate * frameSize // bytes of samples between two updates of the header
)

// errTooLong ends a recording that fills what a WAV header can state.
var errTooLong = errors.New("the recording has reached the largest size of a WAV file")

// disk is where files are written. Tests have worse ones.
type disk interface {
	// create makes the file that will be path once it is finished, and its
	// directory if that is missing. It fails if there is either file already.
	create(path string) (file, error)
	// rename gives a file its final name unless that is taken.
	rename(from, to string) error
	remove(path string) error
}

type file interface {
	io.Writer
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

type realDisk struct{}

func (realDisk) create(path string) (file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, &os.PathError{Op: "create", Path: path, Err: unix.EEXIST}
	}
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err // not a nil *os.File in an interface
	}
	_ = lock(f) // where files cannot be locked nobody else can find out either
	return f, nil
}

func (realDisk) rename(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // NFS and others do not know the flag
		if _, err := os.Lstat(to); err == nil {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: unix.EEXIST}
		}
		return os.Rename(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

func (realDisk) remove(path string) error { return os.Remove(path) }

// lock marks a file as being written. The mark goes with the process, however it ends.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// reel is the file of a tape. It belongs to the tape's writer, then to who finishes it.
type reel struct {
	disk  disk
	path  string
	limit int64
	done  func(Result)

	file    file
	written int64 // bytes of samples
	stated  int64 // those that the header speaks of
	line    timeline
	err     error // why nothing more is written
	flaw    error // why the recording is not whole although it is finished
	dropped time.Duration
}

// write takes in a chunk and writes what can be written by now.
func (r *reel) write(c *chunk) {
	if r.open(); r.err != nil {
		return
	}
	for offset := 0; offset < c.used && r.err == nil; {
		var e entry
		e, offset = c.get(offset)
		if int64(e.at)-r.line.from > maxOpen { // the loop stood still
			r.advance(int64(e.at) - reorder)
		}
		r.line.place(&e)
	}
	if r.err == nil {
		r.advance(int64(c.until) - reorder)
	}
}

// end writes what is left of a tape.
func (r *reel) end(t *Tape) {
	r.dropped = span(max(t.dropped[Said], t.dropped[Heard]))
	switch {
	case !t.begun:
		r.err = errNotBegun
		return
	case r.dropped > 0:
		r.flaw = fmt.Errorf("the disk was too slow: %v of the recording is silence; look at what else uses the disk of %s",
			r.dropped.Round(10*time.Millisecond), filepath.Dir(r.path))
	case t.foreign:
		r.flaw = errors.New("audio that was not G.711 is silence in the recording")
	}
	if r.open(); r.err == nil {
		r.advance(max(r.line.reached(), int64(t.end.until)))
	}
}

// open creates the file when there is something to write.
func (r *reel) open() {
	if r.file != nil {
		return
	}
	f, err := r.disk.create(r.path)
	if err != nil {
		r.fail(err)
		return
	}
	r.file = f
	h := header(0)
	if _, err := f.Write(h[:]); err != nil {
		r.fail(err)
	}
}

// advance closes the timeline up to a position and writes it.
func (r *reel) advance(until int64) {
	if err := r.line.close(until, r.append); err != nil {
		r.fail(err)
		return
	}
	if r.written-r.stated >= headerEvery {
		r.state()
	}
}

// append writes samples at the end of the file.
func (r *reel) append(b []byte) error {
	room := r.limit - r.written
	full := int64(len(b)) > room
	if full {
		b = b[:room]
	}
	n, err := r.file.Write(b)
	r.written += int64(n)
	if err == nil && full {
		err = errTooLong
	}
	return err
}

// state updates the header.
func (r *reel) state() {
	h := header(r.written)
	if _, err := r.file.WriteAt(h[:], 0); err != nil {
		r.fail(err)
		return
	}
	r.stated = r.written
}

// fail notes what has gone wrong first.
func (r *reel) fail(err error) {
	if r.err == nil {
		r.err = explain(err, r.path)
	}
}

// explain turns an error into what somebody can do about it.
func explain(err error, path string) error {
	dir := filepath.Dir(path)
	switch {
	case errors.Is(err, errTooLong):
		return err
	case errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("recording disk is full: free space in %s (%w)", dir, err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("recordings cannot be written: let the server's user write to %s (%w)", dir, err)
	}
	return fmt.Errorf("recording to %s failed: %w", path, err)
}

// finish completes the file as far as it was written, and gives it its name.
func (r *reel) finish() Result {
	if r.file != nil {
		r.complete()
	}
	result := Result{Duration: lasting(r.written), Dropped: r.dropped, Err: r.err}
	if result.Err == nil {
		result.Err = r.flaw
	}
	return result
}

// complete brings header, length and name in order. A recording that failed
// before anything was written leaves no file.
func (r *reel) complete() {
	part := r.path + partial
	if r.err != nil && r.written < frameSize {
		r.written = 0
		_ = r.file.Close()
		_ = r.disk.remove(part) // the first error says more
		return
	}
	r.written -= r.written % frameSize // a write may have ended anywhere
	r.state()
	for _, step := range []func() error{
		func() error { return r.file.Truncate(headerSize + r.written) },
		r.file.Sync,
		func() error { return r.disk.rename(part, r.path) },
		r.file.Close, // with it goes the lock
	} {
		if err := step(); err != nil {
			r.fail(err)
		}
	}
}
