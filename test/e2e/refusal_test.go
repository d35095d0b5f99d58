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

// without leaves out the header line that begins with a name.
func without(header string) string {
	lines := strings.Split(request, "\n")
	kept := lines[:0]
	for _, line := range lines {
		if !strings.HasPrefix(line, header+":") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func method(name string) string { return strings.ReplaceAll(request, "OPTIONS", name) }

func TestAnswersToSingleMessages(t *testing.T) {
	s := startDemo(t)
	for _, tt := range []struct{ name, message, want string }{
		{"OPTIONS", request, "SIP/2.0 200 "},
		{"no From", without("From"), "SIP/2.0 400 "},
		{"no Call-ID", without("Call-ID"), "SIP/2.0 400 "},
		{"no CSeq", without("CSeq"), "SIP/2.0 400 "},
		{"CSeq of another method", strings.Replace(request, "CSeq: 1 OPTIONS", "CSeq: 1 BYE", 1), "SIP/2.0 400 "},
		{"BYE outside a dialog", method("BYE"), "SIP/2.0 481 "},
		{"CANCEL of nothing", method("CANCEL"), "SIP/2.0 481 "},
		{"unknown method", method("FROB"), "SIP/2.0 405 "},
		{"INVITE without credentials", method("INVITE"), "SIP/2.0 401 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.say(tt.message); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer\n%s\nwant %s", got, tt.want)
			}
		})
	}
}
