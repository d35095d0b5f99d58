//go:build linux

package media

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewChecksTheConfiguration(t *testing.T) {
	tests := map[string]struct {
		change func(*Config)
		want   string // part of the error; "" = none
	}{
		"good":               {func(*Config) {}, ""},
		"even last port":     {func(c *Config) { c.PortHi = 20000 }, ""},
		"no address":         {func(c *Config) { c.Listen = netip.Addr{} }, "no listen address"},
		"port zero":          {func(c *Config) { c.PortLo = 0 }, "0-10003"},
		"range upside down":  {func(c *Config) { c.PortLo = 20000 }, "20000-10003"},
		"no even port":       {func(c *Config) { c.PortLo = 10003 }, "holds no even port"},
		"the very last port": {func(c *Config) { c.PortLo, c.PortHi = 65535, 65535 }, "holds no even port"},
		"negative silence":   {func(c *Config) { c.SilenceAfter = -1 }, "negative"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Listen: localhost, PortLo: 10000, PortHi: 10003}
			test.change(&cfg)
			_, err := New(cfg)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestPortsRunOutAndComeBack(t *testing.T) {
	e := newEngine(t, func(c *Config) { c.PortLo, c.PortHi = 30901, 30907 })
	var streams []*Stream
	for range 3 {
		s, err := e.Open(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Port()%2 != 0 || s.Port() < 30901 || s.Port() > 30907 {
			t.Fatalf("port %d", s.Port())
		}
		streams = append(streams, s)
	}
	if load := e.Load(); load.Streams != 3 || load.FreePorts != 0 {
		t.Fatalf("%+v, want 3 streams and no port left", load)
	}
	_, err := e.Open(Options{})
	if !errors.Is(err, ErrNoPorts) || !strings.Contains(err.Error(), "30901-30907") || !strings.Contains(err.Error(), "--rtp-ports") {
		t.Fatalf("error %v, want ErrNoPorts that names the range and the setting", err)
	}
	streams[1].Close()
	streams[1].Close() // again: no second port comes of it
	s, err := e.Open(Options{})
	if err != nil || s.Port() != streams[1].Port() {
		t.Fatalf("reopened %v, %v; want port %d", s, err, streams[1].Port())
	}
	if _, err := e.Open(Options{}); !errors.Is(err, ErrNoPorts) {
		t.Fatalf("error %v, want ErrNoPorts", err)
	}
}

func TestPortRestsAsLongAsTheRangeAllows(t *testing.T) {
	p, err := newPortPool(10, 17)
	if err != nil {
		t.Fatal(err)
	}
	var order []uint16
	for range 9 {
		port, _ := p.take()
		order = append(order, port)
		p.put(port)
	}
	if want := []uint16{10, 12, 14, 16, 10, 12, 14, 16, 10}; !slices.Equal(order, want) {
		t.Fatalf("ports in order %v, want %v", order, want)
	}
}

func TestPortOfAnotherProgramIsPassedOver(t *testing.T) {
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 30920})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	e := newEngine(t, func(c *Config) { c.PortLo, c.PortHi = 30920, 30923 })
	s, err := e.Open(Options{})
	if err != nil || s.Port() != 30922 {
		t.Fatalf("%v, %v; want port 30922", s, err)
	}
	if _, err := e.Open(Options{}); !errors.Is(err, ErrNoPorts) {
		t.Fatalf("error %v, want ErrNoPorts", err)
	}
}

func TestAddressThatIsNotOursIsNamed(t *testing.T) {
	e := newEngine(t, func(c *Config) { c.Listen = netip.MustParseAddr("192.0.2.1") })
	if _, err := e.Open(Options{}); err == nil || errors.Is(err, ErrNoPorts) || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Fatalf("error %v, want one that names the address", err)
	}
	if free := e.Load().FreePorts; free != 1000 {
		t.Fatalf("%d ports free, want all 1000", free)
	}
}

func TestDualStackSocketServesIPv4(t *testing.T) {
	e := newEngine(t, func(c *Config) { c.Listen = netip.IPv6Unspecified() })
	s, phone := open(t, e, PCMU, Options{})
	phone.hear()
	phone.say(s, 0, noise(1))
	if stats := s.Close(); stats.PacketsIn != 1 || stats.Stray != 0 {
		t.Fatalf("%+v, want 1 packet in", stats)
	}
}

