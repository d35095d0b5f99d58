package phone

import (
	"strings"
	"testing"
)

// The example of RFC 7616 §3.9.1.
func TestDigestOfTheRFC(t *testing.T) {
	const (
		user, realm, password = "Mufasa", "http-auth@example.org", "Circle of Life"
		nonce                 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
		cnonce                = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	)
	for algorithm, want := range map[string]string{
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		if got := digestResponse(algorithm, user, realm, password, "GET", "/dir/index.html", nonce, "00000001", cnonce); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

// The example of RFC 2069 as RFC 2617's errata correct it: without qop.
func TestDigestWithoutQop(t *testing.T) {
	got := digestResponse(MD5, "Mufasa", "testrealm@host.com", "CircleOfLife", "GET", "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "")
	if want := "1949323746fe6a43ef61f9606e7febea"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestStrongestChallengeIsAnswered(t *testing.T) {
	m := parsed(t, "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=b\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:a>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n"+
		"WWW-Authenticate: Digest realm=\"r, s\", nonce=\"one\", algorithm=MD5, qop=\"auth\"\r\n"+
		"WWW-Authenticate: Digest realm=\"r, s\", nonce=\"two\", algorithm=SHA-256, qop=\"auth,auth-int\", opaque=\"o\"\r\n"+
		"WWW-Authenticate: Digest realm=\"r, s\", nonce=\"three\", algorithm=SHA-512-256\r\n"+
		"WWW-Authenticate: Bearer\r\n\r\n")
	c, ok := pickChallenge(m, "")
	if !ok || c.algorithm != SHA256 || c.nonce != "two" || c.realm != "r, s" || !c.qop || c.opaque != "o" || c.proxy {
		t.Fatalf("%v %+v", ok, c)
	}
	line := c.credentials("u", "p", "REGISTER", "sip:x")
	second := c.credentials("u", "p", "REGISTER", "sip:x")
	if !strings.HasPrefix(line, "Authorization: Digest ") || !strings.Contains(line, "nc=00000001") || !strings.Contains(second, "nc=00000002") {
		t.Errorf("%s%s", line, second)
	}
	if c, ok := pickChallenge(m, MD5); !ok || c.nonce != "one" {
		t.Errorf("wanted MD5: %v %+v", ok, c)
	}
}
