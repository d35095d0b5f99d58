package ver1_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"holdline/internal/api"
	"holdline/internal/api/apitest"
)

func TestBothSlashesAnswerWithoutARedirect(t *testing.T) {
	c := demo(t)
	for _, path := range []string{"/client/@me/extension", "/client/@me/extension/{201}", "/client/@me/agent/local", "/client/@me/agent/local/{a201}",
		"/client/@me/agent/remote", "/client/@me/agent/remote/{remote}", "/extension/{201}/sip", "/extension/{700}/queue", "/extension/@700/queue/status",
		"/extension/{700}/queue/status/members", "/extension/{700}/queue/agents/local", "/extension/{700}/queue/agents/local/{a201}",
		"/extension/{701}/queue/agents/remote", "/extension/{701}/queue/agents/remote/{remote}", "/client/{org}/extension"} {
		one, two := c.send("GET", path, "", 200), c.send("GET", path+"/", "", 200)
		if string(one.Body) != string(two.Body) {
			t.Errorf("%s answers differently with a slash", path)
		}
	}
	// %40 and %2A are @ and *.
	c.send("GET", "/client/%40me/extension/%40201", "", 200)
	c.send("GET", "/extension/@0003%2A700/queue/", "", 200)
	for _, path := range []string{"//client/@me/extension/", "/client//extension/", "/client/@me/../@me/extension/", "/client/./@me/extension/", "/client/@me/extension//"} {
		if got := c.send("GET", path, "", 404); got.Header.Get("Location") != "" {
			t.Errorf("%s is redirected to %s", path, got.Header.Get("Location"))
		}
	}
}

func TestHeadAndOptions(t *testing.T) {
	c := demo(t)
	get := c.send("GET", "/client/@me/extension/", "", 200)
	head := c.send("HEAD", "/client/@me/extension/", "", 200)
	if len(head.Body) != 0 || head.Header.Get("X-Total-Count") != "7" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
		t.Errorf("HEAD answers %q with %v", head.Body, head.Header)
	}
	c.send("HEAD", "/client/@me/extension/999999", "", 404)
	for path, allow := range map[string]string{"/client/@me/extension/": "GET, HEAD, OPTIONS, POST", "/extension/1/queue/": "GET, HEAD, OPTIONS, PUT",
		"/client/@me/agent/local/1": "DELETE, GET, HEAD, OPTIONS, PUT"} {
		got := c.d.Do("OPTIONS", "/api/ver1.0"+path, "", "")
		if got.Status != 204 || got.Header.Get("Allow") != allow || len(got.Body) != 0 {
			t.Errorf("OPTIONS %s: %d, Allow %q", path, got.Status, got.Header.Get("Allow"))
		}
		if got := c.d.Do("PATCH", "/api/ver1.0"+path, "", ""); got.Status != 405 || got.Header.Get("Allow") != allow {
			t.Errorf("PATCH %s: %d, Allow %q", path, got.Status, got.Header.Get("Allow"))
		}
	}
}

func TestGzipWhenAsked(t *testing.T) {
	c := demo(t)
	plain := c.send("GET", "/client/@me/extension/", "", 200)
	for accept, zipped := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "*": true, "identity": false, "gzip;q=0": false, "gzip; q=0.0, *": false, "br": false} {
		got := c.d.Do("GET", "/api/ver1.0/client/@me/extension/", c.d.Tokens["demo"], "", "Accept-Encoding: "+accept)
		if (got.Header.Get("Content-Encoding") == "gzip") != zipped || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: %v", accept, got.Header)
			continue
		}
		if zipped {
			if body := unzip(t, got.Body); body != string(plain.Body) {
				t.Errorf("unzipped to %q", body)
			}
		}
	}
	// Errors too; but nothing is wrapped around no body.
	got := c.d.Do("GET", "/api/ver1.0/nothing", "", "", "Accept-Encoding: gzip")
	if got.Status != 404 || !strings.Contains(unzip(t, got.Body), "not_found") {
		t.Errorf("a zipped error: %d", got.Status)
	}
	id := c.send("POST", "/client/@me/agent/remote/", `{"number":"15550199"}`, 201).JSON(t)["id"]
	got = c.d.Do("DELETE", fmt.Sprint("/api/ver1.0/client/@me/agent/remote/", id), c.d.Tokens["demo"], "", "Accept-Encoding: gzip")
	if got.Status != 204 || len(got.Body) != 0 || got.Header.Get("Content-Encoding") != "" {
		t.Errorf("DELETE: %d %q %v", got.Status, got.Body, got.Header)
	}
}

