package sipuri

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parse(t *testing.T, s string) URI {
	t.Helper()
	u, err := Parse(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return u
}

// RFC 3261 §19.1.4 lists these pairs; those with phone numbers in them are ours.
func TestEqualOfRFC3261(t *testing.T) {
	for _, pair := range [][2]string{
		{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
		{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"},
		{"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com", "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
		{"sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
		{"SIP:0003*201@[2001:DB8::1]:5062", "sip:0003%2a201@[2001:db8:0::1]:5062"},
	} {
		a, b := parse(t, pair[0]), parse(t, pair[1])
		if !a.Equal(b) || !b.Equal(a) {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtlanTa.CoM;Transport=UDP"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
		{"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
		{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"},
		{"sip:bob@biloxi.com", "sips:bob@biloxi.com"},
		{"sip:a%2Fb@biloxi.com", "sip:a/b@biloxi.com"},
		{"sip:biloxi.com", "sip:bob@biloxi.com"},
	} {
		a, b := parse(t, pair[0]), parse(t, pair[1])
		if a.Equal(b) || b.Equal(a) {
			t.Errorf("%s and %s are equal", pair[0], pair[1])
		}
	}
}

func TestParseTakesPartsApart(t *testing.T) {
	u := parse(t, "sips:bob;x=1?y:pw@Biloxi.com:5071;lr;transport=TLS;x=%41?a=b")
	if u.Scheme != "sips" || u.User != "bob;x=1?y:pw" || u.Host != "biloxi.com" || u.Port != 5071 {
		t.Errorf("%+v", u)
	}
	for name, want := range map[string]string{"lr": "", "transport": "tls", "x": "a"} {
		if got, ok := u.Param(name); !ok || got != want {
			t.Errorf("%s: %q %v", name, got, ok)
		}
	}
	if _, ok := u.Param("maddr"); ok {
		t.Error("a parameter that is not there was found")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "sip", "sip:", "tel:+1555", "mailto:bob@b.com", "sip:@b.com", "sip:bob@", "sip:bob@b.com:0", "sip:bob@b.com:65536",
		"sip:bob@b.com:+1", "sip:bob@b.com:", "sip:b%4@b.com", "sip:b%zz@b.com", "sip:[::1", "sip:[192.0.2.1]", "sip:[fe80::1%25eth0]", "sip:[::1]x",
		"sip:b b@b.com", "sip:bob@b.com>", "<sip:bob@b.com", "sip:b\n@b.com", "sip:bob@b.com;;lr", "sip:bob@b.com;x=1;X=2", "sip:bob@b.com?a=1&a=1", "sip:bob@b.com;=1", "sip:bob@b_b.com/x",
		"sip:bob@" + strings.Repeat("b", 600), "sip://bob@b.com/", "*",
	} {
		if u, err := Parse(s); err == nil {
			t.Errorf("%q became %+v", s, u)
		}
	}
}

// Equality is symmetric and holds for a URI and itself.
func TestEqualIsSymmetric(t *testing.T) {
	gen := rapid.StringMatching(`sips?:([aA%46]{0,2}@)?[aB]{1,2}(:506[01])?(;(lr|transport=(udp|TCP)|x=[12]|y)){0,3}(\?[ab]=[12](&c=1)?)?`)
	rapid.Check(t, func(t *rapid.T) {
		a, err := Parse(gen.Draw(t, "a"))
		b, err2 := Parse(gen.Draw(t, "b"))
		if err != nil || err2 != nil {
			t.Skip()
		}
		if a.Equal(b) != b.Equal(a) {
			t.Fatalf("%+v and %+v", a, b)
		}
		if !a.Equal(a) {
			t.Fatalf("%+v is not itself", a)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"sip:0003*201@demo.local", "sip:a%61@[::1]:5060;transport=tcp?x=y", "sips:b;c?d@e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := Parse(s)
		if err != nil {
			return
		}
		if u.Host == "" || strings.ContainsAny(u.Host+u.User, " \r\n<>\"") {
			t.Errorf("%q became %+v", s, u)
		}
		if !u.Equal(u) {
			t.Errorf("%q is not itself", s)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse("sip:0003*201@192.0.2.17:5062;transport=tcp;ob")
	}
}
