package sipua

import (
	"time"

	"holdline/internal/sipua/negotiate"
	"holdline/internal/telephony"
)

// refusalFor is the one table of how an incoming call is refused.
func refusalFor(cause telephony.Cause) reply {
	switch cause {
	case telephony.Busy:
		return reply{code: 486}
	case telephony.Rejected:
		return reply{code: 603}
	case telephony.NotFound:
		return reply{code: 404}
	case telephony.NotAcceptable:
		return reply{code: 488}
	case telephony.Forbidden:
		return reply{code: 403}
	case telephony.Overloaded, telephony.Shutdown:
		return reply{code: 503, extra: "Retry-After: " + itoa(retryAfter) + "\r\n"}
	case telephony.Failed, telephony.MediaLost, telephony.SessionExpired:
		return reply{code: 500}
	}
	return reply{code: 480} // NoAnswer, Unreachable, and what only ends answered calls
}

// outcome is what the final response of a called party means.
type outcome struct {
	cause telephony.Cause
	rank  int // the higher says more about the party; the best of a fork's wins
}

// outcomeOf is the one table of what final responses mean (contracts/engine.md,
// When an offer fails). rang: the phone had been alerting.
func outcomeOf(code int, rang bool) outcome {
	switch {
	case code == 486 || code == 600:
		return outcome{telephony.Busy, 6}
	case code == 408 && rang:
		return outcome{telephony.NoAnswer, 4}
	case code == 480 || code == 408 || code == 430 || code == 410 || code == 482 || code == 483 || code >= 500 && code < 600:
		return outcome{telephony.Unreachable, 1}
	case code == 404 || code == 484 || code == 604:
		return outcome{telephony.NotFound, 2}
	case code == 488 || code == 606 || code == 415:
		return outcome{telephony.NotAcceptable, 3}
	case code == 403 || code >= 600:
		return outcome{telephony.Rejected, 7}
	}
	return outcome{telephony.Rejected, 5}
}

// hangup ends the leg in whatever state it is.
func (l *leg) hangup(now time.Time, cause telephony.Cause) {
	switch {
	case l.phase == over:
		return
	case l.phase == up:
		l.hangBye(now, byeReason(cause))
		l.end(now, telephony.Ended{By: telephony.Local, Cause: cause})
	case l.incoming:
		l.reject(now, cause)
	default:
		l.withdraw(now, cause)
	}
}

// byeReason explains a BYE that is not an ordinary hang-up (RFC 3326).
func byeReason(cause telephony.Cause) string {
	switch cause {
	case telephony.Shutdown:
		return `Reason: SIP;cause=503;text="Server is stopping"` + "\r\n"
	case telephony.Overloaded:
		return `Reason: SIP;cause=503;text="Overloaded"` + "\r\n"
	case telephony.Failed:
		return `Reason: SIP;cause=500;text="Internal error"` + "\r\n"
	}
	return ""
}

// hangBye sends BYE now or, if the peer has not confirmed our 2xx, when it has
// (RFC 3261 §15: the callee may not send BYE before the ACK).
func (l *leg) hangBye(now time.Time, reason string) {
	if l.confirm.ok != nil {
		l.confirm.bye, l.confirm.reason = true, reason
		return
	}
	l.w.bye(now, l.dialog, reason)
}

// end sends Ended, once, and lets go of everything but signalling and
// recordings that are not finished.
func (l *leg) end(now time.Time, ev telephony.Ended) {
	if l.phase == over {
		return
	}
	l.phase = over
	w := l.w
	delete(w.legs, l.id)
	for kind := range l.timers {
		if timerKind(kind) != confirmTimer || l.confirm.ok == nil {
			l.disarm(timerKind(kind))
		}
	}
	l.leaveJoin()
	w.ua.shares.drop(l.id)
	w.ua.counters.legs.Add(-1)
	if l.incoming {
		w.ua.counters.calls.Add(-1)
		delete(w.invites, inviteKey{l.callID, l.dialog.remoteTag})
	}
	if l.stream != nil {
		if w.ua.debugging() {
			w.ua.closing.put(l.stream, l.logger())
		} else {
			w.ua.closing.put(l.stream, nil)
		}
	}
	// Transactions and repeated ACKs may hold the leg for another 32 s: only what they need stays.
	l.stream, l.sdp, l.codecs, l.share, l.playing, l.remote = nil, nil, nil, nil, nil, negotiate.Session{}
	if l.invite != nil && l.confirm.ok == nil {
		l.invite.leg = nil
	}
	ev.Leg = l.id
	if w.ua.debugging() {
		l.logger().Debug("leg ended", "by", ev.By, "cause", ev.Cause.String(), "code", ev.Code, "reason", ev.Reason)
	}
	l.conclude(now, ev)
}

// forget takes the leg's dialog out of the table: nothing of it is to be understood any more.
func (l *leg) forget() {
	if l.dialog != nil {
		delete(l.w.dialogs, l.dialog.localTag)
	}
}

// silent ends a leg whose phone sends no RTP. While it holds us that is no
// sign: many phones offer to send then, and have no music.
func (l *leg) silent(now time.Time) {
	if l.phase != up {
		return
	}
	if l.remote.Held() {
		l.mute = true
		return
	}
	l.logger().Warn("call ended: no RTP came from the phone; check its codecs, NAT (a=, c= address) and the firewall for our RTP ports",
		"peer", l.dialog.flow.String(), "rtp_address", l.remote.Addr.String(), "our_port", l.local.Port)
	l.hangBye(now, `Reason: SIP;cause=408;text="No RTP received"`+"\r\n")
	l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.MediaLost, Reason: "no RTP was received; check NAT and firewall"})
}
