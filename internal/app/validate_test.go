package app_test

import (
	"testing"

	"holdline/internal/app"
	"holdline/internal/store"
)

// A name is what people tell things apart by: one that cannot be seen, or that
// turns round what stands beside it, is none.
func TestNamesCanBeSeen(t *testing.T) {
	o := newOffice(t)
	label := func(s string) error {
		_, err := o.App.UpdateExtension(t.Context(), o.all, app.ExtensionRef{ID: o.phone.ID}, func(e *app.Extension) error { e.Label = s; return nil })
		return err
	}
	user := func(s string) error {
		_, err := o.App.UpdateUser(t.Context(), o.all, o.boss.ID, func(u *app.User) error { u.Name = s; return nil })
		return err
	}
	agent := func(s string) error {
		_, err := o.App.CreateAgent(t.Context(), o.all, app.Agent{Agent: store.Agent{ExtensionID: o.phone.ID, Name: &s}, Status: app.Available})
		return err
	}
	for _, name := range []string{"   ", "\u200b", "\u00a0\u2060", "Ann\u202e", "\u2066Ben", "Cle\x00o"} {
		for what, set := range map[string]func(string) error{"label": label, "user": user, "agent": agent} {
			if err := set(name); codeOf(err) != app.Invalid {
				t.Errorf("%s %+q: %v", what, name, err)
			}
		}
	}
	for _, name := range []string{"Ann", "\u0645\u0631\u062d\u0628\u0627", "👩\u200d👧", "=1+1 <b>", "a\u200fb"} {
		if err := label(name); err != nil {
			t.Errorf("label %+q: %v", name, err)
		}
		if err := user(name); err != nil {
			t.Errorf("user %+q: %v", name, err)
		}
	}
	if err := label(""); err != nil {
		t.Error("no label:", err)
	}
}
