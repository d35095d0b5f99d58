package auth

import (
	"fmt"
	"testing"
	"time"
)

func newThrottle() (*Throttle, *time.Time) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return NewThrottle(func() time.Time { return now }), &now
}

func TestThrottleDoublesTheWaitBeyondFreeAttempts(t *testing.T) {
	th, now := newThrottle()
	for i := range patienceBoth.free {
		if wait := th.Try("ann", "192.0.2.1:1000"); wait != 0 {
			t.Fatalf("attempt %d has to wait %s", i+1, wait)
		}
	}
	for _, want := range []time.Duration{2, 4, 8, 16} {
		if wait := th.Try("ann", "192.0.2.1:2000"); wait != want*time.Second {
			t.Fatalf("wait %s, want %ds", wait, want)
		}
		*now = now.Add(want * time.Second)
		if wait := th.Try("ann", "192.0.2.1:2000"); wait != 0 {
			t.Fatalf("after its wait an attempt still has to wait %s", wait)
		}
	}
	if wait := th.Try("ann", "192.0.2.2:1000"); wait != 0 {
		t.Errorf("the owner at another address has to wait %s", wait)
	}
	*now = now.Add(patienceBoth.most + throttleMemory + time.Second)
	if wait := th.Try("ann", "192.0.2.1:1000"); wait != 0 || th.tries["bann\x00192.0.2.1"].count != 1 {
		t.Errorf("old attempts are not forgotten")
	}
}

func TestThrottleCountsAddressesAndLoginsAlone(t *testing.T) {
	th, now := newThrottle()
	for i := range patienceAddress.free {
		th.Try(fmt.Sprint("user", i), fmt.Sprintf("[2001:db8::%x]:5", i))
	}
	if th.Try("other", "2001:db8::ffff") == 0 {
		t.Error("many logins from one /64 are not slowed down")
	}
	if wait := th.Try("other", "2001:db8:0:1::1"); wait != 0 {
		t.Error("another network has to wait", wait)
	}
	for i := range patienceLogin.free {
		th.Try("ann", fmt.Sprintf("10.0.%d.1", i))
	}
	wait := th.Try("ann", "10.1.0.1")
	if wait == 0 {
		t.Error("one login from many addresses is not slowed down")
	}
	for range 20 {
		*now = now.Add(patienceLogin.most)
		th.Try("ann", "10.2.0.1")
	}
	*now = now.Add(patienceLogin.most)
	if wait := th.Try("ann", "10.3.0.1"); wait != 0 {
		t.Errorf("the owner is locked out for %s", wait)
	}
}

func TestThrottleTakesARightAttemptBack(t *testing.T) {
	th, _ := newThrottle()
	for range 1000 {
		if wait := th.Try("ann", "192.0.2.1"); wait != 0 {
			t.Fatalf("who signs in rightly has to wait %s", wait)
		}
		th.Passed("ann", "192.0.2.1")
	}
	for range patienceAddress.free - 1 {
		th.Try("bob", "192.0.2.9")
		th.tries["bbob\x00192.0.2.9"] = attempts{} // as if the logins differed
	}
	th.Try("ann", "192.0.2.9")
	th.Passed("ann", "192.0.2.9")
	th.Try("bob", "192.0.2.9")
	if th.Try("eve", "192.0.2.9") == 0 {
		t.Error("one right attempt cleared the wrong ones of the address")
	}
}

func TestThrottleStaysBounded(t *testing.T) {
	th, _ := newThrottle()
	for i := range throttleSize {
		th.Try(fmt.Sprint(i), fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff))
		if len(th.tries) > throttleSize+3 {
			t.Fatalf("%d attempts are kept", len(th.tries))
		}
	}
}
