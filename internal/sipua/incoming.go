package sipua

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/media"
	"holdline/internal/sipua/negotiate"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// party is who an incoming call is from.
type party struct {
	org       int64
	extension int64
	trunk     *store.Trunk
	from      telephony.Party
	called    string // through a trunk: whom the call is for
}

// takeInvite takes a new call. Nothing is kept of it before the caller is known.
func (w *worker) takeInvite(now time.Time, m *inbound) {
	req := m.req
	key := inviteKey{string(*req.CallID()), tagOf(req.From().Params)}
	if other := w.invites[key]; other != nil {
		if other.dialog.remoteSeq == req.CSeq().SeqNo { // forked on its way to us (RFC 3261 §8.2.2.2)
			w.refuse(m, reply{code: 482, reason: "Merged Request"})
			return
		}
		w.refuse(m, reply{code: 500, extra: "Retry-After: 1\r\n"})
		return
	}
	if why := w.ua.full(); why != "" {
		w.ua.counters.refused.Add(1)
		w.refuse(m, reply{code: 503, reason: why, extra: "Retry-After: " + itoa(retryAfter) + "\r\n"})
		return
	}
	from, ok := w.identify(now, m)
	if !ok {
		return
	}
	offer, refusal := readOffer(req)
	if refusal != nil {
		w.ua.warn("offer", "call refused: its session description can not be used; enable G.711 on the device", "from", m.flow.String(),
			"code", refusal.code, "why", strings.TrimSpace(refusal.extra))
		w.respond(now, w.newServer(m), *refusal)
		return
	}
	if session := sessionRefusal(req); session != nil {
		w.respond(now, w.newServer(m), *session)
		return
	}
	tx := w.newServer(m)
	tx.tag = w.token()
	w.respond(now, tx, reply{code: 100})
	if value := values(req, "Replaces"); len(value) > 0 {
		w.replace(now, m, tx, from, key, offer, value)
		return
	}
	w.welcome(now, m, tx, from, key, offer, "")
}

// welcome makes the leg and asks what to do with the call, which may be to take another leg's place.
func (w *worker) welcome(now time.Time, m *inbound, tx *serverTx, from party, key inviteKey, offer *negotiate.Session, instead telephony.LegID) {
	req := m.req
	l := w.newLeg(telephony.LegID(w.ownID()), from.org)
	l.incoming, l.callID, l.invite, l.call, l.extension = true, key.callID, tx, string(l.id), from.extension
	l.share = &share{hops: hops(req)}
	if offer != nil {
		l.offered, l.remote = true, *offer
		for _, f := range offer.Formats {
			l.share.offered = append(l.share.offered, f.Codec)
		}
	}
	l.dialog = w.uasDialog(m, tx.tag)
	l.dialog.leg, l.dialog.trunk = l, from.trunk
	tx.leg = l
	w.dialogs[tx.tag], w.invites[key] = l.dialog, l
	w.ua.shares.put(l.id, l.share)
	w.ua.counters.incoming.Add(1)
	w.ua.counters.calls.Add(1)
	ev := telephony.Incoming{Leg: l.id, From: from.from, Dialled: cmp.Or(from.called, dialled(&req.Recipient)), Extension: from.extension, SIPCallID: l.callID, Replaces: instead}
	if from.trunk != nil {
		ev.Trunk = from.trunk.ID
	}
	if w.ua.debugging() {
		l.logger().Debug("incoming call", "from", ev.From.Number, "dialled", ev.Dialled, "peer", m.flow.String())
	}
	l.emit(ev)
}

// identify says who calls: a phone that proves it, or a trunk by its address (see trunkCall).
// A From that is one of our phones is always asked for its password, whatever
// address it comes from.
func (w *worker) identify(now time.Time, m *inbound) (party, bool) {
	from := m.req.From()
	if _, _, phone := w.ua.cfg.Directory.PhoneAccount(unescape(from.Address.User), from.Address.Host); phone {
		a, ok := w.authenticate(now, m, from.Address.User, from.Address.Host)
		if !ok {
			return party{}, false
		}
		p := party{org: a.org.ID, extension: a.extension.ID, from: telephony.Party{Number: a.number()}}
		if a.extension.CallerIDName != nil {
			p.from.Name = *a.extension.CallerIDName
		}
		return p, true
	}
	switch p, known, ok := w.trunkCall(now, m); {
	case ok:
		return p, true
	case known:
		w.refuse(m, reply{code: 404})
		return party{}, false
	}
	if w.ua.admit(m.flow, now) {
		w.ua.warn("stranger", "call from a stranger refused: it is neither a phone of ours nor a trunk's address; if it is a trunk, add the address to it",
			"from", from.Address.User, "address", m.flow.String())
		w.ua.guard.Failed(m.flow.Remote.Addr(), now)
		w.refuse(m, reply{code: 403})
	}
	return party{}, false
}

