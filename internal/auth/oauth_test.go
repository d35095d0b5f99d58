package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func asked(grant, id, secret string) TokenRequest {
	return TokenRequest{GrantType: grant, ClientID: id, ClientSecret: secret}
}

func TestParseTokenRequest(t *testing.T) {
	for name, c := range map[string]struct {
		form, header, code string
		want               TokenRequest
	}{
		"body":           {form: "grant_type=client_credentials&client_id=a&client_secret=b", want: asked("client_credentials", "a", "b")},
		"basic":          {form: "grant_type=client_credentials", header: basic("a", "b"), want: asked("client_credentials", "a", "b")},
		"basic, encoded": {form: "grant_type=client_credentials", header: basic("a:b", "c d%"), want: asked("client_credentials", "a:b", "c d%")},
		"scheme's case":  {form: "grant_type=x", header: strings.Replace(basic("a", "b"), "Basic", "bAsIc", 1), want: asked("x", "a", "b")},
		"code": {form: "grant_type=authorization_code&client_id=a&client_secret=b&code=c&redirect_uri=d&code_verifier=e",
			want: TokenRequest{"authorization_code", "a", "b", "c", "d", "e"}},
		"ignored with client credentials": {form: "grant_type=client_credentials&client_id=a&client_secret=b&redirect_uri=d&type=unifiedapi&state=x",
			want: asked("client_credentials", "a", "b")},
		"same id in both":  {form: "grant_type=x&client_id=a", header: basic("a", "b"), want: asked("x", "a", "b")},
		"other id in both": {form: "grant_type=x&client_id=z", header: basic("a", "b"), code: "invalid_request"},
		"secret in both":   {form: "grant_type=x&client_secret=b", header: basic("a", "b"), code: "invalid_request"},
		"sent twice":       {form: "grant_type=x&grant_type=x&client_id=a", code: "invalid_request"},
		"no grant type":    {form: "client_id=a&client_secret=b", code: "invalid_request"},
		"no client":        {form: "grant_type=client_credentials", code: "invalid_client"},
		"bearer header":    {form: "grant_type=x", header: "Bearer abc", code: "invalid_client"},
		"bad base64":       {form: "grant_type=x", header: "Basic %%%", code: "invalid_client"},
		"no colon":         {form: "grant_type=x", header: "Basic " + base64.StdEncoding.EncodeToString([]byte("a")), code: "invalid_client"},
		"bad escape":       {form: "grant_type=x", header: "Basic " + base64.StdEncoding.EncodeToString([]byte("a%zz:b")), code: "invalid_client"},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseTokenRequest(form, c.header)
		var refused *OAuthError
		switch {
		case c.code == "" && (err != nil || got != c.want):
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		case c.code != "" && (!errors.As(err, &refused) || refused.Code != c.code):
			t.Errorf("%s: %v; want %s", name, err, c.code)
		}
	}
}

func FuzzParseTokenRequest(f *testing.F) {
	f.Add("grant_type=client_credentials&client_id=a&client_secret=b", "")
	f.Add("grant_type=client_credentials", basic("a", "b"))
	f.Fuzz(func(t *testing.T, body, header string) {
		form, _ := url.ParseQuery(body)
		q, err := ParseTokenRequest(form, header)
		var refused *OAuthError
		if err == nil && (q.GrantType == "" || q.ClientID == "") {
			t.Errorf("an incomplete request was accepted: %+v", q)
		}
		if errors.As(err, &refused) && strings.ContainsAny(refused.Description, "\"\\\r\n") {
			t.Errorf("description %q is not what RFC 6749 §5.2 allows", refused.Description)
		}
	})
}

// memory is a Source in memory that counts what it is asked.
type memory struct {
	clients map[string]Client
	tokens  map[[32]byte]NewToken
	users   map[[32]byte]int64 // tokens act for
	codes   map[[32]byte]Code
	used    map[[32]byte][32]byte // codes and the tokens made from them
	forget  func(application, user int64)
	asked   int
	err     error
	between func() // runs while a token is looked up
}

func (m *memory) Client(_ context.Context, id string) (Client, error) {
	c, ok := m.clients[id]
	if !ok {
		return c, ErrUnknown
	}
	return c, m.err
}

func (m *memory) byID(id int64) (Client, error) {
	for _, c := range m.clients {
		if c.Application == id {
			return c, m.err
		}
	}
	return Client{}, ErrUnknown
}

func (m *memory) SaveToken(_ context.Context, t NewToken) error {
	c, err := m.byID(t.Application)
	if err != nil || c.SecretHash != t.SecretHash {
		return ErrUnknown
	}
	m.tokens[t.Hash] = t
	return m.err
}

func (m *memory) SaveCode(_ context.Context, hash [32]byte, c Code) error {
	m.codes[hash] = c
	return m.err
}

func (m *memory) Redeem(_ context.Context, code [32]byte, t NewToken, check func(Code) error) (Grant, error) {
	k, ok := m.codes[code]
	if made, again := m.used[code]; again || !ok {
		delete(m.tokens, made)
		m.forget(t.Application, 0)
		return Grant{}, ErrUnknown
	}
	if err := check(k); err != nil {
		return Grant{}, err
	}
	m.used[code], m.tokens[t.Hash], m.users[t.Hash] = t.Hash, t, k.User
	return Grant{Application: t.Application, User: k.User, Reach: "user"}, m.err
}

func (m *memory) Token(_ context.Context, hash [32]byte) (Client, time.Time, error) {
	m.asked++
	t, ok := m.tokens[hash]
	if !ok {
		return Client{}, time.Time{}, ErrUnknown
	}
	c, err := m.byID(t.Application)
	if u := m.users[hash]; u != 0 {
		c.Grant = Grant{Application: t.Application, User: u, Reach: "user"}
	}
	if m.between != nil {
		m.between()
	}
	return c, t.Expires, err
}

