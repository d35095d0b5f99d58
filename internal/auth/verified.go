package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// Verified remembers for a short time that a password was the one behind a
// stored hash, so that a script that sends it with every request does not
// cost a slow hash each time. Neither is kept: only a MAC of both under a key
// of this process, which is of no use elsewhere. A hash that changes with its
// password is another one, so the old password is forgotten with it. Safe for
// concurrent use.
type Verified struct {
	keep  time.Duration
	clock func() time.Time
	key   [sha256.Size]byte

	mu    sync.Mutex // guards until
	until map[[sha256.Size]byte]time.Time
}

// verifiedSize bounds the memory: some 0.5 MB.
const verifiedSize = 4096

// NewVerified gives an empty memory; what was proven counts for keep after it
// was last used. Clock nil means time.Now.
func NewVerified(keep time.Duration, clock func() time.Time) *Verified {
	if clock == nil {
		clock = time.Now
	}
	v := &Verified{keep: keep, clock: clock, until: map[[sha256.Size]byte]time.Time{}}
	rand.Read(v.key[:]) // never fails, see crypto/rand
	return v
}

// Has tells whether the password was proven to be the one behind the hash a
// short time ago. Who asks all the time is proven once: guesses of others, who
// use up what may be checked, do not lock them out.
func (v *Verified) Has(stored, password string) bool {
	mac := v.mac(stored, password)
	v.mu.Lock()
	defer v.mu.Unlock()
	until, ok := v.until[mac]
	now := v.clock()
	if !ok || !now.Before(until) {
		return false
	}
	v.until[mac] = now.Add(v.keep)
	return true
}

// Add notes that the password is the one behind the hash.
func (v *Verified) Add(stored, password string) {
	mac, now := v.mac(stored, password), v.clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.until) >= verifiedSize {
		for m, until := range v.until {
			if !now.Before(until) {
				delete(v.until, m)
			}
		}
	}
	if len(v.until) >= verifiedSize {
		clear(v.until) // they are only hashed again
	}
	v.until[mac] = now.Add(v.keep)
}

// mac covers both texts with the first one's length, so that nothing can be moved from one to the other.
func (v *Verified) mac(stored, password string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, v.key[:])
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(stored)))
	h.Write(size[:])
	h.Write([]byte(stored))
	h.Write([]byte(password))
	h.Sum(sum[:0])
	return sum
}
