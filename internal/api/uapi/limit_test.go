package uapi_test

import (
	"strings"
	"testing"

	"holdline/internal/api"
	"holdline/internal/api/apitest"
)

// An organisation's requests of an hour are counted over all dialects, and
// what is past the limit is refused in this one's words; guesses count by address.
func TestHourlyLimit(t *testing.T) {
	d := apitest.NewDemo(t, func(c *api.Config) { c.PerHour = 3 })
	const presence = "/uapi/extensions/@me/@self/presence"
	expect := func(what, method, path, token string, status int, remaining string) apitest.Answer {
		t.Helper()
		a := d.Do(method, path, token, "")
		if a.Status != status || a.Header.Get("X-RateLimit-Remaining") != remaining {
			t.Errorf("%s: %d, %s requests left, want %d and %s: %s", what, a.Status, a.Header.Get("X-RateLimit-Remaining"), status, remaining, a.Body)
		}
		return a
	}
	expect("the first", "GET", presence, d.Tokens["demo"], 200, "2")
	expect("one in ver1.0", "GET", "/api/ver1.0/client/@me/agent/local/", d.Tokens["demo"], 200, "1")
	expect("what is not implemented", "GET", "/unifiedapi/cdr", d.Tokens["demo"], 501, "0")
	a := expect("past the limit", "GET", presence, d.Tokens["demo"], 429, "0")
	if a.Header.Get("Retry-After") != "2927" || !strings.HasPrefix(string(a.Body), `{"error":{"code":"rate_limit_exceeded","message":"`) { // the clock stands at 12:11:13
		t.Errorf("past the limit: %v %s", a.Header, a.Body)
	}
	expect("past it in ver1.0, too", "GET", "/api/ver1.0/client/@me/agent/local/", d.Tokens["demo"], 429, "0")
	expect("a stranger", "GET", presence, d.Tokens["stranger"], 204, "2")
	for _, remaining := range []string{"2", "1", "0"} {
		expect("a guess", "GET", presence, "guess", 401, remaining)
	}
	expect("one guess too many", "GET", presence, "guess", 429, "0")
}
