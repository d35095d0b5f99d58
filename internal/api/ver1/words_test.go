package ver1_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdline/internal/api"
	"holdline/internal/api/apitest"
	"holdline/internal/api/ver1"
)

// provocations bring every word of an error about, each in a world of its own.
var provocations = map[string]func(t *testing.T, d *apitest.Demo) apitest.Answer{
	"invalid_parameter": asking("POST", "/client/@me/extension/", `{"name":"x","type":"phone"}`),
	"unauthorized": func(_ *testing.T, d *apitest.Demo) apitest.Answer {
		return d.Do("GET", ver1.Base+"/client/@me/extension/", "no token", "")
	},
	"access_denied":          asking("GET", "/client/{other}/extension/", ""),
	"not_found":              asking("GET", "/client/@me/extension/999999", ""),
	"method_not_allowed":     asking("PATCH", "/client/@me/extension/", ""),
	"already_exists":         asking("POST", "/client/@me/extension/", `{"name":"201","type":"phone"}`),
	"agent_in_queue":         asking("DELETE", "/client/@me/agent/local/{a201}?remove_from_queues=false", ""),
	"conflict":               asking("DELETE", "/client/@me/extension/{201}", ""),
	"too_large":              asking("PUT", "/extension/{700}/queue/", `{"strategy":"`+strings.Repeat("x", 70_000)+`"}`),
	"unsupported_media_type": asking("PUT", "/extension/{700}/queue/", `{}`, "Content-Type: text/plain"),
	"client_not_found": func(_ *testing.T, d *apitest.Demo) apitest.Answer {
		return d.Do("GET", ver1.Base+"/client/999999/extension/", d.Tokens["admin"], "")
	},
	"range_not_satisfiable": func(t *testing.T, d *apitest.Demo) apitest.Answer {
		past(t, d)
		return d.Do("GET", ver1.Base+"/client/@me/record/rec-1/file", d.Tokens["demo"], "", "Range: bytes=99999-")
	},
	"rate_limit_exceeded": func(_ *testing.T, d *apitest.Demo) apitest.Answer {
		for range hourly {
			d.Do("GET", ver1.Base+"/client/@me/extension/", d.Tokens["demo"], "")
		}
		return d.Do("GET", ver1.Base+"/client/@me/extension/", d.Tokens["demo"], "")
	},
	"unavailable": func(t *testing.T, d *apitest.Demo) apitest.Answer {
		if err := d.Engine.Close(t.Context(), d.Org); err != nil {
			t.Fatal(err)
		}
		return d.Do("GET", ver1.Base+"/extension/@700/queue/status/", d.Tokens["demo"], "")
	},
	"internal_error": func(_ *testing.T, d *apitest.Demo) apitest.Answer {
		d.Do("GET", ver1.Base+"/client/@me/extension/", d.Tokens["demo"], "") // the token is known without the store
		d.Break(errors.New("the disk is gone"))
		return d.Do("GET", ver1.Base+"/client/@me/extension/", d.Tokens["demo"], "")
	},
}

const hourly = 10 // requests, here

func asking(method, path, body string, headers ...string) func(*testing.T, *apitest.Demo) apitest.Answer {
	return func(_ *testing.T, d *apitest.Demo) apitest.Answer {
		return d.Do(method, ver1.Base+expand(d, path), d.Tokens["demo"], expand(d, body), headers...)
	}
}

// The words are those of the OpenAPI document, which takes them from the
// handlers: a new one without a row here is missed.
func TestEveryWordOfAnErrorIsProvoked(t *testing.T) {
	documented := map[string]string{} // status by word
	for status, r := range ver1.Document().Components.Responses {
		for _, p := range r.Content["application/json"].Schema.Properties {
			for _, word := range p.Schema.Enum {
				documented[word.(string)] = status
			}
		}
	}
	if a, b := slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(provocations)); !slices.Equal(a, b) {
		t.Errorf("documented are %v, provoked %v", a, b)
	}
	for word, provoke := range provocations {
		t.Run(word, func(t *testing.T) {
			d := apitest.NewDemo(t, func(c *api.Config) { c.PerHour = hourly })
			got := provoke(t, d)
			if got.JSON(t)["status"] != word || got.JSON(t)["message"] == "" || documented[word] != strconv.Itoa(got.Status) {
				t.Errorf("%d %s; want %s %s", got.Status, got.Body, documented[word], word)
			}
			if wait := got.Header.Get("Retry-After"); (got.Status == 429 || got.Status == 503) && wait == "" {
				t.Errorf("%s without Retry-After", word)
			}
		})
	}
}
