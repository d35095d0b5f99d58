package sipua

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdline/internal/sipua/digest"
	"holdline/internal/sipua/guard"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

const stranger = "udp:203.0.113.7:5060"

// raw is a request of a stranger.
func raw(method, more string) string {
	return method + " sip:demo.local SIP/2.0\nVia: SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bKx;rport\n" +
		"From: <sip:x@203.0.113.7>;tag=x\nTo: <sip:demo.local>\nCall-ID: x\nCSeq: 1 " + method + "\n" + more + "\n"
}

func TestRequestsOutsideOfDialogs(t *testing.T) {
	b := newBench(t)
	via := b.ua.branchPrefix
	for name, c := range map[string]struct{ text, code, header string }{
		"options":          {raw("OPTIONS", ""), "200 OK", "Allow: " + allow},
		"unknown method":   {raw("FROB", ""), "501 ", "Allow: "},
		"not offered":      {raw("SUBSCRIBE", ""), "405 ", "Allow: "},
		"unknown required": {raw("INVITE", "Require: 100rel, timer, warp\n"), "420 ", "Unsupported: 100rel, warp"},
		"too many hops":    {raw("INVITE", "Max-Forwards: 0\n"), "483 ", ""},
		"loop":             {raw("INVITE", "Via: SIP/2.0/UDP 198.51.100.1:5060;branch="+via+"abc\n"), "482 ", ""},
		"old version":      {strings.Replace(raw("OPTIONS", ""), "SIP/2.0\n", "SIP/3.0\n", 1), "505 ", ""},
		"strange scheme":   {strings.Replace(raw("OPTIONS", ""), "sip:demo.local SIP", "http://demo.local SIP", 1), "416 ", ""},
		"no dialog":        {raw("BYE", ""), "481 ", ""},
		"stranger's call":  {raw("INVITE", ""), "403 ", ""},
	} {
		b.receive(flow(stranger), c.text)
		m := b.take("SIP/2.0 " + c.code)
		if m.to != flow(stranger) || m.toTag() == "" || !strings.Contains(m.text, c.header) {
			t.Errorf("%s:\n%s", name, m.text)
		}
	}
	b.noEvent()
	b.empty()
}

func TestStatelessRefusalsKeepTheirTag(t *testing.T) {
	b := newBench(t)
	b.receive(flow(stranger), raw("INVITE", ""))
	b.receive(flow(stranger), raw("INVITE", ""))
	if a, c := b.take("SIP/2.0 403"), b.take("SIP/2.0 403"); a.text != c.text {
		t.Fatal("a repeated request got another tag (RFC 3261 §8.2.7)")
	}
}

func TestMergedRequest(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.invite(pcma)
	c.send("INVITE", 1, 77, "", pcma)
	b.take("SIP/2.0 482 ")
}

func TestMergedRequests(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.answer(leg, telephony.Verdict{Disposition: telephony.Reject, Cause: telephony.Busy})
	b.take("SIP/2.0 486 ")
	b.ended(leg, telephony.Local, telephony.Busy)
	c.send("INVITE", 1, 77, "", pcma) // the other way took longer
	b.take("SIP/2.0 482 ")
	b.noEvent()
	b.receive(desk, registration(1, "<sip:201@10.0.0.1:5062>", ""))
	auth := credentials(t, b.take("SIP/2.0 401 "), "demo-201", "REGISTER", "sip:demo.local")
	b.receive(desk, registration(2, "<sip:201@10.0.0.1:5062>", auth))
	b.take("SIP/2.0 200 OK")
	event[telephony.Registered](b)
	b.receive(desk, strings.Replace(registration(2, "<sip:201@10.0.0.1:5062>", auth), "z9hG4bKr2", "z9hG4bKr2b", 1))
	b.take("SIP/2.0 482 ")
	b.noEvent()
	b.pass(40 * time.Second) // nothing of it is left
	b.sent = nil
	c.send("INVITE", 1, 78, "", pcma)
	b.take("SIP/2.0 100 ")
}

func TestWrongContentType(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.branch++
	b.receive(trunkFlow, strings.Replace(infoText(c, "text/plain", "hello"), "INFO", "INVITE", 2)+"x")
	if m := b.take("SIP/2.0 "); m.field("Accept") != "application/sdp" || !strings.HasPrefix(m.text, "SIP/2.0 415") {
		t.Fatal(m.text)
	}
}

// registration is a phone that registers: with the challenge it got, if any.
func registration(cseq int, contact, credentials string) string {
	return fmt.Sprintf("REGISTER sip:demo.local SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKr%d;rport\nFrom: <sip:0003*201@demo.local>;tag=r\n"+
		"To: <sip:0003*201@demo.local>\nCall-ID: reg\nCSeq: %d REGISTER\nContact: %s\nUser-Agent: Desk 1\nExpires: 600\n%s\n", cseq, cseq, contact, credentials)
}

