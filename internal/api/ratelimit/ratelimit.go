// Package ratelimit counts requests per key in fixed windows.
package ratelimit

import (
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// Limiter allows a number of requests per key and window. All keys share the
// window's bounds, so that forgetting the past is dropping one map. Safe for concurrent use.
type Limiter struct {
	limit  int
	window time.Duration
	clock  func() time.Time

	mu    sync.Mutex // guards below
	start time.Time  // of the current window
	used  map[string]int
}

// maxKeys bounds the memory a window can take, some 10 MB. Keys beyond it
// share one count: whoever brings up a hundred thousand addresses shares the blame.
const maxKeys = 100_000

// New gives a limiter; clock nil means time.Now.
func New(limit int, window time.Duration, clock func() time.Time) *Limiter {
	if clock == nil {
		clock = time.Now
	}
	return &Limiter{limit: limit, window: window, clock: clock, used: map[string]int{}}
}

// Quota is what a key has left after a request.
type Quota struct {
	OK        bool // the request is within the limit
	Limit     int
	Remaining int
	Reset     time.Duration // until the window ends
}

// Take counts one request of a key.
func (l *Limiter) Take(key string) Quota {
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if start := now.Truncate(l.window); start != l.start {
		l.start = start
		l.used = map[string]int{}
	}
	n, known := l.used[key]
	if !known && len(l.used) >= maxKeys {
		key = ""
		n = l.used[key]
	}
	q := Quota{OK: n < l.limit, Limit: l.limit, Reset: l.start.Add(l.window).Sub(now)}
	if q.OK {
		n++
		l.used[key] = n
	}
	q.Remaining = l.limit - n
	return q
}

// Admit counts one request of a key, tells the client by headers what is left,
// and, where it is not within the limit, after how many seconds it may ask again.
func (l *Limiter) Admit(head http.Header, key string) bool {
	q := l.Take(key)
	reset := strconv.FormatInt(int64((q.Reset+time.Second-1)/time.Second), 10) // who waits that long is not too early
	head.Set("X-RateLimit-Limit", strconv.Itoa(q.Limit))
	head.Set("X-RateLimit-Remaining", strconv.Itoa(q.Remaining))
	head.Set("X-RateLimit-Reset", reset)
	if !q.OK {
		head.Set("Retry-After", reset)
	}
	return q.OK
}

// ClientKey gives the key of an organisation: of all its applications, in all dialects.
func ClientKey(org int64) string { return "client " + strconv.FormatInt(org, 10) }

// AddressKey gives the key of a request's remote address: the IPv4 address, or
// the IPv6 /64, because one host has all of it.
func AddressKey(remoteAddr string) string {
	at, err := netip.ParseAddrPort(remoteAddr)
	if err != nil {
		return remoteAddr
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
