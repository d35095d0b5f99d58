package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// randomHistory: whatever happens and however it is cut into commits, the
// history is what a reading of the whole journal gives, for every filter.
func randomHistory(b *workbench) {
	for seed := range uint64(2) {
		w := b.world(fmt.Sprint(seed + 1))
		d := &dramatist{journalist: b.journalist(w.org.ID), rand: rand.New(rand.NewPCG(seed, 7))}
		for range 400 {
			d.act()
			if d.rand.IntN(4) == 0 {
				b.sync()
			}
			if d.rand.IntN(50) == 0 {
				d.check()
			}
		}
		d.check()
	}
}

// dramatist makes calls happen.
type dramatist struct {
	*journalist
	rand *rand.Rand
	up   []*acd.Leg
	ids  []acd.CallID // of all calls
}

func (d *dramatist) act() {
	if d.rand.IntN(3) > 0 { // several in the same microsecond
		d.now--
	}
	if len(d.ids) == 0 || d.rand.IntN(5) == 0 {
		d.begin()
		return
	}
	call := d.ids[len(d.ids)-1-d.rand.IntN(min(4, len(d.ids)))]
	queue, agent := acd.QueueID(700+d.rand.IntN(3)), acd.AgentID(1+d.rand.IntN(3))
	switch n := d.rand.IntN(14); {
	case n < 4 && len(d.up) > 0:
		d.end(d.rand.IntN(len(d.up)))
	case n < 6:
		l := toPhone(fmt.Sprint("leg", d.seq), call, int64(d.rand.IntN(4)))
		if d.rand.IntN(2) == 0 {
			l.Queue, l.Agent = queue, agent
		}
		d.starts(l)
		d.up = append(d.up, l)
	case n < 8:
		d.of(acd.FactCallerJoined, call, queue, 0)
	case n < 9:
		d.of(acd.FactConnected, call, queue, agent)
	case n < 10:
		d.tell(acd.Fact{Kind: acd.FactRated, Call: call, Queue: queue, Agent: agent, Reason: fmt.Sprint(d.rand.IntN(9))})
	case n < 11:
		d.of(acd.FactRinging, call, queue, agent)
	case n < 13 && len(d.up) > 0:
		d.answers(d.up[d.rand.IntN(len(d.up))])
	default:
		d.tell(acd.Fact{Kind: acd.FactCallerLeft, Call: call, Queue: queue, Outcome: acd.Outcome(1 + d.rand.IntN(7))})
	}
}

func (d *dramatist) begin() {
	id := fmt.Sprintf("call%04d", 9999-len(d.ids)) // ids are in no useful order
	l := &acd.Leg{ID: id, Call: acd.CallID(id), In: d.rand.IntN(4) > 0, From: "1", FromName: "x",
		To: fmt.Sprint("20", d.rand.IntN(3)), Extension: int64(d.rand.IntN(4))}
	d.starts(l)
	d.up, d.ids = append(d.up, l), append(d.ids, l.Call)
}

func (d *dramatist) end(i int) {
	l := d.up[i]
	d.up = slices.Delete(d.up, i, i+1)
	if l.Answered == 0 && d.rand.IntN(2) == 0 { // one whose answer was never told
		l.Answered = l.Started + acd.Time(d.rand.IntN(5))
	}
	d.ends(l, fmt.Sprint("cause", d.rand.IntN(3)))
}

// check compares everything that can be asked for with the model.
func (d *dramatist) check() {
	d.Helper()
	d.sync()
	m := modelOf(d.facts(d.org, 0, 0))
	d.equal("open legs", d.journalist.up(), m.open())
	for _, id := range d.ids {
		got, legs := d.found(id)
		d.equal("call", got, m.calls[id].Call)
		d.equal("legs", legs, m.calls[id].ordered())
	}
	for range 60 {
		f := d.filter()
		want, total := m.list(f)
		d.view(func(tx store.Tx) error {
			rows, n, err := tx.Calls.List(d.ctx, d.org, f)
			d.equal(fmt.Sprintf("list %+v", f), rows, want)
			d.equal(fmt.Sprintf("total of %+v", f), n, total)
			return err
		})
	}
}

func (d *dramatist) filter() (f store.CallFilter) {
	some := func() bool { return d.rand.IntN(2) == 0 }
	if some() {
		f.Extension = []int64{1, 2, 3, 700, 701, 702}[d.rand.IntN(6)]
	}
	if some() {
		f.Flow = []store.Flow{store.FlowIn, store.FlowOut, store.FlowInternal}[d.rand.IntN(3)]
	}
	if some() {
		f.Dialled = fmt.Sprint("20", d.rand.IntN(3))
	}
	if d.rand.IntN(4) == 0 {
		f.Search = []string{"1", "0", "%", "S"}[d.rand.IntN(4)]
	}
	if d.rand.IntN(4) == 0 {
		f.Kind = []store.CallKind{store.CallBridged, store.CallAbandoned, store.CallAnswered, store.CallUnanswered}[d.rand.IntN(4)]
	}
	if some() {
		f.From = 1_000_000 + acd.Time(d.rand.IntN(1+int(d.now-1_000_000)))
	}
	if some() {
		f.To = 1_000_000 + acd.Time(d.rand.IntN(2+int(d.now-1_000_000)))
	}
	f.Oldest = some()
	if some() {
		f.Page = store.Page{Offset: d.rand.IntN(6), Limit: d.rand.IntN(6)}
	}
	return f
}

