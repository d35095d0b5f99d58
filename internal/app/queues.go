package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

// What a queue does that says nothing of it (contracts/engine.md).
const (
	RingProgressivelyDelay = 10 * time.Second
	DiscardAbandonedAfter  = 60 * time.Second
	DefaultLanguage        = "en"
)

// defaultQueue is what a new queue does (contracts/ringme.md, Queue).
func defaultQueue(id QueueID) Queue {
	return Queue{ID: id, Strategy: acd.RingAll, Ringback: true, ExitWithNoAgents: true, ReportWaitTime: true,
		RingProgressivelyDelay: RingProgressivelyDelay, DiscardAbandonedAfter: DiscardAbandonedAfter}
}

// GetQueue gives the configuration of a queue extension.
func (s *Service) GetQueue(ctx context.Context, a Actor, ref ExtensionRef) (q Queue, err error) {
	err = s.viewQueue(ctx, a, ref, func(tx store.Tx, row store.Extension) error {
		q, err = tx.Queues.Get(ctx, row.OrgID, QueueID(row.ID))
		return err
	})
	return q, err
}

// UpdateQueue lets edit change a queue's configuration and saves it. Waiting callers stay.
func (s *Service) UpdateQueue(ctx context.Context, a Actor, ref ExtensionRef, edit func(*Queue) error) (q Queue, err error) {
	if a, ref, err = s.at(ctx, a, ref); err != nil {
		return q, err
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findQueue(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		old, err := tx.Queues.Get(ctx, a.Org, QueueID(row.ID))
		if err != nil {
			return err
		}
		q = old
		if err := edit(&q); err != nil {
			return err
		}
		q.ID = old.ID
		settleQueue(&q)
		if err := checkQueue(q); err != nil {
			return err
		}
		if err := s.checkForwards(a.Org, q, old); err != nil {
			return err
		}
		if err := checkSounds(ctx, tx, a.Org, q, old); err != nil {
			return err
		}
		if err := tx.Queues.Put(ctx, a.Org, q); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "queue.update", "queue "+row.Number, changed(old, q))
	}, func() []acd.Input { return []acd.Input{acd.SetQueue{Queue: q}} })
	return q, err
}

// settleQueue clears what has no meaning beside the other settings: music
// under ringback, a destination after hang-up without the action "transfer".
func settleQueue(q *Queue) {
	if q.Ringback {
		q.Music = 0
	}
	if q.AgentHangupAction != "transfer" {
		q.AgentHangupDst = ""
	}
}

func checkQueue(q Queue) error {
	return first(
		checkStrategy(q.Strategy),
		checkSeconds("tier_rule_wait_second", q.TierRuleWait),
		checkSeconds("ring_progressively_delay", q.RingProgressivelyDelay),
		checkSeconds("discard_abandoned_after", q.DiscardAbandonedAfter),
		checkLanguage(q.Language),
		checkSeconds("announce_frequency", q.AnnounceEvery),
		checkSeconds("max_wait_time", q.MaxWait),
		checkSeconds("max_wait_time_with_no_agent", q.MaxWaitNoAgent),
		checkDestination("timeout_transfer_dst", q.MaxWaitDst),
		checkDestination("no_agent_timeout_transfer_dst", q.NoAgentDst),
		checkDestination("exit_transfer_dst", q.ExitDst),
		checkDestination("agent_hangup_transfer_dst", q.AgentHangupDst),
		checkExitKey(q.ExitKey),
		checkHangupAction(q),
		checkText("append_to_cid_name_on_transfer", q.CIDNameTag, 80),
	)
}

func checkStrategy(s Strategy) *Error {
	if slices.Contains(acd.Strategies, s) {
		return nil
	}
	names := make([]string, len(acd.Strategies))
	for i, n := range acd.Strategies {
		names[i] = string(n)
	}
	return Invalidf("strategy", "strategy is %q; allowed are %s", s, strings.Join(names, ", "))
}

func checkLanguage(l string) *Error {
	if l == "" || languageTag.MatchString(l) {
		return nil
	}
	return Invalidf("language", "language is %q; allowed is a language tag like en or de, or pt-BR with a region", l)
}

// checkForwards refuses what can be dialled from nowhere, and queues that
// forward to themselves; what was set before is not looked up again.
func (s *Service) checkForwards(org int64, q, old Queue) error {
	for _, f := range []struct{ field, now, was string }{
		{"timeout_transfer_dst", q.MaxWaitDst, old.MaxWaitDst},
		{"no_agent_timeout_transfer_dst", q.NoAgentDst, old.NoAgentDst},
		{"exit_transfer_dst", q.ExitDst, old.ExitDst},
		{"agent_hangup_transfer_dst", q.AgentHangupDst, old.AgentHangupDst},
	} {
		if f.now == "" || f.now == f.was {
			continue
		}
		if err := s.reachable(org, f.field, f.now); err != nil {
			return err
		}
		if to := s.directory.Resolve(org, f.now); to.Kind == directory.Queue && to.Extension == int64(q.ID) {
			return Invalidf(f.field, "%s is %q, the number of this very queue; callers would go round in it, choose another", f.field, f.now)
		}
	}
	return nil
}

func checkExitKey(key byte) *Error {
	if key == 0 || strings.IndexByte("0123456789*#", key) >= 0 {
		return nil
	}
	return Invalidf("exit_key", "exit_key is %q; allowed is one of 0-9 * #, or null", string(rune(key)))
}

