//go:build linux

package record

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Found is a recording that was not finished.
type Found struct {
	Path     string        // of the finished file
	Duration time.Duration // what it holds; there is no file if it is 0
	Err      error         // why there is no file, or why it could not be finished; for people
}

// ID returns the file's name without directory and extension.
func (f Found) ID() string {
	name := filepath.Base(f.Path)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

var (
	errEmpty   = errors.New("the server stopped before anything was recorded")
	errRunning = errors.New("is being recorded")
	errForeign = errors.New("is no recording of Holdline: move it elsewhere")
)

// Recover finishes the recordings in and below dir that a crash has cut off,
// and returns them in the order of their paths: each keeps what was written,
// its header is made to agree, and it gets its name. What holds nothing is
// removed; what is no recording is left as it is, and so is what a process still
// records to. The error names what could not be looked into; a dir that does not exist is none.
func Recover(dir string) ([]Found, error) {
	var found []Found
	var failed []error
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			failed = append(failed, fmt.Errorf("look for recordings to be finished: %w", err))
		case d.Type().IsRegular() && strings.HasSuffix(path, partial):
			if f := recoverFile(path); !errors.Is(f.Err, errRunning) {
				found = append(found, f)
			}
		}
		return nil // the rest is looked into all the same
	})
	return found, errors.Join(failed...)
}

// recoverFile finishes one file.
func recoverFile(path string) Found {
	found := Found{Path: strings.TrimSuffix(path, partial)}
	data, err := repairFile(path)
	switch {
	case errors.Is(err, errForeign):
		found.Err = fmt.Errorf("%s %w", path, err)
	case err != nil:
		found.Err = explain(err, found.Path)
	case data == 0:
		found.Err = errors.Join(errEmpty, os.Remove(path))
	default:
		found.Duration = lasting(data)
		if err := (realDisk{}).rename(path, found.Path); err != nil {
			found.Err = explain(err, found.Path)
		}
	}
	return found
}

func repairFile(path string) (data int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if errors.Is(lock(f), unix.EWOULDBLOCK) {
		return 0, errRunning
	}
	return repair(f)
}

// repair makes header and length of a file agree with the frames it holds, and
// returns their bytes. If there are none the file is left as it is.
func repair(f *os.File) (data int64, err error) {
	var start [headerSize]byte
	n, err := f.ReadAt(start[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if !begun(start[:n]) {
		return 0, errForeign
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	data = min(info.Size()-headerSize, maxData)
	if data < frameSize {
		return 0, nil
	}
	data -= data % frameSize
	if err := f.Truncate(headerSize + data); err != nil {
		return 0, err
	}
	h := header(data)
	if _, err := f.WriteAt(h[:], 0); err != nil {
		return 0, err
	}
	return data, f.Sync()
}

// begun reports whether b, up to a header long, is how a recording begins: with
// its header as far as it goes, or with nothing but zeros, which is what a
// file system may leave of it when the power fails.
func begun(b []byte) bool {
	blank := true
	for _, c := range b {
		blank = blank && c == 0
	}
	whole := header(0)
	copy(whole[:], b)
	return blank || isHeader(whole[:])
}
