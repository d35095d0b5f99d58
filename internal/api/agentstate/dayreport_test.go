package agentstate_test

import (
	"testing"
	"time"

	"holdline/internal/api/agentstate"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
)

// TestWhatTookLongIsKeptLonger: a report that took a second is kept for five,
// one that took no time is not kept, and one that took an hour for ten seconds.
func TestWhatTookLongIsKeptLonger(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	var clock, took time.Duration
	looks := 0
	reports := agentstate.NewDayReports(d.App, func() time.Time { // looked at before a report, and after it
		looks++
		clock += took
		return time.Unix(0, 0).Add(clock)
	})
	fresh := func(org int64) bool {
		t.Helper()
		before := looks
		if rows, err := agentstate.Of(reports, t.Context(), app.Actor{Org: org, Reach: "organisation"}); err != nil || org == d.Org && len(rows) != 2 {
			t.Fatalf("%v, %v", rows, err)
		}
		return looks-before == 2
	}
	for _, step := range []struct {
		at    time.Duration // when it is asked
		took  time.Duration
		fresh bool
	}{
		{at: 0, fresh: true}, {at: 0, fresh: true},
		{at: 10 * time.Second, took: time.Second, fresh: true}, // made from 11 to 12, kept until 17
		{at: 13 * time.Second}, {at: 16 * time.Second}, {at: 17 * time.Second, fresh: true},
		{at: time.Minute, took: time.Hour, fresh: true}, // made until 2:01:00, kept until 2:01:10
		{at: 2*time.Hour + time.Minute + 9*time.Second}, {at: 2*time.Hour + time.Minute + 10*time.Second, fresh: true},
	} {
		clock, took = step.at, step.took
		if got := fresh(d.Org); got != step.fresh {
			t.Errorf("at %s: made anew %v, want %v", step.at, got, step.fresh)
		}
		took = 0
	}
	if clock, took = 10*time.Second, time.Second; !fresh(d.Stranger) {
		t.Error("an organisation gets another's report")
	}
}
