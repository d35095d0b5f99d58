package sipua

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/telephony"
)

// transfer is what a REFER asks for.
type transfer struct {
	target   string   // number as dialled; may be empty if replaces names a dialog
	replaces replaces // zero = none
}

// replaces names a dialog (RFC 3891 §6.1), as whoever is to receive the
// INVITE with it knows it: toTag is that side's own.
type replaces struct {
	callID, toTag, fromTag string
	early                  bool // only a dialog that is not answered yet
}

var (
	errReferTo       = errors.New("bad Refer-To")
	errReferScheme   = errors.New("unsupported URI in Refer-To")
	errReferMethod   = errors.New("only INVITE can be referred to")
	errReferReplaces = errors.New("bad Replaces in Refer-To")
)

// readReferTo reads the value of a Refer-To header (RFC 3515 §2.1).
func readReferTo(value string) (transfer, error) {
	var uri sip.Uri
	if _, err := sip.ParseAddressValue(value, &uri, nil); err != nil || uri.Wildcard {
		return transfer{}, errReferTo
	}
	if uri.Scheme != "sip" && uri.Scheme != "sips" && uri.Scheme != "tel" {
		return transfer{}, errReferScheme
	}
	if method := param(uri.UriParams, "method"); method != "" && !strings.EqualFold(method, "INVITE") {
		return transfer{}, errReferMethod
	}
	t := transfer{target: dialled(&uri)}
	if header := param(uri.Headers, "Replaces"); header != "" {
		raw, err := url.PathUnescape(header)
		if err != nil {
			return transfer{}, errReferReplaces
		}
		if t.replaces, err = readReplaces(raw); err != nil {
			return transfer{}, err
		}
	}
	t.replaces.early = false // of no account: the phone that asks is party to the call
	if t.target == "" && t.replaces == (replaces{}) || strings.ContainsFunc(t.target, control) {
		return transfer{}, errReferTo
	}
	return t, nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// readReplaces reads the value of a Replaces header.
func readReplaces(value string) (replaces, error) {
	id, params, _ := strings.Cut(value, ";")
	r := replaces{callID: strings.TrimSpace(id)}
	for p := range strings.SplitSeq(params, ";") {
		name, v, _ := strings.Cut(p, "=")
		switch v = strings.TrimSpace(v); strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			r.toTag = v
		case "from-tag":
			r.fromTag = v
		case "early-only":
			r.early = true
		}
	}
	if r.callID == "" || r.toTag == "" || r.fromTag == "" {
		return replaces{}, errReferReplaces
	}
	return r, nil
}

// referRefusal gives the answer to a REFER that can not be carried out.
func referRefusal(err error) reply {
	switch {
	case errors.Is(err, errReferScheme):
		return reply{code: 416, reason: err.Error()}
	case errors.Is(err, errReferMethod):
		return reply{code: 603, reason: err.Error()}
	}
	return reply{code: 400, reason: err.Error()}
}

// refer takes a REFER (RFC 3515 §2.4.2). Phones of ours may transfer their
// calls; a trunk may not, as it would dial at the organisation's expense.
func (l *leg) refer(now time.Time, tx *serverTx, req *sip.Request) {
	w := l.w
	if l.extension == 0 {
		w.respond(now, tx, reply{code: 603, reason: "Transfers Are Not Taken From Trunks"})
		return
	}
	if l.phase != up || w.referrals[l.id] != nil { // not answered, or another transfer is under way
		w.respond(now, tx, reply{code: 491})
		return
	}
	referTo := append(values(req, "Refer-To"), values(req, "r")...)
	t, err := transfer{}, errReferTo
	if len(referTo) == 1 { // not more (RFC 3515 §2.4.2)
		t, err = readReferTo(referTo[0])
	}
	if err != nil {
		l.logger().Info("transfer refused: the phone's REFER can not be read", "refer_to", strings.Join(referTo, ", "), "error", err)
		w.respond(now, tx, referRefusal(err))
		return
	}
	r := w.newReferral(l, req)
	if t.replaces == (replaces{}) {
		l.referred(now, tx, r, telephony.Referred{Leg: l.id, Target: t.target})
		return
	}
	w.find(now, t.replaces, l.org, l.extension, func(now time.Time, other telephony.LegID) {
		if other == "" || other == l.id || l.phase != up {
			w.forgetReferral(r)
			w.respond(now, tx, reply{code: 481, reason: "Replaces Names No Call of This Phone"})
			return
		}
		l.referred(now, tx, r, telephony.Referred{Leg: l.id, Target: t.target, Replaces: other})
	})
}

// referred accepts a REFER, and tells.
func (l *leg) referred(now time.Time, tx *serverTx, r *referral, ev telephony.Referred) {
	extra := acceptHeaders
	if r.silent {
		extra += "Refer-Sub: false\r\n"
	}
	l.w.respond(now, tx, reply{code: 202, contact: l.dialog.contact, extra: extra})
	r.begin(now)
	if l.w.ua.debugging() {
		l.logger().Debug("transfer asked for", "target", ev.Target, "replaces", string(ev.Replaces))
	}
	l.emit(ev)
}

// find looks for the leg whose dialog a Replaces names, on the worker that
// has it, and calls then on this one: with "" if there is none. It has to be
// a call of the same phone: who transfers joins calls of its own. One that the
// phone has placed may still be ringing.
func (w *worker) find(now time.Time, r replaces, org, extension int64, then func(time.Time, telephony.LegID)) {
	ask(w, now, w.ua.workerOf(r.callID), func(owner *worker) telephony.LegID {
		if d := owner.named(r); d != nil {
			if l := d.leg; l.dialog == d && l.phase != over && l.org == org && l.extension == extension {
				return l.id
			}
		}
		return ""
	}, then)
}

// ask has another worker, or this one, find something out and calls then on this one.
func ask[T any](w *worker, now time.Time, owner *worker, what func(owner *worker) T, then func(time.Time, T)) {
	if owner == w {
		then(now, what(w))
		return
	}
	owner.post(taskFunc(func(owner *worker, _ time.Time) {
		answer := what(owner)
		w.post(taskFunc(func(_ *worker, now time.Time) { then(now, answer) }))
	}))
}

// named gives a dialog of this worker, nil if there is none. Tags are taken in
// either order: some phones write the tags as they see them.
func (w *worker) named(r replaces) *dialog {
	for _, own := range [][2]string{{r.toTag, r.fromTag}, {r.fromTag, r.toTag}} {
		if d := w.dialogs[own[0]]; d != nil && d.callID == r.callID && (d.remoteTag == own[1] || d.earlyTag == own[1]) {
			return d
		}
	}
	return nil
}
