package server

import "holdline/internal/store"

// registrations asks the SIP side, which is built after the use cases and
// before anybody can ask them.
type registrations struct{ s *Server }

func (r registrations) Bindings(extension int64) []store.Binding { return r.s.sip.Bindings(extension) }

func (r registrations) Lapsed(extension int64) (store.Binding, bool) {
	return r.s.sip.Lapsed(extension)
}
