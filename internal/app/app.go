// Package app is the use cases: the only door for APIs, console and phone
// codes. Permission, validation and ids are decided here, so that every
// dialect obeys the same rules; a use case takes the Actor it works for and
// answers with values or an *Error. A change is committed first, then the
// directory and the organisation's engine follow.
package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/directory"
	"holdline/internal/engine"
	"holdline/internal/live"
	"holdline/internal/store"
)

// The words of the rules, so that a dialect needs no other package for them.
type (
	Strategy   = acd.Strategy
	SoundID    = acd.SoundID
	QueueID    = acd.QueueID
	AgentID    = acd.AgentID
	Membership = acd.Membership
	Queue      = acd.Queue
	Page       = store.Page
)

// Engine runs the organisations' rules. Its shell is internal/engine.
type Engine interface {
	// Apply steps the organisation's engine through the inputs and returns their facts once committed.
	Apply(ctx context.Context, org int64, in ...acd.Input) ([]acd.Fact, error)
	// Read runs fn in the engine's goroutine: quick, and keeping nothing of e.
	Read(ctx context.Context, org int64, fn func(e *acd.Engine, now acd.Time)) error
	// Open starts an organisation's engine from the store.
	Open(ctx context.Context, org int64) error
	// Close ends it.
	Close(ctx context.Context, org int64) error
	// Calls lists the organisation's calls that are up, the oldest first.
	Calls(ctx context.Context, org int64) ([]acd.LiveCall, error)
	// Lines tells which of the organisation's phones ring or are in a call, by extension; the others are left out.
	Lines(ctx context.Context, org int64) (map[int64]acd.Line, error)
	// Transfer sends the caller of a call to a number dialled inside the organisation:
	// engine.ErrNoCall when it is not up (any more), engine.ErrNoTarget when the number leads nowhere.
	Transfer(ctx context.Context, org int64, call acd.CallID, dst string) error
	// Order has a call do something; see engine.Host.Order for its errors.
	Order(ctx context.Context, org int64, order engine.Order) error
	// ReleaseAgent frees an agent whatever it is stuck in.
	ReleaseAgent(ctx context.Context, org int64, agent acd.AgentID) error
	// Hangup ends a call; engine.ErrNoCall when it is not up (any more).
	Hangup(ctx context.Context, org int64, call acd.CallID) error
}

// Sounds is the library calls are played from; it follows the stored sounds.
type Sounds interface {
	// Decode gives what is played of a file, its audio. An error is in words
	// for whoever uploads it; a context.DeadlineExceeded is no fault of the file.
	Decode(ctx context.Context, org int64, file []byte) (audio []byte, err error)
	// Put adds or replaces a sound that was stored, by its audio.
	Put(org, id int64, audio []byte)
	// Drop forgets one that was deleted.
	Drop(org, id int64)
}

// Registrations tells where phones are registered.
type Registrations interface {
	// Bindings gives where an extension can be reached now.
	Bindings(extension int64) []store.Binding
	// Since tells when a contact among them was registered first; zero if that is not known.
	Since(extension int64, contact string) time.Time
	// Refused gives the last request of a phone that was not let in, since the start; false if there was none.
	Refused(extension int64) (Refusal, bool)
	// Lapsed gives the last registration of one that let it run out; false if there is none.
	Lapsed(extension int64) (store.Binding, bool)
}

// Deps is what a Service needs. Store and Directory are required; Engine may
// be nil while only the seeding use cases run.
type Deps struct {
	Store      store.Store
	Directory  *directory.Directory
	Engine     Engine
	Clock      func() time.Time // default time.Now
	Log        *slog.Logger     // default: discarded
	Passwords  *auth.Hasher     // default auth.NewHasher(0)
	Transports []string         // SIP transports phones are told of; default udp, tcp
	Codes      *PhoneCodes      // default DefaultPhoneCodes
	// SessionIdle and SessionLength are how long a browser stays signed in
	// unused, and at all; defaults: the constants of these names.
	SessionIdle, SessionLength time.Duration
	// SIPServer tells where phones send SIP; default: not known.
	SIPServer func() SIPServer
	// Sounds follows uploads and deletions; default: no sound can be uploaded.
	Sounds Sounds
	// Recordings is the folder all recordings are in; default: no recording can be heard.
	Recordings string
	// Live is what is watched; default: nothing can be.
	Live *live.Hub
	// Unregister ends a phone's registrations when its extension is deleted or
	// blocked; default: they last until they expire.
	Unregister func(org, extension int64)
	// Trunks gives where the registrations at providers stand, by trunk; default: nobody knows.
	Trunks func() map[int64]TrunkState
	// Outbox carries webhook deliveries out; default: they are kept until a server has one.
	Outbox Outbox
	// Registrations is asked for the presence of phones; default: none is registered.
	Registrations Registrations
}

