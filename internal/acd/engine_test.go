package acd_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
)

// furnished gives an engine with one queue and agents 1…n online in it, on level 1 in the order of their ids.
func furnished(s acd.Start, q acd.Queue, n int) *acd.Engine {
	e := acd.New(s)
	q.ID = 700
	e.Step(monday, acd.SetQueue{Queue: q})
	for id := range acd.AgentID(n) {
		e.Step(monday, acd.SetAgent{Agent: acd.Agent{ID: id + 1, Remote: true}})
		e.Step(monday, acd.SetMembership{Membership: acd.Membership{
			Queue: 700, Agent: id + 1, Level: 1, Position: int(id), Status: acd.Online, Since: monday - 1e9}})
	}
	return e
}

// offered tells whom a step rings.
func offered(cmds []acd.Command) (agents []acd.AgentID) {
	for _, c := range cmds {
		if c.Kind == acd.CmdOffer {
			agents = append(agents, c.Agent)
		}
	}
	return agents
}

func TestNumbersGoOnAfterARestart(t *testing.T) {
	e := furnished(acd.Start{Seq: 41, Offer: 7}, acd.Queue{Strategy: acd.RingAll}, 1)
	facts, cmds := e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
	if facts[0].Seq != 42 || facts[len(facts)-1].Seq != 41+uint64(len(facts)) {
		t.Errorf("sequences do not go on: %+v", facts)
	}
	if last := cmds[len(cmds)-1]; last.Kind != acd.CmdOffer || last.Offer != 8 {
		t.Errorf("offer ids do not go on: %+v", last)
	}
}

func TestDayCountersSurviveARestart(t *testing.T) {
	past := []acd.AgentPast{
		{Agent: 1, Talk: 3 * time.Minute, Calls: 1, LastCall: monday - 5e6},
		{Agent: 2, Talk: 2 * time.Minute, Calls: 3, LastCall: monday - 4e6},
		{Agent: 3, Talk: 4 * time.Minute, Calls: 2, LastCall: monday - 6e6},
	}
	for strategy, want := range map[acd.Strategy]acd.AgentID{
		acd.LeastTalkTime: 2, acd.FewestCalls: 1, acd.LongestIdleAgent: 3,
	} {
		e := furnished(acd.Start{Past: past}, acd.Queue{Strategy: strategy}, 3)
		_, cmds := e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
		if got := offered(cmds); !slices.Equal(got, []acd.AgentID{want}) {
			t.Errorf("%s rings %v, want %d", strategy, got, want)
		}
	}
}

func TestMidnightForgetsCountersOfAgentsNotYetConfigured(t *testing.T) {
	e := acd.New(acd.Start{Past: []acd.AgentPast{{Agent: 1, Talk: time.Hour}}})
	e.Step(monday, acd.NewDay{})
	e.Step(monday, acd.SetQueue{Queue: acd.Queue{ID: 700, Strategy: acd.LeastTalkTime}})
	for id := range acd.AgentID(2) {
		e.Step(monday, acd.SetAgent{Agent: acd.Agent{ID: id + 1, Remote: true}})
		e.Step(monday, acd.SetMembership{Membership: acd.Membership{Queue: 700, Agent: id + 1, Status: acd.Online}})
	}
	_, cmds := e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
	if got := offered(cmds); !slices.Equal(got, []acd.AgentID{1}) {
		t.Errorf("rings %v, want agent 1 whose talk was yesterday", got)
	}
}

func TestRandomDependsOnTheSeedAlone(t *testing.T) {
	draw := func(seed uint64) (order []acd.AgentID) {
		e := furnished(acd.Start{Seed: seed}, acd.Queue{Strategy: acd.Random}, 40)
		for _, call := range []acd.CallID{"a", "b", "c", "d", "e", "f"} {
			_, cmds := e.Step(monday, acd.CallerJoined{Call: call, Queue: 700})
			order = append(order, offered(cmds)...)
		}
		return order
	}
	if !slices.Equal(draw(1), draw(1)) {
		t.Error("the same seed draws differently")
	}
	if slices.Equal(draw(1), draw(2)) {
		t.Error("another seed draws the same")
	}
}

func TestRandomIsFair(t *testing.T) {
	const agents, draws = 5, 10_000
	e := furnished(acd.Start{Seed: 3}, acd.Queue{Strategy: acd.Random}, agents)
	counts := map[acd.AgentID]int{}
	for range draws {
		_, cmds := e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
		counts[offered(cmds)[0]]++
		_, cmds = e.Step(monday, acd.CallerEnded{Call: "a"})
		e.Step(monday, acd.OfferEnded{Offer: cmds[0].Offer})
	}
	for agent, n := range counts {
		if n < draws/agents*9/10 || n > draws/agents*11/10 {
			t.Errorf("agent %d drawn %d times of %d", agent, n, draws)
		}
	}
}

func TestRestartEndsCallersAsFailed(t *testing.T) {
	e := furnished(acd.Start{}, acd.Queue{Strategy: acd.RingAll}, 1)
	e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
	facts, cmds := e.Step(monday, acd.CallerEnded{Call: "a", Cause: acd.CauseRestart})
	left := facts[slices.IndexFunc(facts, func(f acd.Fact) bool { return f.Kind == acd.FactCallerLeft })]
	if left.Outcome != acd.OutcomeFailed || left.Cause != acd.CauseRestart {
		t.Errorf("left as %s, %s", left.Outcome, left.Cause)
	}
	if len(cmds) != 1 || cmds[0].Kind != acd.CmdWithdraw {
		t.Errorf("commands %+v", cmds)
	}
}

