package acd

import "time"

// Input is what happened. One of the types below.
type Input interface{ input() }

type (
	// SetQueue adds or replaces a queue's configuration; waiting callers stay.
	SetQueue struct{ Queue Queue }
	// RemoveQueue takes the queue away: its callers end with OutcomeFailed, its memberships go.
	RemoveQueue struct{ Queue QueueID }
	// SetAgent adds or replaces an agent's configuration.
	SetAgent struct{ Agent Agent }
	// RemoveAgent takes the agent out of every queue; a call in progress goes on.
	RemoveAgent struct{ Agent AgentID }
	// SetMembership adds a membership, or changes level and position of an existing one (its status then stays).
	// The status given is taken over without a fact: it is the one already stored.
	SetMembership struct{ Membership Membership }
	// RemoveMembership withdraws that membership's own offer only.
	RemoveMembership struct {
		Queue QueueID
		Agent AgentID
	}
	// SetStatus changes the status of one membership, or of all the agent's (Queue 0).
	SetStatus struct {
		Agent  AgentID
		Queue  QueueID
		Status Status
		Reason string
		Source Source
		// SkipLoggedOut leaves logged-out memberships as they are: pausing and
		// unpausing are for those who are logged in. What changed is told by
		// one FactStatus a membership.
		SkipLoggedOut bool
	}
	// SetReachable tells of a local agent's registration. Agents start unreachable if local, reachable if remote.
	SetReachable struct {
		Agent     AgentID
		Reachable bool
	}
	// SetOnCall tells that the agent's line is in a call outside the queues, or no longer.
	SetOnCall struct {
		Agent AgentID
		On    bool
	}
	// CallerJoined: a caller dialled the queue.
	CallerJoined struct {
		Call     CallID
		Queue    QueueID
		Number   string
		Name     string
		Priority int
		Joined   Time // 0 = now; earlier when a caller is forwarded from another queue
		Answered bool // the caller's leg has been answered before, e.g. by another queue: no CmdAnswer follows
	}
	// CallerEnded: the caller's leg ended, waiting or talking.
	CallerEnded struct {
		Call  CallID
		Cause OfferCause // CauseCallerHangup or CauseLost
	}
	// TransferCaller sends a waiting caller (OutcomeTransferred) or a talking one (OutcomeAnswered) elsewhere.
	TransferCaller struct {
		Call CallID
		Dst  string
	}
	// ReleaseCaller takes a caller out of the queue's hands, whose leg goes on
	// elsewhere (attended transfer): no command follows for the caller. Who
	// talks leaves with OutcomeAnswered and the agent's leg is withdrawn, as
	// after TransferCaller; who waits leaves with OutcomeTransferred.
	ReleaseCaller struct{ Call CallID }
	// ReleaseAgent frees an agent whatever it is stuck in (a supervisor's
	// forced release): a ringing offer is withdrawn, a talk ended for both, a
	// leg whose end is awaited given up, wrap-up, rest and the call outside the
	// queues are taken to be over. Status and registration stay as they are.
	ReleaseAgent struct{ Agent AgentID }
	// EndRest ends an agent's wrap-up or rest before its time: who is ready says
	// so. Anything else the line does goes on.
	EndRest struct{ Agent AgentID }
	// CallerHeld: one of the two who talk put the other on hold, or took it back.
	CallerHeld struct {
		Call CallID
		On   bool
	}
	// Note puts a fact of the telephone side (FactLegStarted, FactLegAnswered, FactLegEnded,
	// FactRated, FactRecorded) into the journal; sequence and time are the engine's.
	Note struct{ Fact Fact }
	// CallerDigit is a key the caller pressed.
	CallerDigit struct {
		Call  CallID
		Digit byte
	}
	// PlayDone: the playback commanded with this Play number is over.
	PlayDone struct {
		Call CallID
		Play uint64
	}
	// OfferRinging: the agent's phone rings.
	OfferRinging struct{ Offer OfferID }
	// OfferAnswered: the agent answered.
	OfferAnswered struct{ Offer OfferID }
	// OfferEnded: the agent's leg ended: the offer failed, or, once connected, the talk is over.
	OfferEnded struct {
		Offer OfferID
		Cause OfferCause
	}
	// Tick: nothing happened but time. Send it when NextDeadline is due.
	Tick struct{}
)

func (SetQueue) input()         {}
func (RemoveQueue) input()      {}
func (SetAgent) input()         {}
func (RemoveAgent) input()      {}
func (SetMembership) input()    {}
func (RemoveMembership) input() {}
func (SetStatus) input()        {}
func (SetReachable) input()     {}
func (SetOnCall) input()        {}
func (CallerJoined) input()     {}
func (CallerEnded) input()      {}
func (TransferCaller) input()   {}
func (ReleaseCaller) input()    {}
func (ReleaseAgent) input()     {}
func (EndRest) input()          {}
func (CallerHeld) input()       {}
func (Note) input()             {}
func (CallerDigit) input()      {}
func (PlayDone) input()         {}
func (OfferRinging) input()     {}
func (OfferAnswered) input()    {}
func (OfferEnded) input()       {}
func (Tick) input()             {}

