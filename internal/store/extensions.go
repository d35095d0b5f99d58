package store

import (
	"context"

	"holdline/internal/acd"
)

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
