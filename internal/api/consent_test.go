package api_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/auth"
	"holdline/internal/store"
)

const crm = "https://crm.example/back"

// people is the demo with somebody to sign in and applications that ask for consent.
type people struct {
	*apitest.Demo
	agent, boss store.User
	crm         store.Application
}

const passwordOfAll = "correct horse battery"

func withPeople(t *testing.T) *people {
	t.Helper()
	p := &people{Demo: apitest.NewDemo(t, func(c *api.Config) { c.OAuthPerSecond = 10_000 })}
	hash, err := apptest.Passwords().Hash(t.Context(), passwordOfAll)
	if err != nil {
		t.Fatal(err)
	}
	p.agent = store.User{OrgID: p.Org, Login: "ann@example.com", Name: "Ann", Role: store.RoleAgent, Password: hash}
	p.boss = store.User{OrgID: p.Org, Login: "boss@example.com", Name: "Boss <b>", Role: store.RoleSupervisor, Password: hash}
	p.crm = store.Application{OrgID: p.Org, Name: "CRM & Co", ClientID: "crm", SecretHash: auth.HashSecret("crm-secret"),
		Reach: store.ReachOrganisation, RedirectURIs: []string{crm}}
	p.Update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.Users.Create(ctx, &p.agent); err != nil {
			return err
		}
		if err := tx.Users.Create(ctx, &p.boss); err != nil {
			return err
		}
		far := store.User{OrgID: p.Stranger, Login: "far@example.com", Name: "Far", Role: store.RoleSupervisor, Password: hash}
		if err := tx.Users.Create(ctx, &far); err != nil {
			return err
		}
		return tx.Applications.Create(ctx, &p.crm)
	})
	return p
}

// browser is a browser of a user; it follows redirects within the server only.
type browser struct {
	t *testing.T
	http.Client
	path string
}

