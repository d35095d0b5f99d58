package digest

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"holdline/internal/auth"
	"holdline/internal/sipua/sipuri"
)

const (
	// nonceLifetime is how long an answer to a challenge is taken. Phones that
	// refresh later are told stale=true and answer again without asking anybody.
	nonceLifetime = 5 * time.Minute
	// clockSkew allows for another node's clock being ahead.
	clockSkew = 30 * time.Second
	// countLimit bounds the memory of nonce counts: two generations of 32 bytes each or so.
	countLimit = 1 << 16
	// countLifetime is how long a count is remembered at least: as long as its nonce may be taken.
	countLifetime = nonceLifetime + clockSkew
)

// Algorithm is a digest that challenges can ask for. Answers with either are
// taken, whichever was asked for.
type Algorithm uint8

const (
	SHA256 Algorithm = iota // RFC 8760
	MD5                     // all that older phones know
)

// String gives the algorithm's name in headers.
func (a Algorithm) String() string { return [...]string{"SHA-256", "MD5"}[a] }

// ParseAlgorithms reads names as they stand in headers, in any case.
func ParseAlgorithms(names []string) ([]Algorithm, error) {
	out := make([]Algorithm, 0, len(names))
	for _, name := range names {
		switch {
		case strings.EqualFold(name, SHA256.String()):
			out = append(out, SHA256)
		case strings.EqualFold(name, MD5.String()):
			out = append(out, MD5)
		default:
			return nil, fmt.Errorf("digest algorithm %q is not known; SHA-256 and MD5 are", name)
		}
	}
	return out, nil
}

// Outcome says what came of a check.
type Outcome uint8

const (
	OK        Outcome = iota + 1
	Missing           // no digest credentials: challenge
	Stale             // password right, nonce no longer good: challenge with stale=true
	Bad               // wrong password or no such user: challenge, and count it against the source
	Malformed         // 400: unreadable, or not made for this request
)

var outcomeNames = [...]string{"", "ok", "missing", "stale", "bad", "malformed"}

// String gives the outcome's name as it stands in logs and metrics.
func (o Outcome) String() string { return outcomeNames[o] }

// Result is what Verify found. User and Realm are what the request claims,
// also when the claim is wrong; they hold no control characters.
type Result struct {
	Outcome Outcome
	User    string
	Realm   string
	Detail  string // for logs: why it is not OK
}

// Challenger challenges and checks requests. Safe for concurrent use.
type Challenger struct {
	mint   mint
	counts counts
	offer  []Algorithm
	nobody [2]string // MD5 and SHA-256 HA1s to compute with for users who do not exist
}

// NewChallenger gives a Challenger. Those with the same secret know each
// other's nonces, so that a phone may be challenged by one node and answer to
// another, or to the same after a restart. The secret should have 32 random bytes.
//
// offer lists the algorithms of its challenges, the preferred one first; none
// stands for SHA-256 and MD5 (RFC 8760 §2.4). Some clients need less: sipp 3.6
// looks at the first challenge alone and knows MD5 only, and baresip 1.0 gives
// up when any challenge names anything but MD5.
func NewChallenger(secret []byte, offer ...Algorithm) *Challenger {
	if len(offer) == 0 {
		offer = []Algorithm{SHA256, MD5}
	}
	c := &Challenger{offer: offer}
	c.mint.init(secret)
	c.counts.limit = countLimit
	c.counts.young = make(map[nonceID]uint32)
	c.nobody[0], c.nobody[1] = auth.HA1("nobody", "", string(secret))
	return c
}

// Challenge gives the values of the WWW-Authenticate or Proxy-Authenticate
// headers of a 401 or 407, one for each algorithm offered, in their order.
func (c *Challenger) Challenge(realm string, now time.Time, stale bool) []string {
	nonce := c.mint.make(realm, now)
	out := make([]string, 0, len(c.offer))
	for _, a := range c.offer {
		b := make([]byte, 0, 128+len(realm))
		b = quote(append(b, "Digest "...), "realm", realm)
		b = quote(append(b, ", "...), "nonce", nonce)
		if stale {
			b = append(b, ", stale=true"...)
		}
		b = append(append(b, ", algorithm="...), a.String()...)
		out = append(out, string(append(b, `, qop="auth"`...)))
	}
	return out
}

