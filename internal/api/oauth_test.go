package api_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"holdline/internal/api"
	"holdline/internal/api/apitest"
)

const formType = "Content-Type: application/x-www-form-urlencoded"

func TestTokenEndpoint(t *testing.T) {
	d := apitest.NewDemo(t, func(c *api.Config) { c.OAuthPerSecond = 1000 })
	basic := func(s string) string { return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	const good = "grant_type=client_credentials&client_id=demo&client_secret=demo"
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		error              string
	}{
		"form":                    {body: good, status: 200},
		"slash":                   {path: "/oauth/token/", body: good, status: 200},
		"charset":                 {body: good, headers: []string{formType + "; charset=utf-8"}, status: 200},
		"scope is ignored":        {body: good + "&scope=everything", status: 200},
		"basic":                   {body: "grant_type=client_credentials", headers: []string{basic("demo:demo")}, status: 200},
		"wrong secret":            {body: "grant_type=client_credentials&client_id=demo&client_secret=nope", status: 401, error: "invalid_client"},
		"unknown client":          {body: "grant_type=client_credentials&client_id=nobody&client_secret=demo", status: 401, error: "invalid_client"},
		"no client":               {body: "grant_type=client_credentials", status: 401, error: "invalid_client"},
		"no secret":               {body: "grant_type=client_credentials&client_id=demo", status: 401, error: "invalid_client"},
		"basic, wrong":            {body: "grant_type=client_credentials", headers: []string{basic("demo:nope")}, status: 401, error: "invalid_client"},
		"basic, broken":           {body: "grant_type=client_credentials", headers: []string{"Authorization: Basic !"}, status: 401, error: "invalid_client"},
		"both ways":               {body: good, headers: []string{basic("demo:demo")}, status: 400, error: "invalid_request"},
		"other grant type":        {body: "grant_type=password&client_id=demo&client_secret=demo", status: 400, error: "unsupported_grant_type"},
		"no grant type":           {body: "client_id=demo&client_secret=demo", status: 400, error: "invalid_request"},
		"sent twice":              {body: good + "&client_id=demo", status: 400, error: "invalid_request"},
		"in the query":            {path: "/oauth/token?" + good, body: "a=b", status: 400, error: "invalid_request"},
		"JSON":                    {body: `{"grant_type":"client_credentials"}`, headers: []string{"Content-Type: application/json"}, status: 400, error: "invalid_request"},
		"no type":                 {body: good, headers: []string{"Content-Type: "}, status: 400, error: "invalid_request"},
		"bad escape":              {body: "grant_type=%zz", status: 400, error: "invalid_request"},
		"large":                   {body: good + "&x=" + strings.Repeat("x", 20_000), status: 400, error: "invalid_request"},
		"GET":                     {method: "GET", path: "/oauth/token?" + good, status: 405, error: "invalid_request"},
		"quotes in a parameter":   {body: good + "&a%22b=1&a%22b=2", status: 400, error: "invalid_request"},
		"bad UTF-8 in the client": {body: "grant_type=client_credentials&client_id=%ff&client_secret=demo", status: 401, error: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.method == "" {
				c.method = "POST"
			}
			if c.path == "" {
				c.path = "/oauth/token"
			}
			got := d.Do(c.method, c.path, "", c.body, append([]string{formType}, c.headers...)...)
			if got.Status != c.status {
				t.Fatalf("status %d, want %d: %s", got.Status, c.status, got.Body)
			}
			if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", got.Header)
			}
			v := got.JSON(t)
			if c.error != "" {
				if v["error"] != c.error || v["error_description"] == "" || len(v) != 2 {
					t.Errorf("error %v", v)
				}
				if c.status == 401 && !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Basic ") {
					t.Errorf("WWW-Authenticate %q", got.Header.Get("WWW-Authenticate"))
				}
				return
			}
			token, _ := v["access_token"].(string)
			if v["token_type"] != "Bearer" || v["expires_in"] != 3600.0 || v["scope"] != "organisation" || len(v) != 4 {
				t.Errorf("answer %v", v)
			}
			if got := d.Do("GET", "/api/ver1.0/client/@me/extension/", token, ""); got.Status != 200 {
				t.Errorf("the token does not work: %d", got.Status)
			}
		})
	}
}

func TestTokensExpire(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	get := func() int { return d.Do("GET", "/api/ver1.0/client/@me/extension/", d.Tokens["demo"], "").Status }
	d.Clock.Advance(time.Hour - time.Second)
	if got := get(); got != 200 {
		t.Errorf("a second before the end: %d", got)
	}
	d.Clock.Advance(time.Second)
	if got := get(); got != 401 {
		t.Errorf("after an hour: %d", got)
	}
}

func TestTokenRequestsAreLimitedPerAddress(t *testing.T) {
	s := apitest.New(t, nil)
	ask := func() apitest.Answer {
		return s.Do("POST", "/oauth/token", "", "grant_type=client_credentials&client_id=a&client_secret=b", formType)
	}
	for i := range 20 {
		if got := ask(); got.Status != 401 {
			t.Fatalf("request %d: %d", i+1, got.Status)
		}
	}
	got := ask()
	if got.Status != 429 || got.JSON(t)["error"] != "rate_limit_exceeded" || got.Header.Get("Retry-After") != "1" {
		t.Errorf("request 21: %d %v", got.Status, got.Header)
	}
	s.Clock.Advance(time.Second)
	if got := ask(); got.Status != 401 {
		t.Errorf("a second later: %d", got.Status)
	}
}

func TestNothingElseIsHere(t *testing.T) {
	s := apitest.New(t, nil)
	for _, path := range []string{"/", "/api", "/api/", "/api/ver1.0", "/api/ver2.0/", "/oauth", "/oauth/", "/oauth/other", "/favicon.ico", "//oauth/token", "/oauth/../oauth/token"} {
		got := s.Do("GET", path, "", "")
		if got.Status != 404 || got.JSON(t)["status"] != "not_found" || got.Header.Get("Location") != "" || got.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %v %s", path, got.Status, got.Header, got.Body)
		}
	}
}
