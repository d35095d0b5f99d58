package acd_test

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"holdline/internal/acd"
)

// A shift is a day of calls at one or several queues: Poisson arrivals whose
// rate swings around what the agents can do, so that lines build up and go
// again, and talks of random length. Waits are measured on those who do not
// give up: only of them the true wait is known.
type shift struct {
	name     string
	agents   int
	serving  func(agent int) []int      // the queues an agent serves
	arrivals []float64                  // by queue, calls per hour at the mean
	talk     []func(*rand.Rand) float64 // by queue, seconds
	wrapUp   time.Duration
	patience float64 // mean seconds after which four of five callers give up; 0 = nobody does
}

// happening is something that will happen in a shift.
type happening struct {
	at acd.Time
	do func()
}

type happenings []happening

func (h happenings) Len() int           { return len(h) }
func (h happenings) Less(i, j int) bool { return h[i].at < h[j].at }
func (h happenings) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *happenings) Push(x any)        { *h = append(*h, x.(happening)) }
func (h *happenings) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// guess is what a caller who had to wait was told on joining, and what came true.
// mean is what a queue's mean wait would have said, of the whole day and of the last twenty callers.
type guess struct{ told, mean, lately, truth float64 }

// day plays a shift.
type day struct {
	shift
	engine  *acd.Engine
	rand    *rand.Rand
	now     acd.Time
	todo    happenings
	calls   int
	pending map[acd.CallID]*guess
	queues  map[acd.CallID]int
	waits   [][]float64 // by queue
	guesses []guess
	learnt  acd.Learnt
}

const dayLength = 10 * time.Hour

func (s shift) play(seed uint64) []guess { return s.day(seed).guesses }

// day plays it to its end, with nobody left.
func (s shift) day(seed uint64) *day {
	d := &day{shift: s, engine: acd.New(acd.Start{}), rand: rand.New(rand.NewPCG(seed, 1)), now: monday,
		pending: map[acd.CallID]*guess{}, queues: map[acd.CallID]int{}, waits: make([][]float64, len(s.arrivals))}
	d.configure()
	for q := range s.arrivals {
		d.plan(0, func() { d.arrive(q) })
	}
	for len(d.todo) > 0 {
		next := heap.Pop(&d.todo).(happening)
		for at, due := d.engine.NextDeadline(); due && at <= next.at; at, due = d.engine.NextDeadline() {
			d.now = at
			d.step(acd.Tick{})
		}
		d.now = next.at
		next.do()
	}
	return d
}

func (d *day) configure() {
	for q := range d.arrivals {
		d.step(acd.SetQueue{Queue: acd.Queue{ID: acd.QueueID(q + 1), Strategy: acd.LongestIdleAgent}})
	}
	for a := range d.agents {
		d.step(acd.SetAgent{Agent: acd.Agent{ID: acd.AgentID(a + 1), Remote: true, WrapUp: d.wrapUp}})
		for _, q := range d.serving(a) {
			d.step(acd.SetMembership{Membership: acd.Membership{Queue: acd.QueueID(q + 1), Agent: acd.AgentID(a + 1), Level: 1, Status: acd.Online}})
		}
	}
}

func (d *day) plan(seconds float64, do func()) {
	heap.Push(&d.todo, happening{d.now + acd.Time(seconds*1e6), do})
}

func (d *day) step(in acd.Input) {
	facts, cmds := d.engine.Step(d.now, in)
	for _, f := range facts {
		d.learnt.Add(f)
		if f.Kind == acd.FactConnected {
			d.connected(f)
		}
	}
	for _, c := range cmds {
		if c.Kind == acd.CmdOffer {
			d.plan(2+6*d.rand.Float64(), func() { d.answer(c) })
		}
	}
}

func (d *day) answer(c acd.Command) {
	d.step(acd.OfferAnswered{Offer: c.Offer})
	d.plan(d.talk[c.Queue-1](d.rand), func() { d.step(acd.OfferEnded{Offer: c.Offer, Cause: acd.CauseAgentHangup}) })
}

func (d *day) connected(f acd.Fact) {
	d.waits[f.Queue-1] = append(d.waits[f.Queue-1], f.Duration.Seconds())
	if g := d.pending[f.Call]; g != nil {
		g.truth = f.Duration.Seconds()
		d.guesses = append(d.guesses, *g)
		delete(d.pending, f.Call)
	}
}

