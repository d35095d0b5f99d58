package digest

import (
	"strings"
	"testing"
	"time"

	icholy "github.com/icholy/digest"
	"pgregory.net/rapid"

	"holdline/internal/auth"
)

var t0 = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// RFC 7616 §3.9.1: the same request answered with both algorithms.
func TestResponseOfRFC7616(t *testing.T) {
	const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
	const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for name, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		challenge := `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + name +
			`, nonce="` + nonce + `", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
		got, err := answer([]string{challenge}, Credentials{"Mufasa", "Circle of Life"}, "GET", "/dir/index.html", 1, cnonce)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if p.response != want {
			t.Errorf("%s: response %s, want %s", name, p.response, want)
		}
		if p.opaque != "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS" || p.nc != "00000001" || p.qop != "auth" || p.cnonce != cnonce {
			t.Errorf("%s: answer %s", name, got)
		}
	}
}

// RFC 2617 §3.5 gives the classic vector; RFC 2069 style leaves qop out.
func TestResponseOfRFC2617(t *testing.T) {
	a, _, _ := findAlgorithm("")
	ha1, _ := auth.HA1("Mufasa", "testrealm@host.com", "Circle Of Life")
	if ha1 != "939e7578ed9e3c518a452acee763bce9" {
		t.Errorf("HA1 %s", ha1)
	}
	p := proof{method: "GET", uri: "/dir/index.html", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop: "auth", nc: "00000001", cnonce: "0a4f113b"}
	if got := string(a.response(nil, ha1, p)); got != "6629fae49393a05397450978507c4ef1" {
		t.Errorf("with qop: %s", got)
	}
	p.qop, p.nc, p.cnonce = "", "", ""
	if got := string(a.response(nil, ha1, p)); got != "670fd8c2df070c60b045671b8b24ff02" {
		t.Errorf("without qop: %s", got)
	}
}

