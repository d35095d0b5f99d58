package ver1

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/live"
)

// A ping is an event that tells the time: comments are not heard in browsers.
var pings = regexp.MustCompile(`(?m)^event: ping\ndata: \{"now":\d+\}\n\n`)

// A stream pings, looks again whether its watcher may still watch, and says so when not.
func TestAStreamEndsWithItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub, _ := benchHub()
		defer hub.Close()
		cursor, err := hub.Follow(1, live.Scope{}, "")
		if err != nil {
			t.Fatal(err)
		}
		defer cursor.Close()
		out := httptest.NewRecorder()
		s := &stream{w: out, out: http.NewResponseController(out), now: time.Now}
		if err := s.begin(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		looks := 0
		s.run(ctx, cursor, func() error {
			if looks++; looks == 4 {
				return errors.New("expired")
			}
			return nil
		})
		text := out.Body.String()
		if len(pings.FindAllString(text, -1)) != 3 || !strings.HasSuffix(text, "event: bye\ndata: {\"reason\":\"unauthorized\"}\n\n") ||
			strings.Count(text, "event: snapshot\n") != 1 || !strings.HasPrefix(text, "retry: 2000\n\n") {
			t.Errorf("the stream was\n%.300s\n…\n%s", text, text[max(0, len(text)-200):])
		}
		if ctx.Err() != nil {
			t.Error("the stream did not end by itself")
		}
	})
}

// known is what a browser makes of a stream.
type known struct {
	t       *testing.T
	lines   *bufio.Reader
	objects map[string]string
	events  int
}

// watch opens a stream; on a narrow connection the server soon notices who does not read.
func watch(t *testing.T, url string, narrow bool) *known {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil && narrow {
			err = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return conn, err
	}}}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	k := &known{t: t, lines: bufio.NewReaderSize(answer.Body, 512), objects: map[string]string{}}
	k.until(func() bool { return k.events > 0 })
	return k
}

// until reads until something holds.
func (k *known) until(holds func() bool) {
	k.t.Helper()
	for !holds() {
		line, err := k.lines.ReadBytes('\n')
		if err != nil {
			k.t.Fatalf("the stream ended after %d events: %v", k.events, err)
		}
		text, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok {
			continue
		}
		var data struct {
			Objects map[string]json.RawMessage `json:"objects"`
		}
		if err := json.Unmarshal(text, &data); err != nil {
			k.t.Fatal(err)
		}
		k.events++
		for key, body := range data.Objects {
			if string(body) == "null" {
				delete(k.objects, key)
			} else {
				k.objects[key] = string(body)
			}
		}
	}
}

// A browser that does not read holds up nobody, and when it reads again it
// gets, in far fewer events than there were, how things are.
func TestASlowBrowserHoldsNobodyUpAndMissesNoFinalState(t *testing.T) {
	hub, world := benchHub()
	server := streams(hub)
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetWriteBuffer(64 << 10) // else the kernel keeps more than the test sends
		return ctx
	}
	server.Start()
	t.Cleanup(func() { hub.Close(); server.Close() })
	slow, fast := watch(t, server.URL, true), watch(t, server.URL, false)
	const rounds = 40
	for range rounds {
		for range 200 { // in all far more than the slow one's connection holds
			world.event()
		}
		last := "caller/" + string(world.up[len(world.up)-1])
		fast.until(func() bool { return fast.objects[last] != "" })
	}
	world.step(acd.SetStatus{Agent: 1, Status: acd.Paused, Reason: "the last change"})
	for _, k := range []*known{fast, slow} {
		k.until(func() bool { return strings.Contains(k.objects["agent/1"], "the last change") })
	}
	t.Logf("the fast browser got %d events, the slow one %d", fast.events, slow.events)
	if !maps.Equal(slow.objects, fast.objects) {
		t.Errorf("the slow browser ends with %d objects, the fast one with %d, or with others", len(slow.objects), len(fast.objects))
	}
	if slow.events >= fast.events {
		t.Error("the slow browser got every event: its connection took all, and the test shows nothing")
	}
}
