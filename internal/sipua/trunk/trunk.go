// Package trunk registers Holdline at a provider as a phone would (RFC 3261
// §10.2): a pure state machine in virtual time. Its inputs are what came from
// the network and how late it is, its outputs the request to send and the next
// deadline. It owns no socket, timer or goroutine and is not safe for
// concurrent use.
package trunk

import (
	"cmp"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"holdline/internal/sipua/digest"
	"holdline/internal/store"
)

const (
	defaultExpires = 600   // seconds: short enough that a provider's restart is noticed
	longestExpires = 86400 // seconds a provider may grant or demand
	maxRounds      = 3     // challenges answered in one attempt, against endless ones
	// answerTime is when a request without an answer has failed: a little
	// after the transaction gave it up (timer F, RFC 3261 §17.1.2.2).
	answerTime = 35 * time.Second
	// RFC 5626 §4.5: failure n waits a random half to whole of min(ceiling, base*2^n).
	backoffBase    = 30 * time.Second
	backoffCeiling = 10 * time.Minute
	// longestWait bounds what a Retry-After can make us wait.
	longestWait = time.Hour
)

// State is where a registration stands.
type State uint8

const (
	Idle          State = iota // not started
	Registering                // no registration yet, a request is out
	Registered                 // calls can come in; also while a refresh fails, until the last grant is over
	Failing                    // no registration; tried again at the next deadline
	Unregistering              // stopping, a request is out
	Stopped
)

var stateNames = [...]string{"idle", "registering", "registered", "failing", "unregistering", "stopped"}

// String gives the state's name as it stands in logs and metrics.
func (s State) String() string { return stateNames[s] }

// Options tune a registration. Zero fields take the values given here.
type Options struct {
	CallID  string // of all its requests (RFC 3261 §10.2); must be given
	Expires int    // seconds asked for; 600
	Seed    uint64 // of the jitter
}

// Request is a REGISTER to send, with CSeq "<CSeq> REGISTER". Contact is our
// own address as the transport knows it.
type Request struct {
	RequestURI         string // to be sent exactly so: the digests are made over it
	AOR                string // URI of From and To
	CallID             string
	CSeq               uint32
	Expires            int    // seconds, for the Expires header and the contact's parameter
	Authorization      string // header value; "" = none
	ProxyAuthorization string // header value; "" = none
}

// Reply is the final answer to a request.
type Reply struct {
	CSeq       uint32 // of the answer, so that an answer to an older request is told apart
	Code       int
	Reason     string
	Challenges []string // WWW-Authenticate values of a 401, Proxy-Authenticate values of a 407
	Expires    int      // with 2xx: seconds granted to our contact, else the Expires header; -1 = not said
	MinExpires int      // with 423
	RetryAfter int      // seconds; 0 = not said
}

// Notice is a line for the log, given only when something changed.
type Notice struct {
	Text    string // "" = nothing to tell
	Problem bool   // somebody should look at it
}

// Step is what to do now.
type Step struct {
	Send   *Request // nil = nothing
	Notice Notice
}

// Status is for metrics and the console.
type Status struct {
	State   State
	Message string    // what is wrong, with what to do about it; "" = nothing is
	Code    int       // last final answer; 0 = none came
	Until   time.Time // end of the last grant; zero = never granted
}

// Registration registers one trunk. Call Tick at NextDeadline.
type Registration struct {
	trunk   store.Trunk
	opt     Options
	uri     string
	aor     string
	random  *rand.Rand
	started bool
	stop    bool // Stop was called
	stopped bool

	cseq     uint32
	waiting  bool // for the answer to cseq
	expires  int  // asked for, raised by 423
	briefed  bool // 423 came in this attempt
	auth     [2]authentication
	failures int // attempts in a row
	until    time.Time
	deadline time.Time // zero = none
	message  string
	code     int
}

// authentication is what is known of the registrar's ([0]) or the proxy's ([1]) challenge.
type authentication struct {
	challenges []string
	used       int // requests sent with the nonce
	rounds     int // challenges in this attempt
}

