package transaction

import "time"

// Server is a server transaction (RFC 3261 §17.2).
type Server struct {
	invite, reliable bool
	state            State
	interval         time.Duration // timer G: doubles up to T2
	resend           time.Time
	end              time.Time // timers H, I, J, L
}

// NewServer starts a transaction for a request that just came.
func NewServer(invite, reliable bool) Server {
	return Server{invite: invite, reliable: reliable, interval: T1}
}

// State gives the current state.
func (s *Server) State() State { return s.state }

// Deadline gives when Tick is due; zero means never.
func (s *Server) Deadline() time.Time { return earlier(s.resend, s.end) }

// Request takes a retransmission of the request: answered with the last
// response, if there is one. In Accepted the 2xx is retransmitted by the
// dialog, and the request is absorbed (RFC 6026 §7.1).
func (s *Server) Request() Effect {
	if s.state == Proceeding || s.state == Completed {
		return Resend
	}
	return 0
}

// Respond takes the code of the response that the owner stores and sends now.
func (s *Server) Respond(now time.Time, code int) Effect {
	if s.state != Calling && s.state != Proceeding {
		return 0
	}
	switch {
	case code < 200:
		s.state = Proceeding
	case s.invite && code < 300:
		s.state, s.end = Accepted, now.Add(Linger) // timer L
	case s.invite:
		s.state, s.end = Completed, now.Add(Linger) // timer H
		if !s.reliable {
			s.resend = now.Add(s.interval) // timer G
		}
	case s.reliable:
		s.state = Terminated // timer J is zero
		return Over
	default:
		s.state, s.end = Completed, now.Add(Linger) // timer J
	}
	return 0
}

// Absorb keeps a transaction that is never answered, so that retransmissions
// of its request vanish as well.
func (s *Server) Absorb(now time.Time) {
	s.state, s.resend, s.end = Accepted, time.Time{}, now.Add(Linger)
}

// Ack takes the ACK of an INVITE that carries this transaction's branch.
func (s *Server) Ack(now time.Time) Effect {
	switch s.state {
	case Completed:
		if !s.invite {
			return 0
		}
		s.state, s.resend, s.end = Confirmed, time.Time{}, now.Add(T4) // timer I
		if s.reliable {
			s.state, s.end = Terminated, time.Time{}
			return Over
		}
	case Accepted:
		return Deliver
	}
	return 0
}

// Tick takes the time.
func (s *Server) Tick(now time.Time) Effect {
	if due(s.end, now) {
		unacknowledged := s.invite && s.state == Completed
		s.state, s.resend, s.end = Terminated, time.Time{}, time.Time{}
		if unacknowledged {
			return TimedOut | Over
		}
		return Over
	}
	if !due(s.resend, now) {
		return 0
	}
	s.interval = min(2*s.interval, T2)
	s.resend = now.Add(s.interval)
	return Resend
}
