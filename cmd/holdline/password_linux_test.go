package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// At a terminal it is asked for twice, and what is typed is not shown.
func TestAPasswordIsTypedUnseen(t *testing.T) {
	for second, want := range map[string]string{"correct horse battery": "", "another": "not the same", "": "not the same"} {
		master, terminal := pty(t)
		var shown bytes.Buffer
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _ = io.Copy(&shown, master) // ends with the terminal
		}()
		asked, question := io.Pipe()
		go func() {
			for _, answer := range []string{"correct horse battery", second} {
				_, _ = bufio.NewReader(asked).ReadString(' ') // "New ", "Once "
				unseen(terminal)
				_, _ = master.WriteString(answer + "\n")
			}
			_, _ = io.Copy(io.Discard, asked)
		}()
		got, err := askPassword(context.Background(), terminal, question, "admin")
		_ = question.Close()
		_ = terminal.Close()
		<-read
		if want == "" && (err != nil || got != second) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q after another: %q, %v", second, got, err)
		}
		if strings.Contains(shown.String(), "horse") {
			t.Errorf("the terminal shows %q", &shown)
		}
	}
}

// unseen waits until the terminal shows nothing of what is typed.
func unseen(terminal *os.File) {
	for {
		state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
		if err != nil || state.Lflag&unix.ECHO == 0 {
			return
		}
		runtime.Gosched()
	}
}

// pty gives the two ends of a terminal.
func pty(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	master = os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return master, terminal
}
