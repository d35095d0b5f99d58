package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/store"
)

func TestACodeGivesTheAccountAFewTimesAndForAWhile(t *testing.T) {
	w, a := demoWorld(t)
	ref := app.ExtensionRef{Number: "205"}
	md5, _ := auth.HA1("0003*205", "demo.local", "demo-205")
	p, err := w.App.MakeProvisioning(t.Context(), a, ref, "pbx.example.com")
	if err != nil || len(p.Code) != 32 || !p.Expires.Equal(w.Clock.Now().Add(app.ProvisioningLife)) {
		t.Fatalf("%+v, %v", p, err)
	}
	for i := range app.ProvisioningFetches {
		got, err := w.App.Provision(t.Context(), p.Code)
		if err != nil || got.Username != "0003*205" || got.Domain != "demo.local" || got.Server != "pbx.example.com" || got.Algorithm != "MD5" || got.HA1 != md5 || got.Password != "" {
			t.Errorf("fetch %d: %+v, %v", i+1, got, err)
		}
	}
	if _, err := w.App.Provision(t.Context(), p.Code); code(err) != app.NotFound {
		t.Errorf("one fetch more: %v", err)
	}

	p, _ = w.App.MakeProvisioning(t.Context(), a, ref, "")
	w.Clock.Advance(app.ProvisioningLife - time.Second)
	if _, err := w.App.Provision(t.Context(), p.Code); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	w.Clock.Advance(time.Second)
	if _, err := w.App.Provision(t.Context(), p.Code); code(err) != app.NotFound {
		t.Errorf("at the end: %v", err)
	}
}

func TestWhatEndsACode(t *testing.T) {
	for name, end := range map[string]func(w *office, a app.Actor, ref app.ExtensionRef) error{
		"another password": func(o *office, a app.Actor, ref app.ExtensionRef) error {
			_, err := o.App.SetSIPPassword(o.t.Context(), a, ref, "another-password")
			return err
		},
		"the same password": func(o *office, a app.Actor, ref app.ExtensionRef) error {
			_, err := o.App.SetSIPPassword(o.t.Context(), a, ref, "demo-205")
			return err
		},
		"another code": func(o *office, a app.Actor, ref app.ExtensionRef) error {
			_, err := o.App.MakeProvisioning(o.t.Context(), a, ref, "")
			return err
		},
		"a block": func(o *office, a app.Actor, ref app.ExtensionRef) error {
			_, err := o.App.UpdateExtension(o.t.Context(), a, ref, func(e *app.Extension) error { e.Blocked = true; return nil })
			return err
		},
		"deletion": func(o *office, a app.Actor, ref app.ExtensionRef) error {
			return o.App.DeleteExtension(o.t.Context(), a, ref, true)
		},
	} {
		w, a := demoWorld(t)
		ref := app.ExtensionRef{Number: "205"}
		p, err := w.App.MakeProvisioning(t.Context(), a, ref, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := end(&office{World: w, t: t}, a, ref); err != nil {
			t.Fatal(name, err)
		}
		if _, err := w.App.Provision(t.Context(), p.Code); code(err) != app.NotFound {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

func TestACodeIsNotUsedMoreOftenByManyAtOnce(t *testing.T) {
	w, a := demoWorld(t)
	p, err := w.App.MakeProvisioning(t.Context(), a, app.ExtensionRef{Number: "205"}, "")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	given := make(chan error, 50)
	for range cap(given) {
		wg.Go(func() {
			_, err := w.App.Provision(t.Context(), p.Code)
			given <- err
		})
	}
	wg.Wait()
	close(given)
	n := 0
	for err := range given {
		if err == nil {
			n++
		} else if code(err) != app.NotFound {
			t.Error(err)
		}
	}
	if n != app.ProvisioningFetches {
		t.Errorf("%d were given the account", n)
	}
}

func TestWhoMakesCodes(t *testing.T) {
	w, a := demoWorld(t)
	ref := app.ExtensionRef{ID: mustExtension(t, w, a, "205").ID}
	agent := a
	agent.Role, agent.User = store.RoleAgent, 1
	for name, c := range map[string]struct {
		actor  app.Actor
		ref    app.ExtensionRef
		server string
		want   app.Code
	}{
		"a stranger":   {w.Organisation("other", "0009"), ref, "", app.NotFound},
		"another user": {app.Actor{Org: a.Org, User: 999, Reach: store.ReachUser}, ref, "", app.NotFound},
		"an agent":     {agent, ref, "", app.AccessDenied},
		"for a queue":  {a, app.ExtensionRef{Number: "700"}, "", app.NotFound},
	} {
		if _, err := w.App.MakeProvisioning(t.Context(), c.actor, c.ref, c.server); code(err) != c.want {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
	for host, want := range map[string]string{"[2001:db8::7]": "2001:db8::7", "10.0.0.7": "10.0.0.7", "pbx": "pbx", "": "", "pbx:8080": "-", "a b": "-", "0.0.0.0": "-", "x;transport=udp": "-", "<x>": "-",
		strings.Repeat("x", 300): "-"} {
		p, err := w.App.MakeProvisioning(t.Context(), a, ref, host)
		if want == "-" && code(err) == app.Invalid {
			continue
		}
		if err != nil || p.Server != want {
			t.Errorf("%q: %q, %v; want %q", host, p.Server, err, want)
		}
	}
	created, err := w.App.CreateExtension(t.Context(), a, app.Extension{Extension: store.Extension{Number: "299", Type: app.Phone}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.App.MakeProvisioning(t.Context(), a, app.ExtensionRef{ID: created.ID}, "")
	if err != nil {
		t.Fatal("a phone that never had a password:", err)
	}
	if got, err := w.App.Provision(t.Context(), p.Code); err != nil || len(got.HA1) != 32 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCodesAreAudited(t *testing.T) {
	w, a := demoWorld(t)
	p, err := w.App.MakeProvisioning(t.Context(), a, app.ExtensionRef{Number: "205"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.App.Provision(app.WithAddress(t.Context(), "10.0.0.7:4711"), p.Code); err != nil {
		t.Fatal(err)
	}
	list, _, err := w.App.ListAudit(t.Context(), a, app.AuditFilter{Action: "extension.", Oldest: true})
	var got []string
	for _, e := range list {
		if strings.HasPrefix(e.Action, "extension.provision") {
			got = append(got, fmt.Sprint(e.Action, " ", e.Target, " by ", e.Actor, " from ", e.Address))
		}
		if strings.Contains(fmt.Sprint(e), p.Code) {
			t.Errorf("the code stands in the audit log: %+v", e)
		}
	}
	want := "[extension.provisioning extension 205 by api from  extension.provisioned extension 205 by softphone from 10.0.0.7]"
	if fmt.Sprint(got) != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
