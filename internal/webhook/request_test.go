package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// hit is a request as a receiver saw it.
type hit struct {
	*http.Request
	body string
}

// site is a receiver with a handler of its own that keeps what came.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	hits []hit
}

func newSite(t *testing.T, handle http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.hits = append(s.hits, hit{r, string(body)})
		s.mu.Unlock()
		if handle != nil {
			handle(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) seen() []hit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hits)
}

var loopback = Allow{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// client is an outbox that makes requests only.
func client(t *testing.T, allow Allow, resolver Resolver) *Outbox {
	t.Helper()
	o := New(Config{Allow: allow, Resolver: resolver})
	t.Cleanup(o.idle)
	return o
}

func to(method, target string) store.Subscription {
	return store.Subscription{ID: 1, OrgID: 1, Method: method, URL: target, Secret: secret, Enabled: true}
}

var told1 = store.Delivery{ID: 7, Key: "KEY1", Form: "CallID=a%2Ab&EventType=hangup", Attempts: 2}

// verified checks a signature as a receiver would, with nothing of ours: it
// knows the specification and the secret only.
func verified(t *testing.T, r *http.Request, payload string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), payload)
	version, given, _ := strings.Cut(r.Header.Get("webhook-signature"), ",")
	sum, err := base64.StdEncoding.DecodeString(given)
	if err != nil || version != "v1" || !hmac.Equal(sum, mac.Sum(nil)) {
		t.Errorf("signature %q of %q is wrong", r.Header.Get("webhook-signature"), payload)
	}
	var seconds int64
	if _, err := fmt.Sscan(r.Header.Get("webhook-timestamp"), &seconds); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
		t.Errorf("webhook-timestamp %q", r.Header.Get("webhook-timestamp"))
	}
}

// The example of the specification's libraries.
func TestSignatureKnown(t *testing.T) {
	got, err := signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), `{"test": 2432232314}`)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want || err != nil {
		t.Errorf("signature %q, %v, want %q", got, err, want)
	}
	for _, bad := range []string{"", "whsec_", "whsec_%%%"} {
		if _, err := signature(bad, "a", time.Now(), "b"); err == nil {
			t.Errorf("secret %q signs", bad)
		}
	}
}

// A renewed secret signs beside the one before as long as that is good, whichever the receiver knows.
func TestOldSecretSignsBeside(t *testing.T) {
	const renewed = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	now := time.Unix(1614265330, 0)
	one := func(secret string) string {
		signed, err := signature(secret, "id", now, "a=b")
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	sub := store.Subscription{Secret: renewed, OldSecret: secret, OldSecretUntil: acd.TimeOf(now.Add(time.Microsecond))}
	for name, c := range map[string]struct {
		sub  func(*store.Subscription)
		want string
	}{
		"within":        {func(*store.Subscription) {}, one(renewed) + " " + one(secret)},
		"after":         {func(s *store.Subscription) { s.OldSecretUntil = acd.TimeOf(now) }, one(renewed)},
		"was damaged":   {func(s *store.Subscription) { s.OldSecret = "whsec_%" }, one(renewed)},
		"never renewed": {func(s *store.Subscription) { s.OldSecret, s.OldSecretUntil = "", 0 }, one(renewed)},
	} {
		sub := sub
		c.sub(&sub)
		if got, err := signatures(sub, "id", now, "a=b"); err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}

// Receivers find the signature they can verify in what is really sent.
func TestBothSignaturesAreSent(t *testing.T) {
	s := newSite(t, nil)
	sub := to("POST", s.URL)
	sub.OldSecret, sub.OldSecretUntil = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", acd.TimeOf(time.Now().Add(time.Hour))
	a := client(t, loopback, nil).request(t.Context(), sub, told1)
	got := strings.Fields(s.seen()[0].Header.Get("webhook-signature"))
	if a.State != store.DeliveryDelivered || len(got) != 2 || got[0] == got[1] {
		t.Errorf("%+v with the signatures %q, want two", a, got)
	}
}

func TestPost(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(201)
		_, _ = io.WriteString(w, "thanks \xff\x00!")
	})
	a := client(t, loopback, nil).request(t.Context(), to("POST", s.URL+"/in?a=1#frag"), told1)
	if a.State != store.DeliveryDelivered || a.Status != 201 || a.Answer != "thanks \uFFFD\uFFFD!" || a.Number != 3 || a.Delivery != 7 || a.Problem != "" ||
		a.Method != "POST" || a.URL != s.URL+"/in?a=1" || a.Took <= 0 || a.At == 0 {
		t.Errorf("attempt %+v", a)
	}
	h := s.seen()[0]
	if h.Method != "POST" || h.RequestURI != "/in?a=1" || h.body != told1.Form || h.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
		h.Header.Get("User-Agent") != "Holdline" || h.Header.Get("webhook-id") != "KEY1" {
		t.Errorf("request %s %s %v %q", h.Method, h.RequestURI, h.Header, h.body)
	}
	verified(t, h.Request, h.body)
}

