package sound

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// decodeTime is how long a file may take to be decoded, its wait for earlier
// ones included. The longest MP3 file takes a few seconds.
const decodeTime = 40 * time.Second

// ErrBusy: other files were being decoded for too long. It is a
// context.DeadlineExceeded.
var ErrBusy error = busy{}

type busy struct{}

func (busy) Error() string {
	return "too many sounds are being converted just now; upload it again in a minute"
}

func (busy) Is(other error) bool { return other == context.DeadlineExceeded } //nolint:errorlint // as errors.Is has it

// bench is where files are decoded: so few at a time that a processor stays
// free for calls, and of an organisation one at a time, so that one that
// uploads many delays another by a single file.
type bench struct {
	places chan struct{}

	mu    sync.Mutex // guards queues
	turns map[int64]*turn
}

// turn is an organisation's place in line.
type turn struct {
	free  chan struct{} // holds one value while nobody's file is being decoded
	wants int           // who waits for it or has it
}

func newBench() *bench {
	return &bench{places: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), turns: map[int64]*turn{}}
}

// do runs work when it is the organisation's turn; ErrBusy when that is not before ctx's end.
func (b *bench) do(ctx context.Context, org int64, work func() error) error {
	t := b.line(org)
	defer b.leave(org, t)
	select {
	case <-t.free:
		defer func() { t.free <- struct{}{} }()
	case <-ctx.Done():
		return late(ctx)
	}
	select {
	case b.places <- struct{}{}:
		defer func() { <-b.places }()
	case <-ctx.Done():
		return late(ctx)
	}
	return work()
}

// late tells whoever gave up from a time that is over.
func late(ctx context.Context) error {
	if context.Cause(ctx) == context.DeadlineExceeded { //nolint:errorlint // it is not wrapped
		return ErrBusy
	}
	return ctx.Err()
}

func (b *bench) line(org int64) *turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.turns[org]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		b.turns[org] = t
	}
	t.wants++
	return t
}

func (b *bench) leave(org int64, t *turn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.wants--; t.wants == 0 {
		delete(b.turns, org)
	}
}

// Decode gives a file's audio, to be stored and to be Put: 8 kHz, mono, 16
// bits a sample, the lower byte first. Its errors, those of the package-level
// Decode and ErrBusy, are words for whoever uploads the file.
func (l *Library) Decode(ctx context.Context, org int64, file []byte) (audio []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, decodeTime)
	defer cancel()
	err = l.bench.do(ctx, org, func() error {
		decoded, err := Decode(ctx, file)
		if ctx.Err() != nil {
			return late(ctx)
		}
		audio = audioOf(decoded)
		return err
	})
	return audio, err
}
