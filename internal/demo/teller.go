package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
)

// Teller prints a line for every call through a queue whose caller is real:
// the simulated ones report their own.
type Teller struct {
	out io.Writer

	mu    sync.Mutex // guards dir and calls
	dir   *directory.Directory
	calls map[acd.CallID]*told
}

// told is what is known of a call until its line is printed.
type told struct {
	number string
	agent  string
	waited time.Duration
	talked time.Duration
}

// NewTeller gives a teller that prints to out.
func NewTeller(out io.Writer) *Teller {
	return &Teller{out: out, calls: map[acd.CallID]*told{}}
}

// Use gives the names of queues and agents.
func (t *Teller) Use(dir *directory.Directory) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dir = dir
}

// Watch takes what happens in the queues (engine.Config.Watch).
func (t *Teller) Watch(org int64, facts []acd.Fact) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range facts {
		t.note(org, f)
	}
}

// note is called under mu.
func (t *Teller) note(org int64, f acd.Fact) {
	if f.Kind == acd.FactCallerJoined && !fictional[f.Number] {
		t.calls[f.Call] = &told{number: f.Number}
		return
	}
	c := t.calls[f.Call]
	if c == nil {
		return
	}
	switch f.Kind {
	case acd.FactConnected:
		c.agent, c.waited = t.agent(org, f.Agent), f.Duration
	case acd.FactTalkEnded:
		c.talked = f.Duration
	case acd.FactCallerLeft:
		delete(t.calls, f.Call)
		say(t.out, "%s -> %s: %s", short(c.number), t.queue(org, f.Queue), c.story(f))
	}
}

func (c *told) story(end acd.Fact) string {
	if c.agent != "" {
		return fmt.Sprintf("waited %s, talked to %s for %s", seconds(c.waited), c.agent, seconds(c.talked))
	}
	how := map[acd.Outcome]string{acd.OutcomeAbandoned: "gave up", acd.OutcomeTimeout: "had waited long enough",
		acd.OutcomeNoAgent: "found no agent", acd.OutcomeExitKey: "left by key", acd.OutcomeTransferred: "was sent on"}[end.Outcome]
	if how == "" {
		how = "was let go (" + end.Outcome.String() + ")"
	}
	return fmt.Sprintf("%s after %s", how, seconds(end.Duration))
}

// queue names a queue by label and short number.
func (t *Teller) queue(org int64, id acd.QueueID) string {
	if t.dir != nil {
		if e, _, ok := t.dir.Extension(org, int64(id)); ok {
			return strings.TrimSpace(e.Label + " " + e.Number)
		}
	}
	return fmt.Sprintf("queue %d", id)
}

func (t *Teller) agent(org int64, id acd.AgentID) string {
	if t.dir != nil {
		if a, ok := t.dir.Agent(org, id); ok && a.Name != nil {
			return *a.Name
		}
		if to, ok := t.dir.AgentEndpoint(org, id); ok {
			return short(to.Number)
		}
	}
	return fmt.Sprintf("agent %d", id)
}

// short leaves the organisation's prefix out.
func short(number string) string {
	if _, after, ok := strings.Cut(number, "*"); ok {
		return after
	}
	return number
}
