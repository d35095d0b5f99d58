package phone

import (
	"strconv"
	"strings"
	"time"
)

func (n *Network) receiveRequest(m *message, d *datagram) {
	if tag := m.toTag(); len(tag) > 0 {
		if c := n.dialogs[string(tag)]; c != nil {
			if !c.phone.gone {
				c.receive(m, d)
			}
			return
		}
	}
	switch string(m.method) {
	case "INVITE":
		n.receiveInvite(m, d)
	case "CANCEL":
		n.receiveCancel(m, d)
	case "ACK":
		if c := n.invites[string(m.branch)]; c != nil {
			c.acknowledged(m)
		}
	case "OPTIONS":
		if p := n.phoneFor(m); p != nil && !p.gone {
			n.reply(m, d, 200, allow+"Accept: application/sdp\r\n")
		} else if p == nil {
			n.reply(m, d, 404, "")
		}
	case "REGISTER":
		n.receiveRegister(m, d)
	default:
		n.reply(m, d, 481, "")
	}
}

func (n *Network) phoneFor(m *message) *Phone {
	user, _ := splitURI(m.uri)
	if p := n.phones[string(user)]; p != nil {
		return p
	}
	return n.anyone
}

// reply answers a request that is no INVITE, or refuses one without keeping anything.
func (n *Network) reply(m *message, d *datagram, code int, headers string) {
	b := appendEcho(appendStatus(n.buf[:0], code), m, d, n.prefix)
	b = append(b, headers...)
	n.send(n.finishMessage(b, nil), replyTo(m, d))
}

// receiveInvite takes the first INVITE of a call, or its repetition.
func (n *Network) receiveInvite(m *message, d *datagram) {
	if c := n.invites[string(m.branch)]; c != nil {
		if c.server.last != nil {
			n.send(c.server.last, c.server.to)
		}
		return
	}
	if m.toTag() != nil {
		n.reply(m, d, 481, "")
		return
	}
	p := n.phoneFor(m)
	if p == nil {
		n.reply(m, d, 404, "")
		return
	}
	if p.gone || !p.admits(m, d, true) {
		return
	}
	c := n.incomingCall(p, m, d)
	answering := Answering{}
	if p.profile.Answer != nil {
		answering = p.profile.Answer(c)
	} else {
		p.incoming = append(p.incoming, c)
	}
	if answering.Ignore {
		return
	}
	c.begin(m, answering)
}

// admits checks credentials where the trunk wants some, challenging who has none.
func (p *Phone) admits(m *message, d *datagram, proxy bool) bool {
	want := p.profile.Challenge
	if want == nil || want.admits(m, p.n.ownNonce) {
		return true
	}
	code := 401
	if proxy {
		code = 407
	}
	p.n.reply(m, d, code, want.challengeLine(proxy, p.n.token()))
	return false
}

func (n *Network) ownNonce(nonce string) bool { return strings.HasPrefix(nonce, n.prefix) }

func (n *Network) receiveRegister(m *message, d *datagram) {
	p := n.anyone
	if p == nil {
		n.reply(m, d, 405, allow)
		return
	}
	if p.gone || !p.admits(m, d, false) {
		return
	}
	granted := m.seconds(hExpires)
	if granted < 0 {
		granted = 3600
	}
	n.reply(m, d, 200, "Contact: "+string(m.get(hContact))+";expires="+strconv.Itoa(granted)+"\r\n")
}

func (n *Network) incomingCall(p *Phone, m *message, d *datagram) *Call {
	c := newCall(p, nil, nil)
	c.state = alerting
	c.callID, c.localTag = string(m.get(hCallID)), n.token()
	c.local, c.remote = string(m.get(hTo)), string(m.get(hFrom))
	c.dest, c.theirCSeq = d.from, m.cseq
	if _, uri, _ := nameAddr(m.get(hContact)); len(uri) > 0 {
		c.target = string(uri)
	}
	for _, f := range m.fields {
		if f.name == hRecordRoute {
			c.routes = append(c.routes, string(f.value))
		}
	}
	c.dest = n.nextHop(c.target, c.routes)
	c.server = serverInvite{branch: string(m.branch), echo: appendEcho(nil, m, d, c.localTag), to: replyTo(m, d), cseq: m.cseq}
	name, uri, _ := nameAddr(m.get(hFrom))
	number, _ := splitURI(uri)
	called, _ := splitURI(m.uri)
	c.mu.Lock()
	c.info.Incoming, c.info.CallID, c.info.Invited = true, c.callID, c.moment(d.at)
	c.info.Number, c.info.Name, c.info.Called = string(number), string(name), string(called)
	c.mu.Unlock()
	n.live[c], n.dialogs[c.localTag], n.invites[c.server.branch] = struct{}{}, c, c
	return c
}