// model is the history made the slow way.
type model struct {
	calls map[acd.CallID]*modelCall
	order []*modelCall // as they began
}

type modelCall struct {
	store.Call
	legs []acd.Leg
	met  map[int64]bool
}

func modelOf(journal []acd.Fact) *model {
	m := &model{calls: map[acd.CallID]*modelCall{}}
	for _, f := range journal {
		c := m.calls[f.Call]
		if c == nil {
			c = &modelCall{Call: store.Call{ID: f.Call}, met: map[int64]bool{}}
			m.calls[f.Call] = c
			m.order = append(m.order, c)
		}
		switch f.Kind {
		case acd.FactLegStarted:
			c.start(*f.Leg)
		case acd.FactLegAnswered:
			c.replace(*f.Leg)
		case acd.FactLegEnded:
			c.end(*f.Leg)
		case acd.FactCallerJoined:
			c.Queue, c.Outcome, c.met[int64(f.Queue)] = f.Queue, acd.NoOutcome, true
			c.Extension = cmp.Or(c.Extension, int64(f.Queue))
		case acd.FactConnected:
			c.Agent = f.Agent
			c.talk(f.At)
		case acd.FactCallerLeft:
			c.Outcome = f.Outcome
		case acd.FactRated:
			c.Rating = f.Reason
		}
	}
	return m
}

func (c *modelCall) start(l acd.Leg) {
	c.legs = append(c.legs, l)
	c.Ended = 0
	c.met[l.Extension] = true
	c.Extension = cmp.Or(c.Extension, l.Extension)
	outside := l.Extension == 0
	if l.ID == string(c.ID) {
		c.From, c.FromName, c.To, c.Started, c.Flow = l.From, l.FromName, l.To, l.Started, store.FlowInternal
		if outside && l.In {
			c.Flow, c.DID = store.FlowIn, l.To
		}
	}
	if outside && !l.In && l.Agent == 0 && c.Flow == store.FlowInternal {
		c.Flow = store.FlowOut
	}
}

func (c *modelCall) end(l acd.Leg) {
	c.replace(l)
	if l.ID == string(c.ID) {
		c.Answered, c.By, c.Cause, c.Code = l.Answered, l.By, l.Cause, l.Code
	} else if l.Agent == 0 {
		c.talk(l.Answered)
	}
	c.Ended = 0
	for _, l := range c.legs {
		if l.Ended == 0 {
			c.Ended = 0
			return
		}
		c.Ended = max(c.Ended, l.Ended)
	}
}

func (c *modelCall) replace(l acd.Leg) {
	for i := range c.legs {
		if c.legs[i].ID == l.ID {
			c.legs[i] = l
		}
	}
}

func (c *modelCall) talk(at acd.Time) {
	if at > 0 && (c.Bridged == 0 || at < c.Bridged) {
		c.Bridged = at
	}
}

func (c *modelCall) ordered() []acd.Leg {
	began := func(l acd.Leg) int {
		if l.ID == string(l.Call) {
			return 0
		}
		return 1
	}
	slices.SortFunc(c.legs, func(x, y acd.Leg) int {
		return cmp.Or(cmp.Compare(x.Started, y.Started), began(x)-began(y), cmp.Compare(x.ID, y.ID))
	})
	return c.legs
}

func (m *model) open() (legs []acd.Leg) {
	for _, c := range m.calls {
		for _, l := range c.legs {
			if l.Ended == 0 {
				legs = append(legs, l)
			}
		}
	}
	slices.SortFunc(legs, func(x, y acd.Leg) int { return cmp.Or(cmp.Compare(x.Started, y.Started), cmp.Compare(x.ID, y.ID)) })
	return legs
}

func has(c store.Call, part string) bool {
	for _, s := range []string{c.From, c.FromName, c.To} {
		if strings.Contains(strings.ToLower(s), part) {
			return true
		}
	}
	return false
}

func (m *model) list(f store.CallFilter) (page []store.Call, total int) {
	var rows []store.Call
	for _, c := range m.order {
		if c.Ended > 0 && (f.Flow == "" || f.Flow == c.Flow) && (f.Dialled == "" || f.Dialled == c.To) &&
			(f.Kind == "" || f.Kind == c.Kind()) && has(c.Call, strings.ToLower(f.Search)) && (f.Extension == 0 || c.met[f.Extension]) && c.Started >= f.From && (f.To == 0 || c.Started < f.To) {
			rows = append(rows, c.Call)
		}
	}
	slices.SortStableFunc(rows, func(x, y store.Call) int { return cmp.Compare(x.Started, y.Started) })
	if !f.Oldest {
		slices.Reverse(rows)
	}
	total = len(rows)
	rows = rows[min(f.Offset, total):]
	if f.Limit > 0 {
		rows = rows[:min(f.Limit, len(rows))]
	}
	return append(page, rows...), total // nil when empty, as stores give it
}
