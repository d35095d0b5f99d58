package acd

import "time"

// Start is what a new Engine must know of the past, so that numbers go on and day counters are right.
type Start struct {
	Seq   uint64  // last journal sequence used
	Offer OfferID // last offer id used
	Seed  uint64  // for the random strategy
	Past  []AgentPast

	Learnt *Learnt // for the estimated wait; nil = nothing. The engine keeps it.
}

// AgentPast is what the strategies need to know of an agent's day so far, summed up from the journal.
type AgentPast struct {
	Agent       AgentID
	Talk        time.Duration // since the last local midnight
	Calls       int           // answered since the last local midnight
	LastCall    Time          // end of the last call
	LastOffered Time
	LoggedIn    Time // when it left logged_out; 0 = it has not, or longer ago than is known
}

// NewDay tells that local midnight of the organisation has passed: day counters start anew.
type NewDay struct{}

func (NewDay) input() {}

// QueueView is what a queue looks like now.
type QueueView struct {
	Waiting  int  // callers waiting with nobody ringing for them
	Trying   int  // callers for whom at least one agent is being offered
	Answered int  // callers talking
	LoggedIn int  // memberships online or paused
	Online   int  // of LoggedIn, those not paused
	Ready    int  // memberships that could be offered now
	First    Time // since when the caller who is first in line is there; 0 = nobody waits
}

// CallerState is where a caller stands, in the words of the ver1.0 dialect.
type CallerState uint8

const (
	CallerWaiting CallerState = iota
	CallerTrying
	CallerAnswered
)

var callerStateNames = [...]string{"Waiting", "Trying", "Answered"}

func (s CallerState) String() string { return callerStateNames[s] }

// CallerView is one caller of a queue.
type CallerView struct {
	Call     CallID
	Queue    QueueID
	Number   string
	Name     string
	Joined   Time
	Answered Time // by the agent; 0 = not yet
	State    CallerState
	Position int           // 1…n among those not talking; 0 when talking
	Agent    AgentID       // serving or, while exactly one is offered, trying; else 0
	Wait     time.Duration // until the last step, or until the connection
	Estimate time.Duration // probable wait from now on; 0 when talking, or when nobody serves the queue
}

// AgentView is what an agent looks like now.
type AgentView struct {
	Agent       AgentID
	State       State
	Since       Time // of the state
	Until       Time // end of wrap-up or rest; 0 if none
	Cause       OfferCause
	Call        CallID // offered or talking
	Calls       int    // answered since local midnight
	LastCall    Time   // end of the last; 0 = none that is known
	LoggedIn    Time   // since when it is logged in anywhere; 0 = it is not
	Memberships []Membership
}

// CallState is what a call does now.
type CallState string

const (
	CallRinging CallState = "ringing" // nobody has answered yet
	CallWaiting CallState = "waiting" // in a queue
	CallTalking CallState = "talking"
	CallHeld    CallState = "held"   // one side hears music
	CallParked  CallState = "parked" // waits with music to be picked up
)

// LiveCall is a call that is up now, as current calls show it: one party's
// call to another, or a caller waiting in a queue.
type LiveCall struct {
	State           CallState
	Call            CallID
	Queue           QueueID // the caller waits or talks there; 0 = none
	In              bool    // came in from outside
	From            string  // calling number
	FromName        string
	To              string // number dialled
	CallerExtension int64  // whose phone calls; 0 = outside
	CalledExtension int64  // whose phone or queue is called; 0 = outside
	Agent           AgentID
	Started         Time
	Answered        Time   // 0 = not yet
	Recording       string // id of the recording that runs; "" = none
	CallerHold      HoldBy // why the called party hears music: what the caller's side has done
	CalledHold      HoldBy // and the other way round
}

// HoldBy is how a side of a call has put the other on hold; "" = it has not.
type HoldBy string

const (
	HoldByOrder   HoldBy = "order"   // an application ordered it, and can take it back
	HoldByPhone   HoldBy = "phone"   // at the phone itself, which alone can take it back
	HoldByConsult HoldBy = "consult" // somebody is asked before an attended transfer
)
