package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/store"
)

func code(err error) app.Code {
	var refused *app.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

func TestSetStatusOfOneQueueAndOfAll(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	agent, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	sales := app.QueueID(mustExtension(t, w, a, "700").ID)
	for i, c := range []struct {
		change app.StatusChange
		want   int
	}{
		{app.StatusChange{Queue: sales, Status: acd.Paused, Reason: "lunch"}, 1},
		{app.StatusChange{Status: acd.Paused, Reason: "lunch"}, 1}, // the other queue; Sales is paused already
		{app.StatusChange{Status: acd.Online}, 2},
		{app.StatusChange{Queue: sales, Status: acd.LoggedOut}, 1},
		{app.StatusChange{Status: acd.Paused, SkipLoggedOut: true}, 1},
		{app.StatusChange{Status: acd.LoggedOut}, 1},
		{app.StatusChange{Status: acd.Paused, SkipLoggedOut: true}, 0},
	} {
		c.change.Agent = agent
		if changed, err := w.App.SetStatus(ctx, a, c.change); changed != c.want || err != nil {
			t.Errorf("step %d: %d changed, %v; want %d", i+1, changed, err, c.want)
		}
	}
	remote, _ := w.Directory.AgentByNumber(a.Org, app.DemoRemoteNumber)
	for name, c := range map[string]struct {
		actor  app.Actor
		change app.StatusChange
		want   app.Code
	}{
		"no such agent":     {a, app.StatusChange{Agent: 999}, app.NotFound},
		"not in that queue": {a, app.StatusChange{Agent: remote, Queue: sales}, app.NotFound},
		"long reason":       {a, app.StatusChange{Agent: agent, Reason: fmt.Sprintf("%081d", 0)}, app.Invalid},
		"a stranger":        {w.Organisation("other", "0009"), app.StatusChange{Agent: agent}, app.NotFound},
		"another user":      {app.Actor{Org: a.Org, User: 999, Reach: store.ReachUser}, app.StatusChange{Agent: agent}, app.NotFound},
	} {
		if _, err := w.App.SetStatus(ctx, c.actor, c.change); code(err) != c.want {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

func mustExtension(t *testing.T, w *apptest.World, a app.Actor, number string) app.Extension {
	t.Helper()
	e, err := w.App.GetExtension(t.Context(), a, app.ExtensionRef{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// An agent who leaves its last queue stays what it was there, and joins the next one so.
func TestStatusIsKeptOutOfTheQueues(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	id, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	ref := app.AgentRef{ID: id}
	sales, support := app.ExtensionRef{Number: "700"}, app.ExtensionRef{Number: "701"}
	set := func(to app.AgentStatus) error {
		_, err := w.App.UpdateAgent(ctx, a, ref, func(e *app.Agent) error { e.Status = to; return nil })
		return err
	}
	remove := func(queue app.ExtensionRef) error { return w.App.RemoveMembership(ctx, a, queue, ref) }
	join := func(queue app.ExtensionRef) error {
		_, err := w.App.AddMembership(ctx, a, queue, false, app.Membership{Agent: id})
		return err
	}
	force := func() error { return w.App.DeleteExtension(ctx, a, support, true) }
	for i, step := range []struct {
		do   func() error
		want app.AgentStatus
	}{
		{func() error { return set(app.OnBreak) }, app.OnBreak},
		{func() error { return remove(sales) }, app.OnBreak},
		{func() error { return remove(support) }, app.OnBreak},
		{func() error { return join(sales) }, app.OnBreak},
		{func() error { return set(app.Available) }, app.Available},
		{func() error { return remove(sales) }, app.Available},
		{func() error { return set(app.LoggedOut) }, app.LoggedOut},
		{func() error { return join(support) }, app.LoggedOut},
		{func() error { return set(app.Available) }, app.Available},
		{force, app.Available},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		if got, err := w.App.GetAgent(ctx, a, ref); err != nil || got.Status != step.want {
			t.Errorf("step %d: the agent is %s, %v; want %s", i+1, got.Status, err, step.want)
		}
	}
	var told []acd.FactKind
	if err := w.Store.View(ctx, func(tx store.Tx) error {
		facts, err := tx.Facts.After(ctx, a.Org, 0, 0)
		for _, f := range facts {
			if f.Agent == id && (f.Kind == acd.FactAgentLogin || f.Kind == acd.FactAgentLogout) {
				told = append(told, f.Kind)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := []acd.FactKind{acd.FactAgentLogout, acd.FactAgentLogin}; !slices.Equal(told, want) {
		t.Errorf("told were %v, want %v: out while in no queue, and in again in one", told, want)
	}
}

func TestStatusSurvivesARestart(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	agent, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	if _, err := w.App.SetStatus(ctx, a, app.StatusChange{Agent: agent, Status: acd.Paused, Reason: "lunch"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Engine.Close(ctx, a.Org); err != nil {
		t.Fatal(err)
	}
	w.Open()
	err := w.Engine.Read(ctx, a.Org, func(e *acd.Engine, _ acd.Time) {
		v, _ := e.AgentView(agent)
		if len(v.Memberships) != 2 || v.Memberships[0].Status != acd.Paused || v.Memberships[0].Reason != "lunch" {
			t.Errorf("after a restart: %+v", v.Memberships)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// However many write at once, store, directory and engine end up the same.
func TestConcurrentChangesReachEngineAndDirectoryInOrder(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	sales := app.ExtensionRef{ID: mustExtension(t, w, a, "700").ID}
	phone := app.ExtensionRef{Number: "201"}
	agent, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			_, err1 := w.App.UpdateMembership(ctx, a, sales, app.AgentRef{ID: agent}, func(m *app.Membership) error { m.Level = i; return nil })
			_, err2 := w.App.UpdateExtension(ctx, a, phone, func(e *app.Extension) error { e.Label = fmt.Sprint(i); return nil })
			if err := errors.Join(err1, err2); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	m, err := w.App.GetMembership(ctx, a, sales, app.AgentRef{ID: agent})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Engine.Read(ctx, a.Org, func(e *acd.Engine, _ acd.Time) {
		v, _ := e.AgentView(agent)
		for _, have := range v.Memberships {
			if have.Queue == m.Queue && have.Level != m.Level {
				t.Errorf("the engine has level %d, the store %d", have.Level, m.Level)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
	kept := mustExtension(t, w, a, "201")
	if have, _, _ := w.Directory.Extension(a.Org, kept.ID); have.Label != kept.Label {
		t.Errorf("the directory has label %s, the store %s", have.Label, kept.Label)
	}
}

// Two at once want the same number, phone or place: one gets it.
func TestOnlyOneOfManyCreates(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	phone := mustExtension(t, w, a, "201").ID
	var mu sync.Mutex
	count := map[string]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := w.App.CreateExtension(ctx, a, app.Extension{Extension: store.Extension{Number: "370", Type: app.Phone}})
			local := app.NewAgent(false)
			local.ExtensionID = phone
			_, err2 := w.App.CreateAgent(ctx, a, local)
			mu.Lock()
			defer mu.Unlock()
			count["extension "+string(code(err))]++
			count["agent "+string(code(err2))]++
		})
	}
	all.Wait()
	if count["extension "] != 1 || count["extension already_exists"] != 7 || count["agent already_exists"] != 8 {
		t.Errorf("outcomes %v", count)
	}
}

// leaving is an engine whose client goes away between commit and Apply.
type leaving struct {
	*apptest.Engine
	leave func()
}

func (l leaving) Apply(ctx context.Context, org int64, in ...acd.Input) ([]acd.Fact, error) {
	l.leave()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.Engine.Apply(ctx, org, in...)
}

func TestACommittedChangeReachesTheEngineAlthoughTheClientIsGone(t *testing.T) {
	w, a := demoWorld(t)
	ctx, leave := context.WithCancel(t.Context())
	s := app.New(app.Deps{Store: w.Store, Directory: w.Directory, Engine: leaving{w.Engine, leave}, Clock: w.Clock.Now})
	sales := app.ExtensionRef{ID: mustExtension(t, w, a, "700").ID}
	agent, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	if err := s.RemoveMembership(ctx, a, sales, app.AgentRef{ID: agent}); err != nil {
		t.Fatal(err)
	}
	err := w.Engine.Read(t.Context(), a.Org, func(e *acd.Engine, _ acd.Time) {
		if v, _ := e.AgentView(agent); len(v.Memberships) != 1 {
			t.Errorf("the engine has %d memberships of the agent; want 1", len(v.Memberships))
		}
	})
	if err != nil {
		t.Error(err)
	}
	// A client that is gone before changes nothing.
	if err := s.RemoveMembership(ctx, a, app.ExtensionRef{Number: "701"}, app.AgentRef{ID: agent}); err == nil {
		t.Error("a change of a client long gone was made")
	}
}

func TestAnEngineThatIsAwayIsReportedAndTheSettingIsKept(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	if err := w.Engine.Close(ctx, a.Org); err != nil {
		t.Fatal(err)
	}
	_, err := w.App.UpdateQueue(ctx, a, app.ExtensionRef{Number: "700"}, func(q *app.Queue) error { q.MaxWait = time.Minute; return nil })
	if code(err) != app.Unavailable || !errors.Is(err, apptest.ErrClosed) {
		t.Errorf("error %v; want unavailable", err)
	}
	if q, err := w.App.GetQueue(ctx, a, app.ExtensionRef{Number: "700"}); err != nil || q.MaxWait != time.Minute {
		t.Errorf("queue %+v, %v", q, err)
	}
}

func TestOrganisationsAreReachedByAdministratorsOnly(t *testing.T) {
	w := apptest.New(t)
	a, b := w.Organisation("a", "0001"), w.Organisation("b", "0002")
	ctx := t.Context()
	if got, err := w.App.In(ctx, a, a.Org); got != a || err != nil {
		t.Errorf("its own: %+v, %v", got, err)
	}
	_, real := w.App.In(ctx, a, b.Org)
	_, unreal := w.App.In(ctx, a, 999)
	if code(real) != app.AccessDenied || code(unreal) != app.AccessDenied {
		t.Errorf("another's: %v; nobody's: %v", real, unreal)
	}
	admin := app.Actor{Org: a.Org, User: 5, Reach: store.ReachAll}
	if got, err := w.App.In(ctx, admin, b.Org); err != nil || got.Org != b.Org || got.User != 0 {
		t.Errorf("administrator: %+v, %v", got, err)
	}
	if _, err := w.App.In(ctx, admin, 999); code(err) != app.ClientNotFound {
		t.Errorf("administrator, nobody's: %v", err)
	}
}

func TestTimesAreInTheOrganisationsZone(t *testing.T) {
	w := apptest.New(t)
	a := w.Organisation("a", "0001")
	w.Update(func(ctx context.Context, tx store.Tx) error {
		o, err := tx.Organisations.Get(ctx, a.Org)
		if err != nil {
			return err
		}
		o.TimeZone = "America/New_York"
		return tx.Organisations.Put(ctx, o)
	})
	e, err := w.App.CreateExtension(t.Context(), a, app.Extension{Extension: store.Extension{Number: "201", Type: app.Phone}})
	if got := e.Created.Format(time.DateTime); err != nil || got != "2020-03-16 08:11:13" {
		t.Errorf("created %s, %v", got, err)
	}
}

func TestDeletedAndBlockedPhonesLoseTheirRegistrations(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	var gone []int64
	s := app.New(app.Deps{Store: w.Store, Directory: w.Directory, Engine: w.Engine, Clock: w.Clock.Now,
		Unregister: func(org, extension int64) {
			if org != a.Org {
				t.Errorf("organisation %d was told, want %d", org, a.Org)
			}
			gone = append(gone, extension)
		}})
	kept, blocked, deleted := mustExtension(t, w, a, "201"), mustExtension(t, w, a, "202"), mustExtension(t, w, a, "203")
	for _, c := range []struct {
		e      app.Extension
		change func(*app.Extension)
	}{{kept, func(e *app.Extension) { e.Label = "Front desk" }}, {blocked, func(e *app.Extension) { e.Blocked = true }}} {
		if _, err := s.UpdateExtension(ctx, a, app.ExtensionRef{ID: c.e.ID}, func(e *app.Extension) error { c.change(e); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteExtension(ctx, a, app.ExtensionRef{ID: deleted.ID}, true); err != nil {
		t.Fatal(err)
	}
	if want := []int64{blocked.ID, deleted.ID}; !slices.Equal(gone, want) {
		t.Errorf("registrations ended of %v, want %v", gone, want)
	}
}