func newBrowser(t *testing.T, path string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, path: path, Client: http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Hostname() != "127.0.0.1" {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// view is a page as the browser has it.
type view struct {
	status int
	text   string
	header http.Header
	url    *url.URL
	sentTo *url.URL // elsewhere
}

func (b *browser) did(res *http.Response, err error) view {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	v := view{status: res.StatusCode, text: string(text), header: res.Header, url: res.Request.URL}
	if to := res.Header.Get("Location"); to != "" {
		if v.sentTo, err = url.Parse(to); err != nil {
			b.t.Fatal(err)
		}
	}
	return v
}

var refresh = regexp.MustCompile(`http-equiv="refresh" content="0; url=([^"]*)"`)

// open opens an address, also those a page opens by itself.
func (b *browser) open(address string) view {
	b.t.Helper()
	v := b.did(b.Get(address))
	if m := refresh.FindStringSubmatch(v.text); m != nil {
		next, err := v.url.Parse(html.UnescapeString(m[1]))
		if err != nil {
			b.t.Fatal(err)
		}
		return b.did(b.Get(next.String()))
	}
	return v
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// press sends a page's form with a button and what was typed.
func (b *browser) press(v view, decision string, typed ...string) view {
	b.t.Helper()
	form := url.Values{"decision": {decision}}
	for _, m := range hidden.FindAllStringSubmatch(v.text, -1) {
		form.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	for i := 0; i < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	return b.did(b.PostForm(v.url.Scheme+"://"+v.url.Host+v.url.Path, form))
}

func TestAuthorizationCodeWithARealClient(t *testing.T) {
	p := withPeople(t)
	for _, php := range []string{"", ".php"} {
		conf := oauth2.Config{ClientID: "crm", ClientSecret: "crm-secret", RedirectURL: crm,
			Endpoint: oauth2.Endpoint{AuthURL: p.URL + "/oauth/authorize" + php, TokenURL: p.URL + "/oauth/token" + php}}
		verifier := oauth2.GenerateVerifier()
		b := newBrowser(t, php)
		v := b.open(conf.AuthCodeURL("the state", oauth2.S256ChallengeOption(verifier)))
		if v.status != 200 || !strings.Contains(v.text, "<strong>CRM &amp; Co</strong> of Demo") || !strings.Contains(v.text, `name="password"`) {
			t.Fatalf("no sign-in: %d %s", v.status, v.text)
		}
		checkGuarded(t, v)
		v = b.press(v, "sign_in", "login", " Boss@Example.com", "password", passwordOfAll)
		if v.status != 200 || !strings.Contains(v.text, "Boss &lt;b&gt;") || !strings.Contains(v.text, "everything of your organisation") {
			t.Fatalf("no consent page: %d %s", v.status, v.text)
		}
		checkGuarded(t, v)
		if !strings.Contains(v.header.Get("Content-Security-Policy"), "form-action 'self' https://crm.example;") {
			t.Errorf("the client's answer would be blocked: %s", v.header.Get("Content-Security-Policy"))
		}
		v = b.press(v, "allow")
		if v.sentTo == nil || v.sentTo.Host != "crm.example" || v.sentTo.Query().Get("state") != "the state" {
			t.Fatalf("sent to %v: %s", v.sentTo, v.text)
		}
		code := v.sentTo.Query().Get("code")
		token, err := conf.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Do("GET", "/api/ver1.0/client/@me/extension/", token.AccessToken, ""); got.Header.Get("X-Total-Count") != "7" {
			t.Errorf("the boss's token sees %s extensions", got.Header.Get("X-Total-Count"))
		}
		if _, err := conf.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); err == nil {
			t.Error("a code was used twice")
		}
		if got := p.Do("GET", "/api/ver1.0/client/@me/extension/", token.AccessToken, ""); got.Status != 401 {
			t.Errorf("the token of a code used twice answers %d", got.Status)
		}
		// Signed in already, also when another site sends the user.
		if v := b.open(conf.AuthCodeURL("x")); !strings.Contains(v.text, "wants to act for you") {
			t.Errorf("signed in, but: %s", v.text)
		}
	}
}

func checkGuarded(t *testing.T, v view) {
	t.Helper()
	csp := v.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("policy %q lacks %s", csp, part)
		}
	}
	if v.header.Get("Cache-Control") != "no-store" || strings.Contains(v.text, "<script") {
		t.Errorf("page is kept or scripted: %v", v.header)
	}
}

func TestClientCredentialsWithARealClient(t *testing.T) {
	p := withPeople(t)
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInParams, oauth2.AuthStyleInHeader} {
		conf := clientcredentials.Config{ClientID: "crm", ClientSecret: "crm-secret", TokenURL: p.URL + "/oauth/token.php", AuthStyle: style,
			EndpointParams: url.Values{"redirect_uri": {"https://elsewhere.example"}, "type": {"unifiedapi"}, "state": {"1"}}}
		res, err := conf.Client(t.Context()).Get(p.URL + "/api/ver1.0/client/@me/extension/")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("status %d", res.StatusCode)
		}
	}
}

func TestTokenFormMayBeMultipart(t *testing.T) {
	p := withPeople(t)
	body := "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\ncrm\r\n--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\ncrm-secret\r\n--b--\r\n"
	got := p.Do("POST", "/oauth/token.php", "", body, "Content-Type: multipart/form-data; boundary=b")
	if got.Status != 200 || got.JSON(t)["expires_in"] != 3600.0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := p.Do("POST", "/oauth/token.php", "", body[:40], "Content-Type: multipart/form-data; boundary=b"); got.Status != 400 || got.JSON(t)["error"] != "invalid_request" {
		t.Errorf("half a form: %d %s", got.Status, got.Body)
	}
}

func (p *people) ask(more url.Values) string {
	q := url.Values{"response_type": {"code"}, "client_id": {"crm"}, "redirect_uri": {crm}, "state": {"s"}}
	for name, v := range more {
		q[name] = v
	}
	return p.URL + "/oauth/authorize.php?" + q.Encode()
}

