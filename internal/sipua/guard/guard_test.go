package guard

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// answered counts how many of n requests at one moment are answered.
func answered(g *Guard, a netip.Addr, n int, now time.Time) (count int) {
	for range n {
		if g.Allow(a, now) == Answer {
			count++
		}
	}
	return count
}

func TestRequestsAreLimitedPerAddress(t *testing.T) {
	g := New(Config{Rate: 10, Burst: 20})
	a, b := addr("192.0.2.1"), addr("192.0.2.2")
	if got := answered(g, a, 50, t0); got != 20 {
		t.Errorf("%d of a burst of 20", got)
	}
	if got := answered(g, b, 50, t0); got != 20 {
		t.Errorf("another address had %d", got)
	}
	if got := answered(g, a, 50, t0.Add(500*time.Millisecond)); got != 5 {
		t.Errorf("%d after half a second at 10 a second", got)
	}
	if got := answered(g, a, 50, t0.Add(time.Hour)); got != 20 {
		t.Errorf("%d after an hour: the bucket overflowed", got)
	}
	if got := g.Stats().Dropped; got != 30+30+45+30 {
		t.Errorf("%d dropped", got)
	}
	if g.Allow(a, t0) != DropSilently { // a clock that goes back gives nothing
		t.Error("time going back filled the bucket")
	}
}

func TestAddressesOfOneCustomerAreOneSource(t *testing.T) {
	g := New(Config{Burst: 1})
	for _, pair := range [][2]string{{"192.0.2.1", "::ffff:192.0.2.1"}, {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}} {
		if answered(g, addr(pair[0]), 1, t0) != 1 || answered(g, addr(pair[1]), 1, t0) != 0 {
			t.Errorf("%v are two sources", pair)
		}
	}
	if answered(g, addr("2001:db8:1:3::1"), 1, t0) != 1 || answered(g, addr("192.0.2.3"), 1, t0) != 1 {
		t.Error("neighbours are one source")
	}
	if g = New(Config{Rate: -1, Burst: 1}); answered(g, addr("192.0.2.3"), 50, t0) != 50 {
		t.Error("limited without a limit")
	}
	g.Allow(netip.Addr{}, t0) // no address is one source too, and no panic
}

func TestWrongPasswordsBan(t *testing.T) {
	g := New(Config{BanAfter: 3, Window: time.Minute, BanFor: time.Hour})
	a, now := addr("192.0.2.1"), t0
	for i, want := range []bool{false, false, true, false} {
		if got := g.Failed(a, now); got != want {
			t.Errorf("failure %d: banned just now = %v", i+1, got)
		}
	}
	if g.Allow(a, now.Add(59*time.Minute)) != DropSilently || g.Allow(addr("192.0.2.2"), now) != Answer {
		t.Error("the ban hits the wrong one")
	}
	if until, ok := g.Banned(a, now); !ok || !until.Equal(now.Add(time.Hour)) {
		t.Errorf("banned until %v, %v", until, ok)
	}
	if _, ok := g.Banned(addr("192.0.2.9"), now); ok {
		t.Error("an unknown address is banned")
	}
	now = now.Add(time.Hour)
	if _, ok := g.Banned(a, now); ok || g.Allow(a, now) != Answer {
		t.Error("the ban does not end")
	}
	for i, want := range []bool{false, false, true} {
		if got := g.Failed(a, now); got != want {
			t.Errorf("failure %d after a ban: banned just now = %v", i+1, got)
		}
	}
	if got := g.Stats().Bans; got != 2 {
		t.Errorf("%d bans", got)
	}
}

func TestOldFailuresAndSuccessAreForgiven(t *testing.T) {
	g := New(Config{BanAfter: 2, Window: time.Minute})
	a := addr("192.0.2.1")
	if g.Failed(a, t0) || g.Failed(a, t0.Add(time.Minute+1)) {
		t.Error("a failure long ago counts")
	}
	g.Succeeded(a)
	if g.Failed(a, t0.Add(time.Minute+2)) {
		t.Error("a failure before a success counts")
	}
	if !g.Failed(a, t0.Add(time.Minute+3)) {
		t.Error("two failures do not ban")
	}
	g.Succeeded(a)
	if g.Allow(a, t0.Add(time.Minute+4)) != Answer {
		t.Error("the right password does not end the ban")
	}
	g.Succeeded(addr("192.0.2.200")) // never seen
}

func TestScannersAreBannedAtOnce(t *testing.T) {
	g := New(Config{})
	a := addr("192.0.2.1")
	if !g.Ban(a, t0) || g.Ban(a, t0) || g.Allow(a, t0) != DropSilently {
		t.Error("not banned, or banned twice")
	}
	off := New(Config{BanAfter: -1})
	if off.Ban(a, t0) || off.Failed(a, t0) || off.Allow(a, t0) != Answer {
		t.Error("banned although bans are off")
	}
}

