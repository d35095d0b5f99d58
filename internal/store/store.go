// Package store is the port to the database: configuration, registrations,
// tokens and the journal. sqlite is the embedded implementation; storetest
// is the contract every implementation passes. No rule, clock or trigger
// lives in SQL: times are supplied, in microseconds since 1970 UTC.
package store

import (
	"context"
	"errors"

	"holdline/internal/acd"
)

var (
	// ErrNotFound: no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrExists: a unique key is taken.
	ErrExists = errors.New("store: already exists")
	// ErrInUse: other rows refer to this one.
	ErrInUse = errors.New("store: in use")
	// ErrReadOnly: a change was tried in a View.
	ErrReadOnly = errors.New("store: read-only transaction")
	// ErrConflict: facts that do not continue the journal where it ends.
	ErrConflict = errors.New("store: journal conflict")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store: closed")
)

// Store is a database. Its methods may be called from several goroutines at once.
type Store interface {
	// Update runs fn in a read-write transaction; an error rolls back and is returned as it is.
	// So does a panic, which goes on. What Update returned nil for is on the disk: it survives a
	// crash of the process and a loss of power. Updates run one after the other, so fn must be
	// quick, and must not call Update, Sync or Close, which would wait for it.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn in a read-only transaction on one snapshot, taken at its first read: it has
	// everything that was committed before View was called and nothing that is committed later. It
	// waits for no writer. Changes give ErrReadOnly.
	View(ctx context.Context, fn func(Tx) error) error
	// Journal gives the journal's appender.
	Journal() Journal
	// Close flushes the journal, waits for running transactions and closes the database; it tells
	// of facts that could not be saved. Afterwards everything gives ErrClosed. Closing again does nothing.
	Close() error
}

// Tx gives the tables within one transaction: for one goroutine, until the
// function that got it returns. After an error other than a missing row (that
// a row refers to one that is not there is another error) the transaction can
// only be given up: later calls, and Update itself, return that error, so that
// no half of a change is ever committed.
type Tx struct {
	Organisations Organisations
	Users         Users
	Applications  Applications
	Tokens        Tokens
	Extensions    Extensions
	Bindings      Bindings
	Trunks        Trunks
	DIDs          DIDs
	Sounds        Sounds
	Queues        Queues
	Agents        Agents
	Memberships   Memberships
	Facts         Facts
}

// Page asks for a part of a list: rows Offset … Offset+Limit-1. Limit 0 = all.
type Page struct{ Offset, Limit int }

// Organisation is a customer: ver1.0 calls it a client.
type Organisation struct {
	ID       int64
	Name     string
	Prefix   string // of extended numbers: "<prefix>*<short>"; unique
	Domain   string // SIP domain of its phones
	Login    string // of the organisation itself (voiptech dialect); unique when not ""
	Password string // argon2id of md5hex(password) in PHC form; "" = none
	TimeZone string // IANA name; "" = UTC
	Created  acd.Time
}

// User is a person of an organisation.
type User struct {
	ID       int64
	OrgID    int64
	Login    string // unique
	Name     string
	Password string // argon2id in PHC form
	Role     string // "administrator" (of the server), "supervisor", "agent"
	Created  acd.Time
}

// Reach is how far an application sees.
type Reach string

const (
	ReachUser         Reach = "user"
	ReachOrganisation Reach = "organisation"
	ReachAll          Reach = "administrator"
)

// Application is an API client.
type Application struct {
	ID         int64
	OrgID      int64
	UserID     int64 // owner; 0 = the organisation itself
	Name       string
	ClientID   string // unique
	SecretHash string
	Reach      Reach
	Suspended  bool
	Created    acd.Time
}

// Token is an access token; only its SHA-256 is kept.
type Token struct {
	Hash          [32]byte
	ApplicationID int64
	Expires       acd.Time
}

// ExtensionType says what answers at an extension.
type ExtensionType string

const (
	PhoneExtension ExtensionType = "phone"
	QueueExtension ExtensionType = "queue"
)

// Extension is an internal number. Nullable fields are pointers.
type Extension struct {
	ID                    int64
	OrgID                 int64
	OwnerID               int64  // user; 0 = none
	Number                string // short, "201"; unique in the organisation
	Type                  ExtensionType
	Blocked               bool
	Label                 string
	CallerIDName          *string
	ExtraParams           *string
	MessageDID            *string
	DialRuleID            *int64
	DialRuleLimit         *int64
	GroupID               *int64
	DIDAsTransferCallerID *string
	ANIRFC3325            bool
	HA1MD5                string // hex of MD5(user:domain:password), user = extended number; "" = cannot register
	HA1SHA256             string // hex of SHA-256 of the same
	Created               acd.Time
}

// Binding is one registered contact of a phone (RFC 3261 §10).
type Binding struct {
	ExtensionID int64
	Contact     string // URI as registered; with ExtensionID the key
	Received    string // "udp:192.0.2.1:5060": transport and address it was received from, where requests are sent
	LocalAddr   string // our own address that received it, so that the node and socket can be chosen
	CallID      string
	CSeq        int64
	UserAgent   string
	Expires     acd.Time
}

