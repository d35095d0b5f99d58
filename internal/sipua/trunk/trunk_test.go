package trunk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdline/internal/auth"
	"holdline/internal/sipua/digest"
	"holdline/internal/store"
)

var t0 = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

var acme = store.Trunk{ID: 3, Name: "acme", Host: "sip.acme.example:5070", Transport: "udp", Username: "holdline", Password: "s3cret", Register: true}

// provider checks what a registration sends, as its registrar would.
type provider struct {
	t       *testing.T
	r       *Registration
	now     time.Time
	digests *digest.Challenger
	cseq    uint32
	last    *Request
}

func newProvider(t *testing.T, tr store.Trunk) *provider {
	return &provider{t: t, r: New(tr, Options{CallID: "c@holdline", Seed: 1}), now: t0, digests: digest.NewChallenger([]byte("provider"))}
}

// sent takes the request of a step that must have one, with these Expires.
func (p *provider) sent(s Step, expires int) {
	p.t.Helper()
	if s.Send == nil {
		p.t.Fatalf("nothing sent: %+v", s)
	}
	q := s.Send
	if q.RequestURI != "sip:sip.acme.example:5070" || q.AOR != "sip:holdline@sip.acme.example" || q.CallID != "c@holdline" || q.Expires != expires || q.CSeq != p.cseq+1 {
		p.t.Fatalf("sent %+v", *q)
	}
	if at, ok := p.r.NextDeadline(); !ok || !at.Equal(p.now.Add(answerTime)) {
		p.t.Fatalf("deadline %v %v", at, ok)
	}
	p.cseq, p.last = q.CSeq, q
}

func (p *provider) reply(a Reply) Step {
	a.CSeq = p.cseq
	return p.r.Response(p.now, a)
}

func (p *provider) challenge(code int, stale bool) Step {
	return p.reply(Reply{Code: code, Challenges: p.digests.Challenge("acme", p.now, stale), Expires: -1})
}

// checks the credentials of the last request.
func (p *provider) accepts(header string, want digest.Outcome) {
	p.t.Helper()
	got := p.digests.Verify(header, "REGISTER", p.last.RequestURI, p.now, func(user, realm string) (string, string, bool) {
		m, s := auth.HA1("holdline", realm, "s3cret")
		return m, s, user == "holdline"
	})
	if got.Outcome != want {
		p.t.Fatalf("%s: %+v", header, got)
	}
}

func (p *provider) state(want State, message string) {
	p.t.Helper()
	s := p.r.Status(p.now)
	if s.State != want || !strings.Contains(s.Message, message) || message == "" && s.Message != "" {
		p.t.Fatalf("%s %q, want %s %q", s.State, s.Message, want, message)
	}
}

// problem expects no request, a notice, and the next attempt between lo and hi from now; it goes there.
func (p *provider) problem(s Step, message string, lo, hi time.Duration) {
	p.t.Helper()
	if s.Send != nil || !s.Notice.Problem || !strings.Contains(s.Notice.Text, message) {
		p.t.Fatalf("%+v, want %s", s, message)
	}
	p.wait(lo, hi)
}

func (p *provider) wait(lo, hi time.Duration) {
	p.t.Helper()
	at, ok := p.r.NextDeadline()
	if d := at.Sub(p.now); !ok || d < lo || d > hi {
		p.t.Fatalf("next attempt in %v, want %v to %v", d, lo, hi)
	}
	if early := p.r.Tick(at.Add(-time.Millisecond)); early != (Step{}) {
		p.t.Fatalf("too early: %+v", early)
	}
	p.now = at
}

