package negotiate

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pion/sdp/v3"
	"pgregory.net/rapid"

	"holdline/internal/media"
)

// crlf writes a description as it stands on the wire.
func crlf(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

// head is a session level without an address.
var head = []string{"v=0", "o=bob 2890844730 2890844731 IN IP4 host.example.com", "s=-"}

func describe(lines ...string) []byte { return crlf(append(append([]string{}, head...), lines...)...) }

func must(t *testing.T, body []byte) Session {
	t.Helper()
	s, err := Parse(body)
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return s
}

// compare looks at what a session means, not at how it was laid out.
func compare(t *testing.T, got, want Session) {
	t.Helper()
	if diff := cmp.Diff(got, want, cmpopts.IgnoreUnexported(Session{}), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("got - want +: %s", diff)
	}
}

func TestParseOfAPhone(t *testing.T) {
	got := must(t, crlf(
		"v=0", "o=- 3872923 3 IN IP4 192.168.1.20", "s=call", "b=AS:84", "b=WEIRD:1", "t=0 0", "a=X-nat:0", "c=IN IP4 198.51.100.7",
		"m=audio 4000/2 RTP/AVP 9 98 8 0 3 101 100", "c=IN IP4 192.168.1.20", "b=TIAS:64000", "a=rtcp:4001 IN IP4 192.168.1.20",
		"a=rtpmap:9 G722/8000", "a=rtpmap:98 opus/48000/2", "a=rtpmap:8 pcma/8000/1", "a=rtpmap:0 PCMU/8000",
		"a=rtpmap:100 telephone-event/48000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:30", "a=sendonly",
		"m=image 4002 udptl t38", "a=T38FaxVersion:0", "m=video 4004 RTP/SAVPF 97 99", "a=inactive"))
	compare(t, got, Session{
		SessionID: 3872923, Version: 3, Addr: netip.MustParseAddrPort("192.168.1.20:4000"), Event: 101, Direction: SendOnly, PTime: 30 * time.Millisecond,
		Formats: []Format{{media.G722, 9}, {media.PCMA, 8}, {media.PCMU, 0}},
	})
	if !got.Held() {
		t.Error("sendonly is no hold")
	}
	answer := string(Answer(Local{netip.MustParseAddr("192.0.2.254"), 30000, 7, 1}, got, Format{media.PCMA, 8}, SendRecv))
	want := string(crlf("v=0", "o=holdline 7 1 IN IP4 192.0.2.254", "s=holdline", "c=IN IP4 192.0.2.254", "t=0 0",
		"m=audio 30000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=recvonly",
		"m=image 0 udptl t38", "m=video 0 RTP/SAVPF 97"))
	if diff := cmp.Diff(answer, want); diff != "" {
		t.Error(diff)
	}
}

func TestPayloadTypes(t *testing.T) {
	for _, tt := range []struct {
		name, formats string
		maps          []string
		want          []Format
		event         uint8
	}{
		{"static without rtpmap", "0 8 9 18", nil, []Format{{media.PCMU, 0}, {media.PCMA, 8}, {media.G722, 9}}, 0},
		{"dynamic", "96 97 98", []string{"96 PCMA/8000", "97 G722/8000", "98 PCMU/8000"}, []Format{{media.PCMA, 96}, {media.G722, 97}, {media.PCMU, 98}}, 0},
		{"static number, other codec", "0 8", []string{"0 opus/48000/2"}, []Format{{media.PCMA, 8}}, 0},
		{"not our clock", "8 96 97", []string{"96 PCMU/16000", "97 PCMU/8000/2"}, []Format{{media.PCMA, 8}}, 0},
		{"first rtpmap counts", "8 96", []string{"96 telephone-event/8000", "96 PCMU/8000"}, []Format{{media.PCMA, 8}}, 96},
		{"map without format", "8", []string{"101 telephone-event/8000"}, []Format{{media.PCMA, 8}}, 0},
		{"number with no meaning", "8 127", []string{"8", "300 PCMU/8000", "x PCMU/8000"}, []Format{{media.PCMA, 8}}, 0},
		{"spaces", " 8  101 ", []string{"101  telephone-event/8000"}, []Format{{media.PCMA, 8}}, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := []string{"c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP " + tt.formats}
			for _, m := range tt.maps {
				lines = append(lines, "a=rtpmap:"+m)
			}
			got := must(t, describe(lines...))
			if diff := cmp.Diff(got.Formats, tt.want); diff != "" || got.Event != tt.event {
				t.Errorf("event %d, formats %s", got.Event, diff)
			}
		})
	}
}

