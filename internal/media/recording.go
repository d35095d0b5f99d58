//go:build linux

package media

import "holdline/internal/media/record"

// Recording is where a stream is to be recorded to: a stereo WAV file, what
// the other end says on the left, what it hears on the right.
type Recording struct {
	// Path of the finished file, absolute. It must not exist; its directory is
	// made if it is missing. Until the end the file is called Path + ".part".
	Path string
	// Done is called once for every recording that was begun, when its file is
	// complete or given up: on a goroutine of its own, so it may block, though
	// Engine.Stop waits for it. It may be nil.
	Done func(RecordResult)
}

// RecordResult is what came of a recording.
type RecordResult = record.Result

// Record records what the stream's other end says and hears from now until
// Close, or until Record is called again: with the zero Recording it only ends
// the one that runs. Bridges, playbacks and holds come and go meanwhile.
// What is not G.711 is silence in the recording.
func (s *Stream) Record(r Recording) {
	c := command{kind: recording, stream: s}
	if r.Path != "" {
		if c.tape = s.engine.recorder.Start(r.Path, r.Done); c.tape == nil {
			return
		}
	}
	if !post(c) {
		c.release()
	}
}

// recordTo changes tapes; nil only ends the one that runs.
func (s *Stream) recordTo(tape *record.Tape, now int64) {
	if s.tape != nil {
		s.tape.End(now)
	}
	if s.tape = tape; tape != nil {
		tape.Begin(now)
	}
}

// lawOf returns the law of a codec that can be recorded.
func lawOf(c Codec) (law record.Law, ok bool) {
	if c == PCMA {
		return record.ALaw, true
	}
	return record.ULaw, c == PCMU
}

// record puts a packet that was received or sent on the tape.
func (s *Stream) record(side record.Side, c Codec, h rtpHeader, payload []byte, now int64) {
	law, ok := lawOf(c)
	if !ok {
		s.tape.Foreign()
		return
	}
	s.tape.Take(&record.Packet{Side: side, Law: law, SSRC: h.ssrc, Timestamp: h.timestamp, Payload: payload}, now)
}
