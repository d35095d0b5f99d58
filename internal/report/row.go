package report

import (
	"time"

	"holdline/internal/acd"
)

// ShortAbandon is the wait below which an abandoned call counts as short: the
// caller had hardly listened (contracts/engine.md, Statistics).
const ShortAbandon = 5 * time.Second

// Row is the statistics of one queue, or of one agent, in one stretch of time.
//
// Calls belong to the stretch in which they joined the queue, or were offered
// to the agent, whenever they end: so Offered is the sum of what became of
// them, and the service level is about the callers of that stretch. Times of
// agents (LoggedIn, Paused, Busy) and who waits (MostWaiting, WaitingTime)
// belong to the stretch in which they passed.
type Row struct {
	Start, End acd.Time
	Queue      acd.QueueID   // 0 in rows of agents
	Agent      acd.AgentID   // 0 in rows of queues; both are in totals
	Passed     time.Duration // of the stretch by now

	Offered   int // calls that joined the queue; offers made to the agent
	Answered  int
	Abandoned int // of an agent: callers who gave up while it rang
	Short     int // of Abandoned: waited less than ShortAbandon
	Missed    int // offers that rang out
	Refused   int // offers that were rejected, or met a busy or unreachable phone
	// Why else callers left a queue.
	Timeout, NoAgent, ExitKey, Transferred, Failed int
	Waiting                                        int // not answered and not gone yet

	AnsweredInTime  int           // within the threshold
	AbandonedInTime int           // within the threshold
	Waits           int           // callers whose wait is known: all but those waiting, and those a restart cut off
	Wait            time.Duration // of all these together
	AnswerWait      time.Duration // of those answered
	LongestWait     time.Duration

	Handled int           // talks that are over
	Talk    time.Duration // of these calls, without Hold
	Hold    time.Duration
	WrapUp  time.Duration

	LoggedIn time.Duration // of an agent; of a queue the sum over its agents
	Paused   time.Duration // of LoggedIn
	Busy     time.Duration // talking, holding or wrapping up during this stretch

	// Callers waiting in the queue, whenever they joined: the most at once, and
	// the time of all of them together.
	MostWaiting int
	WaitingTime time.Duration

	Ratings   int // calls rated by their caller
	RatingSum int
}

// MeanWait is the mean wait of all callers, however it ended.
func (r *Row) MeanWait() time.Duration { return mean(r.Wait, r.Waits) }

// ASA is the average speed of answer: the mean wait of those answered.
func (r *Row) ASA() time.Duration { return mean(r.AnswerWait, r.Answered) }

// AHT is the average handle time: talk, hold and wrap-up of a call.
func (r *Row) AHT() time.Duration { return mean(r.Talk+r.Hold+r.WrapUp, r.Handled) }

// MeanWaiting is the mean number of callers who waited at once.
func (r *Row) MeanWaiting() float64 {
	if r.Passed <= 0 {
		return 0
	}
	return float64(r.WaitingTime) / float64(r.Passed)
}

// Occupancy is how much of the time in which agents were there for calls they
// were busy with them, 0…1; ok is false when nobody was there. Calls that go
// on into a pause keep it from being more than 1.
func (r *Row) Occupancy() (share float64, ok bool) {
	there := r.LoggedIn - r.Paused
	if there <= 0 {
		return 0, false
	}
	return min(1, float64(r.Busy)/float64(there)), true
}

// ServiceLevel is the share of the answered calls that were answered within
// the threshold; ok is false when none was answered.
func (r *Row) ServiceLevel() (share float64, ok bool) { return ratio(r.AnsweredInTime, r.Answered) }

// ServiceLevelAll counts those who gave up, too: answered or abandoned within
// the threshold, of all answered and abandoned.
func (r *Row) ServiceLevelAll() (share float64, ok bool) {
	return ratio(r.AnsweredInTime+r.AbandonedInTime, r.Answered+r.Abandoned)
}

// Rating is the mean of the callers' ratings; ok is false when there is none.
func (r *Row) Rating() (key float64, ok bool) { return ratio(r.RatingSum, r.Ratings) }

func mean(sum time.Duration, n int) time.Duration {
	if n == 0 {
		return 0
	}
	return sum / time.Duration(n)
}

func ratio(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// addWait books a caller's wait.
func (r *Row) addWait(d time.Duration) {
	r.Waits++
	r.Wait += d
	r.LongestWait = max(r.LongestWait, d)
}

// Add sums another row up into this one; the identity of r stays. MostWaiting
// is then the larger of the two, which of two queues is not that of both.
func (r *Row) Add(o *Row) {
	r.Offered += o.Offered
	r.Answered += o.Answered
	r.Abandoned += o.Abandoned
	r.Short += o.Short
	r.Missed += o.Missed
	r.Refused += o.Refused
	r.Timeout += o.Timeout
	r.NoAgent += o.NoAgent
	r.ExitKey += o.ExitKey
	r.Transferred += o.Transferred
	r.Failed += o.Failed
	r.Waiting += o.Waiting
	r.AnsweredInTime += o.AnsweredInTime
	r.AbandonedInTime += o.AbandonedInTime
	r.Waits += o.Waits
	r.Wait += o.Wait
	r.AnswerWait += o.AnswerWait
	r.LongestWait = max(r.LongestWait, o.LongestWait)
	r.Handled += o.Handled
	r.Talk += o.Talk
	r.Hold += o.Hold
	r.WrapUp += o.WrapUp
	r.LoggedIn += o.LoggedIn
	r.Paused += o.Paused
	r.Busy += o.Busy
	r.MostWaiting = max(r.MostWaiting, o.MostWaiting)
	r.WaitingTime += o.WaitingTime
	r.Ratings += o.Ratings
	r.RatingSum += o.RatingSum
}

// Sum gives one row for each start among rows, which are sorted by it.
func Sum(rows []Row) []Row {
	var out []Row
	for i := range rows {
		r := &rows[i]
		if len(out) == 0 || out[len(out)-1].Start != r.Start {
			out = append(out, Row{Start: r.Start, End: r.End, Passed: r.Passed})
		}
		out[len(out)-1].Add(r)
	}
	return out
}
