package store

import (
	"context"

	"holdline/internal/acd"
)

// The roles of users. An administrator's is the whole server, a supervisor's
// the organisation, an agent's what is the agent's own.
const (
	RoleAdministrator = "administrator"
	RoleSupervisor    = "supervisor"
	RoleAgent         = "agent"
)

// Code is an authorization code (RFC 6749 §4.1.2); only its SHA-256 is kept.
type Code struct {
	Hash          [32]byte
	ApplicationID int64
	UserID        int64  // who consented; of the application's organisation
	RedirectURI   string // as it was sent; "" = it was left out
	Challenge     string // PKCE with S256 (RFC 7636 §4.2); "" = none
	Expires       acd.Time
	Used          acd.Time // 0 = not yet
}

// Session is a browser somebody signed in with; only the SHA-256 of its cookie is kept.
type Session struct {
	Hash      [32]byte
	UserID    int64
	Created   acd.Time
	Seen      acd.Time // when it was last used, to the minute or so
	Expires   acd.Time // unless it is used again
	Address   string   // it was opened from
	UserAgent string
}

// Audit is an entry of the audit log: who changed what. It outlives the user
// and the application, so their name stands beside their id. No secret is in it.
type Audit struct {
	ID          int64
	OrgID       int64 // where the change was made
	At          acd.Time
	User        int64  // 0 = none: an application of the organisation, or a phone
	Application int64  // 0 = none: a browser, or a phone
	Actor       string // name of the user or the application
	Address     string // the request came from; "" = none
	Action      string // "extension.create"
	Target      string // "extension 0003*201"
	Detail      string // what changed, for people
}

// AuditFilter narrows a list; zero fields match all.
type AuditFilter struct {
	From, To    acd.Time // From <= At < To
	User        int64
	Application int64
	Action      string // exactly this one, or with a "." at its end all that begin so
	Oldest      bool   // oldest first; otherwise the newest
	Page
}

// Codes is the table of authorization codes. They go with their application and their user.
type Codes interface {
	Create(context.Context, Code) error // ErrNotFound when the user is not of the application's organisation
	Get(ctx context.Context, hash [32]byte) (Code, error)
	Use(ctx context.Context, hash [32]byte, at acd.Time) error // sets Used
	DeleteExpired(ctx context.Context, before acd.Time) error  // those with Expires < before
}

// Sessions is the table of browser sessions. They go with their user.
type Sessions interface {
	Create(context.Context, Session) error
	Get(ctx context.Context, hash [32]byte) (Session, error)
	Touch(ctx context.Context, hash [32]byte, seen, expires acd.Time) error
	Delete(ctx context.Context, hash [32]byte) error // no error when it is not there
	// DeleteUser ends all sessions of a user but that with the hash; a zero hash keeps none.
	DeleteUser(ctx context.Context, user int64, but [32]byte) error
	DeleteExpired(ctx context.Context, before acd.Time) error // those with Expires < before
	// OfUser lists a user's sessions by the time they were created.
	OfUser(ctx context.Context, user int64) ([]Session, error)
}

// AuditLog is the table of audit entries.
type AuditLog interface {
	Create(context.Context, *Audit) error
	// List gives a page, by time and id, and how many entries match in all.
	List(ctx context.Context, org int64, f AuditFilter) (rows []Audit, total int, err error)
	// DeleteBefore takes away at most limit entries of all organisations with At < before, the oldest
	// first, and tells how many; limit 0 = all.
	DeleteBefore(ctx context.Context, before acd.Time, limit int) (int, error)
}
