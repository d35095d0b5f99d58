package digest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

// Credentials are what a user proves to have, in clear.
type Credentials struct {
	User     string
	Password string
}

// ErrNoChallenge: none of the challenges can be answered.
var ErrNoChallenge = errors.New("no digest challenge we can answer")

// Answer gives the value of the Authorization (after a 401) or
// Proxy-Authorization header (after a 407) to the strongest challenge we know
// among the header values of an answer. uri is the Request-URI exactly as sent;
// nc counts the requests sent with the challenge's nonce, from 1.
func Answer(challenges []string, c Credentials, method, uri string, nc int) (string, error) {
	return answer(challenges, c, method, uri, nc, rand.Text())
}

// WantsRetry tells whether challenges that came in reply to an answer say
// stale=true: the password was right, only the nonce was too old.
func WantsRetry(challenges []string) bool {
	p, _, err := strongest(challenges)
	return err == nil && strings.EqualFold(p.stale, "true")
}

// Nonce gives the nonce Answer would use; "" if there is nothing to answer.
func Nonce(challenges []string) string {
	p, _, _ := strongest(challenges)
	return p.nonce
}

func answer(challenges []string, c Credentials, method, uri string, nc int, cnonce string) (string, error) {
	ch, a, err := strongest(challenges)
	if err != nil {
		return "", err
	}
	p := proof{method: method, uri: uri, nonce: ch.nonce}
	if ch.qop != "" {
		p.qop, p.nc = "auth", fmt.Sprintf("%08x", uint32(max(nc, 1)))
	}
	if ch.qop != "" || a.sess {
		p.cnonce = cnonce
	}
	ha1 := string(a.of.hash(nil, c.User, ch.realm, c.Password))
	out := make([]byte, 0, 256+len(ch.opaque)+len(uri))
	out = quote(append(out, "Digest "...), "username", c.User)
	out = quote(append(out, ", "...), "realm", ch.realm)
	out = quote(append(out, ", "...), "nonce", ch.nonce)
	out = quote(append(out, ", "...), "uri", uri)
	if ch.algorithm != "" { // not named unless the challenge does: RFC 2069 servers know no such parameter
		out = append(append(out, ", algorithm="...), a.name...)
	}
	if p.cnonce != "" {
		out = quote(append(out, ", "...), "cnonce", p.cnonce)
	}
	if p.qop != "" {
		out = append(append(out, ", qop=auth, nc="...), p.nc...)
	}
	if ch.opaque != "" {
		out = quote(append(out, ", "...), "opaque", ch.opaque)
	}
	out = quote(append(out, ", "...), "response", string(a.response(nil, ha1, p)))
	return string(out), nil
}

// strongest picks the challenge to answer; of equal ones the first.
func strongest(challenges []string) (params, algorithm, error) {
	best, rank, why := params{}, len(algorithms), "the answer has no challenge"
	for _, header := range challenges {
		p, err := parse(header)
		if err != nil {
			why = err.Error()
			continue
		}
		_, i, ok := findAlgorithm(p.algorithm)
		switch {
		case p.nonce == "" || p.realm == "":
			why = "realm or nonce is missing"
		case !ok:
			why = fmt.Sprintf("algorithm %q is not known; SHA-256 and MD5 are", p.algorithm)
		case !offersAuth(p.qop):
			why = fmt.Sprintf("qop %q is not supported; auth is", p.qop)
		case i < rank:
			best, rank = p, i
		}
	}
	if rank == len(algorithms) {
		return best, algorithm{}, fmt.Errorf("%w: %s", ErrNoChallenge, why)
	}
	return best, algorithms[rank], nil
}

// offersAuth reads the list of a challenge's qop; an absent one is RFC 2069.
func offersAuth(qop string) bool {
	if qop == "" {
		return true
	}
	for option := range strings.SplitSeq(qop, ",") {
		if strings.EqualFold(strings.Trim(option, blank), "auth") {
			return true
		}
	}
	return false
}
