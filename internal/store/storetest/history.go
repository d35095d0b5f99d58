package storetest

import (
	"errors"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var historyTests = []test{
	{"a call through a queue, step by step", queueCall},
	{"a call between phones", phoneCall},
	{"a call to the outside", outsideCall},
	{"a call through two queues", twoQueues},
	{"a leg keeps every field", legFields},
	{"a call lasts as long as its last leg", lastLeg},
	{"a call is picked up by another phone's", pickedUpBy},
	{"a leg that ends in another call", legMoves},
	{"a call without legs leaves no row", noLegs},
	{"legs of several calls", manyLegs},
	{"open legs over a restart", openLegs},
	{"same ids in two organisations", sameIDs},
	{"nothing is left of a deleted organisation", historyDeleted},
	{"ratings", ratings},
	{"counts of ratings", ratingCounts},
	{"filters, pages and totals of random histories", randomHistory},
}

// journalist writes one organisation's journal; a fact a microsecond.
type journalist struct {
	*workbench
	org int64
	seq uint64
	now acd.Time
}

func (b *workbench) journalist(org int64) *journalist {
	return &journalist{workbench: b, org: org, now: 1_000_000}
}

// tell appends facts with the next numbers and times. Whether they are
// committed together or apart must make no difference.
func (j *journalist) tell(facts ...acd.Fact) {
	for i := range facts {
		j.seq++
		j.now++
		facts[i].Seq, facts[i].At = j.seq, j.now
		if l := facts[i].Leg; l != nil {
			facts[i].Call = l.Call
		}
	}
	j.append(j.org, facts...)
}

// starts and ends tell of a leg as it is at that moment.
func (j *journalist) starts(l *acd.Leg) {
	l.Started = j.now + 1
	at := *l
	j.tell(acd.Fact{Kind: acd.FactLegStarted, Leg: &at})
}

func (j *journalist) answers(l *acd.Leg) {
	l.Answered = j.now + 1
	at := *l
	j.tell(acd.Fact{Kind: acd.FactLegAnswered, Leg: &at})
}

func (j *journalist) ends(l *acd.Leg, cause string) {
	l.Ended, l.By, l.Cause, l.Code = j.now+1, "remote", cause, 200
	at := *l
	j.tell(acd.Fact{Kind: acd.FactLegEnded, Leg: &at})
}

func (j *journalist) of(kind acd.FactKind, call acd.CallID, q acd.QueueID, a acd.AgentID) {
	j.tell(acd.Fact{Kind: kind, Call: call, Queue: q, Agent: a})
}

// found is what Get gives of a call.
func (j *journalist) found(id acd.CallID) (c store.Call, legs []acd.Leg) {
	j.Helper()
	j.sync()
	j.view(func(tx store.Tx) (err error) {
		c, legs, err = tx.Calls.Get(j.ctx, j.org, id)
		return err
	})
	return c, legs
}

func (j *journalist) missing(id acd.CallID) {
	j.Helper()
	j.sync()
	j.view(func(tx store.Tx) error {
		_, _, err := tx.Calls.Get(j.ctx, j.org, id)
		j.is("call "+string(id), err, store.ErrNotFound)
		return nil
	})
}

// listed gives the ids of the calls that match.
func (j *journalist) listed(f store.CallFilter) (ids []acd.CallID) {
	j.Helper()
	j.sync()
	for _, c := range read(j.workbench, func(tx store.Tx) ([]store.Call, error) {
		rows, n, err := tx.Calls.List(j.ctx, j.org, f)
		j.equal("total", n, len(rows))
		return rows, err
	}) {
		ids = append(ids, c.ID)
	}
	return ids
}

func (j *journalist) up() []acd.Leg {
	j.Helper()
	j.sync()
	return read(j.workbench, func(tx store.Tx) ([]acd.Leg, error) { return tx.Calls.OpenLegs(j.ctx, j.org) })
}

// fromOutside and toPhone are the two sides of a call.
func fromOutside(id string) *acd.Leg {
	return &acd.Leg{ID: id, Call: acd.CallID(id), In: true, From: "49301", FromName: "Ann", To: "4989700", Trunk: 3}
}

func toPhone(id string, call acd.CallID, extension int64) *acd.Leg {
	return &acd.Leg{ID: id, Call: call, From: "49301", To: "000*201", Extension: extension}
}

func queueCall(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller, agent := fromOutside("a"), toPhone("b", "a", 21)
	agent.Queue, agent.Agent = 700, 5
	want := store.Call{ID: "a", Flow: store.FlowIn, From: "49301", FromName: "Ann", To: "4989700", DID: "4989700"}
	step := func(what string, open ...acd.Leg) {
		b.Helper()
		got, _ := j.found("a")
		b.equal(what, got, want)
		b.equal(what+": open legs", j.up(), open)
		b.equal(what+": list", j.listed(store.CallFilter{}), []acd.CallID(nil))
	}
	j.starts(caller)
	want.Started = caller.Started
	step("begun", *caller)
	j.of(acd.FactCallerJoined, "a", 700, 0)
	want.Queue, want.Extension = 700, 700
	step("waiting", *caller)
	j.starts(agent)
	step("offered", *caller, *agent)
	j.of(acd.FactConnected, "a", 700, 5)
	want.Bridged, want.Agent = j.now, 5
	step("talking", *caller, *agent)
	j.tell(acd.Fact{Kind: acd.FactCallerLeft, Call: "a", Queue: 700, Agent: 5, Outcome: acd.OutcomeAnswered})
	want.Outcome = acd.OutcomeAnswered
	agent.Answered = want.Bridged - 1
	j.ends(agent, "normal")
	step("the agent is gone", *caller)
	caller.Answered = caller.Started + 1
	j.ends(caller, "cancelled")
	want.Answered, want.Ended, want.By, want.Cause, want.Code = caller.Answered, caller.Ended, "remote", "cancelled", 200
	got, legs := j.found("a")
	b.equal("over", got, want)
	b.equal("legs", legs, []acd.Leg{*caller, *agent})
	b.equal("open legs", j.up(), []acd.Leg(nil))
	for what, f := range map[string]store.CallFilter{"all": {}, "of the queue": {Extension: 700}, "of the phone": {Extension: 21},
		"in": {Flow: store.FlowIn}, "to the number": {Dialled: "4989700"}, "with part of it": {Search: "8970"}, "bridged": {Kind: store.CallBridged}} {
		b.equal("list "+what, j.listed(f), []acd.CallID{"a"})
	}
	for what, f := range map[string]store.CallFilter{"of another phone": {Extension: 22}, "out": {Flow: store.FlowOut},
		"before": {To: caller.Started}, "after": {From: caller.Started + 1}, "to another": {Dialled: "4989"}, "with nobody": {Search: "_"},
		"abandoned": {Kind: store.CallAbandoned}} {
		b.equal("list "+what, j.listed(f), []acd.CallID(nil))
	}
}

func phoneCall(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller := &acd.Leg{ID: "a", Call: "a", In: true, From: "201", To: "202", Extension: 21}
	busy, called := toPhone("b", "a", 22), toPhone("c", "a", 23)
	j.starts(caller)
	j.starts(busy)
	j.ends(busy, "busy")
	j.starts(called)
	called.Answered, caller.Answered = j.now, j.now+1
	j.ends(called, "normal")
	j.ends(caller, "normal")
	got, legs := j.found("a")
	b.equal("call", got, store.Call{ID: "a", Flow: store.FlowInternal, From: "201", To: "202", Extension: 21, Started: caller.Started,
		Answered: caller.Answered, Bridged: called.Answered, Ended: caller.Ended, By: "remote", Cause: "normal", Code: 200})
	b.equal("legs", legs, []acd.Leg{*caller, *busy, *called})
	for _, x := range []int64{21, 22, 23} {
		b.equal("calls of a phone", j.listed(store.CallFilter{Extension: x, Flow: store.FlowInternal}), []acd.CallID{"a"})
	}
}

// outsideCall: a remote agent does not make a call from outside one to the outside.
func outsideCall(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller := &acd.Leg{ID: "a", Call: "a", In: true, From: "201", To: "0301", Extension: 21}
	agent := &acd.Leg{ID: "b", Call: "a", From: "201", To: "15550100", Agent: 7, Queue: 700}
	line := &acd.Leg{ID: "c", Call: "a", From: "201", To: "0301", Trunk: 3}
	j.starts(caller)
	b.sync() // the agent's leg comes in a commit of its own
	j.starts(agent)
	got, _ := j.found("a")
	b.equal("with a remote agent", got.Flow, store.FlowInternal)
	j.starts(line)
	got, _ = j.found("a")
	b.equal("with a line", got.Flow, store.FlowOut)
	j.ends(agent, "normal")
	j.ends(line, "normal")
	j.ends(caller, "normal")
	b.equal("list", j.listed(store.CallFilter{Flow: store.FlowOut, Dialled: "0301", Extension: 21}), []acd.CallID{"a"})

	dialled := &acd.Leg{ID: "d", Call: "d", To: "0302", Trunk: 3} // nobody called us: placed by the server
	j.starts(dialled)
	got, _ = j.found("d")
	b.equal("placed by the server", got.Flow, store.FlowOut)
}

func twoQueues(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller := fromOutside("a")
	j.starts(caller)
	j.of(acd.FactCallerJoined, "a", 700, 0)
	j.tell(acd.Fact{Kind: acd.FactCallerLeft, Call: "a", Queue: 700, Outcome: acd.OutcomeTimeout})
	j.of(acd.FactCallerJoined, "a", 701, 0)
	got, _ := j.found("a")
	b.equal("outcome in the second", got.Outcome, acd.NoOutcome)
	b.equal("queue", got.Queue, acd.QueueID(701))
	b.equal("extension", got.Extension, int64(700))
	j.tell(acd.Fact{Kind: acd.FactCallerLeft, Call: "a", Queue: 701, Outcome: acd.OutcomeAbandoned})
	j.ends(caller, "cancelled")
	got, _ = j.found("a")
	b.equal("outcome", got.Outcome, acd.OutcomeAbandoned)
	for _, q := range []int64{700, 701} {
		b.equal("calls of a queue", j.listed(store.CallFilter{Extension: q}), []acd.CallID{"a"})
	}
}

func legFields(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	for variant := range 2 {
		var l acd.Leg
		fill(&l, variant+1)
		l.Call = acd.CallID(named("call", variant))
		at := l
		j.tell(acd.Fact{Kind: acd.FactLegEnded, Leg: &at})
		_, legs := j.found(l.Call)
		b.equal("leg", legs, []acd.Leg{l})
		b.equal("leg of the fact", *b.facts(j.org, j.seq-1, 0)[0].Leg, l)
	}
}

func lastLeg(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller, first, second := fromOutside("a"), toPhone("b", "a", 21), toPhone("c", "a", 22)
	j.starts(caller)
	j.starts(first)
	j.ends(caller, "normal")
	got, _ := j.found("a")
	b.equal("caller gone", got.Ended, acd.Time(0))
	j.ends(first, "normal")
	got, _ = j.found("a")
	b.equal("all gone", got.Ended, first.Ended)
	b.equal("list", j.listed(store.CallFilter{}), []acd.CallID{"a"})
	j.starts(second)
	got, _ = j.found("a")
	b.equal("up again", got.Ended, acd.Time(0))
	for _, f := range []store.CallFilter{{}, {Extension: 21}, {Extension: 22}} {
		b.equal("list while up again", j.listed(f), []acd.CallID(nil))
	}
	j.ends(second, "normal")
	got, _ = j.found("a")
	b.equal("over again", got.Ended, second.Ended)
	b.equal("list", j.listed(store.CallFilter{Extension: 21}), []acd.CallID{"a"})
}

// pickedUpBy: a phone took the place of the one that rang (RFC 3891), by a call of its own.
func pickedUpBy(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller, rang := fromOutside("a"), toPhone("b", "a", 21)
	taker := &acd.Leg{ID: "c", Call: "a", In: true, From: "202", To: "201", Extension: 22}
	j.starts(caller)
	j.starts(rang)
	j.starts(taker)
	j.answers(taker)
	j.ends(rang, "answered_elsewhere")
	j.ends(taker, "normal")
	j.ends(caller, "normal")
	got, _ := j.found("a")
	b.equal("talk", got.Bridged, taker.Answered)
	b.equal("caller", got.From, caller.From)
	b.equal("flow", got.Flow, store.FlowIn)
	b.equal("calls of the phone that took it", j.listed(store.CallFilter{Extension: 22}), []acd.CallID{"a"})
}

// legMoves: after an attended transfer.
func legMoves(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller, consultation, called := fromOutside("a"), &acd.Leg{ID: "k", Call: "k", In: true, Extension: 21}, toPhone("c", "k", 22)
	j.starts(caller)
	j.starts(consultation)
	j.starts(called)
	j.ends(consultation, "normal")
	b.sync() // the leg started in an earlier commit
	called.Call = "a"
	j.ends(called, "normal")
	b.equal("open legs", j.up(), []acd.Leg{*caller})
	got, legs := j.found("k")
	b.equal("the call it left", legs, []acd.Leg{*consultation})
	b.equal("its end", got.Ended, consultation.Ended)
	alone := toPhone("m", "n", 22) // the only leg of its call
	j.starts(alone)
	b.sync()
	alone.Call = "a"
	j.ends(alone, "normal")
	empty, legs := j.found("n")
	b.equal("legs of a call all left", legs, []acd.Leg(nil))
	b.equal("its end", empty.Ended, empty.Started)
	j.ends(caller, "normal")
	_, legs = j.found("a")
	b.equal("the call it ended in", legs, []acd.Leg{*caller, *called, *alone})
	b.equal("list", j.listed(store.CallFilter{Oldest: true}), []acd.CallID{"a", "k", "n"})
}

func noLegs(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	j.of(acd.FactCallerJoined, "a", 700, 0)
	j.of(acd.FactConnected, "a", 700, 5)
	j.of(acd.FactCallerLeft, "a", 700, 5)
	j.tell(acd.Fact{Kind: acd.FactLegStarted, Call: "b"}) // without a leg: nothing to show
	j.missing("a")
	j.missing("b")
	b.equal("list", j.listed(store.CallFilter{}), []acd.CallID(nil))
	b.equal("calls of the queue", j.listed(store.CallFilter{Extension: 700}), []acd.CallID(nil))
}

func manyLegs(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	want := map[acd.CallID][]acd.Leg{}
	for _, id := range []string{"c", "a", "b"} {
		caller, called := fromOutside(id), toPhone(id+"-0", acd.CallID(id), 21)
		j.starts(caller)
		j.starts(called)
		want[acd.CallID(id)] = []acd.Leg{*caller, *called}
	}
	j.sync()
	delete(want, "b")
	got := read(b, func(tx store.Tx) (map[acd.CallID][]acd.Leg, error) {
		return tx.Calls.Legs(b.ctx, j.org, "a", "no such", "c", "a")
	})
	b.equal("legs", got, want)
	none := read(b, func(tx store.Tx) (map[acd.CallID][]acd.Leg, error) { return tx.Calls.Legs(b.ctx, j.org) })
	b.equal("legs of no call", len(none), 0)
}

// openLegs: what is up at a restart is there to be closed, once.
func openLegs(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	caller, agent := fromOutside("a"), toPhone("b", "a", 21)
	j.starts(caller)
	j.answers(caller)
	j.starts(agent)
	b.equal("while it rings", j.up(), []acd.Leg{*caller, *agent})
	j.answers(agent)
	want := j.up()
	b.equal("before", want, []acd.Leg{*caller, *agent})
	b.reopen()
	b.equal("after", j.up(), want)
	for _, l := range want {
		j.ends(&l, "server_restart")
	}
	b.equal("closed", j.up(), []acd.Leg(nil))
	got, _ := j.found("a")
	b.equal("cause", got.Cause, "server_restart")
	b.equal("answered", got.Answered, caller.Answered)
	b.equal("list", j.listed(store.CallFilter{}), []acd.CallID{"a"})
}

func sameIDs(b *workbench) {
	j, k := b.journalist(b.world("1").org.ID), b.journalist(b.world("2").org.ID)
	mine, theirs := fromOutside("a"), fromOutside("a")
	theirs.FromName = "Bob"
	j.starts(mine)
	k.starts(theirs)
	j.ends(mine, "normal")
	b.equal("open legs of the first", j.up(), []acd.Leg(nil))
	b.equal("open legs of the second", k.up(), []acd.Leg{*theirs})
	got, legs := k.found("a")
	b.equal("name", got.FromName, "Bob")
	b.equal("legs", legs, []acd.Leg{*theirs})
	b.equal("list of the first", j.listed(store.CallFilter{}), []acd.CallID{"a"})
	b.equal("list of the second", k.listed(store.CallFilter{}), []acd.CallID(nil))
	j.of(acd.FactRated, "a", 700, 5)
	k.missing("b")
	stranger := b.journalist(nowhere)
	stranger.missing("a")
	b.equal("list of nobody", stranger.listed(store.CallFilter{}), []acd.CallID(nil))
}

func historyDeleted(b *workbench) {
	w := b.world("1")
	j := b.journalist(w.org.ID)
	caller, other := fromOutside("a"), fromOutside("b")
	j.starts(caller)
	j.starts(other)
	j.of(acd.FactCallerJoined, "a", 700, 0)
	j.tell(acd.Fact{Kind: acd.FactRated, Call: "a", Reason: "5"}, acd.Fact{Kind: acd.FactRecorded, Call: "a", Reason: "r"})
	j.ends(caller, "normal")
	b.equal("before", j.listed(store.CallFilter{Extension: 700}), []acd.CallID{"a"})
	b.update(func(tx store.Tx) error { return tx.Organisations.Delete(b.ctx, w.org.ID) })
	j.missing("a")
	b.equal("open legs", j.up(), []acd.Leg(nil))
	for _, f := range []store.CallFilter{{}, {Extension: 700}, {Flow: store.FlowIn}, {Dialled: caller.To}} {
		b.equal("list", j.listed(f), []acd.CallID(nil))
	}
	b.view(func(tx store.Tx) error {
		legs, err1 := tx.Calls.Legs(b.ctx, j.org, "a", "b")
		b.equal("legs", len(legs), 0)
		rated, n, err2 := tx.Calls.Ratings(b.ctx, j.org, store.RatingFilter{})
		b.equal("ratings", len(rated)+n, 0)
		kept, n, err3 := tx.Recordings.List(b.ctx, j.org, store.RecordingFilter{})
		b.equal("recordings", len(kept)+n, 0)
		return errors.Join(err1, err2, err3)
	})
}

func ratings(b *workbench) {
	j, k := b.journalist(b.world("1").org.ID), b.journalist(b.world("2").org.ID)
	j.starts(fromOutside("a"))
	rate := func(call acd.CallID, q acd.QueueID, a acd.AgentID, key string) store.Rating {
		j.tell(acd.Fact{Kind: acd.FactRated, Call: call, Queue: q, Agent: a, Reason: key})
		return store.Rating{At: j.now, Call: call, Queue: q, Agent: a, Key: key}
	}
	first, second, third := rate("a", 700, 5, "3"), rate("x", 700, 6, "1"), rate("a", 701, 5, "5")
	got, _ := j.found("a")
	b.equal("the last counts", got.Rating, "5")
	for what, c := range map[string]struct {
		f     store.RatingFilter
		want  []store.Rating
		total int
	}{
		"all":                {store.RatingFilter{}, []store.Rating{first, second, third}, 3},
		"of an agent":        {store.RatingFilter{Agent: 5}, []store.Rating{first, third}, 2},
		"of a queue":         {store.RatingFilter{Queue: 700}, []store.Rating{first, second}, 2},
		"of both":            {store.RatingFilter{Queue: 701, Agent: 5}, []store.Rating{third}, 1},
		"of a time":          {store.RatingFilter{From: second.At, To: third.At}, []store.Rating{second}, 1},
		"an agent in a time": {store.RatingFilter{Agent: 5, From: second.At}, []store.Rating{third}, 1},
		"a page":             {store.RatingFilter{Page: store.Page{Offset: 1, Limit: 1}}, []store.Rating{second}, 3},
		"behind the end":     {store.RatingFilter{Page: store.Page{Offset: 9, Limit: 1}}, nil, 3},
	} {
		b.view(func(tx store.Tx) error {
			rows, n, err := tx.Calls.Ratings(b.ctx, j.org, c.f)
			b.equal(what, rows, c.want)
			b.equal(what+": total", n, c.total)
			others, _, err2 := tx.Calls.Ratings(b.ctx, k.org, c.f)
			b.equal(what+": of others", others, []store.Rating(nil))
			counts, err3 := tx.Calls.RatingCounts(b.ctx, j.org, c.f)
			b.equal(what+": counts", sumOf(counts), c.total)
			none, err4 := tx.Calls.RatingCounts(b.ctx, k.org, c.f)
			b.equal(what+": counts of others", none, []store.RatingCount(nil))
			return errors.Join(err, err2, err3, err4)
		})
	}
}

func sumOf(counts []store.RatingCount) (n int) {
	for _, c := range counts {
		n += c.Count
	}
	return n
}

// ratingCounts: by queue, agent and key.
func ratingCounts(b *workbench) {
	j := b.journalist(b.world("1").org.ID)
	rate := func(q acd.QueueID, a acd.AgentID, key string) {
		j.tell(acd.Fact{Kind: acd.FactRated, Call: "a", Queue: q, Agent: a, Reason: key})
	}
	rate(701, 5, "5")
	rate(700, 6, "1")
	rate(700, 5, "3")
	rate(700, 5, "1")
	rate(700, 5, "3")
	j.sync()
	b.view(func(tx store.Tx) error {
		all, err := tx.Calls.RatingCounts(b.ctx, j.org, store.RatingFilter{})
		b.equal("all", all, []store.RatingCount{{Queue: 700, Agent: 5, Key: "1", Count: 1}, {Queue: 700, Agent: 5, Key: "3", Count: 2},
			{Queue: 700, Agent: 6, Key: "1", Count: 1}, {Queue: 701, Agent: 5, Key: "5", Count: 1}})
		return err
	})
}
