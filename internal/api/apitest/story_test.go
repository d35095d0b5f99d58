package apitest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/api/agentstate"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/store"
)

// stage is one server on which the story is played over and over: agent 201,
// queues 700 and 701, and callers who come and go.
type stage struct {
	*apitest.Demo
	t      *testing.T
	agent  acd.AgentID
	caller int
}

func newStage(t *testing.T) *stage {
	d := apitest.NewDemo(t, func(c *api.Config) {
		c.Voiptech = &agentstate.Config{PerAddress: 1e6, PerOrganisation: 1e6, Checks: 1e6}
	})
	s := &stage{Demo: d, t: t, agent: d.Agent("201")}
	for _, number := range app.DemoPhones { // nobody else is rung
		s.apply(acd.SetStatus{Agent: d.Agent(number), Status: acd.LoggedOut})
	}
	s.apply(acd.SetStatus{Agent: d.Agent(""), Status: acd.LoggedOut})
	s.apply(acd.SetReachable{Agent: s.agent, Reachable: true})
	return s
}

func (s *stage) apply(in ...acd.Input) []acd.Fact {
	s.t.Helper()
	facts, err := s.Engine.Apply(s.t.Context(), s.Org, in...)
	if err != nil {
		s.t.Fatal(err)
	}
	return facts
}

// ok sends a request that must succeed.
func (s *stage) ok(method, path, body string) apitest.Answer {
	s.t.Helper()
	token := s.Tokens["demo"]
	if strings.HasPrefix(path, agentstate.Path) {
		token = ""
	}
	a := s.Do(method, path, token, body)
	if a.Status >= 300 {
		s.t.Fatalf("%s %s %s: %d %s", method, path, body, a.Status, a.Body)
	}
	return a
}

// dialect is how one API does what the story tells.
type dialect struct {
	login, pause, unpause, logout func(*stage)
	// leaves tells that its logout takes the agent out of the queues.
	leaves bool
}

func ver1Status(status string) func(*stage) {
	return func(s *stage) {
		s.t.Helper()
		s.ok("PUT", fmt.Sprintf("/api/ver1.0/client/@me/agent/local/%d", s.agent), `{"status":"`+status+`"}`)
	}
}

func uapiStatus(status string) func(*stage) {
	return func(s *stage) {
		s.t.Helper()
		for _, queue := range []string{"700", "701"} {
			s.ok("PUT", "/uapi/extensions/@me/0003*"+queue+"/queue/agents/0003*201", `{"status":"`+status+`"}`)
		}
	}
}

func voiptech(actions ...string) func(*stage) {
	return func(s *stage) {
		s.t.Helper()
		for _, action := range actions {
			s.ok("GET", agentstate.Path+"?username="+app.DemoLogin+"&password="+app.DemoPassword+"&agent=201&action="+action, "")
		}
	}
}

var dialects = map[string]dialect{
	"ver1.0":     {login: ver1Status("available"), pause: ver1Status("on_break"), unpause: ver1Status("available"), logout: ver1Status("logged_out")},
	"UnifiedAPI": {login: uapiStatus("1"), pause: uapiStatus("2"), unpause: uapiStatus("1"), logout: uapiStatus("0")},
	"voiptech": {login: voiptech("add&queue=700", "add&queue=701"), pause: voiptech("pause"), unpause: voiptech("unpause"),
		logout: voiptech("remove&queue=700", "remove&queue=701"), leaves: true},
}

// shows is what each dialect says of the agent: ver1.0's status, UnifiedAPI's
// of either queue ("-" = not in it), and voiptech's state.
func (s *stage) shows() string {
	s.t.Helper()
	ver1 := s.ok("GET", fmt.Sprintf("/api/ver1.0/client/@me/agent/local/%d", s.agent), "").JSON(s.t)["status"]
	var uapi []string
	for _, queue := range []string{"700", "701"} {
		a := s.ok("GET", "/uapi/extensions/@me/0003*"+queue+"/queue/agents/0003*201", "")
		if a.Status == 204 {
			uapi = append(uapi, "-")
			continue
		}
		uapi = append(uapi, a.JSON(s.t)["entry"].([]any)[0].(map[string]any)["status"].(string))
	}
	state := s.ok("GET", agentstate.Path+"?username="+app.DemoLogin+"&password="+app.DemoPassword+"&agent=201&action=showstate", "").JSON(s.t)["state"]
	return fmt.Sprint(ver1, " ", strings.Join(uapi, ""), " ", state)
}

// callers is how many callers of a queue ver1.0, and how many voiptech, say wait or ring.
func (s *stage) callers() string {
	s.t.Helper()
	v := s.ok("GET", "/api/ver1.0/extension/@700/queue/status", "").JSON(s.t)
	q := s.ok("GET", agentstate.Path+"?username="+app.DemoLogin+"&password="+app.DemoPassword+"&queue=700&action=showqueue", "").JSON(s.t)
	return fmt.Sprint(v["waiting_members"], "+", v["trying_members"], " ", q["queues"].([]any)[0].(map[string]any)["calls"])
}

