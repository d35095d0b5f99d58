package server

import (
	"time"

	"holdline/internal/app"
	"holdline/internal/sipua"
	"holdline/internal/store"
)

// registrations asks the SIP side, which is built after the use cases and
// before anybody can ask them.
type registrations struct{ s *Server }

func (r registrations) Bindings(extension int64) []store.Binding { return r.s.sip.Bindings(extension) }

func (r registrations) Since(extension int64, contact string) time.Time {
	return r.s.sip.Since(extension, contact)
}

func (r registrations) Refused(extension int64) (app.Refusal, bool) {
	last, ok := r.s.sip.Refused(extension)
	return app.Refusal{At: last.At, Address: last.From.String(), Why: whyRefused[last.Why]}, ok
}

var whyRefused = map[sipua.Reason]app.RefusalReason{sipua.WrongPassword: app.WrongPassword, sipua.WrongUser: app.WrongUser,
	sipua.PhoneBlocked: app.PhoneBlocked, sipua.BadRequest: app.BadRequest}

func (r registrations) Lapsed(extension int64) (store.Binding, bool) {
	return r.s.sip.Lapsed(extension)
}