// CommandKind names what a Command asks for.
type CommandKind uint8

const (
	CmdAnswer CommandKind = iota + 1 // answer the caller (200)
	CmdRing                          // let the caller hear ringback (180)
	CmdPlay                          // play Sound once to the caller; PlayDone{Call, Play} follows
	CmdMusic                         // loop Sound to the caller (0 = built-in music)
	CmdOffer                         // ring Agent for Call; OfferRinging, OfferAnswered, OfferEnded follow
	// CmdWithdraw: end the offer's leg: cancel it, or hang up if it was
	// answered. OfferEnded follows; until then, 1 s at most, the agent is not offered again.
	CmdWithdraw
	CmdConnect  // bridge Call with Offer's leg, after the agent heard Sound (if any) and the wait (if Wait > 0)
	CmdHangup   // end the caller's leg, Outcome says why
	CmdTransfer // the caller leaves to Dst, Outcome says why
	CmdAnnounce // tell the caller Position and Wait (estimated; 0 = not told) in Language; PlayDone{Call, Play} follows
	CmdRate     // the talk is over and the caller may rate Agent by key; the telephone side asks, notes FactRated and hangs up
)

var commandNames = [...]string{"", "answer", "ring", "play", "music", "offer", "withdraw", "connect", "hangup", "transfer", "announce", "rate"}

func (k CommandKind) String() string { return commandNames[k] }

// Command is one order to the telephone side. Which fields count depends on Kind.
type Command struct {
	Kind    CommandKind
	Call    CallID
	Queue   QueueID
	Agent   AgentID
	Offer   OfferID
	Sound   SoundID
	Play    uint64 // CmdPlay: number to be returned in PlayDone
	Wait    time.Duration
	Record  bool // CmdConnect: record from the bridge on; CmdOffer: that will be done
	Cause   OfferCause
	Outcome Outcome
	Dst     string
	Tag     string // CmdTransfer: put before the caller's name

	Position int    // CmdAnnounce: 1…n; 0 = not told
	Language string // CmdAnnounce, CmdRate, CmdConnect
}

// FactKind names what a Fact tells.
type FactKind uint8

const (
	// FactCallerJoined: Until = the caller's place in the order, where that is
	// an earlier moment (of another queue, or of a call that was given up); else 0.
	FactCallerJoined FactKind = iota + 1
	FactOffered               // Offer of Call to Agent made
	FactRinging               // the agent's phone rings
	FactOfferEnded            // without connecting, Cause; the agent is free once its leg is gone, see FactAgentState
	FactConnected             // Call and Agent talk; Duration = how long the caller waited
	// FactCallerLeft is the last fact of every caller: Outcome, Cause; Duration
	// = how long the caller waited. Who was answered leaves when the talk is over.
	FactCallerLeft
	FactTalkEnded   // Cause; Duration = talk time
	FactStatus      // a membership's status changed: Queue, Agent, Status, Reason, Source
	FactAgentLogin  // the agent-level status left logged_out
	FactAgentLogout // the agent-level status returned to logged_out
	FactAgentState  // the agent's line state: State, Until, Cause
	FactMissed      // an offer counted as missed
	FactExitKey     // the caller pressed the exit key
	FactHeld        // the talk of Call and Agent is on hold
	FactResumed     // and goes on; Duration = how long it was held
	FactRated       // the caller rated Agent: Reason = the key pressed
	FactRecorded    // a recording of Call is finished: Reason = its id, Duration; Name = what is wrong with it, "" if whole
	FactLegStarted  // a leg was called or called us: Leg
	FactLegEnded    // and is gone: Leg
	FactBreach      // an invariant did not hold and was repaired: Reason
	FactLegAnswered // a leg was answered: Leg
)

var factNames = [...]string{"", "caller_joined", "offered", "ringing", "offer_ended", "connected", "caller_left",
	"talk_ended", "status", "agent_login", "agent_logout", "agent_state", "missed", "exit_key",
	"held", "resumed", "rated", "recorded", "leg_started", "leg_ended", "breach", "leg_answered"}

func (k FactKind) String() string { return factNames[k] }

// Fact is one line of the journal: what happened, in order. Which fields
// count depends on Kind; the others are zero.
type Fact struct {
	Seq      uint64 // 1, 2, 3 … for the organisation, across restarts
	At       Time
	Kind     FactKind
	Queue    QueueID
	Agent    AgentID
	Call     CallID
	Offer    OfferID
	Number   string
	Name     string
	Status   Status
	Reason   string
	Source   Source
	State    State
	Until    Time
	Outcome  Outcome
	Cause    OfferCause
	Duration time.Duration
	Leg      *Leg
}