// registered brings p to where a first registration has been granted for 600 s.
func registered(t *testing.T) *provider {
	p := newProvider(t, acme)
	p.state(Idle, "")
	p.sent(p.r.Start(p.now), 600)
	p.state(Registering, "")
	if p.last.Authorization != "" {
		t.Fatal("credentials before a challenge")
	}
	p.sent(p.challenge(401, false), 600)
	p.accepts(p.last.Authorization, digest.OK)
	s := p.reply(Reply{Code: 200, Expires: -1})
	if s.Send != nil || s.Notice.Problem || s.Notice.Text != "trunk acme: registered as sip:holdline@sip.acme.example for 600 s" {
		t.Fatalf("%+v", s)
	}
	p.state(Registered, "")
	return p
}

func TestRegistersAndRefreshes(t *testing.T) {
	p := registered(t)
	if again := p.r.Start(p.now); again != (Step{}) {
		t.Errorf("started twice: %+v", again)
	}
	for range 5 {
		// The known nonce is used again, with a rising count.
		p.wait(450*time.Second, 540*time.Second)
		p.sent(p.r.Tick(p.now), 600)
		p.state(Registered, "")
		p.accepts(p.last.Authorization, digest.Stale)
		p.sent(p.challenge(401, true), 600)
		p.accepts(p.last.Authorization, digest.OK)
		if s := p.reply(Reply{Code: 200, Expires: 600}); s != (Step{}) {
			t.Fatalf("a refresh is no news: %+v", s)
		}
	}
	if got := p.r.Status(p.now); got.Code != 200 || !got.Until.Equal(p.now.Add(600*time.Second)) {
		t.Errorf("%+v", got)
	}
}

func TestNonceCountRisesWhileTheNonceLasts(t *testing.T) {
	p := registered(t)
	for range 3 {
		p.now = p.now.Add(time.Minute)
		p.r.deadline = p.now // a short grant's refresh
		p.sent(p.r.Tick(p.now), 600)
		p.accepts(p.last.Authorization, digest.OK)
		p.reply(Reply{Code: 200, Expires: -1})
	}
}

func TestProviderWithoutStale(t *testing.T) {
	p := registered(t)
	p.wait(450*time.Second, 540*time.Second)
	p.sent(p.r.Tick(p.now), 600)
	p.sent(p.challenge(401, false), 600) // a new nonce without stale=true: tried before giving up
	p.accepts(p.last.Authorization, digest.OK)
	p.problem(p.challenge(401, false), "trunk acme refuses the password: check username and password of trunk 3", 5*time.Minute, 10*time.Minute)
}

func TestWrongPassword(t *testing.T) {
	bad := acme
	bad.Password = "guess"
	p := newProvider(t, bad)
	p.sent(p.r.Start(p.now), 600)
	p.sent(p.challenge(401, false), 600)
	p.accepts(p.last.Authorization, digest.Bad)
	p.problem(p.challenge(401, false), "trunk acme refuses the password: check username and password of trunk 3", backoffCeiling, backoffCeiling)
	p.state(Failing, "refuses the password")
	p.sent(p.r.Tick(p.now), 600)
	if p.last.Authorization != "" {
		t.Error("refused credentials sent again unasked")
	}
	p.sent(p.challenge(401, false), 600)
	if s := p.challenge(401, false); s != (Step{}) {
		t.Errorf("the same problem told twice: %+v", s)
	}
}

func TestProxyAndRegistrarChallenge(t *testing.T) {
	p := newProvider(t, acme)
	p.sent(p.r.Start(p.now), 600)
	p.sent(p.challenge(407, false), 600)
	p.accepts(p.last.ProxyAuthorization, digest.OK)
	if p.last.Authorization != "" {
		t.Error("answered a 407 with Authorization")
	}
	p.sent(p.challenge(401, false), 600)
	p.accepts(p.last.Authorization, digest.OK)
	p.accepts(p.last.ProxyAuthorization, digest.OK)
	p.reply(Reply{Code: 200, Expires: -1})
	p.state(Registered, "")
}

func TestEndlessChallengesEnd(t *testing.T) {
	p := newProvider(t, acme)
	s := p.r.Start(p.now)
	for range maxRounds {
		p.sent(s, 600)
		s = p.challenge(401, true)
	}
	p.sent(s, 600)
	p.problem(p.challenge(401, true), "refuses the password", backoffCeiling, backoffCeiling)
}

