// Package acd is the rules of the call centre, pure: no goroutine, lock,
// clock or log. An Engine holds one organisation's queues, agents and waiting
// callers; Step takes what happened and gives back facts (the journal) and
// commands (what the telephone side is to do). The rules are those of
// contracts/engine.md; same inputs, same journal.
package acd

import "time"

// Time is a moment in microseconds since 1970-01-01 UTC, always supplied from outside.
type Time int64

// TimeOf converts a wall-clock time.
func TimeOf(t time.Time) Time { return Time(t.UnixMicro()) }

// Add gives the moment d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d/time.Microsecond) }

// Sub gives the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// Std converts to a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

type (
	QueueID int64  // id of the queue's extension
	AgentID int64  // id of the agent, local and remote in one sequence
	SoundID int64  // 0 = none (for Music: the built-in music)
	CallID  string // the caller's call, call_api_id in the dialects
	OfferID uint64 // one reservation of (caller, agent)
)

// Strategy names how agents of a level are chosen (contracts/engine.md, Strategies).
type Strategy string

const (
	RingAll                  Strategy = "ring-all"
	RingProgressively        Strategy = "ring-progressively"
	LongestIdleAgent         Strategy = "longest-idle-agent"
	LeastTalkTime            Strategy = "agent-with-least-talk-time"
	FewestCalls              Strategy = "agent-with-fewest-calls"
	SequentiallyByAgentOrder Strategy = "sequentially-by-agent-order"
	TopDown                  Strategy = "top-down"
	RoundRobin               Strategy = "round-robin"
	Random                   Strategy = "random"
)

// Strategies lists every valid strategy.
var Strategies = []Strategy{RingAll, RingProgressively, LongestIdleAgent, LeastTalkTime, FewestCalls,
	SequentiallyByAgentOrder, TopDown, RoundRobin, Random}

// Queue is a queue's configuration.
type Queue struct {
	ID                        QueueID
	Strategy                  Strategy
	TierRulesApply            bool
	TierRuleWait              time.Duration
	TierRuleWaitMultiplyLevel bool
	TierRuleClockJoin         bool          // measure level waits from joining, as mod_callcenter does
	RingProgressivelyDelay    time.Duration // 0 = 10 s
	Ringback                  bool          // sound_type "ring": the caller hears ringback and is not answered before an agent is
	Music                     SoundID
	Greeting                  SoundID // played once before agents are called
	Announcement              SoundID
	AnnounceEvery             time.Duration // 0 = never
	MaxWait                   time.Duration // 0 = no limit
	MaxWaitDst                string        // "" = hang up
	MaxWaitNoAgent            time.Duration // 0 = no limit; time with no available agent
	NoAgentDst                string        // "" = hang up
	ExitWithNoAgents          bool          // refuse callers when nobody is logged in
	ExitKey                   byte          // 0 = none
	ExitDst                   string
	Record                    bool
	AgentAnnouncement         SoundID
	ReportWaitTime            bool
	AgentHangupAction         string // "", "transfer", "quality_rate"
	AgentHangupDst            string
	AnnouncePosition          bool          // every AnnounceEvery, behind the Announcement if there is one, the caller is told the position
	AnnounceWait              bool          // and the estimated wait
	Language                  string        // of what is spoken, "en"; "" = English
	CIDNameTag                string        // put before the caller's name on transfer out of the queue
	AbandonedResume           bool          // a caller back within DiscardAbandonedAfter keeps the first joined time
	DiscardAbandonedAfter     time.Duration // 0 = 60 s
}

// Agent is an agent's configuration.
type Agent struct {
	ID            AgentID
	Remote        bool
	CallTimeout   time.Duration // how long one offer rings; 0 = 60 s
	BusyDelay     time.Duration
	NoAnswerDelay time.Duration
	RejectDelay   time.Duration
	WrapUp        time.Duration
	MaxNoAnswer   int // missed offers in a row before the membership is paused; 0 = off
}

// Status is what people want of a membership.
type Status uint8

const (
	LoggedOut Status = iota
	Online
	Paused
)

var statusNames = [...]string{"logged_out", "online", "paused"}

func (s Status) String() string { return statusNames[s] }

// Membership is an agent in a queue.
type Membership struct {
	Queue    QueueID
	Agent    AgentID
	Level    int
	Position int
	Status   Status
	Reason   string // of a pause
	Since    Time   // of the status
}

// State is what an agent's line does.
type State uint8

const (
	Idle State = iota
	Offered
	Talking
	WrapUp
	Resting     // after busy, no answer or reject
	OnCall      // a call outside the queues
	Unreachable // local and not registered
)

var stateNames = [...]string{"idle", "offered", "talking", "wrap_up", "resting", "on_call", "unreachable"}

func (s State) String() string { return stateNames[s] }

// Source says where a status change came from (event_source in the dialects).
type Source uint8

const (
	SourceAPI Source = iota
	SourcePhone
	SourceSystem // an automatic change, e.g. max_no_answer
)

var sourceNames = [...]string{"api", "phone", "system"}

func (s Source) String() string { return sourceNames[s] }

// Outcome is the one way a caller's stay in a queue ends.
type Outcome uint8

const (
	NoOutcome Outcome = iota
	OutcomeAnswered
	OutcomeAbandoned
	OutcomeTimeout
	OutcomeNoAgent
	OutcomeExitKey
	OutcomeTransferred
	OutcomeFailed
)

var outcomeNames = [...]string{"", "answered", "abandoned", "timeout", "no_agent", "exit_key", "transferred", "failed"}

func (o Outcome) String() string { return outcomeNames[o] }

// OfferCause says why an offer ended without connecting, or a call ended.
type OfferCause uint8

const (
	NoCause          OfferCause = iota
	CauseLostRace               // another agent answered
	CauseGone                   // the caller is gone
	CauseWithdrawn              // status change, configuration change, caller leaves the queue
	CauseBusy                   // 486, 600, do not disturb
	CauseRejected               // 603, 403, hang-up of the ringing leg
	CauseUnreachable            // not registered, 480, 408 at once, 5xx
	CauseNoAnswer               // rang call_timeout seconds
	CauseCallerHangup
	CauseAgentHangup
	CauseLost    // media or session lost
	CauseRestart // server_restart
)

var causeNames = [...]string{"", "lost_race", "caller_gone", "withdrawn", "busy", "rejected", "unreachable", "no_answer",
	"caller_hangup", "agent_hangup", "lost", "server_restart"}

func (c OfferCause) String() string { return causeNames[c] }

// Leg is one party's side of a call as the call history shows it. FactLegStarted,
// FactLegAnswered and FactLegEnded carry it; once in a fact it is never changed.
type Leg struct {
	ID        string // telephony's leg id
	Call      CallID // the call it belongs to: the id of the leg that began it
	In        bool   // this party called us
	From      string // calling number
	FromName  string
	To        string // number dialled
	Extension int64  // whose phone it is; 0 = outside
	Trunk     int64  // through which it came or went; 0 = none
	Queue     QueueID
	Agent     AgentID // rung or talking as an agent; 0 = not as one
	Started   Time
	Answered  Time   // 0 = never
	Ended     Time   // 0 in FactLegStarted
	By        string // who ended it: "remote" (the party), "local" (we did), "network"
	Cause     string // telephony.Cause
	Code      int    // SIP status, 0 = none
}
