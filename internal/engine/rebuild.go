package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// tail keeps the last facts of the organisation for the log.
type tail struct {
	facts [32]acd.Fact
	next  int
}

func (t *tail) add(facts []acd.Fact) {
	for _, f := range facts {
		t.facts[t.next%len(t.facts)] = f
		t.next++
	}
}

func (t *tail) String() string {
	var b strings.Builder
	for i := max(0, t.next-len(t.facts)); i < t.next; i++ {
		f := t.facts[i%len(t.facts)]
		fmt.Fprintf(&b, "%d %s %s call=%s queue=%d agent=%d offer=%d\n", f.Seq, f.At.Std().Format(time.StampMicro), f.Kind, f.Call, f.Queue, f.Agent, f.Offer)
	}
	return b.String()
}

// guarded runs fn; where it panics (a broken invariant of the rules), the
// organisation's engine is rebuilt. Other organisations notice nothing.
func (o *org) guarded(fn func()) {
	defer func() {
		if broken := recover(); broken != nil {
			o.log.Error("the rules of this organisation broke and are rebuilt from the store; please report this with the journal's tail",
				"panic", broken, "tail", o.tail.String(), "stack", string(debug.Stack()))
			o.rebuild()
		}
	}()
	fn()
}

// rebuild starts the rules anew from the store and the live legs: those who
// talk go on talking, those who wait join again with their first joined time,
// offers that ring are given up.
func (o *org) rebuild() {
	o.stepping, o.next = false, nil
	o.flush(nil)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := o.host.cfg.Store.Journal().Sync(ctx); err != nil {
		o.log.Error("journal did not settle before the rebuild", "error", err)
	}
	waiting := o.release()
	if err := o.load(ctx); err != nil {
		o.log.Error("rebuild failed, the organisation's calls are ended; restart the server when the database is back", "error", err)
		o.hangupAll(telephony.Failed)
		o.rules = acd.New(acd.Start{})
		return
	}
	for _, l := range waiting {
		o.join(l, l.queue)
	}
}

// release takes all legs out of the rules' hands and returns the callers that wait, first joined first.
func (o *org) release() (waiting []*leg) {
	for _, l := range o.legs {
		switch {
		case l.role == offered && !l.bridged:
			o.part(l)
			l.role = unrouted
			o.sw.Hangup(l.id, hangupCause(l))
		case l.role == offered:
			l.role, l.peer.role = called, calling
			if l.line == 0 {
				o.countLine(l, l.record.Agent) // the new rules see the agent in a call
			}
		}
	}
	clear(o.offers)
	for _, l := range o.legs {
		if l.role == caller {
			waiting = append(waiting, l)
		}
	}
	slices.SortFunc(waiting, func(a, b *leg) int { return int(a.joined - b.joined) })
	return waiting
}