func TestTooBrief(t *testing.T) {
	p := newProvider(t, acme)
	p.sent(p.r.Start(p.now), 600)
	p.sent(p.reply(Reply{Code: 423, MinExpires: 1800}), 1800)
	p.reply(Reply{Code: 200, Expires: -1})
	p.wait(1350*time.Second, 1620*time.Second)
	p.sent(p.r.Tick(p.now), 1800)
	for _, min := range []int{0, 600, longestExpires + 1} {
		q := newProvider(t, acme)
		q.sent(q.r.Start(q.now), 600)
		q.problem(q.reply(Reply{Code: 423, Reason: "Interval Too Brief", MinExpires: min}), "423 Interval Too Brief", 30*time.Second, time.Minute)
	}
	p.sent(p.reply(Reply{Code: 423, MinExpires: 3600}), 3600)
	p.problem(p.reply(Reply{Code: 423, MinExpires: 7200}), "423", 30*time.Second, time.Minute)
}

func TestGrants(t *testing.T) {
	for _, tt := range []struct {
		granted int
		lo, hi  time.Duration
	}{
		{600, 450 * time.Second, 540 * time.Second}, {60, 45 * time.Second, 54 * time.Second}, {150, 112 * time.Second, 115 * time.Second},
		{-1, 450 * time.Second, 540 * time.Second}, {10 * longestExpires, 64800 * time.Second, 77760 * time.Second},
	} {
		p := newProvider(t, acme)
		p.sent(p.r.Start(p.now), 600)
		p.reply(Reply{Code: 200, Expires: tt.granted})
		p.wait(tt.lo, tt.hi)
		p.state(Registered, "")
	}
	p := newProvider(t, acme)
	p.sent(p.r.Start(p.now), 600)
	p.problem(p.reply(Reply{Code: 200, Expires: 0}), "grants it no time", 30*time.Second, time.Minute)
}

func TestFailuresSaySo(t *testing.T) {
	for _, tt := range []struct {
		reply  Reply
		text   string
		lo, hi time.Duration
	}{
		{Reply{Code: 403, Reason: "Forbidden"}, "(403 Forbidden): check username of trunk 3", backoffCeiling, backoffCeiling},
		{Reply{Code: 404, Reason: "Not Found"}, "(404 Not Found): check username and host of trunk 3", backoffCeiling, backoffCeiling},
		{Reply{Code: 302}, "(302): set host of trunk 3", 30 * time.Second, time.Minute},
		{Reply{Code: 486}, "(486): check host and username of trunk 3", 30 * time.Second, time.Minute},
		{Reply{Code: 500, Reason: "a\r\nb" + strings.Repeat("é", 100)}, "(500 abé", 30 * time.Second, time.Minute},
		{Reply{Code: 503, RetryAfter: 300}, "trying again later", 5 * time.Minute, 5 * time.Minute},
		{Reply{Code: 503, RetryAfter: 1 << 30}, "trying again later", time.Hour, time.Hour},
		{Reply{Code: 401}, "not supported", backoffCeiling, backoffCeiling},
		{Reply{Code: 401, Challenges: []string{"Basic realm=x"}}, "not a Digest header", backoffCeiling, backoffCeiling},
	} {
		p := newProvider(t, acme)
		p.sent(p.r.Start(p.now), 600)
		s := p.reply(tt.reply)
		if len(s.Notice.Text) > 300 {
			t.Errorf("%d bytes of notice", len(s.Notice.Text))
		}
		p.problem(s, tt.text, tt.lo, tt.hi)
		p.state(Failing, tt.text)
		p.sent(p.r.Tick(p.now), 600)
		if s := p.reply(Reply{Code: 200, Expires: -1}); s.Notice.Problem || !strings.Contains(s.Notice.Text, "registered") {
			t.Errorf("recovery is not told: %+v", s)
		}
		p.state(Registered, "")
	}
	nameless := acme
	nameless.Username = ""
	p := newProvider(t, nameless)
	p.r.Start(p.now)
	p.cseq = 1
	p.problem(p.challenge(401, false), "asks for a password, but has none", backoffCeiling, backoffCeiling)
}

