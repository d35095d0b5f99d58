// Package transaction holds the four state machines of RFC 3261 §17 with the
// corrections of RFC 6026, as plain values. They are driven by messages and
// the time; what they ask for comes back as an Effect. They keep no message,
// timer, goroutine or lock: the owner stores and sends bytes, and calls Tick
// when Deadline has come.
package transaction

import "time"

// Timer values of RFC 3261 §17.1.1.1.
const (
	T1 = 500 * time.Millisecond // estimate of the round-trip time
	T2 = 4 * time.Second        // longest wait between retransmissions
	T4 = 5 * time.Second        // how long a message may stay in the network
	// Linger is 64*T1: how long a request is tried, and how long a finished
	// transaction is kept to answer retransmissions (timers B, F, H, J, L, M).
	Linger = 64 * T1
)

// Effect says what the owner has to do after a step; several may be set.
type Effect uint8

const (
	// Resend: send the stored message (request or last response) once more.
	Resend Effect = 1 << iota
	// Deliver: the message is for the transaction's user.
	Deliver
	// Acknowledge: send the ACK that belongs to a final answer other than 2xx,
	// again for each retransmission of that answer (RFC 3261 §17.1.1.3).
	Acknowledge
	// TimedOut: nobody answered (client), or no ACK came (server); the transaction is over.
	TimedOut
	// Over: forget the transaction.
	Over
)

// Has reports whether all of want is set.
func (e Effect) Has(want Effect) bool { return e&want == want }

// State is where a transaction stands.
type State uint8

// The states of RFC 3261 figures 5 to 8 and RFC 6026 figures 1 and 2.
const (
	Calling    State = iota // client: request sent; server: Trying, nothing answered yet
	Proceeding              // a provisional answer has passed
	Completed               // final answer has passed (INVITE: other than 2xx)
	Confirmed               // server INVITE: the ACK came
	Accepted                // INVITE: 2xx has passed (RFC 6026)
	Terminated
)

// earlier gives the earlier of two times, where a zero time never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
