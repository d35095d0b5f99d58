//go:build linux

package media

type loop struct{}
type journal struct{}
type commandKind uint8

const (
	setRemote commandKind = iota + 1
	play
	silence
)

type command struct {
	kind     commandKind
	stream   *Stream
	remote   Remote
	playback Playback
}

func (e *Engine) post(command)        {}
func (e *Engine) bridge(a, b *Stream) {}
func (s *Stream) close() Stats        { return Stats{} }

// Open opens a stream on an even UDP port of the range.
func (e *Engine) Open(Options) (*Stream, error) { return nil, ErrStopped }

// Start starts the loops.
func (e *Engine) Start() error { return nil }

// Stop closes all streams and ends the loops.
func (e *Engine) Stop() {}

// Load returns how busy the engine is. It takes no lock.
func (e *Engine) Load() Load { return Load{} }
