package script

import (
	"fmt"

	"holdline/internal/acd"
)

// action is what a statement does.
type action func(*world) error

// statement is a rule's result: the action, and a reader for the options behind it.
type statement struct {
	do     action
	option func(phrase string) error // nil: no options allowed
}

func readStatement(head string, options []string) (action, error) {
	s, err := read(statements, "statement", head)
	if err != nil {
		return nil, err
	}
	for _, phrase := range options {
		if s.option == nil {
			return nil, fmt.Errorf("%q takes no options, but %q follows", head, phrase)
		}
		if err := s.option(phrase); err != nil {
			return nil, err
		}
	}
	return s.do, nil
}

var statements = []rule[statement]{
	{"queue <n> <w>", newQueue},
	{"agent <n>", func(a args) statement { return newAgent(a, false) }},
	{"remote agent <n>", func(a args) statement { return newAgent(a, true) }},
	{"<n> in <n> level <n> position <n> online", func(a args) statement { return join(a, acd.Online) }},
	{"<n> in <n> level <n> position <n> logged out", func(a args) statement { return join(a, acd.LoggedOut) }},
	{"<n> in <n> level <n> position <n> paused", func(a args) statement { return join(a, acd.Paused) }},
	{"<n> moves in <n> to level <n> position <n>", func(a args) statement { return join(a, acd.LoggedOut) }},
	{"remove queue <n>", func(a args) statement { return input(acd.RemoveQueue{Queue: acd.QueueID(a.n[0])}) }},
	{"remove agent <n>", func(a args) statement { return input(acd.RemoveAgent{Agent: acd.AgentID(a.n[0])}) }},
	{"remove <n> from <n>", func(a args) statement {
		return input(acd.RemoveMembership{Agent: acd.AgentID(a.n[0]), Queue: acd.QueueID(a.n[1])})
	}},

	{"caller <w> joins <n>", newCaller},
	{"caller <w> hangs up", func(a args) statement { return callerEnds(a, acd.CauseCallerHangup) }},
	{"caller <w> is lost", func(a args) statement { return callerEnds(a, acd.CauseLost) }},
	{"caller <w> presses <w>", func(a args) statement {
		return input(acd.CallerDigit{Call: acd.CallID(a.w[0]), Digit: a.w[1][0]})
	}},
	{"caller <w> is transferred to <w>", func(a args) statement {
		return input(acd.TransferCaller{Call: acd.CallID(a.w[0]), Dst: a.w[1]})
	}},
	{"caller <w> is released", func(a args) statement { return input(acd.ReleaseCaller{Call: acd.CallID(a.w[0])}) }},
	{"caller <w> is held", func(a args) statement { return input(acd.CallerHeld{Call: acd.CallID(a.w[0]), On: true}) }},
	{"caller <w> is taken back", func(a args) statement { return input(acd.CallerHeld{Call: acd.CallID(a.w[0])}) }},
	{"caller <w> has heard play <n>", func(a args) statement {
		return input(acd.PlayDone{Call: acd.CallID(a.w[0]), Play: uint64(a.n[0])})
	}},

	{"<n> rings", agentEvent(func(o acd.OfferID) acd.Input { return acd.OfferRinging{Offer: o} })},
	{"<n> answers", agentEvent(func(o acd.OfferID) acd.Input { return acd.OfferAnswered{Offer: o} })},
	{"<n> is busy", agentEnds(acd.CauseBusy)},
	{"<n> rejects", agentEnds(acd.CauseRejected)},
	{"<n> cannot be reached", agentEnds(acd.CauseUnreachable)},
	{"<n> stops ringing", agentEnds(acd.CauseNoAnswer)},
	{"<n> hangs up", agentEnds(acd.CauseAgentHangup)},
	{"<n> is lost", agentEnds(acd.CauseLost)},
	{"<n> is released", func(a args) statement { return input(acd.ReleaseAgent{Agent: acd.AgentID(a.n[0])}) }},
	{"<n> is ready", func(a args) statement { return input(acd.EndRest{Agent: acd.AgentID(a.n[0])}) }},
	{"offer <n> rings", func(a args) statement { return input(acd.OfferRinging{Offer: acd.OfferID(a.n[0])}) }},
	{"offer <n> is answered", func(a args) statement { return input(acd.OfferAnswered{Offer: acd.OfferID(a.n[0])}) }},
	{"offer <n> ends", func(a args) statement {
		return input(acd.OfferEnded{Offer: acd.OfferID(a.n[0]), Cause: acd.CauseAgentHangup})
	}},

	{"<n> logs in", status(acd.SetStatus{Status: acd.Online})},
	{"<n> logs out", status(acd.SetStatus{Status: acd.LoggedOut})},
	{"<n> pauses", status(acd.SetStatus{Status: acd.Paused, SkipLoggedOut: true})},
	{"<n> unpauses", status(acd.SetStatus{Status: acd.Online, SkipLoggedOut: true})},
	{"<n> registers", func(a args) statement {
		return input(acd.SetReachable{Agent: acd.AgentID(a.n[0]), Reachable: true})
	}},
	{"<n> unregisters", func(a args) statement { return input(acd.SetReachable{Agent: acd.AgentID(a.n[0])}) }},
	{"<n> makes another call", func(a args) statement { return input(acd.SetOnCall{Agent: acd.AgentID(a.n[0]), On: true}) }},
	{"<n> ends the other call", func(a args) statement { return input(acd.SetOnCall{Agent: acd.AgentID(a.n[0])}) }},

	{"midnight", func(args) statement { return input(acd.NewDay{}) }},
	{"ends get lost", func(args) statement { return confirm(false) }},
	{"ends get reported", func(args) statement { return confirm(true) }},
	{"show <n>", show},
}

