package console

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"holdline/internal/app/apptest"
	"holdline/web"
)

// pages is a console over the demo world.
type pages struct {
	t   *testing.T
	w   *apptest.World
	h   http.Handler
	log bytes.Buffer
}

func newPages(t *testing.T) *pages {
	t.Helper()
	p := &pages{t: t, w: apptest.New(t)}
	if _, err := p.w.App.DemoWorld(t.Context(), netip.MustParseAddrPort("127.0.0.2:5070")); err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(web.Console, "console")
	if err != nil {
		t.Fatal(err)
	}
	if p.h, err = New(Config{App: p.w.App, Files: files, Log: slog.New(slog.NewTextHandler(&p.log, nil))}); err != nil {
		t.Fatal(err)
	}
	return p
}

// do sends a request; headers are "Name: value".
func (p *pages) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, "http://console.test"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w
}

// signIn gives the headers of a session.
func (p *pages) signIn(login, password string) (cookie, csrf string) {
	p.t.Helper()
	a := p.do("POST", "/console/session", `{"login":"`+login+`","password":"`+password+`"}`)
	if a.Code != http.StatusOK {
		p.t.Fatalf("%d %s", a.Code, a.Body)
	}
	var in shown
	if err := json.Unmarshal(a.Body.Bytes(), &in); err != nil {
		p.t.Fatal(err)
	}
	c := a.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || in.CSRF == "" || in.Role != "supervisor" || in.Name != "Dana" {
		p.t.Errorf("cookie %v, session %+v", c, in)
	}
	return "Cookie: " + c.Name + "=" + c.Value, "X-CSRF-Token: " + in.CSRF
}

func TestASessionFromSignInToSignOut(t *testing.T) {
	p := newPages(t)
	if a := p.do("GET", "/console/session", ""); a.Code != http.StatusUnauthorized {
		t.Errorf("before signing in: %d %s", a.Code, a.Body)
	}
	if a := p.do("POST", "/console/session", `{"login":"dana","password":"wrong"}`); a.Code != http.StatusUnauthorized || len(a.Result().Cookies()) != 0 {
		t.Errorf("a wrong password: %d %s", a.Code, a.Body)
	}
	cookie, csrf := p.signIn("dana", "demo")
	if a := p.do("GET", "/console/session", "", cookie); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), `"login":"dana"`) || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("signed in: %d %s", a.Code, a.Body)
	}

	change := `{"old_password":"demo","password":"correct horse battery"}`
	for _, headers := range [][]string{{cookie}, {cookie, "X-CSRF-Token: x"}, {csrf}} {
		if a := p.do("PUT", "/console/session/password", change, headers...); a.Code != http.StatusForbidden {
			t.Errorf("a change with %v only: %d %s", headers, a.Code, a.Body)
		}
	}
	if a := p.do("PUT", "/console/session/password", `{"old_password":"x","password":"correct horse battery"}`, cookie, csrf); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), `"field":"old_password"`) {
		t.Errorf("a wrong present password: %d %s", a.Code, a.Body)
	}
	if a := p.do("PUT", "/console/session/password", change, cookie, csrf); a.Code != http.StatusNoContent {
		t.Errorf("changing the password: %d %s", a.Code, a.Body)
	}
	p.signIn("dana", "correct horse battery")

	if a := p.do("DELETE", "/console/session", "", cookie); a.Code != http.StatusForbidden {
		t.Errorf("signing out without the page's token: %d", a.Code)
	}
	if a := p.do("DELETE", "/console/session", "", cookie, csrf); a.Code != http.StatusNoContent || a.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("signing out: %d %v", a.Code, a.Result().Cookies())
	}
	if a := p.do("GET", "/console/session", "", cookie); a.Code != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", a.Code)
	}
}

func TestOtherSitesCannotSignAnybodyIn(t *testing.T) {
	p := newPages(t)
	body := `{"login":"dana","password":"demo"}`
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"} {
		if a := p.do("POST", "/console/session", body, header); a.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", header, a.Code, a.Body)
		}
	}
	if a := p.do("POST", "/console/session", body, "Content-Type: text/plain"); a.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a form's body: %d", a.Code)
	}
}