// New gives a registration of the trunk, not started.
func New(t store.Trunk, o Options) *Registration {
	o.Expires = cmp.Or(o.Expires, defaultExpires)
	return &Registration{
		trunk: t, opt: o, uri: RequestURI(t), aor: aor(t), expires: o.Expires,
		random: rand.New(rand.NewPCG(o.Seed, uint64(t.ID))),
	}
}

// RequestURI is where a trunk's REGISTER goes.
func RequestURI(t store.Trunk) string {
	if strings.EqualFold(t.Transport, "tcp") {
		return "sip:" + t.Host + ";transport=tcp"
	}
	return "sip:" + t.Host
}

// aor is who we register as: the account at the provider's domain, without port.
func aor(t store.Trunk) string {
	host := t.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
		if strings.Contains(h, ":") {
			host = "[" + h + "]"
		}
	}
	return "sip:" + escape(t.Username) + "@" + host
}

// escape writes a user part: some providers' usernames have an @ in them.
func escape(user string) string {
	const plain, hex = "-_.!~*'()&=+$,;?/", "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// NextDeadline tells when Tick has something to do; false if it never has.
func (r *Registration) NextDeadline() (time.Time, bool) { return r.deadline, !r.deadline.IsZero() }

// Status tells where the registration stands.
func (r *Registration) Status(now time.Time) Status {
	s := Status{Message: r.message, Code: r.code, Until: r.until}
	switch {
	case r.stopped:
		s.State = Stopped
	case r.stop:
		s.State = Unregistering
	case !r.started:
		s.State = Idle
	case now.Before(r.until):
		s.State = Registered
	case r.failures > 0:
		s.State = Failing
	default:
		s.State = Registering
	}
	return s
}

// Start begins. It does nothing when started already.
func (r *Registration) Start(now time.Time) Step {
	if r.started || r.stop {
		return Step{}
	}
	r.started = true
	return r.attempt(now)
}

// Tick says that NextDeadline has come; earlier it does nothing.
func (r *Registration) Tick(now time.Time) Step {
	switch {
	case r.deadline.IsZero() || now.Before(r.deadline):
		return Step{}
	case r.waiting:
		return r.Timeout(now, r.cseq)
	}
	return r.attempt(now)
}

// Stop takes the registration back, if there is or may be one. The state is
// Stopped when the answer came, or none came in time.
func (r *Registration) Stop(now time.Time) Step {
	if r.stop {
		return Step{}
	}
	r.stop = true
	if !r.waiting && !now.Before(r.until) {
		return r.finish()
	}
	return r.attempt(now)
}

// attempt begins a new registration, refresh or its withdrawal.
func (r *Registration) attempt(now time.Time) Step {
	r.briefed = false
	for i := range r.auth {
		r.auth[i].rounds = 0
	}
	return r.send(now)
}

// send makes the next request, with credentials for what was challenged before.
func (r *Registration) send(now time.Time) Step {
	q := &Request{RequestURI: r.uri, AOR: r.aor, CallID: r.opt.CallID, CSeq: r.cseq + 1, Expires: r.expires}
	if r.stop {
		q.Expires = 0
	}
	for i, header := range []*string{&q.Authorization, &q.ProxyAuthorization} {
		a := &r.auth[i]
		if a.challenges == nil {
			continue
		}
		a.used++
		value, err := digest.Answer(a.challenges, digest.Credentials{User: r.trunk.Username, Password: r.trunk.Password}, "REGISTER", r.uri, a.used)
		if err != nil {
			a.challenges = nil
			return r.fail(now, backoffCeiling, r.unanswerable(err))
		}
		*header = value
	}
	r.cseq, r.waiting, r.deadline = q.CSeq, true, now.Add(answerTime)
	return Step{Send: q}
}

// finish ends it.
func (r *Registration) finish() Step {
	r.stopped, r.waiting, r.until, r.deadline, r.message = true, false, time.Time{}, time.Time{}, ""
	return Step{}
}
