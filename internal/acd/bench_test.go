package acd_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdline/internal/acd"
)

// floor is an organisation under full load: every agent is in inQueues queues.
type floor struct {
	engine *acd.Engine
	now    acd.Time
	calls  []acd.CallID
	next   int
	took   []time.Duration
}

func newFloor(strategy acd.Strategy, queues, agents, inQueues int) *floor {
	f := &floor{engine: acd.New(acd.Start{Seed: 1}), now: monday}
	for id := range queues {
		f.do(acd.SetQueue{Queue: acd.Queue{ID: acd.QueueID(id + 1), Strategy: strategy}})
	}
	for id := range agents {
		agent := acd.AgentID(id + 1)
		f.do(acd.SetAgent{Agent: acd.Agent{ID: agent, Remote: true}})
		for i := range inQueues {
			f.do(acd.SetMembership{Membership: acd.Membership{
				Queue: acd.QueueID((id+i)%queues + 1), Agent: agent, Level: 1 + id%2, Position: id % 7, Status: acd.Online}})
		}
	}
	for i := range 20_000 {
		f.calls = append(f.calls, acd.CallID(fmt.Sprint("call-", i)))
	}
	return f
}

func (f *floor) do(in acd.Input) []acd.Command {
	f.now++
	_, cmds := f.engine.Step(f.now, in)
	return cmds
}

// timed does so too and keeps how long it took.
func (f *floor) timed(in acd.Input) []acd.Command {
	begin := time.Now()
	cmds := f.do(in)
	f.took = append(f.took, time.Since(begin))
	return cmds
}

func (f *floor) join(queue int) []acd.Command {
	f.next++
	return f.do(acd.CallerJoined{Call: f.calls[f.next%len(f.calls)], Queue: acd.QueueID(queue)})
}

func (f *floor) report(b *testing.B) {
	slices.Sort(f.took)
	b.ReportMetric(float64(f.took[len(f.took)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(f.took[len(f.took)/2].Nanoseconds()), "p50-ns")
}

func offerOf(cmds []acd.Command) acd.OfferID {
	for _, c := range cmds {
		if c.Kind == acd.CmdOffer {
			return c.Offer
		}
	}
	return 0
}

// BenchmarkChoose: 200 agents in each of 20 queues, all free, one caller
// waits: an offer fails, the next agent is chosen and reserved in all 20.
func BenchmarkChoose(b *testing.B) {
	for _, strategy := range acd.Strategies {
		if strategy == acd.RingAll {
			continue // rings all 200: that is 200 offers, not a choice
		}
		b.Run(string(strategy), func(b *testing.B) {
			f := newFloor(strategy, 20, 200, 20)
			offer := offerOf(f.join(1))
			f.took = make([]time.Duration, 0, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				f.now = f.now.Add(time.Second)
				in := acd.Input(acd.OfferEnded{Offer: offer, Cause: acd.CauseBusy})
				if offer = offerOf(f.timed(in)); offer == 0 {
					b.Fatal("nobody was offered")
				}
			}
			f.report(b)
		})
	}
}

// BenchmarkFull: 10,000 callers wait and 5,000 agents talk or ring, each in 20
// of 50 queues. A talk ends; the agent who is free is offered to the next.
func BenchmarkFull(b *testing.B) {
	f := newFloor(acd.LongestIdleAgent, 50, 5_000, 20)
	var talking []acd.OfferID
	for i := range 15_000 {
		if offer := offerOf(f.join(i%50 + 1)); offer != 0 {
			f.do(acd.OfferAnswered{Offer: offer})
			talking = append(talking, offer)
		}
	}
	f.took = make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		i %= len(talking)
		offer := offerOf(f.timed(acd.OfferEnded{Offer: talking[i], Cause: acd.CauseAgentHangup}))
		if offer == 0 {
			b.Fatal("nobody was offered")
		}
		b.StopTimer()
		f.do(acd.OfferAnswered{Offer: offer})
		f.join(i%50 + 1)
		talking[i] = offer
		b.StartTimer()
	}
	f.report(b)
}

// BenchmarkShutLevels is the worst case: 10,000 callers of one queue wait for
// level 1 while all of level 2 are free but not open to them yet; one more of
// level 2 who becomes free has them all looked at, in vain.
func BenchmarkShutLevels(b *testing.B) {
	f := &floor{engine: acd.New(acd.Start{}), now: monday}
	f.do(acd.SetQueue{Queue: acd.Queue{ID: 1, Strategy: acd.LongestIdleAgent, TierRulesApply: true, TierRuleWait: 24 * time.Hour}})
	for id := range acd.AgentID(5_000) {
		f.do(acd.SetAgent{Agent: acd.Agent{ID: id + 1, Remote: true}})
		f.do(acd.SetMembership{Membership: acd.Membership{Queue: 1, Agent: id + 1, Level: 1 + min(int(id), 1), Status: acd.Online}})
	}
	for i := range 10_000 {
		f.do(acd.CallerJoined{Call: acd.CallID(fmt.Sprint("call-", i)), Queue: 1})
	}
	f.took = make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		f.do(acd.SetOnCall{Agent: 3, On: true})
		f.timed(acd.SetOnCall{Agent: 3})
	}
	f.report(b)
}

