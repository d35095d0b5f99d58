package auth

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

func TestSecretsAreRandomAndMatchTheirHashOnly(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if a == b || len(a) != 43 {
		t.Fatalf("secrets %q, %q", a, b)
	}
	if !MatchesSecret(HashSecret(a), a) || MatchesSecret(HashSecret(a), b) || MatchesSecret("", "") || MatchesSecret("", a) {
		t.Error("a secret must match its own hash and nothing else")
	}
}

func TestPasswordsAreTypeable(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		p := NewPassword()
		if len(p) != 16 || seen[p] {
			t.Fatalf("password %q (seen before: %v)", p, seen[p])
		}
		seen[p] = true
	}
}

// RFC 2617 §3.5 gives the MD5 of Mufasa:testrealm@host.com:Circle Of Life.
func TestHA1(t *testing.T) {
	m, _ := HA1("Mufasa", "testrealm@host.com", "Circle Of Life")
	if m != "939e7578ed9e3c518a452acee763bce9" {
		t.Errorf("MD5 HA1 is %s", m)
	}
	// RFC 7616 §3.9.1: response of its SHA-256 example follows from this HA1.
	_, s := HA1("Mufasa", "http-auth@example.org", "Circle of Life")
	if want := "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"; s != want {
		t.Errorf("SHA-256 HA1 is %s", s)
	}
}

func TestKeysAreThirtyTwoLettersAndDigits(t *testing.T) {
	seen, form := map[string]bool{}, regexp.MustCompile(`^[0-9A-Za-z]{32}$`)
	for range 200 {
		k := NewKey()
		if !form.MatchString(k) || seen[k] {
			t.Fatalf("key %q (seen before: %v)", k, seen[k])
		}
		seen[k] = true
	}
}

// The Standard Webhooks specification wants 24 to 64 random bytes in base64 behind whsec_.
func TestSigningSecretsHaveTheStandardForm(t *testing.T) {
	a, b := NewSigningSecret(), NewSigningSecret()
	text, ok := strings.CutPrefix(a, "whsec_")
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) != 24 || a == b {
		t.Errorf("secrets %q (%v), %q", a, err, b)
	}
}
