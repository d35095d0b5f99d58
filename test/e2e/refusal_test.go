package e2e

import (
	"strings"
	"testing"
)

func TestNoCommonCodecIsRefused(t *testing.T) {
	s := startDemo(t)
	s.phone("205").play("caller_is_refused", "Dial", sales, "Codecs", "18 101", "Code", 488).done()
}

func TestUnknownNumberIsRefused(t *testing.T) {
	s := startDemo(t)
	s.phone("205").play("caller_is_refused", "Dial", "nobody", "Code", 404).done()
}

// request is a message that is right but for what a test changes.
const request = `OPTIONS sip:127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKe2e
Max-Forwards: 70
From: <sip:tester@127.0.0.1>;tag=e2e
To: <sip:127.0.0.1>
Call-ID: e2e@127.0.0.1
CSeq: 1 OPTIONS
Content-Length: 0

`

// changed gives the request with one part in place of another.
func changed(part, by string) string { return strings.Replace(request, part, by, 1) }

// method gives the request with another method.
func method(name string) string { return strings.ReplaceAll(request, "OPTIONS", name) }

func TestAnswersToSingleMessages(t *testing.T) {
	s := startDemo(t)
	for _, tt := range []struct{ name, message, want string }{
		{"OPTIONS", request, "SIP/2.0 200 "},
		{"unreadable From", changed("From: <sip:tester@127.0.0.1>", "From: <<<"), "SIP/2.0 400 "},
		{"unreadable Content-Length", changed("Content-Length: 0", "Content-Length: some"), "SIP/2.0 400 "},
		{"unreadable CSeq", changed("CSeq: 1 OPTIONS", "CSeq: first"), "SIP/2.0 400 "},
		{"CSeq of another method", changed("CSeq: 1 OPTIONS", "CSeq: 1 BYE"), "SIP/2.0 400 "},
		{"BYE outside a dialog", method("BYE"), "SIP/2.0 481 "},
		{"CANCEL of nothing", method("CANCEL"), "SIP/2.0 481 "},
		{"unknown method", method("FROB"), "SIP/2.0 501 "},
		{"INVITE of a phone without credentials", strings.ReplaceAll(method("INVITE"), "sip:tester@127.0.0.1", "sip:0003*201@demo.local"), "SIP/2.0 401 "},
		{"INVITE of a stranger", method("INVITE"), "SIP/2.0 403 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.say(t, tt.message); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer\n%s\nwant %s", got, tt.want)
			}
		})
	}
}
