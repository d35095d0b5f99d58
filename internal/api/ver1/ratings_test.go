package ver1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// rate has callers rate agents, a minute apart from 12:20 on; "701 201 4" is a queue, an agent and a key.
func (c client) rate(calls ...string) {
	c.t.Helper()
	c.d.Clock.Advance(time.Date(2020, 3, 16, 12, 20, 0, 0, time.UTC).Sub(c.d.Clock.Now()))
	for n, call := range calls {
		var queue, agent, key string
		if _, err := fmt.Sscan(call, &queue, &agent, &key); err != nil {
			c.t.Fatal(err)
		}
		f := acd.Fact{Kind: acd.FactRated, Call: acd.CallID(fmt.Sprint("call-", n)), Queue: acd.QueueID(c.d.Extension(queue)), Agent: c.d.Agent(agent), Reason: key}
		c.d.Clock.Advance(time.Minute)
		if _, err := c.d.Engine.Apply(c.t.Context(), c.d.Org, acd.Note{Fact: f}); err != nil {
			c.t.Fatal(err)
		}
	}
	c.d.Clock.Advance(time.Minute)
}

// rows gives what a list answers, ids replaced by names.
func (c client) rows(path string) string {
	c.t.Helper()
	list := c.list(path)
	for _, r := range list {
		delete(r, "extension_id")
		delete(r, "agent_id")
	}
	text, err := json.Marshal(list)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

var someRatings = []string{"700 201 5", "700 201 3", "700 202 1", "701 201 5", "700 201 5"}

func TestRatingsAreListed(t *testing.T) {
	c := demo(t)
	c.rate(someRatings...)
	if diff := cmp.Diff(`[{"agent_number":"0003*202","call_uuid":"call-2","extension_name":"0003*700","rating":"1","rating_time_gmt":"2020-03-16 12:23:00"},`+
		`{"agent_number":"0003*201","call_uuid":"call-3","extension_name":"0003*701","rating":"5","rating_time_gmt":"2020-03-16 12:24:00"}]`,
		c.rows("/client/@me/rating/?per_page=2&page=2&start_datetime=2020-03-16+12:21:00")); diff != "" {
		t.Errorf("the second page (-want +got):\n%s", diff)
	}
	for query, want := range map[string]string{
		"":                                    "5 3 1 5 5",
		"?per_page=2&page=2":                  "1 5",
		"?extension_id={700}":                 "5 3 1 5",
		"?agent_id={a201}":                    "5 3 5 5",
		"?extension_id={701}&agent_id={a201}": "5",
		"?start_datetime=2020-03-16+12:22:00&end_datetime=2020-03-16+12:24:00": "3 1",
		"?start_datetime=2020-03-17": "",
	} {
		got := ""
		for _, r := range c.list("/client/@me/rating/" + query) {
			got += fmt.Sprint(" ", r["rating"])
		}
		if got = got[min(1, len(got)):]; got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	first := c.list("/client/@me/rating/")[0]
	c.want("rating", first, "call_uuid", "call-0", "rating_time_gmt", "2020-03-16 12:21:00", "extension_id", float64(c.d.Extension("700")),
		"extension_name", "0003*700", "agent_id", float64(c.d.Agent("201")), "agent_number", "0003*201", "rating", "5")
}

func TestRatingsAreSummedUp(t *testing.T) {
	c := demo(t)
	c.rate(someRatings...)
	const when = `"end_datetime":"2020-03-16 12:26:00"`
	row := func(agent, queue string, keys [5]int, mean string) string {
		quoted := func(s string) string {
			if s == "" {
				return "null"
			}
			return `"0003*` + s + `"`
		}
		n := keys[0] + keys[1] + keys[2] + keys[3] + keys[4]
		return fmt.Sprintf(`{"agent_number":%s,%s,"extension_name":%s,"rated_1":%d,"rated_2":%d,"rated_3":%d,"rated_4":%d,"rated_5":%d,"rating_mean":%s,"ratings":%d,"start_datetime":"2020-03-16 00:00:00"}`,
			quoted(agent), when, quoted(queue), keys[0], keys[1], keys[2], keys[3], keys[4], mean, n)
	}
	for query, want := range map[string]string{
		"":                             row("201", "700", [5]int{0, 0, 1, 0, 2}, "4.33") + "," + row("202", "700", [5]int{1}, "1") + "," + row("201", "701", [5]int{4: 1}, "5"),
		"?by=queue":                    row("", "700", [5]int{1, 0, 1, 0, 2}, "3.5") + "," + row("", "701", [5]int{4: 1}, "5"),
		"?by=agent":                    row("201", "", [5]int{0, 0, 1, 0, 3}, "4.5") + "," + row("202", "", [5]int{1}, "1"),
		"?by=agent&extension_id={700}": row("201", "", [5]int{0, 0, 1, 0, 2}, "4.33") + "," + row("202", "", [5]int{1}, "1"),
		"?agent_id={a202}":             row("202", "700", [5]int{1}, "1"),
		"?agent_id={a203}":             "",
		"?by=queue&page=2&per_page=1":  row("", "701", [5]int{4: 1}, "5"),
	} {
		if diff := cmp.Diff("["+want+"]", c.rows("/client/@me/report/ratings/"+query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	// The reports of agents and queues say the same.
	agents := c.list("/client/@me/report/agents/?agent_id={a201}")
	c.want("agent", agents[0], "ratings", 4, "rating_mean", 4.5)
}

func TestRatingsOfWhatIsNotThere(t *testing.T) {
	c := demo(t)
	c.rate(someRatings...)
	for path, field := range map[string]string{
		"rating/?extension_id=98765": "extension_id", "rating/?extension_id={201}": "extension_id", "rating/?agent_id=98765": "agent_id",
		"rating/?agent_id=1&agent_id=2": "agent_id", "rating/?agent_id=x": "agent_id", "rating/?start_datetime=x": "start_datetime",
		"report/ratings/?extension_id=98765": "extension_id", "report/ratings/?extension_id={201}": "extension_id",
		"report/ratings/?agent_id=98765": "agent_id", "report/ratings/?by=day": "by",
		"report/ratings/?start_datetime=2020-03-16&end_datetime=2020-03-15": "end_datetime",
	} {
		t.Run(path, func(t *testing.T) {
			scenario{method: "GET", path: "/client/@me/" + path, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
		})
	}
}

// An application of a user sees ratings of the user's queues and agents only.
func TestRatingsOfAUsersApplication(t *testing.T) {
	c := demo(t)
	c.rate(someRatings...)
	user := client{t, c.d, "user"}
	ask := func(path, field string) {
		scenario{as: "user", method: "GET", path: path, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
	}
	ask("/client/@me/rating/", "extension_id")
	ask("/client/@me/rating/?extension_id={700}", "extension_id")
	ask("/client/@me/rating/?agent_id={a201}", "agent_id")
	ask("/client/@me/report/ratings/?extension_id={700}", "extension_id")
	ask("/client/@me/report/ratings/?agent_id={a201}", "agent_id")
	if got := user.rows("/client/@me/report/ratings/"); got != "[]" {
		t.Errorf("ratings of nobody of the user's: %s", got)
	}
	c.d.Update(func(ctx context.Context, tx store.Tx) error { // 202 is the user's from now on
		users, err := tx.Users.List(ctx, c.d.Org)
		if err != nil {
			return err
		}
		somebody := users[slices.IndexFunc(users, func(u store.User) bool { return u.Login == "somebody" })]
		own, err := tx.Extensions.Get(ctx, c.d.Org, c.d.Extension("202"))
		if err != nil {
			return err
		}
		own.OwnerID = somebody.ID
		return tx.Extensions.Put(ctx, own)
	})
	if list := user.list("/client/@me/report/ratings/"); len(list) != 1 || list[0]["rating_mean"] != 1.0 {
		t.Errorf("ratings of the user's agent: %v", list)
	}
	if list := user.list("/client/@me/rating/?agent_id={a202}"); len(list) != 1 || list[0]["call_uuid"] != "call-2" {
		t.Errorf("ratings of the user's agent: %v", list)
	}
	ask("/client/@me/rating/?agent_id={a201}", "agent_id")
}
