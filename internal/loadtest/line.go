package loadtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// line is one connection to the HTTP API. It writes prepared requests and
// reads as little as it must, so that what is measured is the server.
type line struct {
	conn     net.Conn
	in       *bufio.Reader
	times    Sample // from when a request was due until its answer was read
	failures map[string]int
}

func dialLine(ctx context.Context, base string) (*line, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("loadtest: api %q is no URL", base)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("loadtest: api %q: %w", base, err)
	}
	return &line{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), failures: map[string]int{}}, nil
}

// request gives a request as it is sent (RFC 9112 §3).
func request(method, base, path, token, body string) []byte {
	u, _ := url.Parse(base)
	head := method + " " + path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: Bearer " + token + "\r\n"
	if body != "" {
		head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return []byte(head + "\r\n" + body)
}

// run sends requests until the time is up: at the connection's share of the
// rate, spread so that the connections take turns, or as fast as they are
// answered. At a rate, time counts from when a request was due: a server that
// falls behind is not spared the requests that wait for it.
func (l *line) run(ctx context.Context, cfg APIConfig, next script, start time.Time, index int) {
	end := start.Add(cfg.Duration)
	var gap time.Duration
	due := start
	if cfg.Rate > 0 {
		gap = time.Duration(float64(cfg.Connections) / cfg.Rate * float64(time.Second))
		due = start.Add(gap * time.Duration(index) / time.Duration(cfg.Connections))
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		if gap == 0 {
			due = now
		}
		if !due.Before(end) || !now.Before(end.Add(cfg.Duration)) {
			return
		}
		if wait := due.Sub(now); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
		}
		if ctx.Err() != nil || !l.ask(next(), due) {
			return
		}
		due = due.Add(gap)
	}
}

// ask sends a request and reads its answer; false if the connection is gone.
func (l *line) ask(r []byte, due time.Time) bool {
	l.conn.SetDeadline(time.Now().Add(30 * time.Second)) //nolint:errcheck // a closed connection is told by what follows
	if _, err := l.conn.Write(r); err != nil {
		l.failures["connection lost"]++
		return false
	}
	answer, err := http.ReadResponse(l.in, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	if err != nil {
		l.failures["connection lost"]++
		return false
	}
	if answer.StatusCode != http.StatusOK {
		l.failures[answer.Status]++
		return true
	}
	l.times.add(time.Since(due))
	return true
}
