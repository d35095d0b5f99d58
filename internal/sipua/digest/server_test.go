package digest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const target = "sip:0003*700@demo.local"

// phone answers the challenge for an INVITE as the demo's phone does.
func phone(t *testing.T, challenges []string, nc int) string {
	t.Helper()
	value, err := answer(challenges, Credentials{"0003*201", "demo-201"}, "INVITE", target, nc, "c1")
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func expect(t *testing.T, r Result, want Outcome, detail string) {
	t.Helper()
	if r.Outcome != want || !strings.Contains(r.Detail, detail) {
		t.Errorf("%s (%s), want %s (%s)", r.Outcome, r.Detail, want, detail)
	}
}

func TestChallengeOffersSHA256First(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	got := c.Challenge(`de"mo`, t0, true)
	if len(got) != 2 || !strings.Contains(got[0], "algorithm=SHA-256") || !strings.Contains(got[1], "algorithm=MD5") {
		t.Fatalf("challenges %q", got)
	}
	for _, value := range got {
		p, err := parse(value)
		if err != nil || p.realm != `de"mo` || p.stale != "true" || p.qop != "auth" || p.nonce == "" {
			t.Errorf("%s: %+v %v", value, p, err)
		}
		if !WantsRetry([]string{value}) {
			t.Errorf("%s does not want a retry", value)
		}
	}
	fresh := c.Challenge(`de"mo`, t0, false)
	if WantsRetry(fresh) || Nonce(fresh) == Nonce(got) {
		t.Errorf("%q after %q", fresh, got)
	}
}

func TestVerifyTellsOutcomesApart(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	challenges := c.Challenge("demo.local", t0, false)
	good := phone(t, challenges, 1)
	swap := func(old, new string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%s has no %s", good, old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, tt := range []struct {
		name, header string
		want         Outcome
		detail       string
	}{
		{"none", "", Missing, "no credentials"},
		{"basic", "Basic dTpw", Missing, "not digest"},
		{"no value", "Digest", Missing, ""},
		{"syntax", swap(`realm="`, `realm=`), Malformed, "malformed"},
		{"control character", swap("demo.local", "demo\x01local"), Malformed, "malformed"},
		{"twice", good + `, realm="other"`, Malformed, "malformed"},
		{"too long", good + strings.Repeat(" ", maxHeader), Malformed, "malformed"},
		{"no user", swap(`"0003*201"`, `""`), Malformed, "missing"},
		{"other algorithm", swap("SHA-256", "SHA-512"), Malformed, "algorithm"},
		{"session algorithm", swap("SHA-256", "SHA-256-sess"), Malformed, "algorithm"},
		{"other qop", swap("qop=auth", "qop=auth-int"), Malformed, "qop"},
		{"short nc", swap("nc=00000001", "nc=1"), Malformed, "nc"},
		{"no cnonce", swap(`cnonce="c1"`, `cnonce=""`), Malformed, "cnonce"},
		{"other uri", swap(target, "sip:0003*701@demo.local"), Malformed, "another user"},
		{"no uri", swap(target, "x"), Malformed, "another user"},
		{"unknown user", swap("0003*201", "0003*299"), Bad, "no such user"},
		{"other realm", swap("demo.local", "other.local"), Bad, "no such user"},
		{"other nc", swap("nc=00000001", "nc=00000002"), Bad, "wrong password"},
		{"other cnonce", swap(`"c1"`, `"c2"`), Bad, "wrong password"},
		{"downgraded", swap(", qop=auth", ""), Bad, "wrong password"},
		{"wrong length", swap(`response="`, `response="00`), Bad, "wrong password"},
		{"no hex", swap(`response="`, `response="x`)[:len(good)] + `"`, Bad, "wrong password"},
		{"right", good, OK, ""},
		{"again", good, Stale, "used before"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, c.Verify(tt.header, "INVITE", target, t0.Add(time.Second), demo), tt.want, tt.detail)
		})
	}
	expect(t, c.Verify(phone(t, challenges, 2), "REGISTER", target, t0, demo), Bad, "wrong password") // other method
}

func TestAlgorithmsByName(t *testing.T) {
	if got, err := ParseAlgorithms([]string{"md5", "SHA-256"}); err != nil || fmt.Sprint(got) != "[MD5 SHA-256]" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := ParseAlgorithms([]string{"MD5", "SHA-512"}); err == nil || !strings.Contains(err.Error(), `"SHA-512" is not known`) {
		t.Error(err)
	}
}

