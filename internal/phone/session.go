package phone

import (
	"bytes"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// agree takes over what the other side's session description says; false if
// it has no codec of ours.
func (c *Call) agree(s *session) bool {
	codec, ok := s.choose(c.phone.profile.Codecs)
	if !ok {
		return false
	}
	was := c.media.live && c.held
	c.held = s.held()
	c.theirs = s.dir
	c.media = mediaState{live: true, remote: s.addr, codec: codec, event: s.event,
		sends:    c.dir.sends() && !c.held,
		receives: c.dir.receives() && s.dir.sends()}
	if c.phone.profile.NoEvents {
		c.media.event = 0
	}
	c.n.media.connect(c.voice, c.media)
	if c.state == established && c.held != was {
		kind := Resumed
		if c.held {
			kind = Held
		}
		c.tell(Event{Kind: kind, At: c.moment(c.n.now)})
	}
	return true
}

// description writes our session description as an offer.
func (c *Call) description(codecs []Codec, event uint8) []byte {
	return c.session(codecs, event, c.dir)
}

// answerBody writes our session description as the answer to what agree took.
func (c *Call) answerBody() []byte {
	dir := inactive
	switch send, receive := c.dir.sends() && c.theirs.receives(), c.dir.receives() && c.theirs.sends(); {
	case send && receive:
		dir = sendRecv
	case send:
		dir = sendOnly
	case receive:
		dir = recvOnly
	}
	return c.session([]Codec{c.media.codec}, c.media.event, dir)
}

// session writes into the network's buffer.
func (c *Call) session(codecs []Codec, event uint8, dir direction) []byte {
	c.version++
	c.n.sdp = appendSession(c.n.sdp[:0], c.n.ip, c.port, c.id, c.version, codecs, event, dir)
	return c.n.sdp
}

// receive takes a request inside the dialog.
func (c *Call) receive(m *message, d *datagram) {
	switch string(m.method) {
	case "ACK":
		c.acknowledged(m)
		return
	case "CANCEL": // of a re-INVITE, answered at once: always too late
		c.n.reply(m, d, 200, "")
		return
	case "INVITE":
		c.receiveReInvite(m, d)
		return
	}
	repeated := m.cseq <= c.theirCSeq && c.theirCSeq != 0
	if !repeated {
		c.theirCSeq = m.cseq
	}
	if string(m.method) == "BYE" {
		c.receiveBye(m, d)
		return
	}
	if c.state == ended {
		c.n.reply(m, d, 481, "")
		return
	}
	c.receiveOther(m, d, repeated)
}

func (c *Call) receiveBye(m *message, d *datagram) {
	c.n.reply(m, d, 200, "")
	if c.state == ended {
		return
	}
	if c.state == alerting { // allowed in an early dialog (RFC 3261 §15.1.2)
		c.respond(487, "", nil)
		c.untilAck()
	} else {
		c.n.stop(c.server.resend)
	}
	c.endWith(Event{By: Remote, At: c.moment(d.at), Text: string(m.get(hReason)), RetryAfter: -1})
}

func (c *Call) receiveOther(m *message, d *datagram, repeated bool) {
	at := c.moment(d.at)
	switch string(m.method) {
	case "UPDATE":
		c.receiveUpdate(m, d)
	case "INFO":
		c.n.reply(m, d, 200, "")
		if digit, ok := infoDigit(m); ok && !repeated {
			c.tell(Event{Kind: Digit, At: at, Digit: digit})
		}
	case "REFER":
		c.n.reply(m, d, 202, "")
		if !repeated {
			_, uri, _ := nameAddr(m.get(hReferTo))
			c.tell(Event{Kind: Referred, At: at, Text: string(uri)})
			c.send("NOTIFY", "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n", "message/sipfrag", "SIP/2.0 200 OK\r\n")
		}
	case "NOTIFY":
		c.n.reply(m, d, 200, "")
		if code := fragmentCode(m.body); code != 0 && !repeated {
			c.tell(Event{Kind: Progressed, At: at, Code: code})
		}
	case "OPTIONS":
		c.n.reply(m, d, 200, allow)
	default:
		c.n.reply(m, d, 405, allow)
	}
}

// infoDigit reads a DTMF key from an INFO: "Signal=5" lines, or the bare key.
func infoDigit(m *message) (byte, bool) {
	kind, _, _ := bytes.Cut(m.get(hContentType), []byte(";"))
	var key []byte
	switch strings.ToLower(string(bytes.TrimSpace(kind))) {
	case "application/dtmf-relay":
		for line := range bytes.Lines(m.body) {
			if name, value, ok := bytes.Cut(line, []byte("=")); ok && bytes.EqualFold(bytes.TrimSpace(name), []byte("Signal")) {
				key = bytes.TrimSpace(value)
			}
		}
	case "application/dtmf":
		key = bytes.TrimSpace(m.body)
	}
	if len(key) != 1 || !strings.Contains(digitNames, string(key)) {
		return 0, false
	}
	return key[0], true
}

// fragmentCode reads the status of a message/sipfrag body; 0 if there is none.
func fragmentCode(body []byte) int {
	line, ok := bytes.CutPrefix(body, []byte("SIP/2.0 "))
	if !ok || len(line) < 3 {
		return 0
	}
	code, _ := strconv.Atoi(string(line[:3]))
	return code
}

// receiveReInvite takes an offer in the middle of a call (RFC 3261 §14.2).
func (c *Call) receiveReInvite(m *message, d *datagram) {
	s := &c.server
	switch {
	case c.state == ended:
		c.n.reply(m, d, 481, "")
		return
	case m.cseq == s.cseq && s.last != nil:
		c.n.send(s.last, s.to)
		return
	case c.state != established || c.offering:
		c.n.reply(m, d, 491, "")
		return
	}
	c.theirCSeq = m.cseq
	offer, ok := parseSession(m.body)
	if len(m.body) > 0 && (!ok || !c.agree(&offer)) {
		c.n.reply(m, d, 488, "")
		return
	}
	c.retarget(m)
	c.n.stop(s.resend)
	s.echo, s.to, s.cseq = appendEcho(s.echo[:0], m, d, c.localTag), replyTo(m, d), m.cseq
	body := c.answerBody()
	if s.offerOut = len(m.body) == 0; s.offerOut {
		body = c.description(c.phone.profile.Codecs, c.offeredEvent())
	}
	c.respond(200, allow, body)
	c.untilAck()
}

func (c *Call) receiveUpdate(m *message, d *datagram) {
	c.retarget(m)
	if len(m.body) == 0 {
		c.n.reply(m, d, 200, "Contact: <sip:"+c.phone.profile.User+"@"+c.n.host+">\r\n")
		return
	}
	offer, ok := parseSession(m.body)
	if !ok || !c.agree(&offer) {
		c.n.reply(m, d, 488, "")
		return
	}
	b := c.appendContact(appendEcho(appendStatus(c.n.buf[:0], 200), m, d, c.localTag))
	c.n.send(c.n.finishMessage(b, c.answerBody()), replyTo(m, d))
}

// retarget follows a new contact (RFC 3261 §12.2.2).
func (c *Call) retarget(m *message) {
	if _, uri, _ := nameAddr(m.get(hContact)); len(uri) > 0 {
		c.target = string(uri)
		c.dest = c.n.nextHop(c.target, c.routes)
	}
}

// offer sends a re-INVITE with our direction.
func (c *Call) offer(dir direction) {
	if c.state != established {
		return
	}
	if c.offering {
		c.tell(Event{Kind: Refused, At: c.moment(c.n.now), Code: 491, Text: "an offer is under way"})
		return
	}
	before := c.dir
	c.dir, c.offering = dir, true
	c.cseq++
	cseq, branch := c.cseq, "z9hG4bK"+c.n.token()
	b := c.appendContact(c.appendDialog(c.n.start("INVITE", c.target, branch), "INVITE"))
	b = c.n.finishMessage(append(b, allow...), c.description(c.phone.profile.Codecs, c.offeredEvent()))
	var tx *clientTx
	tx = c.n.request(branch, true, b, c.dest, func(m *message, at int64) {
		if m != nil && m.code < 200 {
			return
		}
		c.offering = false
		if m != nil && m.code < 300 {
			tx.ack = c.ackFor(cseq)
			c.n.send(tx.ack, c.dest)
			if s, ok := parseSession(m.body); ok && c.state == established {
				c.agree(&s)
			}
			c.tell(Event{Kind: Accepted, At: c.moment(at), Code: m.code})
			return
		}
		c.dir = before
		c.offerRefused(tx, m, branch, dir, at)
	})
}

// offerRefused tries again after a glare (RFC 3261 §14.1), else tells.
func (c *Call) offerRefused(tx *clientTx, m *message, branch string, dir direction, at int64) {
	if m == nil {
		c.tell(Event{Kind: Refused, At: c.moment(at), Code: 408, Text: "no answer to re-INVITE"})
		return
	}
	tx.ack = c.rejectionAck(m, branch)
	c.n.send(tx.ack, c.dest)
	if m.code == 491 {
		wait := time.Duration(rand.IntN(2000)) * time.Millisecond
		if !c.info.Incoming {
			wait = 2100*time.Millisecond + wait*19/20
		}
		c.n.after(wait, func() { c.offer(dir) })
		return
	}
	c.tell(Event{Kind: Refused, At: c.moment(at), Code: m.code, Text: string(m.reason)})
}

// send sends a request in the dialog and tells how it was answered.
func (c *Call) send(method, headers, contentType, body string) {
	c.cseq++
	branch := "z9hG4bK" + c.n.token()
	b := c.appendDialog(c.n.start(method, c.target, branch), method)
	b = append(c.appendContact(b), headers...)
	if body == "" {
		b = c.n.finishMessage(b, nil)
	} else {
		b = c.n.finishTyped(b, contentType, []byte(body))
	}
	c.n.request(branch, false, b, c.dest, func(m *message, at int64) {
		switch {
		case c.state == ended || method == "NOTIFY" || m != nil && m.code < 200:
		case m == nil:
			c.tell(Event{Kind: Refused, At: c.moment(at), Code: 408, Text: "no answer to " + method})
		case m.code < 300:
			c.tell(Event{Kind: Accepted, At: c.moment(at), Code: m.code, Text: method})
		default:
			c.tell(Event{Kind: Refused, At: c.moment(at), Code: m.code, Text: string(m.reason)})
		}
	})
}

// bye ends the dialog (RFC 3261 §15.1.1).
func (c *Call) bye(headers string) {
	c.cseq++
	branch := "z9hG4bK" + c.n.token()
	b := append(c.appendDialog(c.n.start("BYE", c.target, branch), "BYE"), headers...)
	c.n.request(branch, false, c.n.finishMessage(b, nil), c.dest, func(*message, int64) {})
}

// hangup ends the call in the way its state demands.
func (c *Call) hangup(why cause, headers string) {
	switch c.state {
	case calling:
		if c.cancelled {
			return
		}
		c.cancelled = true
		c.n.stop(c.timer)
		if c.provision { // else when the first provisional answer comes (RFC 3261 §9.1)
			c.cancel()
		}
	case alerting:
		c.refuse(480)
	case established:
		if c.info.Incoming && !c.server.acked { // the callee waits for the ACK (RFC 3261 §15)
			c.cancelled = true
			return
		}
		at := c.n.clock()
		c.bye(headers)
		text := ""
		if why == causeSDP {
			text = "the session description could not be used"
		}
		c.endWith(Event{By: Local, At: c.moment(at), Text: text, RetryAfter: -1})
	}
}

// Hangup ends the call: CANCEL, a refusal, or BYE.
func (c *Call) Hangup() { c.n.post(func() { c.hangup(causeLocal, "") }) }

// Hold puts the other side on hold; Accepted or Refused tells how it went.
func (c *Call) Hold() { c.n.post(func() { c.offer(sendOnly) }) }

// Resume takes the other side back.
func (c *Call) Resume() { c.n.post(func() { c.offer(sendRecv) }) }

// Refer asks the other side to call a number or URI (RFC 3515). Accepted or
// Refused tells of the REFER, Progressed of the call.
func (c *Call) Refer(to string) {
	c.n.post(func() {
		if !strings.HasPrefix(to, "sip:") {
			to = "sip:" + to + "@" + c.n.server.String()
		}
		if c.state == established {
			c.send("REFER", "Refer-To: <"+to+">\r\nReferred-By: <"+c.phone.aor+">\r\n", "", "")
		}
	})
}

// ReferTo asks the other side to join the party of this call with that of
// another call of ours (attended transfer, RFC 5589 §7.1).
func (c *Call) ReferTo(other *Call) {
	c.n.post(func() {
		if c.state != established {
			return
		}
		replaces := url.QueryEscape(other.callID + ";to-tag=" + tagIn(other.remote) + ";from-tag=" + other.localTag)
		c.send("REFER", "Refer-To: <"+other.target+"?Replaces="+replaces+">\r\nReferred-By: <"+c.phone.aor+">\r\n", "", "")
	})
}

// Replaces gives the value of a Replaces header that names the call as the
// other side knows it (RFC 3891 §6.1), for another phone's INVITE; "" while
// there is no dialog, and when the network is closed.
func (c *Call) Replaces() string {
	value := make(chan string, 1)
	c.n.post(func() {
		theirs := tagIn(c.remote)
		if theirs == "" {
			theirs = tagIn(c.early)
		}
		if theirs != "" {
			theirs = c.callID + ";to-tag=" + theirs + ";from-tag=" + c.localTag
		}
		value <- theirs
	})
	select {
	case v := <-value:
		return v
	case <-c.n.done:
		return ""
	}
}

// tagIn gives the tag of a From or To value.
func tagIn(value string) string { return string(param([]byte(value), "tag")) }

// TransferTo asks the other side to take the place of this phone in another
// call of its, answered or still ringing: REFER with Replaces (RFC 5589 §7).
// Accepted, Refused and Progressed tell how it went.
func (c *Call) TransferTo(consulted *Call) {
	c.n.post(func() {
		remote := string(param([]byte(consulted.remote), "tag"))
		if remote == "" {
			remote = string(param([]byte(consulted.early), "tag"))
		}
		if c.state != established || remote == "" {
			return
		}
		replaces := url.QueryEscape(consulted.callID + ";to-tag=" + remote + ";from-tag=" + consulted.localTag)
		to := "sip:" + consulted.Info().Number + "@" + c.n.server.String() + "?Replaces=" + replaces
		c.send("REFER", "Refer-To: <"+to+">\r\nReferred-By: <"+c.phone.aor+">\r\n", "", "")
	})
}

// SendInfo sends keys by INFO, a request each.
func (c *Call) SendInfo(keys string) {
	c.n.post(func() {
		for _, k := range keys {
			if c.state == established {
				c.send("INFO", "", "application/dtmf-relay", "Signal="+string(k)+"\r\nDuration=160\r\n")
			}
		}
	})
}

// Digits sends keys (0-9 * # A-D) as telephone-events in the audio, 160 ms
// each. It does nothing when the other side did not agree to them.
func (c *Call) Digits(keys string) {
	c.n.media.do(func() {
		for _, k := range keys {
			if i := strings.IndexRune(digitNames, k); i >= 0 {
				c.voice.digits = append(c.voice.digits, byte(i))
			}
		}
	})
}

// Mute stops sending audio, as a phone that has lost its network in one
// direction; with false it goes on.
func (c *Call) Mute(on bool) { c.n.media.do(func() { c.voice.mute = on }) }

// Hear hands every audio packet's payload to f, in place of whom it was handed
// to before; nil = nobody. f must be quick, keep nothing, and call nothing of this package.
func (c *Call) Hear(f func(payload []byte, codec Codec)) { c.n.media.do(func() { c.voice.hear = f }) }

func (c *Call) heardDigit(digit byte, at int64) {
	if c.state != ended {
		c.tell(Event{Kind: Digit, At: c.moment(at), Digit: digit})
	}
}
