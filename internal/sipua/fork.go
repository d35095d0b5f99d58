package sipua

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/negotiate"
	"holdline/internal/sipua/transaction"
	"holdline/internal/sipua/transport"
	"holdline/internal/telephony"
)

// fork is one INVITE of an outgoing leg: one contact of the phone, or the trunk.
type fork struct {
	l       *leg
	d       *dialog
	flow    transport.Flow
	uri     string
	tx      *clientTx
	seq     uint32 // CSeq of the INVITE
	extra   string // credentials
	minSE   int    // seconds, from a 422
	rang    bool
	done    bool // a final response came, or none in time
	cancel  bool // to be cancelled
	told    bool // CANCEL was sent
	reason  string
	confirm []byte // the ACK of its 2xx, sent again with each repeated 2xx
}

// fork sends one INVITE.
func (l *leg) fork(now time.Time, flow transport.Flow, uri string) {
	w := l.w
	tag := w.token()
	user := ""
	if l.out.trunk != nil {
		user = escape(l.out.trunk.Username)
	}
	d := &dialog{leg: l, callID: l.callID, localTag: tag, local: l.out.from + ";tag=" + tag, remote: l.out.called, target: uri,
		flow: flow, trunk: l.out.trunk, contact: w.ua.contact(flow, user), localSeq: w.rand.Uint32N(1 << 16)}
	w.dialogs[tag] = d
	f := &fork{l: l, d: d, flow: flow, uri: uri}
	l.out.forks = append(l.out.forks, f)
	if l.sdp == nil {
		l.offer(offers(l.out.peer, l.out.to.Recorded), flow)
	}
	f.invite(now)
}

// invite sends the INVITE, first or again with what a refusal asked for.
func (f *fork) invite(now time.Time) {
	r := f.d.next(sip.INVITE)
	r.contact, r.bodyType, r.body, r.hops = f.d.contact, sdpType, f.l.sdp, f.l.out.hops
	r.extra = f.l.out.extra + acceptHeaders + sessionRequest(f.l.w.ua.cfg.SessionExpires, f.minSE) + f.extra
	f.seq = r.cseq
	f.tx = f.l.w.start(now, r, f.flow, f)
}

// answered takes a response to the INVITE.
func (f *fork) answered(w *worker, now time.Time, tx *clientTx, res *sip.Response) {
	switch {
	case tx != f.tx:
	case res.StatusCode < 200:
		f.progress(now, res)
	case res.StatusCode < 300:
		f.success(now, res)
	default:
		f.refused(now, res)
	}
}

// progress takes a provisional response.
func (f *fork) progress(now time.Time, res *sip.Response) {
	if f.cancel {
		f.sendCancel(now)
		return
	}
	l := f.l
	if l.phase != setup || res.StatusCode == 100 {
		return
	}
	f.rang, f.d.earlyTag = true, tagOf(res.To().Params)
	if len(res.Body()) > 0 && isType(res, sdpType) && !l.out.early && l.accept(res.Body()) == nil {
		l.out.early, l.out.rang = true, true
		l.emit(telephony.Ringing{Leg: l.id, Early: true})
		return
	}
	if !l.out.rang {
		l.out.rang = true
		l.emit(telephony.Ringing{Leg: l.id})
	}
}

// success takes a 2xx: the first of all forks wins, a repeated one gets its
// ACK again, any other dialog is ended at once (RFC 3261 §13.2.2.4).
func (f *fork) success(now time.Time, res *sip.Response) {
	l, tag := f.l, tagOf(res.To().Params)
	switch {
	case f.confirm != nil && f.d.remoteTag == tag:
		l.w.send(l.w.hop(now, f.d), f.confirm, nil)
		return
	case f.confirm != nil: // another phone behind the same contact was late
		late := *f.d
		late.localTag, late.attempts = "", 0
		f.acknowledge(now, &late, res)
		l.w.bye(now, &late, elsewhere)
		return
	}
	f.done = true
	f.confirm = f.acknowledge(now, f.d, res)
	if l.phase != setup { // the race was lost: somebody else answered, or it was withdrawn
		l.w.bye(now, f.d, f.reason)
		return
	}
	f.won(now, res)
}

// acknowledge completes a dialog and sends the ACK of its 2xx.
func (f *fork) acknowledge(now time.Time, d *dialog, res *sip.Response) []byte {
	d.confirm(res)
	r := d.next(sip.ACK)
	r.cseq, r.branch = f.seq, f.l.w.branch()
	if f.extra != "" {
		r.extra = f.extra // credentials of the INVITE (RFC 3261 §22.1)
	}
	to := f.l.w.hop(now, d)
	ack := append([]byte(nil), f.l.w.request(&r, to)...)
	f.l.w.send(to, ack, nil)
	return ack
}

