package acd

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var breachStart = TimeOf(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))

// busyFloor is an organisation in which everything is going on at once. Agents
// 1 and 2 talk with "talks" and "held", 3 rings for "rung", 4 is in wrap-up, 5
// rests, 6's withdrawn leg has not ended, 7 is idle on level 2, which is shut
// to "waits" still; "greeted" hears a greeting in queue 702, where nobody is.
func busyFloor(t *testing.T) *Engine {
	e := New(Start{})
	at := breachStart
	do := func(in Input) {
		at = at.Add(time.Second)
		e.Step(at, in)
		if err := e.Check(); err != nil {
			t.Fatalf("after %+v: %v", in, err)
		}
	}
	do(SetQueue{Queue{ID: 700, Strategy: TopDown, TierRulesApply: true, TierRuleWait: time.Hour, MaxWait: 2 * time.Hour,
		AnnouncePosition: true, AnnounceEvery: 3 * time.Minute}})
	do(SetQueue{Queue{ID: 701, Strategy: RingAll, MaxWait: time.Hour}})
	do(SetQueue{Queue{ID: 702, Strategy: RoundRobin, Greeting: 5}})
	for id := range AgentID(7) {
		do(SetAgent{Agent{ID: id + 1, Remote: true, WrapUp: time.Hour, RejectDelay: time.Hour, CallTimeout: time.Hour}})
		do(SetMembership{Membership{Queue: 700, Agent: id + 1, Level: 1 + int(id)/6, Position: int(id), Status: Online}})
	}
	do(SetMembership{Membership{Queue: 701, Agent: 1, Level: 1, Status: Online}})
	for i, call := range []CallID{"talks", "held", "rung", "done", "refused", "gone"} {
		do(CallerJoined{Call: call, Queue: 700})
		if call != "rung" && call != "refused" && call != "gone" {
			do(OfferAnswered{OfferID(i + 1)})
		}
	}
	do(CallerHeld{"held", true})
	do(OfferEnded{4, CauseAgentHangup})
	do(OfferEnded{5, CauseRejected})
	do(CallerJoined{Call: "waits", Queue: 700})
	do(CallerJoined{Call: "waits too", Queue: 700})
	do(CallerJoined{Call: "greeted", Queue: 702})
	e.Step(at, CallerEnded{Call: "gone"}) // 6's leg is awaited for a second
	return e
}

