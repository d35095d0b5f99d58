package sipua

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

// stream is one leg's audio: *media.Stream, or a test's record.
type stream interface {
	Port() uint16
	SetRemote(media.Remote)
	Play(media.Playback)
	Stop()
	Record(media.Recording)
	Close() media.Stats
}

// audio is what legs need of the media engine.
type audio interface {
	open(near stream, h media.Handler, tag string) (stream, error)
	bridge(a, b stream)
	mix([]voice)
	load() media.Load
}

// engine is the media engine as audio.
type engine struct{ *media.Engine }

func (e engine) open(near stream, h media.Handler, tag string) (stream, error) {
	beside, _ := near.(*media.Stream)
	s, err := e.Open(media.Options{Near: beside, Handler: h, Tag: tag})
	if err != nil {
		return nil, err // not a nil *media.Stream in an interface
	}
	return s, nil
}

func (e engine) bridge(a, b stream) { e.Bridge(a.(*media.Stream), b.(*media.Stream)) }

func (e engine) mix(voices []voice) {
	members := make([]media.Member, len(voices))
	for i, v := range voices {
		members[i].Stream = v.stream.(*media.Stream)
		for _, other := range v.hears {
			members[i].Hears = append(members[i].Hears, other.(*media.Stream))
		}
	}
	e.Mix(members)
}

func (e engine) load() media.Load { return e.Load() }

// ears brings news of a leg's stream to its worker.
type ears struct{ l *leg }

// Digit implements media.Handler.
func (e ears) Digit(_ *media.Stream, digit byte) {
	e.l.w.post(taskFunc(func(_ *worker, now time.Time) { e.l.digit(digit) }))
}

// PlayDone implements media.Handler.
func (e ears) PlayDone(_ *media.Stream, id uint64) {
	e.l.w.post(taskFunc(func(*worker, time.Time) {
		if e.l.phase != over {
			e.l.emit(telephony.PlayDone{Leg: e.l.id, ID: id})
		}
	}))
}

// Silent implements media.Handler.
func (e ears) Silent(_ *media.Stream) {
	e.l.w.post(taskFunc(func(_ *worker, now time.Time) { e.l.silent(now) }))
}

// share is what the two legs of a call, perhaps on different workers, know of each other.
type share struct {
	offered []media.Codec // what an incoming leg offered, in its order
	hops    int           // the call has behind it, itself included

	mu     sync.Mutex  // guards all below
	codec  media.Codec // in use; 0 = not settled
	prefer media.Codec // what the other leg was answered with
	stream stream
}

// shares finds a leg's share.
type shares struct {
	shards [64]struct {
		mu   sync.Mutex // guards legs
		legs map[telephony.LegID]*share
	}
}

func (s *shares) init() {
	for i := range s.shards {
		s.shards[i].legs = map[telephony.LegID]*share{}
	}
}

func (s *shares) put(id telephony.LegID, sh *share) {
	shard := &s.shards[hash(string(id))>>8%64]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.legs[id] = sh
}

func (s *shares) get(id telephony.LegID) *share {
	if id == "" {
		return nil
	}
	shard := &s.shards[hash(string(id))>>8%64]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	return shard.legs[id]
}

func (s *shares) drop(id telephony.LegID) {
	shard := &s.shards[hash(string(id))>>8%64]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	delete(shard.legs, id)
}

// settle notes the codec and stream a leg has now.
func (s *share) settle(c media.Codec, st stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codec, s.stream = c, st
}

// wish notes what the other leg uses.
func (s *share) wish(c media.Codec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prefer = c
}

func (s *share) state() (codec, prefer media.Codec, st stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codec, s.prefer, s.stream
}

// closer closes streams off the workers: closing waits for a media loop's turn.
type closer struct {
	wake chan struct{} // capacity 1

	mu      sync.Mutex // guards all below
	streams []closing
	stopped bool
}

type closing struct {
	stream stream
	log    *slog.Logger
}

const closers = 4

func (c *closer) init() { c.wake = make(chan struct{}, closers) }

func (c *closer) start(running *sync.WaitGroup) {
	for range closers {
		running.Go(c.run)
	}
}

func (c *closer) put(s stream, log *slog.Logger) {
	c.mu.Lock()
	c.streams = append(c.streams, closing{s, log})
	c.mu.Unlock()
	c.ring()
}

func (c *closer) ring() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// stop lets the closers end once nothing is left to close.
func (c *closer) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	for range closers {
		c.ring()
	}
}

func (c *closer) run() {
	for {
		next, stopped := c.next()
		if next.stream == nil {
			if stopped {
				c.ring() // the others sleep
				return
			}
			<-c.wake
			continue
		}
		stats := next.stream.Close()
		if next.log != nil {
			next.log.Debug("media closed", "packets_in", stats.PacketsIn, "packets_out", stats.PacketsOut, "lost", stats.Lost,
				"late", stats.Late, "malformed", stats.Malformed, "stray", stats.Stray, "send_errors", stats.SendErrors)
		}
	}
}

func (c *closer) next() (closing, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.streams) == 0 {
		return closing{}, c.stopped
	}
	next := c.streams[0]
	c.streams[0] = closing{}
	c.streams = c.streams[1:]
	return next, false
}

// debugging reports whether debug lines are wanted, so that loggers are not made in vain.
func (ua *UA) debugging() bool { return ua.log.Enabled(context.Background(), slog.LevelDebug) }
