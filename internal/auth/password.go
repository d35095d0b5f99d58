// Package auth proves who somebody is: slow hashes for passwords, fast ones
// for random secrets and tokens, SIP digest HA1s, and the OAuth 2.0 token
// server (RFC 6749). It knows nothing of the database: what it needs to read
// and keep goes through Source.
package auth

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is what one hash takes.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
}

// defaultCost is 19 MiB, two passes (OWASP's first choice for argon2id, with one lane).
var defaultCost = Cost{Memory: 19 * 1024, Passes: 2}

const (
	hashLanes = 1
	saltBytes = 16
	hashBytes = 32
)

// ErrHash: a stored password hash cannot be read. It names a damaged row, never a wrong password.
var ErrHash = errors.New("auth: not an argon2id hash in PHC form")

// Hasher hashes and checks passwords with argon2id. A hash of the default cost
// takes some ten milliseconds, so only a few run at once: a flood of log-ins queues
// up instead of taking the memory and CPU that calls need.
type Hasher struct {
	slots chan struct{}
	cost  Cost // of new hashes; a stored one carries its own
}

// NewHasher gives a hasher that runs at most parallel hashes at once; 0 means half the CPUs.
func NewHasher(parallel int) *Hasher {
	if parallel <= 0 {
		parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	return &Hasher{slots: make(chan struct{}, parallel), cost: defaultCost}
}

// WithCost gives the hasher for new hashes of another cost: a smaller one is
// for tests of other things than passwords.
func (h *Hasher) WithCost(c Cost) *Hasher { return &Hasher{slots: h.slots, cost: c} }

// fresh gives the parameters of a new hash.
func (h *Hasher) fresh(salt []byte) phc {
	return phc{memory: h.cost.Memory, passes: h.cost.Passes, lanes: hashLanes, salt: salt, size: hashBytes}
}

// Hash gives the PHC string of a password with a fresh salt. The only error is ctx's.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails, see crypto/rand
	p := h.fresh(salt)
	sum, err := h.run(ctx, p, password)
	if err != nil {
		return "", err
	}
	p.sum = sum
	return p.String(), nil
}

// Matches tells whether password is the one behind the PHC string. With an
// empty string (no such login) it costs the same and says no, so that the
// answer's time does not tell which logins exist.
func (h *Hasher) Matches(ctx context.Context, stored, password string) (bool, error) {
	if stored == "" {
		_, err := h.run(ctx, h.fresh(make([]byte, saltBytes)), password)
		return false, err
	}
	p, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	sum, err := h.run(ctx, p, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, p.sum) == 1, nil
}

func (h *Hasher) run(ctx context.Context, p phc, password string) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, p.size), nil
}

// HashOrganisation hashes an organisation's password: of its MD5, because the
// voiptech dialect may send either form (contracts/voiptech.md, Password).
func (h *Hasher) HashOrganisation(ctx context.Context, password string) (string, error) {
	return h.Hash(ctx, md5Hex(password))
}

// MatchesOrganisation tests a value that is the password or the hex MD5 of it.
func (h *Hasher) MatchesOrganisation(ctx context.Context, stored, value string) (bool, error) {
	if lower := strings.ToLower(value); isMD5Hex(lower) {
		if ok, err := h.Matches(ctx, stored, lower); ok || err != nil {
			return ok, err
		}
	}
	return h.Matches(ctx, stored, md5Hex(value))
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func isMD5Hex(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == md5.Size
}

// phc is an argon2id hash: $argon2id$v=19$m=19456,t=2,p=1$salt$sum.
type phc struct {
	memory, passes uint32
	lanes          uint8
	size           uint32
	salt, sum      []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.lanes,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.sum))
}

// parsePHC bounds the cost: a damaged or planted row must not take the machine's memory.
func parsePHC(s string) (phc, error) {
	var p phc
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, ErrHash
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); n != 3 || err != nil {
		return p, ErrHash
	}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(part[4])
	p.sum, err2 = base64.RawStdEncoding.Strict().DecodeString(part[5])
	p.size = uint32(len(p.sum))
	sane := err1 == nil && err2 == nil && p.memory >= 8 && p.memory <= 256*1024 && p.passes >= 1 && p.passes <= 16 &&
		p.lanes >= 1 && p.lanes <= 16 && len(p.salt) >= 8 && len(p.salt) <= 64 && len(p.sum) >= 16 && len(p.sum) <= 64
	if !sane || p.String() != s {
		return p, ErrHash
	}
	return p, nil
}
