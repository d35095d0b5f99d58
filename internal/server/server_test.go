package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdline/internal/config"
	"holdline/internal/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func settings(t *testing.T, data string) config.Config {
	t.Helper()
	c := config.Default(config.Demo)
	c.HTTP, c.SIP, c.Data = "127.0.0.1:0", "127.0.0.1:0", data
	c.RTPPorts = config.PortRange{Low: 30000, High: 30019}
	return c
}

func start(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	s := server.New(o)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t *testing.T, s *server.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func get(t *testing.T, s *server.Server, path string) (int, string) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	r, err := http.Get("http://" + s.HTTPAddr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func TestFirstStartPrintsCredentialsOnce(t *testing.T) {
	data := t.TempDir()
	for _, want := range []bool{true, false} {
		s := start(t, server.Options{Config: settings(t, data)})
		var out strings.Builder
		s.PrintFirstCredentials(&out)
		stop(t, s)
		for _, part := range []string{"client_secret=", "http://" + s.HTTPAddr().String() + "/\n", "Sign in as admin with the password "} {
			if got := strings.Contains(out.String(), part); got != want {
				t.Errorf("%q printed: %v, want %v\n%s", part, got, want, out.String())
			}
		}
	}
}

func TestSeveralServersInOneProcess(t *testing.T) {
	trunk := netip.MustParseAddrPort("127.0.0.2:5070")
	a := start(t, server.Options{Config: settings(t, t.TempDir()), DemoTrunk: trunk})
	defer stop(t, a)
	b := start(t, server.Options{Config: settings(t, t.TempDir()), DemoTrunk: trunk})
	defer stop(t, b)
	for _, s := range []*server.Server{a, b} {
		for path, want := range map[string]string{"/": "<title>Holdline</title>", "/healthz": "ok", "/metrics": "holdline_sip_legs 0"} {
			if code, body := get(t, s, path); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d\n%s", path, code, body)
			}
		}
		if code, body := get(t, s, "/nothing"); code != 404 || !strings.Contains(body, "not_found") {
			t.Errorf("/nothing: %d %s", code, body)
		}
		if code, _ := get(t, s, "/api/ver1.0/client/@me/extension/"); code != 401 {
			t.Errorf("the API without a token: %d", code)
		}
	}
}

func TestTakenAddressesEndTheStartAndLeaveNothingOpen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	for flag, change := range map[string]func(*config.Config){
		"--http": func(c *config.Config) { c.HTTP = taken },
		"--sip":  func(c *config.Config) { c.SIP = taken },
	} {
		data := t.TempDir()
		c := settings(t, data)
		change(&c)
		err := server.New(server.Options{Config: c}).Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s %s: error %v, want one that names both", flag, taken, err)
		}
		stop(t, start(t, server.Options{Config: settings(t, data)})) // database and ports are free again
	}
}

func TestSecondServerOnTheSameDataIsRefused(t *testing.T) {
	data := t.TempDir()
	s := start(t, server.Options{Config: settings(t, data)})
	defer stop(t, s)
	err := server.New(server.Options{Config: settings(t, data)}).Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), data) {
		t.Errorf("error %v, want one that names %s", err, data)
	}
	if errors.Is(err, context.Canceled) {
		t.Error("the first server was disturbed")
	}
}
