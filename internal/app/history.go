package app

import (
	"context"
	"iter"
	"slices"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// HistoryCall is a call of the call history.
type HistoryCall struct {
	store.Call
	Result          string // busy, answered, not answered, failed, rejected, bridged, abandoned
	Disposition     string // callee_bye, caller_bye, caller_cancel, callee_refuse, internal_cancel; "" while it is up
	ExtensionNumber string // full number; "" = none, or deleted since
	ExtensionType   ExtensionType
	Legs            []HistoryLeg
}

// HistoryLeg is one party of a call.
type HistoryLeg struct {
	acd.Leg
	ExtensionNumber string // full number; "" = outside
}

// HistoryFilter narrows the call history; zero fields match all.
type HistoryFilter struct {
	From, To  time.Time // From <= start < To
	Flow      string
	Extension int64
	Dialled   string
	Search    string // part of the caller's number or name, or of the number dialled
	Kind      string // bridged, abandoned, answered, unanswered
	Oldest    bool   // oldest first
	Page
}

// stored gives the filter as the store knows it.
func (f HistoryFilter) stored() (store.CallFilter, error) {
	out := store.CallFilter{From: timeOf(f.From), To: timeOf(f.To), Flow: store.Flow(f.Flow), Extension: f.Extension, Dialled: f.Dialled,
		Search: f.Search, Kind: store.CallKind(f.Kind), Oldest: f.Oldest, Page: f.Page}
	switch out.Flow {
	case "", store.FlowIn, store.FlowOut, store.FlowInternal:
	default:
		return out, Invalidf("flow", "flow is %q; allowed are in, out, internal", cutText(f.Flow))
	}
	switch out.Kind {
	case "", store.CallBridged, store.CallAbandoned, store.CallAnswered, store.CallUnanswered:
	default:
		return out, Invalidf("kind", "kind is %q; allowed are bridged, abandoned, answered, unanswered", cutText(f.Kind))
	}
	return out, nil
}

// ListHistory lists the calls that are over and that the actor sees, with
// their total number. An application of a user with several extensions has to
// name one.
func (s *Service) ListHistory(ctx context.Context, a Actor, f HistoryFilter) (list []HistoryCall, total int, err error) {
	filter, err := f.stored()
	if err != nil {
		return nil, 0, err
	}
	return s.listHistory(ctx, a, filter)
}

func (s *Service) listHistory(ctx context.Context, a Actor, f store.CallFilter) (list []HistoryCall, total int, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		none, err := s.narrow(ctx, tx, a, &f.Extension)
		if err != nil || none {
			return err
		}
		rows, n, err := tx.Calls.List(ctx, a.Org, f)
		if err != nil {
			return err
		}
		ids := make([]acd.CallID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		legs, err := tx.Calls.Legs(ctx, a.Org, ids...)
		for _, r := range rows {
			list = append(list, s.history(a.Org, r, legs[r.ID]))
		}
		total = n
		return err
	})
	return list, total, err
}

// historyBatch is how many calls WholeHistory reads at once.
const historyBatch = 500

// WholeHistory gives what ListHistory lists, of all pages, in pieces: however
// much it is, little of it is in memory. Each piece is read when it is asked
// for. An error is the last thing given.
func (s *Service) WholeHistory(ctx context.Context, a Actor, f HistoryFilter) iter.Seq2[[]HistoryCall, error] {
	return func(yield func([]HistoryCall, error) bool) {
		filter, err := f.stored()
		filter.Page = Page{Limit: historyBatch}
		var given map[string]bool // of the moment the last piece ended in
		for err == nil {
			var list []HistoryCall
			if list, _, err = s.listHistory(ctx, a, filter); err != nil {
				break
			}
			last := len(list) < historyBatch
			fresh := slices.DeleteFunc(slices.Clone(list), func(c HistoryCall) bool { return given[string(c.ID)] })
			if len(fresh) > 0 && !yield(fresh, nil) || last {
				return
			}
			given = goOnBehind(&filter, list, given)
		}
		yield(nil, err)
	}
}

// goOnBehind has the filter begin at the moment the list ends in, and tells
// which of that moment's calls were given: pages by offset would be read from
// the beginning each time, and shift when a call is added.
func goOnBehind(f *store.CallFilter, list []HistoryCall, given map[string]bool) map[string]bool {
	at := list[len(list)-1].Started
	if list[0].Started == at { // a whole page in one moment
		f.Offset += len(list)
		return given
	}
	f.Offset = 0
	if f.Oldest {
		f.From = at
	} else {
		f.To = at + 1
	}
	given = map[string]bool{}
	for _, c := range list {
		if c.Started == at {
			given[string(c.ID)] = true
		}
	}
	return given
}

