package app

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

// PhoneStatus is what a phone does, as far as is known.
type PhoneStatus uint8

const (
	PhoneUnknown PhoneStatus = iota // not registered and in no call
	PhoneOnline                     // registered
	PhoneRinging
	PhoneBusy // dialling or talking
)

// RegistrationState says how a device stands with the registrar.
type RegistrationState uint8

const (
	NotRegistered RegistrationState = iota
	Registered
	RegistrationExpired // it let its last registration run out
)

// Registration is one device of a phone extension.
type Registration struct {
	State   RegistrationState
	Device  string    // its User-Agent; "" = not told
	Expires time.Time // in UTC; of a registered device
	// Of a registered device: where its REGISTER came from, "" = not known,
	// and since when it is registered, zero = before the server's start.
	Transport, Address string
	Since              time.Time
}

// RefusalReason says why a phone was not let in.
type RefusalReason string

// The reasons.
const (
	WrongPassword RefusalReason = "wrong_password"
	WrongUser     RefusalReason = "wrong_user" // the name for authentication is another one
	PhoneBlocked  RefusalReason = "blocked"
	BadRequest    RefusalReason = "bad_request" // the REGISTER asked for what cannot be
)

// Refusal is a request in a phone's name that was not let in.
type Refusal struct {
	At      time.Time // in UTC
	Address string    // it came from
	Why     RefusalReason
}

// Presence is what is known of one phone extension now.
type Presence struct {
	Extension     int64
	Number        string // extended
	Status        PhoneStatus
	Registrations []Registration // at least one
	Refused       *Refusal       // the last refusal since the server's start; nil = none
}

// PresenceFilter picks phones.
type PresenceFilter struct {
	Only       string                   // this extended number alone; "" = all
	Keep       func(number string) bool // by extended number; nil = all
	Extensions []int64                  // these alone; empty = all
	Descending bool                     // by number
	Page
}

// ListPresence tells what phones of the owner do, by extended number as texts
// are ordered, with their total number. It reads memory only: a page costs
// the phones on it, and a comparison for each of the others.
func (s *Service) ListPresence(ctx context.Context, scope Scope, f PresenceFilter) (list []Presence, total int, err error) {
	found := s.phonesOf(scope, f)
	if len(found) == 0 {
		return nil, 0, nil
	}
	lines, err := s.engine.Lines(ctx, scope.actor.Org)
	if err != nil {
		return nil, 0, engineGone(err)
	}
	page := pageOf(found, f.Page)
	if f.Descending {
		page = pageFromEnd(found, f.Page)
	}
	list = make([]Presence, len(page))
	for i, p := range page {
		list[i] = s.presence(p, lines[p.ID])
	}
	return list, len(found), nil
}

// phonesOf gives the phones of the scope that the filter lets pass, ascending.
func (s *Service) phonesOf(scope Scope, f PresenceFilter) []directory.PhoneEntry {
	all := s.directory.Phones(scope.actor.Org)
	if scope.user == 0 && f.Keep == nil && f.Only == "" && len(f.Extensions) == 0 {
		return all
	}
	var found []directory.PhoneEntry
	for _, p := range all {
		if (scope.user == 0 || p.Owner == scope.user) && (f.Only == "" || p.Full == f.Only) && (f.Keep == nil || f.Keep(p.Full)) &&
			(len(f.Extensions) == 0 || slices.Contains(f.Extensions, p.ID)) {
			found = append(found, p)
		}
	}
	return found
}

// pageFromEnd is pageOf of the rows backwards.
func pageFromEnd[T any](rows []T, p Page) []T {
	to := len(rows) - min(max(p.Offset, 0), len(rows))
	from := 0
	if p.Limit > 0 {
		from = max(to-p.Limit, 0)
	}
	out := make([]T, 0, to-from)
	for i := to - 1; i >= from; i-- {
		out = append(out, rows[i])
	}
	return out
}

func (s *Service) presence(p directory.PhoneEntry, line acd.Line) Presence {
	out := Presence{Extension: p.ID, Number: p.Full, Registrations: s.registrations(p.ID)}
	if last, ok := s.registered.Refused(p.ID); ok {
		out.Refused = &last
	}
	switch {
	case line == acd.LineBusy:
		out.Status = PhoneBusy
	case line == acd.LineRinging:
		out.Status = PhoneRinging
	case out.Registrations[0].State == Registered:
		out.Status = PhoneOnline
	}
	return out
}

func (s *Service) registrations(extension int64) []Registration {
	if have := s.registered.Bindings(extension); len(have) > 0 {
		out := make([]Registration, len(have))
		for i, b := range have {
			out[i] = Registration{State: Registered, Device: b.UserAgent, Expires: b.Expires.Std(), Since: s.registered.Since(extension, b.Contact)}
			out[i].Transport, out[i].Address = receivedFrom(b)
		}
		return out
	}
	if last, ok := s.registered.Lapsed(extension); ok {
		return []Registration{{State: RegistrationExpired, Device: last.UserAgent}}
	}
	return []Registration{{State: NotRegistered}}
}

// receivedFrom takes a binding's Received apart; "" where it is not known.
func receivedFrom(b store.Binding) (transport, address string) {
	transport, at, _ := strings.Cut(b.Received, ":")
	from, err := netip.ParseAddrPort(at)
	if err != nil {
		return "", ""
	}
	return transport, from.Addr().String()
}

// nowhere has no phone registered.
type nowhere struct{}

func (nowhere) Bindings(int64) []store.Binding     { return nil }
func (nowhere) Since(int64, string) time.Time      { return time.Time{} }
func (nowhere) Refused(int64) (Refusal, bool)      { return Refusal{}, false }
func (nowhere) Lapsed(int64) (store.Binding, bool) { return store.Binding{}, false }
