package ver1_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/store"
)

func TestPresence(t *testing.T) {
	c := demo(t)
	one, two := c.d.Extension("201"), c.d.Extension("202")
	until := c.d.Clock.Now().Add(time.Hour)
	c.d.Phones.Register(store.Binding{ExtensionID: one, Contact: "sip:201@192.0.2.1", Received: "tcp:192.0.2.9:4711", UserAgent: "Desk phone", Expires: acd.TimeOf(until)})
	c.d.Phones.Register(store.Binding{ExtensionID: two, Contact: "sip:202@192.0.2.1", UserAgent: "Softphone", Expires: acd.TimeOf(until)})
	c.d.Phones.Lapse(two)
	c.d.Phones.From(one, until.Add(-2*time.Hour))
	c.d.Phones.Refuse(two, app.Refusal{At: until, Address: "10.0.0.7", Why: app.WrongPassword})
	list := c.list("/client/@me/presence/")
	if len(list) != 5 {
		t.Fatalf("%d phones; queues are none", len(list))
	}
	for _, p := range list {
		p["registrations"] = fmt.Sprint(p["registrations"])
	}
	c.want("registered", list[0], "extension_id", int(one), "extension_name", "0003*201", "status", "online", "registered", true,
		"refused_gmt", nil, "refused_reason", nil, "refused_address", nil, "registrations",
		fmt.Sprintf("[map[address:192.0.2.9 device:Desk phone expires_gmt:%s since_gmt:%s transport:tcp]]", until.UTC().Format(time.DateTime), until.Add(-2*time.Hour).UTC().Format(time.DateTime)))
	c.want("lapsed", list[1], "status", "offline", "registered", false,
		"registrations", "[map[address:<nil> device:Softphone expires_gmt:<nil> since_gmt:<nil> transport:<nil>]]",
		"refused_gmt", until.UTC().Format(time.DateTime), "refused_reason", "wrong_password", "refused_address", "10.0.0.7")
	c.want("never", list[2], "status", "offline", "registered", false, "registrations", "[]")

	some := c.list(fmt.Sprintf("/client/@me/presence/?extension_id=%d&extension_id=%d&per_page=1&page=2", one, two))
	if len(some) != 1 || some[0]["extension_name"] != "0003*202" {
		t.Errorf("the second of two is %v", some)
	}
	c.send("GET", "/client/@me/presence/?extension_id=x", "", 400)
}

func TestExtensionsAreSearched(t *testing.T) {
	c := demo(t)
	c.put("/client/@me/extension/{203}", `{"label":"Émile's desk"}`)
	for search, want := range map[string]string{"émile": "[0003*203]", "20": "[0003*201 0003*202 0003*203 0003*204 0003*205]", "*70": "[0003*700 0003*701]",
		"SUPP": "[0003*701]", "%": "[]", "nobody": "[]"} {
		var numbers []any
		for _, e := range c.list("/client/@me/extension/?search=" + url.QueryEscape(search)) {
			numbers = append(numbers, e["name"])
		}
		if fmt.Sprint(numbers) != want {
			t.Errorf("%q finds %v; want %s", search, numbers, want)
		}
	}
	page := c.send("GET", "/client/@me/extension/?search=20&type=phone&per_page=2&page=3", "", 200)
	if total := page.Header.Get("X-Total-Count"); total != "5" {
		t.Errorf("the total is %s", total)
	}
}
