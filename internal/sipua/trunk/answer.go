package trunk

import (
	"time"

	"holdline/internal/sipua/digest"
)

// Timeout says that the request with this CSeq had no answer or could not be
// sent. Tick finds out by itself, later.
func (r *Registration) Timeout(now time.Time, cseq uint32) Step {
	if !r.waiting || cseq != r.cseq {
		return Step{}
	}
	r.code = 0
	return r.fail(now, 0, r.silent())
}

// Response takes the final answer to a request; one to an older request is passed over.
func (r *Registration) Response(now time.Time, a Reply) Step {
	if !r.waiting || a.CSeq != r.cseq || a.Code < 200 {
		return Step{}
	}
	r.code = a.Code
	switch {
	case a.Code == 401:
		return r.challenged(now, &r.auth[0], a)
	case a.Code == 407:
		return r.challenged(now, &r.auth[1], a)
	case r.stop: // gone, or nothing more that could be done about it
		return r.finish()
	case a.Code < 300:
		return r.granted(now, a)
	case a.Code == 423:
		return r.tooBrief(now, a)
	case a.Code == 403 || a.Code == 404:
		// Only people can change this; asking often could get our address banned.
		return r.fail(now, backoffCeiling, r.refused(a))
	}
	return r.fail(now, time.Duration(a.RetryAfter)*time.Second, r.refused(a))
}

// challenged answers a challenge. The password is wrong if an answer to a
// challenge of this very attempt is refused; before that only the nonce of an
// earlier attempt has grown old, whether the provider says stale=true or not.
func (r *Registration) challenged(now time.Time, a *authentication, reply Reply) Step {
	refused := a.rounds > 0 && !digest.WantsRetry(reply.Challenges)
	a.rounds++
	switch {
	case r.trunk.Username == "":
		return r.fail(now, backoffCeiling, r.nameless())
	case refused || a.rounds > maxRounds:
		a.challenges = nil
		return r.fail(now, backoffCeiling, r.wrongPassword())
	}
	if digest.Nonce(reply.Challenges) != digest.Nonce(a.challenges) {
		a.used = 0
	}
	a.challenges = reply.Challenges
	if len(a.challenges) == 0 {
		return r.fail(now, backoffCeiling, r.unanswerable(digest.ErrNoChallenge))
	}
	return r.send(now)
}

// granted takes a registration and plans its refresh: at three quarters to
// nine tenths of the grant, and early enough for a transaction to time out.
func (r *Registration) granted(now time.Time, a Reply) Step {
	seconds := a.Expires
	if seconds < 0 {
		seconds = r.expires
	}
	if seconds == 0 {
		return r.fail(now, 0, r.ungranted())
	}
	grant := time.Duration(min(seconds, longestExpires)) * time.Second
	refresh := time.Duration(float64(grant) * (0.75 + 0.15*r.random.Float64()))
	if grant > 4*answerTime {
		refresh = min(refresh, grant-answerTime)
	}
	first := !now.Before(r.until) || r.message != ""
	r.waiting, r.failures, r.message = false, 0, ""
	r.until, r.deadline = now.Add(grant), now.Add(refresh)
	if !first {
		return Step{}
	}
	return Step{Notice: Notice{Text: r.registered(grant)}}
}

// tooBrief asks again for as long as the provider wants it, once.
func (r *Registration) tooBrief(now time.Time, a Reply) Step {
	if r.briefed || a.MinExpires <= r.expires || a.MinExpires > longestExpires {
		return r.fail(now, 0, r.refused(a))
	}
	r.briefed, r.expires = true, a.MinExpires
	return r.send(now)
}

// fail plans the next attempt, at least floor from now. While the last grant
// lasts, attempts continue and calls still come in.
func (r *Registration) fail(now time.Time, floor time.Duration, message string) Step {
	if r.stop {
		return r.finish()
	}
	r.failures++
	r.waiting = false
	wait := backoffCeiling
	if r.failures < 5 { // 30 s * 2^5 is above the ceiling
		wait = min(wait, backoffBase<<r.failures)
	}
	wait = wait/2 + time.Duration(r.random.Int64N(int64(wait/2)+1))
	r.deadline = now.Add(min(max(wait, floor), longestWait))
	if message == r.message {
		return Step{}
	}
	r.message = message
	return Step{Notice: Notice{Text: message, Problem: true}}
}
