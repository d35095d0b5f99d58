package storetest

import (
	"errors"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var recordingTests = []test{
	{"keep every field", recordingFields},
	{"absent", recordingAbsent},
	{"are finished by the journal", recordingFinished},
	{"may be created after their end", recordingCreatedLate},
	{"are deleted when they are over", recordingDeleted},
	{"filters, pages and totals", recordingLists},
	{"are found by what their calls were", recordingsByCall},
	{"of other organisations", recordingStranger},
	{"belong to their call", recordingOfCall},
	{"that a crash cut off, and those to be deleted", recordingCare},
}

// recorded is a recording of the world that runs.
func (b *workbench) recorded(w *world, id string, call acd.CallID, started acd.Time) store.Recording {
	b.Helper()
	v := store.Recording{ID: id, OrgID: w.org.ID, Call: call, Path: id + ".wav", Started: started, State: store.RecordingRunning}
	b.update(func(tx store.Tx) error { return tx.Recordings.Create(b.ctx, v) })
	return v
}

func (b *workbench) recording(w *world, id string) store.Recording {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Recording, error) { return tx.Recordings.Get(b.ctx, w.org.ID, id) })
}

func recordingFields(b *workbench) {
	w := b.world("1")
	for variant := range 2 {
		var v store.Recording
		fill(&v, variant+1)
		v.OrgID = w.org.ID
		b.update(func(tx store.Tx) error { return tx.Recordings.Create(b.ctx, v) })
		b.equal("created", b.recording(w, v.ID), v)
		b.refused(store.ErrExists, "created twice", func(tx store.Tx) error { return tx.Recordings.Create(b.ctx, v) })

		v.State, v.Duration, v.Size, v.Error = store.RecordingRecovered, 3*time.Second+time.Microsecond, 1<<40, "cut off"
		b.update(func(tx store.Tx) error {
			return tx.Recordings.Finish(b.ctx, w.org.ID, v.ID, v.State, v.Duration, v.Size, v.Error)
		})
		b.equal("finished", b.recording(w, v.ID), v)
	}
	b.refused(store.ErrNotFound, "no such organisation", func(tx store.Tx) error {
		return tx.Recordings.Create(b.ctx, store.Recording{ID: "r", OrgID: nowhere})
	})
}

func recordingAbsent(b *workbench) {
	w := b.world("1")
	b.update(func(tx store.Tx) error {
		_, err := tx.Recordings.Get(b.ctx, w.org.ID, "r")
		b.is("Get", err, store.ErrNotFound)
		b.is("Finish", tx.Recordings.Finish(b.ctx, w.org.ID, "r", store.RecordingFinished, 0, 0, ""), store.ErrNotFound)
		b.is("Delete", tx.Recordings.Delete(b.ctx, w.org.ID, "r"), store.ErrNotFound)
		return nil
	})
}

func recordingFinished(b *workbench) {
	w := b.world("1")
	j := b.journalist(w.org.ID)
	whole, broken := b.recorded(w, "r1", "a", 100), b.recorded(w, "r2", "b", 200)
	j.tell(acd.Fact{Kind: acd.FactRecorded, Call: "a", Reason: "r1", Duration: 5 * time.Second},
		acd.Fact{Kind: acd.FactRecorded, Call: "b", Reason: "r2", Duration: time.Second, Name: "disk full"})
	b.sync()
	whole.State, whole.Duration = store.RecordingFinished, 5*time.Second
	broken.State, broken.Duration, broken.Error = store.RecordingFailed, time.Second, "disk full"
	b.equal("whole", b.recording(w, "r1"), whole)
	b.equal("not whole", b.recording(w, "r2"), broken)
}

func recordingCreatedLate(b *workbench) {
	w := b.world("1")
	j := b.journalist(w.org.ID)
	j.tell(acd.Fact{Kind: acd.FactRecorded, Call: "a", Reason: "r", Duration: 5 * time.Microsecond})
	b.sync()
	want := store.Recording{ID: "r", OrgID: w.org.ID, Call: "a", Started: j.now - 5, Duration: 5 * time.Microsecond, State: store.RecordingFinished}
	b.equal("told by the journal alone", b.recording(w, "r"), want)
	b.recorded(w, "r", "a", 77)
	want.Path, want.Started = "r.wav", 77
	b.equal("created then", b.recording(w, "r"), want)
	b.refused(store.ErrExists, "created twice", func(tx store.Tx) error { return tx.Recordings.Create(b.ctx, want) })
}