func credentials(t *testing.T, challenge message, password, method, uri string) string {
	t.Helper()
	var all []string
	for line := range strings.SplitSeq(challenge.text, "\r\n") {
		if v, ok := strings.CutPrefix(line, "WWW-Authenticate: "); ok {
			all = append(all, v)
		}
	}
	if len(all) != 2 || !strings.Contains(all[0], "SHA-256") || !strings.Contains(all[1], "MD5") {
		t.Fatalf("challenges: %q", all)
	}
	v, err := digest.Answer(all, digest.Credentials{User: "0003*201", Password: password}, method, uri, 1)
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: " + v + "\n"
}

func TestRegister(t *testing.T) {
	var saved []store.Binding
	b := newBench(t, func(c *Config) { c.SaveBinding = func(s store.Binding) { saved = append(saved, s) } })
	from := flow("udp:203.0.113.99:40001") // behind NAT
	b.receive(from, registration(1, "<sip:201@10.0.0.1:5062>", ""))
	challenge := b.take("SIP/2.0 401 Unauthorized")
	auth := credentials(t, challenge, "demo-201", "REGISTER", "sip:demo.local")
	b.receive(from, registration(2, "<sip:201@10.0.0.1:5062>", auth))
	ok := b.take("SIP/2.0 200 OK")
	if ok.field("Contact") != "<sip:201@10.0.0.1:5062>;expires=600" || !strings.Contains(ok.field("Via"), "received=203.0.113.99") || !strings.Contains(ok.field("Via"), "rport=40001") {
		t.Fatal(ok.text)
	}
	if ev := event[telephony.Registered](b); ev.Extension != phone201 || !ev.Reachable {
		t.Fatalf("%+v", ev)
	}
	if len(saved) != 1 || saved[0].Received != from.String() || saved[0].UserAgent != "Desk 1" || saved[0].LocalAddr != "198.51.100.1:5060" {
		t.Fatalf("saved %+v", saved)
	}
	b.originate(telephony.Origination{Leg: "out", To: telephony.Endpoint{Extension: phone201}})
	if m := b.take("INVITE sip:201@10.0.0.1:5062 "); m.to != from {
		t.Fatalf("the call went to %v, not through the NAT", m.to)
	}
	b.hangup("out", telephony.Normal)
	b.ended("out", telephony.Local, telephony.Normal)
	b.ua.expire(b.now.Add(time.Hour))
	if ev := event[telephony.Registered](b); ev.Extension != phone201 || ev.Reachable {
		t.Fatalf("%+v", ev)
	}
}

