package sipua

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/media"
	"holdline/internal/sipua/negotiate"
	"holdline/internal/telephony"
)

// takeInDialog takes a request with a To tag (RFC 3261 §12.2.2).
func (w *worker) takeInDialog(now time.Time, m *inbound, tag string) {
	req := m.req
	d := w.dialog(req, tag)
	if d == nil {
		w.refuseStranger(now, m, reply{code: 481})
		return
	}
	if unknown := unsupported(req); unknown != "" {
		w.refuse(m, reply{code: 420, extra: "Unsupported: " + unknown + "\r\n"})
		return
	}
	l := d.leg
	if l.phase == over || l.dialog != d {
		code := 481
		if req.Method == sip.BYE && l.phase == over { // crossed ours
			code = 200
		}
		w.respond(now, w.newServer(m), reply{code: code})
		return
	}
	if seq := req.CSeq().SeqNo; d.heard && seq <= d.remoteSeq {
		w.respond(now, w.newServer(m), reply{code: 500, reason: "CSeq Out of Order"})
		return
	}
	d.remoteSeq, d.heard = req.CSeq().SeqNo, true
	if d.trunk == nil {
		d.flow = m.flow // its NAT may have moved it, or its connection was renewed
	}
	tx := w.newServer(m)
	switch req.Method {
	case sip.INVITE, sip.UPDATE:
		tx.leg = l
		l.modify(now, tx, m)
	case sip.BYE:
		l.remoteBye(now, tx)
	case sip.INFO:
		l.info(now, tx, req)
	case sip.OPTIONS:
		w.respond(now, tx, reply{code: 200, extra: capabilities})
	case sip.REFER:
		l.refer(now, tx, req)
	case sip.SUBSCRIBE:
		l.subscribe(now, tx, req)
	case sip.PRACK, sip.NOTIFY:
		w.respond(now, tx, reply{code: 481})
	case sip.MESSAGE, sip.PUBLISH, sip.REGISTER:
		w.respond(now, tx, reply{code: 405, extra: "Allow: " + allow + "\r\n"})
	default:
		w.respond(now, tx, reply{code: 501, extra: "Allow: " + allow + "\r\n"})
	}
}

// remoteBye: the peer hung up. A caller may do so before the answer as well.
func (l *leg) remoteBye(now time.Time, tx *serverTx) {
	l.w.respond(now, tx, reply{code: 200})
	ev := telephony.Ended{By: telephony.Remote, Cause: telephony.Normal, Reason: "hung up"}
	if l.phase == setup {
		l.w.respond(now, l.invite, reply{code: 487})
		ev.Cause, ev.Code = telephony.Cancelled, 487
	}
	l.confirm.ok = nil
	l.disarm(confirmTimer)
	l.forget()
	l.end(now, ev)
}

// later refuses a request that meets another one still being answered (RFC 3261 §14.2).
func (l *leg) later(now time.Time, tx *serverTx) {
	l.w.respond(now, tx, reply{code: 500, extra: "Retry-After: " + itoa(l.w.rand.IntN(11)) + "\r\n"})
}

// modify takes a re-INVITE or UPDATE: hold, resume, a new address, a refresh.
func (l *leg) modify(now time.Time, tx *serverTx, m *inbound) {
	req := m.req
	invite := req.Method == sip.INVITE
	offer, refusal := readOffer(req)
	if refusal == nil {
		refusal = sessionRefusal(req)
	}
	switch {
	case l.phase == setup && (invite || offer != nil), invite && l.confirm.ok != nil && l.confirm.answer:
		l.later(now, tx)
	case l.refresh != nil && l.refresh.key.method == sip.INVITE && (invite || offer != nil):
		l.w.respond(now, tx, reply{code: 491})
	case refusal != nil:
		l.w.respond(now, tx, *refusal) // the session stays as it was
	case offer != nil:
		l.reoffered(now, tx, m, *offer)
	case invite:
		l.offer(l.currentCodecs(), m.flow)
		l.modified(now, tx, m, true)
	default:
		l.modified(now, tx, m, false)
	}
}

// currentCodecs gives what to offer when the peer asks for an offer: the codec in use first.
func (l *leg) currentCodecs() []media.Codec {
	switch l.format.Codec {
	case media.G722:
		return []media.Codec{media.G722}
	case media.PCMU:
		return []media.Codec{media.PCMU, media.PCMA}
	}
	return []media.Codec{media.PCMA, media.PCMU}
}

// reoffered answers a new offer.
func (l *leg) reoffered(now time.Time, tx *serverTx, m *inbound, s negotiate.Session) {
	if err := l.agree(s, m.flow); err != nil {
		l.w.respond(now, tx, sdpRefusal(err))
		return
	}
	l.modified(now, tx, m, false)
	l.noteHold()
}

// noteHold tells when the peer put us on hold or took us back.
func (l *leg) noteHold() {
	if held := l.remote.Held(); held != l.held {
		l.held = held
		l.emit(telephony.Held{Leg: l.id, On: held})
	}
}

// modified answers 200. To a re-INVITE it is repeated until the ACK, which
// brings the answer if the offer was ours.
func (l *leg) modified(now time.Time, tx *serverTx, m *inbound, answer bool) {
	req := m.req
	l.dialog.learn(req)
	r := reply{code: 200, contact: l.dialog.contact, extra: acceptHeaders}
	if l.phase == up {
		r.extra += l.negotiateSession(req)
		l.startSession(now)
	}
	invite := req.Method == sip.INVITE
	if invite || len(req.Body()) > 0 {
		r.body = l.sdp
	}
	ok := l.w.respond(now, tx, r)
	if invite {
		l.await(now, ok, m.flow, req.CSeq().SeqNo, answer)
	}
}

// info takes DTMF keys sent by INFO, in the two forms phones use.
func (l *leg) info(now time.Time, tx *serverTx, req *sip.Request) {
	body := strings.TrimSpace(string(req.Body()))
	switch {
	case body == "":
		l.w.respond(now, tx, reply{code: 200})
		return
	case isType(req, "application/dtmf-relay"):
		body = relayed(body)
	case !isType(req, "application/dtmf"):
		l.w.respond(now, tx, reply{code: 415, extra: "Accept: application/dtmf-relay, application/dtmf\r\n"})
		return
	}
	l.w.respond(now, tx, reply{code: 200})
	if digit, ok := key(body); ok {
		l.digit(digit)
	}
}

// relayed finds the key in "Signal=5\nDuration=160".
func relayed(body string) string {
	for line := range strings.Lines(body) {
		if name, value, ok := strings.Cut(line, "="); ok && strings.EqualFold(strings.TrimSpace(name), "Signal") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// key reads a DTMF key; some phones send the event numbers of * and # (RFC 4733 §3.2).
func key(s string) (byte, bool) {
	switch s {
	case "10":
		return '*', true
	case "11":
		return '#', true
	}
	if len(s) != 1 {
		return 0, false
	}
	c := s[0]
	if 'a' <= c && c <= 'd' {
		c -= 'a' - 'A'
	}
	return c, '0' <= c && c <= '9' || c == '*' || c == '#' || 'A' <= c && c <= 'D'
}

func (l *leg) digit(digit byte) {
	if l.phase != over {
		l.emit(telephony.Digit{Leg: l.id, Digit: digit})
	}
}
