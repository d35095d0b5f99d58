package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	userAgent    = "Holdline"
	formType     = "application/x-www-form-urlencoded"
	maxRedirects = 3
	maxAnswer    = 1 << 10  // bytes of an answer that are read and kept
	maxHeaders   = 64 << 10 // bytes of an answer's headers
)

// newTransport makes the connections all deliveries share. It uses no proxy:
// what connects is what checks. Redirects are followed by exchange.
func newTransport(d *dialer) *http.Transport {
	return &http.Transport{DialContext: d.DialContext, DisableCompression: true, MaxIdleConns: quickLane, MaxIdleConnsPerHost: perReceiver,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: attemptTimeout, MaxResponseHeaderBytes: maxHeaders}
}

// request makes one attempt and tells what came of it: delivered, or pending
// with a problem, and then not before Due if the receiver asked for that.
func (o *Outbox) request(ctx context.Context, sub store.Subscription, d store.Delivery) store.Attempt {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	began := time.Now()
	a := store.Attempt{Delivery: d.ID, Number: d.Attempts + 1, At: acd.TimeOf(began), Method: sub.Method, URL: sub.URL, State: store.DeliveryPending}
	err := o.exchange(ctx, sub, d, &a)
	a.Took = time.Since(began).Truncate(time.Microsecond)
	switch {
	case err != nil:
		a.Problem = explain(err)
		var no *forbidden
		if errors.As(err, &no) {
			o.log.Warn("a webhook delivery may not go to this address; if it should, allow it in the configuration",
				"org", sub.OrgID, "subscription", sub.ID, "host", no.host, "address", no.addr)
		}
	case a.Status/100 != 2:
		a.Problem = strings.TrimSpace(fmt.Sprintf("answered %d %s", a.Status, http.StatusText(a.Status)))
	default:
		a.State = store.DeliveryDelivered
	}
	return a
}

// exchange sends the request, follows redirects and reads the last answer.
func (o *Outbox) exchange(ctx context.Context, sub store.Subscription, d store.Delivery, a *store.Attempt) error {
	r, err := newRequest(ctx, sub, d)
	if err != nil {
		return err
	}
	for redirects := 0; ; redirects++ {
		a.Method, a.URL = r.Method, r.URL.String()
		answer, err := o.transport.RoundTrip(r)
		if err != nil {
			return err
		}
		a.Status = answer.StatusCode
		a.Answer, err = readAnswer(answer)
		if err != nil {
			return err
		}
		if !redirected(answer) {
			a.Due = notBefore(answer, time.Now())
			return nil
		}
		if redirects == maxRedirects {
			return fmt.Errorf("%w: redirected more than %d times; change the URL to where it ends", errProblem, maxRedirects)
		}
		if r, err = follow(r, answer, d.Form); err != nil {
			return err
		}
	}
}

// errProblem marks errors whose text is for people as it is.
var errProblem = errors.New("problem")

// newRequest makes the signed request: the form in the body for POST, behind
// the URL's own query for GET.
func newRequest(ctx context.Context, sub store.Subscription, d store.Delivery) (*http.Request, error) {
	u, err := target(sub.URL)
	if err != nil {
		return nil, err
	}
	method := http.MethodPost
	if sub.Method == http.MethodGet {
		method, u.RawQuery = http.MethodGet, merge(u.RawQuery, d.Form)
	}
	now := time.Now()
	signed, err := signatures(sub, d.Key, now, d.Form)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProblem, err)
	}
	header := http.Header{"User-Agent": {userAgent}, headerID: {d.Key}, headerTimestamp: {strconv.FormatInt(now.Unix(), 10)}, headerSignature: {signed}}
	return build(ctx, method, u, header, d.Form)
}

func build(ctx context.Context, method string, u *url.URL, header http.Header, form string) (*http.Request, error) {
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form)
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%w: the URL cannot be requested", errProblem)
	}
	r.Header = header.Clone()
	r.Header.Del("Content-Type")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", formType)
	}
	return r, nil
}

// target reads a URL a request may be sent to. Its host is checked when it is
// connected to.
func target(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("%w: the URL is none; it must look like https://example.com/calls", errProblem)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: the URL begins with %q; allowed are http and https", errProblem, u.Scheme)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the URL has a user or password in it, which is not sent", errProblem)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// merge puts the form behind the URL's own query, leaving both as they are.
func merge(query, form string) string {
	if query == "" || form == "" {
		return query + form
	}
	return query + "&" + form
}

func redirected(answer *http.Response) bool {
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return answer.Header.Get("Location") != ""
	}
	return false
}

// follow makes the request a redirect asks for. It keeps method and body, as
// RFC 9110 §15.4 allows for 301 and 302 and wants for 307 and 308; 303 asks
// for a GET. What was encrypted is not sent in clear.
func follow(r *http.Request, answer *http.Response, form string) (*http.Request, error) {
	to, err := r.URL.Parse(answer.Header.Get("Location"))
	if err == nil {
		to, err = target(to.String())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: redirected to what cannot be requested", errProblem)
	}
	if r.URL.Scheme == "https" && to.Scheme == "http" {
		return nil, fmt.Errorf("%w: redirected from https to http", errProblem)
	}
	method := r.Method
	if answer.StatusCode == http.StatusSeeOther {
		method = http.MethodGet
	}
	return build(r.Context(), method, to, r.Header, form)
}

// readAnswer reads the beginning of a body. A short one is read to its end, so
// that the connection can be used again.
func readAnswer(answer *http.Response) (string, error) {
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	text := strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\x00", "\uFFFD")
	if len(text) > maxAnswer { // U+FFFD is longer than what it stands for
		text = strings.ToValidUTF8(text[:maxAnswer], "")
	}
	return text, err
}

// explain says why no answer came, in words for whoever made the
// subscription. It names neither addresses of our network nor the URL, which
// may hold secrets.
func explain(err error) string {
	var (
		no   *forbidden
		dns  *net.DNSError
		cert *tls.CertificateVerificationError
		op   *net.OpError
	)
	switch {
	case errors.Is(err, errProblem):
		return strings.TrimPrefix(err.Error(), errProblem.Error()+": ")
	case errors.As(err, &no):
		return no.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer within " + attemptTimeout.String()
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %s could not be resolved", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.As(err, &cert):
		return "its certificate is not trusted: " + cert.Err.Error()
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET):
		return "the connection broke off before there was an answer"
	case errors.As(err, &op):
		return "it could not be reached: " + op.Err.Error()
	}
	return "no HTTP answer: " + strings.ToValidUTF8(err.Error(), "\uFFFD")
}
