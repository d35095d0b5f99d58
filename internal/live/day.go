package live

import (
	"context"
	"time"

	"holdline/internal/acd"
	"holdline/internal/report"
	"holdline/internal/store"
)

// day is the figures since the organisation's last midnight, counted as the
// reports count them (internal/report): a call belongs to the day it joined in.
type day struct {
	fold *report.Fold
	end  acd.Time
	seq  uint64 // last fact in it
}

// newDay gives a day without figures.
func (f *feed) newDay() *day {
	from, to, zone := f.today()
	fold, err := report.New(report.Options{Start: from, End: to, Zone: zone})
	if err != nil { // a stretch of a single day is never too many
		panic("live: " + err.Error())
	}
	return &day{fold: fold, end: to}
}

// today gives the organisation's last and next midnight.
func (f *feed) today() (from, to acd.Time, zone *time.Location) {
	o, _ := f.hub.cfg.Directory.Organisation(f.org)
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := f.hub.cfg.Clock().In(zone).Date()
	return acd.TimeOf(time.Date(y, m, d, 0, 0, 0, 0, zone)), acd.TimeOf(time.Date(y, m, d+1, 0, 0, 0, 0, zone)), zone
}

// readDay counts what the journal has of today. Where it cannot be read the
// figures begin now: better than none.
func (f *feed) readDay(ctx context.Context) *day {
	d := f.newDay()
	from, _, _ := f.today()
	err := f.hub.cfg.Store.Journal().Sync(ctx)
	if err == nil {
		err = f.hub.cfg.Store.View(ctx, func(tx store.Tx) error {
			return tx.Facts.Range(ctx, f.org, from, 0, func(x acd.Fact) error {
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

// add counts a fact, each once.
func (d *day) add(x acd.Fact) {
	if x.Seq > d.seq {
		d.seq = x.Seq
		d.fold.Add(x)
	}
}

func (d *day) over(now time.Time) bool { return acd.TimeOf(now) >= d.end }
