package app

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzRedirects: what is registered is sent to browsers in a header, so it
// must be one whole address over TLS, or of the browser's own machine.
func FuzzRedirects(f *testing.F) {
	for _, s := range []string{"https://crm.example.com/back?x=1", "http://127.0.0.1:8000/", "http://[::1]/", "javascript:alert(1)", "https://a@b/",
		"https://a.example\r\nX: y", "//a.example/", "https://", "http://localhost.evil.example/", "https://a.example/%0a", "HTTPS://A.example", "https://a\"b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkRedirects([]string{s}) != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.User != nil || strings.Contains(s, "#") || strings.ContainsAny(s, "\r\n\t \"<>\\") {
			t.Errorf("%q was taken: %v", s, err)
		}
		if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") && !loopback(u.Hostname())) {
			t.Errorf("%q was taken without TLS", s)
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{"sip.example.com", "192.0.2.1:5060", "[2001:db8::1]:5060", "2001:db8::1", "a b", "-a", "a:0", ":5060", "0.0.0.0", "[::1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkHost(s) == nil && (s == "" || strings.ContainsAny(s, " \r\n\t<>;\"@") || strings.Count(s, "[") != strings.Count(s, "]")) {
			t.Errorf("%q was taken", s)
		}
	})
}
