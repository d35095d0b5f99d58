package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

func TestTheChallengeOfTheRFCMatches(t *testing.T) {
	if !matchesChallenge(challenge, verifier) || matchesChallenge(challenge, verifier+"x") {
		t.Error("appendix B of RFC 7636 does not hold")
	}
	if matchesChallenge("", verifier) || matchesChallenge(challenge, "") || !matchesChallenge("", "") {
		t.Error("a challenge without a verifier, or the other way round, passes")
	}
}

// Errors of client and redirect URI are shown in place; all others go back to the client.
func TestAuthorizeNeverRedirectsElsewhere(t *testing.T) {
	s, _, _ := newServer(t)
	good := AuthorizeRequest{ResponseType: "code", ClientID: "app", RedirectURI: "https://crm.example/back", State: "s&t"}
	for name, c := range map[string]struct {
		change  func(*AuthorizeRequest)
		shown   bool
		refused string
	}{
		"good":                     {func(*AuthorizeRequest) {}, false, ""},
		"with S256":                {func(q *AuthorizeRequest) { q.Challenge, q.Method = challenge, "S256" }, false, ""},
		"unknown client":           {func(q *AuthorizeRequest) { q.ClientID = "nobody" }, true, ""},
		"no client":                {func(q *AuthorizeRequest) { q.ClientID = "" }, true, ""},
		"suspended client":         {func(q *AuthorizeRequest) { q.ClientID = "gone" }, true, ""},
		"client without any":       {func(q *AuthorizeRequest) { q.ClientID = "bare" }, true, ""},
		"another's redirect":       {func(q *AuthorizeRequest) { q.RedirectURI = "https://other.example/" }, true, ""},
		"longer redirect":          {func(q *AuthorizeRequest) { q.RedirectURI += "/x" }, true, ""},
		"redirect's case":          {func(q *AuthorizeRequest) { q.RedirectURI = "https://CRM.example/back" }, true, ""},
		"redirect with a query":    {func(q *AuthorizeRequest) { q.RedirectURI += "?a=b" }, true, ""},
		"none, and several known":  {func(q *AuthorizeRequest) { q.RedirectURI = "" }, true, ""},
		"none, and one known":      {func(q *AuthorizeRequest) { q.RedirectURI, q.ClientID = "", "other" }, false, ""},
		"token":                    {func(q *AuthorizeRequest) { q.ResponseType = "token" }, false, "unsupported_response_type"},
		"plain":                    {func(q *AuthorizeRequest) { q.Challenge, q.Method = challenge, "plain" }, false, "invalid_request"},
		"no method":                {func(q *AuthorizeRequest) { q.Challenge = challenge }, false, "invalid_request"},
		"method without challenge": {func(q *AuthorizeRequest) { q.Method = "S256" }, false, "invalid_request"},
		"no SHA-256":               {func(q *AuthorizeRequest) { q.Challenge, q.Method = "abc", "S256" }, false, "invalid_request"},
		"padded":                   {func(q *AuthorizeRequest) { q.Challenge, q.Method = challenge+"=", "S256" }, false, "invalid_request"},
	} {
		q := good
		c.change(&q)
		a, err := s.Authorize(t.Context(), q)
		var show *ShowError
		var refused *OAuthError
		switch {
		case c.shown != errors.As(err, &show):
			t.Errorf("%s: %v", name, err)
		case c.refused != "" && (!errors.As(err, &refused) || refused.Code != c.refused):
			t.Errorf("%s: %v; want %s", name, err, c.refused)
		case c.refused != "" && !strings.HasPrefix(a.Refused(refused), "https://crm.example/back?error="+c.refused):
			t.Errorf("%s: sent to %s", name, a.Refused(refused))
		case !c.shown && c.refused == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		}
	}
}

