package store

import (
	"context"

	"holdline/internal/acd"
)

// Flow says which way a call went, seen from the organisation.
type Flow string

const (
	FlowIn       Flow = "in"       // began outside and came through a trunk
	FlowOut      Flow = "out"      // began at a phone and left through a trunk, other than to a remote agent
	FlowInternal Flow = "internal" // neither
)

// Call is one row of the call history: what the journal tells of a call, put
// together when its facts are committed. It is named after the leg that began
// it; what its other parties did stands in its legs (Calls.Legs).
type Call struct {
	ID        acd.CallID
	Flow      Flow
	From      string // number of who began it
	FromName  string
	To        string      // number that was dialled
	DID       string      // the same if it is a public one, that is, if Flow is in
	Extension int64       // whose call it is: the first extension called from outside, else the phone that began it; 0 = none
	Queue     acd.QueueID // last queue the caller was in; 0 = none
	Agent     acd.AgentID // last agent the caller talked to; 0 = none
	Started   acd.Time
	Answered  acd.Time // when the leg that began it was answered; 0 = never, or it is still up
	// Bridged is when somebody first talked to the caller: an agent, or, in calls
	// without a queue, whoever answered; 0 = nobody did.
	Bridged acd.Time
	Ended   acd.Time    // end of the last leg; 0 = still up
	Outcome acd.Outcome // of the last stay in a queue; NoOutcome without one
	By      string      // who ended the leg that began it: see acd.Leg
	Cause   string      // why it ended: telephony.Cause
	Code    int         // SIP status, 0 = none
	// Rating is the key the caller rated the agent with; "" = none. With several it is the last.
	Rating string
	// Recording is the id of its recording, of the latest if it has several; "" = none.
	Recording string
}

// CallFilter narrows the call history; zero fields match all.
type CallFilter struct {
	From, To  acd.Time // From <= Started < To
	Flow      Flow
	Extension int64  // a phone that had a leg in it, or a queue its caller was in
	Dialled   string // exactly this Call.To
	Search    string // part of Call.From, Call.FromName or Call.To; ASCII letters in either case
	Kind      CallKind
	Oldest    bool // oldest first; otherwise newest first
	Page
}

// CallKind says what came of a call. Each call that is over is of exactly one kind.
type CallKind string

const (
	CallBridged    CallKind = "bridged"    // somebody talked to the caller
	CallAbandoned  CallKind = "abandoned"  // nobody did before the caller left the queue
	CallAnswered   CallKind = "answered"   // by music or a menu only
	CallUnanswered CallKind = "unanswered" // any other: nobody answered, or it failed
)

// Kind gives what came of the call.
func (c Call) Kind() CallKind {
	switch {
	case c.Bridged > 0:
		return CallBridged
	case c.Outcome == acd.OutcomeAbandoned:
		return CallAbandoned
	case c.Answered > 0 && c.Outcome != acd.OutcomeFailed:
		return CallAnswered
	}
	return CallUnanswered
}

// Rating is what a caller thought of an agent.
type Rating struct {
	At    acd.Time
	Call  acd.CallID
	Queue acd.QueueID // 0 = none
	Agent acd.AgentID
	Key   string // pressed by the caller
}

// RatingFilter narrows a list of ratings; zero fields match all.
type RatingFilter struct {
	From, To acd.Time // From <= At < To
	Queue    acd.QueueID
	Agent    acd.AgentID
	Page
}

// RatingCount is how often callers pressed a key for an agent in a queue.
type RatingCount struct {
	Queue acd.QueueID // 0 = none
	Agent acd.AgentID
	Key   string
	Count int
}

// Calls reads the call history. Nothing but the journal writes it, each row in
// the transaction of the fact that changes it (FactLegStarted, FactLegAnswered,
// FactLegEnded, FactCallerJoined, FactConnected, FactCallerLeft, FactRated). Facts of a call
// none of whose legs was started leave no row.
type Calls interface {
	// List gives a page of the calls that are over, by Started (then in the order they began), and how
	// many match in all. It reads along an index whatever the filter: a page costs as much as its rows
	// and those skipped before it; the total costs a walk over the matching index entries.
	List(ctx context.Context, org int64, f CallFilter) (rows []Call, total int, err error)
	// Get gives one call, also one that is still up, with its legs as Legs does.
	Get(ctx context.Context, org int64, id acd.CallID) (Call, []acd.Leg, error)
	// Some gives calls by their ids, also those still up. Those that are not there are left out.
	Some(ctx context.Context, org int64, ids ...acd.CallID) (map[acd.CallID]Call, error)
	// Legs gives the legs of calls, each call's in the order they started. Calls that are not there are left out.
	Legs(ctx context.Context, org int64, ids ...acd.CallID) (map[acd.CallID][]acd.Leg, error)
	// OpenLegs lists the legs that started and have not ended, by Started. After a crash they are
	// those of calls that were up.
	OpenLegs(ctx context.Context, org int64) ([]acd.Leg, error)
	// Ratings lists ratings, oldest first, and how many match in all.
	Ratings(ctx context.Context, org int64, f RatingFilter) (rows []Rating, total int, err error)
	// RatingCounts counts the ratings that Ratings lists, of all pages, by queue, agent and key, in that order.
	RatingCounts(ctx context.Context, org int64, f RatingFilter) ([]RatingCount, error)
}