// Each of these breaks one invariant on purpose.
var corruptions = []struct {
	name    string
	corrupt func(e *Engine)
	reason  string // that Check gives
}{
	{"a ringing offer without a deadline", func(e *Engine) { e.disarm(&e.agents[3].offer.timer) }, "can go on for ever"},
	{"an offer that outlasts its deadline", func(e *Engine) { o := &e.agents[3].offer; e.arm(&o.timer, o.deadline.Add(time.Minute)) }, "outlast its deadline"},
	{"a withdrawn leg that is awaited for ever", func(e *Engine) { e.disarm(&e.agents[6].offer.timer) }, "can go on for ever"},
	{"an offer to one who is paused", func(e *Engine) { m := e.agents[3].memberships[0]; m.status = Paused; e.recount(m) }, "may not be offered"},
	{"an offer to one who is in a call", func(e *Engine) { e.agents[3].onCall = true }, "may not be offered"},
	{"an offer to one who is not registered", func(e *Engine) { e.agents[3].reachable = false }, "may not be offered"},
	{"an offer of which nobody knows", func(e *Engine) { delete(e.offers, 3) }, "half there"},
	{"an offer that is known and not made", func(e *Engine) { e.offers[99] = &e.agents[7].offer }, "offers live"},
	{"an offer for nobody", func(e *Engine) { e.agents[3].offer.caller = nil }, "rings for nobody"},
	{"two callers ring one agent", func(e *Engine) { e.callers["waits"].offers = append(e.callers["waits"].offers, &e.agents[3].offer) }, ""},
	{"an agent who talks with nobody", func(e *Engine) { e.agents[1].offer.caller = nil }, "connected with nobody"},
	{"a caller who talks with nobody", func(e *Engine) { e.callers["talks"].agent = nil }, "connected with nobody"},
	{"two callers talk with one agent", func(e *Engine) { e.callers["talks"].agent = e.agents[2] }, "connected with nobody"},
	{"a hold without a talk", func(e *Engine) { e.agents[3].offer.held = e.now }, "nobody talks"},
	{"a wrap-up without an end", func(e *Engine) { e.disarm(&e.agents[4].hold.timer) }, "without an end"},
	{"a rest without an end", func(e *Engine) { e.disarm(&e.agents[5].hold.timer) }, "without an end"},
	{"an agent stuck in a state", func(e *Engine) { e.agents[7].state = Offered }, "should be idle"},
	{"an agent who is gone but there", func(e *Engine) { e.agents[7].removed = true }, "not there any more"},
	{"an agent lost from the list", func(e *Engine) { delete(e.agents, 7) }, "watched"},
	{"a caller lost from the list", func(e *Engine) { delete(e.callers, "waits") }, "watched"},
	{"an agent under two numbers", func(e *Engine) { e.agents[8] = e.agents[7] }, "watched"},
	{"a queue lost from the list", func(e *Engine) { delete(e.queues, 702) }, "waits nowhere"},
	{"a caller who waits nowhere", func(e *Engine) { e.queues[700].waiting.remove(e.callers["waits"]) }, "waits nowhere"},
	{"a caller who seeks nothing", func(e *Engine) { c := e.callers["waits"]; c.queue.seeking.remove(c) }, "wrong line"},
	{"a caller who is gone but there", func(e *Engine) { e.callers["waits"].phase = callerGone }, "gone"},
	{"a caller in two lines", func(e *Engine) { e.queues[700].waiting.insert(e.callers["talks"]) }, "wrong line"},
	{"callers out of order", func(e *Engine) { w := e.queues[700].waiting; w[len(w)-1], w[len(w)-2] = w[len(w)-2], w[len(w)-1] }, ""},
	{"a caller beside a free agent", func(e *Engine) { e.callers["waits"].level = 2 }, "may be offered"},
	{"a level that never opens", func(e *Engine) { e.disarm(&e.callers["waits"].again) }, "never opens"},
	{"a caller for whom no level began", func(e *Engine) { e.callers["waits"].begun = false }, "no level has begun"},
	{"a wait without a limit", func(e *Engine) { e.disarm(&e.callers["waits"].maxWait) }, "can wait for ever"},
	{"a wait that is over and goes on", func(e *Engine) { c := e.callers["waits"]; c.expired = OutcomeTimeout; e.review(c) }, "waited too long"},
	{"an announcement that never comes", func(e *Engine) { e.disarm(&e.callers["waits"].sound) }, "no announcement"},
	{"a greeting that never ends", func(e *Engine) { e.disarm(&e.callers["greeted"].sound) }, "can go on for ever"},
	{"a greeting that does not play", func(e *Engine) { e.callers["greeted"].play = 0 }, "hears no greeting"},
	{"a queue's count", func(e *Engine) { e.queues[700].ready++ }, "counted"},
	{"a queue's count of those tried", func(e *Engine) { e.queues[700].trying-- }, "counted"},
	{"a level's count", func(e *Engine) { e.queues[700].levels[1].loggedIn++ }, "counted"},
	{"a membership's count", func(e *Engine) { e.agents[7].memberships[0].ready = false }, "counted as what it is not"},
	{"levels out of order", func(e *Engine) { slices.Reverse(e.queues[700].levels) }, "levels are out of order"},
	{"positions out of order", func(e *Engine) { slices.Reverse(e.queues[700].levels[0].members) }, "level 1 is out of order"},
	{"a membership of a queue that is gone", func(e *Engine) { e.agents[7].memberships[0].queue = &queue{Queue: Queue{ID: 9}} }, "belongs elsewhere"},
	{"a membership that only the queue knows", func(e *Engine) { e.agents[7].memberships = nil }, "memberships"},
	{"deadlines out of order", func(e *Engine) { e.timers[0], e.timers[3] = e.timers[3], e.timers[0] }, "deadlines are out of order"},
	{"a deadline that passed", func(e *Engine) { e.timers[0].at = e.now }, "unheeded"},
}

