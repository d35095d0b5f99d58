package phone

import (
	"net/netip"
	"strings"
	"time"
)

// Dial places a call. What comes of it arrives as events.
func (p *Phone) Dial(d Dial) *Call {
	c := newCall(p, d.Voice, d.Notify)
	c.dial = d
	if c.dial.From == "" {
		c.dial.From = p.profile.User
	}
	if c.dial.Name == "" {
		c.dial.Name = p.profile.Name
	}
	c.info.Number = d.To
	p.n.post(c.place)
	return c
}

// place sets the dialog up and sends the first INVITE.
func (c *Call) place() {
	n, d := c.n, &c.dial
	c.state, c.dest = calling, n.server
	c.callID, c.localTag = n.token(), n.token()
	c.target = d.To
	if !strings.HasPrefix(d.To, "sip:") {
		c.target = "sip:" + d.To + "@" + n.server.String()
	}
	c.remote = "<" + c.target + ">"
	c.local = "<sip:" + d.From + "@" + c.phone.profile.Domain + ">"
	if d.Name != "" {
		c.local = `"` + d.Name + `" ` + c.local
	}
	n.live[c] = struct{}{}
	n.dialogs[c.localTag] = c
	c.mu.Lock()
	c.info.CallID, c.info.Invited = c.callID, c.moment(n.clock())
	c.mu.Unlock()
	if d.GiveUp > 0 {
		c.timer = n.after(d.GiveUp, func() { c.hangup(causeLocal, "") })
	}
	c.invite()
}

// invite sends the INVITE, again when it was challenged.
func (c *Call) invite() {
	n := c.n
	c.cseq++
	c.branch = "z9hG4bK" + n.token()
	b := n.start("INVITE", c.target, c.branch)
	b = c.appendDialog(b, "INVITE")
	b = c.appendContact(b)
	b = append(append(b, allow...), "Supported: timer\r\n"...)
	b = append(b, c.dial.Headers...)
	if auth := c.phone.auth; auth != nil {
		b = append(b, auth.credentials(c.phone.profile.User, c.phone.profile.Password, "INVITE", c.target)...)
	}
	body := []byte(c.dial.SDP)
	if len(body) == 0 {
		body = c.description(c.phone.profile.Codecs, c.offeredEvent())
	}
	c.tx = n.request(c.branch, true, n.finishMessage(b, body), c.dest, c.inviteAnswered)
}

func (c *Call) offeredEvent() uint8 {
	if c.phone.profile.NoEvents {
		return 0
	}
	return eventType
}

// appendDialog writes From, To, Call-ID, CSeq and Route of a request of ours.
func (c *Call) appendDialog(b []byte, method string) []byte {
	b = append(append(append(b, "From: "...), c.local...), ";tag="...)
	b = append(append(b, c.localTag...), "\r\nTo: "...)
	b = append(append(b, c.remote...), "\r\nCall-ID: "...)
	b = append(append(b, c.callID...), "\r\n"...)
	b = appendCSeq(b, c.cseq, method)
	for _, r := range c.routes {
		b = append(append(append(b, "Route: "...), r...), "\r\n"...)
	}
	return b
}

func (c *Call) appendContact(b []byte) []byte {
	b = append(append(b, "Contact: <sip:"...), c.phone.profile.User...)
	return append(append(append(b, '@'), c.n.host...), ">\r\n"...)
}

// inviteAnswered takes the answers to our first INVITE.
func (c *Call) inviteAnswered(m *message, at int64) {
	switch {
	case m == nil:
		c.end(Lost, 408, "no answer to INVITE")
	case m.code < 200:
		c.progress(m, at)
	case m.code < 300:
		c.accepted(m, at)
	default:
		c.refused(m, at)
	}
}

func (c *Call) progress(m *message, at int64) {
	first := !c.provision
	c.provision = true
	if c.cancelled {
		if first {
			c.cancel()
		}
		return
	}
	if m.code == 100 {
		return
	}
	c.early = string(m.get(hTo))
	if s, ok := parseSession(m.body); ok {
		c.agree(&s)
	}
	c.tell(Event{Kind: Ringing, At: c.moment(at), Code: m.code, Text: string(m.reason)})
}

