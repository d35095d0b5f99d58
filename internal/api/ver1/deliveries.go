package ver1

import (
	"slices"
	"time"

	"holdline/internal/app"
)

// delivery is what is shown of one: its log only when it is asked for alone.
type delivery struct {
	app.Delivery
	Log []app.Attempt
}

var deliveryFields = fields[delivery]{
	readOnly("id", func(d *delivery) any { return d.ID }),
	readOnly("event_id", func(d *delivery) any { return d.Subscription }),
	readOnly("webhook_id", func(d *delivery) any { return d.Key }),
	readOnly("event_type", func(d *delivery) any { return eventName(d.Event) }),
	readOnly("test", func(d *delivery) any { return d.Seq == 0 }),
	readOnly("event_time_gmt", func(d *delivery) any { return gmt(d.Happened) }),
	readOnly("create_time_gmt", func(d *delivery) any { return gmt(d.Created) }),
	readOnly("data", func(d *delivery) any { return d.Form }),
	readOnly("state", func(d *delivery) any { return d.State }),
	readOnly("attempts", func(d *delivery) any { return d.Attempts }),
	readOnly("next_attempt_gmt", func(d *delivery) any {
		if d.State != app.DeliveryPending {
			return nil
		}
		return gmt(d.Due)
	}),
	readOnly("end_time_gmt", func(d *delivery) any { return gmt(d.Ended) }),
	readOnly("status_code", func(d *delivery) any { return idOrNull(int64(d.Status)) }),
	readOnly("error", func(d *delivery) any { return orNull(d.Problem) }),
}

var deliveryWithLog = append(slices.Clone(deliveryFields), field[delivery]{name: "log", of: attemptFields, get: func(d *delivery) any {
	rows, err := attemptFields.showAll(d.Log)
	if err != nil {
		return err.Error() // no attempt has a value JSON does not know
	}
	return rows
}})

var attemptFields = fields[app.Attempt]{
	readOnly("attempt", func(t *app.Attempt) any { return t.Number }),
	readOnly("start_time_gmt", func(t *app.Attempt) any { return gmt(t.At) }),
	readOnly("seconds", func(t *app.Attempt) any { return exact(t.Took) }),
	readOnly("method", func(t *app.Attempt) any { return t.Method }),
	readOnly("url", func(t *app.Attempt) any { return t.URL }),
	readOnly("status_code", func(t *app.Attempt) any { return idOrNull(int64(t.Status)) }),
	readOnly("answer", func(t *app.Attempt) any { return orNull(t.Answer) }),
	readOnly("error", func(t *app.Attempt) any { return orNull(t.Problem) }),
}

func (c *call) listDeliveries() (reply, error) {
	f := app.DeliveryFilter{State: app.DeliveryState(c.query.Get("state"))}
	var err error
	if f.Page, err = c.page(); err != nil {
		return reply{}, err
	}
	if f.From, f.To, err = c.period(); err != nil {
		return reply{}, err
	}
	if f.Oldest, err = c.oldestFirst(); err != nil {
		return reply{}, err
	}
	rows, total, err := c.app.ListDeliveries(c.ctx, c.actor, c.subject(), c.subscription(), f)
	list := make([]delivery, len(rows))
	for i, d := range rows {
		list[i].Delivery = d
	}
	return listed(deliveryFields, list, total, err)
}

func (c *call) getDelivery() (reply, error) {
	d, log, err := c.app.GetDelivery(c.ctx, c.actor, c.subject(), c.subscription(), c.delivery)
	return shown(deliveryWithLog, delivery{d, log}, err)
}

func (c *call) replayDelivery() (reply, error) {
	d, err := c.app.ReplayDelivery(c.ctx, c.actor, c.subject(), c.subscription(), c.delivery)
	return created(deliveryFields, delivery{Delivery: d}, err)
}

func (c *call) testEvent() (reply, error) {
	d, err := c.app.TestDelivery(c.ctx, c.actor, c.subject(), c.subscription())
	return created(deliveryFields, delivery{Delivery: d}, err)
}

// replay is the body of a POST that repeats a period.
type replay struct{ from, to string }

var replayFields = fields[replay]{
	text("start_datetime", func(r *replay) *string { return &r.from }).must(),
	text("end_datetime", func(r *replay) *string { return &r.to }).must(),
}

var replayedFields = fields[int]{
	readOnly("deliveries", func(n *int) any { return *n }),
}

func (c *call) replayEvents() (reply, error) {
	var r replay
	if err := replayFields.create(c.body, &r); err != nil {
		return reply{}, err
	}
	var period [2]time.Time
	for i, text := range []string{r.from, r.to} {
		var err error
		if period[i], err = c.parseMoment(replayFields[i].name, text); err != nil {
			return reply{}, err
		}
	}
	n, err := c.app.ReplayDeliveries(c.ctx, c.actor, c.subject(), c.subscription(), period[0], period[1])
	return created(replayedFields, n, err)
}
