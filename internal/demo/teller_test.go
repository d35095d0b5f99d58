package demo

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/directory"
	"holdline/internal/store"
)

func TestCallsOfRealPhonesAreTold(t *testing.T) {
	var out strings.Builder
	teller := NewTeller(&out)
	ada := "Ada"
	dir := directory.New()
	dir.PutOrganisation(store.Organisation{ID: 1, Prefix: "0003"})
	dir.PutExtension(store.Extension{ID: 7, OrgID: 1, Number: "700", Label: "Sales", Type: store.QueueExtension})
	dir.PutExtension(store.Extension{ID: 2, OrgID: 1, Number: "201", Type: store.PhoneExtension})
	dir.PutAgent(store.Agent{Agent: acd.Agent{ID: 3}, OrgID: 1, ExtensionID: 2, Name: &ada})
	teller.Use(dir)
	joined := func(call acd.CallID, number string) acd.Fact {
		return acd.Fact{Kind: acd.FactCallerJoined, Queue: 7, Call: call, Number: number}
	}
	teller.Watch(1, []acd.Fact{joined("a", "0003*205"), joined("b", Caller(0).Number), joined("c", "0003*204"),
		{Kind: acd.FactConnected, Queue: 7, Agent: 3, Call: "a", Duration: 4 * time.Second},
		{Kind: acd.FactTalkEnded, Queue: 7, Agent: 3, Call: "a", Duration: 11 * time.Second},
		{Kind: acd.FactCallerLeft, Queue: 7, Call: "a", Outcome: acd.OutcomeAnswered},
		{Kind: acd.FactCallerLeft, Queue: 7, Call: "b", Outcome: acd.OutcomeAbandoned},
		{Kind: acd.FactCallerLeft, Queue: 7, Call: "c", Outcome: acd.OutcomeAbandoned, Duration: 9 * time.Second}})
	want := regexp.MustCompile(`^\S+ 205 -> Sales 700: waited 4 s, talked to Ada for 11 s\n\S+ 204 -> Sales 700: gave up after 9 s\n$`)
	if !want.MatchString(out.String()) {
		t.Errorf("told:\n%s", out.String())
	}
}
