package engine

import (
	"context"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// load builds the rules from the store. Calls that the journal still holds as
// up are closed in it with cause server_restart: their legs are gone.
func (o *org) load(ctx context.Context) error {
	now := o.host.cfg.Now()
	o.setMidnight(now)
	if n := uint64(now.UnixMicro()); n > o.lastLeg {
		o.lastLeg = n
	}
	return o.host.cfg.Store.View(ctx, func(tx store.Tx) error {
		seq, offer, err := tx.Facts.Last(ctx, o.id)
		if err != nil {
			return err
		}
		open, err := tx.Facts.OpenCalls(ctx, o.id)
		if err != nil {
			return err
		}
		legs, err := tx.Calls.OpenLegs(ctx, o.id)
		if err != nil {
			return err
		}
		last, err := lastTime(ctx, tx, o.id, seq)
		if err != nil {
			return err
		}
		past, learnt, err := o.past(ctx, tx, o.since(now, last))
		if err != nil {
			return err
		}
		o.startClock(last)
		at := o.clock.now()
		o.facts = closing(open, seq, at)
		o.rules = acd.New(acd.Start{Seq: seq + uint64(len(o.facts)), Offer: offer, Seed: uint64(now.UnixNano()), Past: past, Learnt: learnt})
		o.closeLegs(legs, at)
		return o.configure(ctx, tx)
	})
}

// lastTime gives the time of the journal's last fact, 0 if there is none.
func lastTime(ctx context.Context, tx store.Tx, org int64, seq uint64) (acd.Time, error) {
	if seq == 0 {
		return 0, nil
	}
	last, err := tx.Facts.After(ctx, org, seq-1, 1)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].At, nil
}

// farthest is how far ahead of the wall's clock the journal may be for its
// times to go on from there: more than any wrong time zone. What lies further
// ahead was a clock without a battery; to be years ahead for good would be
// worse than reports that miss what happened then.
const farthest = 25 * time.Hour

func (o *org) startClock(last acd.Time) {
	now := acd.TimeOf(o.host.cfg.Now())
	switch ahead := last.Sub(now); {
	case ahead > farthest:
		o.log.Error("the clock was set back far since the last stop: reports may miss calls from before", "last", last.Std(), "now", now.Std())
		last = 0
	case ahead > time.Minute:
		o.log.Warn("the clock was set back since the last stop: the journal's times go on from the last one, 5 % slower until the clock has caught up",
			"last", last.Std(), "now", now.Std())
	}
	o.clock.start(last)
}

// closing writes the end of calls that were up, each once.
func closing(open []acd.Fact, seq uint64, now acd.Time) []acd.Fact {
	var out []acd.Fact
	connected := map[acd.CallID]bool{}
	end := func(f acd.Fact) {
		seq++
		f.Seq, f.At, f.Cause = seq, now, acd.CauseRestart
		out = append(out, f)
	}
	for _, f := range open {
		if f.Kind == acd.FactConnected {
			connected[f.Call] = true
			end(acd.Fact{Kind: acd.FactTalkEnded, Call: f.Call, Queue: f.Queue, Agent: f.Agent, Offer: f.Offer, Duration: now.Sub(f.At)})
		}
	}
	for _, f := range open {
		if f.Kind != acd.FactCallerJoined {
			continue
		}
		outcome := acd.OutcomeFailed
		if connected[f.Call] {
			outcome = acd.OutcomeAnswered
		}
		end(acd.Fact{Kind: acd.FactCallerLeft, Call: f.Call, Queue: f.Queue, Outcome: outcome, Duration: now.Sub(f.At)})
	}
	return out
}

// serverRestart is the cause of what a crash cut off.
var serverRestart = acd.CauseRestart.String()

// closeLegs ends, in the call history, legs that are not up any more.
func (o *org) closeLegs(legs []acd.Leg, now acd.Time) {
	for _, l := range legs {
		if o.legs[telephony.LegID(l.ID)] != nil {
			continue // the rules are rebuilt, the call goes on
		}
		l.Ended, l.By, l.Cause = now, telephony.Network.String(), serverRestart
		o.step(acd.Note{Fact: acd.Fact{Kind: acd.FactLegEnded, Call: l.Call, Queue: l.Queue, Agent: l.Agent, Leg: &l}})
	}
}

// since is where the past begins that the rules read back: this day, and 24
// hours before the last fact, however long ago that is.
func (o *org) since(now time.Time, last acd.Time) acd.Time {
	return min(o.lastMidnight(), acd.TimeOf(now.Add(-24*time.Hour)), last.Add(-24*time.Hour))
}

func (o *org) lastMidnight() acd.Time { return acd.TimeOf(o.midnight.AddDate(0, 0, -1)) }

// past sums up what the strategies need to know, the day's counters and who
// was called last, and what the calls of late have taught.
func (o *org) past(ctx context.Context, tx store.Tx, since acd.Time) ([]acd.AgentPast, *acd.Learnt, error) {
	midnight := o.lastMidnight()
	sums, learnt := map[acd.AgentID]*acd.AgentPast{}, &acd.Learnt{}
	err := tx.Facts.Range(ctx, o.id, since, 0, func(f acd.Fact) error {
		learnt.Add(f)
		if f.Agent == 0 {
			return nil
		}
		sum := sums[f.Agent]
		if sum == nil {
			sum = &acd.AgentPast{Agent: f.Agent}
			sums[f.Agent] = sum
		}
		switch today := f.At >= midnight; f.Kind {
		case acd.FactOffered:
			sum.LastOffered = f.At
		case acd.FactAgentLogin:
			sum.LoggedIn = f.At
		case acd.FactAgentLogout:
			sum.LoggedIn = 0
		case acd.FactConnected:
			if today {
				sum.Calls++
			}
		case acd.FactTalkEnded:
			sum.LastCall = f.At
			if today {
				sum.Talk += f.Duration
			}
		}
		return nil
	})
	past := make([]acd.AgentPast, 0, len(sums))
	for _, sum := range sums {
		past = append(past, *sum)
	}
	return past, learnt, err
}

// configure feeds the rules the organisation's queues, agents and memberships.
func (o *org) configure(ctx context.Context, tx store.Tx) error {
	queues, err := tx.Queues.List(ctx, o.id)
	if err != nil {
		return err
	}
	for _, q := range queues {
		o.step(acd.SetQueue{Queue: q})
	}
	agents, _, err := tx.Agents.List(ctx, o.id, store.AgentFilter{Both: true})
	if err != nil {
		return err
	}
	for _, a := range agents {
		o.step(acd.SetAgent{Agent: a.Agent})
		o.tellLine(a.ID)
	}
	memberships, err := tx.Memberships.List(ctx, o.id)
	for _, m := range memberships {
		o.step(acd.SetMembership{Membership: m})
	}
	return err
}
