package event

import (
	"errors"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

// complete looks up what an event has beyond its facts: the numbers of
// extensions, and the recording of a call that ended.
func (t *telling) complete(h *happening) error {
	if h.called.extension == 0 && h.called.number != "" {
		switch to := t.directory.Resolve(t.org, h.called.number); to.Kind {
		case directory.Phone, directory.Queue:
			h.called.extension = to.Extension
		}
	}
	h.caller.full = t.number(h.caller.extension)
	h.called.full = t.number(h.called.extension)
	if h.end == nil {
		return nil
	}
	if err := t.sentOn(h); err != nil || !h.bridged { // recordings begin with a talk
		return err
	}
	rows, _, err := t.tx.Recordings.List(t.ctx, t.org, store.RecordingFilter{Call: h.call, Page: store.Page{Limit: maxRecordings}})
	for _, r := range rows { // newest first
		if r.Started <= h.at {
			h.recording = r.ID
			break
		}
	}
	return err
}

// sentOn: a caller who leaves without having talked goes on to where the queue's configuration says, if it does.
func (t *telling) sentOn(h *happening) error {
	switch h.outcome {
	case acd.OutcomeTimeout, acd.OutcomeNoAgent, acd.OutcomeExitKey:
	default:
		return nil
	}
	q, err := t.tx.Queues.Get(t.ctx, t.org, acd.QueueID(h.extension))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	switch h.outcome {
	case acd.OutcomeTimeout:
		h.moved = q.MaxWaitDst != ""
	case acd.OutcomeNoAgent:
		h.moved = q.NoAgentDst != ""
	case acd.OutcomeExitKey:
		h.moved = q.ExitDst != ""
	}
	return err
}

// maxRecordings is how many recordings of one call are looked at: one began with each of its talks.
const maxRecordings = 20

// number gives an extension's extended number; "" if there is none.
func (t *telling) number(extension int64) string {
	if extension == 0 {
		return ""
	}
	if _, full, ok := t.directory.Extension(t.org, extension); ok {
		return full
	}
	return ""
}
