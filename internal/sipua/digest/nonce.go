package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
	"sync/atomic"
	"time"
)

// A nonce is 24 bytes in base64url: when it was made (milliseconds, 6 bytes),
// a number that makes it unique (6 bytes), and a MAC over both and the realm
// (12 bytes). Nothing is kept about a nonce until somebody uses it rightly, so
// a flood of unauthenticated requests costs no memory.
const (
	stampSize = 6
	idSize    = 2 * stampSize
	nonceSize = 2 * idSize
)

var encoding = base64.RawURLEncoding

// nonceID is a nonce without its MAC.
type nonceID [idSize]byte

func (n nonceID) made() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(append([]byte{0, 0}, n[:stampSize]...))))
}

// mint makes nonces and knows its own.
type mint struct {
	serial atomic.Uint64
	macs   sync.Pool // of hash.Hash keyed with the secret
}

func (m *mint) init(secret []byte) {
	key := append([]byte("holdline nonce"), secret...)
	m.macs.New = func() any { return hmac.New(sha256.New, key) }
	// Nodes that share the secret start at different places, so that their nonces differ.
	var start [8]byte
	rand.Read(start[:])
	m.serial.Store(binary.BigEndian.Uint64(start[:]))
}

func (m *mint) make(realm string, now time.Time) string {
	var raw [nonceSize]byte
	put48(raw[:], uint64(now.UnixMilli()))
	put48(raw[stampSize:], m.serial.Add(1))
	m.sign(raw[:idSize], realm, raw[idSize:])
	return encoding.EncodeToString(raw[:])
}

// read gives the id of a nonce that was made here for this realm.
func (m *mint) read(nonce, realm string) (id nonceID, ok bool) {
	if len(nonce) != encoding.EncodedLen(nonceSize) {
		return id, false
	}
	var raw [nonceSize]byte
	if _, err := encoding.Decode(raw[:], []byte(nonce)); err != nil {
		return id, false
	}
	var mac [idSize]byte
	m.sign(raw[:idSize], realm, mac[:])
	copy(id[:], raw[:])
	return id, hmac.Equal(mac[:], raw[idSize:])
}

func (m *mint) sign(id []byte, realm string, out []byte) {
	h := m.macs.Get().(hash.Hash)
	h.Reset()
	h.Write(id)
	h.Write([]byte(realm))
	var sum [sha256.Size]byte
	copy(out, h.Sum(sum[:0]))
	m.macs.Put(h)
}

func put48(out []byte, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	copy(out, b[2:])
}

// counts remembers the last nonce count of the nonces in use, so that a
// request that was listened to cannot be sent again. Two generations of
// bounded size: a generation is filled for as long as a nonce lives, then the older goes.
type counts struct {
	mu        sync.Mutex // guards all below
	young     map[nonceID]uint32
	old       map[nonceID]uint32
	turned    time.Time // when young was begun
	forgotten time.Time // nonces made until then may have been used and forgotten
	limit     int       // entries in a generation
}

// rise reports whether nc is above all counts seen with the nonce, and notes it.
func (c *counts) rise(id nonceID, nc uint32, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.turned) >= countLifetime || len(c.young) >= c.limit {
		c.turn(now)
	}
	last, ok := c.young[id]
	if !ok {
		last, ok = c.old[id]
	}
	if ok && nc <= last || !ok && !id.made().After(c.forgotten) {
		return false
	}
	c.young[id] = nc
	return true
}

// turn drops the older generation. Turned early, because the younger is full,
// nonces still valid may be among the dropped: all as old as those are refused
// from then on, and phones are asked to use a new one.
func (c *counts) turn(now time.Time) {
	if now.Sub(c.turned) < countLifetime {
		for id := range c.old {
			if made := id.made(); made.After(c.forgotten) {
				c.forgotten = made
			}
		}
	}
	c.old, c.young, c.turned = c.young, make(map[nonceID]uint32), now
}
