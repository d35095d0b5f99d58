package server

import "holdline/internal/app"

// trunkStates tells where the registrations at providers stand.
func (s *Server) trunkStates() map[int64]app.TrunkState {
	states := map[int64]app.TrunkState{}
	for _, t := range s.sip.TrunkStatus() {
		states[t.ID] = app.TrunkState{State: t.State, Message: t.Message}
	}
	return states
}
