package auth

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
)

// NewSecret gives a random secret or token: 256 bits in 43 URL-safe characters.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// passwordAlphabet leaves out characters that are mixed up when typed into a phone: 0 O o, 1 I l.
const passwordAlphabet = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"

// NewPassword gives a random password a person can type: 16 characters, 92 bits.
func NewPassword() string {
	out := make([]byte, 0, 16)
	var b [32]byte
	for len(out) < cap(out) {
		rand.Read(b[:])
		for _, c := range b {
			if c &= 63; int(c) < len(passwordAlphabet) && len(out) < cap(out) {
				out = append(out, passwordAlphabet[c])
			}
		}
	}
	return string(out)
}

// NewSigningSecret gives a random secret requests are signed with, in the form
// of the Standard Webhooks specification: "whsec_" and the base64 of 24 bytes.
func NewSigningSecret() string {
	var b [24]byte
	rand.Read(b[:])
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}

const keyAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewKey gives a random name for something: 32 letters and digits, 190 bits.
func NewKey() string {
	out := make([]byte, 0, 32)
	var b [48]byte
	for len(out) < cap(out) {
		rand.Read(b[:])
		for _, c := range b {
			if c &= 63; int(c) < len(keyAlphabet) && len(out) < cap(out) {
				out = append(out, keyAlphabet[c])
			}
		}
	}
	return string(out)
}

// HashSecret gives what is kept of an application's secret: the hex of its
// SHA-256. A fast hash is right here, because secrets are random: there is
// nothing to guess that a slow hash would protect.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// MatchesSecret compares a secret with its kept hash in constant time. An empty hash matches nothing.
func MatchesSecret(hash, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(hash), []byte(HashSecret(secret))) == 1
}

// HashToken gives what is kept of an access token: its SHA-256.
func HashToken(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// HA1 gives what is kept of a SIP password: hex of MD5 and SHA-256 of
// user:realm:password (RFC 7616 §3.4.2). The realm is the organisation's domain.
func HA1(user, realm, password string) (md5hex, sha256hex string) {
	text := []byte(user + ":" + realm + ":" + password)
	m, s := md5.Sum(text), sha256.Sum256(text)
	return hex.EncodeToString(m[:]), hex.EncodeToString(s[:])
}