// Trunk is a line to another SIP server.
type Trunk struct {
	ID        int64
	OrgID     int64
	Name      string
	Host      string   // host[:port] calls are sent to
	Transport string   // "udp", "tcp"
	Addresses []string // addresses or CIDR ranges calls may come from; empty = those Host resolves to
	Username  string
	Password  string // needed in clear to answer challenges
	Register  bool   // register there with Username
	CallerID  string // number shown when the caller's own may not be; "" = the caller's own
	Default   bool   // used for external numbers
}

// DID is a public number that leads to an extension.
type DID struct {
	OrgID       int64
	Number      string // unique in the organisation
	ExtensionID int64
}

// Sound is a stored sound. Data is the file as uploaded.
type Sound struct {
	ID       int64
	OrgID    int64
	Title    string
	Filename string
	Data     []byte // List leaves it out
}

// Agent is a local (ExtensionID) or remote (Number) agent.
type Agent struct {
	acd.Agent
	OrgID       int64
	ExtensionID int64
	Number      string
	Name        *string
	ExtraParams *string
	Default     acd.Status // its status while it is in no queue, taken over on joining
}

// FactRow is a committed fact.
type FactRow struct {
	OrgID int64
	acd.Fact
}

// Create methods set the row's ID, which no other row of the table had before
// or will have after it is deleted, and return ErrExists when a unique key is
// taken, as Put does; the message names the key. Get, Put and Delete return
// ErrNotFound when there is no such row. Put replaces all but ID and OrgID.
// Create and Put return ErrNotFound too when the row refers to another that
// its organisation does not have, Delete ErrInUse while others refer to the
// row. Lists are ordered by id unless said otherwise, and empty for an
// organisation that is not there. Every method that takes an organisation id
// sees rows of that organisation only. Durations are kept in whole
// microseconds; what is finer is cut off. Empty slices read back as nil.

// Organisations is the table of organisations.
type Organisations interface {
	Create(context.Context, *Organisation) error
	Get(ctx context.Context, id int64) (Organisation, error)
	ByLogin(ctx context.Context, login string) (Organisation, error)
	Put(context.Context, Organisation) error
	// Delete takes everything away that is the organisation's, also its journal: nobody can read
	// it any more, while the disk space may come free later.
	Delete(ctx context.Context, id int64) error
	List(context.Context) ([]Organisation, error)
}

// Users is the table of people.
type Users interface {
	Create(context.Context, *User) error
	Get(ctx context.Context, org, id int64) (User, error)
	ByLogin(ctx context.Context, login string) (User, error)
	Put(context.Context, User) error
	Delete(ctx context.Context, org, id int64) error // ErrInUse while extensions or applications are the user's
	List(ctx context.Context, org int64) ([]User, error)
}

// Applications is the table of API clients.
type Applications interface {
	Create(context.Context, *Application) error
	Get(ctx context.Context, id int64) (Application, error)
	ByClientID(ctx context.Context, clientID string) (Application, error)
	Put(context.Context, Application) error
	Delete(ctx context.Context, org, id int64) error // with its tokens
	List(ctx context.Context, org int64) ([]Application, error)
}

// Tokens is the table of access tokens.
type Tokens interface {
	Create(context.Context, Token) error
	Get(ctx context.Context, hash [32]byte) (Token, error)
	DeleteApplication(ctx context.Context, application int64) error // revokes all of it; no error when there is none
	DeleteExpired(ctx context.Context, before acd.Time) error       // those with Expires < before
}

// ExtensionFilter narrows a list; zero fields match all.
type ExtensionFilter struct {
	Type   ExtensionType
	Number string // exactly this short number
	Page
}

// Extensions is the table of internal numbers. Creating one of type queue
// creates its queue row with the given defaults in Queues.Put by the caller.
type Extensions interface {
	Create(context.Context, *Extension) error
	Get(ctx context.Context, org, id int64) (Extension, error)
	ByNumber(ctx context.Context, org int64, number string) (Extension, error)
	Put(context.Context, Extension) error
	// Delete takes its queue, memberships and bindings along; ErrInUse while an agent sits on it or a DID leads to it.
	Delete(ctx context.Context, org, id int64) error
	// List gives a page and how many rows match in all.
	List(ctx context.Context, org int64, f ExtensionFilter) (rows []Extension, total int, err error)
}

// Bindings is the table of registrations.
type Bindings interface {
	Put(context.Context, Binding) error                                // adds or replaces; ErrNotFound when there is no such extension
	Delete(ctx context.Context, extension int64, contact string) error // no error when it is not there
	DeleteExpired(ctx context.Context, before acd.Time) error          // those with Expires < before
	All(context.Context) ([]Binding, error)                            // of all organisations, ordered by extension and contact
}

