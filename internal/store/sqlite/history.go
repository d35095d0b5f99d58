package sqlite

import (
	"errors"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// history writes what a batch of facts means for the call history, the
// ratings and the recordings. It gathers first and writes one row a call and
// leg, however many facts of the batch concern it. Its fields are scratch space.
type history struct {
	calls  []callChange
	callOf map[callKey]int // index in calls
	legs   []legChange
	legOf  map[legKey]int // index in legs
	rows   *bulk          // of legs
	left   []leftLeg
	picked []pickedUp
}

type callKey struct {
	org int64
	id  acd.CallID
}

type legKey struct {
	org int64
	id  string
}

// callChange is what a batch tells of one call. Pointers that are nil leave
// the column as it is.
type callChange struct {
	callKey
	seq     uint64   // of the first fact of one of its legs here; what the row is stored under once told
	told    *acd.Leg // the leg that began it, or, until that is told, any; nil = no leg in this batch
	over    bool     // one of its legs ended
	out     bool     // somebody outside was called, other than a remote agent
	first   int64    // extension called first: a queue's or a phone's; 0 = none
	met     []int64  // phones and queues it had to do with
	queue   *acd.QueueID
	agent   *acd.AgentID
	bridged acd.Time // 0 = not in this batch
	outcome *acd.Outcome
	rating  *string
}

// noOutcome is what a stay that begins has.
var noOutcome = acd.NoOutcome

// legChange is the last that a batch tells of one leg.
type legChange struct {
	org   int64
	call  int // index in history.calls
	leg   *acd.Leg
	begun bool // it started in this batch
}

// leftLeg is a leg that ended in another call than it started in.
type leftLeg struct {
	org  int64
	call uint64
}

// pickedUp is a leg answered in another batch than it started in. Its call
// learns of it at the leg's end; until then it is for OpenLegs.
type pickedUp struct {
	legKey
	at acd.Time
}

func newHistory() *history {
	return &history{callOf: map[callKey]int{}, legOf: map[legKey]int{}, rows: newBulk(insertLegs, legParams, replaceLeg)}
}

// reset forgets the batch before, also one that failed.
func (h *history) reset() {
	clear(h.calls) // lets go of legs and strings
	clear(h.legs)
	clear(h.callOf)
	clear(h.legOf)
	clear(h.picked)
	h.calls, h.legs, h.left, h.picked = h.calls[:0], h.legs[:0], h.left[:0], h.picked[:0]
	h.rows.drop()
}

// note gathers what one fact means. The facts stay where they are until write.
func (h *history) note(org int64, f *acd.Fact) {
	switch f.Kind {
	case acd.FactLegStarted, acd.FactLegEnded:
		if f.Leg != nil {
			h.noteLeg(org, f)
		}
	case acd.FactLegAnswered:
		if f.Leg != nil {
			h.noteAnswer(legKey{org, f.Leg.ID}, f.Leg)
		}
	case acd.FactCallerJoined:
		c := h.call(org, f.Call)
		c.queue, c.outcome = &f.Queue, &noOutcome
		c.meet(int64(f.Queue))
	case acd.FactConnected:
		c := h.call(org, f.Call)
		c.agent = &f.Agent
		c.talk(f.At)
	case acd.FactCallerLeft:
		h.call(org, f.Call).outcome = &f.Outcome
	case acd.FactRated:
		h.call(org, f.Call).rating = &f.Reason
	}
}

func (h *history) noteLeg(org int64, f *acd.Fact) {
	l := f.Leg
	c := h.call(org, l.Call)
	if c.told == nil {
		c.seq = f.Seq
	}
	c.over = c.over || l.Ended != 0
	began := l.ID == string(l.Call)
	if began || c.told == nil {
		c.told = l
	}
	switch {
	case began:
	case l.In: // it took another's place
		c.talk(l.Answered)
	default:
		h.noteCalled(c, l)
	}
	if l.Extension != 0 {
		c.met = append(c.met, l.Extension)
	}
	key := legKey{org, l.ID}
	i, known := h.legOf[key]
	if !known {
		i = len(h.legs)
		h.legOf[key] = i
		h.legs = append(h.legs, legChange{begun: f.Kind == acd.FactLegStarted})
	}
	h.legs[i].org, h.legs[i].call, h.legs[i].leg = org, h.callOf[callKey{org, l.Call}], l
}

func (h *history) noteAnswer(key legKey, l *acd.Leg) {
	if i, known := h.legOf[key]; known {
		at := *h.legs[i].leg
		at.Answered = l.Answered
		h.legs[i].leg = &at
		return
	}
	h.picked = append(h.picked, pickedUp{key, l.Answered})
}

// noteCalled: a leg that was called says where the call went. When an agent
// talks to the caller, FactConnected tells.
func (h *history) noteCalled(c *callChange, l *acd.Leg) {
	if c.first == 0 {
		c.first = l.Extension
	}
	if l.Agent == 0 {
		c.out = c.out || l.Extension == 0
		c.talk(l.Answered)
	}
}

// call gives the change of a call; it is valid until the next one is added.
func (h *history) call(org int64, id acd.CallID) *callChange {
	key := callKey{org, id}
	i, known := h.callOf[key]
	if !known {
		i = len(h.calls)
		h.callOf[key] = i
		h.calls = append(h.calls, callChange{callKey: key})
	}
	return &h.calls[i]
}

func (c *callChange) meet(extension int64) {
	if c.first == 0 {
		c.first = extension
	}
	c.met = append(c.met, extension)
}

func (c *callChange) talk(at acd.Time) {
	if at > 0 && (c.bridged == 0 || at < c.bridged) {
		c.bridged = at
	}
}

// began tells whether this batch tells of the leg that began the call.
func (c *callChange) began() bool { return c.told.ID == string(c.id) }

// flow is what this batch alone says of it; mergeCall knows what came before.
func (c *callChange) flow() store.Flow {
	l := c.told
	outside := c.began() && l.Extension == 0
	switch {
	case outside && l.In:
		return store.FlowIn
	case outside || c.out:
		return store.FlowOut
	}
	return store.FlowInternal
}

// write stores what was gathered: calls first, because legs are kept under
// their call's number, then the ends of calls, because only then all legs are known.
func (h *history) write(d *direct) error {
	for i := range h.calls {
		if err := h.calls[i].write(d); err != nil {
			return err
		}
	}
	if err := h.writeAnswers(d); err != nil {
		return err
	}
	if err := h.writeLegs(d); err != nil {
		return err
	}
	for i := range h.calls {
		if c := &h.calls[i]; c.over {
			if err := endCall(d, c.org, c.seq); err != nil {
				return err
			}
		}
	}
	for _, l := range h.left {
		if err := endCall(d, l.org, l.call); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) writeLegs(d *direct) error {
	for i := range h.legs {
		l := &h.legs[i]
		call := h.calls[l.call].seq
		if !l.begun {
			if err := h.leave(d, l.org, call, l.leg.ID); err != nil {
				return err
			}
		}
		bindLeg(h.rows.next(), l.org, call, l.leg)
		if err := h.rows.add(d); err != nil {
			return err
		}
	}
	return h.rows.flush(d)
}

const (
	legsCall  = `SELECT call_seq FROM legs WHERE org_id = ? AND leg_id = ? AND ended = 0`
	removeLeg = `DELETE FROM legs WHERE org_id = ? AND call_seq = ? AND leg_id = ?`
	answerLeg = `UPDATE legs SET answered = ?3 WHERE org_id = ?1 AND leg_id = ?2 AND ended = 0`
)

// writeAnswers comes before writeLegs, which knows more of those that ended in the same batch.
func (h *history) writeAnswers(d *direct) error {
	for _, p := range h.picked {
		if _, known := h.legOf[p.legKey]; known {
			continue
		}
		if _, err := d.exec(answerLeg, p.org, p.id, int64(p.at)); err != nil {
			return err
		}
	}
	return nil
}

// leave takes a leg out of the call it started in when it ended in another,
// lest it seem up there for ever.
func (h *history) leave(d *direct, org int64, call uint64, leg string) error {
	was, err := d.integer(legsCall, org, leg)
	if errors.Is(err, store.ErrNotFound) || err == nil && uint64(was) == call {
		return nil
	}
	if err != nil {
		return err
	}
	h.left = append(h.left, leftLeg{org, uint64(was)})
	_, err = d.exec(removeLeg, org, was, leg)
	return err
}