// count counts the facts of a kind that the agent has in the journal.
func (s *stage) count(kind acd.FactKind) (n int) {
	s.t.Helper()
	err := s.Store.View(s.t.Context(), func(tx store.Tx) error {
		all, err := tx.Facts.After(s.t.Context(), s.Org, 0, 100_000)
		for _, f := range all {
			if f.Kind == kind && f.Agent == s.agent {
				n++
			}
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) expect(step, want, callers string) {
	s.t.Helper()
	if got := s.shows(); got != want {
		s.t.Errorf("%s: shown is %q, want %q", step, got, want)
	}
	if got := s.callers(); got != callers {
		s.t.Errorf("%s: callers %q, want %q", step, got, callers)
	}
	s.Clock.Advance(time.Second)
}

// ring has a caller dial queue 700 and the agent's phone ring.
func (s *stage) ring() (acd.CallID, acd.OfferID) {
	s.t.Helper()
	s.caller++
	call := acd.CallID(fmt.Sprint("caller-", s.caller))
	facts := s.apply(acd.CallerJoined{Call: call, Queue: acd.QueueID(s.Extension("700")), Number: "15557000"})
	for _, f := range facts {
		if f.Kind == acd.FactOffered {
			s.apply(acd.OfferRinging{Offer: f.Offer})
			return call, f.Offer
		}
	}
	s.t.Fatalf("the agent is not rung: %v", facts)
	return "", 0
}

// withdrawn tells whether the telephone side was told to stop ringing, and ends the leg as it would.
func (s *stage) withdrawn(offer acd.OfferID) bool {
	for _, c := range s.Engine.Commands() {
		if c.Kind == acd.CmdWithdraw && c.Offer == offer {
			s.apply(acd.OfferEnded{Offer: offer, Cause: acd.CauseWithdrawn})
			return true
		}
	}
	return false
}

// TestOneStoryInEveryDialect: log in, ring, pause, come back, log out. By
// whichever dialect each is done, all three show the same, a login is told
// once, a pause stops the phone, and the call goes on waiting.
func TestOneStoryInEveryDialect(t *testing.T) {
	s := newStage(t)
	for _, cast := range [][4]string{ // who logs in, pauses, comes back, logs out
		{"ver1.0", "ver1.0", "ver1.0", "ver1.0"},
		{"UnifiedAPI", "UnifiedAPI", "UnifiedAPI", "UnifiedAPI"},
		{"ver1.0", "UnifiedAPI", "voiptech", "voiptech"}, // from here on the agent is in no queue
		{"voiptech", "voiptech", "voiptech", "voiptech"},
		{"voiptech", "ver1.0", "UnifiedAPI", "voiptech"},
		{"voiptech", "UnifiedAPI", "ver1.0", "UnifiedAPI"},
	} {
		t.Run(strings.Join(cast[:], " "), func(t *testing.T) {
			s.t = t
			s.play(dialects[cast[0]], dialects[cast[1]], dialects[cast[2]], dialects[cast[3]])
		})
	}
}

func (s *stage) play(login, pause, unpause, logout dialect) {
	logins, logouts := s.count(acd.FactAgentLogin), s.count(acd.FactAgentLogout)
	out := "logged_out 00 logged_out"
	if login.leaves {
		out = "logged_out -- logged_out"
	}
	s.expect("before", out, "0+0 0")

	login.login(s)
	s.expect("logged in", "available 11 idle", "0+0 0")
	if !login.leaves { // adding a second time is an error
		login.login(s)
	}
	if n := s.count(acd.FactAgentLogin) - logins; n != 1 {
		s.t.Errorf("agent-login is told %d times, want once", n)
	}

	call, offer := s.ring()
	s.expect("ringing", "available 11 ringing", "0+1 1")
	s.Engine.Commands()
	pause.pause(s)
	if !s.withdrawn(offer) {
		s.t.Error("the phone goes on ringing in a pause")
	}
	s.expect("paused", "on_break 22 paused", "1+0 1")
	s.apply(acd.CallerEnded{Call: call, Cause: acd.CauseCallerHangup})

	unpause.unpause(s)
	s.expect("back", "available 11 idle", "0+0 0")
	logout.logout(s)
	out = "logged_out 00 logged_out"
	if logout.leaves {
		out = "logged_out -- logged_out"
	}
	s.expect("logged out", out, "0+0 0")
	if in, out := s.count(acd.FactAgentLogin)-logins, s.count(acd.FactAgentLogout)-logouts; in != 1 || out != 1 {
		s.t.Errorf("%d logins and %d logouts are told, want one each", in, out)
	}
}

// TestAPauseInOneQueue is each dialect's view of an agent who is on a break in one queue of two.
func TestAPauseInOneQueue(t *testing.T) {
	s := newStage(t)
	ver1Status("available")(s)
	for _, step := range []struct {
		do   func(*stage)
		want string
	}{
		{voiptech("pause&queue=700"), "available 21 idle"},
		{voiptech("pause&queue=700"), "available 21 idle"},
		{func(s *stage) {
			s.ok("PUT", "/uapi/extensions/@me/0003*701/queue/agents/0003*201", `{"status":2}`)
		}, "on_break 22 paused"},
		{func(s *stage) {
			s.ok("PUT", "/uapi/extensions/@me/0003*700/queue/agents/0003*201", `{"status":0}`)
		}, "on_break 02 paused"},
		{voiptech("unpause"), "available 01 idle"},
		{ver1Status("on_break"), "on_break 22 paused"},
		{ver1Status("logged_out"), "logged_out 00 logged_out"},
	} {
		step.do(s)
		s.expect(step.want, step.want, "0+0 0")
	}
	if in, out := s.count(acd.FactAgentLogin), s.count(acd.FactAgentLogout); in != 1 || out != 2 {
		t.Errorf("%d logins, %d logouts; want 1, and 2 with the one before the story", in, out)
	}
}
