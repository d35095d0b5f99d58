package ver1_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// listOf makes a body with n different reasons.
func listOf(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("Reason ", i)
	}
	body, _ := json.Marshal(map[string]any{"pause_reasons": list})
	return string(body)
}

func TestAnOrganisationHasItsPauseReasons(t *testing.T) {
	m := withManagers(t)
	usual := []any{"Lunch", "Short break", "Meeting", "Training", "Back office"}
	is := func(got map[string]any, want ...any) {
		t.Helper()
		if !reflect.DeepEqual(got["pause_reasons"], append([]any{}, want...)) {
			t.Errorf("pause_reasons are %v, want %v", got["pause_reasons"], want)
		}
	}
	put := func(body string, want ...any) {
		t.Helper()
		is(m.do("demo", "PUT", "/client/@me", body, 200), want...)
		is(m.do("demo", "GET", "/client/@me", "", 200), want...)
	}
	is(m.do("demo", "GET", "/client/@me", "", 200), usual...)
	put(`{"name":"Renamed"}`, usual...)
	err := m.Store.View(t.Context(), func(tx store.Tx) error {
		o, err := tx.Organisations.Get(t.Context(), m.Org)
		if o.PauseReasons != nil {
			t.Errorf("another name kept the reasons %q", o.PauseReasons)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	put(`{"pause_reasons":["Prayer","Café é"]}`, "Prayer", "Café é")
	put(`{"name":"Again"}`, "Prayer", "Café é")
	is(m.do("stranger", "GET", "/client/@me", "", 200), usual...)
	put(`{"pause_reasons":[]}`)
	put(`{"pause_reasons":null}`, usual...)
	is(m.do("admin", "POST", "/client/", `{"name":"x","prefix":"77","domain":"x.example","pause_reasons":["One"]}`, 201), "One")
	if got := m.do("demo", "PUT", "/client/@me", listOf(30), 200); len(got["pause_reasons"].([]any)) != 30 {
		t.Errorf("of 30 there are %v", got["pause_reasons"])
	}
	for _, body := range []string{listOf(31), `{"pause_reasons":[""]}`, `{"pause_reasons":[" Lunch"]}`, `{"pause_reasons":["a\tb"]}`,
		`{"pause_reasons":["Lunch","Tea","lunch"]}`, `{"pause_reasons":["` + strings.Repeat("é", 81) + `"]}`, `{"pause_reasons":"Lunch"}`, `{"pause_reasons":[1]}`} {
		if got := m.do("demo", "PUT", "/client/@me", body, 400); got["field"] != "pause_reasons" {
			t.Errorf("%s: %v", body, got)
		}
	}
	put(`{"pause_reasons":["`+strings.Repeat("é", 80)+`"]}`, strings.Repeat("é", 80))
}

// An agent's session reads the reasons, is told of new ones at once, and changes none.
func TestAgentsReadPauseReasons(t *testing.T) {
	m := withManagers(t)
	alex := m.do("demo", "POST", "/client/@me/user/", `{"login":"alex","name":"Alex","role":"agent","password":"correct horse"}`, 201)
	cookie, in, err := m.App.SignIn(t.Context(), "alex", "correct horse", app.Browser{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	with := []string{"Cookie: " + auth.CookieName + "=" + cookie, "X-CSRF-Token: " + in.CSRF}
	read := func(want string) {
		t.Helper()
		if got := m.Do("GET", "/api/ver1.0/client/@me", "", "", with...); got.Status != 200 || !strings.Contains(string(got.Body), `"pause_reasons":`+want) {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	read(`["Lunch",`)
	s := openStream(t, m.Demo, m.tokenFor(m.id(alex)), "@me")
	first, _ := s.next()
	if list, _ := first.objects["client"]["pause_reasons"].([]any); len(list) != 5 {
		t.Errorf("the stream begins with %v", first.objects)
	}
	m.do("demo", "PUT", "/client/@me", `{"pause_reasons":["Tea"]}`, 200)
	s.until("client", func(o map[string]any) bool { return reflect.DeepEqual(o["pause_reasons"], []any{"Tea"}) })
	read(`["Tea"]`)
	if got := m.Do("PUT", "/api/ver1.0/client/@me", "", `{"pause_reasons":["Nap"]}`, with...); got.Status != 403 {
		t.Errorf("an agent changed them: %d %s", got.Status, got.Body)
	}
	read(`["Tea"]`)
}