// BenchmarkLevelLeft: the only agent of a level goes home, which has all
// 10,000 callers who wait there looked at: a level may open to them.
func BenchmarkLevelLeft(b *testing.B) {
	f := &floor{engine: acd.New(acd.Start{}), now: monday}
	f.do(acd.SetQueue{Queue: acd.Queue{ID: 1, Strategy: acd.LongestIdleAgent, TierRulesApply: true, TierRuleWait: 24 * time.Hour}})
	for id := range acd.AgentID(3) {
		f.do(acd.SetAgent{Agent: acd.Agent{ID: id + 1, Remote: true}})
		f.do(acd.SetMembership{Membership: acd.Membership{Queue: 1, Agent: id + 1, Level: 1 + int(id), Status: acd.Paused}})
	}
	for i := range 10_000 {
		f.do(acd.CallerJoined{Call: acd.CallID(fmt.Sprint("call-", i)), Queue: 1})
	}
	f.took = make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		f.timed(acd.SetStatus{Agent: 1, Status: acd.LoggedOut})
		f.do(acd.SetStatus{Agent: 1, Status: acd.Paused})
	}
	f.report(b)
}

// BenchmarkJoinBusyQueue: one more caller joins 10,000 who wait.
func BenchmarkJoinBusyQueue(b *testing.B) {
	f := newFloor(acd.LongestIdleAgent, 1, 0, 0)
	for range 10_000 {
		f.join(1)
	}
	f.took = make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		call := acd.CallID(fmt.Sprint("late-", i))
		f.timed(acd.CallerJoined{Call: call, Queue: 1})
		f.do(acd.CallerEnded{Call: call})
	}
	f.report(b)
}

// BenchmarkPatrol: the share of the invariants that is checked after each
// step, with 10,000 callers waiting and 5,000 agents talking, each in 20 of 50 queues.
func BenchmarkPatrol(b *testing.B) {
	f := newFloor(acd.LongestIdleAgent, 50, 5_000, 20)
	for i := range 15_000 {
		if offer := offerOf(f.join(i%50 + 1)); offer != 0 {
			f.do(acd.OfferAnswered{Offer: offer})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if found := f.engine.Patrol(); len(found) > 0 {
			b.Fatal(found[0])
		}
	}
}

// BenchmarkEstimate: the wait of the last of 10,000 callers is estimated,
// with 5,000 agents who serve 20 of 50 queues each.
func BenchmarkEstimate(b *testing.B) {
	f := newFloor(acd.LongestIdleAgent, 50, 5_000, 20)
	for i := range 15_000 {
		if offer := offerOf(f.join(i%50 + 1)); offer != 0 {
			f.do(acd.OfferAnswered{Offer: offer})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if v, known := f.engine.Caller(f.calls[f.next]); !known || v.Estimate == 0 {
			b.Fatal("nothing is estimated")
		}
	}
}
