// Package digest is HTTP digest authentication as SIP uses it (RFC 7616,
// RFC 3261 §22, RFC 8760): a Challenger for requests that come in, Answer for
// challenges to requests that went out. Only hashes of passwords are needed
// on the server's side.
package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// algorithm is one of the digests of RFC 8760, with or without -sess.
type algorithm struct {
	name string
	of   Algorithm
	sess bool
}

// algorithms in the order we prefer them.
var algorithms = [...]algorithm{
	{"SHA-256", SHA256, false},
	{"SHA-256-sess", SHA256, true},
	{"MD5", MD5, false},
	{"MD5-sess", MD5, true},
}

// findAlgorithm looks a name up; an absent one means MD5 (RFC 7616 §3.3).
func findAlgorithm(name string) (algorithm, int, bool) {
	if name == "" {
		name = "MD5"
	}
	for i, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			return a, i, true
		}
	}
	return algorithm{}, len(algorithms), false
}

// hash appends the lower-case hex of H(parts joined by colons).
func (a Algorithm) hash(out []byte, parts ...string) []byte {
	var stack [512]byte
	text := join(stack[:0], parts)
	if a == MD5 {
		sum := md5.Sum(text)
		return hex.AppendEncode(out, sum[:])
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(out, sum[:])
}

func join(out []byte, parts []string) []byte {
	for i, p := range parts {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, p...)
	}
	return out
}

// proof is what goes into a response besides the password.
type proof struct {
	method, uri, nonce string
	qop, nc, cnonce    string // empty for RFC 2069 clients
}

// response computes request-digest (RFC 7616 §3.4.1), appending it to out.
func (a algorithm) response(out []byte, ha1 string, p proof) []byte {
	var b1, b2 [2 * sha256.Size]byte
	if a.sess {
		ha1 = string(a.of.hash(b1[:0], ha1, p.nonce, p.cnonce))
	}
	ha2 := string(a.of.hash(b2[:0], p.method, p.uri))
	if p.qop == "" {
		return a.of.hash(out, ha1, p.nonce, ha2)
	}
	return a.of.hash(out, ha1, p.nonce, p.nc, p.cnonce, p.qop, ha2)
}