func TestBadBodiesAndTooManyAttempts(t *testing.T) {
	p := newPages(t)
	for _, body := range []string{`{`, `[]`, `{"login":1}`, `{"login":"dana","password":"demo","x":1}`, `{"login":"` + strings.Repeat("x", maxBody) + `"}`} {
		if a := p.do("POST", "/console/session", body); a.Code != http.StatusBadRequest {
			t.Errorf("%.40s: %d", body, a.Code)
		}
	}
	for range 100 {
		a := p.do("POST", "/console/session", `{"login":"dana","password":"guess"}`)
		if a.Code == http.StatusTooManyRequests {
			if a.Header().Get("Retry-After") == "" {
				t.Error("it is not said when to try again")
			}
			return
		}
	}
	t.Error("a hundred guesses are let through")
}

func TestABrokenStoreIsNoRefusal(t *testing.T) {
	p := newPages(t)
	cookie, _ := p.signIn("dana", "demo")
	p.w.Break(context.DeadlineExceeded)
	if a := p.do("GET", "/console/session", "", cookie); a.Code != http.StatusInternalServerError || strings.Contains(a.Body.String(), "deadline") {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if !strings.Contains(p.log.String(), "deadline") {
		t.Errorf("the log does not say why: %s", &p.log)
	}
}

var address = regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)

func TestThePageAndItsFiles(t *testing.T) {
	p := newPages(t)
	page := p.do("GET", "/", "")
	h := page.Header()
	if page.Code != http.StatusOK || h.Get("Content-Type") != "text/html; charset=utf-8" || h.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d %v", page.Code, h)
	}
	if policy := h.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
	all := address.FindAllStringSubmatch(page.Body.String(), -1)
	if len(all) < 10 || strings.Contains(page.Body.String(), "{base}") || strings.Contains(page.Body.String(), "{modules}") {
		t.Fatalf("the page names %d files", len(all))
	}
	first := page.Body.Len()
	for _, m := range all {
		a := p.do("GET", m[1], "")
		kind := a.Header().Get("Content-Type")
		if a.Code != http.StatusOK || kind == "" || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", m[1], a.Code, a.Header())
		}
		packed := p.do("GET", m[1], "", "Accept-Encoding: gzip, br")
		first += packed.Body.Len()
		if packed.Header().Get("Content-Encoding") == "gzip" && string(unpack(t, packed.Body)) != a.Body.String() {
			t.Errorf("%s is another one when it is compressed", m[1])
		}
	}
	if first > 150_000 {
		t.Errorf("the first view is %d bytes", first)
	}
	for _, path := range []string{"/assets/old/js/main.js", strings.Replace(all[0][1], "img", "nothing", 1), "/assets/", strings.Replace(all[0][1], "img/", "..%2f", 1)} {
		if a := p.do("GET", path, ""); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

// What the first view needs is named by the page; what is wanted later is not.
func TestThePageNamesTheModulesOfTheFirstView(t *testing.T) {
	p := newPages(t)
	text := p.do("GET", "/", "").Body.String()
	for name, want := range map[string]bool{"js/main.js": true, "js/dom.js": true, "js/ui/menu.js": true, "js/views/wallboard.js": true, "js/charts.js": true,
		"js/views/desk.js": false, "js/ui/table.js": false, "vendored/uPlot.iife.min.js": false} {
		if got := strings.Contains(text, `rel="modulepreload" href="/assets/`) && regexp.MustCompile(`modulepreload" href="/assets/[0-9a-f]+/`+regexp.QuoteMeta(name)+`"`).MatchString(text); got != want {
			t.Errorf("%s: named %v", name, got)
		}
	}
}

func unpack(t *testing.T, r io.Reader) []byte {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryChangeOfAFileIsANewVersion(t *testing.T) {
	version := func(main string) string {
		f, err := load(fstest.MapFS{"index.html": {Data: []byte("{base}")}, "js/main.js": {Data: []byte(main)}})
		if err != nil {
			t.Fatal(err)
		}
		return f.version
	}
	if a := version("a"); a == version("b") || a != version("a") {
		t.Error("the version does not follow the files")
	}
	if _, err := New(Config{Files: fstest.MapFS{}}); err == nil {
		t.Error("a console without a page")
	}
}
