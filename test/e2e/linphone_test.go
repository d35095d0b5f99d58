package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdline/internal/phone"
)

// linphone is Linphone's command-line softphone, with nothing set up but from
// where it is to fetch its account.
type linphone struct {
	t     *testing.T
	in    io.Writer
	lines chan string
	said  strings.Builder
}

func startLinphone(t *testing.T, provisioning string) *linphone {
	t.Helper()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".local/share/linphone"), 0o700); err != nil {
		t.Fatal(err)
	}
	rc := filepath.Join(home, "linphonerc")
	settings := fmt.Sprintf("[misc]\nconfig-uri=%s\n[sip]\nsip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\n", provisioning)
	if err := os.WriteFile(rc, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("linphonec", "-c", rc, "-a")
	cmd.Env = append(os.Environ(), "HOME="+home)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("linphonec (Debian package linphone-cli, installed by make test): %v", err)
	}
	l := &linphone{t: t, in: in, lines: make(chan string, 1000)}
	go func() {
		defer close(l.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			l.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		l.say("quit")
		l.until("Terminating")
		in.Close()
		_ = cmd.Wait()
	})
	return l
}

func (l *linphone) say(command string) {
	l.t.Helper()
	if _, err := fmt.Fprintln(l.in, command); err != nil {
		l.t.Errorf("linphonec has ended: %v\n%s", err, l.said.String())
	}
}

// until reads what it says up to a line with a text in it.
func (l *linphone) until(text string) {
	l.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case line, ok := <-l.lines:
			fmt.Fprintln(&l.said, line)
			if strings.Contains(line, text) {
				return
			}
			if !ok {
				l.t.Fatalf("linphonec ended without %q:\n%s", text, l.said.String())
			}
		case <-deadline:
			l.t.Fatalf("linphonec did not say %q:\n%s", text, l.said.String())
		}
	}
}

// Linphone fetches the account that the QR code of the console leads to,
// registers by TCP, takes a call, and calls a queue.
func TestLinphoneSetsItselfUp(t *testing.T) {
	s := startDemo(t)
	s.api().only(t, "201")
	l := s.linphone(t, "205")

	desk := s.simulated("201")
	call := desk.Dial(phone.Dial{To: "205"}) // over the connection that Linphone opened
	next(t, call, phone.Answered)
	l.until("Media streams established")
	call.Hangup()
	next(t, call, phone.Ended)
	l.until("ended")

	l.say("call " + sales)
	got := answered(t, desk)
	l.until("Media streams established")
	got.Hangup()
	l.until("ended")
}

// Where MD5 is not wanted Linphone is given the other hash.
func TestLinphoneSetsItselfUpForSHA256(t *testing.T) {
	startDemo(t, "--digest", "sha-256").linphone(t, "205")
}

// linphone gives a Linphone that has fetched a phone's account and registered by TCP.
func (s *server) linphone(t *testing.T, number string) *linphone {
	t.Helper()
	a := s.api()
	id := a.extension(t, number)
	var made struct{ Path string }
	a.must(t, "POST", fmt.Sprintf("/extension/%d/sip/provisioning/", id), map[string]any{}, &made)
	l := startLinphone(t, "http://"+s.http+made.Path)
	a.until(t, "Linphone", fmt.Sprintf("/client/@me/presence/?extension_id=%d", id), func(answer []byte) bool {
		return bytes.Contains(answer, []byte(`"transport":"tcp"`)) && bytes.Contains(answer, []byte("Linphonec/"))
	})
	return l
}
