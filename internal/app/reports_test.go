package app_test

import (
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/store"
)

// loggedIn gives how long an agent was logged in and paused, over all of the world's time.
func loggedIn(t *testing.T, a app.Actor, s *app.Service, agent app.AgentID) (in, paused time.Duration) {
	t.Helper()
	rows, _, err := s.ReportAgents(t.Context(), a, app.ReportFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Agent == agent {
			return r.LoggedIn, r.Paused
		}
	}
	return 0, 0
}

// An agent is there from the moment it joins a queue until it leaves the
// last one, with no status changed and also when it is deleted.
func TestJoiningAndLeavingCountAsBeingThere(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	sales, support := app.ExtensionRef{Number: "700"}, app.ExtensionRef{Number: "701"}
	n := app.NewAgent(true)
	n.Number = "15550123"
	agent, err := w.App.CreateAgent(ctx, a, n)
	if err != nil {
		t.Fatal(err)
	}
	ref := app.AgentRef{ID: agent.ID, Remote: true}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
	}
	join := func(q app.ExtensionRef) error {
		_, err := w.App.AddMembership(ctx, a, q, true, app.Membership{Agent: agent.ID})
		return err
	}
	do(nil)
	do(join(sales))
	do(join(support))
	do(w.App.RemoveMembership(ctx, a, sales, ref))
	do(w.App.RemoveMembership(ctx, a, support, ref))
	do(nil)
	if in, paused := loggedIn(t, a, w.App, agent.ID); in != 3*time.Minute || paused != 0 {
		t.Errorf("logged in %v, paused %v; want 3m", in, paused)
	}
	do(join(sales))
	_, err = w.App.UpdateAgent(ctx, a, ref, func(x *app.Agent) error { x.Status, x.Reason = app.OnBreak, "lunch"; return nil })
	do(err)
	before, _, err := w.App.ReportAgents(ctx, a, app.ReportFilter{Interval: "hour"})
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	do(w.App.DeleteAgent(ctx, a, ref, true))
	do(nil)
	if in, paused := loggedIn(t, a, w.App, agent.ID); in != 5*time.Minute || paused != time.Minute {
		t.Errorf("logged in %v, paused %v; want 5m, 1m", in, paused)
	}
}

// What was reported yesterday is reported the same tomorrow.
func TestReportsOfThePastDoNotChange(t *testing.T) {
	w, a := demoWorld(t)
	phone, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	w.Clock.Advance(time.Hour)
	end := w.Clock.Now()
	yesterday := func() (in time.Duration) {
		t.Helper()
		rows, _, err := w.App.ReportAgents(t.Context(), a, app.ReportFilter{From: end.Add(-2 * time.Hour), To: end})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Agent == phone {
				in = r.LoggedIn
			}
		}
		return in
	}
	if got := yesterday(); got != time.Hour {
		t.Fatal(got)
	}
	w.Clock.Advance(30 * time.Hour)
	if _, err := w.App.SetStatus(t.Context(), a, app.StatusChange{Agent: phone, Status: acd.LoggedOut}); err != nil {
		t.Fatal(err)
	}
	if got := yesterday(); got != time.Hour {
		t.Errorf("after a logout a day later: %v", got)
	}
}

// An application of a user sees the user's queues and agents only, and the calls of an extension it names.
func TestReportsAndHistoryOfAUser(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	dana := app.Actor{Org: a.Org, User: mustExtension(t, w, a, "700").OwnerID, Reach: store.ReachUser}
	ada := app.Actor{Org: a.Org, User: mustExtension(t, w, a, "201").OwnerID, Reach: store.ReachUser}
	nobody := app.Actor{Org: a.Org, User: 999, Reach: store.ReachUser}
	if rows, n, err := w.App.ReportQueues(ctx, dana, app.ReportFilter{}); err != nil || n != 2 || rows[0].Number != "0003*700" {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, n, err := w.App.ReportAgents(ctx, ada, app.ReportFilter{}); err != nil || n != 1 {
		t.Errorf("%d agents, %v; want the one at her phone", n, err)
	}
	if rows, n, err := w.App.ReportAgents(ctx, ada, app.ReportFilter{Total: app.OnlyTotal}); err != nil || n != 1 || rows[0].Agent != 0 {
		t.Errorf("%d totals, %v", n, err)
	}
	for _, total := range []app.Total{app.WithTotal, app.OnlyTotal} {
		agents, _, err := w.App.ReportAgents(ctx, nobody, app.ReportFilter{Total: total})
		if err != nil || len(agents) != 1 || agents[0].LoggedIn != 0 {
			t.Errorf("%+v, %v; want a total of nobody", agents, err)
		}
		queues, _, err := w.App.ReportQueues(ctx, nobody, app.ReportFilter{Total: total})
		if err != nil || len(queues) != 1 || queues[0].LoggedIn != 0 {
			t.Errorf("%+v, %v; want a total of no queue", queues, err)
		}
	}
	if _, n, err := w.App.ReportAgents(ctx, nobody, app.ReportFilter{Interval: "hour"}); err != nil || n != 0 {
		t.Errorf("%d agents of others, %v", n, err)
	}
	if _, _, err := w.App.ListHistory(ctx, dana, app.HistoryFilter{}); code(err) != app.Invalid {
		t.Errorf("several extensions, none named: %v", err)
	}
	if _, _, err := w.App.ListHistory(ctx, dana, app.HistoryFilter{Extension: mustExtension(t, w, a, "701").ID}); err != nil {
		t.Error(err)
	}
	if _, _, err := w.App.ListHistory(ctx, nobody, app.HistoryFilter{Extension: mustExtension(t, w, a, "201").ID}); code(err) != app.NotFound {
		t.Errorf("somebody else's extension: %v", err)
	}
	if _, n, err := w.App.ListHistory(ctx, nobody, app.HistoryFilter{}); err != nil || n != 0 {
		t.Error(n, err)
	}
	if _, _, err := w.App.ListRecordings(ctx, dana, app.RecordingFilter{}); code(err) != app.Invalid {
		t.Error(err)
	}
}
