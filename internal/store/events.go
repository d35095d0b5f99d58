package store

import (
	"context"
	"time"

	"holdline/internal/acd"
)

// Dialect says in whose words a subscription was made, and so in which form it is delivered.
type Dialect string

const (
	DialectVer1 Dialect = "ver1"
	DialectUAPI Dialect = "uapi"
)

// Event names what a subscription is for.
type Event string

const (
	EventAgentLogin  Event = "agent-login"
	EventAgentLogout Event = "agent-logout"
	EventDialIn      Event = "dial-in"
	EventDialOut     Event = "dial-out"
	EventAnswer      Event = "answer"     // either way: ver1.0
	EventAnswerIn    Event = "answer-in"  // incoming call answered: UnifiedAPI type 3
	EventAnswerOut   Event = "answer-out" // outgoing call answered: UnifiedAPI type 4
	EventHangup      Event = "hangup"
)

// Subscription asks for an HTTP request to URL whenever Event happens to an
// agent or an extension; exactly one of Agent and Extension is set. It goes
// with its agent or extension, and its deliveries with it.
type Subscription struct {
	ID        int64
	OrgID     int64
	Key       string // 32 letters and digits, unique: its id in UnifiedAPI
	Dialect   Dialect
	Agent     acd.AgentID
	Extension int64
	Event     Event
	Method    string // "GET" or "POST"
	URL       string // http or https
	Note      string
	Enabled   bool
	Secret    string // requests are signed with it, so it is kept in clear
	// OldSecret is the one before: requests are signed with it, too, until OldSecretUntil. "" = none.
	OldSecret      string
	OldSecretUntil acd.Time
	Created        acd.Time
	Modified       acd.Time
	Since          acd.Time // what happened before is not told: it was made, last enabled or given its event then
}

// SubscriptionFilter narrows a list; zero fields match all.
type SubscriptionFilter struct {
	Agent     acd.AgentID
	Extension int64
	Event     Event
	Enabled   bool // only those
	Page
}

// Subscriptions is the table of webhook subscriptions.
//
// When Create or Put makes the only enabled subscription an organisation has,
// the cursor (Deliveries.Told) moves to the end of its journal: so whoever
// reads the journal for deliveries need not follow it while there is none, and
// what happened meanwhile is told to nobody afterwards.
type Subscriptions interface {
	Create(context.Context, *Subscription) error
	Get(ctx context.Context, org, id int64) (Subscription, error)
	ByKey(ctx context.Context, org int64, key string) (Subscription, error)
	Put(context.Context, Subscription) error
	// Delete takes its deliveries along: nobody can read them any more, while the disk space may come
	// free later. The same holds when it goes with its agent, extension or organisation.
	Delete(ctx context.Context, org, id int64) error
	// List gives a page and how many rows match in all.
	List(ctx context.Context, org int64, f SubscriptionFilter) (rows []Subscription, total int, err error)
}

// DeliveryState says how far a delivery is.
type DeliveryState string

const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead" // given up
)

// Delivery is one request to be made, or made, for a subscription. Those of
// one subscription are made in the order of their ids.
type Delivery struct {
	ID           int64
	OrgID        int64
	Subscription int64
	Key          string // unique; the receiver tells repetitions by it. A replay has its own
	Event        Event
	Seq          uint64   // of the fact it tells; 0 = a test
	Happened     acd.Time // time of that fact
	Created      acd.Time
	Form         string // what is sent, form-encoded
	State        DeliveryState
	Attempts     int      // made so far
	Due          acd.Time // not before; of a pending one
	Ended        acd.Time // when the attempt was over by which it was delivered or given up; 0 = pending
	Status       int      // HTTP status of the last answer; 0 = none came
	Problem      string   // of the last attempt, for people; "" = none
}

// Attempt is one try at a delivery, with its answer.
type Attempt struct {
	Delivery int64
	Number   int // 1, 2, 3 …
	At       acd.Time
	Took     time.Duration
	Method   string // "" = nothing was sent: the delivery was given up as it is, Number is that of the last attempt
	URL      string // as requested
	Status   int    // 0 = no answer came
	Answer   string // its body's beginning, at most 1 KiB
	Problem  string // for people; "" = none
	// State and Due are what the delivery becomes by it.
	State DeliveryState
	Due   acd.Time
}

// DeliveryFilter narrows a list; zero fields match all.
type DeliveryFilter struct {
	Subscription int64
	State        DeliveryState
	From, To     acd.Time // From <= Happened < To
	Oldest       bool     // oldest first; otherwise newest first
	Page
}

// Deliveries is the outbox and its log.
type Deliveries interface {
	// Add puts deliveries behind those there are, setting their ids and OrgID; ErrNotFound when the
	// organisation has no such subscription.
	Add(ctx context.Context, org int64, rows []Delivery) error
	// Backlog gives the number of pending deliveries of all organisations.
	Backlog(context.Context) (int, error)
	// Waiting lists the subscriptions of all organisations that have pending deliveries, by id.
	Waiting(context.Context) ([]Subscription, error)
	// Pending lists the pending deliveries of a subscription in order, at most limit.
	Pending(ctx context.Context, subscription int64, limit int) ([]Delivery, error)
	// Record notes attempts and what became of their deliveries: state, due, status, problem, the number
	// of attempts, and the end unless they stay pending. Deliveries that are gone are passed over; an
	// attempt noted before is replaced. What says that nothing was sent is not kept as an attempt.
	Record(context.Context, []Attempt) error
	Get(ctx context.Context, org, id int64) (Delivery, []Attempt, error)
	// List gives a page, ordered by Happened and id, and how many rows match in all.
	List(ctx context.Context, org int64, f DeliveryFilter) (rows []Delivery, total int, err error)
	// DeleteBefore takes away what ended before t with its attempts, of all organisations, at most limit rows, and tells how many they were.
	DeleteBefore(ctx context.Context, t acd.Time, limit int) (int, error)
	// Told gives the last fact of the organisation whose deliveries were added; 0 = none.
	Told(ctx context.Context, org int64) (seq uint64, err error)
	// SetTold goes into the transaction of the Add it belongs to: so each fact is told once.
	SetTold(ctx context.Context, org int64, seq uint64) error
}
