package auth

import (
	"strconv"
	"testing"
	"time"
)

func TestVerifiedCountsForAWhileAndForThatHashOnly(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v := NewVerified(time.Minute, func() time.Time { return now })
	if v.Has("hash", "secret") {
		t.Error("something is known before it was proven")
	}
	v.Add("hash", "secret")
	for _, c := range []struct {
		stored, password string
		want             bool
	}{{"hash", "secret", true}, {"hash", "Secret", false}, {"another", "secret", false}, {"hashs", "ecret", false}, {"", "hashsecret", false}} {
		if got := v.Has(c.stored, c.password); got != c.want {
			t.Errorf("%q with %q: %v", c.password, c.stored, got)
		}
	}
	for range 3 {
		now = now.Add(59 * time.Second)
		if !v.Has("hash", "secret") {
			t.Error("it does not count while it is used")
		}
	}
	now = now.Add(time.Minute)
	if v.Has("hash", "secret") {
		t.Error("it counts longer than a minute")
	}
	if NewVerified(time.Minute, nil).mac("hash", "secret") == v.mac("hash", "secret") {
		t.Error("two processes share a key")
	}
}

func TestVerifiedStaysBounded(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v := NewVerified(time.Minute, func() time.Time { return now })
	for i := range 3 * verifiedSize {
		v.Add("hash", strconv.Itoa(i))
		if len(v.until) > verifiedSize {
			t.Fatalf("%d are kept, at most %d are allowed", len(v.until), verifiedSize)
		}
		if i == verifiedSize {
			now = now.Add(time.Hour)
		}
	}
	if !v.Has("hash", strconv.Itoa(3*verifiedSize-1)) {
		t.Error("the latest is forgotten")
	}
}