func TestDirectionsAndHold(t *testing.T) {
	for _, tt := range []struct {
		session, media, address string
		want                    Direction
		held                    bool
	}{
		{"", "", "IN IP4 192.0.2.1", SendRecv, false},
		{"a=sendonly", "", "IN IP4 192.0.2.1", SendOnly, true},
		{"a=sendonly", "a=sendrecv", "IN IP4 192.0.2.1", SendRecv, false},
		{"a=inactive", "a=recvonly", "IN IP4 192.0.2.1", RecvOnly, false},
		{"", "a=inactive", "IN IP4 192.0.2.1", Inactive, true},
		{"", "", "IN IP4 0.0.0.0", SendOnly, true},
		{"", "a=recvonly", "IN IP4 0.0.0.0", Inactive, true},
		{"", "", "IN IP6 ::", SendOnly, true},
		{"", "", "IN IP6 held.invalid", SendOnly, true},
	} {
		got := must(t, describe("c="+tt.address, "t=0 0", tt.session, "m=audio 4000 RTP/AVP 0", tt.media))
		if got.Direction != tt.want || got.Held() != tt.held || !got.Addr.IsValid() {
			t.Errorf("%+v: %s, held %v, %s", tt, got.Direction, got.Held(), got.Addr)
		}
	}
	for _, d := range []Direction{SendRecv, SendOnly, RecvOnly, Inactive} {
		if d.Reverse().Reverse() != d || d.Sends() != d.Reverse().Receives() || d.Within(SendRecv) != d || d.Within(Inactive) != Inactive || d.Within(d) != d {
			t.Errorf("%s", d)
		}
	}
	if SendOnly.Within(RecvOnly) != Inactive {
		t.Error("sendonly within recvonly")
	}
}

func TestAnswerDirectionStaysWithinTheOffer(t *testing.T) {
	for _, tt := range []struct{ offer, want, answer Direction }{
		{SendRecv, SendRecv, SendRecv}, {SendOnly, SendRecv, RecvOnly}, {RecvOnly, SendRecv, SendOnly}, {Inactive, SendRecv, Inactive},
		{SendRecv, SendOnly, SendOnly}, {SendOnly, SendOnly, Inactive}, {SendRecv, Inactive, Inactive},
	} {
		offer := must(t, Offer(Local{netip.MustParseAddr("192.0.2.1"), 4000, 1, 1}, supported[:], tt.offer))
		answer := must(t, Answer(Local{netip.MustParseAddr("192.0.2.2"), 5000, 1, 1}, offer, offer.Formats[0], tt.want))
		if answer.Direction != tt.answer {
			t.Errorf("%s, wanting %s: %s", tt.offer, tt.want, answer.Direction)
		}
	}
}

func TestAddresses(t *testing.T) {
	got := must(t, describe("c=IN IP6 2001:db8::7", "t=0 0", "m=audio 4000 RTP/AVP 0"))
	if got.Addr != netip.MustParseAddrPort("[2001:db8::7]:4000") {
		t.Errorf("%s", got.Addr)
	}
	answer := string(Answer(Local{netip.MustParseAddr("2001:db8::1"), 5000, 1, 1}, got, got.Formats[0], SendRecv))
	if !strings.Contains(answer, "c=IN IP6 2001:db8::1\r\n") {
		t.Error(answer)
	}
	if s := string(Offer(Local{netip.MustParseAddr("::ffff:192.0.2.1"), 5000, 1, 1}, supported[:], SendRecv)); !strings.Contains(s, "c=IN IP4 192.0.2.1\r\n") {
		t.Error(s)
	}
	if got := must(t, describe("c=IN IP4 192.0.2.1/127", "t=0 0", "m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.3", "c=IN IP4 192.0.2.4")); got.Addr.Addr() != netip.MustParseAddr("192.0.2.3") {
		t.Errorf("%s", got.Addr)
	}
}

