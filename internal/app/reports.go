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
	From, To time.Time // of the stretch, in the organisation's time zone
	Number   string    // full number of the queue, or of the agent's phone; the remote agent's external number
}

// ReportFilter says what is reported. Zero times mean today until now.
type ReportFilter struct {
	From, To  time.Time
	Interval  string        // quarter, hour, day, whole; "" = whole
	Threshold time.Duration // T of the service level; 0 = 20 s
	Queues    []int64       // only these; empty = all
	Agents    []int64
	Page
}

// longestThreshold bounds T: nobody calls an hour's wait a service.
const longestThreshold = time.Hour

// lookBack is how much earlier than a report its journal is read: for the
// calls that were up when it begins. Longer calls do not count as busy time.
const lookBack = 24 * time.Hour

// errEnough ends the reading of a journal.
var errEnough = errors.New("app: nothing more to come")

// ReportQueues gives the statistics of queues, by time and queue, with the number of rows.
func (s *Service) ReportQueues(ctx context.Context, a Actor, f ReportFilter) ([]ReportRow, int, error) {
	rows, err := s.report(ctx, a, f, func(tx store.Tx, fold *report.Fold, span report.Row) ([]report.Row, error) {
		return s.queueRows(ctx, tx, a, f, fold, span)
	})
	if err != nil {
		return nil, 0, err
	}
	for i, r := range rows {
		rows[i].Number = s.fullNumber(a.Org, int64(r.Queue))
	}
	return pageOf(rows, f.Page), len(rows), nil
}

// ReportAgents gives the statistics of agents, by time and agent, with the number of rows.
func (s *Service) ReportAgents(ctx context.Context, a Actor, f ReportFilter) ([]ReportRow, int, error) {
	rows, err := s.report(ctx, a, f, func(tx store.Tx, fold *report.Fold, span report.Row) ([]report.Row, error) {
		return s.agentRows(ctx, tx, a, f, fold, span)
	})
	if err != nil {
		return nil, 0, err
	}
	for i, r := range rows {
		rows[i].Number = s.agentNumber(a.Org, r.Agent)
	}
	return pageOf(rows, f.Page), len(rows), nil
}

// report reads the journal of the period in one snapshot and gives the rows that pick chooses.
func (s *Service) report(ctx context.Context, a Actor, f ReportFilter, pick func(store.Tx, *report.Fold, report.Row) ([]report.Row, error)) ([]ReportRow, error) {
	o, err := s.reportOptions(a, &f)
	if err != nil {
		return nil, err
	}
	fold, err := report.New(o)
	if err != nil {
		return nil, Invalidf("interval", "%s", err)
	}
	var rows []report.Row
	err = s.store.View(ctx, func(tx store.Tx) error {
		memberships, err := tx.Memberships.List(ctx, a.Org)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			fold.Standing(m)
		}
		err = tx.Facts.Range(ctx, a.Org, o.Start.Add(-lookBack), 0, func(x acd.Fact) error {
			if fold.Done() {
				return errEnough
			}
			fold.Add(x)
			return ctx.Err()
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		rows, err = pick(tx, fold, report.Row{Start: o.Start, End: o.End})
		return err
	})
	out := make([]ReportRow, len(rows))
	for i, r := range rows {
		out[i] = ReportRow{Row: r, From: r.Start.Std().In(o.Zone), To: r.End.Std().In(o.Zone)}
	}
	return out, err
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
	if f.Threshold < 0 || f.Threshold > longestThreshold {
		return o, Invalidf("threshold", "threshold is %d; allowed are 0 to %d seconds", int64(f.Threshold/time.Second), int64(longestThreshold/time.Second))
	}
	return report.Options{Start: acd.TimeOf(f.From), End: acd.TimeOf(f.To), Now: acd.TimeOf(now), Since: org.Created, Interval: report.Interval(f.Interval),
		Zone: zone, Threshold: f.Threshold}, nil
}

// queueRows gives the rows of the queues the actor sees; over the whole period each has one, even if nothing happened.
func (s *Service) queueRows(ctx context.Context, tx store.Tx, a Actor, f ReportFilter, fold *report.Fold, span report.Row) ([]report.Row, error) {
	known, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{Type: QueueType})
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, e := range known {
		if a.sees(e) {
			all = append(all, e.ID)
		}
	}
	return pickRows(f, "extension_id", f.Queues, all, a, fold.Queues(), span,
		func(r *report.Row) int64 { return int64(r.Queue) }, func(r *report.Row, id int64) { r.Queue = QueueID(id) })
}

func (s *Service) agentRows(ctx context.Context, tx store.Tx, a Actor, f ReportFilter, fold *report.Fold, span report.Row) ([]report.Row, error) {
	known, _, err := tx.Agents.List(ctx, a.Org, store.AgentFilter{Both: true})
	if err != nil {
		return nil, err
	}
	own, err := ownNumbers(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, agent := range known {
		if a.Reach != store.ReachUser || !agent.Remote && own[agent.ExtensionID] {
			all = append(all, int64(agent.ID))
		}
	}
	return pickRows(f, "agent_id", f.Agents, all, a, fold.Agents(), span,
		func(r *report.Row) int64 { return int64(r.Agent) }, func(r *report.Row, id int64) { r.Agent = AgentID(id) })
}

// pickRows keeps the rows asked for. What was deleted since has rows, too, for whoever sees all of the organisation.
func pickRows(f ReportFilter, field string, asked, known []int64, a Actor, rows []report.Row, span report.Row,
	id func(*report.Row) int64, set func(*report.Row, int64)) ([]report.Row, error) {
	have := map[int64]bool{}
	for _, r := range rows {
		have[id(&r)] = true
	}
	wanted := known
	if len(asked) > 0 {
		wanted = asked
		for _, n := range asked {
			if !slices.Contains(known, n) && (a.Reach == store.ReachUser || !have[n]) {
				return nil, noSuch(field, n)
			}
		}
	}
	all := len(asked) == 0 && a.Reach != store.ReachUser
	rows = slices.DeleteFunc(rows, func(r report.Row) bool { return !all && !slices.Contains(wanted, id(&r)) })
	if f.Interval == "" || f.Interval == string(report.Whole) {
		for _, n := range wanted {
			if !have[n] {
				r := span
				set(&r, n)
				rows = append(rows, r)
			}
		}
	}
	slices.SortFunc(rows, func(x, y report.Row) int { return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(id(&x), id(&y))) })
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
