package transaction

import "time"

// Client is a client transaction (RFC 3261 §17.1). The owner has sent the
// request when it makes one.
type Client struct {
	invite, reliable bool
	state            State
	interval         time.Duration // timers A, E: doubles
	resend           time.Time     // next retransmission
	end              time.Time     // timers B, F, then D, K, M
}

// NewClient starts a transaction whose request was just sent. A reliable
// transport retransmits by itself.
func NewClient(now time.Time, invite, reliable bool) Client {
	c := Client{invite: invite, reliable: reliable, interval: T1, end: now.Add(Linger)}
	if !reliable {
		c.resend = now.Add(T1)
	}
	return c
}

// State gives the current state.
func (c *Client) State() State { return c.state }

// Deadline gives when Tick is due; zero means never.
func (c *Client) Deadline() time.Time { return earlier(c.resend, c.end) }

// Response takes an answer with this status code.
func (c *Client) Response(now time.Time, code int) Effect {
	if c.state == Terminated {
		return 0
	}
	if c.invite {
		return c.inviteResponse(now, code)
	}
	if c.state == Completed {
		return 0
	}
	if code < 200 {
		c.state = Proceeding
		return Deliver
	}
	return Deliver | c.finish(now, Completed, T4)
}

func (c *Client) inviteResponse(now time.Time, code int) Effect {
	switch {
	case c.state == Completed:
		if code >= 300 {
			return Acknowledge
		}
		return 0
	case c.state == Accepted:
		// Every 2xx is the user's: a retransmission needs its ACK again,
		// another fork's its own dialog (RFC 6026 §7.2).
		if code >= 200 && code < 300 {
			return Deliver
		}
		return 0
	case code < 200:
		if c.state == Calling {
			c.state, c.resend, c.end = Proceeding, time.Time{}, time.Time{}
		}
		return Deliver
	case code < 300:
		c.state, c.resend, c.end = Accepted, time.Time{}, now.Add(Linger) // timer M
		return Deliver
	}
	return Deliver | Acknowledge | c.finish(now, Completed, Linger)
}

// finish enters the last state; a reliable transport needs no lingering.
func (c *Client) finish(now time.Time, s State, linger time.Duration) Effect {
	c.state, c.resend, c.end = s, time.Time{}, now.Add(linger)
	if !c.reliable {
		return 0
	}
	c.state, c.end = Terminated, time.Time{}
	return Over
}

// Abandon bounds an INVITE that has been cancelled: if no final answer comes
// within 64*T1 it counts as timed out (RFC 3261 §9.1).
func (c *Client) Abandon(now time.Time) {
	if c.state == Proceeding || c.state == Calling {
		c.end = now.Add(Linger)
	}
}

// Fail takes a transport error: the request can not be delivered.
func (c *Client) Fail() Effect {
	if c.state != Calling && c.state != Proceeding {
		return 0
	}
	c.state, c.resend, c.end = Terminated, time.Time{}, time.Time{}
	return TimedOut | Over
}

// Tick takes the time.
func (c *Client) Tick(now time.Time) Effect {
	if due(c.end, now) {
		waiting := c.state == Calling || c.state == Proceeding
		c.state, c.resend, c.end = Terminated, time.Time{}, time.Time{}
		if waiting {
			return TimedOut | Over
		}
		return Over
	}
	if !due(c.resend, now) {
		return 0
	}
	c.interval *= 2
	if !c.invite && (c.interval > T2 || c.state == Proceeding) {
		c.interval = T2
	}
	c.resend = now.Add(c.interval)
	return Resend
}
