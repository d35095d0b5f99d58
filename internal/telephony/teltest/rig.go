// Package teltest is what every telephone switch must do: the meaning of the
// telephony port, as tests. A switch is brought by a Rig that puts phones on it.
package teltest

import (
	"testing"
	"time"

	"holdline/internal/telephony"
)

// Limit is how long the suite waits for anything before it fails; nothing in a working switch comes near it.
const Limit = 10 * time.Second

// Org is the organisation all of the suite's phones belong to.
const Org = 1

// Rig is a switch under test with phones on it. Its methods fail the test by themselves.
type Rig interface {
	// Switch is the switch under test; its events must have been given to handler (see Run).
	Switch() telephony.Switch
	// Phone gives a registered phone of Org, another one at each call.
	Phone(t *testing.T) Phone
	// Singer gives one whose calls can be told apart when they are added up; see Call.AwaitVoices.
	Singer(t *testing.T) Phone
	// Sound gives the id of a short sound (under three seconds), Music that of one to loop.
	Sound() int64
	Music() int64
}

// Phone is a real or scripted phone that does what it is told.
type Phone interface {
	Endpoint() telephony.Endpoint
	// Dial calls a number and returns at once.
	Dial(t *testing.T, number string) Call
	// Replace calls to take the place of another phone's call (RFC 3891), one that rings or is up.
	Replace(t *testing.T, call Call) Call
	// Incoming waits for the next call that rings the phone; it rings by itself.
	Incoming(t *testing.T) Call
	// Unregister makes the phone unreachable and waits until the switch knows.
	Unregister(t *testing.T)
}

// Call is the phone's side of a call. Await methods wait up to Limit.
type Call interface {
	Answer(t *testing.T)
	Refuse(t *testing.T, cause telephony.Cause) // Busy or Rejected
	Hangup(t *testing.T)                        // cancels, or ends the call
	Press(t *testing.T, digit byte)
	Hold(t *testing.T, on bool)
	// Refer asks for a transfer: to a number or, with with, to the other side of
	// that call of the same phone. AwaitProgress waits for a status of it.
	Refer(t *testing.T, number string, with Call)
	AwaitProgress(t *testing.T, code int)
	AwaitRingback(t *testing.T)
	AwaitUp(t *testing.T)
	AwaitOver(t *testing.T) int // the SIP status of a refusal, 0 for an ordinary end; switches without SIP return -1
	AwaitSound(t *testing.T)    // something from the switch is heard
	AwaitVoice(t *testing.T, of Call)
	AwaitVoices(t *testing.T, of ...Call) // of these singers' calls, and of no other's; none = silence
	AwaitSilence(t *testing.T)            // neither sound nor voice
}

// Events collects what the switch tells.
type Events struct{ ch chan telephony.Event }

// NewEvents gives an empty collection: the handler to build a rig's switch with.
func NewEvents() *Events { return &Events{ch: make(chan telephony.Event, 4096)} }

// HandleEvent implements telephony.Handler.
func (e *Events) HandleEvent(_ int64, ev telephony.Event) {
	if _, ok := ev.(telephony.Registered); !ok {
		e.ch <- ev
	}
}

// next waits for the next event, which must be of type E. Events of type
// Ringing are skipped unless asked for: a switch may repeat them.
func next[E telephony.Event](t *testing.T, e *Events) E {
	t.Helper()
	timeout := time.NewTimer(Limit)
	defer timeout.Stop()
	for {
		select {
		case ev := <-e.ch:
			if want, ok := ev.(E); ok {
				return want
			}
			if _, ok := ev.(telephony.Ringing); ok {
				continue
			}
			t.Fatalf("got event %#v, want %T", ev, *new(E))
		case <-timeout.C:
			t.Fatalf("no %T within %v", *new(E), Limit)
		}
	}
}

// ends waits for the ends of the legs given, in any order, and nothing else.
func ends(t *testing.T, e *Events, legs ...telephony.LegID) map[telephony.LegID]telephony.Ended {
	t.Helper()
	out := map[telephony.LegID]telephony.Ended{}
	for range legs {
		ev := next[telephony.Ended](t, e)
		if _, twice := out[ev.Leg]; twice {
			t.Fatalf("leg %s ended twice", ev.Leg)
		}
		out[ev.Leg] = ev
	}
	for _, leg := range legs {
		if _, ok := out[leg]; !ok {
			t.Fatalf("leg %s has not ended; ended: %v", leg, out)
		}
	}
	return out
}
