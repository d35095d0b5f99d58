package sipua

import (
	"time"

	"holdline/internal/sipua/negotiate"
	"holdline/internal/telephony"
)

// replaceable is what became of looking for the leg that an INVITE is to replace.
type replaceable struct {
	leg     telephony.LegID
	refusal int // SIP status; 0 = it may be asked for
}

// replace takes an INVITE that is to take another call's place (RFC 3891 §3):
// a pickup. A phone may name any call of its organisation, whose tags only
// those who are party to it, or were told of it, can know; a trunk may not.
func (w *worker) replace(now time.Time, m *inbound, tx *serverTx, from party, key inviteKey, offer *negotiate.Session, values []string) {
	r, err := replaces{}, errReferReplaces
	if len(values) == 1 { // not more (RFC 3891 §3)
		r, err = readReplaces(values[0])
	}
	switch {
	case err != nil:
		w.respond(now, tx, reply{code: 400, reason: "Bad Replaces"})
		return
	case from.extension == 0:
		w.respond(now, tx, reply{code: 403, reason: "Replaces Is Not Taken From Trunks"})
		return
	}
	ask(w, now, w.ua.workerOf(r.callID), func(owner *worker) replaceable { return owner.replaceable(r, from.org) },
		func(now time.Time, found replaceable) {
			switch {
			case tx.req == nil: // cancelled meanwhile
			case found.refusal != 0:
				w.ua.log.Debug("pickup refused", "extension", from.extension, "replaces", values[0], "code", found.refusal)
				w.respond(now, tx, reply{code: found.refusal})
			default:
				w.welcome(now, m, tx, from, key, offer, found.leg)
			}
		})
}

// replaceable finds the leg of a dialog of this worker and whether it can be
// replaced. Another organisation's is not there at all.
func (w *worker) replaceable(r replaces, org int64) replaceable {
	d := w.named(r)
	if d == nil || d.leg.org != org {
		return replaceable{refusal: 481}
	}
	switch l := d.leg; {
	case l.phase == over:
		return replaceable{refusal: 603} // has just ended
	case l.phase == setup && l.incoming:
		return replaceable{refusal: 481} // an early dialog must be one that we began
	case l.phase == up && l.dialog != d:
		return replaceable{refusal: 481} // answered elsewhere
	case l.phase == up && r.early:
		return replaceable{refusal: 486}
	default:
		return replaceable{leg: l.id}
	}
}
