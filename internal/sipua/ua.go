// Package sipua is Holdline's SIP user agent: it implements telephony.Switch
// on real phones and trunks. transport moves messages, transaction repeats
// them; this package knows dialogs and legs.
//
// A few workers share all calls by Call-ID (docs/adr/0001-sip-stack.md). A
// worker owns every transaction, dialog, leg and timer of its Call-IDs, so
// nothing of a call is locked, and commands and packets of one call keep
// their order.
package sipua

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"holdline/internal/directory"
	"holdline/internal/media"
	"holdline/internal/sipua/digest"
	"holdline/internal/sipua/guard"
	"holdline/internal/sipua/registrar"
	"holdline/internal/sipua/transport"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// Sounds finds sounds by id. It is asked while a call waits and must not
// block; nil means that the sound is not known. Id 0 is the built-in music.
type Sounds interface {
	Sound(org, id int64) *media.Sound
}

// Config of a UA. Directory, Media, Sounds and Handler are required; the
// directory has been loaded, as stored bindings of unknown phones are removed.
type Config struct {
	Listen         netip.AddrPort // UDP and TCP; port 0 = a free one
	Advertise      netip.Addr     // our address as peers see it, in Contact and SDP; zero = the one that routes to the peer
	UserAgent      string         // User-Agent and Server headers ("Holdline")
	SessionExpires time.Duration  // session timers (RFC 4028): 30 minutes; at least MinSessionExpires; negative = none of ours
	MaxCalls       int            // incoming calls at once; more get 503. 0 = as many as the machine takes
	Workers        int            // 0 = GOMAXPROCS
	Secret         []byte         // for digest nonces, shared by the nodes of a cluster; nil = random

	Directory *directory.Directory
	Media     *media.Engine
	Sounds    Sounds
	Handler   telephony.Handler
	Guard     guard.Config // limits for strangers; Known is set by the UA
	Digest    []string     // algorithms phones are challenged with, in this order; "SHA-256", "MD5" if empty
	// MinExpires and MaxExpires bound registrations; zero takes the registrar's defaults.
	MinExpires, MaxExpires time.Duration

	// Bindings are the registrations of before the start. SaveBinding and
	// RemoveBinding are told of every change and must not block; nil = not told.
	Bindings      []store.Binding
	SaveBinding   func(store.Binding)
	RemoveBinding func(extension int64, contact string)

	// Behind, if not nil, tells that what calls lead to cannot be written down
	// as fast: new calls get 503 meanwhile. It must be quick.
	Behind func() bool

	Log *slog.Logger // nil = slog.Default()
}

// MinSessionExpires is the shortest session timer accepted (RFC 4028 §5).
const MinSessionExpires = 90 * time.Second

// network is what the workers send with: transport.Transport, or a test's record.
type network interface {
	Send(to transport.Flow, msg []byte, who transport.Sender) error
}

// UA is the user agent.
type UA struct {
	cfg          Config
	log          *slog.Logger
	net          network
	transport    *transport.Transport // nil in tests that drive workers by hand
	media        audio
	workers      []*worker
	addr         netip.AddrPort
	ownHost      string // host:port of our Via, unless it depends on the peer
	branchPrefix string
	challenger   *digest.Challenger
	simple       *digest.Challenger // for phones that give up when more than MD5 is offered
	guard        *guard.Guard
	registrar    *registrar.Registrar
	refusals     refusals
	registering  sync.Mutex // keeps Registered events in the order of the changes
	trunks       trunks
	shares       shares
	routes       routes
	names        resolver
	closing      closer
	overload     overload
	counters     counters
	warnings     limiter
	stopping     atomic.Bool

	started atomic.Bool
	done    chan struct{}
	running sync.WaitGroup
	end     sync.Once
}

var _ telephony.Switch = (*UA)(nil)

// New checks the configuration and binds the sockets; nothing is read before Start.
func New(cfg Config) (*UA, error) {
	if cfg.Media == nil {
		return nil, errors.New("sipua: no media engine")
	}
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	ua, err := newUA(cfg, engine{cfg.Media})
	if err != nil {
		return nil, err
	}
	t, err := transport.Listen(transport.Config{Listen: cfg.Listen, Handler: ua, Log: ua.log})
	if err != nil {
		return nil, err
	}
	ua.transport, ua.net = t, t
	ua.listensOn(t.Addr())
	return ua, nil
}