func checkHangupAction(q Queue) *Error {
	switch q.AgentHangupAction {
	case "", "quality_rate":
		return nil
	case "transfer":
		if q.AgentHangupDst == "" {
			return Invalidf("agent_hangup_transfer_dst", "agent_hangup_transfer_dst is missing; agent_hangup_action transfer needs a number to transfer to")
		}
		return nil
	}
	return Invalidf("agent_hangup_action", "agent_hangup_action is %q; allowed are transfer, quality_rate, or null", q.AgentHangupAction)
}

// checkSounds refuses sounds the organisation does not have; those set before are not looked up again.
func checkSounds(ctx context.Context, tx store.Tx, org int64, q, old Queue) error {
	fields := []struct {
		name     string
		now, was SoundID
	}{
		{"sound", q.Music, old.Music},
		{"start_sound", q.Greeting, old.Greeting},
		{"announce_sound", q.Announcement, old.Announcement},
		{"agent_announce_sound", q.AgentAnnouncement, old.AgentAnnouncement},
	}
	var have []store.Sound
	for _, f := range fields {
		if f.now == 0 || f.now == f.was {
			continue
		}
		if have == nil {
			var err error
			if have, err = tx.Sounds.List(ctx, org); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(have, func(s store.Sound) bool { return s.ID == int64(f.now) }) {
			return Invalidf(f.name, "%s is %d, and there is no sound with that id; upload it first, or send null for none", f.name, f.now)
		}
	}
	return nil
}

// QueueStatus counts a queue's callers.
type QueueStatus struct {
	Waiting, Trying, Answered int
}

// GetQueueStatus counts a queue's callers now.
func (s *Service) GetQueueStatus(ctx context.Context, a Actor, ref ExtensionRef) (st QueueStatus, err error) {
	a, id, err := s.queueID(ctx, a, ref)
	if err != nil {
		return st, err
	}
	err = s.read(ctx, a.Org, func(e *acd.Engine, _ acd.Time) {
		v, _ := e.QueueView(id)
		st = QueueStatus{Waiting: v.Waiting, Trying: v.Trying, Answered: v.Answered}
	})
	return st, err
}

// Caller is a caller waiting in or served by a queue.
type Caller struct {
	Call         string
	Number, Name string
	Joined       time.Time // in the organisation's time zone
	State        string    // Waiting, Trying, Answered
	Agent        AgentID   // serving or being tried; 0 if none or several
	AgentNumber  string    // full internal or external number of that agent; "" if none
	Position     int       // 1…n among those not talking; 0 when talking
	Wait         time.Duration
	Estimate     time.Duration // probable wait from now on; 0 when talking, or when nobody serves the queue
}

// ListCallers lists a queue's callers, longest wait first, with their number.
func (s *Service) ListCallers(ctx context.Context, a Actor, ref ExtensionRef, p Page) (list []Caller, total int, err error) {
	a, id, err := s.queueID(ctx, a, ref)
	if err != nil {
		return nil, 0, err
	}
	var views []acd.CallerView
	err = s.read(ctx, a.Org, func(e *acd.Engine, now acd.Time) {
		views = slices.Clone(e.Callers(id))
		for i, v := range views {
			if v.State != acd.CallerAnswered {
				views[i].Wait = now.Sub(v.Joined)
			}
		}
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(views, func(x, y acd.CallerView) int { return cmp.Compare(y.Wait, x.Wait) })
	o, _ := s.directory.Organisation(a.Org)
	for _, v := range pageOf(views, p) {
		c := Caller{Call: string(v.Call), Number: v.Number, Name: v.Name, Joined: v.Joined.Std().In(zone(o)),
			State: v.State.String(), Agent: v.Agent, Position: v.Position, Wait: v.Wait, Estimate: v.Estimate}
		if v.Agent != 0 {
			at, _ := s.directory.AgentEndpoint(a.Org, v.Agent)
			c.AgentNumber = at.Number
		}
		list = append(list, c)
	}
	return list, len(views), nil
}

// read looks at the engine; one that does not run is worth a retry, not a bug of the caller.
func (s *Service) read(ctx context.Context, org int64, fn func(*acd.Engine, acd.Time)) error {
	if err := s.engine.Read(ctx, org, fn); err != nil {
		return &Error{Code: Unavailable, Message: "the call engine of this client does not answer; try again in a few seconds", cause: err}
	}
	return nil
}

// queueID resolves a queue the actor sees.
func (s *Service) queueID(ctx context.Context, a Actor, ref ExtensionRef) (Actor, QueueID, error) {
	var id QueueID
	err := s.viewQueue(ctx, a, ref, func(_ store.Tx, row store.Extension) error {
		a, id = a.in(row.OrgID), QueueID(row.ID)
		return nil
	})
	return a, id, err
}

func (s *Service) viewQueue(ctx context.Context, a Actor, ref ExtensionRef, fn func(store.Tx, store.Extension) error) error {
	return s.viewExtension(ctx, a, ref, func(tx store.Tx, row store.Extension) error {
		if err := isQueue(row); err != nil {
			return err
		}
		return fn(tx, row)
	})
}

func findQueue(ctx context.Context, tx store.Tx, a Actor, ref ExtensionRef) (store.Extension, error) {
	row, err := findExtension(ctx, tx, a, ref)
	if err != nil {
		return row, err
	}
	return row, isQueue(row)
}

func isQueue(row store.Extension) error {
	if row.Type != QueueType {
		return refuse(NotFound, "extension %s is a %s, not a queue; only extensions of type queue have one", row.Number, row.Type)
	}
	return nil
}
