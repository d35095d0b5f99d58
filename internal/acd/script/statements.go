package script

import (
	"fmt"

	"holdline/internal/acd"
)

func input(in acd.Input) statement {
	return statement{do: func(w *world) error { return w.step(in) }}
}

func newQueue(a args) statement {
	q := acd.Queue{ID: acd.QueueID(a.n[0]), Strategy: acd.Strategy(a.w[0])}
	return statement{
		do: func(w *world) error {
			if err := q.Validate(); err != nil {
				w.say("refused: %s", err)
				return nil
			}
			return w.step(acd.SetQueue{Queue: q})
		},
		option: func(phrase string) error {
			set, err := read(queueOptions, "queue option", phrase)
			if err == nil {
				set(&q)
			}
			return err
		},
	}
}

// newAgent configures an agent. A local one is registered unless the story says otherwise.
func newAgent(a args, remote bool) statement {
	cfg := acd.Agent{ID: acd.AgentID(a.n[0]), Remote: remote}
	registered := !remote
	return statement{
		do: func(w *world) error {
			_, known := w.engine.AgentView(cfg.ID)
			if err := w.step(acd.SetAgent{Agent: cfg}); err != nil || known || !registered {
				return err
			}
			return w.quietly(acd.SetReachable{Agent: cfg.ID, Reachable: true})
		},
		option: func(phrase string) error {
			if phrase == "not registered" {
				registered = false
				return nil
			}
			set, err := read(agentOptions, "agent option", phrase)
			if err == nil {
				set(&cfg)
			}
			return err
		},
	}
}

func join(a args, s acd.Status) statement {
	return input(acd.SetMembership{Membership: acd.Membership{
		Agent: acd.AgentID(a.n[0]), Queue: acd.QueueID(a.n[1]), Level: a.n[2], Position: a.n[3], Status: s,
	}})
}

func newCaller(a args) statement {
	in := acd.CallerJoined{Call: acd.CallID(a.w[0]), Queue: acd.QueueID(a.n[0])}
	var late []func(*acd.CallerJoined, *world)
	return statement{
		do: func(w *world) error {
			joined := in
			for _, set := range late {
				set(&joined, w)
			}
			return w.step(joined)
		},
		option: func(phrase string) error {
			set, err := read(callerOptions, "caller option", phrase)
			if err == nil {
				late = append(late, set)
			}
			return err
		},
	}
}

func callerEnds(a args, cause acd.OfferCause) statement {
	return input(acd.CallerEnded{Call: acd.CallID(a.w[0]), Cause: cause})
}

// agentEvent reports something of the offer that was last made to the agent.
func agentEvent(report func(acd.OfferID) acd.Input) func(args) statement {
	return func(a args) statement {
		agent := acd.AgentID(a.n[0])
		return statement{do: func(w *world) error {
			offer, offered := w.offers[agent]
			if !offered {
				return fmt.Errorf("agent %d has never been offered", agent)
			}
			return w.step(report(offer))
		}}
	}
}

func agentEnds(cause acd.OfferCause) func(args) statement {
	return agentEvent(func(o acd.OfferID) acd.Input { return acd.OfferEnded{Offer: o, Cause: cause} })
}

func status(in acd.SetStatus) func(args) statement {
	return func(a args) statement {
		set := in
		set.Agent, set.Source = acd.AgentID(a.n[0]), acd.SourcePhone
		return statement{
			do: func(w *world) error { return w.step(set) },
			option: func(phrase string) error {
				change, err := read(statusOptions, "status option", phrase)
				if err == nil {
					change(&set)
				}
				return err
			},
		}
	}
}

func confirm(on bool) statement {
	return statement{do: func(w *world) error {
		w.confirms = on
		return nil
	}}
}

func show(a args) statement {
	return statement{do: func(w *world) error {
		if err := w.step(acd.Tick{}); err != nil { // views tell of the last step
			return err
		}
		if q, known := w.engine.QueueView(acd.QueueID(a.n[0])); known {
			w.showQueue(acd.QueueID(a.n[0]), q)
			return nil
		}
		v, known := w.engine.AgentView(acd.AgentID(a.n[0]))
		if !known {
			return fmt.Errorf("there is neither a queue nor an agent %d", a.n[0])
		}
		w.showAgent(v)
		return nil
	}}
}
