package e2e

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"
)

// patience is how long a test waits for what must happen at once, on a
// machine that does many other things.
const patience = 20 * time.Second

// fields fill in a scenario.
type fields map[string]any

// With gives a copy with other values, for pieces that are used twice.
func (f fields) With(pairs ...any) fields {
	out := maps.Clone(f)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

var scenarios = template.Must(template.ParseGlob("scenarios/*.xml"))

// peer is a phone played by sipp, with an ear of its own: sipp does the
// signalling, the ear sends and receives the audio.
type peer struct {
	t      *testing.T
	server string // SIP address of the server
	ip     string // its own address
	number string // short number of the phone
	port   int    // SIP port, the same in every scenario it plays
	ear    *ear

	transport string // sipp's name: "u1" UDP, "t1" TCP
}

// newPeer gives the phone with a short number of the demo world. Its tone is
// what it sends once it knows where to; each phone of a test has another.
func newPeer(t *testing.T, server, ip, number string, tone float64) *peer {
	t.Helper()
	return &peer{t: t, server: server, ip: ip, number: number, port: freePort(t, ip), ear: newEar(t, ip, tone), transport: "u1"}
}

// freePort gives a port nobody uses, for UDP and TCP. Somebody may take it
// before it is bound, but the kernel hands out others first.
func freePort(t *testing.T, ip string) int {
	t.Helper()
	for range 100 {
		c, err := net.ListenPacket("udp4", net.JoinHostPort(ip, "0"))
		if err != nil {
			t.Fatal(err)
		}
		port := c.LocalAddr().(*net.UDPAddr).Port
		l, err := net.Listen("tcp4", net.JoinHostPort(ip, strconv.Itoa(port)))
		c.Close()
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free for both UDP and TCP")
	return 0
}

// run is one sipp process playing one scenario.
type run struct {
	t        *testing.T
	scenario string
	dir      string
	told     chan string   // lines the scenario tells, in order
	ended    chan struct{} // closed when the process has ended
	err      error         // valid after ended
}

func (p *peer) defaults(scenario string) fields {
	return fields{
		"Scenario": scenario, "User": "0003*" + p.number, "Password": "demo-" + p.number, "Domain": "demo.local",
		"EarPort": p.ear.port(), "Codecs": "0 8 101", "Ring": 200, "Talk": 2500, "Code": 200, "Expires": 300,
		"Direction": "sendrecv", "Version": 1, "Reason": "", "Dial": "", "Trunk": false,
	}
}

// play starts a scenario; pairs are values for it.
func (p *peer) play(scenario string, pairs ...any) *run {
	p.t.Helper()
	r := &run{t: p.t, scenario: scenario + " of " + p.number, dir: p.t.TempDir(), told: make(chan string, 64), ended: make(chan struct{})}
	fifo := filepath.Join(r.dir, "told")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		p.t.Fatal(err)
	}
	values := p.defaults(scenario).With(append(pairs, "Fifo", fifo)...)
	cmd := p.command(r.dir, r.expand(scenario, values), values)
	stdout, err := os.Create(filepath.Join(r.dir, "screen"))
	if err != nil {
		p.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = stdout, stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the shells that tell
	r.listen(fifo, p.ear)
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("sipp (Debian package sip-tester, installed by make test): %v", err)
	}
	go func() {
		r.err = cmd.Wait()
		stdout.Close()
		close(r.ended)
	}()
	p.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // none is left when all have ended
		<-r.ended
	})
	return r
}

