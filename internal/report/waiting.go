package report

import (
	"time"

	"holdline/internal/acd"
)

// crowd is how many callers wait, in a queue or in all that the total is over.
// A number counts from the moment on in which it is reached, so who is
// answered in the moment of joining has not waited with anybody.
type crowd struct {
	n     int
	since acd.Time // the stretches know of it up to here
}

// change books what was and notes that n callers more wait from a moment on.
func (f *Fold) change(queue acd.QueueID, at acd.Time, n int) {
	f.waiting += n
	f.turn(queue, at, n)
	if queue != 0 && f.counted(queue) {
		f.turn(0, at, n)
	}
}

func (f *Fold) turn(queue acd.QueueID, at acd.Time, n int) {
	c := f.crowds[queue]
	if c == nil {
		c = &crowd{}
		f.crowds[queue] = c
	}
	f.bookCrowd(queue, c, at)
	c.n += n
}

func (f *Fold) bookCrowd(queue acd.QueueID, c *crowd, until acd.Time) {
	if c.n > 0 {
		f.times.each(c.since, until, func(stretch int, part time.Duration) {
			r := f.row(queue, 0, stretch)
			r.MostWaiting = max(r.MostWaiting, c.n)
			r.WaitingTime += time.Duration(c.n) * part
		})
	}
	c.since = max(c.since, until)
}

// waits begins a call's wait.
func (f *Fold) waits(c *call, at acd.Time) {
	if at < f.o.End {
		c.waits = true
		f.change(c.queue, at, 1)
	}
}

// waited ends it. What a restart closes ended with the last sign of life
// before it: nobody listened to music while the server was down.
func (f *Fold) waited(c *call, x acd.Fact) {
	if !c.waits {
		return
	}
	c.waits = false
	at := x.At
	if x.Cause == acd.CauseRestart {
		at = f.lived
	}
	f.change(c.queue, at, -1)
}
