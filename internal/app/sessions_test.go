package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/auth"
	"holdline/internal/store"
)

const goodPassword = "correct horse battery"

var here = app.Browser{Address: "192.0.2.1:5000", UserAgent: "Test\r\nBrowser"}

// office is an organisation with a supervisor and an agent who has phone 201.
type office struct {
	*apptest.World
	t           *testing.T
	all         app.Actor
	boss, agent store.User
	phone       app.Extension
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{World: apptest.New(t), t: t}
	o.all = o.Organisation("office", "0005")
	o.boss, o.agent = o.user("boss", store.RoleSupervisor), o.user("ann", store.RoleAgent)
	var err error
	if o.phone, err = o.App.CreateExtension(t.Context(), o.all, app.Extension{Extension: store.Extension{Number: "201", Type: app.Phone, OwnerID: o.agent.ID}}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) user(login, role string) store.User {
	o.t.Helper()
	hash, err := auth.NewHasher(1).Hash(o.t.Context(), goodPassword)
	if err != nil {
		o.t.Fatal(err)
	}
	u := store.User{OrgID: o.all.Org, Login: login, Name: strings.ToUpper(login), Role: role, Password: hash}
	o.Update(func(ctx context.Context, tx store.Tx) error { return tx.Users.Create(ctx, &u) })
	return u
}

func (o *office) signIn(login string) (string, app.Session) {
	o.t.Helper()
	cookie, in, err := o.App.SignIn(o.t.Context(), login, goodPassword, here)
	if err != nil {
		o.t.Fatal(err)
	}
	return cookie, in
}

func (o *office) signedIn(cookie string) bool {
	o.t.Helper()
	_, err := o.App.Session(o.t.Context(), cookie)
	if err != nil && codeOf(err) != app.Unauthorized {
		o.t.Fatal(err)
	}
	return err == nil
}

func codeOf(err error) app.Code {
	var refused *app.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return app.Code(fmt.Sprint(err))
}

func TestRolesBecomeActors(t *testing.T) {
	o := newOffice(t)
	o.user("root", store.RoleAdministrator)
	for login, reach := range map[string]store.Reach{"root": store.ReachAll, "boss": store.ReachOrganisation, "ann": store.ReachUser} {
		cookie, in := o.signIn(" " + strings.ToUpper(login))
		again, err := o.App.Session(t.Context(), cookie)
		if err != nil || again.Actor != in.Actor || again.CSRF != in.CSRF {
			t.Fatalf("%+v, %v", again, err)
		}
		if in.Actor.Reach != reach || in.Actor.Org != o.all.Org || in.Actor.User != in.User.ID || in.User.Password != "" || in.User.Login != login {
			t.Errorf("%s: %+v", login, in)
		}
		if !auth.MatchesCSRF(cookie, in.CSRF) || auth.MatchesCSRF(cookie+"x", in.CSRF) || auth.MatchesCSRF("", auth.CSRFToken("")) || strings.Contains(in.CSRF, cookie) {
			t.Error("the CSRF token is not the session's")
		}
	}
}

func TestSessionsEndUnusedAndAtAll(t *testing.T) {
	o := newOffice(t)
	unused, _ := o.signIn("boss")
	used, _ := o.signIn("boss")
	o.Clock.Advance(app.SessionIdle - time.Second)
	if !o.signedIn(used) {
		t.Fatal("a session ended too early")
	}
	o.Clock.Advance(time.Second)
	if o.signedIn(unused) || !o.signedIn(used) {
		t.Fatal("twelve hours unused do not end a session, or end one that is used")
	}
	for end := o.Clock.Now().Add(app.SessionLength); o.Clock.Now().Before(end); o.Clock.Advance(app.SessionIdle / 2) {
		o.signedIn(used)
	}
	if o.signedIn(used) {
		t.Error("a session lives for ever")
	}
}

func TestSignOutAndForeignCookies(t *testing.T) {
	o := newOffice(t)
	one, _ := o.signIn("boss")
	two, _ := o.signIn("boss")
	for range 2 {
		if err := o.App.SignOut(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	if o.signedIn(one) || !o.signedIn(two) {
		t.Error("signing out ended the wrong session")
	}
	for _, cookie := range []string{"", "x", strings.Repeat("x", 5000), auth.NewSecret()} {
		if o.signedIn(cookie) {
			t.Errorf("cookie %.20q is a session", cookie)
		}
	}
}

func TestOneSessionTooManyEndsTheOldest(t *testing.T) {
	o := newOffice(t)
	oldest, _ := o.signIn("boss")
	o.Clock.Advance(time.Second)
	second, _ := o.signIn("boss")
	for range 19 {
		o.Clock.Advance(time.Second)
		o.signIn("boss")
	}
	if o.signedIn(oldest) || !o.signedIn(second) {
		t.Error("not the oldest session ended")
	}
}

func TestChangingThePasswordEndsOtherSessions(t *testing.T) {
	o := newOffice(t)
	mine, _ := o.signIn("boss")
	other, _ := o.signIn("boss")
	anns, _ := o.signIn("ann")
	for name, c := range map[string]struct {
		cookie, old, now string
		code             app.Code
	}{
		"wrong":     {mine, "wrong", "another good one", app.Invalid},
		"short":     {mine, goodPassword, "short", app.Invalid},
		"long":      {mine, goodPassword, strings.Repeat("x", 300), app.Invalid},
		"no cookie": {"x", goodPassword, "another good one", app.Unauthorized},
	} {
		if err := o.App.ChangePassword(t.Context(), c.cookie, c.old, c.now); codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !o.signedIn(other) {
		t.Fatal("a refused change ended a session")
	}
	if err := o.App.ChangePassword(t.Context(), mine, goodPassword, "another good one"); err != nil {
		t.Fatal(err)
	}
	if !o.signedIn(mine) || o.signedIn(other) || !o.signedIn(anns) {
		t.Error("not exactly the other sessions of the user ended")
	}
	if _, _, err := o.App.SignIn(t.Context(), "boss", goodPassword, here); codeOf(err) != app.Unauthorized {
		t.Error("the old password works:", err)
	}
	if _, _, err := o.App.SignIn(t.Context(), "boss", "another good one", here); err != nil {
		t.Error(err)
	}
}

func TestGuessingIsSlowedDownAndTellsNothing(t *testing.T) {
	o := newOffice(t)
	var texts []string
	for _, login := range []string{"boss", "nobody"} {
		for range 5 {
			_, _, err := o.App.SignIn(t.Context(), login, "wrong", here)
			texts = append(texts, err.Error())
		}
		_, _, err := o.App.SignIn(t.Context(), login, goodPassword, here)
		var refused *app.Error
		if !errors.As(err, &refused) || refused.Code != app.TooMany || refused.Retry <= 0 {
			t.Errorf("%s: %v", login, err)
		}
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("%q and %q tell a login from none", text, texts[0])
		}
	}
	o.Clock.Advance(3 * time.Second)
	o.signIn("boss")
}

func TestAnAgentChangesItselfOnly(t *testing.T) {
	o := newOffice(t)
	agent, err := o.App.CreateAgent(t.Context(), o.all, app.Agent{Agent: store.Agent{ExtensionID: o.phone.ID}, Status: app.Available})
	if err != nil {
		t.Fatal(err)
	}
	_, in := o.signIn("ann")
	me := app.AgentRef{ID: agent.ID}
	if _, err := o.App.UpdateAgent(t.Context(), in.Actor, me, func(a *app.Agent) error { a.Status = app.OnBreak; return nil }); err != nil {
		t.Error("an agent cannot set its own status:", err)
	}
	_, err = o.App.UpdateAgent(t.Context(), in.Actor, me, func(a *app.Agent) error { a.WrapUp = time.Hour; return nil })
	wants := map[string]error{"wrap-up": err}
	_, wants["phone"] = o.App.CreateExtension(t.Context(), in.Actor, app.Extension{Extension: store.Extension{Number: "300", Type: app.Phone}})
	_, wants["label"] = o.App.UpdateExtension(t.Context(), in.Actor, app.ExtensionRef{ID: o.phone.ID}, func(e *app.Extension) error { e.Label = "x"; return nil })
	_, wants["SIP password"] = o.App.SetSIPPassword(t.Context(), in.Actor, app.ExtensionRef{ID: o.phone.ID}, "")
	wants["delete"] = o.App.DeleteExtension(t.Context(), in.Actor, app.ExtensionRef{ID: o.phone.ID}, true)
	wants["agent"] = o.App.DeleteAgent(t.Context(), in.Actor, me, true)
	_, _, wants["audit log"] = o.App.ListAudit(t.Context(), in.Actor, app.AuditFilter{})
	_, wants["user"] = o.App.CreateUser(t.Context(), in.Actor, app.User{})
	of := app.Subject{Extension: app.ExtensionRef{ID: o.phone.ID}}
	sub, err := o.App.CreateSubscription(t.Context(), o.all, of, app.Subscription{Dialect: app.DialectVer1, Event: app.EventHangup, Method: "POST", URL: "https://h.test/", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	event := app.SubscriptionRef{ID: sub.ID}
	shown, err := o.App.GetSecret(t.Context(), in.Actor, of, event)
	if wants["webhook's secret"] = err; shown.Secret != "" {
		t.Error("a refusal tells the secret")
	}
	_, wants["webhook's test"] = o.App.TestDelivery(t.Context(), in.Actor, of, event)
	_, wants["webhook's replay"] = o.App.ReplayDelivery(t.Context(), in.Actor, of, event, 1)
	_, wants["webhook's day"] = o.App.ReplayDeliveries(t.Context(), in.Actor, of, event, apptest.Start, apptest.Start.Add(time.Hour))
	for what, err := range wants {
		if codeOf(err) != app.AccessDenied {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := o.App.GetExtension(t.Context(), o.all, app.ExtensionRef{Number: "300"}); codeOf(err) != app.NotFound {
		t.Error("what was refused was done:", err)
	}
}

func TestStatusChangesAreAuditedTogetherAMomentLater(t *testing.T) {
	o := newOffice(t)
	agent, err := o.App.CreateAgent(t.Context(), o.all, app.Agent{Agent: store.Agent{ExtensionID: o.phone.ID}, Status: app.Available})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := o.App.CreateExtension(t.Context(), o.all, app.Extension{Extension: store.Extension{Number: "700", Type: app.QueueType}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.App.AddMembership(t.Context(), o.all, app.ExtensionRef{ID: queue.ID}, false, app.Membership{Agent: agent.ID}); err != nil {
		t.Fatal(err)
	}
	_, in := o.signIn("ann")
	ctx := app.WithAddress(t.Context(), "[2001:db8::7]:443")
	for _, c := range []app.StatusChange{{Agent: agent.ID, Status: acd.Paused, Reason: "lunch"}, {Agent: agent.ID, Status: acd.Paused, Reason: "lunch"}} {
		if _, err := o.App.SetStatus(ctx, in.Actor, c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.App.DialPhoneCode(t.Context(), o.all.Org, o.phone.ID, "*48"); err != nil {
		t.Fatal(err)
	}
	list, n, err := o.App.ListAudit(t.Context(), o.all, app.AuditFilter{Action: "agent.status", Oldest: true})
	if err != nil || n != 2 {
		t.Fatalf("%d entries, want one for each change and none for what changed nothing: %+v, %v", n, list, err)
	}
	if e := list[0]; e.Actor != "ANN" || e.User != o.agent.ID || e.Address != "2001:db8::7" || e.Detail != `status paused, reason "lunch"` {
		t.Errorf("%+v", e)
	}
	if e := list[1]; e.Actor != "phone" || e.User != 0 || e.Detail != "status online" {
		t.Errorf("%+v", e)
	}
}

func TestAnAdministratorsWorkElsewhereIsAuditedThere(t *testing.T) {
	o := newOffice(t)
	o.user("root", store.RoleAdministrator)
	other := o.Organisation("other", "0006")
	_, in := o.signIn("root")
	there, err := o.App.In(t.Context(), in.Actor, other.Org)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.App.CreateExtension(t.Context(), there, app.Extension{Extension: store.Extension{Number: "201", Type: app.Phone}}); err != nil {
		t.Fatal(err)
	}
	list, _, err := o.App.ListAudit(t.Context(), other, app.AuditFilter{})
	if err != nil || len(list) != 1 || list[0].Actor != "ROOT" || list[0].User != in.User.ID || list[0].Action != "extension.create" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestRecordingsOfDeletedClientsAreSweptAtTheStart(t *testing.T) {
	o := newOffice(t)
	gone, kept := o.recording("987"), o.recording(fmt.Sprint(o.all.Org))
	foreign := o.recording("notes")
	if err := o.App.RemoveOrphans(t.Context()); err != nil {
		t.Fatal(err)
	}
	if exists(gone) || !exists(kept) || !exists(foreign) {
		t.Errorf("deleted client's %v, own %v, foreign folder %v", exists(gone), exists(kept), exists(foreign))
	}
}

func (o *office) recording(folder string) string {
	o.t.Helper()
	path := filepath.Join(o.Recordings, folder, "rec.wav")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
