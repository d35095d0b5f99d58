package acd

import "slices"

// Damages breaks something that belongs to an agent, a caller or his queue, for random histories.
var Damages = []func(e *Engine, a *agent, c *caller){
	func(e *Engine, a *agent, _ *caller) { e.disarm(&a.offer.timer) },
	func(e *Engine, a *agent, _ *caller) { e.disarm(&a.hold.timer) },
	func(_ *Engine, a *agent, _ *caller) { a.offer.caller = nil },
	func(e *Engine, a *agent, _ *caller) { delete(e.offers, a.offer.id) },
	func(e *Engine, a *agent, _ *caller) { e.offers[1<<40] = &a.offer },
	func(_ *Engine, a *agent, _ *caller) { a.onCall = !a.onCall },
	func(_ *Engine, a *agent, _ *caller) { a.reachable = false },
	func(_ *Engine, a *agent, _ *caller) { a.state = (a.state + 1) % 7 },
	func(e *Engine, a *agent, _ *caller) { delete(e.agents, a.ID) },
	func(_ *Engine, a *agent, _ *caller) {
		if len(a.memberships) > 0 {
			a.memberships[0].ready = !a.memberships[0].ready
		}
	},
	func(e *Engine, _ *agent, c *caller) { delete(e.callers, c.call) },
	func(_ *Engine, _ *agent, c *caller) { c.agent = nil },
	func(_ *Engine, _ *agent, c *caller) { c.offers = c.offers[:0] },
	func(_ *Engine, _ *agent, c *caller) { c.queue.waiting = c.queue.waiting[:0] },
	func(_ *Engine, _ *agent, c *caller) { c.queue.talking = c.queue.talking[:0] },
	func(_ *Engine, _ *agent, c *caller) { c.seeking = !c.seeking },
	func(e *Engine, _ *agent, c *caller) { e.disarmAll(c) },
	func(_ *Engine, _ *agent, c *caller) { c.play = 0 },
	func(_ *Engine, _ *agent, c *caller) { c.begun = false },
	func(_ *Engine, _ *agent, c *caller) { c.expired = OutcomeTimeout },
	func(_ *Engine, _ *agent, c *caller) { c.queue.ready++ },
	func(_ *Engine, _ *agent, c *caller) { c.queue.trying++ },
	func(_ *Engine, _ *agent, c *caller) { slices.Reverse(c.queue.levels) },
	func(e *Engine, _ *agent, _ *caller) { slices.Reverse(e.timers) },
}

// Damage does one of them to the agent and caller of these places in the rows.
func (e *Engine) Damage(kind, agent, caller int) {
	if len(e.rounds.agents) == 0 || len(e.rounds.callers) == 0 {
		return
	}
	Damages[kind](e, e.rounds.agents[agent%len(e.rounds.agents)], e.rounds.callers[caller%len(e.rounds.callers)])
}
