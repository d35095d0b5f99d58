package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
)

// books counts what the journal tells, without the code that reports are made with.
type books struct {
	facts  []acd.Fact
	joined map[acd.CallID]acd.Time
	calls  map[acd.CallID]acd.Time // of the call history: when they began
}

// tally is counted alike by the journal and by a report.
type tally struct {
	Offered   int `json:"offered"`
	Answered  int `json:"answered"`
	Abandoned int `json:"abandoned"`
	Missed    int `json:"missed"` // of agents
}

func newBooks() *books {
	return &books{joined: map[acd.CallID]acd.Time{}, calls: map[acd.CallID]acd.Time{}}
}

func (b *books) take(f acd.Fact) {
	b.facts = append(b.facts, f)
	switch f.Kind {
	case acd.FactCallerJoined:
		b.joined[f.Call] = f.At
	case acd.FactLegStarted:
		if _, known := b.calls[f.Leg.Call]; !known {
			b.calls[f.Leg.Call] = f.Leg.Started
		}
	}
}

// ofQueue counts the calls that joined a queue before a time.
func (b *books) ofQueue(id acd.QueueID, end acd.Time) (q tally) {
	for _, f := range b.facts {
		if f.Queue != id || b.joined[f.Call] >= end {
			continue
		}
		switch {
		case f.Kind == acd.FactCallerJoined:
			q.Offered++
		case f.Kind == acd.FactConnected:
			q.Answered++
		case f.Kind == acd.FactCallerLeft && f.Outcome == acd.OutcomeAbandoned:
			q.Abandoned++
		}
	}
	return q
}

// ofAgent counts the offers made to an agent before a time.
func (b *books) ofAgent(id acd.AgentID, end acd.Time) (a tally) {
	offers := map[acd.OfferID]bool{}
	for _, f := range b.facts {
		if f.Agent != id {
			continue
		}
		switch f.Kind {
		case acd.FactOffered:
			if f.At < end {
				a.Offered++
				offers[f.Offer] = true
			}
		case acd.FactConnected:
			if offers[f.Offer] {
				a.Answered++
			}
		case acd.FactOfferEnded:
			switch {
			case !offers[f.Offer]:
			case f.Cause == acd.CauseNoAnswer:
				a.Missed++
			case f.Cause == acd.CauseGone:
				a.Abandoned++
			}
		}
	}
	return a
}

// audit compares what the server reports with what is on the disk, and with
// what it reported before the crash. Phones may have called again already:
// only the time before the last kill is looked at.
func (c *crashTest) audit() {
	c.t.Helper()
	var callers []struct {
		ID acd.CallID `json:"call_api_id"`
	}
	c.api.must(c.t, http.MethodGet, fmt.Sprintf("/extension/%d/queue/status/members/", c.queue), nil, &callers)
	b, end := c.journal.books, acd.TimeOf(c.over)
	for _, caller := range callers {
		if _, before := b.calls[caller.ID]; before {
			c.t.Errorf("call %s is up after the start, and was before", caller.ID)
		}
	}
	for _, q := range c.report("queues") {
		c.same(fmt.Sprint("queue ", q.Queue), q.tally, b.ofQueue(q.Queue, end))
	}
	for _, a := range c.report("agents") {
		c.same(fmt.Sprint("agent ", a.Agent), a.tally, b.ofAgent(a.Agent, end))
	}
	c.compareHistory()
	c.compare()
}

func (c *crashTest) compareHistory() {
	c.t.Helper()
	var got struct {
		Calls []struct {
			ID acd.CallID `json:"call_uuid"`
		} `json:"call_history"`
	}
	c.api.must(c.t, http.MethodGet, "/client/@me/call_history/?"+c.period(), nil, &got)
	want := 0
	for _, began := range c.journal.books.calls {
		if began < acd.TimeOf(c.over) {
			want++
		}
	}
	for _, call := range got.Calls {
		if _, known := c.journal.books.calls[call.ID]; !known {
			c.t.Errorf("call %s is in the history and not in the journal", call.ID)
		}
	}
	if want = min(100, want); len(got.Calls) != want {
		c.t.Errorf("%d calls in the history, want %d", len(got.Calls), want)
	}
}

// period is the time from the first call to the last second before the last kill.
func (c *crashTest) period() string {
	return url.Values{"start_datetime": {c.begun.Format(time.DateTime)}, "end_datetime": {c.over.Format(time.DateTime)}, "per_page": {"100"}}.Encode()
}

func (c *crashTest) same(what string, got, want tally) {
	c.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("the report on %s differs from the journal (-journal +report):\n%s", what, diff)
	}
}

// reported is a row of a report.
type reported struct {
	Queue acd.QueueID `json:"extension_id"`
	Agent acd.AgentID `json:"agent_id"`
	tally
}

func (c *crashTest) report(of string) (rows []reported) {
	c.t.Helper()
	c.api.must(c.t, http.MethodGet, "/client/@me/report/"+of+"/?"+c.period(), nil, &rows)
	return rows
}

// running are fields in which wrap-ups that go on are counted up to now.
var running = []string{"wrap_up", "aht", "busy", "occupancy"}

// compare: what was reported of a time that is over is reported after the crash, too.
func (c *crashTest) compare() {
	c.t.Helper()
	for path, before := range c.reported {
		if diff := cmp.Diff(before, c.look(path)); diff != "" {
			c.t.Errorf("%s after the crash (-before +after):\n%s", path, diff)
		}
	}
	c.reported = map[string]any{}
	for _, path := range []string{"report/queues", "report/agents", "call_history"} {
		path += "/?" + c.period()
		c.reported[path] = c.look(path)
	}
}

// look gives an answer without what still goes on.
func (c *crashTest) look(path string) (answer any) {
	c.t.Helper()
	c.api.must(c.t, http.MethodGet, "/client/@me/"+path, nil, &answer)
	if rows, ok := answer.([]any); ok {
		for _, row := range rows {
			maps.DeleteFunc(row.(map[string]any), func(name string, _ any) bool { return slices.Contains(running, name) })
		}
	}
	return answer
}

// expectCleanEnd judges how a server ended that was asked to: with status 0,
// and nothing in its log that an operator would have to look into.
func (s *server) expectCleanEnd(t *testing.T) {
	t.Helper()
	if s.err != nil {
		t.Errorf("the server ended with %v", s.err)
	}
	if bad := complaint.FindString(s.said()); bad != "" {
		t.Errorf("the server's log has %q:\n%s", bad, s.said())
	}
}

// complaint is a line of the log at WARN or above, or a crash's.
var complaint = regexp.MustCompile(`(?m)^.*(level=WARN|level=ERROR|panic:|DATA RACE).*$`)
