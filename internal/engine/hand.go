package engine

import "time"

// Work has all engines do what there is to do now, where Config.Now tells the
// time: days pass as quickly as they can be reckoned, and the same events at
// the same moments lead to the same journal. Everything that uses such a host,
// its switch too, does so from one goroutine. There are no phone codes in such
// a host: they would wait for it.
func (h *Host) Work() {
	for _, o := range h.all() {
		o.serveByHand()
	}
}

// Next gives the moment of the next thing that time brings: until then Work
// has nothing to do unless something happens.
func (h *Host) Next() time.Time {
	var next time.Time
	for _, o := range h.all() {
		if at := o.nextDeadline(); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

func (h *Host) all() []*org {
	h.mu.RLock()
	defer h.mu.RUnlock()
	out := make([]*org, 0, len(h.orgs))
	for _, o := range h.orgs {
		out = append(out, o)
	}
	return out
}

// serveByHand does what run does by itself: it takes what was sent in and what
// time has brought, and what follows from these at the same moment.
func (o *org) serveByHand() {
	if !o.host.byHand {
		return
	}
	for {
		batch, closed := o.box.take(nil)
		o.turn(batch)
		if closed {
			close(o.done)
			return
		}
		if len(batch) == 0 && o.nextDeadline().After(o.host.cfg.Now()) {
			return
		}
	}
}

// aside does what may wait beside the engine; by hand nothing waits, as time stands still.
func (o *org) aside(fn func()) {
	if o.host.byHand {
		fn()
		return
	}
	go fn()
}
