// Package guard bounds what sources we know nothing of may cost: how many of
// their requests are answered, and for how long they are not answered at all
// after wrong passwords or the manners of a scanner. Its memory is laid out at
// the start and never grows, whatever number of addresses a flood comes from.
package guard

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Verdict says what to do with a request.
type Verdict uint8

const (
	Answer       Verdict = iota + 1
	DropSilently         // no answer: it would help a scanner, and cost more than the request
)

// Config sets the limits. Zero fields take the values given here.
type Config struct {
	Rate     float64       // requests a second from one address; 20, negative = no limit
	Burst    int           // requests at once from one address; 100
	BanAfter int           // wrong passwords until an address is banned; 10, negative = never ban
	Window   time.Duration // without a wrong password for so long, counting begins again; 10 minutes
	BanFor   time.Duration // 1 hour
	Sources  int           // addresses remembered, 56 bytes each; 8192
	// ExemptLoopback lets everything from this machine pass: demonstrations and load tests.
	ExemptLoopback bool
	// Known tells addresses of trunks and registered phones, which are never
	// limited or banned: one mistyped password must not silence the phones that
	// share an office's address. It must be quick; nil = none.
	Known func(netip.Addr) bool
}

// Stats counts since the start.
type Stats struct {
	Dropped uint64 // requests not answered
	Bans    uint64 // bans begun
}

// ways is the number of places an address may be remembered in.
const ways = 8

// source is what is remembered of an address: an IPv4 address or an IPv6 /64,
// as one customer has a whole /64 to choose addresses from.
type source struct {
	key      [16]byte
	seen     int64   // nanoseconds of the guard's clock at the last request; 0 = free
	tokens   float64 // as of seen
	failures int32
	failed   int64 // last wrong password
	banned   int64 // until; 0 = not
}

// Guard judges sources. Safe for concurrent use; allocates nothing after New.
//
// It is laid out as processors lay out a cache: an address can be in any of
// the eight places its hash leads to, and takes the place of the one seen
// longest ago. Forgetting a source gives it a fresh burst, no more; banned
// ones are forgotten last.
type Guard struct {
	cfg   Config
	seed  maphash.Seed
	epoch time.Time

	mu    sync.Mutex // guards all below
	sets  [][ways]source
	stats Stats
}

// New gives a guard with nobody banned.
func New(cfg Config) *Guard {
	def(&cfg.Rate, 20)
	def(&cfg.Burst, 100)
	def(&cfg.BanAfter, 10)
	def(&cfg.Window, 10*time.Minute)
	def(&cfg.BanFor, time.Hour)
	def(&cfg.Sources, 8192)
	sets := max(1, (cfg.Sources+ways-1)/ways)
	return &Guard{cfg: cfg, seed: maphash.MakeSeed(), sets: make([][ways]source, sets)}
}

func def[T int | float64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Allow judges a request that nothing has authenticated yet, and counts it.
func (g *Guard) Allow(addr netip.Addr, now time.Time) Verdict {
	if g.exempt(addr) {
		return Answer
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.clock(now)
	s := g.find(addr, at)
	if s.banned > at || !s.take(at, g.cfg.Rate, float64(g.cfg.Burst)) && g.cfg.Rate > 0 {
		g.stats.Dropped++
		return DropSilently
	}
	return Answer
}

// Failed counts a wrong password or an unknown user. It reports whether the
// address was banned for it just now.
func (g *Guard) Failed(addr netip.Addr, now time.Time) bool {
	if g.exempt(addr) || g.cfg.BanAfter < 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.clock(now)
	s := g.find(addr, at)
	if at-s.failed > int64(g.cfg.Window) {
		s.failures = 0
	}
	s.failed = at
	s.failures++
	if int(s.failures) < g.cfg.BanAfter {
		return false
	}
	return g.ban(s, at)
}

// Ban bans an address at once: it showed itself to be a scanner. It reports
// whether it was not banned already.
func (g *Guard) Ban(addr netip.Addr, now time.Time) bool {
	if g.exempt(addr) || g.cfg.BanAfter < 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.clock(now)
	return g.ban(g.find(addr, at), at)
}

// Succeeded forgets the wrong passwords and the ban of an address: a right one came from it.
func (g *Guard) Succeeded(addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.lookup(keyOf(addr)); s != nil {
		s.failures, s.banned = 0, 0
	}
}

// Banned tells until when an address is banned; false if it is not, or is
// exempt by now. It counts nothing: the cheapest question, for every packet.
func (g *Guard) Banned(addr netip.Addr, now time.Time) (until time.Time, ok bool) {
	until, ok = g.banOf(addr, now)
	return until, ok && !g.exempt(addr)
}

func (g *Guard) banOf(addr netip.Addr, now time.Time) (until time.Time, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.lookup(keyOf(addr))
	if s == nil || s.banned <= g.clock(now) {
		return time.Time{}, false
	}
	return g.epoch.Add(time.Duration(s.banned)), true
}

// Stats gives the counters.
func (g *Guard) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stats
}

func (g *Guard) exempt(addr netip.Addr) bool {
	return g.cfg.ExemptLoopback && addr.Unmap().IsLoopback() || g.cfg.Known != nil && g.cfg.Known(addr)
}

// clock gives nanoseconds since a second before the first request, never 0.
func (g *Guard) clock(now time.Time) int64 {
	if g.epoch.IsZero() {
		g.epoch = now.Add(-time.Second)
	}
	return max(1, int64(now.Sub(g.epoch)))
}

func (g *Guard) ban(s *source, at int64) bool {
	fresh := s.banned <= at
	s.banned, s.failures = at+int64(g.cfg.BanFor), 0
	if fresh {
		g.stats.Bans++
	}
	return fresh
}

// find gives the source of an address, taking a place for it if there is none.
func (g *Guard) find(addr netip.Addr, at int64) *source {
	key := keyOf(addr)
	if s := g.lookup(key); s != nil {
		return s
	}
	set := g.set(key)
	victim := &set[0]
	for i := range set {
		if s := &set[i]; s.before(victim, at) {
			victim = s
		}
	}
	*victim = source{key: key, seen: at, tokens: float64(g.cfg.Burst)}
	return victim
}

// before says whether s gives its place up rather than t.
func (s *source) before(t *source, at int64) bool {
	if a, b := s.banned > at, t.banned > at; a != b {
		return b
	}
	if s.banned > at {
		return s.banned < t.banned
	}
	return s.seen < t.seen
}

func (g *Guard) lookup(key [16]byte) *source {
	set := g.set(key)
	for i := range set {
		if s := &set[i]; s.seen != 0 && s.key == key {
			return s
		}
	}
	return nil
}

func (g *Guard) set(key [16]byte) *[ways]source {
	return &g.sets[maphash.Comparable(g.seed, key)%uint64(len(g.sets))]
}

// take takes one token from the source's bucket, which fills with time.
func (s *source) take(at int64, rate, burst float64) bool {
	if at > s.seen {
		s.tokens = min(burst, s.tokens+rate*float64(at-s.seen)/float64(time.Second))
		s.seen = at
	}
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

func keyOf(addr netip.Addr) [16]byte {
	key := addr.As16()
	if !addr.Unmap().Is4() {
		clear(key[8:])
	}
	return key
}
