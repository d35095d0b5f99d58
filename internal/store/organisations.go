package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"holdline/internal/acd"
)

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
	// PauseReasons are offered for breaks, in this order: nil = never set (see
	// Reasons), empty = none.
	PauseReasons []string
	// ServiceLevelThreshold is the T of its service levels: 0 = never set (see Threshold).
	ServiceLevelThreshold time.Duration
}

// DefaultThreshold is the T of service levels until an organisation sets its
// own (contracts/engine.md, Statistics).
const DefaultThreshold = 20 * time.Second

// Threshold gives the T of the organisation's service levels.
func (o Organisation) Threshold() time.Duration {
	return cmp.Or(o.ServiceLevelThreshold, DefaultThreshold)
}

var defaultReasons = []string{"Lunch", "Short break", "Meeting", "Training", "Back office"}

// Reasons gives the reasons offered for breaks: PauseReasons, or usual ones
// while none were ever set.
func (o Organisation) Reasons() []string {
	if o.PauseReasons == nil {
		return slices.Clone(defaultReasons)
	}
	return o.PauseReasons
}

// User is a person of an organisation.
type User struct {
	ID       int64
	OrgID    int64
	Login    string // unique
	Name     string
	Password string // argon2id in PHC form
	Role     string // RoleAdministrator, RoleSupervisor, RoleAgent
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
	// RedirectURIs are where authorization codes may be sent to, compared letter by letter.
	RedirectURIs []string
}

// Token is an access token; only its SHA-256 is kept.
type Token struct {
	Hash          [32]byte
	ApplicationID int64
	Expires       acd.Time
	UserID        int64    // it acts for; 0 = the application alone
	Code          [32]byte // hash of the authorization code it was made from; zeros = none
}

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
	ByID(ctx context.Context, id int64) (User, error) // of whichever organisation
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

// Tokens is the table of access tokens. They go with their application and their user.
type Tokens interface {
	Create(context.Context, Token) error // ErrNotFound when the user is not of the application's organisation
	Get(ctx context.Context, hash [32]byte) (Token, error)
	DeleteApplication(ctx context.Context, application int64) error // revokes all of it; no error when there is none
	DeleteUser(ctx context.Context, user int64) error               // revokes all that act for the user; no error when there is none
	DeleteCode(ctx context.Context, code [32]byte) error            // revokes those made from a code; no error when there is none
	Delete(ctx context.Context, hash [32]byte) error                // revokes one; no error when it is not there
	DeleteExpired(ctx context.Context, before acd.Time) error       // those with Expires < before
}
