// Package telephony is the port between the call-centre engine and whatever
// carries calls. The engine speaks of legs: one leg is one party's side of a
// call, whatever dialogs, forks and sockets stand behind it. Commands never
// block and never fail to the caller's face; what came of them arrives as
// events. sipua is the real implementation, telsim the one for tests; both
// pass the suite in teltest.
package telephony

import "time"

// LegID names one leg. Legs that come in are named by the switch (32 hex
// digits, unique across nodes and restarts); legs that go out are named by
// whoever calls Originate.
type LegID string

// Switch takes the commands. All are safe for concurrent use, none blocks.
// A command for a leg that is unknown or has ended is dropped silently:
// the leg's Ended event has been sent or is on its way.
type Switch interface {
	// Originate places an outgoing call. Events: Ringing (any number),
	// Answered, Digit, Held, Ended (exactly once, also when it could not be placed).
	Originate(Origination)
	// Answer gives the verdict on an incoming leg. Ring may be followed by
	// Early, Accept or Reject; Early by Accept or Reject; the others are final.
	Answer(LegID, Verdict)
	// Bridge joins the media of two legs, ending any other bridge or playback
	// of theirs. A leg that has no media yet is joined as soon as it has.
	Bridge(a, b LegID)
	// Mix lets several legs hear whom their Hears names, ending any bridge, mix
	// or playback of theirs. A member without media takes part as soon as it
	// has; one that is bridged, played to, stopped or hung up later leaves, and
	// the others go on. Digits are told as ever and not passed on.
	Mix([]Member)
	// Play replaces what the leg hears by a playback and ends a bridge it was in.
	Play(LegID, Playback)
	// Stop ends playback and bridge; the leg hears silence.
	Stop(LegID)
	// Record records what the leg says and hears from now until the leg ends
	// or Record is called with the zero Recording; Recorded follows. Bridges,
	// playbacks and holds come and go meanwhile.
	Record(LegID, Recording)
	// ReferProgress tells a phone that asked for a transfer (Referred) how it
	// goes on: a SIP status, from 200 on the last (RFC 3515 §2.4.5). It works for
	// a leg that has ended too, as phones hang up once their request is taken.
	ReferProgress(leg LegID, code int)
	// Hangup ends a leg in any state: rejects, cancels or sends BYE.
	// Ended follows with By == Local, unless the leg's own end was first.
	Hangup(LegID, Cause)
}

// Origination is a call to be placed.
type Origination struct {
	Leg  LegID
	Org  int64    // organisation id
	To   Endpoint // whom to call
	From Party    // shown to the called party
	Peer LegID    // the leg it will be bridged with: its codecs are offered first and media is kept beside it; "" if none
	Call string   // call id for logs
	// Recorded says that the talk will be recorded: a codec that recordings cannot have is offered only to
	// somebody whose peer has no other.
	Recorded bool
}

// Endpoint is a place that can be called: one of the organisation's phones
// (all its registered bindings ring at once) or an external number through a trunk.
type Endpoint struct {
	Extension int64  // id of a phone extension; 0 if external
	Trunk     int64  // id of the trunk for an external number; 0 = the organisation's default
	Number    string // extended number of the phone, or the external number
}

// Party is a number with a display name; either may be empty.
type Party struct {
	Number string
	Name   string
}

// Member is a leg of a mix. Hears names other members, whose voices it hears
// added up; who hears nobody hears silence.
type Member struct {
	Leg   LegID
	Hears []LegID
}

// Disposition says what a Verdict does with an incoming leg.
type Disposition uint8

const (
	Accept Disposition = iota + 1 // 200 OK with media
	Ring                          // 180, no media yet
	Early                         // 183 with media
	Reject                        // final answer taken from Cause
	Drop                          // no answer at all (scanners)
)

// Verdict is the answer to the one question an incoming call asks.
type Verdict struct {
	Disposition Disposition
	Cause       Cause // with Reject
}

// Playback is what a leg is to hear.
type Playback struct {
	ID     uint64  // returned in PlayDone, so that a late one can be told apart
	Sounds []int64 // sound ids in order; see package sound for the built-in ones
	Loop   bool    // repeat until stopped; no PlayDone then
}

// Recording is where a leg is recorded to: a stereo WAV file at Path, what the
// leg says on the left, what it hears on the right.
type Recording struct {
	ID   string
	Path string
}