func TestRegisterWithMD5(t *testing.T) {
	b := newBench(t)
	b.receive(desk, registration(1, "<sip:201@10.0.0.1:5062>", ""))
	challenge := b.take("SIP/2.0 401 ")
	_, nonce, _ := strings.Cut(challenge.text, `nonce="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	hash := func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	response := hash(hash("0003*201:demo.local:demo-201") + ":" + nonce + ":" + hash("REGISTER:sip:demo.local"))
	b.receive(desk, registration(2, "<sip:201@10.0.0.1:5062>", fmt.Sprintf("Authorization: Digest username=\"0003*201\", realm=\"demo.local\", "+
		"nonce=\"%s\", uri=\"sip:demo.local\", response=\"%s\", algorithm=MD5\n", nonce, response)))
	b.take("SIP/2.0 200 OK")
}

func TestWrongPasswordIsRefusedAndThenBanned(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Guard = guard.Config{BanAfter: 2, Burst: 100} })
	b.receive(desk, registration(1, "<sip:201@10.0.0.1:5062>", ""))
	challenge := b.take("SIP/2.0 401 ")
	for i := range 2 {
		b.receive(desk, registration(2+i, "<sip:201@10.0.0.1:5062>", credentials(t, challenge, "wrong", "REGISTER", "sip:demo.local")))
		b.take("SIP/2.0 403 ")
	}
	b.noEvent()
	b.receive(desk, registration(9, "<sip:201@10.0.0.1:5062>", ""))
	b.quiet()
	if s := b.ua.Stats(); s.BadPasswords != 2 || s.Dropped != 1 {
		t.Fatalf("%+v", s)
	}
}

func TestCallOfAPhoneNeedsItsPassword(t *testing.T) {
	b := newBench(t)
	invite := func(cseq int, more string) string {
		return fmt.Sprintf("INVITE sip:70%%30@demo.local SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKp%d;rport\nFrom: \"Nobody\" <sip:0003*201@demo.local>;tag=p\n"+
			"To: <sip:700@demo.local>\nCall-ID: p\nCSeq: %d INVITE\nContact: <sip:201@10.0.0.1:5062>\n%s%s\n%s", cseq, cseq, sdpHeader, more, pcma)
	}
	b.receive(desk, invite(1, ""))
	challenge := b.take("SIP/2.0 401 ")
	b.noEvent()
	b.receive(desk, invite(2, credentials(t, challenge, "demo-201", "INVITE", "sip:70%30@demo.local")))
	b.take("SIP/2.0 100 ")
	in := event[telephony.Incoming](b)
	if in.Extension != phone201 || in.From != (telephony.Party{Number: "0003*201", Name: "Phone 201"}) || in.Dialled != "700" {
		t.Fatalf("%+v", in)
	}
	// A trunk's address does not make one of our phones trusted.
	b.receive(trunkFlow, strings.Replace(invite(1, ""), "Call-ID: p", "Call-ID: q", 1))
	b.take("SIP/2.0 401 ")
}

func TestAssertedIdentityOfATrunk(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	c.extra = "P-Asserted-Identity: \"Real\" <sip:+4911@192.0.2.50>\n"
	c.request("INVITE", "", pcma)
	if in := event[telephony.Incoming](b); in.From != (telephony.Party{Number: "+4911", Name: "Real"}) {
		t.Fatalf("%+v", in)
	}
}

// Whatever a provider passes on as a caller's name and number, lists and
// phones get a text of bounded length without anything that changes the text around it.
func TestAStrangersNameIsFitForPeople(t *testing.T) {
	b := newBench(t)
	for i, is := range []struct{ sent, number, name string }{
		{`"` + strings.Repeat("ä", 5000) + `" <sip:` + strings.Repeat("9", 3000) + `@192.0.2.50>`, strings.Repeat("9", 128), strings.Repeat("ä", 128)},
		{"\"\u202egro.elpmaxe\u2066 \tB\xffo\xfeb\" <sip:%00%0149%0d@192.0.2.50>", "49", "gro.elpmaxe Bob"},
		{`"<b>Ann & \"Ben\"</b>" <sip:4911@192.0.2.50>`, "4911", `<b>Ann & "Ben"</b>`},
		{"\"\u0645\u0631\u062d\u0628\u0627 👩‍👧\" <sip:4911@192.0.2.50>", "4911", "\u0645\u0631\u062d\u0628\u0627 👩‍👧"},
	} {
		c := b.caller(fmt.Sprint("n", i))
		c.extra = "P-Asserted-Identity: " + is.sent + "\n"
		c.request("INVITE", "", pcma)
		if in := event[telephony.Incoming](b); in.From != (telephony.Party{Number: is.number, Name: is.name}) {
			t.Errorf("%.60q is shown as %+q", is.sent, in.From)
		}
	}
}

func TestFloodOfAStrangerIsBoundedAndLeavesNothing(t *testing.T) {
	b := newBench(t)
	for i := range 5000 {
		text := strings.NewReplacer("z9hG4bKx", fmt.Sprintf("z9hG4bK%d", i), "Call-ID: x", fmt.Sprintf("Call-ID: %d", i)).Replace(raw("INVITE", ""))
		b.receive(flow(stranger), text)
	}
	if len(b.sent) > 200 {
		t.Fatalf("%d answers to a flood", len(b.sent))
	}
	b.noEvent()
	b.empty()
}

func TestMalformedRequestsGet400WhenTheyCanBeAnswered(t *testing.T) {
	b := newBench(t)
	good := string(wire(raw("OPTIONS", "")))
	for name, text := range map[string]string{
		"CSeq of another method": strings.Replace(good, "1 OPTIONS", "1 INVITE", 1),
		"CSeq too large":         strings.Replace(good, "1 OPTIONS", "99999999999 OPTIONS", 1),
		"body too short":         strings.Replace(good, "Content-Length: 0", "Content-Length: 10", 1),
		"broken header line":     strings.Replace(good, "Via:", "This is no header\r\nVia:", 1),
		"no From":                strings.Replace(good, "From: ", "X-From: ", 1),
		"no CSeq":                strings.Replace(good, "CSeq: ", "X-CSeq: ", 1),
		"broken From":            strings.Replace(good, "From: <sip:x@203.0.113.7>", "From: \"x <sip:x@203.0.113.7>", 1),
	} {
		b.ua.Receive(flow(stranger), []byte(text))
		b.run()
		if len(b.sent) == 0 {
			t.Errorf("%s: no answer", name)
			continue
		}
		if m := b.take("SIP/2.0 400 Bad Request"); m.field("Call-ID") != "x" || m.toTag() == "" || m.field("Warning") == "" || m.field("Via") == "" {
			t.Errorf("%s:\n%s", name, m.text)
		}
	}
	for name, text := range map[string]string{
		"no Via": strings.Replace(good, "Via:", "X-Via:", 1), "nonsense": "hello", "empty": "",
		"ACK": strings.ReplaceAll(strings.Replace(good, "1 OPTIONS", "x ACK", 1), "OPTIONS", "ACK"), "response": strings.Replace(good, "OPTIONS sip:demo.local SIP/2.0", "SIP/2.0 999 Odd", 1),
	} {
		b.ua.Receive(flow(stranger), []byte(text))
		b.run()
		if len(b.sent) != 0 {
			t.Errorf("%s was answered:\n%s", name, b.sent[0].text)
			b.sent = nil
		}
	}
	b.empty()
}

// FuzzReceive: whatever comes, over whatever state, nothing panics and the
// state is gone in the end.
func FuzzReceive(f *testing.F) {
	f.Add(wire(raw("OPTIONS", "")), wire(raw("REGISTER", "Contact: *\nExpires: 0\n")))
	f.Add(wire(registration(1, "<sip:201@10.0.0.1:5062>;expires=x, <sip:y>", "Authorization: Digest username=\"a\"\n")), []byte("SIP/2.0 200 OK\r\n\r\n"))
	f.Add([]byte("INVITE sip:700@demo.local SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKf\r\nf: sip:a;tag=1\r\nt: sip:b\r\ni: f\r\nCSeq: 1 INVITE\r\nm: <sip:a>\r\n\r\n"),
		[]byte("CANCEL sip:700@demo.local SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKf\r\nf: sip:a;tag=1\r\nt: sip:b\r\ni: f\r\nCSeq: 1 CANCEL\r\n\r\n"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		b := newBench(t)
		for _, data := range [][]byte{first, second, first} {
			b.ua.Receive(trunkFlow, data)
			b.run()
			for _, ev := range b.events {
				if in, ok := ev.(telephony.Incoming); ok {
					b.answer(in.Leg, accept)
				}
			}
			b.events = nil
		}
		for id := range b.w.legs {
			b.hangup(id, telephony.Normal)
		}
		b.events = nil
		b.ua.expire(b.now.Add(24 * time.Hour))
		b.events = nil
		b.empty()
	})
}

func TestOurAddressIsTheOneThatLeadsToThePeer(t *testing.T) {
	b := newBench(t)
	b.ua.listensOn(netip.MustParseAddrPort("0.0.0.0:5070"))
	if got := b.ua.contact(flow("tcp:127.0.0.1:4000"), "acct"); got != "<sip:acct@127.0.0.1:5070;transport=tcp>" {
		t.Errorf("listening everywhere: %s", got)
	}
	b = newBench(t, func(c *Config) { c.Advertise = netip.MustParseAddr("203.0.113.200") })
	b.ua.listensOn(netip.MustParseAddrPort("10.0.0.1:5060"))
	leg := b.caller("a").invite(pcma)
	b.answer(leg, accept)
	if ok := b.take("SIP/2.0 200"); ok.field("Contact") != "<sip:203.0.113.200:5060>" || !strings.Contains(ok.body(), "c=IN IP4 203.0.113.200") {
		t.Errorf("advertised:\n%s", ok.text)
	}
}

func TestUserPartsAreEscaped(t *testing.T) {
	for user, want := range map[string]string{"0003*201": "0003*201", "+4930": "+4930", "*45#": "*45%23", "a b@c": "a%20b%40c", "<>": "%3C%3E"} {
		if got := escape(user); got != want || unescape(got) != user {
			t.Errorf("%q became %q and back %q", user, got, unescape(got))
		}
	}
	if got := nameAddr("Eve \"x\"\r\nBye: \\", "sip:a@b"); got != `"Eve \"x\"Bye: \\" <sip:a@b>` {
		t.Errorf("display name: %s", got)
	}
}

func TestChallengesNameTheAlgorithmsThePhoneCanTake(t *testing.T) {
	b := newBench(t)
	for agent, want := range map[string][]string{
		"Linphone/5.2":                   {"SHA-256", "MD5"},
		"":                               {"SHA-256", "MD5"},
		"baresip v1.0.0 (x86_64/linux)":  {"MD5"}, // gives up when it sees another
		"baresip v3.10.0 (x86_64/Linux)": {"SHA-256", "MD5"},
	} {
		b.receive(flow(stranger), raw("REGISTER", "User-Agent: "+agent+"\n"))
		m := b.take("SIP/2.0 401")
		if got := strings.Count(m.text, "WWW-Authenticate: "); got != len(want) {
			t.Errorf("%q is offered %d algorithms, want %v:\n%s", agent, got, want, m.text)
		}
		for _, algorithm := range want {
			if !strings.Contains(m.text, "algorithm="+algorithm) {
				t.Errorf("%q is not offered %s:\n%s", agent, algorithm, m.text)
			}
		}
	}
}