func recordingDeleted(b *workbench) {
	w := b.world("1")
	b.recorded(w, "r1", "a", 100)
	kept := b.recorded(w, "r2", "a", 200)
	b.refused(store.ErrInUse, "running", func(tx store.Tx) error { return tx.Recordings.Delete(b.ctx, w.org.ID, "r1") })
	b.update(func(tx store.Tx) error {
		b.is("Finish", tx.Recordings.Finish(b.ctx, w.org.ID, "r1", store.RecordingFailed, 0, 0, "no file"), nil)
		b.is("Delete", tx.Recordings.Delete(b.ctx, w.org.ID, "r1"), nil)
		_, err := tx.Recordings.Get(b.ctx, w.org.ID, "r1")
		b.is("Get", err, store.ErrNotFound)
		return nil
	})
	b.equal("the other", b.recording(w, "r2"), kept)
}

func recordingLists(b *workbench) {
	w := b.world("1")
	r1, r2 := b.recorded(w, "r1", "a", 300), b.recorded(w, "r2", "b", 100)
	r3, r4 := b.recorded(w, "r3", "a", 100), b.recorded(w, "r4", "a", 200)
	b.update(func(tx store.Tx) error {
		return tx.Recordings.Finish(b.ctx, w.org.ID, "r4", store.RecordingFinished, 0, 0, "")
	})
	r4.State = store.RecordingFinished
	type list = []store.Recording
	for what, c := range map[string]struct {
		f     store.RecordingFilter
		want  list
		total int
	}{
		"all":            {store.RecordingFilter{}, list{r1, r4, r3, r2}, 4},
		"oldest first":   {store.RecordingFilter{Oldest: true}, list{r2, r3, r4, r1}, 4},
		"of a call":      {store.RecordingFilter{Call: "a", Oldest: true}, list{r3, r4, r1}, 3},
		"running":        {store.RecordingFilter{State: store.RecordingRunning}, list{r1, r3, r2}, 3},
		"of a time":      {store.RecordingFilter{From: 100, To: 300}, list{r4, r3, r2}, 3},
		"of all these":   {store.RecordingFilter{Call: "a", From: 101, To: 301, State: store.RecordingFinished}, list{r4}, 1},
		"a page":         {store.RecordingFilter{Page: store.Page{Offset: 1, Limit: 2}}, list{r4, r3}, 4},
		"behind the end": {store.RecordingFilter{Page: store.Page{Offset: 9, Limit: 2}}, nil, 4},
	} {
		b.view(func(tx store.Tx) error {
			rows, n, err := tx.Recordings.List(b.ctx, w.org.ID, c.f)
			b.equal(what, rows, c.want)
			b.equal(what+": total", n, c.total)
			return err
		})
	}
}

// recordingsByCall: a recording is found by its call's legs, queues and
// numbers, whatever its state; one whose call nobody knows by none of them.
func recordingsByCall(b *workbench) {
	w, stranger := b.world("1"), b.world("2")
	j := b.journalist(w.org.ID)
	talk := func(id acd.CallID, from string, queue acd.QueueID, phone int64, agent acd.AgentID) {
		caller, callee := fromOutside(string(id)), toPhone(string(id)+"-phone", id, phone)
		caller.From, callee.Agent = from, agent
		j.starts(caller)
		j.of(acd.FactCallerJoined, id, queue, 0)
		missed := toPhone(string(id)+"-missed", id, 29)
		missed.Agent = 9
		j.starts(missed)
		j.ends(missed, "no_answer")
		j.starts(callee)
		j.answers(callee)
		j.of(acd.FactConnected, id, queue, agent)
	}
	talk("a", "49301", 700, 21, 5)
	talk("b", "49302", 701, 22, 6)
	b.sync()
	a1, b1 := b.recorded(w, "a1", "a", 100), b.recorded(w, "b1", "b", 200)
	b.recorded(w, "lost", "nowhere", 300)
	b.recorded(stranger, "theirs", "a", 400)
	b.update(func(tx store.Tx) error {
		return tx.Recordings.Finish(b.ctx, w.org.ID, "b1", store.RecordingFailed, 0, 0, "disk full")
	})
	b1.State, b1.Error = store.RecordingFailed, "disk full"
	type list = []store.Recording
	for what, c := range map[string]struct {
		f    store.RecordingFilter
		want list
	}{
		"queue":              {store.RecordingFilter{Extension: 700}, list{a1}},
		"phone":              {store.RecordingFilter{Extension: 22}, list{b1}},
		"agent":              {store.RecordingFilter{Agent: 6}, list{b1}},
		"who did not answer": {store.RecordingFilter{Agent: 9}, nil},
		"number":             {store.RecordingFilter{Search: "4930"}, list{b1, a1}},
		"name":               {store.RecordingFilter{Search: "aNN", Oldest: true}, list{a1, b1}},
		"number and agent":   {store.RecordingFilter{Search: "49301", Agent: 6}, nil},
		"failed":             {store.RecordingFilter{State: store.RecordingFailed}, list{b1}},
		"failed of a queue":  {store.RecordingFilter{State: store.RecordingFailed, Extension: 701}, list{b1}},
		"recovered":          {store.RecordingFilter{State: store.RecordingRecovered}, nil},
		"failed of a call":   {store.RecordingFilter{State: store.RecordingFailed, Call: "b", Search: "x"}, nil},
		"running of a queue": {store.RecordingFilter{State: store.RecordingRunning, Extension: 700}, list{a1}},
		"finished":           {store.RecordingFilter{State: store.RecordingFinished}, nil},
	} {
		b.view(func(tx store.Tx) error {
			rows, n, err := tx.Recordings.List(b.ctx, w.org.ID, c.f)
			b.equal(what, rows, c.want)
			b.equal(what+": total", n, len(c.want))
			return err
		})
	}
	b.view(func(tx store.Tx) error {
		some, err := tx.Calls.Some(b.ctx, w.org.ID, "b", "nowhere", "a")
		one, _, oneErr := tx.Calls.Get(b.ctx, w.org.ID, "b")
		b.equal("calls", len(some), 2)
		b.equal("a call", some["b"], one)
		none, noneErr := tx.Calls.Some(b.ctx, stranger.org.ID, "a", "b")
		b.equal("calls of another", len(none), 0)
		return errors.Join(err, oneErr, noneErr)
	})
}

