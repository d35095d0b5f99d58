package apptest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/store"
)

// ErrClosed is what an engine that is not open answers.
var ErrClosed = errors.New("apptest: engine not open")

// Engine is app.Engine with the real rules, stepped in the caller's
// goroutine. Commands to the telephone side are kept in Commands.
type Engine struct {
	store store.Store
	clock *Clock
	watch func(org int64, facts []acd.Fact)

	mu       sync.Mutex // guards below
	orgs     map[int64]*acd.Engine
	commands []acd.Command
	calls    map[int64][]acd.LiveCall // see SetCalls
	orders   []string                 // see Orders
	lines    map[int64]acd.Line       // see SetLine
}

// Open starts an organisation's rules from the store; local agents are not registered.
func (e *Engine) Open(ctx context.Context, org int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.orgs[org] != nil {
		return nil
	}
	var inputs []acd.Input
	var start acd.Start
	err := e.store.View(ctx, func(tx store.Tx) (err error) {
		if start.Seq, start.Offer, err = tx.Facts.Last(ctx, org); err != nil {
			return err
		}
		inputs, err = configuration(ctx, tx, org)
		return err
	})
	if err != nil {
		return err
	}
	e.orgs[org] = acd.New(start)
	_, err = e.step(ctx, org, inputs)
	return err
}

func configuration(ctx context.Context, tx store.Tx, org int64) (in []acd.Input, err error) {
	queues, err := tx.Queues.List(ctx, org)
	if err != nil {
		return nil, err
	}
	for _, q := range queues {
		in = append(in, acd.SetQueue{Queue: q})
	}
	agents, _, err := tx.Agents.List(ctx, org, store.AgentFilter{Both: true})
	if err != nil {
		return nil, err
	}
	for _, a := range agents {
		in = append(in, acd.SetAgent{Agent: a.Agent})
	}
	memberships, err := tx.Memberships.List(ctx, org)
	for _, m := range memberships {
		in = append(in, acd.SetMembership{Membership: m})
	}
	return in, err
}

// Close ends an organisation's rules.
func (e *Engine) Close(_ context.Context, org int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.orgs, org)
	return nil
}

// Apply steps the rules and waits until the facts are committed.
func (e *Engine) Apply(ctx context.Context, org int64, in ...acd.Input) ([]acd.Fact, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.step(ctx, org, in)
}

func (e *Engine) step(ctx context.Context, org int64, in []acd.Input) ([]acd.Fact, error) {
	rules := e.orgs[org]
	if rules == nil {
		return nil, ErrClosed
	}
	var all []acd.Fact
	for _, i := range in {
		facts, commands := rules.Step(acd.TimeOf(e.clock.Now()), i)
		all = append(all, facts...)
		e.commands = append(e.commands, commands...)
	}
	if err := rules.Check(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, nil
	}
	if e.watch != nil {
		e.watch(org, all)
	}
	e.store.Journal().Append(org, all, nil)
	return all, e.store.Journal().Sync(ctx)
}

// Read looks at the rules.
func (e *Engine) Read(_ context.Context, org int64, fn func(*acd.Engine, acd.Time)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.orgs[org] == nil {
		return ErrClosed
	}
	fn(e.orgs[org], acd.TimeOf(e.clock.Now()))
	return nil
}

// SetCalls has the organisation's calls that are up be these.
func (e *Engine) SetCalls(org int64, calls ...acd.LiveCall) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.calls == nil {
		e.calls = map[int64][]acd.LiveCall{}
	}
	for i := range calls {
		calls[i].State = cmp.Or(calls[i].State, acd.CallTalking)
	}
	e.calls[org] = calls
}

// Calls lists what SetCalls said.
func (e *Engine) Calls(_ context.Context, org int64) ([]acd.LiveCall, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.orgs[org] == nil {
		return nil, ErrClosed
	}
	return slices.Clone(e.calls[org]), nil
}

// SetLine has a phone ring, be busy, or be idle.
func (e *Engine) SetLine(extension int64, line acd.Line) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lines == nil {
		e.lines = map[int64]acd.Line{}
	}
	e.lines[extension] = line
}

// Lines gives what SetLine said.
func (e *Engine) Lines(_ context.Context, org int64) (map[int64]acd.Line, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.orgs[org] == nil {
		return nil, ErrClosed
	}
	return maps.Clone(e.lines), nil
}

// Transfer keeps the order; "000" leads nowhere.
func (e *Engine) Transfer(_ context.Context, org int64, call acd.CallID, dst string) error {
	if dst == "000" || dst == "" {
		return engine.ErrNoTarget
	}
	return e.order(org, call, "transfer "+string(call)+" to "+dst)
}

// Order keeps the order; "000" leads nowhere, a call that waits takes none but Pickup.
func (e *Engine) Order(_ context.Context, org int64, o engine.Order) error {
	switch {
	case o.Dst == "000", o.Dst == "" && o.Action == engine.AttendedTransfer:
		return engine.ErrNoTarget
	case o.Dst == "700":
		return engine.ErrNotAPhone
	case o.Action != engine.Pickup && e.waits(org, o.Call):
		return &engine.StateError{Action: o.Action, State: "waits in the queue"}
	}
	return e.order(org, o.Call, strings.TrimSpace(fmt.Sprintf("%s %s of %d %s", o.Action, o.Call, o.Extension, o.Dst)))
}

func (e *Engine) waits(org int64, call acd.CallID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.calls[org], func(c acd.LiveCall) bool { return c.Call == call && c.State == acd.CallWaiting })
}

// ReleaseAgent steps the rules.
func (e *Engine) ReleaseAgent(ctx context.Context, org int64, agent acd.AgentID) error {
	_, err := e.Apply(ctx, org, acd.ReleaseAgent{Agent: agent})
	return err
}

// Hangup ends the call.
func (e *Engine) Hangup(_ context.Context, org int64, call acd.CallID) error {
	return e.order(org, call, "hang up "+string(call))
}

func (e *Engine) order(org int64, call acd.CallID, text string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if call == GoneCall || !slices.ContainsFunc(e.calls[org], func(c acd.LiveCall) bool { return c.Call == call }) {
		return engine.ErrNoCall
	}
	e.orders = append(e.orders, text)
	return nil
}

// GoneCall is a call that ends while it is being transferred or hung up.
const GoneCall acd.CallID = "gone"

// Orders gives what calls were ordered to do since the last time asked.
func (e *Engine) Orders() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.orders
	e.orders = nil
	return out
}

// Commands gives what the telephone side was told since the last time asked.
func (e *Engine) Commands() []acd.Command {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.commands
	e.commands = nil
	return out
}
