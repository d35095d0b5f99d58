package event_test

import (
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// A caller from outside waits in a queue, talks with its agent and hangs up.
func TestQueueCall(t *testing.T) {
	play(t, func(w *world) {
		w.subscribe(store.DialectVer1, "370", ver1...)
		w.subscribe(store.DialectVer1, "094", ver1...)
		w.subscribe(store.DialectUAPI, "370", uapi...)
		w.subscribe(store.DialectUAPI, "094", uapi...)
		caller := w.outside(did)
		agent := w.ringing("094")
		w.pass(7 * time.Second)
		agent.Answer()
		w.pass(30 * time.Second)
		caller.Hangup()
		w.golden("queue_call")
	})
}

// A phone calls a phone, which is busy, then does not answer, then does.
func TestPhoneCalls(t *testing.T) {
	play(t, func(w *world) {
		w.subscribe(store.DialectVer1, "095", ver1...)
		w.subscribe(store.DialectUAPI, "096", uapi...)
		w.dial("095", "096")
		w.ringing("096").Refuse(telephony.Busy)
		w.dial("095", "096")
		w.ringing("096").Ring()
		w.pass(2 * time.Minute)
		call := w.dial("095", "000*096")
		w.ringing("096").Answer()
		w.pass(5 * time.Second)
		call.Hangup()
		gone := w.dial("095", "096")
		w.ringing("096").Ring()
		w.pass(time.Second)
		gone.Hangup()
		w.golden("phone_calls")
	})
}

// A phone calls out, and a number that is nobody's.
func TestOutsideCalls(t *testing.T) {
	play(t, func(w *world) {
		w.subscribe(store.DialectVer1, "095", ver1...)
		other := w.sw.Outside(w.org, "+4940777", telsim.Manual)
		w.dial("095", "+4940777")
		call := <-other.Calls()
		call.Answer()
		w.pass(3 * time.Second)
		call.Hangup()
		w.dial("095", "9")
		w.golden("outside_calls")
	})
}

// An agent does not answer, the caller goes on to a queue whose remote agent
// answers, is recorded, and sends the caller on to a phone.
func TestFromQueueToQueueToPhone(t *testing.T) {
	play(t, func(w *world) {
		for _, of := range []string{"370", "371", "094", "096"} {
			w.subscribe(store.DialectVer1, of, ver1...)
		}
		w.queue("370", func(q *acd.Queue) { q.MaxWait, q.MaxWaitDst = 30*time.Second, "371" })
		caller := w.outside(did)
		w.ringing("094").Ring()
		w.pass(29 * time.Second) // rang for 20 s, rests
		w.pass(2 * time.Second)
		agent := w.ringing(remote)
		agent.Answer()
		w.pass(10 * time.Second)
		agent.Refer("096", "")
		w.ringing("096").Answer()
		w.pass(4 * time.Second)
		caller.Hangup()
		w.golden("queue_to_queue")
	})
}

// Agents come and go; who does so twice is told of once.
func TestAgentEvents(t *testing.T) {
	play(t, func(w *world) {
		for _, of := range []string{"094", remote} {
			w.subscribe(store.DialectVer1, of, store.EventAgentLogin, store.EventAgentLogout)
		}
		w.status("094", acd.LoggedOut, acd.SourceAPI)
		w.status("094", acd.LoggedOut, acd.SourceAPI)
		w.status("094", acd.Paused, acd.SourcePhone) // a break is logged in
		w.status("094", acd.Online, acd.SourcePhone)
		w.status(remote, acd.LoggedOut, acd.SourcePhone)
		w.status(remote, acd.Online, acd.SourceSystem)
		w.golden("agents")
	})
}

// What a crash cuts off has its hangup all the same.
func TestServerRestart(t *testing.T) {
	play(t, func(w *world) {
		w.subscribe(store.DialectVer1, "370", ver1...)
		w.subscribe(store.DialectUAPI, "094", uapi...)
		w.outside(did)
		w.ringing("094").Answer()
		w.pass(time.Second)
		w.outside(did)
		w.stop()
		w.start()
		w.golden("restart")
	})
}

// queue changes a queue's configuration while it runs.
func (w *world) queue(number string, change func(*acd.Queue)) {
	w.t.Helper()
	var q acd.Queue
	w.must(w.db.Update(w.ctx, func(tx store.Tx) (err error) {
		if q, err = tx.Queues.Get(w.ctx, w.org, acd.QueueID(w.extension[number])); err != nil {
			return err
		}
		change(&q)
		return tx.Queues.Put(w.ctx, w.org, q)
	}))
	_, err := w.host.Apply(w.ctx, w.org, acd.SetQueue{Queue: q})
	w.must(err)
}
