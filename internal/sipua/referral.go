package sipua

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/telephony"
)

// referral is the subscription a REFER makes (RFC 3515 §2.4.4): NOTIFYs tell
// the phone how its transfer goes on. It may outlive the call, as most phones
// hang up once their REFER is accepted (RFC 5057 §5.1: each usage of a dialog
// ends by itself). There is one at a time for each leg.
type referral struct {
	w      *worker
	leg    telephony.LegID
	d      *dialog
	id     uint32 // CSeq of the REFER: the id parameter of Event (RFC 3515 §2.4.6)
	silent bool   // the phone wants no NOTIFYs (RFC 4488 §4)
	until  time.Time
	code   int       // the latest status told; 0 = not accepted yet
	tx     *clientTx // the latest NOTIFY
	timer  timer
}

// referralTime is how long a transfer may take until the phone is told that
// nobody knows what became of it.
const referralTime = 3 * time.Minute

func (w *worker) newReferral(l *leg, req *sip.Request) *referral {
	r := &referral{w: w, leg: l.id, d: l.dialog, id: req.CSeq().SeqNo, silent: lists(req, "Refer-Sub", "", "false")}
	r.timer.owner = r
	w.referrals[l.id] = r
	return r
}

// begin starts the subscription: the first NOTIFY follows the 202 at once (RFC 3515 §2.4.4).
func (r *referral) begin(now time.Time) {
	r.extend(now, referralTime)
	r.tell(now, 100)
}

func (r *referral) extend(now time.Time, d time.Duration) {
	r.until = now.Add(d)
	r.w.timers.arm(&r.timer, r.until)
}

// tick: the time is over and nobody has said how the transfer ended.
func (r *referral) tick(_ *worker, now time.Time, _ timerKind) { r.finish(now, "timeout") }

// progress tells a status of the transfer; from 200 on it is the last.
func (r *referral) progress(now time.Time, code int) {
	switch {
	case code < 100 || code > 699 || code == r.code:
	case code < 200:
		r.tell(now, code)
	default:
		r.code = code
		r.finish(now, "noresource")
	}
}

// tell sends a NOTIFY while the transfer goes on.
func (r *referral) tell(now time.Time, code int) {
	r.code = code
	r.notify(now, "active;expires="+itoa(int(r.until.Sub(now)/time.Second)))
}

// finish sends the last NOTIFY and ends the subscription.
func (r *referral) finish(now time.Time, reason string) {
	r.notify(now, "terminated;reason="+reason)
	r.w.forgetReferral(r)
}

func (r *referral) notify(now time.Time, state string) {
	if r.silent {
		return
	}
	q := r.d.next(sip.NOTIFY)
	q.contact = r.d.contact
	q.extra = "Event: refer;id=" + itoa(int(r.id)) + "\r\nSubscription-State: " + state + "\r\n"
	q.bodyType, q.body = "message/sipfrag;version=2.0", []byte("SIP/2.0 "+itoa(r.code)+" "+phrase(r.code)+"\r\n")
	r.tx = r.w.start(now, q, r.w.hop(now, r.d), r)
}

// answered implements clientUser: a phone that refuses a NOTIFY wants no more
// (RFC 6665 §4.2.2). One that was overtaken by the next is refused for that.
func (r *referral) answered(w *worker, _ time.Time, tx *clientTx, res *sip.Response) {
	if code := res.StatusCode; code == 481 || code >= 300 && tx == r.tx {
		w.forgetReferral(r)
	}
}

// unanswered implements clientUser: there is nobody to tell.
func (r *referral) unanswered(w *worker, _ time.Time, tx *clientTx, _ error) {
	if tx == r.tx {
		w.forgetReferral(r)
	}
}

func (w *worker) forgetReferral(r *referral) {
	w.timers.disarm(&r.timer)
	if w.referrals[r.leg] == r {
		delete(w.referrals, r.leg)
	}
}

// subscribe takes a SUBSCRIBE within a dialog: a phone may renew or end the
// subscription its REFER made (RFC 3515 §2.4.4), but begin no other.
func (l *leg) subscribe(now time.Time, tx *serverTx, req *sip.Request) {
	w := l.w
	r := w.referrals[l.id]
	if !isEvent(req, "refer") {
		w.respond(now, tx, reply{code: 489, extra: "Allow-Events: refer\r\n"})
		return
	}
	if r == nil || r.silent || r.code == 0 {
		w.respond(now, tx, reply{code: 481})
		return
	}
	secs := seconds(header(req, "Expires", ""))
	if secs < 0 || secs > int(referralTime/time.Second) {
		secs = int(referralTime / time.Second)
	}
	w.respond(now, tx, reply{code: 200, contact: r.d.contact, extra: "Expires: " + itoa(secs) + "\r\n"})
	if secs == 0 {
		r.finish(now, "timeout")
		return
	}
	r.extend(now, time.Duration(secs)*time.Second)
	r.tell(now, r.code)
}

func isEvent(req *sip.Request, want string) bool {
	value, _, _ := strings.Cut(header(req, "Event", "o"), ";")
	return strings.EqualFold(strings.TrimSpace(value), want)
}