func (d *day) arrive(q int) {
	elapsed := d.now.Sub(monday)
	if elapsed > dayLength {
		return
	}
	d.calls++
	call := acd.CallID(fmt.Sprint(d.calls))
	d.step(acd.CallerJoined{Call: call, Queue: acd.QueueID(q + 1)})
	if d.patience > 0 && d.rand.Float64() < 0.8 { // only of the others is the whole wait seen
		d.plan(d.patience*d.rand.ExpFloat64(), func() { d.giveUp(call) })
	} else if v, _ := d.engine.Caller(call); v.State == acd.CallerWaiting {
		d.pending[call] = &guess{told: v.Estimate.Seconds(), mean: meanOf(d.waits[q]), lately: meanOf(d.waits[q][max(0, len(d.waits[q])-20):])}
	}
	rate := d.arrivals[q] * (1 + 0.3*math.Sin(2*math.Pi*elapsed.Hours()/2.5)) / 3600
	d.plan(d.rand.ExpFloat64()/rate, func() { d.arrive(q) })
}

func (d *day) giveUp(call acd.CallID) {
	if v, known := d.engine.Caller(call); known && v.State != acd.CallerAnswered {
		d.step(acd.CallerEnded{Call: call, Cause: acd.CauseCallerHangup})
	}
}

func meanOf(waits []float64) (mean float64) {
	for _, w := range waits {
		mean += w / float64(len(waits))
	}
	return mean
}

func exponential(mean float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return mean * r.ExpFloat64() }
}

// lognormal has the shape measured of real calls: a coefficient of variation of 0.8.
func lognormal(mean float64) func(*rand.Rand) float64 {
	const cv = 0.8
	sigma := math.Sqrt(math.Log(1 + cv*cv))
	return func(r *rand.Rand) float64 { return mean * math.Exp(sigma*r.NormFloat64()-sigma*sigma/2) }
}

// load gives the arrivals per hour that keep so many agents busy for that part of their time.
func load(part float64, agents int, talk float64, wrapUp time.Duration) float64 {
	return part * float64(agents) * 3600 / (5 + talk + wrapUp.Seconds())
}

func alone(int) []int { return []int{0} }

var shifts = []shift{
	{"5 agents, exponential", 5, alone, []float64{load(0.85, 5, 240, 0)}, []func(*rand.Rand) float64{exponential(240)}, 0, 0},
	{"10 agents, lognormal", 10, alone, []float64{load(0.88, 10, 300, 20*time.Second)}, []func(*rand.Rand) float64{lognormal(300)}, 20 * time.Second, 0},
	{"20 agents, exponential", 20, alone, []float64{load(0.9, 20, 120, 15*time.Second)}, []func(*rand.Rand) float64{exponential(120)}, 15 * time.Second, 0},
	{"20 agents, lognormal, overloaded", 20, alone, []float64{load(1.05, 20, 600, 0)}, []func(*rand.Rand) float64{lognormal(600)}, 0, 0},
	{"10 agents share two unlike queues", 10, func(int) []int { return []int{0, 1} },
		[]float64{load(0.65, 10, 300, 0), load(0.3, 10, 90, 0)}, []func(*rand.Rand) float64{lognormal(300), lognormal(90)}, 0, 0},
	{"15 agents, every third in both queues", 15, func(a int) []int { return [][]int{{0}, {1}, {0, 1}}[a%3] },
		[]float64{load(0.9, 7, 240, 0), load(0.9, 7, 180, 0)}, []func(*rand.Rand) float64{lognormal(240), exponential(180)}, 0, 0},
	{"10 agents, overloaded, many give up", 10, alone, []float64{load(1.3, 10, 240, 0)}, []func(*rand.Rand) float64{lognormal(240)}, 0, 300},
}

// TestEstimatedWait measures the estimate at joining against the true wait of
// all who had to wait, beside the mean wait of the queue so far. Run it with
// -v for the figures of docs/adr/0004-estimated-wait.md.
func TestEstimatedWait(t *testing.T) {
	t.Logf("%-39s %6s %5s | %8s %4s %5s | %8s %5s | %8s %5s", "", "calls", "wait", "estimate", "", "bias", "mean", "bias", "last 20", "bias")
	for _, s := range shifts {
		var all []guess
		for seed := range uint64(10) {
			all = append(all, s.play(seed)...)
		}
		told := errorsOf(all, func(g guess) float64 { return g.told })
		mean := errorsOf(all, func(g guess) float64 { return g.mean })
		lately := errorsOf(all, func(g guess) float64 { return g.lately })
		truth := errorsOf(all, func(guess) float64 { return 0 })
		t.Logf("%-39s %6d %4.0fs | %7.0fs %3.0f%% %+4.0fs | %7.0fs %+4.0fs | %7.0fs %+4.0fs", s.name, len(all), -truth.bias,
			told.median, 100*told.median/truth.median, told.bias, mean.median, mean.bias, lately.median, lately.bias)
		if told.median > 0.6*mean.median || told.median > 0.8*lately.median {
			t.Errorf("%s: half of the estimates are wrong by more than %.0f s; the mean wait by %.0f s, that of the last twenty by %.0f s",
				s.name, told.median, mean.median, lately.median)
		}
		if math.Abs(told.bias) > 0.15*-truth.bias {
			t.Errorf("%s: estimates are %+.0f s off on average, of %.0f s", s.name, told.bias, -truth.bias)
		}
	}
}

