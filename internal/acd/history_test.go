package acd_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdline/internal/acd"
)

// A history is a random life of one organisation: few queues sharing few
// agents, so that everything collides, and a telephone side that loses,
// doubles and reorders what it reports. Now and then the server is restarted.

var life = flag.Int("life", 0, "least number of events in each random history")

const (
	historyQueues  = 4
	historyAgents  = 6
	historyCallers = 12
)

var monday = acd.TimeOf(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))

// logEntry is one input of a history, or a restart (nil), kept to be replayed.
type logEntry struct {
	at acd.Time
	in acd.Input
}

type history struct {
	t         *rapid.T
	engine    *acd.Engine
	now       acd.Time
	log       []logEntry
	pending   []acd.Input // what the telephone side still has to report
	offers    []acd.OfferID
	forwarded []acd.CallID // sent elsewhere, perhaps to another queue
	journal   *journal
	settings  settings
}

func newHistory(t *rapid.T) *history {
	return &history{t: t, engine: acd.New(acd.Start{Seed: 7}), now: monday, journal: newJournal(), settings: newSettings()}
}

// step feeds one input and checks everything that must hold after it.
func (h *history) step(in acd.Input) {
	h.log = append(h.log, logEntry{h.now, in})
	h.settings.keep(in)
	facts, cmds := h.engine.Step(h.now, in)
	for _, c := range cmds {
		h.obey(c)
	}
	if err := h.journal.read(facts, cmds); err != nil {
		h.t.Fatalf("after %T %+v: %v", in, in, err)
	}
	if err := sentAway(in, facts, cmds); err != nil {
		h.t.Fatalf("after %T %+v: %v", in, in, err)
	}
	if err := h.engine.Check(); err != nil {
		h.t.Fatalf("after %T %+v: %v", in, in, err)
	}
	if found := h.engine.Patrol(); len(found) > 0 {
		h.t.Fatalf("after %T %+v: the patrol found %s", in, in, found[0])
	}
	if err := h.journal.compare(h.engine, h.now); err != nil {
		h.t.Fatalf("after %T %+v: %v", in, in, err)
	}
}

// pass lets virtual time go by, stopping at every deadline.
func (h *history) pass(d time.Duration) {
	end := h.now.Add(d)
	for {
		at, ok := h.engine.NextDeadline()
		if !ok || at > end {
			break
		}
		h.now = max(h.now, at)
		h.step(acd.Tick{})
	}
	h.now = end
}

// obey notes what the telephone side would report in the end.
func (h *history) obey(c acd.Command) {
	switch c.Kind {
	case acd.CmdOffer:
		h.offers = append(h.offers, c.Offer)
	case acd.CmdWithdraw:
		h.pending = append(h.pending, acd.OfferEnded{Offer: c.Offer, Cause: acd.CauseWithdrawn})
	case acd.CmdPlay, acd.CmdAnnounce:
		h.pending = append(h.pending, acd.PlayDone{Call: c.Call, Play: c.Play})
	case acd.CmdTransfer:
		h.forwarded = append(h.forwarded, c.Call)
	case acd.CmdHangup, acd.CmdRate:
		h.pending = append(h.pending, acd.CallerEnded{Call: c.Call, Cause: acd.CauseCallerHangup})
	}
}

// furnish sets up a world in which calls can be answered.
func (h *history) furnish() {
	for id := range historyQueues {
		q := h.randomQueue()
		q.ID = acd.QueueID(id + 1)
		h.step(acd.SetQueue{Queue: q})
	}
	for id := range historyAgents {
		a := acd.AgentID(id + 1)
		h.step(acd.SetAgent{Agent: h.randomAgent(a)})
		h.step(acd.SetReachable{Agent: a, Reachable: true})
		for range 2 {
			m := h.randomMembership(a)
			m.Status = acd.Online
			h.step(acd.SetMembership{Membership: m})
		}
	}
}

