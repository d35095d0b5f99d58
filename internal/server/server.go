// Package server is the whole server as a value: New, Start, Stop. It puts
// the parts together and decides nothing itself; tests run several in one
// process.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/config"
	"holdline/internal/directory"
	"holdline/internal/engine"
	"holdline/internal/live"
	"holdline/internal/media"
	"holdline/internal/sipua"
	"holdline/internal/sipua/guard"
	"holdline/internal/sound"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// Options is what a server is made of.
type Options struct {
	Config config.Config
	Log    *slog.Logger // nil = nothing is logged
	// DemoTrunk, if valid, makes the demo world, its provider at this address.
	DemoTrunk netip.AddrPort
	// DemoPast, if not nil, is made with a demo world that is new.
	DemoPast *DemoPast
	// Watch, if not nil, sees what happens in the queues; see engine.Config.Watch.
	Watch func(org int64, facts []acd.Fact)
}

// Server is a call-centre server. Start and Stop are called once each.
type Server struct {
	opts Options
	log  *slog.Logger

	db         store.Store
	dir        *directory.Directory
	sounds     *sound.Library
	app        *app.Service
	engines    *engine.Host
	live       *live.Hub
	media      *media.Engine
	sip        *sipua.UA
	bindings   *bindings
	recordings *recordings
	webhooks   outbox
	http       *http.Server
	listener   net.Listener
	served     chan error
	stops      []func(context.Context) error // in the order things were started

	first *app.Credentials
}

// New makes a server that has not opened anything yet.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{opts: o, log: o.Log}
}

// Start brings everything up, or nothing: what was opened before a failure is
// closed again. On an empty database it creates an administrator and one
// organisation; PrintFirstCredentials then prints their secrets, this once.
func (s *Server) Start(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.openStore, s.build, s.populate, s.startMedia, s.startWebhooks, s.startCalls, s.startMemory, s.startHTTP} {
		if err := step(ctx); err != nil {
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Config.ShutdownTimeout)
			defer cancel()
			return errors.Join(err, s.Stop(stopping))
		}
	}
	s.log.Info("serving", "http", s.HTTPAddr(), "sip", s.SIPAddr(), "data", s.opts.Config.Data)
	return nil
}

// Stop ends every call properly and writes what is left, as far as ctx's time allows.
func (s *Server) Stop(ctx context.Context) error {
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i](ctx))
	}
	s.stops = nil
	return errors.Join(errs...)
}

// HTTPAddr gives the address HTTP is served at.
func (s *Server) HTTPAddr() netip.AddrPort {
	return s.listener.Addr().(*net.TCPAddr).AddrPort()
}

// Directory gives the numbers and names in memory.
func (s *Server) Directory() *directory.Directory { return s.dir }

// SIPAddr gives the address SIP is served at, UDP and TCP.
func (s *Server) SIPAddr() netip.AddrPort { return s.sip.Addr() }

// Failed gives an error if serving ended by itself.
func (s *Server) Failed() <-chan error { return s.served }

func (s *Server) onStop(stop func(context.Context) error) { s.stops = append(s.stops, stop) }

func (s *Server) openStore(ctx context.Context) (err error) {
	s.db, err = sqlite.Open(ctx, sqlite.Options{Path: s.opts.Config.Database(), Log: s.log})
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return s.db.Close() })
	return nil
}

// build makes what needs no socket: directory, sounds, engines and use cases.
func (s *Server) build(context.Context) error {
	c := s.opts.Config
	recorded, err := filepath.Abs(c.Recordings())
	if err != nil {
		return fmt.Errorf("data: %q: %w", c.Data, err)
	}
	s.dir, s.sounds = directory.New(), sound.NewLibrary()
	s.recordings = &recordings{db: s.db, dir: recorded, keep: time.Duration(c.RecordingsKeep) * 24 * time.Hour, log: s.log}
	codes := &phoneCodes{log: s.log}
	s.engines = engine.New(engine.Config{Store: s.db, Directory: s.dir, Prompts: prompts{}, Codes: codes, Recordings: s.recordings,
		Watch: s.watch, Log: s.log})
	s.live = live.New(live.Config{Engine: s.engines, Directory: s.dir, Store: s.db, Log: s.log})
	s.buildWebhooks()
	s.app = app.New(app.Deps{Store: s.db, Directory: s.dir, Engine: s.engines, Log: s.log, Outbox: s.webhooks, Sounds: s.sounds, Recordings: recorded, Live: s.live,
		SessionIdle: c.SignInIdle, SessionLength: c.SignInMax,
		Codes:      &app.PhoneCodes{Login: c.PhoneCodes[0], Logout: c.PhoneCodes[1], Pause: c.PhoneCodes[2], Unpause: c.PhoneCodes[3]},
		Unregister: func(org, extension int64) { s.sip.Unregister(org, extension) }, Trunks: s.trunkStates, Registrations: registrations{s}, SIPServer: s.sipServer})
	codes.app = s.app
	s.onStop(func(ctx context.Context) error { s.app.FlushAudit(ctx); return nil })
	return nil
}

