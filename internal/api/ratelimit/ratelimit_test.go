package ratelimit

import (
	"strconv"
	"testing"
	"time"
)

func TestEachKeyHasItsOwnLimitPerWindow(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 59, 0, 0, time.UTC)
	l := New(2, time.Hour, func() time.Time { return now })
	for i, want := range []Quota{{true, 2, 1, time.Minute}, {true, 2, 0, time.Minute}, {false, 2, 0, time.Minute}} {
		if got := l.Take("a"); got != want {
			t.Errorf("request %d: %+v; want %+v", i+1, got, want)
		}
	}
	if got := l.Take("b"); !got.OK || got.Remaining != 1 {
		t.Errorf("another key: %+v", got)
	}
	now = now.Add(time.Minute)
	if got, want := l.Take("a"), (Quota{true, 2, 1, time.Hour}); got != want {
		t.Errorf("next window: %+v; want %+v", got, want)
	}
}

func TestKeysBeyondTheBoundShareOneCount(t *testing.T) {
	now := time.Unix(0, 0)
	l := New(1, time.Hour, func() time.Time { return now })
	for i := range maxKeys {
		l.Take(strconv.Itoa(i))
	}
	if !l.Take("one more").OK || l.Take("and another").OK {
		t.Error("keys beyond the bound must share one count")
	}
	if len(l.used) > maxKeys+1 {
		t.Errorf("%d keys are kept", len(l.used))
	}
}

func TestAddressKey(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1:5000":              "192.0.2.1",
		"[::ffff:192.0.2.1]:5000":     "192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:5000": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80":           "fe80::/64",
		"@":                           "@",
	} {
		if got := AddressKey(in); got != want {
			t.Errorf("AddressKey(%s) = %s; want %s", in, got, want)
		}
	}
}