func unzip(t *testing.T, body []byte) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		t.Fatalf("%v: %q", err, body)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRequestIDs(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	seen := map[string]bool{}
	for _, sent := range []string{"", "", "mine-1", "spaced out", `quote"`, strings.Repeat("x", 65)} {
		got := d.Do("GET", "/api/ver1.0/client/@me/extension/", d.Tokens["demo"], "", "X-Request-Id: "+sent).Header.Get("X-Request-Id")
		if sent == "mine-1" && got != sent || sent != "mine-1" && (got == sent || len(got) != 16) || seen[got] {
			t.Errorf("request id %q is answered as %q", sent, got)
		}
		seen[got] = true
	}
}

func TestHourlyLimitOfAClient(t *testing.T) {
	d := apitest.NewDemo(t, func(c *api.Config) { c.PerHour = 3 })
	get := func(token string) apitest.Answer {
		return d.Do("GET", "/api/ver1.0/client/@me/agent/local/", token, "")
	}
	for i, remaining := range []string{"2", "1", "0"} {
		got := get(d.Tokens["demo"])
		if got.Status != 200 || got.Header.Get("X-RateLimit-Limit") != "3" || got.Header.Get("X-RateLimit-Remaining") != remaining ||
			got.Header.Get("X-RateLimit-Reset") != "2927" { // the clock stands at 12:11:13
			t.Errorf("request %d: %d %v", i+1, got.Status, got.Header)
		}
	}
	got := get(d.Tokens["demo"])
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "2927" {
		t.Errorf("past the limit: %d %v", got.Status, got.Header)
	}
	checkError(t, got, "rate_limit_exceeded", "")
	if got := get(d.Tokens["admin"]); got.Status != 429 {
		t.Errorf("another application of the same client: %d", got.Status)
	}
	if got := get(d.Tokens["stranger"]); got.Status != 200 || got.Header.Get("X-RateLimit-Remaining") != "2" {
		t.Errorf("another client: %d %v", got.Status, got.Header)
	}
	for range 3 {
		if got := get("guess"); got.Status != 401 {
			t.Errorf("a guessed token: %d", got.Status)
		}
	}
	if got := get("guess"); got.Status != 429 {
		t.Errorf("guessing tokens goes on: %d", got.Status)
	}
}

func TestAnEngineThatIsAwayIsNotTheClientsFault(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	if err := d.Engine.Close(t.Context(), d.Org); err != nil {
		t.Fatal(err)
	}
	got := d.Do("GET", "/api/ver1.0"+expand(d, "/extension/{700}/queue/status/"), d.Tokens["demo"], "")
	if got.Status != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("status of a queue: %d %v", got.Status, got.Header)
	}
	checkError(t, got, "unavailable", "")
	// What needs no engine is answered.
	if got := d.Do("GET", "/api/ver1.0"+expand(d, "/client/@me/agent/local/{a201}"), d.Tokens["demo"], ""); got.Status != 200 || got.JSON(t)["status"] != "available" {
		t.Errorf("an agent: %d %s", got.Status, got.Body)
	}
}

func TestABrokenStoreIsLoggedWithTheRequestAndToldToNobody(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	d.Do("GET", "/api/ver1.0/client/@me/extension/", d.Tokens["demo"], "") // the token is known without the store
	d.Break(errors.New("disk on fire at /dev/sda1"))
	got := d.Do("GET", "/api/ver1.0/client/@me/extension/", d.Tokens["demo"], "", "X-Request-Id: burning")
	if got.Status != 500 || strings.Contains(string(got.Body), "fire") || !strings.Contains(string(got.Body), "burning") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	checkError(t, got, "internal_error", "")
	if logs := d.Logs.String(); !strings.Contains(logs, "disk on fire") || !strings.Contains(logs, "request=burning") {
		t.Errorf("the log does not explain it: %s", logs)
	}
}