// RFC 5626 §4.5: 30-60 s, 60-120 s, 120-240 s, 240-480 s, then 5-10 minutes.
func TestBackOff(t *testing.T) {
	p := newProvider(t, acme)
	p.sent(p.r.Start(p.now), 600)
	for n, hi := range []int{60, 120, 240, 480, 600, 600, 600} {
		p.now = p.now.Add(answerTime)
		s := p.r.Tick(p.now)
		if s.Send != nil || (s.Notice.Text != "") != (n == 0) {
			t.Fatalf("%+v", s)
		}
		p.state(Failing, `does not answer: check host "sip.acme.example:5070" and transport "udp" of trunk 3`)
		p.wait(time.Duration(hi)*time.Second/2, time.Duration(hi)*time.Second)
		p.sent(p.r.Tick(p.now), 600)
	}
	p.reply(Reply{Code: 200, Expires: -1})
	p.wait(450*time.Second, 540*time.Second)
	p.sent(p.r.Tick(p.now), 600)
	p.problem(p.r.Timeout(p.now, p.cseq), "does not answer", 30*time.Second, time.Minute)
}

func TestFailedRefreshKeepsTheGrant(t *testing.T) {
	p := registered(t)
	until := p.r.Status(p.now).Until
	p.wait(450*time.Second, 540*time.Second)
	p.sent(p.r.Tick(p.now), 600)
	p.problem(p.reply(Reply{Code: 503}), "503", 30*time.Second, time.Minute)
	p.now = until.Add(-time.Second)
	p.state(Registered, "503")
	p.now = until
	p.state(Failing, "503")
}

func TestStrayAnswersArePassedOver(t *testing.T) {
	p := newProvider(t, acme)
	if s := p.r.Response(p.now, Reply{Code: 200}); s != (Step{}) {
		t.Error("an answer before a request")
	}
	p.sent(p.r.Start(p.now), 600)
	for _, a := range []Reply{{CSeq: 0, Code: 200}, {CSeq: 2, Code: 200}, {CSeq: 1, Code: 100}} {
		if s := p.r.Response(p.now, a); s != (Step{}) {
			t.Errorf("%+v: %+v", a, s)
		}
	}
	if s := p.r.Timeout(p.now, 7); s != (Step{}) {
		t.Errorf("%+v", s)
	}
	p.state(Registering, "")
	p.reply(Reply{Code: 200, Expires: -1})
	if s := p.reply(Reply{Code: 403}); s != (Step{}) {
		t.Errorf("a second final answer: %+v", s)
	}
	p.state(Registered, "")
}

func TestStop(t *testing.T) {
	p := registered(t)
	p.sent(p.r.Stop(p.now), 0)
	p.state(Unregistering, "")
	if s := p.r.Stop(p.now); s != (Step{}) {
		t.Errorf("stopped twice: %+v", s)
	}
	p.sent(p.challenge(401, true), 0)
	p.accepts(p.last.Authorization, digest.OK)
	p.reply(Reply{Code: 200, Expires: 0})
	p.state(Stopped, "")
	if _, ok := p.r.NextDeadline(); ok {
		t.Error("stopped with a deadline")
	}
	if s := p.r.Start(p.now); s != (Step{}) {
		t.Errorf("started again: %+v", s)
	}
}

