package ver1_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// session signs a user of a role in, who is made in an organisation, and gives the headers of the session.
func session(t *testing.T, d *apitest.Demo, org int64, role string) []string {
	t.Helper()
	hash, err := auth.NewHasher(1).Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	login := fmt.Sprint(role, org)
	d.Update(func(ctx context.Context, tx store.Tx) error {
		return tx.Users.Create(ctx, &store.User{OrgID: org, Login: login, Name: login, Role: role, Password: hash})
	})
	cookie, in, err := d.App.SignIn(t.Context(), login, "correct horse battery", app.Browser{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"Cookie: " + auth.CookieName + "=" + cookie, "X-CSRF-Token: " + in.CSRF}
}

// managing is what administrators do for a client, beside everything.
var managing = []operation{
	{"GET", "/client/{org}", ""},
	{"PUT", "/client/{org}", `{"name":"mine"}`},
	{"DELETE", "/client/{org}", ""},
	{"GET", "/client/{org}/user/", ""},
	{"POST", "/client/{org}/user/", `{"login":"mine","name":"Mine","role":"agent","password":"correct horse battery"}`},
	{"GET", "/client/{org}/application/", ""},
	{"POST", "/client/{org}/application/", `{"name":"mine","reach":"organisation"}`},
	{"GET", "/client/{org}/trunk/", ""},
	{"GET", "/client/{org}/did/", ""},
	{"GET", "/client/{org}/audit/", ""},
	{"GET", "/client/{org}/sound/", ""},
	{"GET", "/client/{org}/stream/", ""},
	{"GET", "/client/{org}/report/staffing/?calls=1&interval=hour&talk_time=1&service_level=80&answer_within=20", ""},
}

// Working in another organisation is for administrators: a supervisor or an
// agent of another is refused everywhere, whether it exists or not.
func TestOnlyAdministratorsWorkElsewhere(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	past(t, d)
	withEvents(t, d)
	before := snapshot(t, d)
	for _, role := range []string{store.RoleSupervisor, store.RoleAgent} {
		who := session(t, d, d.Stranger, role)
		for _, c := range slices.Concat(everything, shared, managing) {
			if !strings.Contains(c.path, "{org}") {
				continue
			}
			got := d.Do(c.method, "/api/ver1.0"+expand(d, c.path), "", expand(d, c.body), who...)
			unreal := d.Do(c.method, "/api/ver1.0"+missing(d, c.path), "", missing(d, c.body), who...)
			if got.Status != http.StatusForbidden || blank(got.Body) != blank(unreal.Body) {
				t.Errorf("%s: %s %s: %d %s; where there is none %s", role, c.method, c.path, got.Status, got.Body, unreal.Body)
			}
		}
	}
	if after := snapshot(t, d); after != before {
		t.Errorf("a stranger changed something:\n%s\nwas\n%s", after, before)
	}
	boss := session(t, d, d.Stranger, store.RoleAdministrator)
	for _, c := range slices.Concat(everything, shared, managing) {
		if c.method != "GET" || !strings.Contains(c.path, "{org}") || strings.Contains(c.path, "/stream/") || strings.Contains(c.path, "staffing") {
			continue
		}
		if got := d.Do(c.method, "/api/ver1.0"+expand(d, c.path), "", "", boss...); got.Status != http.StatusOK {
			t.Errorf("an administrator: %s: %d %s", c.path, got.Status, got.Body)
		}
	}
}

// What an administrator does elsewhere is in that organisation's audit log, with who did it.
func TestAnAdministratorElsewhereIsAudited(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	boss := session(t, d, d.Stranger, store.RoleAdministrator)
	do := func(method, path, body string, status int) apitest.Answer {
		t.Helper()
		a := d.Do(method, "/api/ver1.0"+expand(d, path), "", expand(d, body), boss...)
		if a.Status != status {
			t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
		return a
	}
	do("PUT", "/extension/{700}/queue/", `{"strategy":"random"}`, 200)
	do("PUT", "/extension/@0003*701/queue/", `{"strategy":"random"}`, 200) // a full number is enough, too
	do("GET", "/extension/@701/queue/", "", 404)                           // a short one is the own organisation's
	do("PUT", "/client/{org}", `{"name":"Renamed"}`, 200)
	log := string(do("GET", "/client/{org}/audit/", "", 200).Body)
	for _, action := range []string{"queue.update", "organisation.update"} {
		if !strings.Contains(log, `"action":"`+action+`"`) || !strings.Contains(log, `"actor":"administrator`) {
			t.Errorf("%s is not in the log, or not by whom: %s", action, log)
		}
	}
	// In a client that is named, another's things are not.
	third := do("POST", "/client/", `{"name":"Third","prefix":"0077","domain":"third.test"}`, 201).JSON(t)
	do("GET", fmt.Sprint("/client/", third["id"], "/extension/{700}"), "", 404)
	do("DELETE", fmt.Sprint("/client/", third["id"], "/extension/{700}?force=true"), "", 404)
}

func TestAStreamEndsWithItsClient(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	s := openStream(t, d, d.Tokens["admin"], fmt.Sprint(d.Stranger))
	if first, ok := s.next(); !ok || first.name != "snapshot" {
		t.Fatalf("the stream begins with %+v", first)
	}
	if a := d.Do("DELETE", fmt.Sprint("/api/ver1.0/client/", d.Stranger), d.Tokens["admin"], ""); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for {
		e, ok := s.next()
		if !ok {
			t.Fatal("the stream ended without a word")
		}
		if e.name == "bye" {
			break
		}
	}
	if a := d.Do("GET", fmt.Sprint("/api/ver1.0/client/", d.Stranger, "/stream/"), d.Tokens["admin"], ""); a.Status != http.StatusNotFound {
		t.Errorf("watching it again: %d %s", a.Status, a.Body)
	}
}