func TestEveryBreachIsFoundAndRepaired(t *testing.T) {
	for _, c := range corruptions {
		t.Run(c.name, func(t *testing.T) {
			e := busyFloor(t)
			c.corrupt(e)
			if err := e.Check(); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Fatalf("Check says %v, want %q", err, c.reason)
			}
			facts, _ := e.Repair(e.now, patrolUntilFound(t, e))
			if err := e.Check(); err != nil {
				t.Fatalf("after the repair: %v", err)
			}
			if facts[0].Kind != FactBreach || facts[0].Reason == "" {
				t.Errorf("the journal begins with %+v", facts[0])
			}
			drained(t, e, facts)
		})
	}
}

// patrolUntilFound goes round as often as it takes to see everything once.
func patrolUntilFound(t *testing.T, e *Engine) []Breach {
	t.Helper()
	for range 200 {
		if found := e.Patrol(); len(found) > 0 {
			return found
		}
	}
	t.Fatal("the patrol finds nothing")
	return nil
}

// drained ends all calls: every caller who joined leaves once, and nothing is stuck.
func drained(t *testing.T, e *Engine, facts []Fact) {
	t.Helper()
	left := map[CallID]int{}
	read := func(facts []Fact) {
		for _, f := range facts {
			if f.Kind == FactCallerLeft {
				left[f.Call]++
			}
		}
	}
	read(facts)
	calls := []CallID{"talks", "held", "rung", "refused", "waits", "waits too", "greeted"}
	for _, call := range calls {
		facts, _ := e.Step(e.now.Add(time.Second), CallerEnded{Call: call})
		read(facts)
	}
	for at, due := e.NextDeadline(); due; at, due = e.NextDeadline() {
		facts, _ := e.Step(at, Tick{})
		read(facts)
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
	for _, call := range calls {
		if left[call] != 1 {
			t.Errorf("%s left %d times", call, left[call])
		}
	}
	for id, a := range e.agents {
		if a.state != Idle && a.state != Unreachable && a.state != OnCall {
			t.Errorf("agent %d is %s", id, a.state)
		}
	}
}

func TestPatrolIsSilentWhileAllIsWell(t *testing.T) {
	e := busyFloor(t)
	for range 1000 {
		if found := e.Patrol(); len(found) > 0 {
			t.Fatal(found[0])
		}
	}
	if n := testing.AllocsPerRun(1000, func() { e.Patrol() }); n != 0 {
		t.Errorf("%g allocations a patrol", n)
	}
}

// What Patrol does not name it need not touch.
func TestARepairLeavesOthersAlone(t *testing.T) {
	e := busyFloor(t)
	e.disarm(&e.callers["waits"].sound)
	facts, cmds := e.Repair(e.now, patrolUntilFound(t, e))
	if len(facts) != 1 || facts[0].Kind != FactBreach || facts[0].Call != "waits" {
		t.Errorf("facts %+v", facts)
	}
	if len(cmds) != 1 || cmds[0].Kind != CmdMusic || cmds[0].Call != "waits" {
		t.Errorf("commands %+v", cmds)
	}
}

// Between patrol and repair time may pass: what is merely due is no breach.
func TestARepairDoesWhatIsDue(t *testing.T) {
	e := busyFloor(t)
	e.disarm(&e.callers["waits"].sound)
	found := patrolUntilFound(t, e)
	facts, _ := e.Repair(e.now.Add(90*time.Minute), found)
	breaches, missed := 0, 0
	for _, f := range facts {
		breaches += delta(false, f.Kind == FactBreach)
		missed += delta(false, f.Kind == FactMissed)
	}
	if breaches != 1 {
		t.Errorf("%d breaches told, there was one: %+v", breaches, facts)
	}
	if missed == 0 {
		t.Error("the offer that rang for an hour was not ended")
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}

func TestARepairThatIsNotEnoughPanics(t *testing.T) {
	e := busyFloor(t)
	*e.callers["waits too"] = *e.callers["waits"] // who is who cannot be known any more
	e.callers["waits too"].call = "waits too"
	defer func() {
		if told := fmt.Sprint(recover()); !strings.Contains(told, "acd: impossible") {
			t.Errorf("recovered %s", told)
		}
	}()
	e.Repair(e.now, e.breaches())
}
