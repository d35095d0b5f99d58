package webhook

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	firstRetry = time.Second
	lastRetry  = time.Hour
	// giveUpAfter is how long a delivery is tried. It counts from its making,
	// so that a replay of something old has as long.
	giveUpAfter = 24 * time.Hour
)

// backoff gives the time to wait after so many failures in a row: one second,
// doubled each time up to an hour, and up to a quarter more or less by chance,
// so that those who failed together do not come back together.
func backoff(failures int) time.Duration {
	d := lastRetry
	if n := failures - 1; n < 12 { // 2^12 s is over an hour
		d = firstRetry << max(0, n)
	}
	return time.Duration(float64(d) * (0.75 + rand.Float64()/2))
}

// deadline is when a delivery that fails once more is given up.
func deadline(d store.Delivery) acd.Time { return d.Created.Add(giveUpAfter) }

// retryAt gives the time of the attempt after one that failed at now, not
// before the receiver wants it and the last one at the deadline; ok is false
// when there is none.
func retryAt(d store.Delivery, now, wanted acd.Time, failures int) (at acd.Time, ok bool) {
	end := deadline(d)
	if now >= end {
		return 0, false
	}
	return min(end, max(wanted, now.Add(backoff(failures)))), true
}

// notBefore gives the time a receiver that is overloaded asks to be left alone
// until (Retry-After: RFC 9110 §10.2.3, RFC 6585 §4), an hour from now at most; 0 = it does not.
func notBefore(answer *http.Response, now time.Time) acd.Time {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := answer.Header.Get("Retry-After")
	until, err := http.ParseTime(text)
	if seconds, bad := strconv.ParseUint(text, 10, 31); bad == nil {
		until, err = now.Add(time.Duration(seconds)*time.Second), nil
	}
	if err != nil || until.Before(now) {
		return 0
	}
	return min(acd.TimeOf(until), acd.TimeOf(now.Add(lastRetry)))
}
