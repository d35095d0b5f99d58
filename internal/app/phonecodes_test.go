package app_test

import (
	"testing"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/store"
)

func TestPhoneCodes(t *testing.T) {
	w, a := demoWorld(t)
	ctx := t.Context()
	phone := mustExtension(t, w, a, "201").ID
	nobody, err := w.App.CreateExtension(ctx, a, app.Extension{Extension: store.Extension{Number: "299", Type: app.Phone}})
	if err != nil {
		t.Fatal(err)
	}
	agent, _ := w.Directory.AgentAt(a.Org, phone)
	statuses := func() (in700, in701 acd.Status) {
		err := w.Engine.Read(ctx, a.Org, func(e *acd.Engine, _ acd.Time) {
			v, _ := e.AgentView(agent)
			in700, in701 = v.Memberships[0].Status, v.Memberships[1].Status
		})
		if err != nil {
			t.Fatal(err)
		}
		return in700, in701
	}
	for _, c := range []struct {
		phone        int64
		dialled      string
		want         app.CodeOutcome
		in700, in701 acd.Status
	}{
		{phone, "*46*701", app.CodeLoggedOut, acd.Online, acd.LoggedOut},
		{phone, "*47", app.CodePaused, acd.Paused, acd.LoggedOut},
		{phone, "*48", app.CodeUnpaused, acd.Online, acd.LoggedOut},
		{phone, "*45*0003*701", app.CodeLoggedIn, acd.Online, acd.Online},
		{phone, "*46", app.CodeLoggedOut, acd.LoggedOut, acd.LoggedOut},
		{phone, "*47", app.CodeNotPossible, acd.LoggedOut, acd.LoggedOut},
		{phone, "*45", app.CodeLoggedIn, acd.Online, acd.Online},
		{phone, "*47*700", app.CodePaused, acd.Paused, acd.Online},
		{phone, "*45*999", app.CodeNotPossible, acd.Paused, acd.Online},
		{phone, "*45*202", app.CodeNotPossible, acd.Paused, acd.Online},
		{nobody.ID, "*45", app.CodeNotAnAgent, acd.Paused, acd.Online},
	} {
		got, err := w.App.DialPhoneCode(ctx, a.Org, c.phone, c.dialled)
		in700, in701 := statuses()
		if got != c.want || in700 != c.in700 || in701 != c.in701 {
			t.Errorf("%s at %d: outcome %d (%v), statuses %s and %s; want %d, %s and %s", c.dialled, c.phone, got, err, in700, in701, c.want, c.in700, c.in701)
		}
	}
	for dialled, want := range map[string]bool{"*45": true, "*48*700": true, "*4": false, "*45700": false, "*45*": false, "700": false, "": false} {
		if w.App.IsPhoneCode(dialled) != want {
			t.Errorf("%q is taken for a code: %v", dialled, !want)
		}
	}
}
