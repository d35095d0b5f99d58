package event

import (
	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// The values of CallStatus, named after what Asterisk's DIALSTATUS says.
const (
	calling     = "CALLING"
	answered    = "ANSWER"
	busy        = "BUSY"
	noAnswer    = "NOANSWER"
	cancelled   = "CANCEL"
	congestion  = "CONGESTION"
	unavailable = "CHANUNAVAIL"
)

// legStatuses say what the end of a leg that was never answered means; what is not here is congestion.
var legStatuses = map[string]string{
	telephony.Busy.String():        busy,
	telephony.Rejected.String():    busy,
	telephony.NoAnswer.String():    noAnswer,
	telephony.Normal.String():      cancelled,
	telephony.Cancelled.String():   cancelled,
	telephony.Elsewhere.String():   cancelled,
	telephony.Unreachable.String(): unavailable,
	telephony.NotFound.String():    unavailable,
}

// endStatus says how the attempt to reach somebody on a leg ended.
func (l *leg) endStatus() string {
	if l.Answered != 0 {
		return answered
	}
	status, known := legStatuses[l.Cause]
	switch {
	case !known:
		return congestion
	case status == cancelled && l.rangOut():
		return noAnswer
	}
	return status
}

// rangOut tells whether a leg was given up because nobody answered in time.
// Outside the queues the caller is told of it and nobody else is called.
func (l *leg) rangOut() bool {
	if l.In || l.By != telephony.Local.String() || l.Cause == telephony.Elsewhere.String() {
		return false
	}
	if l.Agent != 0 {
		return l.missed
	}
	if l.call.first.Ended != 0 {
		return l.call.first.Cause == telephony.NoAnswer.String()
	}
	return l.call.last == l.ID
}

// queueStatuses say what became of a queue's caller.
var queueStatuses = [...]string{
	acd.OutcomeAnswered:    answered,
	acd.OutcomeAbandoned:   cancelled,
	acd.OutcomeTimeout:     noAnswer,
	acd.OutcomeNoAgent:     unavailable,
	acd.OutcomeExitKey:     cancelled,
	acd.OutcomeTransferred: cancelled,
	acd.OutcomeFailed:      congestion,
}

func queueStatus(f *acd.Fact) string {
	if int(f.Outcome) < len(queueStatuses) && queueStatuses[f.Outcome] != "" {
		return queueStatuses[f.Outcome]
	}
	return congestion
}
