package sipua

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/telephony"
)

// session is a leg's session timer (RFC 4028): without a refresh in time the
// call is over, whatever became of the peer.
type session struct {
	interval time.Duration // 0 = none
	ours     bool          // we refresh
	last     bool          // a refresh was refused: the session ends when its time is over
	least    int           // seconds, from a 422
}

const minSE = int(MinSessionExpires / time.Second)

// sessionExpires reads a Session-Expires header; 0 if there is none.
func sessionExpires(msg interface{ Headers() []sip.Header }) (secs int, refresher string) {
	value, params, _ := strings.Cut(header(msg, "Session-Expires", "x"), ";")
	for p := range strings.SplitSeq(params, ";") {
		if name, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "refresher") {
			refresher = strings.ToLower(strings.TrimSpace(v))
		}
	}
	return max(0, seconds(value)), refresher
}

// sessionRefusal refuses a session that is too short for us (RFC 4028 §9); nil if it is not.
func sessionRefusal(req *sip.Request) *reply {
	secs, _ := sessionExpires(req)
	if secs == 0 || secs >= minSE || !lists(req, "Supported", "k", "timer") {
		return nil
	}
	return &reply{code: 422, extra: "Min-SE: " + itoa(minSE) + "\r\n"}
}

// negotiateSession settles the session timer as the answering side (RFC 4028
// §9) and gives the headers of the 2xx. The caller refreshes if it can.
func (l *leg) negotiateSession(req *sip.Request) string {
	asked, refresher := sessionExpires(req)
	secs := int(l.w.ua.cfg.SessionExpires / time.Second)
	switch {
	case secs <= 0 && asked == 0: // switched off, and the peer wants none
		l.session = session{}
		return ""
	case secs <= 0 || asked > 0 && asked < secs:
		secs = asked
	}
	secs = min(max(secs, minSE, seconds(header(req, "Min-SE", ""))), 86400)
	theirs := lists(req, "Supported", "k", "timer") && refresher != "uas"
	l.session = session{interval: time.Duration(secs) * time.Second, ours: !theirs}
	if theirs {
		return "Session-Expires: " + itoa(secs) + ";refresher=uac\r\nRequire: timer\r\n"
	}
	return "Session-Expires: " + itoa(secs) + ";refresher=uas\r\n"
}

// sessionRequest gives the headers of a request that asks for a session timer;
// none if timers are switched off and no 422 demanded one.
func sessionRequest(interval time.Duration, least int) string {
	if interval < 0 && least == 0 {
		return ""
	}
	least = max(least, minSE)
	return "Session-Expires: " + itoa(max(int(interval/time.Second), least)) + "\r\nMin-SE: " + itoa(least) + "\r\n"
}

// acceptSession takes what a 2xx to our request says (RFC 4028 §7.2). Without
// the header there is no session timer, unless we refresh one already.
func (l *leg) acceptSession(now time.Time, res *sip.Response) {
	if secs, refresher := sessionExpires(res); secs > 0 {
		l.session.interval = time.Duration(min(max(secs, minSE), 86400)) * time.Second
		l.session.ours = refresher != "uas"
	}
	l.session.last = false
	l.startSession(now)
}

// startSession begins the interval anew: half of it until our refresh, or all
// but the margin until the peer's is missed (RFC 4028 §10).
func (l *leg) startSession(now time.Time) {
	s := &l.session
	switch {
	case s.interval == 0:
		l.disarm(sessionTimer)
	case s.ours:
		l.arm(sessionTimer, now.Add(s.interval/2))
	default:
		l.arm(sessionTimer, now.Add(s.interval-margin(s.interval)))
	}
}

func margin(interval time.Duration) time.Duration { return min(32*time.Second, interval/3) }

// sessionDue is the time of a refresh, or the end.
func (l *leg) sessionDue(now time.Time) {
	if l.phase != up {
		return
	}
	if l.session.ours && !l.session.last {
		l.sendRefresh(now)
		return
	}
	l.expireSession(now, "the phone did not refresh the session (RFC 4028)")
}

func (l *leg) expireSession(now time.Time, why string) {
	l.logger().Info("call ended: "+why+"; check that the phone is still on the network", "peer", l.dialog.flow.String())
	l.hangBye(now, `Reason: SIP;cause=408;text="Session timer expired"`+"\r\n")
	l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.SessionExpired, Code: 408, Reason: why})
}

