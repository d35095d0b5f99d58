package origin

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

var behind = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("127.0.0.1/32")}

// seen gives what a handler behind the proxies is told.
func seen(p Proxies, peer string, headers http.Header) (address string, secure bool) {
	r := httptest.NewRequest("GET", "http://calls.test/", nil)
	r.RemoteAddr, r.Header = peer, headers
	p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { address, secure = r.RemoteAddr, Secure(r) })).ServeHTTP(httptest.NewRecorder(), r)
	return address, secure
}

func TestWhoIsBehindTheProxies(t *testing.T) {
	xff := func(values ...string) http.Header { return http.Header{"X-Forwarded-For": values} }
	for name, tt := range map[string]struct {
		peer   string
		header http.Header
		want   string
		secure bool
	}{
		"no header":                        {"10.0.0.1:4711", http.Header{}, "10.0.0.1:4711", false},
		"one proxy":                        {"10.0.0.1:4711", xff("192.0.2.9"), "192.0.2.9:0", false},
		"a chain of proxies":               {"10.0.0.1:4711", xff("192.0.2.9, 10.0.0.7", "10.0.0.8"), "192.0.2.9:0", false},
		"the client's own invention":       {"10.0.0.1:4711", xff("198.51.100.1, 192.0.2.9"), "192.0.2.9:0", false},
		"invention of a proxy's address":   {"10.0.0.1:4711", xff("10.0.0.2, 192.0.2.9"), "192.0.2.9:0", false},
		"in lines of their own":            {"10.0.0.1:4711", xff("198.51.100.1", "192.0.2.9"), "192.0.2.9:0", false},
		"nothing but proxies":              {"10.0.0.1:4711", xff("10.0.0.9,10.0.0.8"), "10.0.0.9:0", false},
		"with ports and brackets":          {"127.0.0.1:80", xff("[2001:db9::1]:99, 10.0.0.8:1234, [2001:db8::5]"), "[2001:db9::1]:0", false},
		"IPv4 in IPv6":                     {"[::ffff:10.0.0.1]:4711", xff("::ffff:192.0.2.9"), "192.0.2.9:0", false},
		"rubbish behind a proxy":           {"10.0.0.1:4711", xff("192.0.2.9, unknown, 10.0.0.8"), "10.0.0.8:0", false},
		"rubbish at the end":               {"10.0.0.1:4711", xff("192.0.2.9, <script>"), "10.0.0.1:4711", false},
		"a stranger is not believed":       {"192.0.2.77:4711", http.Header{"X-Forwarded-For": {"10.0.0.1"}, "X-Forwarded-Proto": {"https"}}, "192.0.2.77:4711", false},
		"TLS at the proxy":                 {"10.0.0.1:4711", http.Header{"X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"HTTPS"}}, "192.0.2.9:0", true},
		"TLS is what the last proxy says":  {"10.0.0.1:4711", http.Header{"X-Forwarded-Proto": {"https, http"}}, "10.0.0.1:4711", false},
		"the other header is not listened": {"10.0.0.1:4711", http.Header{"Forwarded": {"for=192.0.2.9;proto=https"}}, "10.0.0.1:4711", false},
	} {
		if got, secure := seen(Proxies{Networks: behind}, tt.peer, tt.header); got != tt.want || secure != tt.secure {
			t.Errorf("%s: %s, TLS %v; want %s, %v", name, got, secure, tt.want, tt.secure)
		}
	}
	if got, secure := seen(Proxies{}, "127.0.0.1:1", http.Header{"X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"https"}}); got != "127.0.0.1:1" || secure {
		t.Errorf("without proxies: %s %v", got, secure)
	}
}

func TestForwarded(t *testing.T) {
	for header, want := range map[string]struct {
		address string
		secure  bool
	}{
		`for=192.0.2.60;proto=http;by=203.0.113.43`:            {"192.0.2.60:0", false}, // RFC 7239 §4
		`For="[2001:db9:cafe::17]:4711"`:                       {"[2001:db9:cafe::17]:0", false},
		`for=192.0.2.43, for=198.51.100.17`:                    {"198.51.100.17:0", false},
		`for=192.0.2.43;proto=http, for=10.0.0.7; proto=https`: {"192.0.2.43:0", true},
		`for="_gazonk"`:                            {"10.0.0.1:4711", false},
		`for=unknown;proto=https`:                  {"10.0.0.1:4711", true},
		`proto=https`:                              {"10.0.0.1:4711", true},
		`for="half, for=192.0.2.43`:                {"192.0.2.43:0", false},
		`for="10.0.0.9, for=192.0.2.43`:            {"192.0.2.43:0", false},
		`for=192.0.2.43;for=10.0.0.9`:              {"10.0.0.1:4711", false},
		`for="192.0.2.\43";host="a,b;for=1.2.3.4"`: {"192.0.2.43:0", false},
		`for="192.0.2.43\"`:                        {"10.0.0.1:4711", false},
		`for = 192.0.2.43`:                         {"10.0.0.1:4711", false},
		`,, for=192.0.2.43 ,`:                      {"192.0.2.43:0", false},
	} {
		got, secure := seen(Proxies{Networks: behind, Form: Forwarded}, "10.0.0.1:4711",
			http.Header{"Forwarded": {header}, "X-Forwarded-For": {"198.51.100.1"}, "X-Forwarded-Proto": {"https"}})
		if got != want.address || secure != want.secure {
			t.Errorf("%s: %s, TLS %v; want %s, %v", header, got, secure, want.address, want.secure)
		}
	}
}

// Whatever a client sends, the proxy's own note behind it decides.
func FuzzNobodyInventsAnAddress(f *testing.F) {
	for _, s := range []string{"", "10.0.0.1", `for="`, `for="10.0.0.2`, `a\`, `"\"`, "10.0.0.2, ", "\x00,;=\"", strings.Repeat(",", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		for form, name := range map[Form]string{XForwarded: "X-Forwarded-For", Forwarded: "Forwarded"} {
			note := map[Form]string{XForwarded: "192.0.2.9", Forwarded: `for=192.0.2.9;proto=https`}[form]
			for _, values := range [][]string{{sent + ", " + note}, {sent, note}} {
				got, secure := seen(Proxies{Networks: behind, Form: form}, "10.0.0.1:1", http.Header{name: values})
				if got != "192.0.2.9:0" || secure != (form == Forwarded) {
					t.Fatalf("%s %q: %s, TLS %v", name, values, got, secure)
				}
			}
			alone, _ := seen(Proxies{Networks: behind, Form: form}, "10.0.0.1:1", http.Header{name: {sent}})
			if _, err := netip.ParseAddrPort(alone); err != nil {
				t.Fatalf("%q makes the address %q", sent, alone)
			}
		}
	})
}

func BenchmarkClient(b *testing.B) {
	p := Proxies{Networks: behind}
	h := http.Header{"X-Forwarded-For": {"198.51.100.1, 192.0.2.9, 10.0.0.7"}, "X-Forwarded-Proto": {"https"}}
	peer := netip.MustParseAddr("10.0.0.1")
	b.ReportAllocs()
	for b.Loop() {
		p.client(peer, h)
	}
}
