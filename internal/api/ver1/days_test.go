package ver1_test

import (
	"fmt"
	"testing"
	"time"
)

// Days of reports and filters are those of the client's clocks, also when
// these are set forward: the 29th of March 2020 had 23 hours in Berlin.
func TestDaysOfClocksThatAreSetForward(t *testing.T) {
	c := demo(t)
	c.put("/client/@me", `{"time_zone":"Europe/Berlin"}`)
	until := func(at time.Time) {
		c.d.Clock.Advance(at.Sub(c.d.Clock.Now()))
		c.d.Tokens["demo"] = c.d.Token("demo", "demo") // the old one has expired
	}
	until(time.Date(2020, 3, 29, 21, 30, 0, 0, time.UTC)) // 23:30 in Berlin
	past(t, c.d)
	until(time.Date(2020, 3, 31, 12, 0, 0, 0, time.UTC))

	for day, calls := range map[string]int{"2020-03-28": 0, "2020-03-29": 1, "2020-03-30": 0} {
		begin, _ := time.Parse(time.DateOnly, day)
		query := fmt.Sprintf("start_datetime=%s&end_datetime=%s", day, begin.AddDate(0, 0, 1).Format(time.DateOnly))
		c.want(day, c.list("/client/@me/report/queues/?total=only&" + query)[0], "offered", calls)
		if n := len(c.get("/client/@me/call_history/?" + query)["call_history"].([]any)); n != calls {
			t.Errorf("%s: %d calls, want %d", day, n, calls)
		}
		if n := len(c.list("/client/@me/record/?" + query)); n != calls {
			t.Errorf("%s: %d recordings, want %d", day, n, calls)
		}
		hours := map[string]int{"2020-03-29": 23}[day]
		if hours == 0 {
			hours = 24
		}
		byHour := c.list("/client/@me/report/agents/?interval=hour&agent_id={a201}&" + query)
		if len(byHour) != hours {
			t.Errorf("%s has %d hours, want %d", day, len(byHour), hours)
		}
		rows := c.list("/client/@me/report/agents/?interval=day&agent_id={a201}&" + query)
		c.want(day, rows[0], "start_datetime", day+" 00:00:00", "logged_in", hours*3600)
	}
	hours := c.list("/client/@me/report/agents/?interval=hour&agent_id={a201}&start_datetime=2020-03-29&end_datetime=2020-03-30")
	c.want("before", hours[1], "start_datetime", "2020-03-29 01:00:00", "end_datetime", "2020-03-29 03:00:00", "logged_in", 3600)
	c.want("after", hours[2], "start_datetime", "2020-03-29 03:00:00")
}
