package phone

import (
	"net/netip"
	"slices"
	"testing"
)

func TestSessionIsReadAsWritten(t *testing.T) {
	for dir := sendRecv; dir <= inactive; dir++ {
		text := appendSession(nil, "127.0.0.7", 4000, 9, 2, []Codec{PCMA, G722}, 97, dir)
		s, ok := parseSession(text)
		want := netip.MustParseAddrPort("127.0.0.7:4000")
		if !ok || s.addr != want || s.event != 97 || s.dir != dir || !slices.Equal(s.codecs, []Codec{PCMA, G722, 97}) {
			t.Errorf("%v %+v from\n%s", ok, s, text)
		}
	}
}

func TestSessionForms(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		ok   bool
		held bool
	}{
		"media level address": {"v=0\nc=IN IP4 10.0.0.1\nm=audio 40 RTP/AVP 0\nc=IN IP4 10.0.0.2\n", true, false},
		"hold by address":     {"c=IN IP4 0.0.0.0\r\nm=audio 40 RTP/AVP 0", true, true},
		"session direction":   {"c=IN IP4 10.0.0.1\r\na=sendonly\r\nm=audio 40 RTP/AVP 0", true, true},
		"video is not ours":   {"c=IN IP4 10.0.0.1\r\nm=audio 40 RTP/AVP 0\r\nm=video 42 RTP/AVP 31\r\na=sendonly", true, false},
		"port zero":           {"c=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0", false, false},
		"port too large":      {"c=IN IP4 10.0.0.1\r\nm=audio 70000 RTP/AVP 0", false, false},
		"no address":          {"m=audio 40 RTP/AVP 0", false, false},
		"IPv6":                {"c=IN IP6 ::1\r\nm=audio 40 RTP/AVP 0", false, false},
		"no audio":            {"c=IN IP4 10.0.0.1\r\nm=video 40 RTP/AVP 0", false, false},
		"empty":               {"", false, false},
	} {
		s, ok := parseSession([]byte(test.text))
		if ok != test.ok || ok && s.held() != test.held {
			t.Errorf("%s: %v %+v", name, ok, s)
		}
		if name == "media level address" && s.addr.Addr() != netip.MustParseAddr("10.0.0.2") {
			t.Errorf("%s: %v", name, s.addr)
		}
	}
}

func TestOfferersPreferenceDecides(t *testing.T) {
	s := session{codecs: []Codec{18, PCMA, PCMU}}
	if c, ok := s.choose([]Codec{PCMU, PCMA}); !ok || c != PCMA {
		t.Errorf("%v %v", c, ok)
	}
	if _, ok := s.choose([]Codec{G722}); ok {
		t.Error("a codec that was not offered is chosen")
	}
}
