package app

import (
	"errors"
	"fmt"
	"time"

	"holdline/internal/store"
)

// Code says what kind of refusal an Error is; each transport maps it to its own status.
type Code string

const (
	Invalid        Code = "invalid"          // a value is wrong; Field names it
	AccessDenied   Code = "access_denied"    // the actor may not do this
	NotFound       Code = "not_found"        // there is no such thing, or not for this actor
	ClientNotFound Code = "client_not_found" // there is no such organisation
	AlreadyExists  Code = "already_exists"   // the key is taken
	AgentInQueue   Code = "agent_in_queue"   // the agent is in queues and was not to be removed from them
	Conflict       Code = "conflict"         // something else is in the way; Message names it
	TooLarge       Code = "too_large"        // what is uploaded is too big
	TooMany        Code = "too_many"         // a limit of things open at once is reached
	Unavailable    Code = "unavailable"      // the organisation's engine does not answer; worth a retry
	Unauthorized   Code = "unauthorized"     // nobody is signed in, or login and password do not fit
)

// Error is a refusal. Its message is for people: it names the value and the fix.
type Error struct {
	Code    Code
	Field   string // of Invalid, in the words of the ver1.0 API
	Message string
	Retry   time.Duration // of TooMany: when the next attempt is allowed; 0 = not known
	cause   error
}

func (e *Error) Error() string { return "app: " + string(e.Code) + ": " + e.Message }

// Unwrap gives what was behind it, if anything.
func (e *Error) Unwrap() error { return e.cause }

// Invalidf makes the refusal of a value. Dialects use it for what only they know of a field.
func Invalidf(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// missing turns the store's "no such row" into a refusal and leaves other errors alone.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(NotFound, format, args...)
	}
	return err
}

// taken turns the store's "unique key taken" into a refusal and leaves other errors alone.
func taken(err error, format string, args ...any) error {
	if errors.Is(err, store.ErrExists) {
		return refuse(AlreadyExists, format, args...)
	}
	return err
}