// sendRefresh refreshes the session: by UPDATE if the peer has it, else by a
// re-INVITE with what was agreed before.
func (l *leg) sendRefresh(now time.Time) {
	if l.phase != up || l.refresh != nil {
		return
	}
	if l.confirm.ok != nil { // their re-INVITE is not finished
		l.arm(retryTimer, now.Add(time.Second))
		return
	}
	l.offerNarrow()
	l.refreshBy(now, "")
}

func (l *leg) refreshBy(now time.Time, credentials string) {
	d := l.dialog
	method := sip.INVITE
	if d.updates && !l.toG711.asked {
		method = sip.UPDATE
	}
	r := d.next(method)
	r.contact = d.contact
	r.extra = acceptHeaders + credentials
	if l.session.interval > 0 {
		r.extra += "Session-Expires: " + itoa(int(l.session.interval/time.Second)) + ";refresher=uac\r\nMin-SE: " +
			itoa(max(l.session.least, minSE)) + "\r\n"
	}
	if method == sip.INVITE {
		r.bodyType, r.body = sdpType, l.sdp
	}
	l.refresh = l.w.start(now, r, l.w.hop(now, d), &refresher{l: l, cseq: r.cseq})
}

// refresher takes the answers to a refresh.
type refresher struct {
	l    *leg
	cseq uint32
	ack  []byte
}

func (r *refresher) answered(w *worker, now time.Time, tx *clientTx, res *sip.Response) {
	l := r.l
	invite, code := tx.key.method == sip.INVITE, res.StatusCode
	if code < 200 {
		return
	}
	if invite && code < 300 {
		if r.ack == nil {
			ack := l.dialog.next(sip.ACK)
			ack.cseq, ack.branch = r.cseq, w.branch()
			r.ack = append([]byte(nil), w.request(&ack, w.hop(now, l.dialog))...)
		}
		w.send(w.hop(now, l.dialog), r.ack, nil)
	}
	if l.refresh != tx {
		return
	}
	l.refresh = nil
	if l.phase != up {
		return
	}
	switch {
	case code < 300:
		l.refreshed(now, res)
	case code == 491: // glare: the owner of the Call-ID waits longer (RFC 3261 §14.1)
		l.arm(retryTimer, now.Add(l.w.glare(!l.incoming)))
	case code == 401 || code == 407:
		if proof := l.dialog.authorize(res, tx.key.method, tx.req.uri); proof != "" {
			l.refreshBy(now, proof)
			return
		}
		l.lastInterval(now)
	case code == 422:
		l.session.least = min(max(l.session.least+1, seconds(header(res, "Min-SE", ""))), 86400)
		l.session.interval = max(l.session.interval, time.Duration(l.session.least)*time.Second)
		l.refreshBy(now, "")
	case !invite && (code == 405 || code == 501):
		l.dialog.updates = false
		l.refreshBy(now, "")
	case code == 408 || code == 481:
		l.expireSession(now, "the phone does not know the call any more")
	case l.toG711.asked:
		l.stayWide()
	default:
		l.lastInterval(now)
	}
}

func (l *leg) refreshed(now time.Time, res *sip.Response) {
	l.dialog.learn(res)
	l.dialog.attempts = 0
	if len(res.Body()) > 0 && isType(res, sdpType) {
		if err := l.accept(res.Body()); err != nil {
			l.logger().Info("answer to a session refresh can not be used; media stays as it was", "error", err)
			l.stayWide()
		}
	}
	if l.toG711.asked {
		l.toG711.wanted, l.toG711.asked = false, false
	}
	l.acceptSession(now, res)
}

// lastInterval leaves a session that can not be refreshed to its end.
func (l *leg) lastInterval(now time.Time) {
	l.session.last = true
	l.arm(sessionTimer, now.Add(l.session.interval/2-margin(l.session.interval)))
}

func (r *refresher) unanswered(_ *worker, now time.Time, tx *clientTx, _ error) {
	if l := r.l; l.refresh == tx {
		l.refresh = nil
		if l.phase == up {
			l.expireSession(now, "the phone does not answer any more")
		}
	}
}

// glare gives how long to wait after a 491 (RFC 3261 §14.1).
func (w *worker) glare(owner bool) time.Duration {
	if owner {
		return 2100*time.Millisecond + time.Duration(w.rand.IntN(190))*10*time.Millisecond
	}
	return time.Duration(w.rand.IntN(200)) * 10 * time.Millisecond
}