// Clients differ in what they put into uri; only another user is another target.
func TestURIOfTheCredentials(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	for _, tt := range []struct {
		uri, request string
		want         Outcome
	}{
		{"sip:127.0.0.1:5060", target, OK}, // sipp
		{"sip:0003*700@demo.local", "sip:0003*700@203.0.113.9:5060;transport=udp", OK},
		{"sip:0003%2a700@10.0.0.1", target, OK},
		{"sip:demo.local;transport=tcp", "sip:demo.local", OK},
		{"sip:0003*201@demo.local", "sip:demo.local", OK},
		{"tel:+15550100", "tel:+15550100", OK},
		{"sip:+15550100@demo.local", "tel:+15550100", OK},
		{"sip:0003*701@demo.local", target, Malformed},
		{"/", target, Malformed},
	} {
		value, err := Answer(c.Challenge("demo.local", t0, false), Credentials{"0003*201", "demo-201"}, "INVITE", tt.uri, 1)
		if err != nil {
			t.Fatal(err)
		}
		if r := c.Verify(value, "INVITE", tt.request, t0, demo); r.Outcome != tt.want {
			t.Errorf("%s for %s: %+v", tt.uri, tt.request, r)
		}
	}
}

func TestOfferCanBeLimited(t *testing.T) {
	c := NewChallenger([]byte("secret"), MD5)
	made := c.Challenge("demo.local", t0, false)
	if len(made) != 1 || !strings.HasSuffix(made[0], `, algorithm=MD5, qop="auth"`) {
		t.Errorf("%q", made)
	}
	expect(t, c.Verify(phone(t, made, 1), "INVITE", target, t0, demo), OK, "")
	// Nothing is lost by taking the stronger one unasked.
	stronger := strings.Replace(made[0], "MD5", "SHA-256", 1)
	expect(t, c.Verify(phone(t, []string{stronger}, 2), "INVITE", target, t0, demo), OK, "")
	if got := NewChallenger(nil, MD5, SHA256).Challenge("r", t0, false); !strings.Contains(got[0], "MD5") || !strings.Contains(got[1], "SHA-256") {
		t.Errorf("%q", got)
	}
}

func TestOldPhonesWithoutQop(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	nonce := Nonce(c.Challenge("demo.local", t0, false))
	old := phone(t, []string{`Digest realm="demo.local", nonce="` + nonce + `"`}, 1)
	for range 2 { // they have no count, so the nonce serves until it is too old
		expect(t, c.Verify(old, "INVITE", target, t0.Add(time.Minute), demo), OK, "")
	}
	expect(t, c.Verify(old, "INVITE", target, t0.Add(nonceLifetime+time.Second), demo), Stale, "expired")
	upper := strings.ToUpper(old[strings.Index(old, `response="`)+10:])
	expect(t, c.Verify(old[:strings.Index(old, `response="`)+10]+upper, "INVITE", target, t0, demo), OK, "")
}

func TestUserWithoutAHashForTheAlgorithm(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	md5only := func(user, realm string) (string, string, bool) {
		m, _, ok := demo(user, realm)
		return m, "", ok
	}
	challenges := c.Challenge("demo.local", t0, false)
	expect(t, c.Verify(phone(t, challenges[:1], 1), "INVITE", target, t0, md5only), Bad, "")
	expect(t, c.Verify(phone(t, challenges[1:], 1), "INVITE", target, t0, md5only), OK, "")
	// Whoever knows the stand-in still does not get in as nobody.
	forged, _ := answer(challenges[:1], Credentials{"0003*299", "x"}, "INVITE", target, 1, "c1")
	expect(t, c.Verify(forged, "INVITE", target, t0, func(string, string) (string, string, bool) { return "", "", false }), Bad, "no such user")
}

