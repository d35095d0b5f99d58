package demo

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdline/internal/phone/standin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines collects output and tells of every line.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

// await waits until the output has n lines that match.
func (l *lines) await(t *testing.T, n int, pattern string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	expression := regexp.MustCompile(pattern)
	for {
		l.mu.Lock()
		text := l.text.String()
		l.mu.Unlock()
		if len(expression.FindAllString(text, -1)) >= n {
			return
		}
		select {
		case <-l.more:
		case <-deadline:
			t.Fatalf("%d lines like %q were expected in\n%s", n, pattern, text)
		}
	}
}

// town starts a demonstration at a quick pace against a stand-in. stop ends it and gives Run's error.
func town(t *testing.T, server standin.Config, change func(*Config)) (s *standin.Server, out *lines, stop func() error) {
	t.Helper()
	s, err := standin.Start(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	out = &lines{more: make(chan struct{}, 1)}
	cfg := World(s.Addr(), netip.MustParseAddrPort("127.0.0.5:0"))
	cfg.Out, cfg.Phones, cfg.Rand = out, "127.0.0.6", rand.New(rand.NewPCG(1, 2))
	cfg.Pause, cfg.Ring, cfg.Talk, cfg.Patience = 20*time.Millisecond, 10*time.Millisecond, 50*time.Millisecond, 10*time.Second
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- Run(ctx, cfg) }()
	return s, out, func() error {
		cancel()
		return <-result
	}
}

func TestCallsGoThroughAndEndProperly(t *testing.T) {
	for _, music := range []bool{true, false} {
		s, out, stop := town(t, standin.Config{Music: music}, nil)
		out.await(t, 6, `(?m)^\d\d:\d\d:\d\d \d{11,12} -> (Sales 700|Support 701): waited \d+ s, talked to (Ada|Ben|Cleo|Dev) for \d+ s$`)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if s.Legs() != 0 || len(s.Registered()) != 0 {
			t.Errorf("music %v: left behind: %d legs, phones %v", music, s.Legs(), s.Registered())
		}
	}
}

func TestPhone205IsLeftToTheUser(t *testing.T) {
	s, out, stop := town(t, standin.Config{}, nil)
	out.await(t, 1, `Phone 205 is free for your softphone\.`)
	phones := s.Registered()
	if len(phones) != 4 || phones["0003*205"] != "" || phones["0003*204"] == "" {
		t.Errorf("registered: %v", phones)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedAndImpatientCallersAreReported(t *testing.T) {
	_, out, stop := town(t, standin.Config{Refuse: 503}, nil)
	out.await(t, 2, `was refused: 503`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, out, stop = town(t, standin.Config{Music: true}, func(c *Config) {
		c.Agents, c.Patience = nil, 60*time.Millisecond
	})
	out.await(t, 2, `gave up after 0 s`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestQuietWorldHasTheProviderAlone(t *testing.T) {
	s, out, stop := town(t, standin.Config{}, func(c *Config) { *c = c.Quiet() })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if len(s.Registered()) != 0 || s.Legs() != 0 || out.text.Len() != 0 {
		t.Errorf("registered %v, %d legs, said %q", s.Registered(), s.Legs(), &out.text)
	}
}

func TestNoServerIsAnError(t *testing.T) {
	cfg := World(netip.MustParseAddrPort("127.0.0.1:9"), netip.MustParseAddrPort("127.0.0.5:0"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := Run(ctx, cfg); err == nil || !strings.Contains(err.Error(), "demo: ") {
		t.Errorf("no server: %v", err)
	}
	cfg.Trunk = netip.MustParseAddrPort("[::1]:0")
	if err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "IPv4") {
		t.Errorf("IPv6: %v", err)
	}
}

func TestVoicesAreSpeech(t *testing.T) {
	for i, pitch := range []float64{110, 230} {
		samples := speak(pitch, i)
		if seconds := float64(len(samples)) / sampleRate; seconds < 3 || seconds > 6 {
			t.Errorf("%v Hz: %v s", pitch, seconds)
		}
		peak, quiet := int16(0), 0
		for _, x := range samples {
			peak = max(peak, x)
			if x == 0 {
				quiet++
			}
		}
		if share := float64(quiet) / float64(len(samples)); peak < 5000 || peak > 9000 || share < 0.2 || share > 0.7 {
			t.Errorf("%v Hz: peak %d, %.0f %% silence", pitch, peak, 100*share)
		}
	}
}
