package phone

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Kind says what an Event is about.
type Kind uint8

// The kinds of events.
const (
	Ringing    Kind = iota + 1 // 180 or 183 came (outgoing calls); Code says which
	Answered                   // 200 came, or was sent: there is audio
	Confirmed                  // the ACK came (incoming calls)
	Digit                      // a DTMF key was heard; Event.Digit
	Held                       // the other side put us on hold
	Resumed                    // and took us back
	Accepted                   // our own hold, resume, INFO or REFER was accepted; Code
	Refused                    // and here it was refused; Code
	Referred                   // the other side asks us to call Event.Text
	Progressed                 // NOTIFY of our REFER; Code is that of the status line it carried
	Ended                      // the last event of every call
)

var kindNames = [...]string{"", "ringing", "answered", "confirmed", "digit", "held", "resumed", "accepted", "refused", "referred", "progressed", "ended"}

// String gives the kind's name.
func (k Kind) String() string { return kindNames[k] }

// By says who ended a call.
type By uint8

// Who ended a call.
const (
	Remote By = iota + 1 // the other side: BYE, CANCEL, or a refusal
	Local                // this phone
	Lost                 // nobody: no answer in time, or the phone is gone
)

var byNames = [...]string{"", "remote", "local", "lost"}

// String names who ended the call.
func (b By) String() string { return byNames[b] }

// Event is something that happened in a call.
type Event struct {
	Kind  Kind
	Call  *Call
	At    time.Time // when the message arrived at the kernel, or was sent
	Code  int       // SIP status, 0 if there is none
	Text  string    // its reason phrase, or with CANCEL and BYE the Reason header (RFC 3326)
	Digit byte      // 0-9 * # A-D
	By    By        // of Ended
	// RetryAfter is the header's value with a refusal; negative if there was none.
	RetryAfter time.Duration
}

// Dial says how a call is placed.
type Dial struct {
	To      string        // number to be called, or a whole sip: URI
	From    string        // number shown; "" = the phone's user
	Name    string        // name shown; "" = the phone's
	Talk    time.Duration // hang up this long after the answer; 0 = never
	GiveUp  time.Duration // cancel when not answered in this time; 0 = never
	Voice   *Voice        // nil = the phone's
	Headers string        // further header lines, each with its CRLF
	SDP     string        // sent in place of the phone's own description, as it is
	Notify  func(Event)   // in place of the phone's
}

// Info is what is known of a call. Times are zero for what has not happened.
type Info struct {
	ID       uint32 // unique in this process; stands in the pattern
	CallID   string
	Incoming bool
	Number   string // the other party's: called, or as shown in From
	Name     string // shown in From of an incoming call
	Called   string // user part of the Request-URI of an incoming call
	Invited  time.Time
	Ringing  time.Time
	Answered time.Time
	Ended    time.Time
	End      Event
}

// state of a call.
type state uint8

const (
	calling     state = iota // INVITE sent
	alerting                 // INVITE received, no final answer given
	established              // 200 sent or received
	ended
)

var lastID atomic.Uint32

// Call is one call of one phone: a dialog and its audio.
type Call struct {
	n      *Network
	phone  *Phone
	id     uint32
	voice  *stream
	notify func(Event)

	mu     sync.Mutex // guards the four below
	info   Info
	events []Event
	wake   chan struct{} // closed and replaced when an event is added
	next   int           // the first event not yet given to Wait

	// The loop's: the dialog.
	state     state
	callID    string
	localTag  string
	local     string // our From (outgoing) or To without tag
	remote    string // theirs, with tag once there is one
	target    string // their Contact
	routes    []string
	dest      netip.AddrPort
	cseq      uint32
	theirCSeq uint32
	dial      Dial
	tx        *clientTx // our INVITE
	branch    string    // of our INVITE
	attempts  int       // challenges met
	early     string    // their To with tag, of a provisional answer
	provision bool      // a provisional answer came: CANCEL may be sent
	cancelled bool      // we want out
	answering Answering
	timer     *timer // ring time, talk time, or giving up
	server    serverInvite
	media     mediaState
	dir       direction // ours
	version   uint32    // of our session description
	port      uint16
	offering  bool      // our re-INVITE is under way
	held      bool      // by them
	theirs    direction // in their last description
}

// serverInvite is an INVITE of theirs: the first, or a re-INVITE.
type serverInvite struct {
	branch   string
	echo     []byte // headers every answer copies
	to       netip.AddrPort
	cseq     uint32
	last     []byte // the last answer, repeated when the INVITE is
	resend   *timer
	interval time.Duration
	giveUp   int64
	acked    bool
	offerOut bool // their INVITE had no offer: the ACK brings the answer
}

// cause of a hang-up by us.
type cause uint8