// For GET the form stands behind the URL's own query, and is what is signed.
func TestGet(t *testing.T) {
	s := newSite(t, nil)
	o := client(t, loopback, nil)
	for query, want := range map[string]string{"": told1.Form, "?": told1.Form, "?key=x%20y&key=2": "key=x%20y&key=2&" + told1.Form, "?token": "token&" + told1.Form} {
		if a := o.request(t.Context(), to("GET", s.URL+"/in"+query), told1); a.State != store.DeliveryDelivered {
			t.Errorf("%q: %+v", query, a)
		}
		h := s.seen()[len(s.seen())-1]
		if h.Method != "GET" || h.URL.RawQuery != want || h.body != "" || h.Header.Get("Content-Type") != "" {
			t.Errorf("%q: %s %s %q, want the query %s", query, h.Method, h.RequestURI, h.body, want)
		}
		verified(t, h.Request, told1.Form)
	}
}

func TestRedirects(t *testing.T) {
	for code, want := range map[int]string{301: "POST", 302: "POST", 303: "GET", 307: "POST", 308: "POST"} {
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/from" {
				http.Redirect(w, r, "/to?x=1", code)
			}
		})
		a := client(t, loopback, nil).request(t.Context(), to("POST", s.URL+"/from"), told1)
		hits := s.seen()
		if a.State != store.DeliveryDelivered || a.Method != want || a.URL != s.URL+"/to?x=1" || len(hits) != 2 || hits[1].Method != want {
			t.Fatalf("%d: %+v", code, a)
		}
		if want == "POST" {
			verified(t, hits[1].Request, hits[1].body)
		} else if hits[1].body != "" || hits[1].Header.Get("Content-Type") != "" {
			t.Errorf("%d: a GET with a body", code)
		}
	}
}

// Three redirects are followed, not four.
func TestRedirectsEnd(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if n := strings.Count(r.URL.Path, "x"); n > 0 {
			http.Redirect(w, r, "/"+strings.Repeat("x", n-1), http.StatusFound)
		}
	})
	o := client(t, loopback, nil)
	if a := o.request(t.Context(), to("GET", s.URL+"/xxx"), told1); a.State != store.DeliveryDelivered || a.Status != 200 {
		t.Errorf("three redirects: %+v", a)
	}
	before := len(s.seen())
	a := o.request(t.Context(), to("GET", s.URL+"/xxxx"), told1)
	if a.State != store.DeliveryPending || !strings.HasPrefix(a.Problem, "redirected more than 3 times") || len(s.seen())-before != 4 {
		t.Errorf("four redirects: %+v after %d requests", a, len(s.seen())-before)
	}
}

// Where a redirect leads is checked as the URL itself is.
func TestRedirectsAreChecked(t *testing.T) {
	inner := newSite(t, nil)
	_, port, _ := strings.Cut(inner.Listener.Addr().String(), ":")
	resolver := &names{of: map[string][][]string{"inside.example": {{"127.0.0.1"}}, "front.example": {{"127.0.0.2"}}}}
	o := client(t, Allow{Hosts: []string{"front.example"}}, resolver)
	for target, want := range map[string]string{
		"http://inside.example:" + port + "/": "inside.example leads to an address that deliveries may not go to",
		inner.URL:                             "127.0.0.1 leads to an address that deliveries may not go to",
		"http://u:p@front.example/":           "redirected to what cannot be requested",
		"ftp://front.example/":                "redirected to what cannot be requested",
		"file:///etc/passwd":                  "redirected to what cannot be requested",
		"http://[::1/":                        "redirected to what cannot be requested",
	} {
		front := newSiteAt(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Location", target); w.WriteHeader(307) })
		a := o.request(t.Context(), to("POST", strings.Replace(front.URL, "127.0.0.2", "front.example", 1)), told1)
		if a.State != store.DeliveryPending || a.Problem != want || a.Status != 307 {
			t.Errorf("to %s: %+v, want %q", target, a, want)
		}
	}
	if n := len(inner.seen()); n != 0 {
		t.Errorf("%d requests reached the inside", n)
	}
}

func newSiteAt(t *testing.T, host string, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handle)
	s.Listener.Close()
	s.Listener = listenAt(t, host)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// What was encrypted is not sent on in clear, and unknown certificates are not trusted.
func TestTLS(t *testing.T) {
	clear := newSite(t, nil)
	s := httptest.NewUnstartedServer(http.RedirectHandler(clear.URL, http.StatusTemporaryRedirect))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake we break off
	s.StartTLS()
	defer s.Close()
	o := client(t, loopback, nil)
	if a := o.request(t.Context(), to("POST", s.URL), told1); !strings.HasPrefix(a.Problem, "its certificate is not trusted: ") {
		t.Errorf("unknown certificate: %+v", a)
	}
	o.transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	if a := o.request(t.Context(), to("POST", s.URL), told1); a.Problem != "redirected from https to http" || len(clear.seen()) != 0 {
		t.Errorf("to http: %+v", a)
	}
}

// Large and endless answers are read to their first KiB only.
func TestAnswersAreBounded(t *testing.T) {
	over := make(chan struct{})
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		defer func() { over <- struct{}{} }()
		for {
			if _, err := io.WriteString(w, strings.Repeat("é", 1000)); err != nil {
				return // the client has gone
			}
		}
	})
	a := client(t, loopback, nil).request(t.Context(), to("POST", s.URL), told1)
	if a.State != store.DeliveryDelivered || len(a.Answer) > maxAnswer || len(a.Answer) < maxAnswer-4 {
		t.Errorf("answer of %d bytes: %+v", len(a.Answer), a.State)
	}
	<-over
	huge := newSite(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*maxHeaders)) })
	if a := client(t, loopback, nil).request(t.Context(), to("POST", huge.URL), told1); a.State != store.DeliveryPending || a.Problem == "" {
		t.Errorf("huge headers: %+v", a)
	}
}

