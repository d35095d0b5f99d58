package event

import (
	"context"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Example gives what would be sent for a made-up event of a subscription: the
// agent or extension is the real one, the caller a number nobody has (+1 202
// 555 0100 is kept for fiction), and the call "test".
func (p *Projector) Example(ctx context.Context, tx store.Tx, sub store.Subscription, at acd.Time) (string, error) {
	t := &telling{ctx: ctx, tx: tx, org: sub.OrgID, directory: p.directory}
	if sub.Agent != 0 {
		form, _ := t.agentForm(sub.Agent, sub.Event, acd.SourceAPI)
		return form, nil
	}
	h := t.example(sub, at)
	err := t.complete(&h)
	return h.form(sub.Dialect), err
}

func (t *telling) example(sub store.Subscription, at acd.Time) happening {
	const outside = "+12025550100"
	h := happening{extension: sub.Extension, event: sub.Event, in: true, at: at, call: "test", leg: "test", status: calling}
	switch sub.Event {
	case store.EventDialOut, store.EventAnswerOut:
		h.in = false
	case store.EventHangup:
		h.end = &ending{lasted: 20 * time.Second}
	}
	switch sub.Event {
	case store.EventAnswer, store.EventAnswerIn, store.EventAnswerOut:
		h.event, h.status, h.bridged = store.EventAnswer, answered, true
	case store.EventHangup:
		h.status = cancelled
	}
	if h.in {
		h.caller, h.called, h.dialled = party{number: outside, name: "Test call"}, party{extension: sub.Extension}, t.number(sub.Extension)
		if e, _, _ := t.directory.Extension(t.org, sub.Extension); e.Type == store.QueueExtension && h.event == store.EventAnswer {
			h.in = false // agents answer a queue
		}
	} else {
		h.caller, h.dialled = party{extension: sub.Extension, number: t.number(sub.Extension), name: "Test call"}, outside
	}
	return h
}