// begin takes the offer and rings, answers or refuses.
func (c *Call) begin(m *message, a Answering) {
	c.answering = a
	if len(m.body) == 0 {
		c.server.offerOut = true
	} else if s, ok := parseSession(m.body); !ok || !c.agree(&s) {
		c.refuse(488)
		return
	}
	if a.Early && !c.server.offerOut {
		c.respond(183, "", c.answerBody())
	} else if !a.Silent && a.Code < 300 {
		c.respond(180, "", nil)
	}
	switch {
	case a.Code == 0:
	case a.Ring > 0:
		c.timer = c.n.after(a.Ring, c.decide)
	default:
		c.decide()
	}
}

func (c *Call) decide() {
	if c.answering.Code >= 300 {
		c.refuse(c.answering.Code)
		return
	}
	c.accept()
}

// respond answers their INVITE and keeps the answer for its repetitions.
func (c *Call) respond(code int, headers string, body []byte) {
	b := append(appendStatus(c.n.buf[:0], code), c.server.echo...)
	b = append(c.appendContact(b), headers...)
	b = c.n.finishMessage(b, body)
	c.server.last = append(c.server.last[:0], b...)
	c.n.send(b, c.server.to)
}

// accept answers the call with 200.
func (c *Call) accept() {
	if c.state != alerting {
		return
	}
	c.n.stop(c.timer)
	c.state = established
	body := c.answerBody()
	if c.server.offerOut {
		body = c.description(c.phone.profile.Codecs, c.offeredEvent())
	}
	at := c.n.clock()
	c.respond(200, allow, body)
	c.untilAck()
	if c.answering.Talk > 0 {
		c.timer = c.n.after(c.answering.Talk, func() { c.hangup(causeLocal, "") })
	}
	c.tell(Event{Kind: Answered, At: c.moment(at), Code: 200})
}

// refuse gives a final answer that is no success. The call has ended for us
// once it is sent; repetitions go on until the ACK (timers G and H).
func (c *Call) refuse(code int) {
	if c.state != alerting {
		return
	}
	c.respond(code, "", nil)
	c.untilAck()
	by := Local
	if code == 487 {
		by = Remote
	}
	c.end(by, code, reasons[code])
}

// untilAck repeats the final answer until it is acknowledged (RFC 3261 §13.3.1.4, §17.2.1).
func (c *Call) untilAck() {
	s := &c.server
	s.acked, s.interval, s.giveUp = false, c.n.cfg.T1, c.n.now+64*int64(c.n.cfg.T1)
	s.resend = c.n.after(s.interval, c.repeatAnswer)
}

func (c *Call) repeatAnswer() {
	s := &c.server
	if c.n.now >= s.giveUp {
		if c.state == established {
			c.bye("")
			c.end(Lost, 408, "no ACK came")
		}
		return
	}
	c.n.send(s.last, s.to)
	s.interval = min(2*s.interval, t2)
	s.resend = c.n.after(s.interval, c.repeatAnswer)
}

func (c *Call) acknowledged(m *message) {
	s := &c.server
	if s.acked || m.cseq != s.cseq {
		return
	}
	s.acked = true
	c.n.stop(s.resend)
	if c.state != established {
		return
	}
	if s.offerOut {
		s.offerOut = false
		if d, ok := parseSession(m.body); !ok || !c.agree(&d) {
			c.hangup(causeSDP, "")
			return
		}
	}
	c.tell(Event{Kind: Confirmed, At: c.moment(c.n.now)})
	if c.cancelled {
		c.hangup(causeLocal, "")
	}
}

// receiveCancel takes their INVITE back (RFC 3261 §9.2): too late once a final answer is out.
func (n *Network) receiveCancel(m *message, d *datagram) {
	c := n.invites[string(m.branch)]
	if c == nil {
		n.reply(m, d, 481, "")
		return
	}
	if c.phone.gone || c.answering.Ignore {
		return
	}
	n.reply(m, d, 200, "")
	if c.state != alerting {
		return
	}
	n.stop(c.timer)
	text, at := string(m.get(hReason)), c.moment(d.at)
	c.respond(487, "", nil)
	c.untilAck()
	c.endWith(Event{By: Remote, Code: 487, Text: text, At: at, RetryAfter: -1})
}

// Answer answers a ringing call.
func (c *Call) Answer() { c.n.post(c.accept) }

// Early sends 183 with audio before the answer.
func (c *Call) Early() {
	c.n.post(func() {
		if c.state == alerting && !c.server.offerOut {
			c.respond(183, "", c.answerBody())
		}
	})
}

// Reject refuses a ringing call with a status from 300 to 699.
func (c *Call) Reject(code int) { c.n.post(func() { c.refuse(code) }) }

// HangupAfter hangs up d from now, in whatever state the call then is.
func (c *Call) HangupAfter(d time.Duration) {
	c.n.post(func() {
		c.n.stop(c.timer)
		c.timer = c.n.after(d, func() { c.hangup(causeLocal, "") })
	})
}
