package agentstate_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/api/agentstate"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/store"
)

// world is the demo world with the limits of the tests: as good as none, unless set changes them.
type world struct {
	*apitest.Demo
	t testing.TB
}

func newWorld(t testing.TB, set func(*agentstate.Config)) *world {
	t.Helper()
	limits := agentstate.Config{PerAddress: 1e6, PerOrganisation: 1e6, Checks: 1e6}
	if set != nil {
		set(&limits)
	}
	return &world{apitest.NewDemo(t, func(c *api.Config) { c.Voiptech = &limits }), t}
}

// get sends a query as it stands.
func (w *world) get(query string) apitest.Answer {
	w.t.Helper()
	return w.Do("GET", agentstate.Path+"?"+query, "", "")
}

const credentials = "username=" + app.DemoLogin + "&password=" + app.DemoPassword + "&"

// ask asks with the demo organisation's login and wants a status.
func (w *world) ask(query string, status int) map[string]any {
	w.t.Helper()
	a := w.get(credentials + query)
	if a.Status != status {
		w.t.Fatalf("%s: %d, want %d: %s", query, a.Status, status, a.Body)
	}
	if c := a.Header.Get("Cache-Control"); c != "no-store" {
		w.t.Errorf("%s: Cache-Control %q", query, c)
	}
	return a.JSON(w.t)
}

// answers asks and compares the whole answer.
func (w *world) answers(query, want string) {
	w.t.Helper()
	var x any
	if err := json.Unmarshal([]byte(want), &x); err != nil {
		w.t.Fatalf("%s: %v", want, err)
	}
	if diff := cmp.Diff(x, any(w.ask(query, 200))); diff != "" {
		w.t.Errorf("%s: %s", query, diff)
	}
}

// apply steps the rules: calls and phones as the telephone side would tell them.
func (w *world) apply(in ...acd.Input) []acd.Fact {
	w.t.Helper()
	facts, err := w.Engine.Apply(w.t.Context(), w.Org, in...)
	if err != nil {
		w.t.Fatal(err)
	}
	return facts
}

// register lets the agents at phones be rung.
func (w *world) register(numbers ...string) {
	for _, n := range numbers {
		w.apply(acd.SetReachable{Agent: w.Agent(n), Reachable: true})
	}
}

// pass moves the clock on and lets the rules know.
func (w *world) pass(d time.Duration) {
	w.Clock.Advance(d)
	w.apply(acd.Tick{})
}

// offer gives the offer of an agent among facts.
func (w *world) offer(facts []acd.Fact, agent acd.AgentID) acd.OfferID {
	w.t.Helper()
	for _, f := range facts {
		if f.Kind == acd.FactOffered && f.Agent == agent {
			return f.Offer
		}
	}
	w.t.Fatalf("agent %d is not offered in %v", agent, facts)
	return 0
}

// journal gives the facts of some kind.
func (w *world) journal(kind acd.FactKind) (list []acd.Fact) {
	w.t.Helper()
	err := w.Store.View(w.t.Context(), func(tx store.Tx) error {
		all, err := tx.Facts.After(w.t.Context(), w.Org, 0, 10_000)
		for _, f := range all {
			if f.Kind == kind {
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

// setPassword gives the demo organisation another password.
func (w *world) setPassword(hash string) {
	w.Update(func(ctx context.Context, tx store.Tx) error {
		o, err := tx.Organisations.Get(ctx, w.Org)
		if err != nil {
			return err
		}
		o.Password = hash
		return tx.Organisations.Put(ctx, o)
	})
}

// with gives a query of parameters.
func with(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return strings.ReplaceAll(v.Encode(), "+", "%20")
}
