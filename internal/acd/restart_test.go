package acd_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"holdline/internal/acd"
)

// settings are what the store holds of a history's configuration.
type settings struct {
	queues    map[acd.QueueID]acd.Queue
	agents    map[acd.AgentID]acd.Agent
	reachable map[acd.AgentID]bool
}

func newSettings() settings {
	return settings{map[acd.QueueID]acd.Queue{}, map[acd.AgentID]acd.Agent{}, map[acd.AgentID]bool{}}
}

// keep takes over what an input changes.
func (s settings) keep(in acd.Input) {
	switch in := in.(type) {
	case acd.SetQueue:
		if in.Queue.Validate() == nil {
			s.queues[in.Queue.ID] = in.Queue
		}
	case acd.RemoveQueue:
		delete(s.queues, in.Queue)
	case acd.SetAgent:
		s.agents[in.Agent.ID] = in.Agent
	case acd.RemoveAgent:
		delete(s.agents, in.Agent)
		delete(s.reachable, in.Agent)
	case acd.SetReachable:
		if _, known := s.agents[in.Agent]; known {
			s.reachable[in.Agent] = in.Reachable
		}
	}
}

// restart: the server was killed, or the rules are rebuilt: a new engine gets
// the journal's end and the configuration. Calls that were up are closed in
// the journal; after a rebuild, those who waited join again.
func (h *history) restart() {
	members := map[acd.AgentID][]acd.Membership{}
	for id := range h.settings.agents {
		if v, known := h.engine.AgentView(id); known {
			members[id] = v.Memberships
		}
	}
	again := h.waiting()
	if rapid.Bool().Draw(h.t, "killed") {
		again = nil
	}
	h.log = append(h.log, logEntry{at: h.now})
	h.engine = h.journal.restart(h.now)
	h.forwarded = nil
	for _, id := range slices.Sorted(maps.Keys(h.settings.queues)) {
		h.step(acd.SetQueue{Queue: h.settings.queues[id]})
	}
	for _, id := range slices.Sorted(maps.Keys(h.settings.agents)) {
		h.step(acd.SetAgent{Agent: h.settings.agents[id]})
		if h.settings.reachable[id] {
			h.step(acd.SetReachable{Agent: id, Reachable: true})
		}
		for _, m := range members[id] {
			h.step(acd.SetMembership{Membership: m})
		}
	}
	for _, in := range again {
		h.step(in)
	}
}

// waiting gives everybody who waits as arriving once more, with the first joined time.
func (h *history) waiting() (again []acd.Input) {
	for _, id := range slices.Sorted(maps.Keys(h.settings.queues)) {
		for _, v := range h.engine.Callers(id) {
			if v.State != acd.CallerAnswered {
				again = append(again, acd.CallerJoined{Call: v.Call, Queue: id, Number: v.Number, Joined: v.Joined, Answered: true})
			}
		}
	}
	return again
}

// restart closes what is up and gives an engine that goes on from there.
func (j *journal) restart(now acd.Time) *acd.Engine {
	closed := func(f acd.Fact) {
		f.Seq, f.At, f.Cause = uint64(len(j.facts))+1, now, acd.CauseRestart
		j.facts = append(j.facts, f)
	}
	for _, call := range slices.Sorted(maps.Keys(j.talking)) {
		closed(acd.Fact{Kind: acd.FactTalkEnded, Call: call, Agent: j.talking[call]})
	}
	for _, call := range slices.Sorted(maps.Keys(j.joined)) {
		closed(acd.Fact{Kind: acd.FactCallerLeft, Call: call, Outcome: acd.OutcomeFailed})
	}
	clear(j.joined)
	clear(j.talking)
	clear(j.offers)
	clear(j.busy)
	clear(j.state)
	clear(j.held)
	clear(j.pairs)
	var learnt acd.Learnt
	var last acd.OfferID
	for _, f := range j.facts {
		learnt.Add(f)
		last = max(last, f.Offer)
	}
	return acd.New(acd.Start{Seq: uint64(len(j.facts)), Offer: last, Seed: 7, Learnt: &learnt})
}
