package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"holdline/internal/server"
)

const tokenRequest = "grant_type=client_credentials&client_id=nobody&client_secret=x"

// underWay sends the head of a request and waits until the server reads its body.
func underWay(t *testing.T, s *server.Server) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", s.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(tokenRequest))
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return conn, in
}

// closed waits until nobody listens any more.
func closed(t *testing.T, s *server.Server) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		conn, err := net.Dial("tcp", s.HTTPAddr().String())
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Fatal("it still listens")
}

func TestARequestThatRunsIsAnsweredBeforeTheEnd(t *testing.T) {
	s := start(t, server.Options{Config: settings(t, t.TempDir())})
	conn, in := underWay(t, s)
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- s.Stop(ctx)
	}()
	closed(t, s)
	io.WriteString(conn, tokenRequest)
	got, err := http.ReadResponse(in, nil)
	if err != nil || got.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%v, %v", got, err)
	}
	if body, err := io.ReadAll(got.Body); err != nil || !strings.Contains(string(body), "invalid_client") {
		t.Errorf("%q, %v", body, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestARequestThatNeverEndsDoesNotHoldUpTheEnd(t *testing.T) {
	s := start(t, server.Options{Config: settings(t, t.TempDir())})
	_, in := underWay(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.Stop(ctx) // tells that a request was cut off
	if _, err := in.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("its connection is still open: %v", err)
	}
}
