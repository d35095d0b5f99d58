package ver1

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"holdline/internal/app"
)

type reportRow = app.ReportRow

var queueReportFields = append(fields[reportRow]{
	readOnly("extension_id", func(r *reportRow) any { return idOrNull(r.Queue) }),
	readOnly("extension_name", func(r *reportRow) any { return orNull(r.Number) }),
}, append(reportFields, fields[reportRow]{
	readOnly("timeout", func(r *reportRow) any { return r.Timeout }),
	readOnly("no_agent", func(r *reportRow) any { return r.NoAgent }),
	readOnly("exit_key", func(r *reportRow) any { return r.ExitKey }),
	readOnly("transferred", func(r *reportRow) any { return r.Transferred }),
	readOnly("failed", func(r *reportRow) any { return r.Failed }),
	readOnly("waiting", func(r *reportRow) any { return r.Waiting }),
	readOnly("short_abandoned", func(r *reportRow) any { return r.Short }),
	readOnly("mean_wait", func(r *reportRow) any { return exact(r.MeanWait()) }),
	readOnly("service_level_all", func(r *reportRow) any { return percent(r.ServiceLevelAll()) }),
	readOnly("waiting_most", func(r *reportRow) any { return r.MostWaiting }),
	readOnly("waiting_mean", func(r *reportRow) any { return math.Round(r.MeanWaiting()*1000) / 1000 }),
}...)...)

var agentReportFields = append(fields[reportRow]{
	readOnly("agent_id", func(r *reportRow) any { return idOrNull(r.Agent) }),
	readOnly("agent_number", func(r *reportRow) any { return orNull(r.Number) }),
}, append(reportFields, fields[reportRow]{
	readOnly("missed", func(r *reportRow) any { return r.Missed }),
	readOnly("refused", func(r *reportRow) any { return r.Refused }),
}...)...)

// reportFields are those of queues and agents alike.
var reportFields = fields[reportRow]{
	readOnly("start_datetime", func(r *reportRow) any { return r.From.Format(time.DateTime) }),
	readOnly("end_datetime", func(r *reportRow) any { return r.To.Format(time.DateTime) }),
	readOnly("offered", func(r *reportRow) any { return r.Offered }),
	readOnly("answered", func(r *reportRow) any { return r.Answered }),
	readOnly("abandoned", func(r *reportRow) any { return r.Abandoned }),
	readOnly("longest_wait", func(r *reportRow) any { return exact(r.LongestWait) }),
	readOnly("asa", func(r *reportRow) any { return exact(r.ASA()) }),
	readOnly("talk", func(r *reportRow) any { return exact(r.Talk) }),
	readOnly("hold", func(r *reportRow) any { return exact(r.Hold) }),
	readOnly("wrap_up", func(r *reportRow) any { return exact(r.WrapUp) }),
	readOnly("aht", func(r *reportRow) any { return exact(r.AHT()) }),
	readOnly("logged_in", func(r *reportRow) any { return exact(r.LoggedIn) }),
	readOnly("paused", func(r *reportRow) any { return exact(r.Paused) }),
	readOnly("busy", func(r *reportRow) any { return exact(r.Busy) }),
	readOnly("occupancy", func(r *reportRow) any { return percent(r.Occupancy()) }),
	readOnly("service_level", func(r *reportRow) any { return percent(r.ServiceLevel()) }),
	readOnly("ratings", func(r *reportRow) any { return r.Ratings }),
	readOnly("rating_mean", func(r *reportRow) any {
		key, ok := r.Rating()
		if !ok {
			return nil
		}
		return math.Round(key*100) / 100
	}),
}

func (c *call) reportQueues() (reply, error) {
	f, err := c.reportFilter()
	if err != nil {
		return reply{}, err
	}
	if f.Queues, err = c.ids("extension_id"); err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ReportQueues(c.ctx, c.actor, f)
	return c.reported("queues.csv", queueReportFields, list, total, err)
}