// A caller gives up, the server is killed, and the caller is back in time: twice.
func TestWhoGaveUpResumesAfterARestart(t *testing.T) {
	queue := acd.Queue{ID: 700, Strategy: acd.RingAll, AbandonedResume: true}
	var learnt acd.Learnt
	var seq uint64
	step := func(e *acd.Engine, s int, in acd.Input) {
		facts, _ := e.Step(monday.Add(time.Duration(s)*time.Second), in)
		for _, f := range facts {
			learnt.Add(f)
			seq = f.Seq
		}
	}
	restart := func(s int) *acd.Engine {
		past := learnt
		learnt = acd.Learnt{}
		e := furnished(acd.Start{Seq: seq, Learnt: &past}, queue, 0)
		step(e, s, acd.Tick{})
		return e
	}
	e := restart(0)
	step(e, 0, acd.CallerJoined{Call: "a", Queue: 700, Number: "0501"})
	step(e, 30, acd.CallerEnded{Call: "a"})
	e = restart(40)
	step(e, 41, acd.CallerJoined{Call: "b", Queue: 700, Number: "0502"})
	step(e, 50, acd.CallerJoined{Call: "c", Queue: 700, Number: "0501"})
	if callers := e.Callers(700); len(callers) != 2 || callers[1].Call != "c" || callers[1].Position != 1 || callers[1].Joined != monday {
		t.Errorf("the line is %+v, want c first, in the place of a", callers)
	}
	step(e, 60, acd.CallerEnded{Call: "c"})
	e = restart(70)
	step(e, 80, acd.CallerJoined{Call: "d", Queue: 700, Number: "0501"})
	if d, _ := e.Caller("d"); d.Joined != monday {
		t.Errorf("d stands in the place of %s, want that of a", d.Joined.Std())
	}
	step(e, 81, acd.CallerJoined{Call: "e", Queue: 700, Number: "0501"})
	if again, _ := e.Caller("e"); again.Joined != monday.Add(81*time.Second) {
		t.Errorf("e stands in the place of %s, which is taken", again.Joined.Std())
	}
}

func TestAClockThatGoesBackStandsStill(t *testing.T) {
	e := furnished(acd.Start{}, acd.Queue{Strategy: acd.RingAll}, 0)
	e.Step(monday.Add(time.Hour), acd.Tick{})
	facts, _ := e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
	if facts[0].At != monday.Add(time.Hour) {
		t.Errorf("joined at %s", facts[0].At.Std())
	}
}

func TestALateTickLosesNoLevel(t *testing.T) {
	e := acd.New(acd.Start{})
	e.Step(monday, acd.SetQueue{Queue: acd.Queue{ID: 700, Strategy: acd.RingAll, TierRulesApply: true, TierRuleWait: 5 * time.Second}})
	for id := range acd.AgentID(3) {
		e.Step(monday, acd.SetAgent{Agent: acd.Agent{ID: id + 1, Remote: true}})
		e.Step(monday, acd.SetMembership{Membership: acd.Membership{Queue: 700, Agent: id + 1, Level: int(id) + 1, Status: acd.Online}})
	}
	e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
	_, cmds := e.Step(monday.Add(11*time.Second), acd.Tick{})
	if got := offered(cmds); !slices.Equal(got, []acd.AgentID{2, 3}) {
		t.Errorf("after 11 s rings %v, want both levels that opened at 5 s and 10 s", got)
	}
}

func TestUnknownStrategyIsAnErrorThatListsThose(t *testing.T) {
	err := acd.Queue{Strategy: "leastrecent"}.Validate()
	var refusal *acd.Error
	if !errors.As(err, &refusal) || refusal.Field != "strategy" {
		t.Fatalf("got %v", err)
	}
	for _, part := range append([]acd.Strategy{`"leastrecent"`}, acd.Strategies...) {
		if !strings.Contains(refusal.Message, string(part)) {
			t.Errorf("%q does not name %s", refusal.Message, part)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		queue acd.Queue
		field string
	}{
		{acd.Queue{Strategy: acd.TopDown}, ""},
		{acd.Queue{Strategy: acd.TopDown, ExitKey: '*'}, ""},
		{acd.Queue{}, "strategy"},
		{acd.Queue{Strategy: acd.TopDown, ExitKey: 'A'}, "exit_key"},
	} {
		field := ""
		var refusal *acd.Error
		if errors.As(c.queue.Validate(), &refusal) {
			field = refusal.Field
		}
		if field != c.field {
			t.Errorf("%+v: refused for %q, want %q", c.queue, field, c.field)
		}
	}
}

func TestAnUnknownInputIsImpossible(t *testing.T) {
	defer func() {
		if told, ok := recover().(string); !ok || !strings.Contains(told, "acd: impossible: input of type <nil>") {
			t.Errorf("recovered %v", told)
		}
	}()
	acd.New(acd.Start{}).Step(monday, nil)
}

// Every tick of this story lets a phone ring out, frees an agent or chooses the next one.
func TestChoosingAllocatesNothing(t *testing.T) {
	for _, strategy := range acd.Strategies {
		e := furnished(acd.Start{}, acd.Queue{Strategy: strategy, Ringback: true}, 20)
		e.Step(monday, acd.CallerJoined{Call: "a", Queue: 700})
		tick := func() {
			at, waiting := e.NextDeadline()
			if !waiting {
				t.Fatal("nobody rings")
			}
			e.Step(at, acd.Tick{})
		}
		for range 200 { // until all buffers have their size
			tick()
		}
		if n := testing.AllocsPerRun(500, tick); n != 0 {
			t.Errorf("%s: %g allocations a step", strategy, n)
		}
	}
}