const (
	causeLocal cause = iota
	causeSDP         // what was agreed on cannot be used
)

func newCall(p *Phone, voice *Voice, notify func(Event)) *Call {
	c := &Call{n: p.n, phone: p, id: lastID.Add(1), notify: notify}
	if c.notify == nil {
		c.notify = p.profile.Notify
	}
	if voice == nil {
		voice = p.profile.Voice
	}
	c.voice = newStream(c, voice, p.profile.Mute)
	c.port = p.n.media.assign(c.voice)
	c.info.ID = c.id
	return c
}

// Phone gives the phone the call belongs to.
func (c *Call) Phone() *Phone { return c.phone }

// ID gives the number that stands for the call in the pattern it sends.
func (c *Call) ID() uint32 { return c.id }

// Info gives what is known so far.
func (c *Call) Info() Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info
}

// Stats gives what has been sent and received so far, also after the end.
func (c *Call) Stats() Stats { return c.n.media.statsOf(c.voice) }

// ResetStats starts counting anew, in the middle of the stream.
func (c *Call) ResetStats() {
	c.n.media.do(func() {
		c.voice.stats = Stats{Sources: c.voice.stats.Sources, Heard: c.voice.stats.Heard}
	})
}

// EndedError is the error of waiting for something that can no longer happen.
type EndedError struct{ Event Event }

func (e *EndedError) Error() string {
	return fmt.Sprintf("phone: the call has ended: by %v, %d %s", e.Event.By, e.Event.Code, e.Event.Text)
}

// Wait gives the next event of one of the kinds (of any kind when none is
// named), passing over others. Each event is given once. It fails with an
// *EndedError when the call ends instead. Only calls without a Notify function have events to wait for.
func (c *Call) Wait(ctx context.Context, kinds ...Kind) (Event, error) {
	for {
		ev, wake, ok := c.take(kinds)
		if ok {
			if ev.Kind == Ended && len(kinds) > 0 && !isOneOf(Ended, kinds) {
				return ev, &EndedError{ev}
			}
			return ev, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("phone: waiting for %v: %w", kinds, ctx.Err())
		}
	}
}

// take gives the next event wanted; the end is always wanted, and stays.
func (c *Call) take(kinds []Kind) (Event, chan struct{}, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.next < len(c.events) {
		ev := c.events[c.next]
		if ev.Kind == Ended {
			return ev, nil, true
		}
		c.next++
		if len(kinds) == 0 || isOneOf(ev.Kind, kinds) {
			return ev, nil, true
		}
	}
	if c.wake == nil {
		c.wake = make(chan struct{})
	}
	return Event{}, c.wake, false
}

func isOneOf(k Kind, kinds []Kind) bool {
	for _, x := range kinds {
		if x == k {
			return true
		}
	}
	return false
}

// WaitAudio returns when what the call has counted satisfies the condition,
// which must not block. The error is the context's, or net.ErrClosed.
func (c *Call) WaitAudio(ctx context.Context, holds func(Stats) bool) error {
	w := c.n.media.watch(c.voice, holds)
	select {
	case <-w.met:
		return nil
	case <-ctx.Done():
		c.n.media.unwatch(w)
		return fmt.Errorf("phone: waiting for audio, have %+v: %w", c.Stats(), ctx.Err())
	case <-c.n.done:
		return net.ErrClosed
	}
}

// tell hands an event to whoever listens, and notes its time.
func (c *Call) tell(ev Event) {
	ev.Call = c
	c.mu.Lock()
	switch ev.Kind {
	case Ringing:
		c.info.Ringing = ev.At
	case Answered:
		c.info.Answered = ev.At
	case Ended:
		c.info.Ended, c.info.End = ev.At, ev
	}
	if c.notify == nil {
		c.events = append(c.events, ev)
		if c.wake != nil {
			close(c.wake)
			c.wake = nil
		}
	}
	c.mu.Unlock()
	if c.notify != nil {
		c.notify(ev)
	}
}

func (c *Call) moment(at int64) time.Time { return time.Unix(0, at) }

// end is where every call ends, once.
func (c *Call) end(by By, code int, text string) {
	c.endWith(Event{By: by, Code: code, Text: text, RetryAfter: -1})
}

func (c *Call) endWith(ev Event) {
	if c.state == ended {
		return
	}
	c.state = ended
	n := c.n
	n.stop(c.timer)
	n.media.disconnect(c.voice)
	delete(n.live, c)
	n.bury(func() {
		delete(n.dialogs, c.localTag)
		if n.invites[c.server.branch] == c {
			delete(n.invites, c.server.branch)
		}
	})
	ev.Kind = Ended
	if ev.At.IsZero() {
		ev.At = c.moment(n.clock())
	}
	c.tell(ev)
}