var queueOptions = []rule[func(*acd.Queue)]{
	{"music", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.Ringback = false } }},
	{"music <n>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.Music = acd.SoundID(a.n[0]) } }},
	{"ringback", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.Ringback = true } }},
	{"greeting <n>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.Greeting = acd.SoundID(a.n[0]) } }},
	{"announcement <n> every <d>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.Announcement, q.AnnounceEvery = acd.SoundID(a.n[0]), a.d[0] }
	}},
	{"max wait <d>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.MaxWait = a.d[0] } }},
	{"max wait <d> to <w>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.MaxWait, q.MaxWaitDst = a.d[0], a.w[0] }
	}},
	{"max wait with no agent <d>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.MaxWaitNoAgent = a.d[0] }
	}},
	{"max wait with no agent <d> to <w>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.MaxWaitNoAgent, q.NoAgentDst = a.d[0], a.w[0] }
	}},
	{"refuse when nobody is logged in", func(args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.ExitWithNoAgents = true }
	}},
	{"refuse when nobody is logged in to <w>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.ExitWithNoAgents, q.NoAgentDst = true, a.w[0] }
	}},
	{"exit key <w>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.ExitKey = a.w[0][0] } }},
	{"exit key <w> to <w>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.ExitKey, q.ExitDst = a.w[0][0], a.w[1] }
	}},
	{"next level after <d>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.TierRulesApply, q.TierRuleWait = true, a.d[0] }
	}},
	{"times the level", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.TierRuleWaitMultiplyLevel = true } }},
	{"counted from joining", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.TierRuleClockJoin = true } }},
	{"one more every <d>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.RingProgressivelyDelay = a.d[0] }
	}},
	{"record", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.Record = true } }},
	{"tell the agent <n>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.AgentAnnouncement = acd.SoundID(a.n[0]) }
	}},
	{"tell the agent the wait", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.ReportWaitTime = true } }},
	{"after agent's hang-up to <w>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.AgentHangupAction, q.AgentHangupDst = "transfer", a.w[0] }
	}},
	{"after agent's hang-up rate", func(args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.AgentHangupAction = "quality_rate" }
	}},
	{"language <w>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.Language = a.w[0] } }},
	{"announce position", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.AnnouncePosition = true } }},
	{"announce wait", func(args) func(*acd.Queue) { return func(q *acd.Queue) { q.AnnounceWait = true } }},
	{"announce every <d>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.AnnounceEvery = a.d[0] } }},
	{"tag <t>", func(a args) func(*acd.Queue) { return func(q *acd.Queue) { q.CIDNameTag = a.w[0] } }},
	{"resume within <d>", func(a args) func(*acd.Queue) {
		return func(q *acd.Queue) { q.AbandonedResume, q.DiscardAbandonedAfter = true, a.d[0] }
	}},
}

var agentOptions = []rule[func(*acd.Agent)]{
	{"rings <d>", func(a args) func(*acd.Agent) { return func(g *acd.Agent) { g.CallTimeout = a.d[0] } }},
	{"busy rest <d>", func(a args) func(*acd.Agent) { return func(g *acd.Agent) { g.BusyDelay = a.d[0] } }},
	{"no answer rest <d>", func(a args) func(*acd.Agent) { return func(g *acd.Agent) { g.NoAnswerDelay = a.d[0] } }},
	{"reject rest <d>", func(a args) func(*acd.Agent) { return func(g *acd.Agent) { g.RejectDelay = a.d[0] } }},
	{"wrap-up <d>", func(a args) func(*acd.Agent) { return func(g *acd.Agent) { g.WrapUp = a.d[0] } }},
	{"max no answer <n>", func(a args) func(*acd.Agent) { return func(g *acd.Agent) { g.MaxNoAnswer = a.n[0] } }},
}

var callerOptions = []rule[func(*acd.CallerJoined, *world)]{
	{"from <w>", func(a args) func(*acd.CallerJoined, *world) {
		return func(in *acd.CallerJoined, _ *world) { in.Number = a.w[0] }
	}},
	{"priority <n>", func(a args) func(*acd.CallerJoined, *world) {
		return func(in *acd.CallerJoined, _ *world) { in.Priority = a.n[0] }
	}},
	{"waiting for <d> elsewhere", func(a args) func(*acd.CallerJoined, *world) {
		return func(in *acd.CallerJoined, w *world) { in.Joined = w.now.Add(-a.d[0]) }
	}},
	{"answered before", func(a args) func(*acd.CallerJoined, *world) {
		return func(in *acd.CallerJoined, _ *world) { in.Answered = true }
	}},
}

var statusOptions = []rule[func(*acd.SetStatus)]{
	{"in <n>", func(a args) func(*acd.SetStatus) { return func(s *acd.SetStatus) { s.Queue = acd.QueueID(a.n[0]) } }},
	{"for <t>", func(a args) func(*acd.SetStatus) { return func(s *acd.SetStatus) { s.Reason = a.w[0] } }},
}
