package uapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/store"
)

// world is the demo world, with a phone of the user "somebody" (0003*290), and
// one of an organisation of strangers (0009*201).
type world struct {
	*apitest.Demo
	t        testing.TB
	somebody int64 // user
	dana     int64 // user who owns the demo's other extensions
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Demo: apitest.NewDemo(t, nil), t: t}
	w.Update(func(ctx context.Context, tx store.Tx) error {
		for login, id := range map[string]*int64{"somebody": &w.somebody, app.DemoUser: &w.dana} {
			u, err := tx.Users.ByLogin(ctx, login)
			if err != nil {
				return err
			}
			*id = u.ID
		}
		for _, e := range []store.Extension{
			{OrgID: w.Org, OwnerID: w.somebody, Number: "290", Type: store.PhoneExtension},
			{OrgID: w.Stranger, Number: "201", Type: store.PhoneExtension},
		} {
			if err := tx.Extensions.Create(ctx, &e); err != nil {
				return err
			}
		}
		return nil
	})
	if err := w.Directory.Load(t.Context(), w.Store); err != nil {
		t.Fatal(err)
	}
	return w
}

// ask sends a request below /uapi/extensions and wants a status.
func (w *world) ask(as, method, path, body string, status int) apitest.Answer {
	w.t.Helper()
	a := w.Do(method, "/uapi/extensions/"+path, w.Tokens[as], body)
	if a.Status != status {
		w.t.Fatalf("%s %s %s: %d, want %d: %s", method, path, body, a.Status, status, a.Body)
	}
	return a
}

// same compares JSON texts by value; HOST in want is the server's.
func (w *world) same(got []byte, want string) {
	w.t.Helper()
	var x, y any
	if err := json.Unmarshal(got, &x); err != nil {
		w.t.Fatalf("%s: %v", got, err)
	}
	want = strings.ReplaceAll(want, "HOST", w.URL)
	if err := json.Unmarshal([]byte(want), &y); err != nil {
		w.t.Fatalf("%s: %v", want, err)
	}
	if diff := cmp.Diff(y, x); diff != "" {
		w.t.Errorf("%s", diff)
	}
}

// register has a demo phone registered until an hour from the world's start.
func (w *world) register(number, device string) {
	w.Phones.Register(store.Binding{ExtensionID: w.Extension(number), UserAgent: device, Expires: acd.TimeOf(w.Clock.Now().Add(time.Hour))})
}

// put is a status set at the page's path.
func (w *world) put(queue, agent, status string) apitest.Answer {
	w.t.Helper()
	return w.ask("demo", "PUT", fmt.Sprintf("@me/0003*%s/queue/agents/%s", queue, agent), `{"status":"`+status+`"}`, 200)
}

// facts lists what the journal tells of an agent.
func (w *world) facts(agent app.AgentID) (list []acd.Fact) {
	w.t.Helper()
	err := w.Store.View(w.t.Context(), func(tx store.Tx) error {
		all, err := tx.Facts.After(w.t.Context(), w.Org, 0, 10_000)
		for _, f := range all {
			if f.Agent == agent {
				list = append(list, f)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}
