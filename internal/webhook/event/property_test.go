package event_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
	"holdline/internal/webhook/event"
)

// TestCallersInQueueAreDialInsWithoutHangups: whoever counts a queue's
// dial-in and hangup events of flow in always knows how many callers it has,
// whatever callers, agents and crashes do (contracts/ringme.md, Extension events).
func TestCallersInQueueAreDialInsWithoutHangups(t *testing.T) {
	seeds := slices.Collect(maps.Keys(transferred))
	for seed := range uint64(16) {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, func(w *world) {
				w.queue("370", func(q *acd.Queue) { q.MaxWait, q.MaxWaitDst = 40*time.Second, "371" })
				w.subscribe(store.DialectVer1, "370", ver1...)
				w.subscribe(store.DialectVer1, "371", ver1...)
				w.subscribe(store.DialectUAPI, "094", uapi...)
				d := newDrama(w, seed)
				d.exact = transferred[seed]
				d.run(100)
			})
		})
	}
}

// transferred are seeds of stories in which the receiver begins anew between a
// transfer and the end of a leg that was in it: also Transfered is right.
var transferred = map[uint64]bool{19: true, 82: true, 108: true, 110: true}

// drama is a random story and a receiver who counts.
type drama struct {
	*world
	rand     *rand.Rand
	up       []*telsim.Call
	receiver *event.Projector
	read     uint64           // number of the last fact told
	callers  map[string]int   // counted, by the queue's number
	out      map[string]int   // agents' calls under way, likewise
	told     []store.Delivery // all, as they came
	exact    bool             // Transfered is compared, too
}

func newDrama(w *world, seed uint64) *drama {
	return &drama{world: w, rand: rand.New(rand.NewPCG(seed, 0)), receiver: event.New(w.dir), callers: map[string]int{}, out: map[string]int{}}
}

func (d *drama) run(steps int) {
	for range steps {
		d.act()
		if d.rand.IntN(3) == 0 {
			d.pass(time.Duration(d.rand.IntN(15)) * time.Second)
		}
		d.collect()
		d.compare()
	}
	for _, c := range d.up {
		c.Hangup()
	}
	d.pass(3 * time.Minute)
	d.collect()
	d.compare()
	for queue, n := range d.callers {
		if n != 0 || d.out[queue] != 0 {
			d.t.Errorf("at the end %d callers and %d calls to agents are left in queue %s", n, d.out[queue], queue)
		}
	}
	whole := d.world.told()
	if len(whole) != len(d.told) {
		d.t.Fatalf("%d deliveries were told step by step, %d at once", len(d.told), len(whole))
	}
	for i, one := range whole {
		if got := d.told[i]; got != one && (d.exact || !same(got, one)) {
			d.t.Errorf("step by step:\n%+v\nat once:\n%+v", got, one)
		}
	}
}

// same compares two deliveries but for Transfered, which a restart between
// transfer and hangup may forget (see Project).
func same(a, b store.Delivery) bool {
	forget := strings.NewReplacer("&Transfered=yes", "", "&Transfered=no", "")
	a.Form, b.Form = forget.Replace(a.Form), forget.Replace(b.Form)
	return a == b
}

// act lets somebody do something.
func (d *drama) act() {
	phones := []string{"094", "095", "096", remote}
	switch n := d.rand.IntN(21); {
	case n < 5:
		d.up = append(d.up, d.outside(did))
	case n < 6:
		d.up = append(d.up, d.dial("095", []string{"370", "371", "096"}[d.rand.IntN(3)]))
	case n < 11:
		d.answer(phones[d.rand.IntN(4)])
	case n < 13 && len(d.up) > 0:
		d.up[d.rand.IntN(len(d.up))].Refer([]string{"371", "370", "096"}[d.rand.IntN(3)], "")
	case n < 16 && len(d.up) > 0:
		i := d.rand.IntN(len(d.up))
		d.up[i].Hangup()
		d.up = slices.Delete(d.up, i, i+1)
	case n < 18:
		d.status([]string{"094", remote}[d.rand.IntN(2)], acd.Status(d.rand.IntN(3)), acd.SourceAPI)
	case n < 19:
		d.order()
	case n < 20:
		d.receiver = event.New(d.dir) // the server that tells forgets everything
	default:
		d.crash()
	}
	synctest.Wait()
}

// order has a supervisor listen to a talk, or hand it on.
func (d *drama) order() {
	calls, err := d.host.Calls(d.ctx, d.org)
	d.must(err)
	if len(calls) == 0 {
		return
	}
	c := calls[d.rand.IntN(len(calls))]
	_ = d.host.Order(d.ctx, d.org, engine.Order{Action: []engine.Action{engine.Eavesdrop, engine.Conference, engine.AttendedTransfer}[d.rand.IntN(3)],
		Call: c.Call, Extension: max(int64(c.Queue), c.CalledExtension), Dst: "096"}) // few calls can
}

// answer takes, or refuses, a call that rings a phone.
func (d *drama) answer(phone string) {
	select {
	case c := <-d.phone[phone].Calls():
		if d.rand.IntN(4) == 0 {
			c.Refuse(telephony.Busy)
			return
		}
		if c.Answer() {
			d.up = append(d.up, c)
		}
	default:
	}
}

// crash ends the server and starts it anew; calls are gone, with their ends untold.
func (d *drama) crash() {
	d.stop()
	d.up = nil
	d.start()
	d.receiver = event.New(d.dir)
}

func (d *drama) collect() {
	d.t.Helper()
	for fresh := d.after(d.read); len(fresh) > 0; {
		n := 1 + d.rand.IntN(len(fresh))
		for _, one := range d.project(d.receiver, fresh[:n]) {
			d.count(one)
		}
		fresh = fresh[n:]
		d.read += uint64(n)
	}
}

func (d *drama) count(one store.Delivery) {
	d.told = append(d.told, one)
	v, err := url.ParseQuery(one.Form)
	d.must(err)
	queue := d.names[one.Subscription][:3]
	if queue[0] != '3' {
		return
	}
	counter := d.callers
	if v.Get("CallFlow") == "out" {
		counter = d.out
	}
	switch one.Event {
	case store.EventDialIn:
		counter[queue]++
	case store.EventHangup:
		counter[queue]--
	case store.EventAnswer:
		if v.Get("CallFlow") == "in" {
			d.t.Errorf("a queue's caller is told to be answered: %s", one.Form)
		}
	default:
		d.t.Errorf("a queue tells of %s", one.Event)
	}
	if counter[queue] < 0 {
		d.t.Errorf("more hangups than dial-ins: %s", one.Form)
	}
}

func (d *drama) compare() {
	d.t.Helper()
	for _, queue := range []string{"370", "371"} {
		var v acd.QueueView
		d.must(d.host.Read(d.ctx, d.org, func(e *acd.Engine, _ acd.Time) { v, _ = e.QueueView(acd.QueueID(d.extension[queue])) }))
		d.collect() // looking may have let time pass
		if n := v.Waiting + v.Trying + v.Answered; n != d.callers[queue] {
			d.t.Fatalf("queue %s has %d callers, the events say %d", queue, n, d.callers[queue])
		}
	}
}
