package ver1

import (
	"math"
	"time"

	"holdline/internal/app"
)

type rating = app.Rating

var ratingFields = fields[rating]{
	readOnly("call_uuid", func(r *rating) any { return r.Call }),
	readOnly("rating_time_gmt", func(r *rating) any { return gmt(r.At) }),
	readOnly("extension_id", func(r *rating) any { return idOrNull(r.Queue) }),
	readOnly("extension_name", func(r *rating) any { return orNull(r.Number) }),
	readOnly("agent_id", func(r *rating) any { return idOrNull(r.Agent) }),
	readOnly("agent_number", func(r *rating) any { return orNull(r.AgentNumber) }),
	readOnly("rating", func(r *rating) any { return r.Key }),
}

type ratingSum = app.RatingSum

var ratingSumFields = fields[ratingSum]{
	readOnly("extension_id", func(r *ratingSum) any { return idOrNull(r.Queue) }),
	readOnly("extension_name", func(r *ratingSum) any { return orNull(r.Number) }),
	readOnly("agent_id", func(r *ratingSum) any { return idOrNull(r.Agent) }),
	readOnly("agent_number", func(r *ratingSum) any { return orNull(r.AgentNumber) }),
	readOnly("start_datetime", func(r *ratingSum) any { return r.From.Format(time.DateTime) }),
	readOnly("end_datetime", func(r *ratingSum) any { return r.To.Format(time.DateTime) }),
	readOnly("ratings", func(r *ratingSum) any { return r.Count }),
	readOnly("rating_mean", func(r *ratingSum) any { return math.Round(r.Mean*100) / 100 }),
	readOnly("rated_1", func(r *ratingSum) any { return r.Keys[0] }),
	readOnly("rated_2", func(r *ratingSum) any { return r.Keys[1] }),
	readOnly("rated_3", func(r *ratingSum) any { return r.Keys[2] }),
	readOnly("rated_4", func(r *ratingSum) any { return r.Keys[3] }),
	readOnly("rated_5", func(r *ratingSum) any { return r.Keys[4] }),
}

func (c *call) listRatings() (reply, error) {
	var f app.RatingFilter
	var err error
	if f.Page, err = c.page(); err != nil {
		return reply{}, err
	}
	if f.From, f.To, err = c.period(); err != nil {
		return reply{}, err
	}
	if f.Queue, err = c.only("extension_id"); err != nil {
		return reply{}, err
	}
	if f.Agent, err = c.only("agent_id"); err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListRatings(c.ctx, c.actor, f)
	return listed(ratingFields, list, total, err)
}

// only reads a query parameter that is one id; 0 when it is left out.
func (c *call) only(name string) (int64, error) {
	ids, err := c.ids(name)
	switch {
	case err != nil || len(ids) == 0:
		return 0, err
	case len(ids) > 1:
		return 0, app.Invalidf(name, "%s is sent %d times; send it once", name, len(ids))
	}
	return ids[0], nil
}

func (c *call) reportRatings() (reply, error) {
	var f app.ReportFilter
	var err error
	if f.Page, err = c.page(); err != nil {
		return reply{}, err
	}
	if f.From, f.To, err = c.period(); err != nil {
		return reply{}, err
	}
	if f.Queues, err = c.ids("extension_id"); err != nil {
		return reply{}, err
	}
	if f.Agents, err = c.ids("agent_id"); err != nil {
		return reply{}, err
	}
	whole, err := c.csv()
	if err != nil {
		return reply{}, err
	}
	if whole {
		f.Page = app.Page{}
	}
	list, total, err := c.app.ReportRatings(c.ctx, c.actor, f, app.By(c.query.Get("by")))
	if whole {
		return exported("ratings.csv", ratingSumFields, inOnePart(list, err))
	}
	return listed(ratingSumFields, list, total, err)
}