type errorFigures struct{ median, bias float64 } // seconds

func errorsOf(guesses []guess, predicted func(guess) float64) (f errorFigures) {
	var absolute []float64
	for _, g := range guesses {
		off := predicted(g) - g.truth
		f.bias += off / float64(len(guesses))
		absolute = append(absolute, math.Abs(off))
	}
	slices.Sort(absolute)
	f.median = absolute[len(absolute)/2]
	return f
}

// lines has many callers queue up, an hour later, and gives what each is told.
func (d *day) lines() (told []time.Duration) {
	d.now = d.now.Add(time.Hour)
	d.step(acd.Tick{})
	callers := 4 * d.agents * len(d.arrivals)
	for n := range callers {
		call := acd.CallID(fmt.Sprint("waits ", n))
		d.step(acd.CallerJoined{Call: call, Queue: acd.QueueID(n%len(d.arrivals) + 1)})
	}
	for n := range callers {
		v, _ := d.engine.Caller(acd.CallID(fmt.Sprint("waits ", n)))
		told = append(told, v.Estimate)
	}
	return told
}

// What was learnt is read back from the journal: the first callers after a
// restart are told what they would have been told before, and not what an
// engine without a past tells.
func TestEstimateIsAsGoodAfterARestart(t *testing.T) {
	worst := 0.0
	for _, s := range shifts {
		d := s.day(1)
		learnt := d.learnt
		before := d.lines()
		restarted := func(l *acd.Learnt) []time.Duration {
			next := &day{shift: s, engine: acd.New(acd.Start{Learnt: l}), rand: d.rand, now: d.now}
			next.configure()
			return next.lines()
		}
		after, without := restarted(&learnt), restarted(nil)
		off := 0.0
		for i := range before {
			off = max(off, math.Abs(after[i].Seconds()-before[i].Seconds())/before[i].Seconds())
			worst = max(worst, math.Abs(without[i].Seconds()-before[i].Seconds())/before[i].Seconds())
		}
		if off > 0.02 {
			t.Errorf("%s: an estimate is %.0f %% off after the restart", s.name, 100*off)
		}
	}
	if worst < 0.5 {
		t.Errorf("without what was learnt, estimates are %.0f %% off at most: this test proves nothing", 100*worst)
	}
}

// Calls that a restart cut off say nothing about how long calls take, nor do
// those whose beginning is not in the part that is read.
func TestWhatARestartCutOffTeachesNothing(t *testing.T) {
	facts := []acd.Fact{
		{Kind: acd.FactConnected, Call: "a", Queue: 1, Agent: 1, Offer: 1},
		{Kind: acd.FactTalkEnded, Call: "a", Queue: 1, Agent: 1, Offer: 1, Duration: time.Hour},
		{Kind: acd.FactAgentState, Agent: 1},
		{Kind: acd.FactCallerLeft, Call: "a", Queue: 1, Outcome: acd.OutcomeAnswered},
		{Kind: acd.FactCallerLeft, Call: "before", Queue: 1, Outcome: acd.OutcomeAbandoned},
		{Kind: acd.FactCallerJoined, Call: "b", Queue: 1},
		{Kind: acd.FactOffered, Call: "b", Queue: 1, Agent: 1, Offer: 2},
		{Kind: acd.FactOfferEnded, Call: "b", Queue: 1, Agent: 1, Offer: 2},
		{Kind: acd.FactCallerLeft, Call: "b", Queue: 1, Cause: acd.CauseRestart, Outcome: acd.OutcomeFailed},
	}
	wait := func(l *acd.Learnt) time.Duration {
		d := &day{shift: shifts[0], engine: acd.New(acd.Start{Learnt: l}), rand: rand.New(rand.NewPCG(1, 1)), now: monday}
		d.configure()
		told := d.lines()
		return told[len(told)-1]
	}
	var l acd.Learnt
	for i, f := range facts {
		f.At = monday.Add(time.Duration(i) * time.Hour)
		l.Add(f)
	}
	if got, want := wait(&l), wait(nil); got != want {
		t.Errorf("told %v, want %v as without a past", got, want)
	}
}
