package phone

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Profile is a phone's account and behaviour. Anyone makes it a trunk: it
// takes every call that is for none of the network's phones, and may show any
// number as the caller's.
type Profile struct {
	User      string        // SIP user, also the user of digest authentication
	Password  string        // "" = never answers a challenge
	Domain    string        // of the address of record; "" = the server's address
	Name      string        // display name
	Expires   time.Duration // asked for when registering; 0 = 1 hour
	Algorithm string        // answer only challenges of this one; "" = the strongest offered
	Anyone    bool          // a trunk
	Codecs    []Codec       // in order of preference; nil = PCMU, PCMA
	Voice     *Voice        // what is sent; nil = the pattern
	Mute      bool          // send no audio at all
	NoEvents  bool          // do not offer telephone-event
	// Challenge, on a trunk: credentials asked of those who call (407) or register (401).
	Challenge *Credentials
	// Answer decides on an incoming call. It runs on the loop. nil: the call rings until the
	// test finds it with WaitCall and answers or rejects it.
	Answer func(*Call) Answering
	// Notify is told what happens in the phone's calls. It runs on the loop. When it is nil
	// the events are kept for Call.Wait.
	Notify func(Event)
}

// Answering is what a phone does with an incoming call.
type Answering struct {
	Ignore bool          // nothing at all, as a phone without power
	Silent bool          // no 180
	Early  bool          // 183 with audio in place of the 180
	Ring   time.Duration // how long it rings; 0 = the final answer goes out at once
	Code   int           // the final answer: 200, or a refusal such as 486; 0 = none, it rings until told
	Talk   time.Duration // hang up this long after answering; 0 = never
}

// AnswerAfter gives the behaviour of a phone that answers every call.
func AnswerAfter(ring time.Duration) func(*Call) Answering {
	return func(*Call) Answering { return Answering{Ring: ring, Code: 200} }
}

// RefuseWith gives the behaviour of a phone that refuses every call with a status such as 486 or 603.
func RefuseWith(code int) func(*Call) Answering {
	return func(*Call) Answering { return Answering{Code: code} }
}

// NeverAnswer is the behaviour of a phone that rings until the caller gives up.
func NeverAnswer(*Call) Answering { return Answering{} }

// Phone is one simulated phone, or trunk.
type Phone struct {
	n       *Network
	profile Profile
	aor     string // sip:user@domain

	// The loop's.
	auth     *challenge // the last one met, answered before it is asked again
	callID   string     // of the registration
	cseq     uint32
	refresh  *timer
	expires  time.Duration // granted
	gone     bool          // off the network, see Vanish
	incoming []*Call       // not yet fetched with WaitCall
}

// Add puts a phone on the network. One with a user that is there already takes its place.
func (n *Network) Add(p Profile) *Phone {
	if p.Domain == "" {
		p.Domain = n.server.String()
	}
	if p.Expires == 0 {
		p.Expires = time.Hour
	}
	if len(p.Codecs) == 0 {
		p.Codecs = []Codec{PCMU, PCMA}
	}
	phone := &Phone{n: n, profile: p, aor: "sip:" + p.User + "@" + p.Domain}
	n.post(func() {
		phone.callID = n.token()
		if p.Anyone {
			n.anyone = phone
		}
		n.phones[p.User] = phone
	})
	return phone
}

// User gives the phone's SIP user.
func (p *Phone) User() string { return p.profile.User }

// Network gives the network the phone is on.
func (p *Phone) Network() *Network { return p.n }

// RegisterError is a registration that was refused, or got no answer (Code 408).
type RegisterError struct {
	User string
	Code int
	Text string
}

func (e *RegisterError) Error() string {
	return fmt.Sprintf("phone %s: registration refused: %d %s", e.User, e.Code, e.Text)
}

// Register registers the phone and keeps it registered until Unregister. The
// error is a *RegisterError or the context's.
func (p *Phone) Register(ctx context.Context) error { return p.registration(ctx, p.profile.Expires) }

// Unregister takes the registration back.
func (p *Phone) Unregister(ctx context.Context) error { return p.registration(ctx, 0) }

func (p *Phone) registration(ctx context.Context, expires time.Duration) error {
	result := make(chan error, 1)
	p.n.post(func() { p.register(expires, 0, func(err error) { result <- err }) })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-p.n.done:
		return net.ErrClosed
	}
}

// ForgetAll takes back every registration of the phones, also those of an earlier run (RFC 3261 §10.2.2).
func ForgetAll(ctx context.Context, phones []*Phone) error {
	return all(ctx, phones, func(p *Phone, done func(error)) { p.register(forget, 0, done) })
}

// RegisterAll registers phones, a few at a time, and returns the first error after all have been tried.
func RegisterAll(ctx context.Context, phones []*Phone) error {
	return all(ctx, phones, func(p *Phone, done func(error)) { p.register(p.profile.Expires, 0, done) })
}