// Verify checks the value of an Authorization or Proxy-Authorization header
// ("" if there is none) of a request with this method and Request-URI. ha1
// gives what HA1 gave for the user in the realm; an empty hash means that the
// user cannot use that algorithm. A user who does not exist takes as long as one
// with a wrong password, apart from the time ha1 itself takes.
func (c *Challenger) Verify(authorization, method, requestURI string, now time.Time,
	ha1 func(user, realm string) (md5hex, sha256hex string, ok bool)) Result {
	if authorization == "" {
		return Result{Outcome: Missing, Detail: "no credentials"}
	}
	p, err := parse(authorization)
	if errors.Is(err, errNotDigest) {
		return Result{Outcome: Missing, Detail: "not digest credentials"}
	}
	r := Result{Outcome: Malformed, User: p.username, Realm: p.realm}
	if err != nil {
		r.Detail = err.Error()
		return r
	}
	a, nc, detail := c.readable(p, requestURI)
	if detail != "" {
		r.Detail = detail
		return r
	}
	md5hex, sha256hex, known := ha1(p.username, p.realm)
	r.Outcome, r.Detail = c.judge(p, a, method, nc, now, c.pick(a, md5hex, sha256hex, known), known)
	return r
}

// readable checks what needs no secret; detail says what is wrong.
func (c *Challenger) readable(p params, requestURI string) (a algorithm, nc uint32, detail string) {
	if p.username == "" || p.realm == "" || p.nonce == "" || p.uri == "" || p.response == "" {
		return a, 0, "username, realm, nonce, uri or response is missing"
	}
	a, _, ok := findAlgorithm(p.algorithm)
	if !ok || a.sess {
		return a, 0, "algorithm was not offered"
	}
	if !sameTarget(p.uri, requestURI) {
		return a, 0, "uri names another user than the Request-URI"
	}
	if p.qop == "" { // RFC 2069: old phones
		return a, 0, ""
	}
	if !strings.EqualFold(p.qop, "auth") {
		return a, 0, "qop was not offered"
	}
	n, err := strconv.ParseUint(p.nc, 16, 32)
	if err != nil || len(p.nc) != 8 || p.cnonce == "" {
		return a, 0, "nc or cnonce is missing or malformed"
	}
	return a, uint32(n), ""
}

// sameTarget compares the uri of the credentials with the Request-URI: a
// request that was listened to must not be made to call somebody else. Only the
// user decides that. Port and parameters phones leave out of one of the two;
// the host is another one when a NAT rewrote the request on its way, and clients
// such as sipp put the server's bare address there.
func sameTarget(uri, requestURI string) bool {
	if uri == requestURI {
		return true
	}
	a, err := sipuri.Parse(uri)
	if err != nil {
		return false
	}
	b, err := sipuri.Parse(requestURI)
	return err != nil || a.User == "" || b.User == "" || a.User == b.User
}

// pick gives the HA1 to compute with, a stand-in for users who do not exist.
func (c *Challenger) pick(a algorithm, md5hex, sha256hex string, known bool) string {
	ha1, nobody := md5hex, c.nobody[0]
	if a.of == SHA256 {
		ha1, nobody = sha256hex, c.nobody[1]
	}
	if !known || ha1 == "" {
		return nobody
	}
	return ha1
}

// judge compares first and asks about the nonce afterwards: stale=true may
// only be told to those who know the password (RFC 7616 §3.3).
func (c *Challenger) judge(p params, a algorithm, method string, nc uint32, now time.Time, ha1 string, known bool) (Outcome, string) {
	var buf [64]byte
	want := a.response(buf[:0], ha1, proof{method: method, uri: p.uri, nonce: p.nonce, qop: p.qop, nc: p.nc, cnonce: p.cnonce})
	id, ours := c.mint.read(p.nonce, p.realm)
	if !sameHex(p.response, want) || !known {
		if !known {
			return Bad, "no such user"
		}
		return Bad, "wrong password"
	}
	age := now.Sub(id.made())
	switch {
	case !ours:
		return Stale, "nonce is not ours"
	case age > nonceLifetime || age < -clockSkew:
		return Stale, "nonce has expired"
	case p.qop != "" && !c.counts.rise(id, nc, now):
		return Stale, "nonce count was used before"
	}
	return OK, ""
}

// sameHex compares in constant time; got may be in either case.
func sameHex(got string, want []byte) bool {
	var a, b [32]byte
	if len(got) != len(want) || len(got) > 2*len(a) {
		return false
	}
	if _, err := hex.Decode(a[:], []byte(got)); err != nil {
		return false
	}
	if _, err := hex.Decode(b[:], want); err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
