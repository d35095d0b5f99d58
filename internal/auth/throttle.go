package auth

import (
	"net/netip"
	"sync"
	"time"
)

// Throttle slows guessing of passwords down: by login and address, by address
// alone (many logins from one place) and by login alone (many places, one
// login). Beyond so many attempts, each doubles the wait until the next.
// Logins nobody has are counted like all others. Safe for concurrent use.
type Throttle struct {
	clock func() time.Time
	mu    sync.Mutex // guards tries
	tries map[string]attempts
}

type attempts struct {
	count int
	last  time.Time
	until time.Time // no further one before
}

// patience is how many attempts are free, and the waits after those.
type patience struct {
	free        int
	first, most time.Duration
}

// The wait by login alone ends after a minute, because it hits the owner too:
// whoever knows a login must not be able to lock it.
var (
	patienceBoth    = patience{5, 2 * time.Second, 15 * time.Minute}
	patienceAddress = patience{30, 2 * time.Second, 15 * time.Minute}
	patienceLogin   = patience{50, time.Second, time.Minute}
)

const (
	throttleMemory = time.Hour // after which an attempt is forgotten
	throttleSize   = 1 << 16   // bounds the memory: some 10 MB
)

// NewThrottle gives a throttle; clock nil = time.Now.
func NewThrottle(clock func() time.Time) *Throttle {
	if clock == nil {
		clock = time.Now
	}
	return &Throttle{clock: clock, tries: map[string]attempts{}}
}

type throttleKey struct {
	text string
	patience
}

func throttleKeys(login, address string) [3]throttleKey {
	address = addressKey(address)
	return [3]throttleKey{{"b" + login + "\x00" + address, patienceBoth}, {"a" + address, patienceAddress}, {"l" + login, patienceLogin}}
}

// Try counts an attempt and gives 0, or the wait until the next one is
// allowed. It is counted before it is known to fail, so that many at once gain nothing.
func (t *Throttle) Try(login, address string) (wait time.Duration) {
	now, keys := t.clock(), throttleKeys(login, address)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		wait = max(wait, t.tries[k.text].until.Sub(now))
	}
	if wait > 0 {
		return wait
	}
	for _, k := range keys {
		n := t.tries[k.text]
		if now.Sub(n.last) > throttleMemory {
			n = attempts{}
		}
		n.count, n.last = n.count+1, now
		if beyond := n.count - k.free; beyond >= 0 {
			n.until = now.Add(min(k.first<<min(beyond, 20), k.most))
		}
		t.put(k.text, n, now)
	}
	return 0
}

// Passed takes an attempt back that was right. What others tried stays counted.
func (t *Throttle) Passed(login, address string) {
	keys := throttleKeys(login, address)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, keys[0].text)
	for _, k := range keys[1:] {
		if n, ok := t.tries[k.text]; ok && n.count > 0 {
			n.count--
			n.until = time.Time{}
			t.tries[k.text] = n
		}
	}
}

func (t *Throttle) put(key string, n attempts, now time.Time) {
	if _, known := t.tries[key]; !known && len(t.tries) >= throttleSize {
		t.makeRoom(now)
	}
	t.tries[key] = n
}

// makeRoom drops what is forgotten, and if that is too little, an eighth of the rest.
func (t *Throttle) makeRoom(now time.Time) {
	for k, n := range t.tries {
		if now.Sub(n.last) > throttleMemory {
			delete(t.tries, k)
		}
	}
	for k := range t.tries {
		if len(t.tries) <= throttleSize-throttleSize/8 {
			return
		}
		delete(t.tries, k)
	}
}

// addressKey gives the IPv4 address, or the IPv6 /64, because one host has all of it.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		ip = at.Addr()
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
