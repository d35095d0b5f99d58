package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/report"
	"holdline/internal/store"
)

// ReportRow is the statistics of one queue or agent in one stretch of time.
type ReportRow struct {
	report.Row
	From, To  time.Time     // of the stretch, in the organisation's time zone
	Threshold time.Duration // T of its service level
	Number    string        // full number of the queue, or of the agent's phone; the remote agent's external number
}

// ReportFilter says what is reported. Zero times mean today until now.
type ReportFilter struct {
	From, To  time.Time
	Interval  string         // quarter, hour, day, whole; "" = whole
	Threshold *time.Duration // T of the service level; nil = the organisation's
	Queues    []int64        // only these; empty = all
	Agents    []int64
	Total     Total
	Page
}

// Total says whether a report has rows of everything chosen together, one a
// stretch; they have neither a queue nor an agent.
type Total string

// Totals. Rows of totals stand before the others of their stretch.
const (
	NoTotal   Total = ""
	WithTotal Total = "true"
	OnlyTotal Total = "only"
)

// MaxThreshold bounds T: nobody calls an hour's wait a service.
const MaxThreshold = time.Hour

// lookBack is how much earlier than a report its journal is read: for the
// calls that were up when it begins. Longer calls do not count as busy time.
const lookBack = 24 * time.Hour

// errEnough ends the reading of a journal.
var errEnough = errors.New("app: nothing more to come")

// subject is what the rows of a report are about: queues, or agents.
type subject struct {
	field string  // of the request, names those asked for
	asked []int64 // empty = all
	known func(ctx context.Context, tx store.Tx, a Actor) ([]int64, error)
	rows  func(*report.Fold) []report.Row
	id    func(*report.Row) int64
	set   func(*report.Row, int64)
	// total sums the rows chosen up.
	total func(f *report.Fold, chosen []report.Row) []report.Row
}

// ReportQueues gives the statistics of queues, by time and queue, with the number of rows.
func (s *Service) ReportQueues(ctx context.Context, a Actor, f ReportFilter) ([]ReportRow, int, error) {
	return s.report(ctx, a, f, subject{"extension_id", f.Queues, knownQueues, (*report.Fold).Queues,
		func(r *report.Row) int64 { return int64(r.Queue) }, func(r *report.Row, id int64) { r.Queue = QueueID(id) },
		func(f *report.Fold, _ []report.Row) []report.Row { return f.Total() }},
		func(r *report.Row) string { return s.fullNumber(a.Org, int64(r.Queue)) })
}

// ReportAgents gives the statistics of agents, by time and agent, with the number of rows.
func (s *Service) ReportAgents(ctx context.Context, a Actor, f ReportFilter) ([]ReportRow, int, error) {
	return s.report(ctx, a, f, subject{"agent_id", f.Agents, knownAgents, (*report.Fold).Agents,
		func(r *report.Row) int64 { return int64(r.Agent) }, func(r *report.Row, id int64) { r.Agent = AgentID(id) },
		func(_ *report.Fold, chosen []report.Row) []report.Row { return report.Sum(chosen) }},
		func(r *report.Row) string { return s.agentNumber(a.Org, r.Agent) })
}

