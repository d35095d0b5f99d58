package webhook

import (
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	cleanEvery  = time.Hour
	cleanAtOnce = 500 // deliveries a commit: a few milliseconds, so that nobody waits for it
)

// clean removes deliveries that ended too long ago, now and every hour.
func (o *Outbox) clean() {
	if o.cfg.Keep <= 0 {
		return
	}
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	for {
		o.cleanOnce(acd.TimeOf(time.Now().Add(-o.cfg.Keep)))
		select {
		case <-tick.C:
		case <-o.quit:
			return
		}
	}
}

func (o *Outbox) cleanOnce(before acd.Time) {
	total := 0
	for n := cleanAtOnce; n == cleanAtOnce && o.ctx.Err() == nil; {
		err := o.cfg.Store.Update(o.ctx, func(tx store.Tx) (err error) {
			n, err = tx.Deliveries.DeleteBefore(o.ctx, before, cleanAtOnce)
			return err
		})
		if err != nil {
			if o.ctx.Err() == nil {
				o.log.Error("old webhook deliveries could not be deleted; it is tried again in an hour", "error", err)
			}
			return
		}
		total += n
	}
	if total > 0 {
		o.log.Info("old webhook deliveries deleted", "number", total)
	}
}