func TestAnAgentsConsentReachesTheAgentsThingsOnly(t *testing.T) {
	p := withPeople(t)
	b := newBrowser(t, "")
	v := b.press(b.open(p.ask(nil)), "sign_in", "login", "ann@example.com", "password", passwordOfAll)
	if !strings.Contains(v.text, "set your status") {
		t.Fatal(v.text)
	}
	v = b.press(v, "allow")
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"crm"}, "client_secret": {"crm-secret"}, "redirect_uri": {crm}, "code": {v.sentTo.Query().Get("code")}}
	got := p.Do("POST", "/oauth/token.php", "", form.Encode(), formType)
	if got.Status != 200 || got.JSON(t)["scope"] != "user" {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	token := got.JSON(t)["access_token"].(string)
	if got := p.Do("GET", "/api/ver1.0/client/@me/extension/", token, ""); got.Header.Get("X-Total-Count") != "0" {
		t.Errorf("an agent who owns nothing sees %s", got.Body)
	}
	if got := p.Do("POST", "/api/ver1.0/client/@me/extension/", token, `{"name":"371","type":"phone"}`); got.Status != 403 {
		t.Errorf("an agent made a phone: %d %s", got.Status, got.Body)
	}
}

func TestDenyAndErrorsGoBackToTheClientOnlyAfterSignIn(t *testing.T) {
	p := withPeople(t)
	b := newBrowser(t, "")
	v := b.open(p.ask(url.Values{"response_type": {"token"}}))
	if v.sentTo != nil || !strings.Contains(v.text, `name="password"`) {
		t.Fatalf("a stranger was redirected: %v %s", v.sentTo, v.text)
	}
	v = b.press(v, "sign_in", "login", "boss@example.com", "password", passwordOfAll)
	if v.sentTo == nil || v.sentTo.Query().Get("error") != "unsupported_response_type" || v.sentTo.Query().Get("state") != "s" {
		t.Errorf("sent to %v", v.sentTo)
	}
	v = b.press(b.open(p.ask(nil)), "deny")
	if v.sentTo == nil || v.sentTo.Query().Get("error") != "access_denied" || v.sentTo.Query().Has("code") {
		t.Errorf("sent to %v", v.sentTo)
	}
	for name, more := range map[string]url.Values{
		"client":   {"client_id": {"nobody"}},
		"redirect": {"redirect_uri": {"https://evil.example/"}},
		"longer":   {"redirect_uri": {crm + "/.."}},
		"twice":    {"redirect_uri": {crm, "https://evil.example/"}},
		"bare":     {"client_id": {"demo"}, "redirect_uri": {crm}},
	} {
		v := b.open(p.ask(more))
		if v.status != 400 || v.sentTo != nil || !strings.Contains(v.text, `role="alert"`) {
			t.Errorf("%s: %d, sent to %v", name, v.status, v.sentTo)
		}
		checkGuarded(t, v)
	}
}

