package live

import (
	"context"
	"sync"
	"time"

	"holdline/internal/acd"
	"holdline/internal/report"
	"holdline/internal/store"
)

// day is the figures since the organisation's last midnight, counted as the
// reports count them (internal/report): a call belongs to the day it joined in.
type day struct {
	from, end acd.Time
	zone      string // as the organisation names it
	threshold time.Duration
	fold      *report.Fold
	seq       uint64 // last fact in it
}

// newDay gives today without figures.
func (f *feed) newDay() *day {
	o, _ := f.hub.cfg.Directory.Organisation(f.org)
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := f.hub.cfg.Clock().In(zone).Date()
	midnight := func(d int) acd.Time { return acd.TimeOf(time.Date(y, m, d, 0, 0, 0, 0, zone)) }
	out := &day{from: midnight(d), end: midnight(d + 1), zone: o.TimeZone, threshold: o.Threshold()}
	out.fold, err = report.New(report.Options{Start: out.from, End: out.end, Zone: zone, Threshold: out.threshold})
	if err != nil { // a stretch of a single day is never too many
		panic("live: " + err.Error())
	}
	return out
}

// stale tells that the day is over, or no more what the organisation counts as it does.
func (f *feed) stale(d *day) bool {
	if d == nil {
		return true
	}
	o, _ := f.hub.cfg.Directory.Organisation(f.org)
	now := acd.TimeOf(f.hub.cfg.Clock())
	return now < d.from || now >= d.end || d.zone != o.TimeZone || d.threshold != o.Threshold()
}

// count begins to count the day where its figures are stale; until they are
// there the old ones stand. It is called when the engine has been read: what
// was noted before is on its way to the journal, what comes later is held.
func (f *feed) count(ctx context.Context, counts *sync.WaitGroup) {
	if f.counting || !f.stale(f.day) {
		return
	}
	f.counting = true
	counts.Go(func() { f.seeded <- f.readDay(ctx) })
}

// readDay counts what the journal has of today. Where it cannot be read the
// figures begin now: better than none.
func (f *feed) readDay(ctx context.Context) *day {
	d := f.newDay()
	err := f.hub.cfg.Store.Journal().Sync(ctx)
	if err == nil {
		err = f.hub.cfg.Store.View(ctx, func(tx store.Tx) error {
			return tx.Facts.Range(ctx, f.org, d.from, 0, func(x acd.Fact) error {
				d.add(x)
				return ctx.Err()
			})
		})
	}
	if err != nil && ctx.Err() == nil {
		f.hub.log.Warn("the day's figures of the live feed begin now: the journal could not be read", "org", f.org, "err", err)
	}
	return d
}

// counted takes over a day that has been counted, with what happened meanwhile.
func (f *feed) counted(d *day) {
	f.day, f.counting = d, false
	for _, x := range f.held {
		d.add(x)
	}
	f.held = nil
	f.dirty.all = true
	f.midnight.Reset(d.end.Std().Sub(f.hub.cfg.Clock()))
}

// add counts a fact, each once.
func (d *day) add(x acd.Fact) {
	if x.Seq > d.seq {
		d.seq = x.Seq
		d.fold.Add(x)
	}
}
