package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"holdline/internal/phone"
)

// stage is what a story is played on: a caller of Sales talks to the agent at
// 201, recorded; 202 and 203 are other phones.
type stage struct {
	orders
	s                    *server
	t                    *testing.T
	caller, called       *phone.Call
	agent, second, third *phone.Phone
}

func (s *stage) over(calls ...*phone.Call) {
	s.t.Helper()
	for _, c := range calls {
		next(s.t, c, phone.Ended)
	}
}

// end has the caller hang up, and everybody else be let go.
func (s *stage) end(others ...*phone.Call) {
	s.t.Helper()
	s.caller.Hangup()
	s.over(append(others, s.caller)...)
}

var stories = map[string]func(*stage){
	"the caller hangs up on hold": func(s *stage) {
		s.order(s.t, "201", "hold", "", "held")
		s.end(s.called)
	},
	"the agent logs out while the call is parked": func(s *stage) {
		s.order(s.t, "201", "park", "", "parked")
		s.over(s.called)
		s.setAgent(s.t, "201", map[string]any{"status": "logged_out"})
		s.order(s.t, "202", "pickup", "", "parked")
		there := answered(s.t, s.second)
		bothTalk(s.t, s.caller, callerTone, there, toneOf("202"))
		s.end(there)
	},
	"the agent transfers a conference": func(s *stage) {
		s.order(s.t, "201", "conference", "202", "talking")
		joined := answered(s.t, s.second)
		s.called.Refer("203")
		there := answered(s.t, s.third)
		s.over(joined, s.called)
		bothTalk(s.t, s.caller, callerTone, there, toneOf("203"))
		s.end(there)
	},
	"somebody whispers while the caller is on hold": func(s *stage) {
		s.order(s.t, "201", "hold", "", "held")
		s.order(s.t, "201", "whisper", "202", "held")
		coach := answered(s.t, s.second)
		together(
			func() { hearsOnly(s.t, s.called, toneOf("202")) },
			func() { hearsOnly(s.t, coach, toneOf("201")) },
			func() { listen(s.t, s.caller).hearsMusic() })
		s.order(s.t, "201", "offhold", "", "talking")
		together(
			func() { hearsOnly(s.t, s.called, callerTone, toneOf("202")) },
			func() { hearsOnly(s.t, s.caller, toneOf("201")) })
		s.end(coach, s.called)
	},
	"nobody is asked in a queue": func(s *stage) {
		for _, action := range []string{"attended_transfer", "conference", "whisper"} {
			if _, err := s.try("201", action, support); err == nil {
				s.t.Errorf("%s to a queue was accepted", action)
			}
		}
		bothTalk(s.t, s.caller, callerTone, s.called, toneOf("201"))
		s.called.Hangup()
		s.over(s.called, s.caller)
	},
	"another phone takes the place of one that holds": func(s *stage) {
		s.order(s.t, "201", "hold", "", "held")
		taken := s.third.Dial(phone.Dial{To: "201", Headers: "Require: replaces\r\nReplaces: " + s.called.Replaces() + "\r\n"})
		next(s.t, taken, phone.Answered)
		s.over(s.called)
		bothTalk(s.t, s.caller, callerTone, taken, toneOf("203"))
		s.end(taken)
	},
	"another phone takes the place of one that holds by itself": func(s *stage) {
		s.called.Hold()
		listen(s.t, s.caller).hearsMusic()
		taken := s.third.Dial(phone.Dial{To: "201", Headers: "Require: replaces\r\nReplaces: " + s.called.Replaces() + "\r\n"})
		next(s.t, taken, phone.Answered)
		s.over(s.called)
		bothTalk(s.t, s.caller, callerTone, taken, toneOf("203"))
		s.end(taken)
	},
	"the agent is released while somebody is asked": func(s *stage) {
		s.order(s.t, "201", "attended_transfer", "202", "held")
		asked, err := s.second.WaitCall(within(s.t))
		if err != nil {
			s.t.Fatal(err)
		}
		s.must(s.t, http.MethodPost, fmt.Sprintf("/client/@me/agent/local/%d/release", s.api.agent(s.t, "201").ID), nil, nil)
		s.over(asked, s.called, s.caller)
	},
	"who is asked puts the agent on hold and is left with the caller": func(s *stage) {
		s.order(s.t, "201", "attended_transfer", "202", "held")
		asked := answered(s.t, s.second)
		asked.Hold()
		next(s.t, asked, phone.Accepted)
		s.called.Hangup()
		s.over(s.called)
		asked.Resume()
		bothTalk(s.t, s.caller, callerTone, asked, toneOf("202"))
		s.end(asked)
	},
	"a parked call is sent back to a queue": func(s *stage) {
		s.order(s.t, "201", "park", "", "parked")
		s.over(s.called)
		s.order(s.t, "201", "transfer", sales, "waiting")
		again := answered(s.t, s.agent)
		bothTalk(s.t, s.caller, callerTone, again, toneOf("201"))
		s.end(again)
	},
}

// What is ordered of calls in an order nobody thought of leaves nothing
// behind: no call, leg or port, an agent who takes the next call, a recording
// that is whole, and a call in the history that tells what came of it.
func TestStoriesLeaveNothingBehind(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	a.only(t, "201")
	a.leaveRemote(t, sales)
	a.setQueue(t, sales, map[string]any{"record_enabled": true})
	agent, second, third := s.simulated("201"), s.simulated("202"), s.simulated("203")
	streams, ports := s.metric("holdline_media_streams"), s.metric("holdline_media_free_ports")
	played := 0
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			a.setAgent(t, "201", map[string]any{"status": "available"})
			played++
			caller := s.callIn(salesDID)
			called := answered(t, agent)
			bothTalk(t, caller, callerTone, called, toneOf("201"))
			story(&stage{orders: s.orders(t), s: s, t: t, caller: caller, called: called, agent: agent, second: second, third: third})
			s.reaches("holdline_sip_legs", func(n int) bool { return n == 0 })
			s.reaches("holdline_media_streams", func(n int) bool { return n == streams })
			s.reaches("holdline_media_free_ports", func(n int) bool { return n == ports })
			a.until(t, "no call", "/client/@me/current_calls/", func(answer []byte) bool { return string(answer) == "[]" })
			a.until(t, "whole recordings", "/client/@me/record/?per_page=100", func(answer []byte) bool {
				var rows []recordingRow
				return json.Unmarshal(answer, &rows) == nil && len(rows) >= played &&
					!slices.ContainsFunc(rows, func(r recordingRow) bool { return r.State != "finished" || r.Error != "" })
			})
			a.until(t, "a call that was answered", "/client/@me/call_history/?per_page=100", func(answer []byte) bool {
				var page struct {
					Calls []struct {
						Result string  `json:"result"`
						Queue  string  `json:"queue_result"`
						Record *string `json:"record_uuid"`
						End    string  `json:"hangup_disposition"`
					} `json:"call_history"`
				}
				if json.Unmarshal(answer, &page) != nil || len(page.Calls) != played {
					return false
				}
				c := page.Calls[0]
				return c.Result == "bridged" && c.Queue == "answered" && c.Record != nil && c.End == endOf(name)
			})
		})
	}
}

// endOf says who ends the call of a story.
func endOf(story string) string {
	switch story {
	case "nobody is asked in a queue":
		return "callee_bye"
	case "the agent is released while somebody is asked":
		return "internal_cancel"
	}
	return "caller_bye"
}