func TestFormsOfOtherSitesAndOldPagesDoNothing(t *testing.T) {
	p := withPeople(t)
	b := newBrowser(t, "")
	v := b.press(b.open(p.ask(nil)), "sign_in", "login", "boss@example.com", "password", passwordOfAll)
	old := v
	old.text = regexp.MustCompile(`name="csrf" value="[^"]*"`).ReplaceAllString(v.text, `name="csrf" value="x"`)
	if got := b.press(old, "allow"); got.status != 403 || got.sentTo != nil || !strings.Contains(got.text, "too old") {
		t.Errorf("without its token a form did %d, %v", got.status, got.sentTo)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "POST", p.URL+"/oauth/authorize", strings.NewReader("decision=sign_in"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	if got := b.did(b.Do(r)); got.status != 403 {
		t.Errorf("a form of another site: %d", got.status)
	}
	// Signed out in between, the page asks for a sign-in.
	v2 := b.press(v, "switch")
	if !strings.Contains(v2.text, `name="password"`) {
		t.Error(v2.text)
	}
	if got := b.press(v, "allow"); got.sentTo != nil || !strings.Contains(got.text, `name="password"`) {
		t.Errorf("after signing out: %d %v", got.status, got.sentTo)
	}
}

func TestSignInTellsNothingAndSlowsDown(t *testing.T) {
	p := withPeople(t)
	b := newBrowser(t, "")
	page := b.open(p.ask(nil))
	wrong := b.press(page, "sign_in", "login", "boss@example.com", "password", "wrong")
	nobody := b.press(page, "sign_in", "login", "nobody@example.com", "password", "wrong")
	if wrong.status != 403 || strings.ReplaceAll(wrong.text, "boss@", "nobody@") != nobody.text {
		t.Errorf("%d %s\nand\n%s", wrong.status, wrong.text, nobody.text)
	}
	if strings.Contains(wrong.text, `value="wrong"`) {
		t.Error("the password comes back")
	}
	for range 5 {
		wrong = b.press(page, "sign_in", "login", "boss@example.com", "password", "wrong")
	}
	if wrong.status != 429 || wrong.header.Get("Retry-After") == "" {
		t.Errorf("after six wrong ones: %d", wrong.status)
	}
	if right := b.press(page, "sign_in", "login", "boss@example.com", "password", passwordOfAll); right.status != 429 {
		t.Errorf("the right one too early: %d", right.status)
	}
}

func TestConsentIsForTheApplicationsOrganisation(t *testing.T) {
	p := withPeople(t)
	b := newBrowser(t, "")
	v := b.press(b.open(p.ask(nil)), "sign_in", "login", "far@example.com", "password", passwordOfAll)
	if v.status != 403 || strings.Contains(v.text, `value="allow"`) {
		t.Errorf("a stranger may consent: %d %s", v.status, v.text)
	}
	if v := b.press(v, "allow"); v.sentTo != nil {
		t.Errorf("a stranger consented: %v", v.sentTo)
	}
}

func TestRevocation(t *testing.T) {
	p := withPeople(t)
	token := p.Token("crm", "crm-secret")
	try := func() int { return p.Do("GET", "/api/ver1.0/client/@me/extension/", token, "").Status }
	if got := p.Do("POST", "/oauth/revoke", "", "token="+token+"&client_id=crm&client_secret=wrong", formType); got.Status != 401 {
		t.Errorf("a stranger revoked: %d", got.Status)
	}
	if got := p.Do("POST", "/oauth/revoke", "", "token="+token+"&client_id=demo&client_secret=demo", formType); got.Status != 200 || try() != 200 {
		t.Errorf("another client revoked: %d, then %d", got.Status, try())
	}
	if got := p.Do("POST", "/oauth/revoke", "", "client_id=crm&client_secret=crm-secret", formType); got.Status != 400 {
		t.Errorf("without a token: %d", got.Status)
	}
	if got := p.Do("POST", "/oauth/revoke", "", "token="+token+"&client_id=crm&client_secret=crm-secret&token_type_hint=access_token", formType); got.Status != 200 || try() != 401 {
		t.Errorf("%d, then %d", got.Status, try())
	}
}

func TestConsentIsInTheAuditLog(t *testing.T) {
	p := withPeople(t)
	b := newBrowser(t, "")
	b.press(b.press(b.open(p.ask(nil)), "sign_in", "login", "boss@example.com", "password", passwordOfAll), "allow")
	list, n, err := p.App.ListAudit(t.Context(), app.Actor{Org: p.Org, Reach: store.ReachOrganisation, Source: acd.SourceAPI}, app.AuditFilter{User: p.boss.ID, Oldest: true})
	if err != nil || n != 2 || list[0].Action != "session.sign_in" || list[0].Address != "127.0.0.1" ||
		list[1].Action != "application.consent" || list[1].Target != "application CRM & Co" || list[1].Actor != "Boss <b>" {
		t.Errorf("%+v, %v", list, err)
	}
}
