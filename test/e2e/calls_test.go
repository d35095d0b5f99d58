package e2e

import (
	"encoding/json"
	"net/http"
	"testing"

	"holdline/internal/phone"
)

// liveRow is a current call.
type liveRow struct {
	Call string `json:"call_api_id"`
	Flow string `json:"call_flow"`
	From string `json:"caller_id_number"`
}

// A supervisor sends a waiting caller to a desk and ends the talk.
func TestCurrentCallsAreTransferredAndEnded(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	a.only(t, "201")
	desk := s.simulated("202")
	waiting := s.callIn(salesDID)
	next(t, waiting, phone.Answered)
	var calls []liveRow
	a.must(t, http.MethodGet, "/extension/@700/current_calls/", nil, &calls)
	if len(calls) != 1 || calls[0].From != caller {
		t.Fatalf("current calls of the queue: %+v", calls)
	}
	path := "/current_calls/" + calls[0].Call
	a.must(t, http.MethodPut, "/extension/@700"+path, map[string]any{"action": "transfer", "send_dst": "202"}, nil)
	there := answered(t, desk)
	bothTalk(t, waiting, callerTone, there, toneOf("202"))
	a.must(t, http.MethodGet, "/client/@me/current_calls/", nil, &calls)
	if len(calls) == 0 {
		t.Fatal("no current calls while two talk")
	}
	a.must(t, http.MethodDelete, "/extension/@202"+path, nil, nil)
	for _, c := range []*phone.Call{waiting, there} {
		if ev := next(t, c, phone.Ended); ev.By != phone.Remote {
			t.Errorf("phone %s: ended by %v", c.Phone().User(), ev.By)
		}
	}
}

// The history has the call, how it went, and both its legs.
func TestHistoryTellsOfACall(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	talking, called, _ := s.talkWith("201")
	called.Hangup()
	next(t, talking, phone.Ended)
	var page struct {
		Calls []struct {
			ID          string           `json:"call_uuid"`
			Flow        string           `json:"flow"`
			From        string           `json:"from_username"`
			DID         string           `json:"did_number"`
			Result      string           `json:"result"`
			QueueResult string           `json:"queue_result"`
			Disposition string           `json:"hangup_disposition"`
			Legs        []map[string]any `json:"cdr"`
		} `json:"call_history"`
	}
	a.until(t, "the call", "/client/@me/call_history/", func(answer []byte) bool {
		return json.Unmarshal(answer, &page) == nil && len(page.Calls) == 1
	})
	c := page.Calls[0]
	if c.ID == "" || c.Flow != "in" || c.From != caller || c.DID != salesDID || c.Result != "bridged" ||
		c.QueueResult != "answered" || c.Disposition != "callee_bye" || len(c.Legs) != 2 {
		t.Errorf("the history tells %+v", c)
	}
}