// report gives the page asked for of the rows about a subject, each with its number, and how many there are.
func (s *Service) report(ctx context.Context, a Actor, f ReportFilter, of subject, number func(*report.Row) string) ([]ReportRow, int, error) {
	o, err := s.reportOptions(a, &f)
	if err != nil {
		return nil, 0, err
	}
	var rows []report.Row
	err = s.store.View(ctx, func(tx store.Tx) error {
		known, err := of.known(ctx, tx, a)
		if err != nil {
			return err
		}
		c := choose(a, of.asked, known)
		o.Total = func(q QueueID) bool { return c.has(int64(q)) }
		fold, err := readReport(ctx, tx, a.Org, o)
		if err == nil {
			rows, err = of.pick(a, f, fold, c, known, report.Row{Start: o.Start, End: o.End})
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	total := len(rows)
	var out []ReportRow
	for _, r := range pageOf(rows, f.Page) {
		out = append(out, ReportRow{r, r.Start.Std().In(o.Zone), r.End.Std().In(o.Zone), o.Threshold, number(&r)})
	}
	return out, total, nil
}

// readReport reads the journal of the period in one snapshot.
func readReport(ctx context.Context, tx store.Tx, org int64, o report.Options) (*report.Fold, error) {
	fold, err := report.New(o)
	if err != nil {
		return nil, Invalidf("interval", "%s", err)
	}
	memberships, err := tx.Memberships.List(ctx, org)
	if err != nil {
		return nil, err
	}
	for _, m := range memberships {
		fold.Standing(m)
	}
	err = tx.Facts.Range(ctx, org, o.Start.Add(-lookBack), 0, func(x acd.Fact) error {
		if fold.Done() {
			return errEnough
		}
		fold.Add(x)
		return ctx.Err()
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return fold, err
}

func (s *Service) reportOptions(a Actor, f *ReportFilter) (o report.Options, err error) {
	org, _ := s.directory.Organisation(a.Org)
	zone, now := zone(org), s.clock()
	if f.From.IsZero() {
		y, m, d := now.In(zone).Date()
		f.From = time.Date(y, m, d, 0, 0, 0, 0, zone)
	}
	if f.To.IsZero() {
		f.To = now
	}
	if f.To.Equal(f.From) { // now, at midnight
		f.To = f.To.Add(time.Microsecond)
	}
	if f.To.Before(f.From) {
		return o, Invalidf("end_datetime", "end_datetime is before start_datetime; the report would be of no time at all")
	}
	if f.Interval != "" && !slices.Contains(report.Intervals, report.Interval(f.Interval)) {
		return o, Invalidf("interval", "interval is %q; allowed are quarter, hour, day, whole", f.Interval)
	}
	if f.Total != NoTotal && f.Total != WithTotal && f.Total != OnlyTotal {
		return o, Invalidf("total", "total is %q; allowed are false, true, only", f.Total)
	}
	threshold := org.Threshold()
	if f.Threshold != nil {
		threshold = *f.Threshold
	}
	if threshold < 0 || threshold > MaxThreshold {
		return o, Invalidf("threshold", "threshold is %v; allowed are 0 to %d seconds", threshold, int64(MaxThreshold/time.Second))
	}
	return report.Options{Start: acd.TimeOf(f.From), End: acd.TimeOf(f.To), Now: acd.TimeOf(now), Since: org.Created, Interval: report.Interval(f.Interval),
		Zone: zone, Threshold: threshold}, nil
}

// knownQueues gives the queues the actor sees.
func knownQueues(ctx context.Context, tx store.Tx, a Actor) (ids []int64, err error) {
	all, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{Type: QueueType})
	for _, e := range all {
		if a.sees(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids, err
}

// knownAgents gives the agents the actor sees.
func knownAgents(ctx context.Context, tx store.Tx, a Actor) (ids []int64, err error) {
	all, _, err := tx.Agents.List(ctx, a.Org, store.AgentFilter{Both: true})
	if err != nil {
		return nil, err
	}
	own, err := ownNumbers(ctx, tx, a)
	for _, agent := range all {
		if a.Reach != store.ReachUser || !agent.Remote && own[agent.ExtensionID] {
			ids = append(ids, int64(agent.ID))
		}
	}
	return ids, err
}

// choice is whom a report is about.
type choice struct {
	ids []int64
	all bool // also those deleted since
}

// choose gives those asked for, or all the actor sees. What was deleted since
// has rows, too, for whoever sees all of the organisation.
func choose(a Actor, asked, known []int64) choice {
	if len(asked) > 0 {
		return choice{ids: asked}
	}
	return choice{ids: known, all: a.Reach != store.ReachUser}
}

func (c choice) has(id int64) bool { return c.all || slices.Contains(c.ids, id) }

// pick keeps the rows chosen; over the whole period each has one, even if nothing happened.
func (of subject) pick(a Actor, f ReportFilter, fold *report.Fold, c choice, known []int64, span report.Row) ([]report.Row, error) {
	rows := of.rows(fold)
	have := map[int64]bool{}
	for i := range rows {
		have[of.id(&rows[i])] = true
	}
	for _, n := range of.asked {
		if !slices.Contains(known, n) && (a.Reach == store.ReachUser || !have[n]) {
			return nil, noSuch(of.field, n)
		}
	}
	rows = slices.DeleteFunc(rows, func(r report.Row) bool { return !c.has(of.id(&r)) })
	var totals []report.Row
	if f.Total != NoTotal {
		totals = of.total(fold, rows)
	}
	if f.Interval == "" || f.Interval == string(report.Whole) {
		for _, n := range c.ids {
			if !have[n] {
				r := span
				of.set(&r, n)
				rows = append(rows, r)
			}
		}
		if f.Total != NoTotal && len(totals) == 0 {
			totals = []report.Row{span}
		}
	}
	if f.Total == OnlyTotal {
		return totals, nil
	}
	rows = append(rows, totals...)
	slices.SortFunc(rows, func(x, y report.Row) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(of.id(&x), of.id(&y)))
	})
	return rows, nil
}

// Demand is what an interval brings and what is wanted of the service.
type Demand = report.Demand

// Staff is what a number of agents makes of a demand.
type Staff = report.Staff

// ReportStaffing gives the least number of agents that meets a demand (Erlang
// C), or, with a number of agents, what they make of it.
func (s *Service) ReportStaffing(d Demand, agents int) (Staff, error) {
	if agents > 0 {
		staff, err := report.Predict(d, agents)
		if err != nil || staff.ServiceLevel == 0 && staff.Waits == 1 {
			return staff, Invalidf("agents", "%d agents cannot cope with %.4g erlangs: the queue would grow without end; take more", agents, staff.Traffic)
		}
		return staff, nil
	}
	staff, err := report.Staffing(d)
	if err != nil {
		return staff, Invalidf("arrivals", "no number of agents up to %d meets this: %s", report.MaxAgents,
			strings.TrimPrefix(report.ErrDemand.Error(), "report: "))
	}
	return staff, nil
}