// reported answers with a page of rows, or with all as CSV.
func (c *call) reported(file string, columns fields[reportRow], list []reportRow, total int, err error) (reply, error) {
	if whole, _ := c.csv(); whole {
		return exported(file, columns, inOnePart(list, err))
	}
	return listed(columns, list, total, err)
}

func (c *call) reportAgents() (reply, error) {
	f, err := c.reportFilter()
	if err != nil {
		return reply{}, err
	}
	if f.Agents, err = c.ids("agent_id"); err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ReportAgents(c.ctx, c.actor, f)
	return c.reported("agents.csv", agentReportFields, list, total, err)
}

func (c *call) reportFilter() (f app.ReportFilter, err error) {
	f.Interval, f.Total = c.query.Get("interval"), app.Total(c.query.Get("total"))
	if f.Total == "false" {
		f.Total = app.NoTotal
	}
	if f.Page, err = c.page(); err != nil {
		return f, err
	}
	whole, err := c.csv()
	if err != nil {
		return f, err
	}
	if whole {
		f.Page = app.Page{}
	}
	if f.From, f.To, err = c.period(); err != nil {
		return f, err
	}
	threshold, err := c.threshold()
	f.Threshold = &threshold
	return f, err
}

// threshold reads the T of a service level; left out, it is the client's own.
func (c *call) threshold() (time.Duration, error) {
	own := c.app.ServiceThreshold(c.actor)
	n, err := c.number("threshold", own.Seconds(), 0, app.MaxThreshold.Seconds())
	return time.Duration(n * float64(time.Second)), err
}

// number reads a query parameter that is a number; NaN as the default makes it required.
func (c *call) number(name string, byDefault, low, high float64) (float64, error) {
	s := c.query.Get(name)
	if s == "" {
		if math.IsNaN(byDefault) {
			return 0, app.Invalidf(name, "%s is missing; it is required", name)
		}
		return byDefault, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= low && n <= high) {
		return 0, app.Invalidf(name, "%s is %q; allowed are numbers from %v to %v", name, shorten(s), low, high)
	}
	return n, nil
}

var staffFields = fields[app.Staff]{
	readOnly("agents", func(s *app.Staff) any { return s.Agents }),
	readOnly("service_level", func(s *app.Staff) any { return percent(s.ServiceLevel, true) }),
	readOnly("asa", func(s *app.Staff) any { return exact(s.ASA) }),
	readOnly("occupancy", func(s *app.Staff) any { return percent(s.Occupancy, true) }),
	readOnly("wait_probability", func(s *app.Staff) any { return percent(s.Waits, true) }),
	readOnly("traffic", func(s *app.Staff) any { return math.Round(s.Traffic*1000) / 1000 }),
}

// reportStaffing tells how many agents an interval needs, or what a number of them achieves.
func (c *call) reportStaffing() (reply, error) {
	var d app.Demand
	var failed error
	read := func(name string, byDefault, low, high float64) float64 {
		n, err := c.number(name, byDefault, low, high)
		if failed == nil {
			failed = err
		}
		return n
	}
	inSeconds := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	required := math.NaN()
	d.Arrivals = read("arrivals", required, 0.001, 1e6)
	d.AHT = inSeconds(read("aht", required, 1, 86400))
	d.Interval = inSeconds(read("interval", 1800, 60, 86400))
	d.Target = read("target", 80, 1, 99.999) / 100
	within, err := c.threshold()
	if failed == nil {
		failed = err
	}
	d.Within = within
	d.MaxOccupancy = read("max_occupancy", 100, 1, 100) / 100
	agents := 0
	if c.query.Has("agents") {
		agents = int(read("agents", required, 1, 1e6))
	}
	if failed != nil {
		return reply{}, failed
	}
	s, err := c.app.ReportStaffing(d, agents)
	if err != nil {
		return reply{}, err
	}
	body, err := staffFields.show(&s)
	return reply{status: http.StatusOK, body: body}, err
}
