package browser

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// program is the program under test, built by TestMain.
var program string

// patience bounds every wait: a loaded machine needs seconds where a free one needs none.
const patience = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "holdline-browser")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "holdline")
	if out, err := exec.Command("go", "build", "-o", program, "holdline/cmd/holdline").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	defer func() { endBrowser() }()
	return m.Run()
}

// demo is a running program: the demo world, or an empty system.
type demo struct {
	t     *testing.T
	data  string
	args  []string // command and flags
	found func(said []byte) (http, sip string, ok bool)
	addr  string // of HTTP, the same after a restart
	sip   string // of SIP
	cmd   *exec.Cmd
	ended chan struct{}

	mu     sync.Mutex // guards output
	output bytes.Buffer
}

// What the demo's screen says of its addresses.
var (
	consoleAt = regexp.MustCompile(`Console +http://([0-9.:]+)/`)
	proxyAt   = regexp.MustCompile(`server or proxy ([0-9.:]+) `)
)

// startDemo starts the demo world, with simulated agents and callers unless
// extra says otherwise, and waits until it is ready.
func startDemo(t *testing.T, extra ...string) *demo {
	t.Helper()
	return startProgram(t, demoReady, append([]string{"demo"}, extra...)...)
}

func startProgram(t *testing.T, found func([]byte) (string, string, bool), args ...string) *demo {
	t.Helper()
	t.Parallel() // mostly they wait
	d := &demo{t: t, data: t.TempDir(), args: args, found: found, addr: "127.0.0.1:0"}
	d.start()
	t.Cleanup(d.stop)
	return d
}

// demoReady finds the addresses on the demo's screen once it says that it is ready.
func demoReady(said []byte) (http, sip string, ok bool) {
	console, proxy := consoleAt.FindSubmatch(said), proxyAt.FindSubmatch(said)
	if console == nil || proxy == nil || !bytes.Contains(said, []byte("Ready.")) {
		return "", "", false
	}
	return string(console[1]), string(proxy[1]), true
}

// programs counts those that were started: each has a range of ports for RTP, and
// those of other runs of these tests are likely to be elsewhere.
var programs atomic.Int32

func ports() string {
	low := 32800 + (os.Getpid()*7+int(programs.Add(1)))%100*200
	return fmt.Sprintf("%d-%d", low, low+199)
}

func (d *demo) start() {
	d.t.Helper()
	args := slices.Concat(d.args, []string{"--http", d.addr, "--sip", "127.0.0.1:0", "--rtp-ports", ports(), "--data", d.data})
	d.cmd, d.ended = exec.Command(program, args...), make(chan struct{})
	d.cmd.Dir = d.data
	d.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "HOLDLINE_") }) // its settings are its own
	ready := make(chan [2]string, 1)
	d.cmd.Stdout = io.MultiWriter(d, &readyWriter{find: d.found, found: ready})
	d.cmd.Stderr = d
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		_ = d.cmd.Wait() // how it ended is told by what it said
		close(d.ended)
	}()
	select {
	case at := <-ready:
		d.addr, d.sip = at[0], at[1]
	case <-d.ended:
		d.t.Fatalf("the program did not start\n%s", d.said())
	case <-time.After(patience):
		d.t.Fatalf("the program is not ready\n%s", d.said())
	}
}

// stop ends it as Ctrl-C does.
func (d *demo) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGINT) // it may have ended
	select {
	case <-d.ended:
	case <-time.After(patience):
		_ = d.cmd.Process.Kill()
		d.t.Errorf("the program does not stop\n%s", d.said())
	}
}

func (d *demo) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output.Write(b)
}

func (d *demo) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output.String()
}

// readyWriter tells the addresses of HTTP and SIP once the program says that it is ready.
type readyWriter struct {
	find  func(said []byte) (http, sip string, ok bool)
	found chan<- [2]string
	text  []byte
}

func (w *readyWriter) Write(b []byte) (int, error) {
	if w.found != nil {
		w.text = append(w.text, b...)
		if http, sip, ok := w.find(w.text); ok {
			w.found <- [2]string{http, sip}
			w.found = nil
		}
	}
	return len(b), nil
}