// Service is the use cases. Safe for concurrent use.
type Service struct {
	store      store.Store
	directory  *directory.Directory
	engine     Engine
	clock      func() time.Time
	log        *slog.Logger
	passwords  *auth.Hasher
	transports []string
	sipServer  func() SIPServer
	unregister func(org, extension int64)
	trunkState func() map[int64]TrunkState
	codes      PhoneCodes
	sounds     Sounds
	recordings string
	watched    *live.Hub
	outbox     Outbox
	registered Registrations

	provisionings provisionings

	sessionIdle, sessionLength time.Duration

	throttle *auth.Throttle
	later    lateAudit

	mu      sync.Mutex // guards locks, swept and revoked
	locks   map[int64]*sync.RWMutex
	swept   time.Time                       // when expired tokens were last deleted
	revoked []func(application, user int64) // see auth.Source.OnRevoke
}

// New gives the use cases.
func New(d Deps) *Service {
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Passwords == nil {
		d.Passwords = auth.NewHasher(0)
	}
	if d.SessionIdle <= 0 {
		d.SessionIdle = SessionIdle
	}
	if d.SessionLength <= 0 {
		d.SessionLength = SessionLength
	}
	if d.Transports == nil {
		d.Transports = []string{"udp", "tcp"}
	}
	if d.Codes == nil {
		d.Codes = &DefaultPhoneCodes
	}
	if d.Unregister == nil {
		d.Unregister = func(int64, int64) {}
	}
	if d.Registrations == nil {
		d.Registrations = nowhere{}
	}
	return &Service{store: d.Store, registered: d.Registrations, directory: d.Directory, engine: d.Engine, clock: d.Clock, log: d.Log,
		passwords: d.Passwords, transports: d.Transports, sipServer: d.SIPServer, unregister: d.Unregister, trunkState: d.Trunks, codes: *d.Codes,
		sounds: d.Sounds, recordings: d.Recordings, watched: d.Live, outbox: d.Outbox, locks: map[int64]*sync.RWMutex{}, throttle: auth.NewThrottle(d.Clock),
		sessionIdle: d.SessionIdle, sessionLength: d.SessionLength}
}

func (s *Service) now() acd.Time { return acd.TimeOf(s.clock()) }

// followTimeout bounds how long a committed change waits for the engine.
const followTimeout = 10 * time.Second

// change makes one change of an organisation's configuration: write in a
// transaction; after it, still in order with other changes of the same
// organisation, after updates the directory and gives the inputs for the engine.
func (s *Service) change(ctx context.Context, org int64, write func(store.Tx) error, after func() []acd.Input) error {
	lock := s.lock(org)
	lock.Lock()
	defer lock.Unlock()
	if err := s.store.Update(ctx, write); err != nil {
		return err
	}
	in := after()
	_, err := s.apply(ctx, org, in...)
	if s.watched != nil {
		s.watched.Touch(org, in...)
	}
	return err
}

// apply steps the engine. What is committed must reach it even when the
// client has gone, so ctx's end does not count here. An engine that does not
// run reads the committed rows when it is opened again; its absence is
// reported all the same, because a status that was set with them is lost.
func (s *Service) apply(ctx context.Context, org int64, in ...acd.Input) ([]acd.Fact, error) {
	if len(in) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), followTimeout)
	defer cancel()
	facts, err := s.engine.Apply(ctx, org, in...)
	if err != nil {
		s.log.Error("the engine did not take a saved change over; it will when it is opened again", "org", org, "err", err)
		return nil, &Error{Code: Unavailable, cause: err,
			Message: "settings are saved, but the call engine of this client does not answer; repeat in a few seconds"}
	}
	return facts, nil
}

// lock gives the organisation's mutex: without it, two changes could be
// committed in one order and reach the engine in the other. A change of status
// takes it for reading: only the engine orders those.
func (s *Service) lock(org int64) *sync.RWMutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.locks[org]
	if l == nil {
		l = &sync.RWMutex{}
		s.locks[org] = l
	}
	return l
}

// nothing is what follows a change that neither calls nor the directory know of.
func nothing() []acd.Input { return nil }