func TestExemptAddressesAreNeverCounted(t *testing.T) {
	phone := addr("192.0.2.7")
	g := New(Config{Burst: 1, BanAfter: 1, ExemptLoopback: true, Known: func(a netip.Addr) bool { return a == phone }})
	for _, a := range []netip.Addr{phone, addr("127.0.0.9"), addr("::1"), addr("::ffff:127.0.0.1")} {
		if g.Failed(a, t0) || g.Ban(a, t0) || answered(g, a, 50, t0) != 50 {
			t.Errorf("%s was counted", a)
		}
	}
	if g = New(Config{Burst: 1}); answered(g, addr("127.0.0.1"), 2, t0) != 1 {
		t.Error("loopback is exempt without being asked for")
	}
}

// An address that was banned as a stranger's and becomes a trunk's is let in at once.
func TestBanEndsWhenTheAddressBecomesKnown(t *testing.T) {
	a, known := addr("192.0.2.1"), false
	g := New(Config{Known: func(netip.Addr) bool { return known }})
	g.Ban(a, t0)
	if _, ok := g.Banned(a, t0); !ok {
		t.Fatal("not banned")
	}
	known = true
	if _, ok := g.Banned(a, t0); ok || g.Allow(a, t0) != Answer {
		t.Error("still banned")
	}
	g.Succeeded(a)
	known = false
	if _, ok := g.Banned(a, t0); ok {
		t.Error("banned again after a right password")
	}
}

// A flood from ever new addresses neither grows the memory nor frees a banned one.
func TestFloodOfAddresses(t *testing.T) {
	g := New(Config{Sources: 64})
	bad := addr("192.0.2.1")
	g.Ban(bad, t0)
	var b [4]byte
	now := t0
	allocs := testing.AllocsPerRun(100_000, func() {
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+1)
		now = now.Add(time.Microsecond)
		g.Allow(netip.AddrFrom4(b), now)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a request", allocs)
	}
	if g.Allow(bad, now) != DropSilently {
		t.Error("the flood freed a banned address")
	}
}

func TestFullOfBansTheNextToEndGivesWay(t *testing.T) {
	g := New(Config{Sources: ways})
	for i := range ways + 1 {
		g.Ban(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), t0.Add(time.Duration(i)*time.Second))
	}
	now := t0.Add(time.Minute)
	for i := range ways + 1 {
		if _, ok := g.Banned(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), now); ok != (i > 0) {
			t.Errorf("address %d: banned = %v", i, ok)
		}
	}
}

// No source ever has more answers than its burst and the rate since allow.
func TestNeverMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, burst := rapid.Float64Range(0.1, 1000).Draw(t, "rate"), rapid.IntRange(1, 100).Draw(t, "burst")
		g := New(Config{Rate: rate, Burst: burst})
		now, got := t0, 0
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(100*time.Millisecond)).Draw(t, "gap")))
			if g.Allow(addr("192.0.2.1"), now) == Answer {
				got++
			}
		}
		if most := float64(burst) + rate*now.Sub(t0).Seconds() + 1e-6; float64(got) > most {
			t.Fatalf("%d answers, at most %f", got, most)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	g := New(Config{Rate: 0.001, Burst: 100})
	var wg sync.WaitGroup
	var total [4]int
	for i := range total {
		wg.Go(func() {
			total[i] = answered(g, addr("192.0.2.1"), 100, t0)
			g.Failed(addr("192.0.2.2"), t0)
			g.Banned(addr("192.0.2.2"), t0)
		})
	}
	wg.Wait()
	if sum := total[0] + total[1] + total[2] + total[3]; sum != 100 {
		t.Errorf("%d answers of a burst of 100", sum)
	}
}

func BenchmarkAllow(b *testing.B) {
	b.Run("one source", func(b *testing.B) {
		g := New(Config{})
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			g.Allow(addrs[0], t0.Add(time.Duration(n)))
		}
	})
	b.Run("banned", func(b *testing.B) {
		g := New(Config{})
		g.Ban(addrs[0], t0)
		b.ReportAllocs()
		for b.Loop() {
			g.Banned(addrs[0], t0)
		}
	})
	b.Run("flood", func(b *testing.B) {
		g := New(Config{})
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			g.Allow(addrs[n%len(addrs)], t0.Add(time.Duration(n)))
		}
	})
}

var addrs = func() (out [1 << 16]netip.Addr) {
	for i := range out {
		out[i] = netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	return out
}()
