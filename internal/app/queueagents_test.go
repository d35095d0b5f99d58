package app_test

import (
	"errors"
	"fmt"
	"testing"

	"holdline/internal/app"
	"holdline/internal/store"
)

// TestFindQueueAgent: by number or id, but only who is in that queue, and only
// the namesake who is.
func TestFindQueueAgent(t *testing.T) {
	w, a := demoWorld(t)
	sales, support := mustExtension(t, w, a, "700"), mustExtension(t, w, a, "701")
	remote := func() app.AgentID {
		n := app.NewAgent(true)
		n.Number = "15550199"
		made, err := w.App.CreateAgent(t.Context(), a, n)
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	first, second := remote(), remote() // of one number
	for id, queue := range map[app.AgentID]int64{first: sales.ID, second: support.ID} {
		if _, err := w.App.AddMembership(t.Context(), a, app.ExtensionRef{ID: queue}, true, app.Membership{Agent: id}); err != nil {
			t.Fatal(err)
		}
	}
	local, _ := w.Directory.AgentAt(a.Org, mustExtension(t, w, a, "201").ID)
	for _, c := range []struct {
		queue int64
		name  string
		want  app.AgentID // 0 = not found
	}{
		{sales.ID, "0003*201", local}, {sales.ID, "201", 0}, {sales.ID, fmt.Sprint(local), 0}, {sales.ID, "0003*700", 0}, {sales.ID, "0004*201", 0},
		{sales.ID, "15550199", first}, {support.ID, "15550199", second}, {sales.ID, fmt.Sprint(first), first}, {sales.ID, fmt.Sprint(second), 0},
		{sales.ID, "15550100", 0}, {sales.ID, "", 0}, {sales.ID, "99999999999999999999", 0}, {mustExtension(t, w, a, "201").ID, "0003*201", 0},
	} {
		got, err := w.App.FindQueueAgent(t.Context(), a, app.ExtensionRef{ID: c.queue}, c.name)
		var refused *app.Error
		switch {
		case c.want == 0 && (!errors.As(err, &refused) || refused.Code != app.NotFound):
			t.Errorf("%q in %d: %+v, %v; want not found", c.name, c.queue, got, err)
		case c.want != 0 && (err != nil || got.Agent != c.want || got.Queue != app.QueueID(c.queue)):
			t.Errorf("%q in %d: %+v, %v; want agent %d", c.name, c.queue, got, err, c.want)
		}
	}
	user := app.Actor{Org: a.Org, User: 999, Reach: store.ReachUser}
	if _, err := w.App.FindQueueAgent(t.Context(), user, app.ExtensionRef{ID: sales.ID}, "0003*201"); err == nil {
		t.Error("a user's application finds agents in a queue that is not the user's")
	}
}

// TestSeats: the agent at a number is found by any form of it, and made where there is a place for one.
func TestSeats(t *testing.T) {
	w, a := demoWorld(t)
	if _, err := w.App.CreateExtension(t.Context(), a, app.Extension{Extension: store.Extension{Number: "299", Type: app.Phone}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number       string
		there, taken bool // an agent sits there; one can be made
		remote       bool
	}{
		{"201", true, true, false}, {"0003*201", true, true, false}, {"0004*201", false, false, false},
		{"15550100", true, true, true}, {"+15550100", true, true, true},
		{"299", false, true, false}, {"700", false, false, false}, {"298", false, false, false}, {"123456", false, false, false},
		{"+123456", false, true, true}, {"1234567", false, true, true}, {"", false, false, false}, {"+", false, false, false}, {"+49x30123", false, false, false},
	} {
		before, err := w.App.AgentAt(a, c.number)
		if (err == nil) != c.there {
			t.Errorf("%q: %+v, %v; want an agent: %v", c.number, before, err, c.there)
		}
		got, err := w.App.SeatAgent(t.Context(), a, c.number)
		if (err == nil) != c.taken || err == nil && (got.Remote != c.remote || c.there && got != before) {
			t.Errorf("seat at %q: %+v, %v; want one: %v, remote: %v", c.number, got, err, c.taken, c.remote)
		}
		if again, err := w.App.SeatAgent(t.Context(), a, c.number); c.taken && (err != nil || again != got) {
			t.Errorf("seat at %q again: %+v, %v; want %+v", c.number, again, err, got)
		}
	}
	if made, err := w.App.GetAgent(t.Context(), a, mustSeat(t, w.App, a, "299")); err != nil || made.Status != app.LoggedOut {
		t.Errorf("a new agent is %+v, %v; want logged out", made, err)
	}
}

func mustSeat(t *testing.T, s *app.Service, a app.Actor, number string) app.AgentRef {
	t.Helper()
	ref, err := s.SeatAgent(t.Context(), a, number)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}
