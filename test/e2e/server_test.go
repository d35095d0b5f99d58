package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
	var options []string
	if raceDetector {
		options = []string{"-race", "-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0"} // as in the Makefile
	}
	if err := build(program, options...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(path string, options ...string) error {
	args := append([]string{"build", "-o", path}, options...)
	if out, err := exec.Command("go", append(args, "holdline/cmd/holdline")...).CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return nil
}

// plain gives the program without the race detector, which is several times
// faster: what is killed and started often is mostly this one.
var plain = sync.OnceValues(func() (string, error) {
	if !raceDetector {
		return program, nil
	}
	path := program + "-plain"
	return path, build(path)
})

// server is a running program.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	sip  string // address of SIP
	http string // and of HTTP; both valid after ready

	ready chan struct{} // closed when it says that it is ready
	ended chan struct{} // closed when it has ended
	err   error         // valid after ended

	interrupted sync.Once
	killed      bool // by the test: how it ends is no matter

	mu      sync.Mutex // guards the two below
	output  bytes.Buffer
	changed chan struct{} // closed and made anew with every line
}

const (
	loopback     = "127.0.0.1"
	trunkAddress = "127.0.0.2" // where the demo world's provider is
)

// portsWanted is the size of a server's range of RTP ports.
const portsWanted = 100

// rtpPorts gives a range of ports none of which is in use, looking from a
// place that differs between processes and calls.
func rtpPorts(t *testing.T) string {
	t.Helper()
	const low, high = 18000, 32000
	used := map[int]bool{}
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, _ := os.ReadFile(table) // without IPv6 there is no udp6
		for _, m := range localPort.FindAllStringSubmatch(string(text), -1) {
			port, _ := strconv.ParseInt(m[1], 16, 32)
			used[int(port)/portsWanted] = true
		}
	}
	const blocks = (high - low) / portsWanted
	for n := range blocks {
		block := low/portsWanted + (os.Getpid()*7+int(servers.Add(1))+n)%blocks
		if !used[block] {
			return fmt.Sprintf("%d-%d", block*portsWanted, (block+1)*portsWanted-1)
		}
	}
	t.Fatal("no free range of ports for RTP")
	return ""
}

var (
	servers   atomic.Int64 // ranges given out by this process
	localPort = regexp.MustCompile(`(?m)^ *[0-9]+: [0-9A-F]+:([0-9A-F]{4}) `)
)

// startDemo starts the demo world without traffic and waits until it is
// ready. At the end of the test it is stopped, and must end well.
func startDemo(t *testing.T, extra ...string) *server {
	t.Helper()
	return startDemoIn(t, nil, extra...)
}

// startDemoIn starts it by another command, which ends in becoming it.
func startDemoIn(t *testing.T, by []string, extra ...string) *server {
	t.Helper()
	return startProgram(t, append(by, program), extra...)
}

// startProgram starts it by a whole command.
func startProgram(t *testing.T, command []string, extra ...string) *server {
	t.Helper()
	s := &server{t: t, ready: make(chan struct{}), ended: make(chan struct{}), changed: make(chan struct{})}
	args := append(slices.Clone(command), append([]string{"demo", "--no-traffic", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0",
		"--rtp-ports", rtpPorts(t), "--data", t.TempDir()}, extra...)...)
	s.cmd = exec.Command(args[0], args[1:]...)
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

// What the demo's screen says, which is all that people have too.
var (
	consoleLine = regexp.MustCompile(`Console +http://([0-9.:]+)/`)
	proxyLine   = regexp.MustCompile(`server or proxy ([0-9.:]+) `)
	readyLine   = regexp.MustCompile(`^Ready\.`)
)

func (s *server) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		s.mu.Lock()
		fmt.Fprintln(&s.output, line)
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if m := consoleLine.FindStringSubmatch(line); m != nil {
			s.http = m[1]
		}
		if m := proxyLine.FindStringSubmatch(line); m != nil {
			s.sip = m[1]
		}
		if readyLine.MatchString(line) {
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

// awaitLog waits until the program has printed something.
func (s *server) awaitLog(text string) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		there, changed := strings.Contains(s.output.String(), text), s.changed
		s.mu.Unlock()
		if there {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("the server does not say %q:\n%s", text, s.said())
		}
	}
}

// interrupt sends what Ctrl-C sends, once: the second would end it at once.
func (s *server) interrupt() {
	s.interrupted.Do(func() { _ = s.cmd.Process.Signal(syscall.SIGINT) })
}

// kill ends the program as a loss of power would, and waits until it is gone.
func (s *server) kill() {
	s.killed = true
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// stop ends the program as Ctrl-C does and checks that it ends well; the race
// detector makes it end badly.
func (s *server) stop() {
	s.interrupt()
	select {
	case <-s.ended:
		if s.err != nil && !s.killed {
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
func (s *server) say(t *testing.T, message string) string {
	t.Helper()
	conn, err := net.Dial("udp4", s.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.ReplaceAll(message, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 65535)
	for {
		n, err := conn.Read(answer)
		if err != nil {
			t.Fatalf("no answer to\n%s\n%v", message, err)
		}
		if text := string(answer[:n]); !strings.HasPrefix(text, "SIP/2.0 1") {
			return text
		}
	}
}

// fetch gives a page that needs no token.
func (s *server) fetch(path string) string {
	s.t.Helper()
	res, err := http.Get("http://" + s.http + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %v", path, res.Status, err)
	}
	return string(text)
}
