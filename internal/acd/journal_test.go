package acd_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"holdline/internal/acd"
)

// journal reads facts and commands as a stranger would, knowing nothing of
// the engine's insides, and objects to what cannot be.
type journal struct {
	late    time.Duration // how late a deadline may be noticed
	facts   []acd.Fact
	cmds    []acd.Command
	joined  map[acd.CallID]bool
	talking map[acd.CallID]acd.AgentID
	offers  map[acd.OfferID]acd.Fact // ringing
	busy    map[acd.AgentID]acd.OfferID
	state   map[acd.AgentID]acd.Fact // last agent_state
	held    map[acd.CallID]acd.Time
	made    map[acd.OfferID]acd.Time
	pairs   map[pair]acd.Time // last offer's end
}

type pair struct {
	call  acd.CallID
	agent acd.AgentID
}

func newJournal() *journal {
	return &journal{
		joined:  map[acd.CallID]bool{},
		talking: map[acd.CallID]acd.AgentID{},
		offers:  map[acd.OfferID]acd.Fact{},
		busy:    map[acd.AgentID]acd.OfferID{},
		state:   map[acd.AgentID]acd.Fact{},
		held:    map[acd.CallID]acd.Time{},
		made:    map[acd.OfferID]acd.Time{},
		pairs:   map[pair]acd.Time{},
	}
}

func (j *journal) read(facts []acd.Fact, cmds []acd.Command) error {
	for _, f := range facts {
		j.facts = append(j.facts, f)
		if f.Seq != uint64(len(j.facts)) {
			return fmt.Errorf("fact %d has sequence %d", len(j.facts), f.Seq)
		}
		if err := j.fact(f); err != nil {
			return fmt.Errorf("%s (call %s, agent %d, offer %d): %w", f.Kind, f.Call, f.Agent, f.Offer, err)
		}
	}
	j.cmds = append(j.cmds, cmds...)
	return j.sequence(facts, cmds)
}

func (j *journal) fact(f acd.Fact) error {
	switch f.Kind {
	case acd.FactCallerJoined:
		if j.joined[f.Call] {
			return fmt.Errorf("joined twice")
		}
		j.joined[f.Call] = true
	case acd.FactCallerLeft:
		return j.left(f)
	case acd.FactOffered:
		return j.offered(f)
	case acd.FactOfferEnded:
		if _, rings := j.offers[f.Offer]; !rings {
			return fmt.Errorf("does not ring")
		}
		j.pairs[pair{f.Call, f.Agent}] = f.At
		delete(j.offers, f.Offer)
		delete(j.busy, f.Agent)
		if f.At > j.made[f.Offer].Add(time.Minute+j.late) {
			return fmt.Errorf("rang for more than call_timeout")
		}
	case acd.FactConnected:
		return j.connected(f)
	case acd.FactTalkEnded:
		if j.talking[f.Call] != f.Agent {
			return fmt.Errorf("did not talk to him")
		}
		if j.held[f.Call] != 0 {
			return fmt.Errorf("is still on hold")
		}
		delete(j.talking, f.Call)
		delete(j.busy, f.Agent)
	case acd.FactHeld, acd.FactResumed:
		return j.hold(f)
	case acd.FactAgentState:
		j.state[f.Agent] = f
	}
	return nil
}

func (j *journal) left(f acd.Fact) error {
	if !j.joined[f.Call] {
		return fmt.Errorf("left without having joined")
	}
	delete(j.joined, f.Call)
	if j.talking[f.Call] != 0 {
		return fmt.Errorf("left while talking")
	}
	for _, o := range j.offers {
		if o.Call == f.Call {
			return fmt.Errorf("is gone but agent %d is still rung", o.Agent)
		}
	}
	maps.DeleteFunc(j.pairs, func(p pair, _ acd.Time) bool { return p.call == f.Call })
	return nil
}

func (j *journal) offered(f acd.Fact) error {
	if !j.joined[f.Call] || j.talking[f.Call] != 0 {
		return fmt.Errorf("the caller is not waiting")
	}
	if other := j.busy[f.Agent]; other != 0 {
		return fmt.Errorf("the agent is in offer %d", other)
	}
	if ended, before := j.pairs[pair{f.Call, f.Agent}]; before && f.At.Sub(ended) < 200*time.Millisecond {
		return fmt.Errorf("only %s after their last", f.At.Sub(ended))
	}
	j.offers[f.Offer], j.busy[f.Agent], j.made[f.Offer] = f, f.Offer, f.At
	return nil
}