// populate makes the first organisation or the demo world, finishes what a
// crash cut off, and loads what calls need into memory.
func (s *Server) populate(ctx context.Context) (err error) {
	if s.opts.DemoTrunk.IsValid() {
		err = s.demoWorld(ctx)
	} else {
		s.first, err = s.app.Bootstrap(ctx, app.FirstOrganisation{})
	}
	if err != nil {
		return err
	}
	if err := s.app.RemoveOrphans(ctx); err != nil { // no reason to take no calls
		s.log.Warn("recordings of deleted clients could not be removed; the next start tries again", "error", err)
	}
	if err := s.recordings.recoverCut(ctx); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	s.recordings.start()
	s.onStop(s.recordings.stop)
	if err := s.loadSounds(ctx); err != nil {
		return err
	}
	return s.dir.Load(ctx, s.db)
}

func (s *Server) startMedia(context.Context) (err error) {
	c := s.opts.Config
	listen, err := listenAddr("sip", c.SIP)
	if err != nil {
		return err
	}
	s.media, err = media.New(media.Config{Listen: listen.Addr(), PortLo: uint16(c.RTPPorts.Low), PortHi: uint16(c.RTPPorts.High),
		Loops: c.MediaLoops, SilenceAfter: c.RTPTimeout, Log: s.log})
	if err != nil {
		return err
	}
	if err := s.media.Start(); err != nil {
		return err
	}
	s.onStop(func(context.Context) error { s.media.Stop(); return nil })
	return nil
}

// startCalls starts SIP and the engines. Bindings outlive both, since both report to them.
func (s *Server) startCalls(ctx context.Context) error {
	s.bindings = newBindings(s.db, s.log)
	s.onStop(s.bindings.stop)
	known, err := s.bindings.load(ctx)
	if err != nil {
		return err
	}
	c := s.opts.Config
	listen, err := listenAddr("sip", c.SIP)
	if err != nil {
		return err
	}
	s.sip, err = sipua.New(sipua.Config{Listen: listen, Advertise: c.Advertise, UserAgent: "Holdline", SessionExpires: orOff(c.SessionExpires),
		MaxCalls: c.MaxCalls, Directory: s.dir, Media: s.media, Sounds: s.sounds, Handler: s.engines, Digest: c.Digest,
		MinExpires: c.RegisterMinExpires, MaxExpires: c.RegisterMaxExpires,
		Behind:   func() bool { return s.db.Journal().Backlog() > store.BacklogSoft },
		Guard:    guard.Config{Rate: float64(orOff(c.GuardRate)), ExemptLoopback: listen.Addr().IsLoopback()},
		Bindings: known, SaveBinding: s.bindings.save, RemoveBinding: s.bindings.remove, Log: s.log})
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { s.engines.Stop(); return nil })
	if err := s.engines.Start(ctx, s.sip); err != nil {
		return err
	}
	s.onStop(s.sip.Shutdown)
	return s.sip.Start(ctx)
}

// startHTTP comes last, so that whoever is answered finds everything there.
func (s *Server) startHTTP(ctx context.Context) error {
	tokens := auth.New(auth.Config{Source: s.app.AuthSource()})
	apis := api.New(api.Config{App: s.app, Auth: tokens, Log: s.log,
		PerHour: s.opts.Config.APIHourlyLimit, OAuthPerSecond: s.opts.Config.OAuthLimit,
		Voiptech: s.voiptech()})
	routes, err := s.routes(apis)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.opts.Config.HTTP)
	if err != nil {
		return fmt.Errorf("http: %q cannot be listened on: %w; choose another address with --http", s.opts.Config.HTTP, err)
	}
	s.listener = l
	s.http = &http.Server{Handler: s.proxies().Handler(routes), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	s.served = make(chan error, 1)
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.served <- err
		}
	}()
	s.onStop(s.stopHTTP)
	s.onStop(func(context.Context) error { s.live.Close(); return nil }) // its streams end, or Shutdown would wait for them
	return nil
}

// watch shows the facts to those who follow them.
func (s *Server) watch(org int64, facts []acd.Fact) {
	s.live.Watch(org, facts)
	if s.opts.Watch != nil {
		s.opts.Watch(org, facts)
	}
}

// stopHTTP lets the requests that run be answered; what is not by the end of
// ctx's time is cut off.
func (s *Server) stopHTTP(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("http: requests still ran and were cut off: %w", err), s.http.Close())
}

// orOff turns a setting's 0, which means off, into what the parts take for
// off: their own 0 means a default.
func orOff[T time.Duration | int](setting T) T {
	if setting == 0 {
		return -1
	}
	return setting
}

// listenAddr resolves host:port; no host means every address.
func listenAddr(setting, hostport string) (netip.AddrPort, error) {
	a, err := net.ResolveUDPAddr("udp", hostport)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s: %q is no address: %w", setting, hostport, err)
	}
	ap := a.AddrPort()
	if !ap.Addr().IsValid() {
		return netip.AddrPortFrom(netip.IPv4Unspecified(), ap.Port()), nil
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}