// consent runs the flow up to the code.
func consent(t *testing.T, s *Server, q AuthorizeRequest) (code string, answer url.Values) {
	t.Helper()
	a, err := s.Authorize(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	to, err := s.Consent(t.Context(), a, 5)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("code"), u.Query()
}

func TestACodeGivesATokenForTheUserOnce(t *testing.T) {
	s, m, _ := newServer(t)
	k, answer := consent(t, s, AuthorizeRequest{ResponseType: "code", ClientID: "app", RedirectURI: "https://crm.example/other?x=1",
		State: "s&t", Challenge: challenge, Method: "S256"})
	if answer.Get("state") != "s&t" || answer.Get("x") != "1" || len(k) != 43 {
		t.Fatalf("answer %v", answer)
	}
	if _, kept := m.codes[sha256.Sum256([]byte(k))]; !kept {
		t.Fatal("not the code's hash is kept")
	}
	q := TokenRequest{GrantType: "authorization_code", ClientID: "app", ClientSecret: "s3cret", Code: k,
		RedirectURI: "https://crm.example/other?x=1", Verifier: verifier}
	got, err := s.Issue(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := Grant{Application: 7, User: 5, Reach: "user"}
	if g, err := s.Lookup(t.Context(), got.Token); g != want || err != nil {
		t.Errorf("Lookup = %+v, %v", g, err)
	}
	if _, err := s.Issue(t.Context(), q); code(err) != "invalid_grant" {
		t.Errorf("a code used twice: %v", err)
	}
	if _, err := s.Lookup(t.Context(), got.Token); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("the token of a code used twice: %v", err)
	}
}

func TestACodeIsBoundToItsRequest(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*TokenRequest, *time.Time)
		want   string
	}{
		"other secret":      {func(q *TokenRequest, _ *time.Time) { q.ClientSecret = "x" }, "invalid_client"},
		"other client":      {func(q *TokenRequest, _ *time.Time) { q.ClientID = "other" }, "invalid_grant"},
		"other redirect":    {func(q *TokenRequest, _ *time.Time) { q.RedirectURI = "https://crm.example/other?x=1" }, "invalid_grant"},
		"no redirect":       {func(q *TokenRequest, _ *time.Time) { q.RedirectURI = "" }, "invalid_grant"},
		"other verifier":    {func(q *TokenRequest, _ *time.Time) { q.Verifier = challenge }, "invalid_grant"},
		"no verifier":       {func(q *TokenRequest, _ *time.Time) { q.Verifier = "" }, "invalid_grant"},
		"other code":        {func(q *TokenRequest, _ *time.Time) { q.Code += "x" }, "invalid_grant"},
		"no code":           {func(q *TokenRequest, _ *time.Time) { q.Code = "" }, "invalid_request"},
		"after ten minutes": {func(_ *TokenRequest, now *time.Time) { *now = now.Add(CodeLifetime) }, "invalid_grant"},
		"just before":       {func(_ *TokenRequest, now *time.Time) { *now = now.Add(CodeLifetime - time.Second) }, ""},
	} {
		s, _, now := newServer(t)
		k, _ := consent(t, s, AuthorizeRequest{ResponseType: "code", ClientID: "app", RedirectURI: "https://crm.example/back", Challenge: challenge, Method: "S256"})
		q := TokenRequest{GrantType: "authorization_code", ClientID: "app", ClientSecret: "s3cret", Code: k, RedirectURI: "https://crm.example/back", Verifier: verifier}
		c.change(&q, now)
		if _, err := s.Issue(t.Context(), q); code(err) != c.want {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

func TestAVerifierWithoutAChallengeIsRefused(t *testing.T) {
	s, _, _ := newServer(t)
	k, _ := consent(t, s, AuthorizeRequest{ResponseType: "code", ClientID: "app", RedirectURI: "https://crm.example/back"})
	q := TokenRequest{GrantType: "authorization_code", ClientID: "app", ClientSecret: "s3cret", Code: k, RedirectURI: "https://crm.example/back", Verifier: verifier}
	if _, err := s.Issue(t.Context(), q); code(err) != "invalid_grant" {
		t.Error("a stripped challenge went unnoticed:", err)
	}
	q.Verifier = ""
	if _, err := s.Issue(t.Context(), q); err != nil {
		t.Error(err)
	}
}

func TestRevokedTokensDieAtOnce(t *testing.T) {
	s, m, _ := newServer(t)
	issue := func(client string) string {
		t.Helper()
		got, err := s.Issue(t.Context(), asked("client_credentials", client, "s3cret"))
		if err != nil {
			t.Fatal(err)
		}
		return got.Token
	}
	mine, others := issue("app"), issue("other")
	for _, token := range []string{others, mine} {
		if err := s.Revoke(t.Context(), asked("", "app", "s3cret"), token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Lookup(t.Context(), mine); !errors.Is(err, ErrInvalidToken) {
		t.Error("a revoked token works:", err)
	}
	if _, err := s.Lookup(t.Context(), others); err != nil {
		t.Error("one client revoked another's token:", err)
	}
	if err := s.Revoke(t.Context(), asked("", "app", "wrong"), mine); code(err) != "invalid_client" {
		t.Error(err)
	}
	// What was read before a revocation is not remembered after it.
	late := issue("app")
	m.forget(7, 0)
	m.between = func() { m.between = nil; delete(m.tokens, HashToken(late)); m.forget(7, 0) }
	s.Lookup(t.Context(), late)
	if _, err := s.Lookup(t.Context(), late); !errors.Is(err, ErrInvalidToken) {
		t.Error("a token revoked while it was looked up works:", err)
	}
}

// renewing is a Source whose client gets another secret right after it was proven.
type renewing struct{ *memory }

func (r renewing) Client(ctx context.Context, id string) (Client, error) {
	c, err := r.memory.Client(ctx, id)
	renewed := c
	renewed.SecretHash = HashSecret("new")
	r.clients[id] = renewed
	return c, err
}

func TestNoTokenForASecretThatIsRenewedMeanwhile(t *testing.T) {
	_, m, _ := newServer(t)
	s := New(Config{Source: renewing{m}})
	if _, err := s.Issue(t.Context(), asked("client_credentials", "app", "s3cret")); code(err) != "invalid_client" {
		t.Errorf("%v; want invalid_client", err)
	}
}

func FuzzAuthorize(f *testing.F) {
	f.Add("response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fcrm.example%2Fback&state=x")
	f.Add("response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fcrm.example%2Fback%0d%0aX:&code_challenge=a&code_challenge_method=S256")
	m := &memory{clients: map[string]Client{"app": {RedirectURIs: []string{"https://crm.example/back"}}}, codes: map[[32]byte]Code{}}
	s := New(Config{Source: m})
	f.Fuzz(func(t *testing.T, query string) {
		form, _ := url.ParseQuery(query)
		q, err := ParseAuthorizeRequest(form)
		if err != nil {
			return
		}
		a, err := s.Authorize(context.Background(), q)
		var show *ShowError
		if errors.As(err, &show) {
			return
		}
		to := a.Refused(&OAuthError{Code: "access_denied"})
		if err == nil {
			to, _ = s.Consent(context.Background(), a, 1)
		}
		if !strings.HasPrefix(to, "https://crm.example/back?") || strings.ContainsAny(to, "\r\n\"<> ") {
			t.Errorf("%q is sent to %q", query, to)
		}
		if u, err := url.Parse(to); err != nil || u.Query().Get("state") != q.State {
			t.Errorf("state %q comes back in %q", q.State, to)
		}
	})
}

// code gives an *OAuthError's code; "" = no error.
func code(err error) string {
	var refused *OAuthError
	if errors.As(err, &refused) {
		return refused.Code
	}
	if err != nil {
		return "other: " + err.Error()
	}
	return ""
}