// newUA makes everything but the sockets.
func newUA(cfg Config, media audio) (*UA, error) {
	if cfg.Directory == nil || cfg.Sounds == nil || cfg.Handler == nil {
		return nil, errors.New("sipua: Directory, Sounds and Handler are required")
	}
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "Holdline")
	cfg.SessionExpires = cmp.Or(cfg.SessionExpires, 30*time.Minute)
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	if cfg.SessionExpires >= 0 && cfg.SessionExpires < MinSessionExpires {
		return nil, fmt.Errorf("sipua: session timer %v: at least %v (RFC 4028)", cfg.SessionExpires, MinSessionExpires)
	}
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	if cfg.Secret == nil {
		cfg.Secret = random(32)
	}
	algorithms, err := digest.ParseAlgorithms(cfg.Digest)
	if err != nil {
		return nil, fmt.Errorf("sipua: %w", err)
	}
	ua := &UA{cfg: cfg, log: cfg.Log, media: media, done: make(chan struct{}),
		challenger: digest.NewChallenger(cfg.Secret, algorithms...), simple: digest.NewChallenger(cfg.Secret, digest.MD5)}
	ua.shares.init()
	ua.trunks.enrolled = map[int64]*enrolment{}
	ua.names.init(ua)
	ua.closing.init()
	for i := range cfg.Workers {
		ua.workers = append(ua.workers, newWorker(ua, i, [32]byte(random(32))))
	}
	ua.branchPrefix = "z9hG4bKhl" + ua.workers[0].token()[:8]
	ua.registrar = registrar.New(registrar.Config{Save: cfg.SaveBinding, Remove: cfg.RemoveBinding,
		MinExpires: int(cfg.MinExpires / time.Second), MaxExpires: int(cfg.MaxExpires / time.Second)})
	ua.registrar.Load(cfg.Bindings, cfg.Directory.Owner, time.Now())
	cfg.Guard.Known = ua.known
	ua.guard = guard.New(cfg.Guard)
	return ua, nil
}

func (ua *UA) listensOn(addr netip.AddrPort) {
	ua.addr = addr
	own := addr.Addr()
	if ua.cfg.Advertise.IsValid() {
		own = ua.cfg.Advertise
	}
	ua.ownHost = netip.AddrPortFrom(own, addr.Port()).String()
}

// random gives bytes that nobody can guess; the system's source does not fail.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = crand.Read(b)
	return b
}

// Addr gives the address listened on, with the port that was taken.
func (ua *UA) Addr() netip.AddrPort { return ua.addr }

// Start begins to serve. Registered events for the bindings of before come first.
func (ua *UA) Start(ctx context.Context) error {
	ua.started.Store(true)
	ua.announce()
	for _, w := range ua.workers {
		ua.running.Go(func() { w.loop(ua.done) })
	}
	ua.closing.start(&ua.running)
	ua.running.Go(ua.housekeeping)
	ua.transport.Start()
	return ctx.Err()
}

// Shutdown refuses new calls, ends every leg as its state demands, and waits until
// the peers have confirmed or ctx ends. Ended events have been sent when it returns.
func (ua *UA) Shutdown(ctx context.Context) error {
	var err error
	ua.end.Do(func() {
		ua.stopping.Store(true)
		if ua.started.Load() {
			err = ua.drain(ctx)
		}
		close(ua.done)
		ua.names.stop()
		ua.transport.Close()
		ua.closing.stop()
		ua.running.Wait()
	})
	return err
}

// drain has every worker end its calls, and waits for the transactions that takes.
func (ua *UA) drain(ctx context.Context) error {
	idle := make(chan struct{}, len(ua.workers))
	for _, w := range ua.workers {
		w.post(taskFunc(func(w *worker, now time.Time) { w.drain(now, idle) }))
	}
	for range ua.workers {
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("stopping SIP: not every phone confirmed the end of its call: %w", ctx.Err())
		}
	}
	return nil
}

// drain ends the worker's legs and reports, now or later, that nothing waits for a peer any more.
func (w *worker) drain(now time.Time, idle chan<- struct{}) {
	for _, r := range w.referrals {
		if r.code != 0 {
			r.progress(now, 503)
		}
	}
	for _, l := range w.legs {
		l.hangup(now, telephony.Shutdown)
	}
	for e := range w.enrolled {
		e.do(now, e.reg.Stop(now))
	}
	w.drained = idle
	w.settle()
}

// settle reports an idle worker that is draining. Transactions that only
// linger for retransmissions do not keep it busy.
func (w *worker) settle() {
	if w.drained == nil || w.busy > 0 || len(w.legs) > 0 {
		return
	}
	w.drained <- struct{}{}
	w.drained = nil
}