func (m *memory) DropToken(_ context.Context, hash [32]byte, application int64) error {
	if m.tokens[hash].Application == application {
		delete(m.tokens, hash)
	}
	return m.err
}

func (m *memory) OnRevoke(forget func(application, user int64)) { m.forget = forget }

func newServer(t *testing.T) (*Server, *memory, *time.Time) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m := &memory{tokens: map[[32]byte]NewToken{}, users: map[[32]byte]int64{}, codes: map[[32]byte]Code{}, used: map[[32]byte][32]byte{}, clients: map[string]Client{
		"app": {Grant: Grant{Application: 7, Org: 3, User: 5, Reach: "organisation"}, SecretHash: HashSecret("s3cret"),
			RedirectURIs: []string{"https://crm.example/back", "https://crm.example/other?x=1"}},
		"other": {Grant: Grant{Application: 9, Org: 3}, SecretHash: HashSecret("s3cret"), RedirectURIs: []string{"https://other.example/"}},
		"bare":  {Grant: Grant{Application: 10, Org: 3}, SecretHash: HashSecret("s3cret")},
		"gone":  {Grant: Grant{Application: 8, Org: 3}, SecretHash: HashSecret("s3cret"), Suspended: true},
	}}
	return New(Config{Source: m, Clock: func() time.Time { return now }}), m, &now
}

func TestClientCredentialsGiveATokenForAnHour(t *testing.T) {
	s, m, now := newServer(t)
	got, err := s.Issue(t.Context(), TokenRequest{GrantType: "client_credentials", ClientID: "app", ClientSecret: "s3cret"})
	if err != nil || got.ExpiresIn != time.Hour || got.Scope != "organisation" || len(got.Token) != 43 {
		t.Fatalf("Issue = %+v, %v", got, err)
	}
	if _, kept := m.tokens[HashToken(got.Token)]; !kept || len(m.tokens) != 1 {
		t.Fatal("the token's hash was not kept")
	}
	want := Grant{Application: 7, Org: 3, User: 5, Reach: "organisation"}
	if g, err := s.Lookup(t.Context(), got.Token); g != want || err != nil {
		t.Errorf("Lookup = %+v, %v", g, err)
	}
	*now = now.Add(time.Hour - time.Second)
	if g, err := s.Lookup(t.Context(), got.Token); g != want || err != nil {
		t.Errorf("Lookup a second before the end = %+v, %v", g, err)
	}
	*now = now.Add(time.Second)
	if _, err := s.Lookup(t.Context(), got.Token); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("Lookup after an hour: %v; want ErrInvalidToken", err)
	}
}

func TestRefusedTokenRequestsTellNothingApart(t *testing.T) {
	s, _, _ := newServer(t)
	var texts []string
	for _, q := range []TokenRequest{{ClientID: "app", ClientSecret: "wrong"}, {ClientID: "nobody", ClientSecret: "s3cret"},
		{ClientID: "gone", ClientSecret: "s3cret"}, {ClientID: "nobody"}} {
		q.GrantType = "client_credentials"
		_, err := s.Issue(t.Context(), q)
		var refused *OAuthError
		if !errors.As(err, &refused) || refused.Code != "invalid_client" {
			t.Fatalf("%+v: %v; want invalid_client", q, err)
		}
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("%q and %q tell an unknown client from a wrong secret", text, texts[0])
		}
	}
	_, err := s.Issue(t.Context(), TokenRequest{GrantType: "password", ClientID: "app", ClientSecret: "s3cret"})
	var refused *OAuthError
	if !errors.As(err, &refused) || refused.Code != "unsupported_grant_type" {
		t.Errorf("grant_type=password: %v", err)
	}
}

func TestLookupAsksTheSourceOnceAMinuteAndAfterForget(t *testing.T) {
	s, m, now := newServer(t)
	got, _ := s.Issue(t.Context(), TokenRequest{GrantType: "client_credentials", ClientID: "app", ClientSecret: "s3cret"})
	for range 3 {
		s.Lookup(t.Context(), got.Token)
	}
	if m.asked != 0 {
		t.Errorf("a fresh token was looked up %d times in the source", m.asked)
	}
	*now = now.Add(time.Minute)
	s.Lookup(t.Context(), got.Token)
	s.Lookup(t.Context(), got.Token)
	if m.asked != 1 {
		t.Errorf("asked %d times after a minute; want once", m.asked)
	}
	c := m.clients["app"]
	c.Suspended = true
	m.clients["app"] = c
	m.forget(7, 0)
	if _, err := s.Lookup(t.Context(), got.Token); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("a suspended application's token still works: %v", err)
	}
}

func TestLookupReportsABrokenSourceAsThat(t *testing.T) {
	s, m, _ := newServer(t)
	m.tokens[HashToken("t")] = NewToken{Application: 7, Expires: s.cfg.Clock().Add(time.Hour)}
	m.err = errors.New("disk on fire")
	if _, err := s.Lookup(t.Context(), "t"); errors.Is(err, ErrInvalidToken) || !errors.Is(err, m.err) {
		t.Errorf("Lookup = %v; want the source's error", err)
	}
}

func TestTokenCacheStaysBounded(t *testing.T) {
	s, _, now := newServer(t)
	for i := range cacheSize + 10 {
		s.remember(HashToken(string(rune(i))+"x"), Grant{}, now.Add(time.Hour), 0)
		if len(s.cache) > cacheSize {
			t.Fatalf("%d tokens cached, at most %d are allowed", len(s.cache), cacheSize)
		}
	}
}