// asserted gives the caller a trunk vouches for (RFC 3325), else its From.
func asserted(req *sip.Request) telephony.Party {
	from := req.From()
	name, uri := from.DisplayName, from.Address
	if pai := header(req, "P-Asserted-Identity", ""); pai != "" {
		var u sip.Uri
		if n, err := sip.ParseAddressValue(pai, &u, nil); err == nil {
			name, uri = n, u
		}
	}
	return telephony.Party{Number: caption(dialled(&uri)), Name: caption(strings.ReplaceAll(name, `\`, ""))}
}

// maxCaption is the longest number or name of a caller, in characters: phones
// show far less, and what strangers send goes into every list and every event.
const maxCaption = 128

// caption gives what a stranger sends as a text for people: without what
// cannot be printed, and without what turns round the text beside it (UAX #9).
func caption(s string) string {
	n := 0
	s = strings.Map(func(c rune) rune {
		if n == maxCaption || c == utf8.RuneError || unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		n++
		return c
	}, s)
	return strings.TrimSpace(s)
}

// dialled gives the number in a URI: the user part without parameters, or that of a tel URI.
func dialled(uri *sip.Uri) string {
	user := uri.User
	if user == "" {
		user = uri.Raw()
	}
	user, _, _ = strings.Cut(user, ";")
	return unescape(user)
}

// readOffer reads the offer of an INVITE; nil without error if it has none.
func readOffer(req *sip.Request) (*negotiate.Session, *reply) {
	if wrong := wrongType(req); wrong != nil {
		return nil, wrong
	}
	if len(req.Body()) == 0 {
		return nil, nil
	}
	s, err := negotiate.Parse(req.Body())
	if err == nil && s.Refused {
		err = negotiate.ErrNotAcceptable
	}
	if err != nil {
		r := sdpRefusal(err)
		return nil, &r
	}
	return &s, nil
}

func isType(msg interface{ Headers() []sip.Header }, want string) bool {
	value, _, _ := strings.Cut(header(msg, "Content-Type", "c"), ";")
	return strings.EqualFold(strings.TrimSpace(value), want)
}

// answer carries a verdict out. One that comes late, for a leg already answered, is dropped.
func (l *leg) answer(now time.Time, v telephony.Verdict) {
	if !l.incoming || l.phase != setup {
		return
	}
	switch v.Disposition {
	case telephony.Ring:
		l.provisional(now, reply{code: 180, contact: l.dialog.contact})
	case telephony.Early:
		l.early(now)
	case telephony.Accept:
		l.pickUp(now)
	case telephony.Drop:
		l.vanish(now)
	default:
		l.reject(now, v.Cause)
	}
}

// provisional sends an 18x, and again every minute.
func (l *leg) provisional(now time.Time, r reply) {
	if l.phase != setup {
		return
	}
	l.ringing = r
	l.w.respond(now, l.invite, r)
	l.arm(ringTimer, now.Add(ringEvery))
}

// early answers 183 with media. Without an offer there is nothing to send media to yet.
func (l *leg) early(now time.Time) {
	if !l.offered {
		l.provisional(now, reply{code: 180, contact: l.dialog.contact})
		return
	}
	if l.sdp == nil && !l.settleOffer(now) {
		return
	}
	l.provisional(now, reply{code: 183, contact: l.dialog.contact, body: l.sdp})
}

// settleOffer answers the offer of the INVITE into l.sdp; if that fails the call is refused.
func (l *leg) settleOffer(now time.Time) bool {
	err := l.agree(l.remote, l.dialog.flow)
	if err == nil {
		return true
	}
	l.impossible(now, err)
	return false
}

// impossible refuses a call that we wanted to take, for want of media.
func (l *leg) impossible(now time.Time, err error) {
	r := sdpRefusal(err)
	l.w.respond(now, l.invite, r)
	cause := telephony.NotAcceptable
	if r.code >= 500 {
		cause = telephony.Overloaded
	}
	l.forget()
	l.end(now, telephony.Ended{By: telephony.Network, Cause: cause, Code: r.code, Reason: err.Error()})
}

// pickUp answers 200. With a late offer, ours goes out and the ACK brings the answer.
func (l *leg) pickUp(now time.Time) {
	d := l.dialog
	if l.offered {
		if l.sdp == nil && !l.settleOffer(now) {
			return
		}
	} else {
		if err := l.openMedia(nil); err != nil {
			l.impossible(now, err)
			return
		}
		codecs := []media.Codec{media.PCMA, media.PCMU}
		if _, prefer, _ := l.share.state(); prefer != 0 {
			codecs = offers(l.share, false)
		}
		l.offer(codecs, d.flow)
	}
	r := reply{code: 200, contact: d.contact, body: l.sdp, extra: acceptHeaders + l.negotiateSession(l.invite.req)}
	l.phase = up
	l.disarm(ringTimer)
	cseq := l.invite.req.CSeq().SeqNo
	ok := l.w.respond(now, l.invite, r)
	l.await(now, ok, d.flow, cseq, !l.offered)
	l.startSession(now)
}

const acceptHeaders = "Allow: " + allow + "\r\nSupported: replaces, timer, norefersub\r\n"

// vanish ends a call without a word: to scanners, an answer is encouragement.
func (l *leg) vanish(now time.Time) {
	l.invite.Absorb(now)
	l.w.serverDid(now, l.invite, 0)
	l.invite.req = nil
	l.forget()
	l.end(now, telephony.Ended{By: telephony.Local, Cause: telephony.Rejected, Reason: "dropped without an answer"})
}

// reject gives the final refusal of a call that is not answered yet.
func (l *leg) reject(now time.Time, cause telephony.Cause) {
	r := refusalFor(cause)
	l.w.respond(now, l.invite, r)
	l.forget()
	l.end(now, telephony.Ended{By: telephony.Local, Cause: cause, Code: r.code, Reason: phrase(r.code)})
}

// cancelled: the caller gave up (RFC 3261 §9.2).
func (l *leg) cancelled(now time.Time, tx *serverTx) {
	if tx != l.invite || l.phase != setup {
		return
	}
	l.w.respond(now, tx, reply{code: 487})
	l.forget()
	l.end(now, telephony.Ended{By: telephony.Remote, Cause: telephony.Cancelled, Code: 487, Reason: "the caller gave up"})
}
