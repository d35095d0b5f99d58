//go:build linux

package media

import (
	"errors"
	"time"
)

// Recording is where a stream is to be recorded to: a stereo WAV file, what
// the other end says on the left, what it hears on the right.
type Recording struct {
	// Path of the finished file, absolute. It must not exist; its directory is
	// made if it is missing. Until the end the file is called Path + ".part".
	Path string
	// Done is called once for every recording that was begun, when its file is
	// complete or given up: not from a media loop nor from Record, so it may
	// block a little. It may be nil.
	Done func(RecordResult)
}

// RecordResult is what came of a recording.
type RecordResult struct {
	// Duration is what the file holds. There may be a file although Err is set; there is none if Duration is 0 then.
	Duration time.Duration
	// Dropped is audio left out, as silence, because the disk was too slow.
	Dropped time.Duration
	// Err says, for people, why the recording is not whole; nil if it is.
	Err error
}

// Record records what the stream's other end says and hears from now until
// Close, or until Record is called again: with the zero Recording it only ends
// the one that runs. Bridges, playbacks and holds come and go meanwhile.
func (s *Stream) Record(r Recording) {
	if r.Path != "" && r.Done != nil {
		go r.Done(RecordResult{Err: errors.New("recording is not in this build")})
	}
}
