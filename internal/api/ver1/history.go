package ver1

import (
	"encoding/json"
	"net/http"

	"holdline/internal/app"
)

type pastCall = app.HistoryCall

var historyFields = fields[pastCall]{
	readOnly("call_uuid", func(p *pastCall) any { return p.ID }),
	readOnly("flow", func(p *pastCall) any { return p.Flow }),
	readOnly("init_time_gmt", func(p *pastCall) any { return gmt(p.Started) }),
	readOnly("start_time_gmt", func(p *pastCall) any { return gmt(p.Answered) }),
	readOnly("bridged_time_gmt", func(p *pastCall) any { return gmt(p.Bridged) }),
	readOnly("hangup_time_gmt", func(p *pastCall) any { return gmt(p.Ended) }),
	readOnly("duration", func(p *pastCall) any { return wholeSeconds(p.Started, p.Ended) }),
	readOnly("bridged_duration", func(p *pastCall) any { return wholeSeconds(p.Bridged, p.Ended) }),
	readOnly("from_username", func(p *pastCall) any { return p.From }),
	readOnly("from_screen_name", func(p *pastCall) any { return p.FromName }),
	readOnly("to_username", func(p *pastCall) any { return p.To }),
	readOnly("did_number", func(p *pastCall) any { return orNull(p.DID) }),
	readOnly("extension_id", func(p *pastCall) any { return idOrNull(p.Extension) }),
	readOnly("extension_name", func(p *pastCall) any { return orNull(p.ExtensionNumber) }),
	readOnly("extension_type", func(p *pastCall) any { return orNull(p.ExtensionType) }),
	readOnly("result", func(p *pastCall) any { return p.Result }),
	readOnly("hangup_cause", func(p *pastCall) any { return orNull(p.Cause) }),
	readOnly("hangup_disposition", func(p *pastCall) any { return orNull(p.Disposition) }),
	readOnly("queue_id", func(p *pastCall) any { return idOrNull(p.Queue) }),
	readOnly("agent_id", func(p *pastCall) any { return idOrNull(p.Agent) }),
	readOnly("queue_result", func(p *pastCall) any { return orNull(p.Outcome.String()) }),
	readOnly("rating", func(p *pastCall) any { return orNull(p.Rating) }),
	readOnly("record_uuid", func(p *pastCall) any { return orNull(p.Recording) }),
	{name: "cdr", of: legFields, get: func(p *pastCall) any {
		rows, err := legFields.showAll(p.Legs)
		if err != nil {
			return err.Error() // no leg has a value JSON does not know
		}
		return rows
	}},
}

var legFields = fields[app.HistoryLeg]{
	readOnly("leg_uuid", func(l *app.HistoryLeg) any { return l.ID }),
	readOnly("flow", func(l *app.HistoryLeg) any {
		if l.In {
			return "in"
		}
		return "out"
	}),
	readOnly("from_username", func(l *app.HistoryLeg) any { return l.From }),
	readOnly("from_screen_name", func(l *app.HistoryLeg) any { return l.FromName }),
	readOnly("to_username", func(l *app.HistoryLeg) any { return l.To }),
	readOnly("extension_id", func(l *app.HistoryLeg) any { return idOrNull(l.Extension) }),
	readOnly("extension_name", func(l *app.HistoryLeg) any { return orNull(l.ExtensionNumber) }),
	readOnly("queue_id", func(l *app.HistoryLeg) any { return idOrNull(l.Queue) }),
	readOnly("agent_id", func(l *app.HistoryLeg) any { return idOrNull(l.Agent) }),
	readOnly("start_time_gmt", func(l *app.HistoryLeg) any { return gmt(l.Started) }),
	readOnly("answer_time_gmt", func(l *app.HistoryLeg) any { return gmt(l.Answered) }),
	readOnly("hangup_time_gmt", func(l *app.HistoryLeg) any { return gmt(l.Ended) }),
	readOnly("duration", func(l *app.HistoryLeg) any { return wholeSeconds(l.Started, l.Ended) }),
	readOnly("answered_duration", func(l *app.HistoryLeg) any { return wholeSeconds(l.Answered, l.Ended) }),
	readOnly("hangup_by", func(l *app.HistoryLeg) any { return orNull(l.By) }),
	readOnly("hangup_cause", func(l *app.HistoryLeg) any { return orNull(l.Cause) }),
	readOnly("sip_code", func(l *app.HistoryLeg) any { return idOrNull(int64(l.Code)) }),
}

// historyPage is the envelope of the call history.
type historyPage struct {
	Page    int               `json:"page"`
	PerPage int               `json:"per_page"`
	Order   string            `json:"order"`
	Calls   []json.RawMessage `json:"call_history"`
}

func (c *call) listHistory() (reply, error) {
	f, err := c.historyFilter()
	if err != nil {
		return reply{}, err
	}
	if whole, err := c.csv(); err != nil {
		return reply{}, err
	} else if whole {
		withoutLegs := historyFields[:len(historyFields)-1]
		return exported("calls.csv", withoutLegs, c.app.WholeHistory(c.ctx, c.actor, f))
	}
	list, total, err := c.app.ListHistory(c.ctx, c.actor, f)
	if err != nil {
		return reply{}, err
	}
	body := historyPage{Page: f.Offset/f.Limit + 1, PerPage: f.Limit, Order: "desc"}
	if f.Oldest {
		body.Order = "asc"
	}
	body.Calls, err = historyFields.showAll(list)
	return reply{status: http.StatusOK, body: body, total: total, list: true}, err
}

func (c *call) historyFilter() (f app.HistoryFilter, err error) {
	f = app.HistoryFilter{Flow: c.query.Get("flow"), Dialled: c.query.Get("to_username"), Search: c.query.Get("search"), Kind: c.query.Get("kind")}
	if f.Page, err = c.page(); err != nil {
		return f, err
	}
	if f.From, f.To, err = c.period(); err != nil {
		return f, err
	}
	if f.Oldest, err = c.oldestFirst(); err != nil {
		return f, err
	}
	ids, err := c.ids("extension_id")
	if len(ids) > 0 {
		f.Extension = ids[0]
	}
	return f, err
}

func (c *call) getHistory() (reply, error) {
	p, err := c.app.GetHistory(c.ctx, c.actor, c.name)
	return shown(historyFields, p, err)
}