// The independent client library and our server agree, and our client and its arithmetic do.
func TestAgreesWithAnotherImplementation(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	for i := range 2 {
		challenge := c.Challenge("demo.local", t0, false)[i]
		parsed, err := icholy.ParseChallenge(challenge)
		if err != nil {
			t.Fatal(err)
		}
		cred, err := icholy.Digest(parsed, icholy.Options{Method: "REGISTER", URI: "sip:demo.local", Username: "0003*201", Password: "demo-201", Count: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r := c.Verify(cred.String(), "REGISTER", "sip:demo.local", t0, demo); r.Outcome != OK || r.User != "0003*201" || r.Realm != "demo.local" {
			t.Errorf("%s: %+v", challenge, r)
		}
		ours, err := answer([]string{challenge}, Credentials{"0003*201", "demo-201"}, "REGISTER", "sip:demo.local", 1, cred.Cnonce)
		if err != nil {
			t.Fatal(err)
		}
		if theirs, err := icholy.ParseCredentials(ours); err != nil || theirs.Response != cred.Response {
			t.Errorf("ours %s, theirs %s (%v)", ours, cred, err)
		}
	}
}

// demo knows one phone.
func demo(user, realm string) (string, string, bool) {
	if user != "0003*201" || realm != "demo.local" {
		return "", "", false
	}
	m, s := auth.HA1(user, realm, "demo-201")
	return m, s, true
}

func TestSessionAlgorithms(t *testing.T) {
	// H(H(user:realm:password):nonce:cnonce) computed by hand, step by step.
	for _, name := range []string{"MD5-sess", "SHA-256-sess"} {
		a, _, _ := findAlgorithm(name)
		h := func(s string) string { return string(a.of.hash(nil, s)) }
		ha1 := h(h("bob:biloxi.com:zanzibar") + ":n1:c1")
		want := h(ha1 + ":n1:00000002:c1:auth:" + h("INVITE:sip:bob@biloxi.com"))
		got, err := answer([]string{`Digest realm="biloxi.com", nonce="n1", qop="auth", algorithm=` + name}, Credentials{"bob", "zanzibar"}, "INVITE", "sip:bob@biloxi.com", 2, "c1")
		if err != nil || !strings.HasSuffix(got, `response="`+want+`"`) {
			t.Errorf("%s: %s, want %s (%v)", name, got, want, err)
		}
	}
}

func TestAnswerTakesTheStrongestItKnows(t *testing.T) {
	md5 := `Digest realm="r", nonce="m", algorithm=MD5`
	sha := `digest realm="r", nonce="s", algorithm=sha-256, qop="auth"`
	old := `Digest realm="r", nonce="o"`
	for _, c := range []struct {
		challenges []string
		nonce, has string
	}{
		{[]string{md5, sha}, "s", "algorithm=SHA-256"},
		{[]string{sha, md5}, "s", "qop=auth"},
		{[]string{`Digest realm="r", nonce="x", algorithm=SHA-512-256`, "Basic realm=x", md5}, "m", "algorithm=MD5"},
		{[]string{old}, "o", `uri="sip:u"`},
	} {
		got, err := Answer(c.challenges, Credentials{"u", "p"}, "INVITE", "sip:u", 1)
		if err != nil || Nonce(c.challenges) != c.nonce || !strings.Contains(got, `nonce="`+c.nonce+`"`) || !strings.Contains(got, c.has) {
			t.Errorf("%q: %s, %v", c.challenges, got, err)
		}
	}
	if got, _ := Answer([]string{old}, Credentials{"u", "p"}, "INVITE", "sip:u", 1); strings.Contains(got, "algorithm") || strings.Contains(got, "cnonce") {
		t.Errorf("RFC 2069 server gets %s", got)
	}
}

func TestAnswerSaysWhatItCannotAnswer(t *testing.T) {
	for challenge, why := range map[string]string{
		`Digest realm="r", nonce="n", qop="auth-int"`:        `qop "auth-int" is not supported`,
		`Digest realm="r", nonce="n", algorithm=SHA-512-256`: `algorithm "SHA-512-256" is not known`,
		`Digest realm="r"`: "nonce is missing",
		`Digest realm="r`:  "malformed",
		`Basic realm="r"`:  "not a Digest header",
		`Digest realm="r", nonce="n", nonce="m", algorithm=MD5"`: "malformed",
	} {
		if _, err := Answer([]string{challenge}, Credentials{}, "INVITE", "sip:u", 1); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", challenge, err, why)
		}
	}
	if _, err := Answer(nil, Credentials{}, "INVITE", "sip:u", 1); err == nil {
		t.Error("nothing to answer is no error")
	}
}

// What a client answers to our challenge is accepted, whatever stands in the names.
func TestAnyNameRoundTrips(t *testing.T) {
	c := NewChallenger([]byte("secret"))
	text := rapid.StringMatching(`[ -~äé☎]{1,20}`)
	rapid.Check(t, func(t *rapid.T) {
		user, password, realm := text.Draw(t, "user"), text.Draw(t, "password"), text.Draw(t, "realm")
		pick := rapid.IntRange(0, 1).Draw(t, "algorithm")
		answered, err := Answer(c.Challenge(realm, t0, false)[pick:], Credentials{user, password}, "INVITE", "sip:a@b", 1)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(u, r string) (string, string, bool) {
			m, s := auth.HA1(u, r, password)
			return m, s, true
		}
		if r := c.Verify(answered, "INVITE", "sip:a@b", t0, ask); r.Outcome != OK || r.User != user || r.Realm != realm {
			t.Fatalf("%s: %+v", answered, r)
		}
		wrong := func(u, r string) (string, string, bool) {
			m, s := auth.HA1(u, r, password+"x")
			return m, s, true
		}
		if r := c.Verify(answered, "INVITE", "sip:a@b", t0, wrong); r.Outcome != Bad {
			t.Fatalf("wrong password: %+v", r)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`Digest username="bob", realm="r", nonce="n", uri="sip:b", response="00", nc=00000001, qop=auth`)
	f.Add(`Digest realm="a\"b\\c" , ,stale=TRUE`)
	f.Add("Digest =")
	c := NewChallenger([]byte("secret"))
	f.Fuzz(func(t *testing.T, header string) {
		p, err := parse(header)
		if err != nil {
			return
		}
		if !clean(p.username + p.realm + p.nonce) {
			t.Errorf("control characters let through: %q", p)
		}
		again, err := parse(string(quote(quote([]byte("Digest "), "realm", p.realm), ",nonce", p.nonce)))
		if err == nil && (again.realm != p.realm || again.nonce != p.nonce) {
			t.Errorf("%q became %q", p, again)
		}
		if r := c.Verify(header, "INVITE", "", t0, demo); r.Outcome == OK {
			t.Errorf("%q was accepted", header)
		}
		answer([]string{header}, Credentials{"u", "p"}, "INVITE", "sip:u", 1, "c")
	})
}

func BenchmarkVerify(b *testing.B) {
	c := NewChallenger([]byte("secret"))
	md5hex, sha256hex := auth.HA1("0003*201", "demo.local", "demo-201")
	ask := func(string, string) (string, string, bool) { return md5hex, sha256hex, true }
	for i, algorithm := range []Algorithm{SHA256, MD5} {
		answers := make([]string, 1<<12)
		for n := range answers {
			answers[n], _ = Answer(c.Challenge("demo.local", t0, false)[i:], Credentials{"0003*201", "demo-201"}, "INVITE", "sip:0003*700@demo.local", 1)
		}
		b.Run(algorithm.String(), func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if n%len(answers) == 0 {
					c.counts.young, c.counts.old = map[nonceID]uint32{}, nil
				}
				if r := c.Verify(answers[n%len(answers)], "INVITE", "sip:0003*700@demo.local", t0, ask); r.Outcome != OK {
					b.Fatal(r)
				}
			}
		})
	}
}

func BenchmarkChallenge(b *testing.B) {
	c := NewChallenger([]byte("secret"))
	b.ReportAllocs()
	for b.Loop() {
		c.Challenge("demo.local", t0, false)
	}
}
