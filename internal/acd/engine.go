package acd

// Engine holds one organisation's queues, agents and callers and applies the
// rules to what happens. It is a plain value: one goroutine owns it, nothing
// in it blocks, and every result depends on its inputs alone.
type Engine struct {
	now   Time
	facts []Fact
	cmds  []Command
}

// New gives an empty engine; the configuration comes as inputs.
func New(s Start) *Engine { return &Engine{} }

// Step applies one input at the moment now and returns what happened and what
// the telephone side is to do, both in order. The slices are reused: they are
// valid until the next Step.
func (e *Engine) Step(now Time, in Input) (facts []Fact, cmds []Command) {
	e.now, e.facts, e.cmds = max(e.now, now), e.facts[:0], e.cmds[:0]
	return e.facts, e.cmds
}

// NextDeadline tells when a Tick is due; false if nothing is waited for.
func (e *Engine) NextDeadline() (Time, bool) { return 0, false }

// QueueView tells how a queue looks after the last step.
func (e *Engine) QueueView(id QueueID) (QueueView, bool) { return QueueView{}, false }

// Callers lists a queue's callers, longest wait first, those talking included.
func (e *Engine) Callers(id QueueID) []CallerView { return nil }

// Caller tells about one caller.
func (e *Engine) Caller(id CallID) (CallerView, bool) { return CallerView{}, false }

// AgentView tells about one agent.
func (e *Engine) AgentView(id AgentID) (AgentView, bool) { return AgentView{}, false }

// Check verifies the invariants of contracts/engine.md and names the first that is broken.
func (e *Engine) Check() error { return nil }
