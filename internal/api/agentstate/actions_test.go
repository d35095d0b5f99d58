package agentstate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
)

const (
	start    = 1584360673                     // the world's clock, in seconds since 1970
	midnight = start - (12*3600 + 11*60 + 13) // of that day
)

// TestPause: with a queue there alone, without one everywhere; who is logged
// out somewhere is left so there.
func TestPause(t *testing.T) {
	w := newWorld(t, nil)
	w.answers("action=pause&agent=201&reason=lunch%20break", `{"status":"success","action":"pause","agent":"201","alias":"Ada","queues":["700","701"],"reason":"lunch break","changed":2}`)
	w.answers("action=pause&agent=0003*201&reason=lunch%20break", `{"status":"success","action":"pause","agent":"201","alias":"Ada","queues":["700","701"],"reason":"lunch break","changed":0}`)
	w.answers("action=unpause&agent=201&queue=701", `{"status":"success","action":"unpause","agent":"201","alias":"Ada","queues":["701"],"reason":"","changed":1}`)
	w.answers("action=showstate&agent=201", fmt.Sprintf(`{"status":"success","action":"showstate","agent":"201","alias":"Ada","state":"unavailable","reason":"","since":%d,
		"queues":[{"queue":"700","paused":true,"reason":"lunch break","logged_in":true},{"queue":"701","paused":false,"reason":"","logged_in":true}]}`, start))
	w.answers("action=unpause&agent=201&reason=back", `{"status":"success","action":"unpause","agent":"201","alias":"Ada","queues":["700","701"],"reason":"back","changed":1}`)

	// Logged out of 701: a pause leaves that so.
	w.apply(acd.SetStatus{Agent: w.Agent("201"), Queue: acd.QueueID(w.Extension("701")), Status: acd.LoggedOut})
	if got := w.ask("action=pause&agent=201", 200)["changed"]; got != 1.0 {
		t.Errorf("changed %v, want 1", got)
	}
	w.apply(acd.SetStatus{Agent: w.Agent("201"), Status: acd.LoggedOut})
	for _, query := range []string{"action=pause&agent=201", "action=pause&agent=201&queue=700", "action=unpause&agent=201"} {
		if got := w.ask(query, 200)["changed"]; got != 0.0 {
			t.Errorf("%s while logged out: changed %v", query, got)
		}
	}
	if got := w.ask("action=showstate&agent=201", 200)["state"]; got != "logged_out" {
		t.Errorf("state %v", got)
	}
	w.answers("action=pause&agent=15550100", `{"status":"success","action":"pause","agent":"15550100","alias":"Fay","queues":["701"],"reason":"","changed":1}`)
	w.answers("action=unpause&agent=%2B15550100&alias=Ann", `{"status":"success","action":"unpause","agent":"15550100","alias":"Ann","queues":["701"],"reason":"","changed":1}`)
}