func TestRemoteOfTheWrongIPVersionIsLogged(t *testing.T) {
	var log lockedBuffer
	e := newEngine(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	s, err := e.Open(Options{Tag: "call-7"})
	if err != nil {
		t.Fatal(err)
	}
	s.SetRemote(Remote{Addr: netip.MustParseAddrPort("[2001:db8::1]:4000"), Codec: PCMU, Send: true})
	barrier(t, s)
	e.Stop()
	if !strings.Contains(log.String(), "call=call-7") || !strings.Contains(log.String(), "2001:db8::1") {
		t.Fatalf("log: %q, want the call and the address", log.String())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestLifeCycle(t *testing.T) {
	e, err := New(Config{Listen: localhost, PortLo: 31000, PortHi: 31999})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Open(Options{}); !errors.Is(err, ErrStopped) {
		t.Fatalf("Open before Start: %v, want ErrStopped", err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err == nil {
		t.Fatal("a second Start works")
	}
	a, pa := open(t, e, PCMU, Options{})
	b, _ := open(t, e, PCMU, Options{})
	e.Bridge(a, b)
	pa.say(a, 0, noise(1))
	e.Stop()
	e.Stop()
	if load := e.Load(); load.Streams != 0 || load.FreePorts != 500 {
		t.Fatalf("after Stop %+v, want no stream and 500 ports", load)
	}
	a.SetRemote(pa.remote(PCMU)) // nothing of this does anything, or hangs
	a.Play(Playback{})
	e.Bridge(a, b)
	a.Close()
	b.Close()
	if _, err := e.Open(Options{}); !errors.Is(err, ErrStopped) {
		t.Fatalf("Open after Stop: %v, want ErrStopped", err)
	}
}

func TestCommandsForClosedStreamsDoNothing(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	bridged(t, a, b, pa, pb)
	b.Close()
	b.SetRemote(pb.remote(PCMU))
	b.Play(Playback{})
	b.Stop()
	e.Bridge(a, b)
	e.Bridge(b, a)
	e.Bridge(a, a)
	e.Bridge(a, nil)
	pa.hear() // silence, still
}

// Streams come and go on many goroutines while others are bridged, moved and played to.
func TestManyStreamsAtOnce(t *testing.T) {
	e := newEngine(t, func(c *Config) { c.PortLo, c.PortHi, c.Loops = 31000, 32999, 3 })
	music := NewSound(tone(time.Second))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 10 {
				a, err := e.Open(Options{Handler: newRecorder()})
				if err != nil {
					t.Error(err)
					return
				}
				b, err := e.Open(Options{Handler: newRecorder()})
				if err != nil {
					t.Error(err)
					return
				}
				for _, s := range []*Stream{a, b} {
					s.SetRemote(Remote{Addr: localPort(a.Port()), Codec: PCMA, PayloadType: 8, Send: true, Receive: true})
					s.Play(Playback{Sounds: []*Sound{music}, Loop: true})
				}
				e.Bridge(a, b)
				b.Stop()
				e.Bridge(b, a)
				e.Load()
				a.Close()
				b.Close()
			}
		})
	}
	wg.Wait()
	if load := e.Load(); load.Streams != 0 || load.FreePorts != 1000 {
		t.Fatalf("%+v, want no stream and 1000 ports", load)
	}
}

func TestStopWhileStreamsAreOpenedAndClosed(t *testing.T) {
	e := newEngine(t)
	var wg sync.WaitGroup
	opened := make(chan struct{}, 1000)
	for range 8 {
		wg.Go(func() {
			for {
				a, err := e.Open(Options{})
				if errors.Is(err, ErrStopped) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				b, _ := e.Open(Options{})
				e.Bridge(a, b)
				select {
				case opened <- struct{}{}:
				default:
				}
				a.Close()
			}
		})
	}
	for range 20 {
		await(t, opened, "stream")
	}
	e.Stop()
	wg.Wait()
	if load := e.Load(); load.Streams != 0 || load.FreePorts != 1000 {
		t.Fatalf("%+v, want no stream and 1000 ports", load)
	}
}

// A log that blocks must not stop the audio.
func TestNotesNeverBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := &stuckWriter{release: make(chan struct{})}
		n := newNotes(slog.New(slog.NewTextHandler(stuck, nil)))
		for range 1000 {
			n.write(slog.LevelInfo, "one of many")
		}
		close(stuck.release)
		n.close()
		if stuck.lines == 0 || stuck.lines > 70 {
			t.Fatalf("%d lines written, want those that had room", stuck.lines)
		}
	})
}

type stuckWriter struct {
	release chan struct{}
	lines   int
}

func (w *stuckWriter) Write(p []byte) (int, error) {
	<-w.release
	w.lines++
	return len(p), nil
}