// recordingStranger: two organisations may use the same id and see their own only.
func recordingStranger(b *workbench) {
	w, v := b.world("1"), b.world("2")
	mine, theirs := b.recorded(w, "r", "a", 100), b.recorded(v, "r", "b", 200)
	b.recorded(w, "mine", "c", 300)
	b.refused(store.ErrNotFound, "finish another's", func(tx store.Tx) error {
		return tx.Recordings.Finish(b.ctx, v.org.ID, "mine", store.RecordingFailed, 0, 0, "")
	})
	b.refused(store.ErrNotFound, "delete another's", func(tx store.Tx) error { return tx.Recordings.Delete(b.ctx, v.org.ID, "mine") })
	j := b.journalist(v.org.ID)
	j.tell(acd.Fact{Kind: acd.FactRecorded, Call: "b", Reason: "r"})
	b.sync()
	theirs.State = store.RecordingFinished
	b.equal("theirs", b.recording(v, "r"), theirs)
	b.equal("mine", b.recording(w, "r"), mine)
	rows := read(b, func(tx store.Tx) ([]store.Recording, error) {
		rows, n, err := tx.Recordings.List(b.ctx, v.org.ID, store.RecordingFilter{})
		b.equal("total", n, 1)
		return rows, err
	})
	b.equal("list", rows, []store.Recording{theirs})
}

func recordingOfCall(b *workbench) {
	w := b.world("1")
	j := b.journalist(w.org.ID)
	caller := fromOutside("a")
	j.starts(caller)
	check := func(what, want string) {
		b.Helper()
		got, _ := j.found("a")
		b.equal(what, got.Recording, want)
	}
	check("none", "")
	b.recorded(w, "r2", "a", 100)
	check("one", "r2")
	b.recorded(w, "r1", "a", 200)
	b.recorded(w, "r3", "b", 300)
	check("the latest of its own", "r1")
	j.ends(caller, "normal")
	j.tell(acd.Fact{Kind: acd.FactRecorded, Call: "a", Reason: "r1"})
	b.sync()
	b.update(func(tx store.Tx) error { return tx.Recordings.Delete(b.ctx, w.org.ID, "r1") })
	check("the latest deleted", "r2")
}

func recordingCare(b *workbench) {
	w, v := b.world("1"), b.world("2")
	var want []store.Recording
	for _, r := range []struct {
		w       *world
		id      string
		started acd.Time
		over    bool
	}{{w, "a", 300, false}, {w, "b", 100, true}, {w, "c", 200, true}, {w, "d", 50, false}, {v, "e", 10, false}, {v, "f", 20, true}} {
		rec := b.recorded(r.w, r.id, "x", r.started)
		if r.over {
			b.update(func(tx store.Tx) error {
				return tx.Recordings.Finish(b.ctx, r.w.org.ID, r.id, store.RecordingRecovered, 0, 9, "")
			})
			rec.State, rec.Size = store.RecordingRecovered, 9
		}
		want = append(want, rec)
	}
	b.reopen()
	b.view(func(tx store.Tx) error {
		running, err := tx.Recordings.Running(b.ctx)
		b.is("Running", err, nil)
		b.equal("running", running, []store.Recording{want[3], want[0], want[4]})
		for _, c := range []struct {
			before acd.Time
			limit  int
			want   []store.Recording
		}{{100, 0, nil}, {101, 0, want[1:2]}, {1000, 0, want[1:3]}, {1000, 1, want[1:2]}} {
			old, err := tx.Recordings.Before(b.ctx, w.org.ID, c.before, c.limit)
			b.is("Before", err, nil)
			if len(old)+len(c.want) > 0 {
				b.equal("old ones", old, c.want)
			}
		}
		return nil
	})
}