func TestNonces(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	made := c.Challenge("demo.local", t0, false)
	// Another node with the same secret takes it, one with another secret asks again; so does ours for another realm.
	expect(t, NewChallenger([]byte("secret")).Verify(phone(t, made, 1), "INVITE", target, t0, demo), OK, "")
	expect(t, NewChallenger([]byte("other")).Verify(phone(t, made, 1), "INVITE", target, t0, demo), Stale, "not ours")
	elsewhere := `Digest realm="demo.local", algorithm=MD5, qop="auth", nonce="` + Nonce(c.Challenge("other.local", t0, false)) + `"`
	expect(t, c.Verify(phone(t, []string{elsewhere}, 1), "INVITE", target, t0, demo), Stale, "not ours")
	expect(t, c.Verify(phone(t, made, 1), "INVITE", target, t0.Add(nonceLifetime), demo), OK, "")
	expect(t, c.Verify(phone(t, made, 2), "INVITE", target, t0.Add(nonceLifetime+1), demo), Stale, "expired")
	// Another node's clock may be a little ahead, not a lot.
	ahead := c.Challenge("demo.local", t0.Add(clockSkew), false)
	expect(t, c.Verify(phone(t, ahead, 1), "INVITE", target, t0, demo), OK, "")
	ahead = c.Challenge("demo.local", t0.Add(clockSkew+time.Second), false)
	expect(t, c.Verify(phone(t, ahead, 1), "INVITE", target, t0, demo), Stale, "expired")
}

func TestNonceCountsRise(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	made := c.Challenge("demo.local", t0, false)
	for _, step := range []struct {
		nc   int
		want Outcome
	}{{1, OK}, {1, Stale}, {2, OK}, {9, OK}, {3, Stale}, {9, Stale}, {10, OK}} {
		if r := c.Verify(phone(t, made, step.nc), "INVITE", target, t0, demo); r.Outcome != step.want {
			t.Errorf("nc %d: %+v, want %s", step.nc, r, step.want)
		}
	}
}

// However many nonces are used, at whatever times, memory stays within two
// generations and no count is ever taken twice while its nonce is good.
func TestCountsAreBoundedAndNeverForgiveAReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := counts{limit: 4, young: map[nonceID]uint32{}}
		now := t0
		used := map[nonceID]uint32{}
		var ids []nonceID
		for range 60 {
			now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
			var id nonceID
			if len(ids) > 0 && rapid.Bool().Draw(t, "again") {
				id = rapid.SampledFrom(ids).Draw(t, "nonce")
			} else {
				put48(id[:], uint64(now.UnixMilli()))
				put48(id[stampSize:], uint64(len(ids)))
				ids = append(ids, id)
			}
			if now.Sub(id.made()) > nonceLifetime {
				continue // Verify refuses these before it asks
			}
			nc := uint32(rapid.IntRange(1, 5).Draw(t, "nc"))
			if c.rise(id, nc, now) {
				if last, ok := used[id]; ok && nc <= last {
					t.Fatalf("count %d of nonce %x taken again after %d", nc, id, last)
				}
				used[id] = nc
			}
			if len(c.young) > c.limit || len(c.old) > c.limit {
				t.Fatalf("%d and %d entries", len(c.young), len(c.old))
			}
		}
	})
}

func TestFullCountsAskForANewNonce(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	c.counts.limit = 2
	first := c.Challenge("demo.local", t0, false)
	expect(t, c.Verify(phone(t, first, 1), "INVITE", target, t0, demo), OK, "")
	for i := range 4 {
		now := t0.Add(time.Duration(i+1) * time.Second)
		expect(t, c.Verify(phone(t, c.Challenge("demo.local", now, false), 1), "INVITE", target, now, demo), OK, "")
	}
	// Its count was forgotten: neither a replay nor a higher count is taken, a new nonce is.
	expect(t, c.Verify(phone(t, first, 1), "INVITE", target, t0.Add(5*time.Second), demo), Stale, "used before")
	expect(t, c.Verify(phone(t, first, 2), "INVITE", target, t0.Add(5*time.Second), demo), Stale, "used before")
	next := c.Challenge("demo.local", t0.Add(6*time.Second), true)
	expect(t, c.Verify(phone(t, next, 1), "INVITE", target, t0.Add(6*time.Second), demo), OK, "")
}

func TestVerifyIsSafeForConcurrentUse(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	made := c.Challenge("demo.local", t0, false)
	results := make(chan Outcome)
	for range 8 {
		go func() {
			value, _ := answer(made, Credentials{"0003*201", "demo-201"}, "INVITE", target, 1, "c1")
			results <- c.Verify(value, "INVITE", target, t0, demo).Outcome
		}()
	}
	got := map[Outcome]int{}
	for range 8 {
		got[<-results]++
	}
	if got[OK] != 1 || got[Stale] != 7 {
		t.Errorf("one request sent eight times was taken: %v", got)
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	for o := OK; o <= Malformed; o++ {
		if fmt.Sprint(o) == "" {
			t.Errorf("outcome %d has no name", o)
		}
	}
}
