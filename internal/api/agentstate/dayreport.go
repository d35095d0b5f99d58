package agentstate

import (
	"context"
	"sync"
	"time"

	"holdline/internal/app"
)

// dayReports keeps each organisation's figures of the day for a moment. They
// are read from the day's journal, which takes long on a busy day, and
// wallboards ask every few seconds: what took long to read is kept longer, so
// that an organisation's reports never take more than a part of one core.
type dayReports struct {
	app *app.Service
	now func() time.Time

	mu    sync.Mutex // guards byOrg
	byOrg map[int64]*dayReport
}

type dayReport struct {
	mu    sync.Mutex // held while it is read: who comes meanwhile gets the same
	rows  map[app.QueueID]*app.ReportRow
	until time.Time
}

// A report is kept for keepTimes of the time it took, at most keepMost.
const (
	keepTimes = 5
	keepMost  = 10 * time.Second
)

func newDayReports(s *app.Service, now func() time.Time) *dayReports {
	if now == nil {
		now = time.Now
	}
	return &dayReports{app: s, now: now, byOrg: map[int64]*dayReport{}}
}

// of gives the figures since local midnight of all queues.
func (d *dayReports) of(ctx context.Context, a app.Actor) (map[app.QueueID]*app.ReportRow, error) {
	d.mu.Lock()
	r := d.byOrg[a.Org]
	if r == nil {
		r = &dayReport{}
		d.byOrg[a.Org] = r
	}
	d.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	began := d.now()
	if began.Before(r.until) {
		return r.rows, nil
	}
	rows, _, err := d.app.ReportQueues(ctx, a, app.ReportFilter{})
	if err != nil {
		return nil, err
	}
	r.rows = make(map[app.QueueID]*app.ReportRow, len(rows))
	for i := range rows {
		r.rows[rows[i].Queue] = &rows[i]
	}
	ended := d.now()
	r.until = ended.Add(min(keepTimes*ended.Sub(began), keepMost))
	return r.rows, nil
}
