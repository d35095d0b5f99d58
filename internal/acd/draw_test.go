package acd_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"holdline/internal/acd"
)

// What histories draw: whom something happens to, and configurations.

func (h *history) queue() acd.QueueID {
	return acd.QueueID(rapid.IntRange(1, historyQueues).Draw(h.t, "queue"))
}

func (h *history) agent() acd.AgentID {
	return acd.AgentID(rapid.IntRange(1, historyAgents).Draw(h.t, "agent"))
}

func (h *history) call() acd.CallID {
	return acd.CallID(fmt.Sprint("call-", rapid.IntRange(1, historyCallers).Draw(h.t, "call")))
}

// offer is one of the last few, so mostly alive.
func (h *history) offer() acd.OfferID {
	if len(h.offers) == 0 {
		return 1
	}
	last := max(0, len(h.offers)-8)
	return h.offers[rapid.IntRange(last, len(h.offers)-1).Draw(h.t, "offer")]
}

func (h *history) seconds(label string, choice ...int) time.Duration {
	return time.Duration(rapid.SampledFrom(choice).Draw(h.t, label)) * time.Second
}

func (h *history) randomQueue() acd.Queue {
	flag := rapid.Bool()
	return acd.Queue{
		ID:                        h.queue(),
		Strategy:                  rapid.SampledFrom(acd.Strategies).Draw(h.t, "strategy"),
		TierRulesApply:            flag.Draw(h.t, "tiers"),
		TierRuleWait:              h.seconds("tier wait", 0, 5, 30),
		TierRuleWaitMultiplyLevel: flag.Draw(h.t, "multiply"),
		TierRuleClockJoin:         flag.Draw(h.t, "clock join"),
		RingProgressivelyDelay:    h.seconds("progressive", 0, 3),
		Ringback:                  flag.Draw(h.t, "ringback"),
		Greeting:                  acd.SoundID(rapid.IntRange(0, 1).Draw(h.t, "greeting")),
		Announcement:              acd.SoundID(rapid.IntRange(0, 1).Draw(h.t, "announcement")),
		AnnounceEvery:             h.seconds("announce", 0, 7),
		MaxWait:                   h.seconds("max wait", 0, 0, 40),
		MaxWaitNoAgent:            h.seconds("no agent", 0, 0, 20),
		ExitWithNoAgents:          rapid.IntRange(0, 4).Draw(h.t, "exit with no agents") == 0,
		ExitKey:                   '#',
		AgentHangupAction:         rapid.SampledFrom([]string{"", "transfer", "quality_rate"}).Draw(h.t, "agent hangup"),
		AgentHangupDst:            "333",
		AnnouncePosition:          flag.Draw(h.t, "position"),
		AnnounceWait:              flag.Draw(h.t, "wait"),
		AbandonedResume:           flag.Draw(h.t, "resume"),
	}
}

func (h *history) randomAgent(id acd.AgentID) acd.Agent {
	return acd.Agent{
		ID:            id,
		Remote:        rapid.Bool().Draw(h.t, "remote"),
		CallTimeout:   h.seconds("call timeout", 0, 1, 20),
		BusyDelay:     h.seconds("busy", 0, 10),
		NoAnswerDelay: h.seconds("no answer", 0, 10),
		RejectDelay:   h.seconds("reject", 0, 10),
		WrapUp:        h.seconds("wrap-up", 0, 0, 15),
		MaxNoAnswer:   rapid.IntRange(0, 2).Draw(h.t, "max no answer"),
	}
}

func (h *history) randomMembership(agent acd.AgentID) acd.Membership {
	return acd.Membership{
		Queue:    h.queue(),
		Agent:    agent,
		Level:    rapid.IntRange(0, 3).Draw(h.t, "level"),
		Position: rapid.IntRange(0, 2).Draw(h.t, "position"),
		Status:   acd.Status(rapid.IntRange(0, 2).Draw(h.t, "status")),
	}
}