func (j *journal) connected(f acd.Fact) error {
	if _, rings := j.offers[f.Offer]; !rings {
		return fmt.Errorf("does not ring")
	}
	if j.talking[f.Call] != 0 {
		return fmt.Errorf("talks already")
	}
	delete(j.offers, f.Offer)
	j.talking[f.Call] = f.Agent
	for _, o := range j.offers {
		if o.Call == f.Call {
			return fmt.Errorf("agent %d is still rung", o.Agent)
		}
	}
	return nil
}

// hold: held and resumed take turns, in a talk.
func (j *journal) hold(f acd.Fact) error {
	since, held := j.held[f.Call]
	switch {
	case j.talking[f.Call] != f.Agent:
		return fmt.Errorf("nobody talks")
	case held == (f.Kind == acd.FactHeld):
		return fmt.Errorf("twice")
	case held && f.Duration != f.At.Sub(since):
		return fmt.Errorf("lasted %s", f.Duration)
	case held:
		delete(j.held, f.Call)
	default:
		j.held[f.Call] = f.At
	}
	return nil
}

// sequence: every end has its command, and a caller is sent away once.
func (j *journal) sequence(facts []acd.Fact, cmds []acd.Command) error {
	away, left := map[acd.CallID]bool{}, map[acd.CallID]bool{}
	for _, f := range facts {
		left[f.Call] = left[f.Call] || f.Kind == acd.FactCallerLeft
	}
	for _, c := range cmds {
		if c.Kind != acd.CmdHangup && c.Kind != acd.CmdTransfer && c.Kind != acd.CmdRate {
			continue
		}
		if away[c.Call] || j.joined[c.Call] && !left[c.Call] {
			return fmt.Errorf("caller %s is sent away twice, or while waiting", c.Call)
		}
		away[c.Call] = true
	}
	return nil
}

// sentAway: whoever leaves without being gone already is told where to, once.
func sentAway(in acd.Input, facts []acd.Fact, cmds []acd.Command) error {
	for _, f := range facts {
		if f.Kind != acd.FactCallerLeft || in == (acd.ReleaseCaller{Call: f.Call}) {
			continue
		}
		if ended, ok := in.(acd.CallerEnded); ok && ended.Call == f.Call {
			continue
		}
		n := 0
		for _, c := range cmds {
			if c.Call == f.Call && (c.Kind == acd.CmdHangup || c.Kind == acd.CmdTransfer || c.Kind == acd.CmdRate) {
				n++
			}
		}
		if n != 1 {
			return fmt.Errorf("caller %s left as %s and is sent away %d times", f.Call, f.Outcome, n)
		}
	}
	return nil
}

// compare holds the journal against what the engine shows.
func (j *journal) compare(e *acd.Engine, now acd.Time) error {
	for agent, f := range j.state {
		v, known := e.AgentView(agent)
		if known && (v.State != f.State || v.Until != f.Until) && v.Since <= f.At {
			return fmt.Errorf("agent %d is %s, the journal says %s", agent, v.State, f.State)
		}
		if rings := j.busy[agent]; known && v.State == acd.Offered && rings == 0 && now > f.At.Add(61*time.Second) {
			return fmt.Errorf("agent %d is stuck in offered", agent)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(j.joined)) {
		if _, known := e.Caller(id); !known {
			return fmt.Errorf("caller %s is lost", id)
		}
	}
	for id := range acd.QueueID(historyQueues) {
		if err := positions(e.Callers(id + 1)); err != nil {
			return fmt.Errorf("queue %d: %w", id+1, err)
		}
	}
	return nil
}

// positions of those who do not talk are 1…n.
func positions(views []acd.CallerView) error {
	var seen []int
	for _, v := range views {
		if v.State != acd.CallerAnswered {
			seen = append(seen, v.Position)
		}
	}
	slices.Sort(seen)
	for i, p := range seen {
		if p != i+1 {
			return fmt.Errorf("positions are %v", seen)
		}
	}
	return nil
}

// empty: every call and offer that began has ended.
func (j *journal) empty() error {
	if len(j.joined)+len(j.talking)+len(j.offers)+len(j.busy)+len(j.held) > 0 {
		return fmt.Errorf("left over: callers %v, talks %v, offers %v", j.joined, j.talking, j.offers)
	}
	return nil
}