// won makes the leg this fork's.
func (f *fork) won(now time.Time, res *sip.Response) {
	l := f.l
	l.dialog = f.d
	for _, other := range l.out.forks {
		if other != f {
			other.withdraw(now, elsewhere)
		}
	}
	err := negotiate.ErrNotAcceptable
	if len(res.Body()) > 0 {
		err = l.accept(res.Body())
	} else if l.out.early {
		err = nil // the answer came in a provisional response
	}
	l.phase = up
	if err != nil {
		l.logger().Info("call ended: the called phone's answer can not be used; enable G.711 on it", "error", err)
		l.hangBye(now, `Reason: SIP;cause=488;text="No usable SDP answer"`+"\r\n")
		l.end(now, telephony.Ended{By: telephony.Remote, Cause: telephony.NotAcceptable, Code: 488, Reason: err.Error()})
		return
	}
	if l.out.peer != nil {
		l.out.peer.wish(l.format.Codec)
	}
	l.acceptSession(now, res)
	l.out.forks = nil
	l.emit(telephony.Answered{Leg: l.id})
}

// refused takes a final response other than 2xx.
func (f *fork) refused(now time.Time, res *sip.Response) {
	l, code := f.l, res.StatusCode
	if l.phase == setup && !f.cancel && f.retry(now, res) {
		return
	}
	o := outcomeOf(code, f.rang)
	if code >= 600 && l.phase == setup { // the person, not the device, declines (RFC 3261 §16.7, item 5)
		f.done = true
		l.end(now, telephony.Ended{By: telephony.Remote, Cause: o.cause, Code: code, Reason: phrase(code)})
		for _, other := range l.out.forks {
			other.withdraw(now, "")
		}
	}
	f.lost(now, code, o)
}

// retry repeats the INVITE with what the response asked for.
func (f *fork) retry(now time.Time, res *sip.Response) bool {
	switch res.StatusCode {
	case 401, 407:
		f.extra = f.d.authorize(res, sip.INVITE, f.d.target)
		if f.extra == "" {
			f.l.w.ua.warn("trunk-auth", "call refused: the other side wants a password and refuses ours; check the trunk's username and password",
				"uri", f.uri, "call", f.l.call)
			return false
		}
	case 422: // RFC 4028 §7.4
		least := seconds(header(res, "Min-SE", ""))
		if least <= f.minSE || least > 86400 {
			return false
		}
		f.minSE = least
	default:
		return false
	}
	f.invite(now)
	return true
}

// unanswered: the INVITE could not be sent, or nobody answered.
func (f *fork) unanswered(_ *worker, now time.Time, tx *clientTx, err error) {
	if tx != f.tx {
		return
	}
	code := 408
	if err != nil {
		code = 503
	}
	f.lost(now, code, outcomeOf(code, f.rang))
}

// lost ends the fork; with the last one the leg ends, for the best reason any had.
func (f *fork) lost(now time.Time, code int, o outcome) {
	f.done = true
	l := f.l
	delete(l.w.dialogs, f.d.localTag)
	if l.phase != setup {
		return
	}
	if o.rank > l.out.best.rank {
		l.out.best, l.out.code = o, code
	}
	// The phone may have come back at another address meanwhile.
	if o.cause == telephony.Unreachable && l.out.trunk == nil && !l.out.looked && !f.rang {
		l.out.looked = true
		l.ringAll(now, l.w.ua.registrar.Bindings(l.out.to.To.Extension))
	}
	l.concluded(now)
}

// elsewhere is what phones that lost the race are told, so that they show no missed call (RFC 3326).
const elsewhere = `Reason: SIP;cause=200;text="Call completed elsewhere"` + "\r\n"

// withdraw cancels a fork: at once if the phone has answered anything, else
// when it does (RFC 3261 §9.1).
func (f *fork) withdraw(now time.Time, reason string) {
	if f.done || f.cancel {
		return
	}
	f.cancel, f.reason = true, reason
	if f.tx.State() == transaction.Proceeding {
		f.sendCancel(now)
	}
}

func (f *fork) sendCancel(now time.Time) {
	if !f.told {
		f.told = true
		f.l.w.cancel(now, f.tx, f.reason)
	}
}