// Trunks is the table of trunks.
type Trunks interface {
	Create(context.Context, *Trunk) error
	Get(ctx context.Context, org, id int64) (Trunk, error)
	Put(context.Context, Trunk) error
	Delete(ctx context.Context, org, id int64) error
	All(context.Context) ([]Trunk, error) // of all organisations
}

// DIDs is the table of public numbers.
type DIDs interface {
	Put(context.Context, DID) error // adds or replaces
	Delete(ctx context.Context, org int64, number string) error
	List(ctx context.Context, org int64) ([]DID, error) // ordered by number
}

// Sounds is the table of stored sounds.
type Sounds interface {
	Create(context.Context, *Sound) error
	Get(ctx context.Context, org, id int64) (Sound, error)
	Put(context.Context, Sound) error                // Data nil keeps the stored file
	Delete(ctx context.Context, org, id int64) error // ErrInUse while a queue uses it
	List(ctx context.Context, org int64) ([]Sound, error)
}

// Queues is the table of queue configurations, one row an extension of type queue.
type Queues interface {
	Put(ctx context.Context, org int64, q acd.Queue) error // adds or replaces; ErrNotFound when the extension is none of type queue
	Get(ctx context.Context, org int64, id acd.QueueID) (acd.Queue, error)
	List(ctx context.Context, org int64) ([]acd.Queue, error)
}

// AgentFilter narrows a list; zero fields match all.
type AgentFilter struct {
	Remote     bool
	Both       bool // local and remote; Remote is then ignored
	Extensions []int64
	Page
}

// Agents is the table of agents; local and remote ids share one sequence.
type Agents interface {
	Create(context.Context, *Agent) error // ErrExists when the extension has an agent already
	Get(ctx context.Context, org int64, id acd.AgentID) (Agent, error)
	Put(context.Context, Agent) error
	Delete(ctx context.Context, org int64, id acd.AgentID) error // with its memberships
	// List gives a page and how many rows match in all. Extensions, if any, narrows it to the agents who sit there.
	List(ctx context.Context, org int64, f AgentFilter) (rows []Agent, total int, err error)
}

// Memberships is the table of agents in queues. Status, Reason and Since are
// set on Create and afterwards only by FactStatus facts in the journal.
type Memberships interface {
	// Create adds an agent to a queue; ErrExists when it is there already, ErrNotFound when queue or agent is not.
	Create(ctx context.Context, org int64, m acd.Membership) error
	Get(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID) (acd.Membership, error)
	PutOrder(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID, level, position int) error
	Delete(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID) error
	OfQueue(ctx context.Context, org int64, queue acd.QueueID) ([]acd.Membership, error) // by level, position, agent
	OfAgent(ctx context.Context, org int64, agent acd.AgentID) ([]acd.Membership, error) // by queue
	List(ctx context.Context, org int64) ([]acd.Membership, error)                       // by queue, level, position, agent
}

// Facts reads the journal.
type Facts interface {
	// Last gives the last sequence number and offer id of the organisation; zeros if it has none.
	Last(ctx context.Context, org int64) (seq uint64, offer acd.OfferID, err error)
	// After lists facts with Seq > seq in order, at most limit; limit 0 = all.
	After(ctx context.Context, org int64, seq uint64, limit int) ([]acd.Fact, error)
	// OpenCalls lists, in order, the FactCallerJoined and FactConnected facts of calls that have no end
	// yet: joined without FactCallerLeft, or connected without FactTalkEnded, of the same Call. It costs
	// as much as there are open calls, however long the journal is.
	OpenCalls(ctx context.Context, org int64) ([]acd.Fact, error)
}

// Journal appends facts, committing those of many organisations together every few milliseconds.
type Journal interface {
	// Append queues facts and returns at once; it copies the slice. done, if not nil, is called from the
	// journal's goroutine when they are committed, or with an error when they never will be. A failed
	// commit is retried (with a log line) until Close. With a fact its effect on configuration rows is
	// committed in the same transaction: FactStatus updates the membership.
	//
	// Facts of one organisation must follow one another: each Seq is one more than that of the fact
	// before, from Facts.Last on. Those that do not are refused with ErrConflict, and so is everything
	// after them until the gap is closed; facts of an organisation that is not there are refused with
	// ErrNotFound, those after Close with ErrClosed. Refused facts hold up nobody else's. Every done is
	// called exactly once, in the order of the Appends; when it runs, View sees the facts. It must be
	// quick and must not call Sync or Close. Without facts, done is called when all before is settled.
	//
	// Nothing bounds the queue: while the disk fails, facts stay in memory, about 300 bytes each, and
	// Backlog tells how many, so that new calls can be refused in time.
	Append(org int64, facts []acd.Fact, done func(error))
	// Backlog gives the number of facts waiting to be committed.
	Backlog() int
	// Sync returns when everything appended before it is committed or refused; ErrClosed after Close.
	Sync(context.Context) error
}
