package app

import (
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
)

func TestHowCallsEnd(t *testing.T) {
	refusing := func(cause string) []acd.Leg {
		return []acd.Leg{{ID: "a", In: true, By: "local", Cause: cause, Ended: 9}, {ID: "b", By: "remote", Cause: cause, Ended: 9}}
	}
	// talked with two, of whom the second was left last
	talked := func(first, second string) []acd.Leg {
		return []acd.Leg{{ID: "a", In: true, By: "local", Answered: 2, Ended: 9}, {ID: "b", By: first, Answered: 3, Ended: 5}, {ID: "c", By: second, Answered: 5, Ended: 9}}
	}
	for name, c := range map[string]struct {
		call                store.Call
		legs                []acd.Leg
		result, disposition string
	}{
		"talked, the caller hung up":     {store.Call{Answered: 2, Bridged: 3, Ended: 9, By: "remote", Cause: "normal"}, nil, "bridged", "caller_bye"},
		"talked, the called hung up":     {store.Call{ID: "a", Answered: 2, Bridged: 3, Ended: 9, By: "local", Cause: "normal"}, talked("local", "remote"), "bridged", "callee_bye"},
		"gave up under music":            {store.Call{Answered: 2, Ended: 9, By: "remote", Cause: "normal", Outcome: acd.OutcomeAbandoned}, nil, "abandoned", "caller_bye"},
		"gave up under ringback":         {store.Call{Ended: 9, By: "remote", Cause: "cancelled", Outcome: acd.OutcomeAbandoned}, nil, "abandoned", "caller_cancel"},
		"max_wait_time":                  {store.Call{Answered: 2, Ended: 9, By: "local", Cause: "normal", Outcome: acd.OutcomeTimeout}, nil, "answered", "internal_cancel"},
		"nobody there":                   {store.Call{Ended: 9, By: "local", Cause: "no_answer", Outcome: acd.OutcomeNoAgent}, nil, "not answered", "internal_cancel"},
		"the queue was deleted":          {store.Call{Answered: 2, Ended: 9, By: "local", Outcome: acd.OutcomeFailed}, nil, "failed", "internal_cancel"},
		"busy":                           {store.Call{Ended: 9, By: "local", Cause: "busy"}, refusing("busy"), "busy", "callee_refuse"},
		"rejected":                       {store.Call{Ended: 9, By: "local", Cause: "rejected"}, refusing("rejected"), "rejected", "callee_refuse"},
		"rang out":                       {store.Call{Ended: 9, By: "local", Cause: "no_answer"}, nil, "not answered", "internal_cancel"},
		"the caller hung up, it rang":    {store.Call{Ended: 9, By: "remote", Cause: "cancelled"}, nil, "not answered", "caller_cancel"},
		"no such number":                 {store.Call{Ended: 9, By: "local", Cause: "not_found"}, nil, "failed", "internal_cancel"},
		"up, and nobody talks yet":       {store.Call{}, nil, "not answered", ""},
		"a phone refused, then one talk": {store.Call{ID: "a", Answered: 2, Bridged: 3, Ended: 9, By: "local", Cause: "normal"}, append(talked("remote", "remote"), refusing("busy")...), "bridged", "callee_bye"},
		"talked, a supervisor ended it":  {store.Call{ID: "a", Answered: 2, Bridged: 3, Ended: 9, By: "local", Cause: "normal"}, talked("remote", "local"), "bridged", "internal_cancel"},
		"talked, the audio was lost":     {store.Call{ID: "a", Answered: 2, Bridged: 3, Ended: 9, By: "network", Cause: "media_lost"}, talked("remote", "local"), "bridged", "internal_cancel"},
		"talked, the server crashed":     {store.Call{ID: "a", Answered: 2, Bridged: 3, Ended: 9, By: "network", Cause: "server_restart"}, talked("local", "network"), "bridged", "internal_cancel"},
	} {
		if got := result(c.call, c.legs); got != c.result {
			t.Errorf("%s: result %q; want %q", name, got, c.result)
		}
		if got := disposition(c.call, c.legs); got != c.disposition {
			t.Errorf("%s: disposition %q; want %q", name, got, c.disposition)
		}
	}
}