func TestStreamsAreChosenAndRefused(t *testing.T) {
	// Best-effort encryption offers both; the plain one is taken.
	got := must(t, describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVPF 8", "m=audio 4004 RTP/AVP 0"))
	if got.Addr.Port() != 4002 {
		t.Fatalf("%+v", got)
	}
	answer := string(Answer(Local{netip.MustParseAddr("192.0.2.2"), 5000, 1, 1}, got, got.Formats[0], SendRecv))
	_, streams, _ := strings.Cut(answer, "t=0 0\r\n")
	if !strings.HasPrefix(streams, "m=audio 0 RTP/SAVP 0\r\nm=audio 5000 RTP/AVPF 8\r\n") || !strings.HasSuffix(streams, "m=audio 0 RTP/AVP 0\r\n") {
		t.Error(answer)
	}
	// Port 0 takes the audio away: no error, and refused in the answer.
	got = must(t, describe("t=0 0", "m=video 4002 RTP/AVP 96", "m=audio 0 RTP/AVP 0"))
	if !got.Refused {
		t.Fatalf("%+v", got)
	}
	answer = string(Answer(Local{netip.MustParseAddr("192.0.2.2"), 5000, 1, 1}, got, Format{}, SendRecv))
	if !strings.HasSuffix(answer, "t=0 0\r\nm=video 0 RTP/AVP 96\r\nm=audio 0 RTP/AVP 0\r\n") {
		t.Error(answer)
	}
	// A stream in use is taken whatever was refused before it.
	if got = must(t, describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 0")); got.Refused || got.audio != 1 {
		t.Errorf("%+v", got)
	}
}

func TestChoose(t *testing.T) {
	s := Session{Formats: []Format{{media.PCMU, 0}, {media.PCMA, 96}, {media.G722, 9}}}
	if f, ok := Choose(s, []media.Codec{media.PCMA, media.PCMU}); !ok || f != (Format{media.PCMA, 96}) {
		t.Errorf("%v %v", f, ok)
	}
	if f, ok := Choose(Session{Formats: s.Formats[2:]}, []media.Codec{media.PCMA, media.PCMU}); ok {
		t.Errorf("%v", f)
	}
}

func TestErrorsSayWhatWasOffered(t *testing.T) {
	for _, tt := range []struct {
		name string
		body []byte
		kind error
		text string
	}{
		{"empty", nil, ErrMalformed, "empty"},
		{"blank", []byte("\r\n\r\n"), ErrMalformed, "empty"},
		{"html", []byte("<html>"), ErrMalformed, `line 1 "<html>": a description begins with v=0`},
		{"version", crlf("v=1"), ErrMalformed, "begins with v=0"},
		{"line", describe("c=IN IP4 192.0.2.1", "hello"), ErrMalformed, `line 5 "hello"`},
		{"address", describe("c=IN IP4"), ErrMalformed, "an address looks like"},
		{"port", describe("m=audio 99999 RTP/AVP 0"), ErrMalformed, "a stream looks like"},
		{"formats", describe("m=audio 4000 RTP/AVP"), ErrMalformed, "a stream looks like"},
		{"payload type", describe("m=audio 4000 RTP/AVP 128"), ErrMalformed, "numbers from 0 to 127"},
		{"flood", describe(strings.Split(strings.Repeat("m=video 1 RTP/AVP 0\n", 33)+"t=0 0", "\n")...), ErrMalformed, "too many"},
		{"long line", describe(strings.Repeat("x", 1000)), ErrMalformed, "x…"},
		{"no streams", describe("c=IN IP4 192.0.2.1", "t=0 0"), ErrNotAcceptable, "offered no audio"},
		{"video only", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=video 4000 RTP/AVP 96"), ErrNotAcceptable, "offered no audio; supported are PCMU"},
		{"encrypted only", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/SAVP 0"), ErrNotAcceptable, "offered RTP/SAVP;"},
		{"no codec", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 96 18 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"),
			ErrNotAcceptable, "offered opus/48000/2, payload type 18, telephone-event/8000;"},
		{"no address", describe("t=0 0", "m=audio 4000 RTP/AVP 0"), ErrNotAcceptable, "no address"},
		{"by name", describe("c=IN IP4 phone.example.com", "t=0 0", "m=audio 4000 RTP/AVP 0"), ErrNotAcceptable, "an address by name, phone.example.com"},
		{"multicast", describe("c=IN IP4 224.2.1.1/127", "t=0 0", "m=audio 4000 RTP/AVP 0"), ErrNotAcceptable, "the address 224.2.1.1"},
		{"scoped", describe("c=IN IP6 fe80::1%eth0", "t=0 0", "m=audio 4000 RTP/AVP 0"), ErrNotAcceptable, "the address fe80::1%eth0"},
		{"two reasons", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/SAVP 0", "m=audio 4000 RTP/AVP 18"), ErrNotAcceptable, "offered RTP/SAVP and payload type 18;"},
		{"refused and unusable", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/SAVP 0"), ErrNotAcceptable, "offered RTP/SAVP;"},
		{"long list", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP"+strings.Repeat(" 96", 60), "a=rtpmap:96 opus/48000/2"), ErrNotAcceptable, "opus/48000/2, opus/4"},
		{"control character", describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 op\x1bus/8000"), ErrNotAcceptable, "offered opus/8000;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse(tt.body); !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) || len(err.Error()) > 300 {
				t.Errorf("%v, want %s", err, tt.text)
			}
		})
	}
}

// Line ends and blank lines are as phones write them.
func TestLineEnds(t *testing.T) {
	want := must(t, describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 0", "a=sendonly"))
	text := string(describe("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 0", "a=sendonly"))
	for _, body := range []string{strings.ReplaceAll(text, "\r", ""), strings.TrimSpace(text), "\r\n" + text + "\r\n", strings.ReplaceAll(text, "\r\n", " \r\n")} {
		compare(t, must(t, []byte(body)), want)
	}
}

// What we write an independent parser reads, and we ourselves as it was meant.
func TestOfferRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", "127.0.0.1", "255.255.255.254"}).Draw(t, "address")
		local := Local{netip.MustParseAddr(addr), rapid.Uint16Range(1, 65535).Draw(t, "port"), rapid.Uint64().Draw(t, "id"), rapid.Uint64().Draw(t, "version")}
		codecs := rapid.SliceOfNDistinct(rapid.SampledFrom(supported[:]), 1, 3, rapid.ID).Draw(t, "codecs")
		d := rapid.SampledFrom([]Direction{SendRecv, SendOnly, RecvOnly, Inactive}).Draw(t, "direction")
		body := Offer(local, codecs, d)
		var other sdp.SessionDescription
		if err := other.Unmarshal(body); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if again, err := other.Marshal(); err != nil || string(again) != string(body) {
			t.Fatalf("%v\n%s\n%s", err, body, again)
		}
		got, err := Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		if got.Addr != netip.AddrPortFrom(local.Addr, local.Port) || got.SessionID != local.SessionID || got.Version != local.Version ||
			got.Direction != d || got.Event != EventPayloadType || got.PTime != 20*time.Millisecond || len(got.Formats) != len(codecs) {
			t.Fatalf("%+v", got)
		}
		chosen, ok := Choose(got, codecs)
		if !ok || chosen.Codec != codecs[0] || chosen != got.Formats[0] {
			t.Fatalf("%+v", chosen)
		}
		answer, err := Parse(Answer(local, got, chosen, SendRecv))
		if err != nil || len(answer.Formats) != 1 || answer.Formats[0] != chosen || answer.Event != got.Event || answer.Direction != d.Reverse() {
			t.Fatalf("%+v %v", answer, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(phone)
	f.Add(describe("c=IN IP4 0.0.0.0", "t=0 0", "m=audio 0 RTP/AVP 0", "m=image 1 udptl t38"))
	f.Add(Offer(Local{netip.MustParseAddr("2001:db8::1"), 4000, 1, 1}, supported[:], Inactive))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Parse(body)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotAcceptable) {
				t.Errorf("an error of its own kind: %v", err)
			}
			return
		}
		if !s.Refused && (len(s.Formats) == 0 || !s.Addr.IsValid() || s.Addr.Port() == 0) {
			t.Errorf("usable without %+v", s)
		}
		chosen, _ := Choose(s, supported[:])
		body = Answer(Local{netip.MustParseAddr("192.0.2.1"), 4000, 1, 1}, s, chosen, SendRecv)
		back, err := Parse(body)
		if err != nil {
			t.Fatalf("our answer: %v\n%s", err, body)
		}
		if len(back.sections) != len(s.sections) || back.Refused != s.Refused || back.audio != s.audio && !s.Refused {
			t.Errorf("the answer has other streams: %+v to %+v", back, s)
		}
		if !s.Refused && (back.Formats[0] != chosen || back.Event != s.Event) {
			t.Errorf("the answer has other formats: %+v to %+v", back, s)
		}
	})
}

// phone is a desk phone's offer.
var phone = crlf("v=0", "o=- 3872923 3872923 IN IP4 192.168.1.20", "s=call", "c=IN IP4 192.168.1.20", "t=0 0",
	"m=audio 4000 RTP/AVP 9 8 0 18 101", "a=rtpmap:9 G722/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
	"a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv")

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(phone); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseWithPion is the yardstick for having a reader of our own.
func BenchmarkParseWithPion(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var s sdp.SessionDescription
		if err := s.Unmarshal(phone); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	s, err := Parse(phone)
	if err != nil {
		b.Fatal(err)
	}
	local := Local{netip.MustParseAddr("192.0.2.254"), 30000, 3872923, 1}
	b.ReportAllocs()
	for b.Loop() {
		Answer(local, s, s.Formats[1], SendRecv)
	}
}

func BenchmarkOffer(b *testing.B) {
	local := Local{netip.MustParseAddr("192.0.2.254"), 30000, 3872923, 1}
	b.ReportAllocs()
	for b.Loop() {
		Offer(local, supported[:], SendRecv)
	}
}