func TestStopInEveryState(t *testing.T) {
	idle := newProvider(t, acme)
	if s := idle.r.Stop(t0); s != (Step{}) {
		t.Errorf("idle: %+v", s)
	}
	idle.state(Stopped, "")

	asking := newProvider(t, acme) // it may be registered: the answer is on its way
	asking.sent(asking.r.Start(t0), 600)
	asking.sent(asking.r.Stop(t0), 0)
	if s := asking.r.Response(t0, Reply{CSeq: 1, Code: 200, Expires: 600}); s != (Step{}) {
		t.Errorf("%+v", s)
	}
	asking.state(Unregistering, "")
	asking.now = asking.now.Add(answerTime)
	if s := asking.r.Tick(asking.now); s != (Step{}) {
		t.Errorf("%+v", s)
	}
	asking.state(Stopped, "")

	failing := newProvider(t, acme)
	failing.sent(failing.r.Start(t0), 600)
	failing.r.Timeout(t0, 1)
	if s := failing.r.Stop(t0); s != (Step{}) {
		t.Errorf("failing: %+v", s)
	}
	failing.state(Stopped, "")
}

func TestURIs(t *testing.T) {
	for _, tt := range []struct{ host, transport, user, uri, aor string }{
		{"sip.acme.example", "udp", "bob", "sip:sip.acme.example", "sip:bob@sip.acme.example"},
		{"192.0.2.1:5070", "TCP", "bob@acme.example", "sip:192.0.2.1:5070;transport=tcp", "sip:bob%40acme.example@192.0.2.1"},
		{"[2001:db8::1]:5070", "udp", "0003*1%", "sip:[2001:db8::1]:5070", "sip:0003*1%25@[2001:db8::1]"},
		{"[2001:db8::1]", "", "a b", "sip:[2001:db8::1]", "sip:a%20b@[2001:db8::1]"},
	} {
		q := New(store.Trunk{Host: tt.host, Transport: tt.transport, Username: tt.user}, Options{}).Start(t0).Send
		if q.RequestURI != tt.uri || q.AOR != tt.aor {
			t.Errorf("%+v: %s %s", tt, q.RequestURI, q.AOR)
		}
	}
}

// Whatever a provider answers, there is always a deadline until it is stopped,
// never two requests with one CSeq, and never more than a handful at one moment.
func TestNoProviderStopsOrFloods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(acme, Options{CallID: "c", Seed: rapid.Uint64().Draw(t, "seed")})
		d := digest.NewChallenger([]byte("x"))
		now, cseq, burst := t0, uint32(0), 0
		s := r.Start(now)
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			if s.Send != nil {
				if s.Send.CSeq != cseq+1 {
					t.Fatalf("CSeq %d after %d", s.Send.CSeq, cseq)
				}
				cseq = s.Send.CSeq
				if burst++; burst > 2*maxRounds+3 {
					t.Fatalf("%d requests at once", burst)
				}
			}
			at, ok := r.NextDeadline()
			if r.Status(now).State == Stopped {
				return
			}
			if !ok || at.Before(now) || at.Sub(now) > longestExpires*time.Second {
				t.Fatalf("deadline %v %v at %v in %s", at, ok, now, r.Status(now).State)
			}
			switch rapid.IntRange(0, 9).Draw(t, "input") {
			case 0:
				now, burst = at, 0
				s = r.Tick(now)
			case 1:
				s = r.Timeout(now, cseq)
			case 2:
				s = r.Stop(now)
			default:
				s = r.Response(now, Reply{
					CSeq: cseq, Code: rapid.SampledFrom([]int{200, 302, 401, 401, 407, 407, 403, 423, 500, 503}).Draw(t, "code"),
					Challenges: d.Challenge("acme", now, rapid.Bool().Draw(t, "stale")), Expires: rapid.IntRange(-1, 1000).Draw(t, "granted"),
					MinExpires: rapid.IntRange(0, 2000).Draw(t, "least"), RetryAfter: rapid.IntRange(0, 9999).Draw(t, "after"),
				})
			}
		}
	})
}

func TestStatesHaveNames(t *testing.T) {
	if fmt.Sprint(Idle, Registering, Registered, Failing, Unregistering, Stopped) != "idle registering registered failing unregistering stopped" {
		t.Error("names are not in the states' order")
	}
}