// narrow keeps a user's application to the user's extensions; none tells that there are none.
func (s *Service) narrow(ctx context.Context, tx store.Tx, a Actor, extension *int64) (none bool, err error) {
	if *extension != 0 {
		_, err := findExtension(ctx, tx, a, ExtensionRef{ID: *extension})
		return false, err
	}
	if a.Reach != store.ReachUser {
		return false, nil
	}
	rows, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{})
	if err != nil {
		return false, err
	}
	rows, n := cut(rows, a.sees, Page{})
	switch n {
	case 0:
		return true, nil
	case 1:
		*extension = rows[0].ID
		return false, nil
	}
	return false, Invalidf("extension_id", "extension_id is missing; an application of a user names one of the user's extensions")
}

// GetHistory gives one call, also one that is still up.
func (s *Service) GetHistory(ctx context.Context, a Actor, id string) (c HistoryCall, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, legs, err := s.findHistory(ctx, tx, a, acd.CallID(id))
		c = s.history(a.Org, row, legs)
		return err
	})
	return c, err
}

// findHistory finds a call among those the actor sees.
func (s *Service) findHistory(ctx context.Context, tx store.Tx, a Actor, id acd.CallID) (row store.Call, legs []acd.Leg, err error) {
	row, legs, err = tx.Calls.Get(ctx, a.Org, id)
	if err == nil && a.Reach == store.ReachUser {
		err = store.ErrNotFound
		own, listErr := ownNumbers(ctx, tx, a)
		if listErr != nil {
			return row, legs, listErr
		}
		for _, l := range legs {
			if own[l.Extension] || own[int64(l.Queue)] {
				err = nil
			}
		}
	}
	return row, legs, missing(err, "there is no such call in your history; list call_history to find the right call_uuid")
}

// ownNumbers gives the ids of the extensions the actor sees.
func ownNumbers(ctx context.Context, tx store.Tx, a Actor) (map[int64]bool, error) {
	rows, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{})
	own := map[int64]bool{}
	for _, r := range rows {
		if a.sees(r) {
			own[r.ID] = true
		}
	}
	return own, err
}

func (s *Service) history(org int64, row store.Call, legs []acd.Leg) HistoryCall {
	c := HistoryCall{Call: row, Result: result(row, legs), Disposition: disposition(row, legs)}
	if e, full, ok := s.directory.Extension(org, row.Extension); ok {
		c.ExtensionNumber, c.ExtensionType = full, e.Type
	}
	for _, l := range legs {
		c.Legs = append(c.Legs, HistoryLeg{l, s.fullNumber(org, l.Extension)})
	}
	return c
}

// result says what came of a call, in the words of the contract.
func result(c store.Call, legs []acd.Leg) string {
	switch {
	case c.Bridged > 0:
		return "bridged"
	case c.Outcome == acd.OutcomeAbandoned:
		return "abandoned"
	case c.Outcome == acd.OutcomeFailed:
		return "failed"
	case c.Answered > 0:
		return "answered"
	}
	switch cause := refusal(c, legs); cause {
	case "busy":
		return "busy"
	case "rejected", "forbidden":
		return "rejected"
	case "", "normal", "cancelled", "no_answer", "answered_elsewhere":
		return "not answered"
	default:
		return "failed"
	}
}

// refusal gives why the last party called did not answer; without one, why the call itself ended.
func refusal(c store.Call, legs []acd.Leg) string {
	for i := len(legs) - 1; i >= 0; i-- {
		if l := legs[i]; !l.In && l.Answered == 0 && l.By == "remote" && c.By != "remote" {
			return l.Cause
		}
	}
	return c.Cause
}

// disposition says who ended a call: the caller, the called party, or we.
func disposition(c store.Call, legs []acd.Leg) string {
	switch {
	case c.Ended == 0:
		return ""
	case c.By == "remote" && c.Answered > 0:
		return "caller_bye"
	case c.By == "remote":
		return "caller_cancel"
	case c.Bridged > 0 && partnerLeft(c, legs):
		return "callee_bye"
	}
	for _, l := range legs {
		if !l.In && l.Answered == 0 && l.By == "remote" && (l.Cause == "busy" || l.Cause == "rejected") {
			return "callee_refuse"
		}
	}
	return "internal_cancel"
}

// partnerLeft tells whether the last one the caller talked with hung up. Else a
// supervisor did, the audio stopped, or the server ended the call.
func partnerLeft(c store.Call, legs []acd.Leg) bool {
	var last acd.Leg
	for _, l := range legs {
		if l.ID != string(c.ID) && l.Answered > 0 && l.Ended >= last.Ended {
			last = l
		}
	}
	return last.By == "remote"
}

func timeOf(t time.Time) acd.Time {
	if t.IsZero() {
		return 0
	}
	return acd.TimeOf(t)
}
