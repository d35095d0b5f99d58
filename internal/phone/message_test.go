package phone

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

const invite = "INVITE sip:0003*201@127.0.0.1:4000 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKabc;rport, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKfirst\r\n" +
	"Max-Forwards: 70\r\n" +
	"f: \"Ann \\\"A\\\" Lee; x=1\" <sip:15557001@demo.local;user=phone>;tag=a;tag2=b\r\n" +
	"t: <sip:201@127.0.0.1>\r\n" +
	"i: call@1\r\n" +
	"CSeq:  7   INVITE\r\n" +
	"Subject: folded\r\n over two lines\r\n" +
	"m: <sip:127.0.0.1:5060;transport=udp>\r\n" +
	"Record-Route: <sip:10.0.0.1;lr>,\r\n\t<sip:10.0.0.2;lr>\r\n" +
	"Retry-After: 18 (maintenance);duration=60\r\n" +
	"l: 4\r\n\r\nv=0\ngarbage"

func parsed(t *testing.T, text string) *message {
	t.Helper()
	m := &message{}
	if err := m.parse([]byte(text)); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return m
}

func TestParseRequest(t *testing.T) {
	m := parsed(t, invite)
	name, uri, _ := nameAddr(m.get(hFrom))
	user, host := splitURI(uri)
	for _, pair := range [][2]string{
		{string(m.method), "INVITE"}, {string(m.uri), "sip:0003*201@127.0.0.1:4000"}, {string(m.branch), "z9hG4bKabc"},
		{string(name), `Ann \"A\" Lee; x=1`}, {string(user), "15557001"}, {string(host), "demo.local"}, {string(m.fromTag()), "a"},
		{string(m.get(hCallID)), "call@1"}, {string(m.of), "INVITE"}, {string(m.body), "v=0\n"},
		{string(firstOf(m.get(hRecordRoute))), "<sip:10.0.0.1;lr>"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("got %q, want %q", pair[0], pair[1])
		}
	}
	if m.code != 0 || m.cseq != 7 || m.toTag() != nil || m.seconds(hRetryAfter) != 18 || m.seconds(hExpires) != -1 {
		t.Errorf("code %d, cseq %d, to tag %q, retry after %d", m.code, m.cseq, m.toTag(), m.seconds(hRetryAfter))
	}
	if rr := m.get(hRecordRoute); !bytes.Contains(rr, []byte("<sip:10.0.0.2;lr>")) {
		t.Errorf("the folded line is lost: %q", rr)
	}
	if rport := param(firstOf(m.get(hVia)), "RPORT"); rport == nil || len(rport) != 0 {
		t.Errorf("rport: %q", rport)
	}
}

func TestParseRefusesWhatIsNoSIP(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"noise":         "\x00\x01\x02\r\n\r\n",
		"http":          "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"no via":        strings.Replace(invite, "Via:", "Xia:", 1),
		"no cseq":       strings.Replace(invite, "CSeq:", "Xseq:", 1),
		"bad cseq":      strings.Replace(invite, "CSeq:  7", "CSeq:  -7", 1),
		"code":          strings.Replace(invite, "INVITE sip:0003*201@127.0.0.1:4000 SIP/2.0", "SIP/2.0 99 Low", 1),
		"body too long": strings.Replace(invite, "l: 4", "l: 400", 1),
		"cut":           invite[:200],
	} {
		if err := (&message{}).parse([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestRepliesGoBackTheWayTheRequestCame(t *testing.T) {
	d := &datagram{from: netip.MustParseAddrPort("127.0.0.9:7777")}
	m := parsed(t, invite)
	if to := replyTo(m, d); to != d.from {
		t.Errorf("with rport: %v", to)
	}
	echo := string(appendEcho(nil, m, d, "mine"))
	for _, want := range []string{"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKabc;received=127.0.0.9;rport=7777, SIP/2.0/UDP 10.0.0.1",
		"To: <sip:201@127.0.0.1>;tag=mine\r\n", "CSeq: 7   INVITE\r\n", "Record-Route: "} {
		if !strings.Contains(echo, want) {
			t.Errorf("%q is not in\n%s", want, echo)
		}
	}
	m = parsed(t, strings.Replace(invite, ";rport", "", 1))
	if to := replyTo(m, d); to.Port() != 5060 || to.Addr() != d.from.Addr() {
		t.Errorf("without rport: %v", to)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(invite))
	f.Add([]byte("SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=b\r\nFrom: <sip:a>;tag=1\r\nTo: b;tag=\"\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n" +
		"WWW-Authenticate: Digest realm=\"a,b\", nonce=\"n\", qop=\"auth,auth-int\"\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := &message{}
		if m.parse(append([]byte(nil), data...)) != nil {
			return
		}
		if (m.method == nil) == (m.code == 0) {
			t.Fatal("neither request nor response")
		}
		d := &datagram{from: netip.MustParseAddrPort("127.0.0.1:5060")}
		replyTo(m, d)
		nameAddr(m.get(hFrom))
		splitURI(m.uri)
		pickChallenge(m, "")
		infoDigit(m)
		parseSession(m.body)
		fragmentCode(m.body)
		// What is echoed is a message again, with the same identity.
		reply := append(appendEcho(appendStatus(nil, 200), m, d, "t"), "\r\n"...)
		back := &message{}
		if err := back.parse(reply); err != nil {
			t.Fatalf("%v in the answer %q", err, reply)
		}
		if back.cseq != m.cseq || !bytes.Equal(back.get(hCallID), m.get(hCallID)) {
			t.Fatalf("the answer %q is to another request", reply)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	m, text, data := &message{}, []byte(invite), make([]byte, len(invite))
	b.ReportAllocs()
	for b.Loop() {
		copy(data, text)
		if err := m.parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
