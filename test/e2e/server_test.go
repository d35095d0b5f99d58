package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// program is the program under test, built by TestMain.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

// buildAndRun builds the program, with the race detector if the tests have it.
func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "holdline-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "holdline")
	args := []string{"build", "-o", program}
	if raceDetector {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "holdline/cmd/holdline")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// server is a running program.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	sip  string // address of SIP
	http string // and of HTTP

	ready chan struct{} // closed when it says that it is ready
	ended chan struct{} // closed when it has ended
	err   error         // valid after ended

	mu     sync.Mutex // guards output
	output bytes.Buffer
}

const (
	loopback     = "127.0.0.1"
	trunkAddress = "127.0.0.2" // where the demo world's provider is
)

// blocks counts the port ranges given out, so that no two servers share one.
var blocks atomic.Int64

// startDemo starts the demo world without traffic and waits until it is
// ready. At the end of the test it is stopped, and must end well.
func startDemo(t *testing.T, extra ...string) *server {
	t.Helper()
	const width = 100
	low := 18000 + (os.Getpid()*width*3+int(blocks.Add(1))*width)%10000
	s := &server{t: t, ready: make(chan struct{}), ended: make(chan struct{}),
		sip: fmt.Sprintf("127.0.0.1:%d", freePort(t, loopback)), http: fmt.Sprintf("127.0.0.1:%d", freePort(t, loopback))}
	args := append([]string{"demo", "--no-traffic", "--http", s.http, "--sip", s.sip,
		"--rtp-ports", fmt.Sprintf("%d-%d", low, low+width-1), "--data", t.TempDir()}, extra...)
	s.cmd = exec.Command(program, args...)
	s.cmd.Dir = t.TempDir()
	out, in := io.Pipe()
	s.cmd.Stdout, s.cmd.Stderr = in, in
	go s.read(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.err = s.cmd.Wait()
		in.Close()
		close(s.ended)
	}()
	t.Cleanup(s.stop)
	select {
	case <-s.ready:
	case <-s.ended:
		t.Fatalf("the server did not start: %v\n%s", s.err, s.said())
	case <-time.After(patience):
		t.Fatalf("the server is not ready\n%s", s.said())
	}
	return s
}

// readyWord is in the line that the demo prints when phones may register.
const readyWord = "Ready."

func (s *server) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		s.mu.Lock()
		fmt.Fprintln(&s.output, lines.Text())
		s.mu.Unlock()
		if strings.Contains(lines.Text(), readyWord) {
			close(s.ready)
		}
	}
}

// said gives what the program printed so far.
func (s *server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// interrupt sends what Ctrl-C sends.
func (s *server) interrupt() { _ = s.cmd.Process.Signal(syscall.SIGINT) }

// stop ends the program as Ctrl-C does and checks that it ends well; the race
// detector makes it end badly.
func (s *server) stop() {
	s.interrupt()
	select {
	case <-s.ended:
		if s.err != nil {
			s.t.Errorf("the server ended with %v\n%s", s.err, s.said())
		}
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("the server does not stop\n%s", s.said())
	}
	if s.t.Failed() {
		s.t.Logf("the server said:\n%s", s.said())
	}
}

// phone gives a phone of the demo world; its tone is made of its number.
func (s *server) phone(number string) *peer {
	s.t.Helper()
	return newPeer(s.t, s.sip, loopback, number, toneOf(number))
}

// outside gives somebody in the telephone network, behind the demo world's trunk.
func (s *server) outside(number string) *peer {
	s.t.Helper()
	return newPeer(s.t, s.sip, trunkAddress, number, 1610)
}

// toneOf gives every phone another tone, none a multiple of another.
func toneOf(number string) float64 {
	return map[string]float64{"201": 550, "202": 730, "203": 910, "204": 1130, "205": 1370}[number]
}

// say sends one message as it is, from a socket of its own, and gives the
// first answer that is final.
func (s *server) say(message string) string {
	s.t.Helper()
	conn, err := net.Dial("udp4", s.sip)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.ReplaceAll(message, "\n", "\r\n")); err != nil {
		s.t.Fatal(err)
	}
	answer := make([]byte, 65535)
	for {
		n, err := conn.Read(answer)
		if err != nil {
			s.t.Fatalf("no answer to\n%s\n%v", message, err)
		}
		if text := string(answer[:n]); !strings.HasPrefix(text, "SIP/2.0 1") {
			return text
		}
	}
}