// Handler receives events. HandleEvent must not block; events of one leg
// arrive in order.
type Handler interface {
	HandleEvent(org int64, ev Event)
}

// Event is one of the types below.
type Event interface{ event() }

// Incoming asks the one question; answer it with Switch.Answer or Hangup.
type Incoming struct {
	Leg       LegID
	From      Party
	Dialled   string // user part of the Request-URI, as dialled: short, extended, DID, external or a phone code
	Extension int64  // id of the calling phone extension; 0 if it came through a trunk
	Trunk     int64  // id of the trunk it came through; 0 if from a phone
	SIPCallID string // for logs and reports
	// Replaces, if not "", names a leg of the same organisation whose place the
	// calling phone wants to take (RFC 3891): one that is up, or one going out
	// that rings. Who accepts ends that leg.
	Replaces LegID
}

// Ringing: the called party is being alerted. Early: it also sends media, which may be bridged.
type Ringing struct {
	Leg   LegID
	Early bool
}

// Answered: an outgoing leg was answered and has media.
type Answered struct{ Leg LegID }

// Digit is one DTMF key of a leg (RFC 4733 or SIP INFO): 0-9 * # A-D.
type Digit struct {
	Leg   LegID
	Digit byte
}

// PlayDone: a playback that does not loop has been heard to its end, or could not be played.
type PlayDone struct {
	Leg    LegID
	ID     uint64
	Failed bool
}

// Held: the leg's phone put the call on hold, or took it back.
type Held struct {
	Leg LegID
	On  bool
}

// Referred: the leg's phone asks to transfer its call to Target (RFC 3515), a
// number as dialled. Replaces, if not "", names another leg of the same phone
// whose other side the call is to be joined with (RFC 3891). The phone is told
// by ReferProgress.
type Referred struct {
	Leg      LegID
	Target   string
	Replaces LegID
}

// Recorded: a recording is finished. Err says why it is not whole, for people; "" if it is.
type Recorded struct {
	Leg      LegID
	ID       string
	Duration time.Duration
	Err      string
}

// Ended is the last event of every leg, sent exactly once.
type Ended struct {
	Leg    LegID
	By     Side
	Cause  Cause
	Code   int    // SIP status or 0
	Reason string // for people: what happened and, where it helps, what to do
}

// Registered: a phone extension became reachable (first binding) or unreachable (last one gone).
type Registered struct {
	Extension int64
	Reachable bool
}

func (Incoming) event()   {}
func (Ringing) event()    {}
func (Answered) event()   {}
func (Digit) event()      {}
func (PlayDone) event()   {}
func (Held) event()       {}
func (Referred) event()   {}
func (Recorded) event()   {}
func (Ended) event()      {}
func (Registered) event() {}

// Side says who ended a leg.
type Side uint8

const (
	Remote  Side = iota + 1 // the phone or trunk did
	Local                   // Hangup or a Reject verdict did
	Network                 // nobody did: time-out, lost media, failed transport
)

var sideNames = [...]string{"", "remote", "local", "network"}

// String gives the side's name as it stands in logs and the journal.
func (s Side) String() string { return sideNames[s] }

// Cause says why a leg ended.
type Cause uint8

const (
	Normal         Cause = iota + 1 // hang-up of an answered call (BYE)
	Cancelled                       // given up before the answer (CANCEL)
	Elsewhere                       // withdrawn because another agent answered (CANCEL with Reason 200, RFC 3326)
	Busy                            // 486, 600
	Rejected                        // 603, 403, other 4xx and 6xx of a called phone
	NoAnswer                        // 408 after ringing, or the ring time was over; as Reject: 480
	Unreachable                     // 480, 408 at once, no binding, 5xx, transport error
	NotFound                        // 404, 484: no such number
	NotAcceptable                   // 488: no common codec
	Forbidden                       // 403: not allowed to dial this
	Overloaded                      // 503 with Retry-After: no port, no capacity
	MediaLost                       // no RTP for the configured time
	SessionExpired                  // session timer (RFC 4028) ran out, or no ACK came
	Failed                          // anything else: protocol error, internal error
	Shutdown                        // the server is stopping
)

var causeNames = [...]string{"", "normal", "cancelled", "answered_elsewhere", "busy", "rejected", "no_answer", "unreachable",
	"not_found", "not_acceptable", "forbidden", "overloaded", "media_lost", "session_expired", "failed", "shutdown"}

// String gives the cause's name as it stands in logs and the journal.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "unknown"
}