// event is one random thing that happens. Frequent ones stand several times.
func (h *history) event() {
	switch rapid.IntRange(0, 39).Draw(h.t, "event") {
	case 0, 1, 2, 3, 4, 5:
		h.step(acd.CallerJoined{Call: h.call(), Queue: h.queue(), Number: "0501", Priority: rapid.IntRange(0, 2).Draw(h.t, "priority")})
	case 6, 7:
		h.step(acd.CallerEnded{Call: h.call(), Cause: acd.CauseCallerHangup})
	case 8:
		h.step(acd.OfferRinging{Offer: h.offer()})
	case 9, 10, 11, 12:
		h.step(acd.OfferAnswered{Offer: h.offer()})
	case 13, 14:
		h.step(acd.OfferEnded{Offer: h.offer(), Cause: acd.OfferCause(rapid.IntRange(0, 11).Draw(h.t, "cause"))})
	case 15, 16, 17, 18:
		h.report()
	case 19, 20, 21, 22:
		h.pass(rapid.SampledFrom([]time.Duration{0, time.Millisecond, 200 * time.Millisecond, time.Second, 10 * time.Second, 2 * time.Minute}).Draw(h.t, "time"))
	case 23:
		h.step(acd.SetStatus{Agent: h.agent(), Queue: acd.QueueID(rapid.IntRange(0, historyQueues).Draw(h.t, "queue or all")),
			Status: acd.Status(rapid.IntRange(0, 2).Draw(h.t, "status")), SkipLoggedOut: rapid.Bool().Draw(h.t, "skip")})
	case 24:
		h.step(acd.SetStatus{Agent: h.agent(), Status: acd.Online})
	case 25:
		h.step(acd.SetReachable{Agent: h.agent(), Reachable: rapid.Bool().Draw(h.t, "reachable")})
	case 26:
		h.step(acd.SetOnCall{Agent: h.agent(), On: rapid.Bool().Draw(h.t, "on call")})
	case 27:
		h.step(acd.CallerDigit{Call: h.call(), Digit: '#'})
	case 28:
		h.step(acd.SetMembership{Membership: h.randomMembership(h.agent())})
	case 29:
		h.configure()
	case 30:
		h.step(acd.TransferCaller{Call: h.call(), Dst: "333"})
	case 31:
		h.step(acd.NewDay{})
	case 32, 33:
		h.step(acd.CallerHeld{Call: h.call(), On: rapid.Bool().Draw(h.t, "held")})
	case 34:
		h.step(acd.ReleaseCaller{Call: h.call()})
	case 35:
		h.step(acd.ReleaseAgent{Agent: h.agent()})
	case 36, 37:
		h.forward()
	case 38:
		h.step(acd.EndRest{Agent: h.agent()})
	case 39:
		if rapid.IntRange(0, 3).Draw(h.t, "restart") == 0 {
			h.restart()
		}
	}
}

// report delivers one pending report, now and then twice, or never.
func (h *history) report() {
	if len(h.pending) == 0 {
		return
	}
	i := rapid.IntRange(0, len(h.pending)-1).Draw(h.t, "report")
	in := h.pending[i]
	fate := rapid.IntRange(0, 5).Draw(h.t, "fate")
	if fate != 0 { // 0: it will come again
		h.pending = slices.Delete(h.pending, i, i+1)
	}
	if fate != 1 { // 1: it is lost
		h.step(in)
	}
}

// forward has a caller who left one queue arrive in another, as its first joined time has it.
func (h *history) forward() {
	if len(h.forwarded) == 0 {
		return
	}
	last := len(h.forwarded) - 1
	ago := acd.Time(rapid.IntRange(-1, 90).Draw(h.t, "joined ago")) * 1e6
	h.step(acd.CallerJoined{Call: h.forwarded[last], Queue: h.queue(), Number: "0502", Joined: h.now - ago, Answered: true})
	h.forwarded = h.forwarded[:last]
}

func (h *history) configure() {
	switch rapid.IntRange(0, 5).Draw(h.t, "configure") {
	case 0:
		h.step(acd.RemoveQueue{Queue: h.queue()})
	case 1:
		agent := h.agent()
		h.step(acd.RemoveAgent{Agent: agent})
		delete(h.journal.state, agent)
	case 2:
		h.step(acd.RemoveMembership{Queue: h.queue(), Agent: h.agent()})
	case 3:
		h.step(acd.SetAgent{Agent: h.randomAgent(h.agent())})
	default:
		h.step(acd.SetQueue{Queue: h.randomQueue()})
	}
}

// TestHistoriesKeepTheInvariants plays random histories. To play for long:
//
//	go test ./internal/acd -run Histories -life 20000 -rapid.checks 50
func TestHistoriesKeepTheInvariants(t *testing.T) { rapid.Check(t, live) }

func FuzzHistories(f *testing.F) { f.Fuzz(rapid.MakeFuzz(live)) }

// live plays one history to its end, and then once more.
func live(t *rapid.T) {
	h := newHistory(t)
	h.furnish()
	length := rapid.SampledFrom([]int{20, 200, 1000}).Draw(t, "length")
	for range max(length, *life) {
		h.event()
	}
	h.drain()
	h.replay()
}

// drain ends all calls and sees that nothing is stuck, though nothing that is pending is ever reported.
func (h *history) drain() {
	for i := range historyCallers {
		h.step(acd.CallerEnded{Call: acd.CallID(fmt.Sprint("call-", i+1))})
	}
	h.pass(5 * time.Minute)
	if err := h.journal.empty(); err != nil {
		h.t.Fatal(err)
	}
	if at, waiting := h.engine.NextDeadline(); waiting {
		h.t.Fatalf("nobody is there, yet something is due at %s", at.Std())
	}
}

// replay feeds the same inputs to a second engine: the journal must be the same.
func (h *history) replay() {
	twin, again := acd.New(acd.Start{Seed: 7}), newJournal()
	for _, entry := range h.log {
		if entry.in == nil {
			twin = again.restart(entry.at)
			continue
		}
		facts, cmds := twin.Step(entry.at, entry.in)
		if err := again.read(facts, cmds); err != nil {
			h.t.Fatal(err)
		}
	}
	if !slices.Equal(h.journal.facts, again.facts) {
		h.t.Fatal("same inputs, another journal")
	}
	if !slices.Equal(h.journal.cmds, again.cmds) {
		h.t.Fatal("same inputs, other commands")
	}
}
