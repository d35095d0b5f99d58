package acd

import "fmt"

// Engine holds one organisation's queues, agents and callers and applies the
// rules to what happens. It is a plain value: one goroutine owns it, nothing
// in it blocks, and every result depends on its inputs alone.
type Engine struct {
	now       Time
	seq       uint64  // last journal sequence
	lastOffer OfferID // last offer id
	lastPlay  uint64  // last playback number
	arrivals  uint64  // callers so far, the last resort of their order
	armings   uint64  // timers armed so far
	random    uint64  // state of the random strategy

	queues    map[QueueID]*queue
	agents    map[AgentID]*agent
	callers   map[CallID]*caller
	offers    map[OfferID]*offer
	past      map[AgentID]AgentPast // of agents not configured yet
	learnt    map[QueueID]*lessons  // of queues not configured yet
	timers    timers
	rounds    rounds // everybody once more, for Patrol
	cycles    recent // how long calls took agents, in all queues
	estimates uint64 // estimates made so far, see Engine.demand

	stirred []*queue  // queues in which somebody may be offered now, see settle
	touched []*caller // callers whose own situation changed in this step
	again   []*caller // callers whom a repair has begin anew
	facts   []Fact
	cmds    []Command
}

// New gives an engine without queues and agents; the configuration comes as inputs.
func New(s Start) *Engine {
	e := &Engine{
		seq: s.Seq, lastOffer: s.Offer, random: s.Seed,
		queues:  map[QueueID]*queue{},
		agents:  map[AgentID]*agent{},
		callers: map[CallID]*caller{},
		offers:  map[OfferID]*offer{},
		past:    map[AgentID]AgentPast{},
	}
	for _, p := range s.Past {
		e.past[p.Agent] = p
	}
	if s.Learnt != nil {
		e.learnt, e.cycles = s.Learnt.queues, s.Learnt.cycles
	}
	return e
}

// Step applies one input at the moment now and returns what happened and what
// the telephone side is to do, both in order. Deadlines that are due come
// first. A clock that goes backwards is taken to stand still. The slices are
// reused: they are valid until the next Step.
func (e *Engine) Step(now Time, in Input) (facts []Fact, cmds []Command) {
	e.now, e.facts, e.cmds = max(e.now, now), e.facts[:0], e.cmds[:0]
	e.fireTimers()
	e.apply(in)
	e.fireTimers() // a new configuration may set deadlines that have passed already: nobody is rung for who leaves by them
	e.settle()
	return e.facts, e.cmds
}

// NextDeadline tells when a Tick is due, always later than the last step;
// false if nothing is waited for.
func (e *Engine) NextDeadline() (Time, bool) {
	if len(e.timers) == 0 {
		return 0, false
	}
	return e.timers[0].at, true
}

func (e *Engine) apply(in Input) {
	switch in := in.(type) {
	case SetQueue:
		e.setQueue(in.Queue)
	case RemoveQueue:
		e.removeQueue(in.Queue)
	case SetAgent:
		e.setAgent(in.Agent)
	case RemoveAgent:
		e.removeAgent(in.Agent)
	case SetMembership:
		e.setMembership(in.Membership)
	case RemoveMembership:
		e.removeMembership(in.Queue, in.Agent)
	case SetStatus:
		e.setStatus(in)
	case SetReachable:
		e.setReachable(in.Agent, in.Reachable)
	case SetOnCall:
		e.setOnCall(in.Agent, in.On)
	case CallerJoined:
		e.callerJoined(in)
	case CallerEnded:
		e.callerEnded(in.Call, in.Cause)
	case TransferCaller:
		e.transferCaller(in.Call, in.Dst)
	case ReleaseCaller:
		e.releaseCaller(in.Call)
	case ReleaseAgent:
		e.releaseAgent(in.Agent)
	case EndRest:
		e.endRest(in.Agent)
	case CallerHeld:
		e.callerHeld(in.Call, in.On)
	case CallerDigit:
		e.callerDigit(in.Call, in.Digit)
	case PlayDone:
		e.playDone(in.Call, in.Play)
	case OfferRinging:
		e.offerRinging(in.Offer)
	case OfferAnswered:
		e.offerAnswered(in.Offer)
	case OfferEnded:
		e.offerEnded(in.Offer, in.Cause)
	case Note:
		e.fact(in.Fact)
	case NewDay:
		e.newDay()
	case Tick:
	default:
		impossible("input of type %T", in)
	}
}

// fact writes one line of the journal.
func (e *Engine) fact(f Fact) {
	e.seq++
	f.Seq, f.At = e.seq, e.now
	e.facts = append(e.facts, f)
}

func (e *Engine) command(c Command) { e.cmds = append(e.cmds, c) }

// impossible reports a broken invariant of the rules themselves. Whatever the
// outside sends must never lead here.
func impossible(format string, args ...any) {
	panic("acd: impossible: " + fmt.Sprintf(format, args...))
}