// accepted is a 2xx: the dialog stands (RFC 3261 §13.2.2.4).
func (c *Call) accepted(m *message, at int64) {
	c.learn(m)
	c.tx.ack = c.ackFor(c.cseq)
	c.n.send(c.tx.ack, c.dest)
	c.n.stop(c.timer)
	if c.state == ended { // given up on before
		c.bye("")
		return
	}
	c.state = established
	s, usable := parseSession(m.body)
	usable = usable && c.agree(&s)
	if c.cancelled || !usable {
		c.hangup(map[bool]cause{true: causeLocal, false: causeSDP}[c.cancelled], "")
		return
	}
	if c.dial.Talk > 0 {
		c.timer = c.n.after(c.dial.Talk, func() { c.hangup(causeLocal, "") })
	}
	c.tell(Event{Kind: Answered, At: c.moment(at), Code: m.code})
}

// learn takes tag, contact and route set from the answer.
func (c *Call) learn(m *message) {
	c.remote = string(m.get(hTo))
	if _, uri, _ := nameAddr(m.get(hContact)); len(uri) > 0 {
		c.target = string(uri)
	}
	c.routes = nil
	for i := len(m.fields) - 1; i >= 0; i-- {
		if m.fields[i].name == hRecordRoute {
			c.routes = append(c.routes, string(m.fields[i].value))
		}
	}
	c.dest = c.n.nextHop(c.target, c.routes)
}

// nextHop is where a request inside a dialog goes: the first route or the
// contact, when that is an address; the server for a name.
func (n *Network) nextHop(target string, routes []string) netip.AddrPort {
	uri := []byte(target)
	if len(routes) > 0 {
		_, uri, _ = nameAddr(firstOf([]byte(routes[0])))
	}
	_, host := splitURI(uri)
	if a, err := netip.ParseAddrPort(string(host)); err == nil && a.Addr().Is4() {
		return a
	}
	if a, err := netip.ParseAddr(string(host)); err == nil && a.Is4() {
		return netip.AddrPortFrom(a, 5060)
	}
	return n.server
}

func (c *Call) ackFor(cseq uint32) []byte {
	b := c.n.start("ACK", c.target, "z9hG4bK"+c.n.token())
	own := c.cseq
	c.cseq = cseq
	b = c.appendDialog(b, "ACK")
	c.cseq = own
	return append([]byte(nil), c.n.finishMessage(b, nil)...)
}

// refused is a final answer that is no success: acknowledged in the same
// transaction (RFC 3261 §17.1.1.3), then tried again if credentials are wanted.
func (c *Call) refused(m *message, at int64) {
	c.tx.ack = c.rejectionAck(m, c.branch)
	c.n.send(c.tx.ack, c.dest)
	if c.state == ended {
		return
	}
	if c.attempts < 2 && !c.cancelled && c.phone.challenged(m) {
		c.attempts++
		c.provision = false
		c.invite()
		return
	}
	by := Remote
	if c.cancelled {
		by = Local
	}
	c.endWith(Event{By: by, At: c.moment(at), Code: m.code, Text: string(m.reason), RetryAfter: time.Duration(m.seconds(hRetryAfter)) * time.Second})
}

func (c *Call) rejectionAck(m *message, branch string) []byte {
	b := c.n.start("ACK", c.target, branch)
	remote, own := c.remote, c.cseq
	c.remote, c.cseq = string(m.get(hTo)), m.cseq
	b = c.appendDialog(b, "ACK")
	c.remote, c.cseq = remote, own
	return append([]byte(nil), c.n.finishMessage(b, nil)...)
}

// cancel takes our INVITE back (RFC 3261 §9.1); the answer to it ends the call.
func (c *Call) cancel() {
	b := c.n.start("CANCEL", c.target, c.branch)
	b = c.appendDialog(b, "CANCEL")
	c.n.request(c.branch+" CANCEL", false, c.n.finishMessage(b, nil), c.dest, func(m *message, _ int64) {})
	c.timer = c.n.after(64*c.n.cfg.T1, func() {
		c.n.finish(c.tx)
		c.end(Local, 487, "cancelled, and the INVITE was never answered")
	})
}
