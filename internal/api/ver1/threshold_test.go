package ver1_test

import (
	"fmt"
	"testing"

	"holdline/internal/store"
)

// T of the service levels is the organisation's own: its reports begin with
// it, and who watches is told, with the day counted anew.
func TestAnOrganisationHasItsServiceLevelThreshold(t *testing.T) {
	c := demo(t)
	past(t, c.d) // answered after 8 s
	report := func(query string, level any) {
		t.Helper()
		rows := c.list("/client/@me/report/queues/?extension_id={700}" + query)
		c.want("report"+query, rows[0], "service_level", level)
	}
	s := openStream(t, c.d, c.d.Tokens["demo"], "@me")
	sales := fmt.Sprint("queue/", c.d.Extension("700"))
	level := func(want float64) {
		t.Helper()
		s.until(sales, func(o map[string]any) bool {
			today, _ := o["today"].(map[string]any)
			return today != nil && today["service_level"] == want
		})
	}
	c.want("default", c.get("/client/@me"), "service_level_threshold", 20)
	report("", 100)
	level(100)
	c.want("changed", c.put("/client/@me", `{"service_level_threshold":5}`), "service_level_threshold", 5)
	s.until("client", func(o map[string]any) bool { return o["threshold"] == 5.0 })
	level(0)
	report("", 0)
	report("&threshold=8", 100)
	report("&threshold=0", 0)
	c.want("another setting", c.put("/client/@me", `{"name":"Renamed"}`), "service_level_threshold", 5)
	c.want("staff", c.get("/client/@me/report/staffing/?arrivals=100&aht=180"), "agents", 14, "service_level", 84.4)
	c.want("staff within 20 s", c.get("/client/@me/report/staffing/?arrivals=100&aht=180&threshold=20"), "agents", 14, "service_level", 88.8)
	for _, v := range []string{"0", "-1", "3601", "1.5", `"20"`, "null", "99999999999999"} {
		scenario{method: "PUT", path: "/client/@me", body: `{"service_level_threshold":` + v + `}`, status: 400, word: "invalid_parameter",
			field: "service_level_threshold"}.run(t, c.d)
	}
	c.want("longest", c.put("/client/@me", `{"service_level_threshold":3600}`), "service_level_threshold", 3600)
	audit := c.list("/client/@me/audit/?action=organisation.update")
	if detail := audit[0]["detail"]; detail != "service level threshold 5s -> 1h0m0s" {
		t.Errorf("the audit log has %q", detail)
	}
	err := c.d.Store.View(t.Context(), func(tx store.Tx) error {
		o, err := tx.Organisations.Get(t.Context(), c.d.Stranger)
		if o.ServiceLevelThreshold != 0 {
			t.Errorf("another organisation has %v", o.ServiceLevelThreshold)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