// TestAddAndRemove: an agent is made where there is none, and logs in once.
func TestAddAndRemove(t *testing.T) {
	w := newWorld(t, nil)
	w.answers("action=remove&agent=201&queue=700", `{"status":"success","action":"remove","agent":"201","alias":"Ada","queues":["700"],"reason":"","changed":1}`)
	w.answers("action=add&agent=201&queue=0003*700&alias=Dana", `{"status":"success","action":"add","agent":"201","alias":"Dana","queues":["700"],"reason":"","changed":1}`)
	if got := w.ask("action=add&agent=201&queue=700", 409)["error"]; got != "already_member" {
		t.Errorf("error %v", got)
	}
	if n := len(w.journal(acd.FactAgentLogin)); n != 0 {
		t.Errorf("%d logins of an agent who stayed logged in at 701", n)
	}
	// A new remote agent: made, in the queue behind the others, logged in.
	w.answers("action=add&agent=%2B4930123456&queue=701", `{"status":"success","action":"add","agent":"+4930123456","alias":"+4930123456","queues":["701"],"reason":"","changed":1}`)
	if got := w.journal(acd.FactAgentLogin); len(got) != 1 || got[0].Source != acd.SourceAPI {
		t.Errorf("logins: %+v, want one", got)
	}
	w.answers("action=showstate&agent=4930123456", fmt.Sprintf(`{"status":"success","action":"showstate","agent":"+4930123456","alias":"+4930123456","state":"idle","reason":"","since":%d,
		"queues":[{"queue":"701","paused":false,"reason":"","logged_in":true}]}`, start))
	w.ask("action=add&agent=4930123456&queue=700", 200)
	w.ask("action=remove&agent=4930123456&queue=701", 200)
	if n := len(w.journal(acd.FactAgentLogout)); n != 0 {
		t.Errorf("%d logouts, but the agent is in 700", n)
	}
	w.ask("action=remove&agent=4930123456&queue=700", 200)
	if n := len(w.journal(acd.FactAgentLogout)); n != 1 {
		t.Errorf("%d logouts, want one", n)
	}
	if got := w.ask("action=showstate&agent=4930123456", 200); got["state"] != "logged_out" || len(got["queues"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
	if got := w.ask("action=pause&agent=4930123456", 200); got["changed"] != 0.0 || len(got["queues"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
}

// TestARefusalChangesNothing: neither is an agent made, nor gets one another alias.
func TestARefusalChangesNothing(t *testing.T) {
	w := newWorld(t, nil)
	long := strings.Repeat("x", 256)
	w.ask("action=add&agent=201&queue=700&alias=Somebody", 409)
	w.ask("action=pause&agent=201&alias=Somebody&reason=a%0Ab", 400)
	w.ask("action=pause&agent=201&reason=lunch&alias="+long, 400)
	if got := w.ask("action=showstate&agent=201", 200); got["alias"] != "Ada" || got["reason"] != "" || got["state"] == "paused" {
		t.Errorf("%v", got)
	}
	w.ask("action=add&agent=%2B4930123456&queue=701&alias="+long, 400)
	w.ask("action=showstate&agent=%2B4930123456", 404)
}

// TestAPauseWithdrawsWhatRings and nothing that is talked on.
func TestAPauseWithdrawsWhatRings(t *testing.T) {
	w := newWorld(t, nil)
	w.register("201", "202")
	agent := w.Agent("201")
	facts := w.apply(acd.CallerJoined{Call: "c1", Queue: acd.QueueID(w.Extension("700")), Number: "0501234567", Name: "Ann"})
	offer := w.offer(facts, agent)
	w.apply(acd.OfferRinging{Offer: offer})
	if got := w.ask("action=showstate&agent=201", 200)["state"]; got != "ringing" {
		t.Errorf("state %v, want ringing", got)
	}
	w.Engine.Commands()
	w.ask("action=pause&agent=201&queue=701", 200) // another queue's pause leaves the offer
	if got := w.ask("action=showstate&agent=201", 200)["state"]; got != "ringing" {
		t.Errorf("state %v after a pause elsewhere", got)
	}
	w.ask("action=pause&agent=201", 200)
	withdrawn := false
	for _, c := range w.Engine.Commands() {
		withdrawn = withdrawn || c.Kind == acd.CmdWithdraw && c.Offer == offer
	}
	if !withdrawn {
		t.Error("the ringing offer is not withdrawn")
	}
	w.apply(acd.OfferEnded{Offer: offer, Cause: acd.CauseWithdrawn})
	if got := w.ask("action=showstate&agent=201", 200); got["state"] != "paused" || got["since"] != float64(start) {
		t.Errorf("%v", got)
	}
}

// TestShowQueue follows a queue through a day's work.
func TestShowQueue(t *testing.T) {
	w := newWorld(t, nil)
	w.register("201")
	w.ask("action=pause&agent=203&reason=lunch", 200)
	agent, queue := w.Agent("201"), acd.QueueID(w.Extension("700"))
	offer := w.offer(w.apply(acd.CallerJoined{Call: "c1", Queue: queue, Number: "0501234567", Name: "Ann"}), agent)
	w.apply(acd.CallerJoined{Call: "c2", Queue: queue, Number: "0507654321"})
	w.pass(10 * time.Second)
	w.apply(acd.OfferAnswered{Offer: offer})
	w.pass(20 * time.Second)
	row := func(number, name string, position int, level int, state, more string) string {
		return fmt.Sprintf(`{"agent":"%s","alias":"%s","level":%d,"position":%d,"state":"%s",%s,"wrapup":0}`, number, name, level, position, state, more)
	}
	online := func(taken, last int) string {
		return fmt.Sprintf(`"paused":false,"reason":"","calls_taken":%d,"last_call":%d,"last_pause":0,"login_time":%d`, taken, last, start)
	}
	onBreak := fmt.Sprintf(`"paused":true,"reason":"lunch","calls_taken":0,"last_call":0,"last_pause":%d,"login_time":%d`, start, start)
	w.answers("action=showqueue&queue=700", `{"status":"success","action":"showqueue","queues":[{"queue":"700","name":"Sales","strategy":"longest-idle-agent","calls":1,"agents":[`+
		row("201", "Ada", 1, 1, "in_call", online(1, 0))+","+row("202", "Ben", 2, 1, "unavailable", online(0, 0))+","+row("203", "Cleo", 3, 1, "paused", onBreak)+","+
		row("204", "Dev", 1, 2, "unavailable", online(0, 0))+","+row("205", "Eli", 2, 2, "unavailable", online(0, 0))+`],
		"callers":[{"position":1,"callerid":"0507654321","name":"","wait":30,"call_id":"c2"}]}]}`)
	w.apply(acd.OfferEnded{Offer: offer, Cause: acd.CauseAgentHangup})
	w.apply(acd.CallerEnded{Call: "c2", Cause: acd.CauseCallerHangup})
	agents := w.ask("action=showqueue", 200)["queues"].([]any)[0].(map[string]any)["agents"].([]any)
	if first := agents[0].(map[string]any); first["calls_taken"] != 1.0 || first["last_call"] != float64(start+30) {
		t.Errorf("after the call: %v", first)
	}
	if n := len(w.ask("action=showqueue", 200)["queues"].([]any)); n != 2 {
		t.Errorf("%d queues, want 2", n)
	}

	w.answers("action=showqueuestat&queue=700", fmt.Sprintf(`{"status":"success","action":"showqueuestat","queues":[{"queue":"700","name":"Sales","logged_in":5,"available":0,
		"callers":0,"longest_hold":0,"holdtime":10,"talktime":20,"completed":1,"abandoned":1,"service_level_sec":20,"service_level":100,"service_level2":50,"since":%d}]}`, midnight))
	w.apply(acd.CallerJoined{Call: "c3", Queue: queue, Number: "0507654321"})
	w.pass(7 * time.Second)
	stats := w.ask("action=showqueuestat", 200)["queues"].([]any)
	if first := stats[0].(map[string]any); len(stats) != 2 || first["callers"] != 1.0 || first["longest_hold"] != 7.0 {
		t.Errorf("%v", stats)
	}
}

// TestWhoIsInNoQueue has the status it was made with, as in the other dialects.
func TestWhoIsInNoQueue(t *testing.T) {
	w := newWorld(t, nil)
	for status, want := range map[app.AgentStatus]string{app.Available: "idle", app.OnBreak: "paused", app.LoggedOut: "logged_out"} {
		n := app.NewAgent(true)
		n.Number, n.Status = "4930"+fmt.Sprint(len(want))+"00000", status
		if _, err := w.App.CreateAgent(t.Context(), app.Actor{Org: w.Org, Reach: "organisation"}, n); err != nil {
			t.Fatal(err)
		}
		if got := w.ask("action=showstate&agent="+n.Number, 200)["state"]; got != want {
			t.Errorf("%s: %v, want %s", status, got, want)
		}
	}
}