// Many deliveries use few connections.
func TestConnectionsAreKept(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ok") })
	o := client(t, loopback, nil)
	from := map[string]bool{}
	for range 20 {
		o.request(t.Context(), to("POST", s.URL), told1)
	}
	for _, h := range s.seen() {
		from[h.RemoteAddr] = true
	}
	if len(from) != 1 {
		t.Errorf("20 deliveries over %d connections", len(from))
	}
}

// Problems are in words, and tell nothing they should not.
func TestProblems(t *testing.T) {
	silent := newSite(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	broken := newSite(t, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	nobody := listener(t)
	nobody.Close()
	o := client(t, loopback, &names{of: map[string][][]string{}})
	for target, want := range map[string]string{
		silent.URL + "/?token=secret":             "no answer within 10s",
		broken.URL + "/?token=secret":             "the connection broke off before there was an answer",
		"http://" + nobody.Addr().String() + "/x": "the connection was refused",
		"http://nowhere.example/?token=secret":    "the name nowhere.example could not be resolved",
		"ftp://127.0.0.1/":                        `the URL begins with "ftp"; allowed are http and https`,
		"http://user:secret@127.0.0.1/":           "the URL has a user or password in it, which is not sent",
		"not a url":                               "the URL is none; it must look like https://example.com/calls",
		"http:///path":                            "the URL is none; it must look like https://example.com/calls",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		a := o.request(ctx, to("POST", target), told1)
		cancel()
		if a.Problem != want || a.State != store.DeliveryPending || a.Status != 0 {
			t.Errorf("%s: %+v, want %q", target, a, want)
		}
	}
	bad := to("POST", silent.URL)
	bad.Secret = "damaged"
	if a := o.request(t.Context(), bad, told1); a.Problem != errSecret.Error() {
		t.Errorf("damaged secret: %+v", a)
	}
}

// Whatever URL is stored: it is refused, or is requested as http or https, of
// its own host, with its own query first and the form last.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"http://example.com/a?b=c#d", "https://[::1]:8080/", "http://a@b/", "//x", "http://x/?", "http://h/%2e%2e?%zz", "HTTP://X", "http://x\\@y/"} {
		f.Add(seed, "a b&c")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		form := url.Values{"CallID": {value}}.Encode()
		r, err := newRequest(t.Context(), to("GET", text), store.Delivery{Key: "k", Form: form})
		if err != nil {
			if explain(err) == "" {
				t.Errorf("%q is refused without a word", text)
			}
			return
		}
		u, err := url.Parse(text)
		if err != nil || r.URL.Scheme != "http" && r.URL.Scheme != "https" || r.URL.Hostname() != u.Hostname() || r.URL.Port() != u.Port() || r.URL.User != nil || r.URL.Fragment != "" {
			t.Errorf("%q is requested as %q", text, r.URL)
		}
		if !strings.HasPrefix(r.URL.RawQuery, u.RawQuery) || !strings.HasSuffix(r.URL.RawQuery, form) {
			t.Errorf("%q with %q is requested with the query %q", text, form, r.URL.RawQuery)
		}
	})
}