// UnregisterAll takes the registrations of phones back.
func UnregisterAll(ctx context.Context, phones []*Phone) error {
	return all(ctx, phones, func(p *Phone, done func(error)) { p.register(0, 0, done) })
}

// window is how many registrations are under way at once.
const window = 32

func all(ctx context.Context, phones []*Phone, do func(*Phone, func(error))) error {
	results := make(chan error, window)
	var first error
	for started, ended := 0, 0; ended < len(phones); {
		if started < len(phones) && started-ended < window && ctx.Err() == nil {
			p := phones[started]
			started++
			p.n.post(func() { do(p, func(err error) { results <- err }) })
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		select {
		case err := <-results:
			ended++
			if first == nil {
				first = err
			}
		case <-ctx.Done():
		}
	}
	return first
}

// forget, as the time of a registration, stands for all contacts of the phone.
const forget = -1

// register sends a REGISTER; attempt counts the challenges met.
func (p *Phone) register(expires time.Duration, attempt int, done func(error)) {
	n := p.n
	n.stop(p.refresh)
	p.cseq++
	branch := "z9hG4bK" + n.token()
	uri := "sip:" + p.profile.Domain
	b := n.start("REGISTER", uri, branch)
	b = append(b, "From: <"+p.aor+">;tag="+n.token()+"\r\nTo: <"+p.aor+">\r\nCall-ID: "+p.callID+"\r\n"...)
	b = appendCSeq(b, p.cseq, "REGISTER")
	contact := "<sip:" + p.profile.User + "@" + n.host + ">"
	if expires == forget {
		contact = "*"
	}
	b = fmt.Appendf(b, "Contact: %s\r\nExpires: %d\r\n", contact, max(0, int(expires.Seconds())))
	if p.auth != nil {
		b = append(b, p.auth.credentials(p.profile.User, p.profile.Password, "REGISTER", uri)...)
	}
	n.request(branch, false, n.finishMessage(b, nil), n.server, func(m *message, _ int64) {
		switch {
		case m == nil:
			done(&RegisterError{p.profile.User, 408, "no answer"})
		case m.code < 200:
		case p.challenged(m) && attempt < 2:
			p.register(expires, attempt+1, done)
		case m.code >= 300:
			done(&RegisterError{p.profile.User, m.code, string(m.reason)})
		default:
			p.registered(m, expires)
			done(nil)
		}
	})
}

// challenged takes up a challenge; false if there is none that can be answered.
func (p *Phone) challenged(m *message) bool {
	if m.code != 401 && m.code != 407 || p.profile.Password == "" {
		return false
	}
	c, ok := pickChallenge(m, p.profile.Algorithm)
	if ok {
		p.auth = &c
	}
	return ok
}

// registered plans the refresh at half the time granted.
func (p *Phone) registered(m *message, asked time.Duration) {
	p.expires = asked
	for _, f := range m.fields {
		if f.name == hContact {
			p.granted(f.value)
		}
	}
	if asked > 0 && p.expires > 0 {
		p.refresh = p.n.after(p.expires/2, func() { p.register(p.profile.Expires, 0, func(error) {}) })
	}
}

// granted finds our own among the contacts of the answer, which lists all of the account's.
func (p *Phone) granted(contacts []byte) {
	for len(contacts) > 0 {
		contact := firstOf(contacts)
		contacts = bytes.TrimLeft(contacts[bytes.Index(contacts, contact)+len(contact):], ", \t")
		_, uri, _ := nameAddr(contact)
		_, host := splitURI(uri)
		if seconds, err := strconv.Atoi(string(param(contact, "expires"))); err == nil && string(host) == p.n.host {
			p.expires = time.Duration(seconds) * time.Second
		}
		if len(contact) == 0 {
			return
		}
	}
}

// Script replaces the profile's Answer, from the next incoming call on.
func (p *Phone) Script(answer func(*Call) Answering) {
	p.n.post(func() { p.profile.Answer = answer })
}

// WaitCall gives the next incoming call that no Answer function took.
func (p *Phone) WaitCall(ctx context.Context) (*Call, error) {
	var c *Call
	err := p.n.until(ctx, func() bool {
		if c == nil && len(p.incoming) > 0 {
			c, p.incoming = p.incoming[0], p.incoming[1:]
		}
		return c != nil
	})
	if err != nil {
		return nil, fmt.Errorf("phone %s: waiting for a call: %w", p.profile.User, err)
	}
	return c, nil
}

// Vanish takes the phone off the network as a power cut does: no audio is
// sent, nothing is answered, nobody is told. With false it is back, its calls are not.
func (p *Phone) Vanish(gone bool) {
	p.n.post(func() {
		p.gone = gone
		for c := range p.n.live {
			if gone && c.phone == p {
				c.end(Lost, 0, "the phone vanished")
			}
		}
		if gone {
			p.n.stop(p.refresh)
		}
	})
}