// expand fills in the scenario and writes it where sipp finds it.
func (r *run) expand(scenario string, values fields) string {
	r.t.Helper()
	var text strings.Builder
	if err := scenarios.ExecuteTemplate(&text, scenario+".xml", values); err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(r.dir, "scenario.xml")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(text.String())), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (p *peer) command(dir, path string, values fields) *exec.Cmd {
	host, port, _ := net.SplitHostPort(p.server)
	return exec.Command("sipp", net.JoinHostPort(host, port), "-sf", path,
		"-i", p.ip, "-p", strconv.Itoa(p.port), "-m", "1", "-t", p.transport,
		"-au", fmt.Sprint(values["User"]), "-ap", fmt.Sprint(values["Password"]),
		"-nostdin", "-timeout", "30s", "-timeout_error",
		"-trace_msg", "-message_file", filepath.Join(dir, "messages"),
		"-trace_err", "-error_file", filepath.Join(dir, "errors"))
}

var rtpLine = regexp.MustCompile(`^rtp ([0-9]+)$`)

// listen reads what the scenario tells from the FIFO; the ear learns from it
// where its audio goes.
func (r *run) listen(fifo string, e *ear) {
	r.t.Helper()
	f, err := os.OpenFile(fifo, os.O_RDWR, 0) // for writing too: stays open between the writers
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { f.Close() })
	go func() {
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if m := rtpLine.FindStringSubmatch(lines.Text()); m != nil {
				port, _ := strconv.Atoi(m[1])
				e.talkTo(port)
				continue
			}
			r.told <- lines.Text()
		}
	}()
}

// afterwards is how long a line may come after the end of the process that
// tells it: shells of their own write them.
const afterwards = 5 * time.Second

// await waits until the scenario tells a line.
func (r *run) await(line string) {
	r.t.Helper()
	deadline, ended := time.After(patience), r.ended
	for {
		select {
		case got := <-r.told:
			if got == line {
				return
			}
		case <-ended:
			deadline, ended = time.After(afterwards), nil
		case <-deadline:
			r.fail("was not %s", line)
		}
	}
}

// done waits for the scenario to end as written.
func (r *run) done() {
	r.t.Helper()
	select {
	case <-r.ended:
		if r.err != nil {
			r.fail("%v", r.err)
		}
	case <-time.After(2 * patience):
		r.fail("did not end")
	}
}

// fail ends the test with what the peer saw.
func (r *run) fail(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("%s: %s\n%s", r.scenario, fmt.Sprintf(format, args...), r.trace())
}

// trace gives sipp's errors and messages, the last part of each.
func (r *run) trace() string {
	var out strings.Builder
	for _, name := range []string{"errors", "messages"} {
		text, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil {
			continue
		}
		const most = 12000
		fmt.Fprintf(&out, "--- %s ---\n%s\n", name, text[max(0, len(text)-most):])
	}
	return out.String()
}

// listening waits until a phone's process has its socket open, so that the
// first INVITE does not meet a closed port.
func (r *run) listening(p *peer) *run {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !udpPortTaken(p.ip, p.port) {
		select {
		case <-tick.C:
		case <-r.ended:
			r.fail("ended before it listened: %v", r.err)
		case <-ctx.Done():
			r.fail("does not listen on port %d", p.port)
		}
	}
	return r
}

// udpPortTaken looks the port up in the kernel's table of sockets, where
// addresses stand as little-endian hex.
func udpPortTaken(ip string, port int) bool {
	table, err := os.ReadFile("/proc/net/udp")
	a := netip.MustParseAddr(ip).As4()
	return err == nil && strings.Contains(string(table), fmt.Sprintf(" %02X%02X%02X%02X:%04X ", a[3], a[2], a[1], a[0], port))
}

// register registers the phone; it calls and is called from the same port.
func (p *peer) register() {
	p.t.Helper()
	p.play("register").done()
}

// wait plays a scenario in which the phone is called, after registering it.
func (p *peer) wait(scenario string, pairs ...any) *run {
	p.t.Helper()
	p.register()
	return p.play(scenario, pairs...).listening(p)
}

// together runs functions at the same time and waits for all.
func together(fns ...func()) {
	var wg sync.WaitGroup
	for _, fn := range fns {
		wg.Go(fn)
	}
	wg.Wait()
}
