package ver1_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"holdline/internal/api"
	"holdline/internal/api/apitest"
)

// One request over a kept connection, token and limits included.
func BenchmarkRequest(b *testing.B) {
	d := apitest.NewDemo(b, func(c *api.Config) { c.PerHour = 1 << 30 })
	for name, c := range map[string]struct{ method, path, body string }{
		"agent":         {"GET", "/client/@me/agent/local/{a201}", ""},
		"queue status":  {"GET", "/extension/{700}/queue/status/", ""},
		"list":          {"GET", "/client/@me/extension/", ""},
		"status change": {"PUT", "/client/@me/agent/local/{a201}", `{"status":"available"}`},
	} {
		b.Run(name, func(b *testing.B) {
			path := d.URL + "/api/ver1.0" + expand(d, c.path)
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), c.method, path, strings.NewReader(c.body))
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+d.Tokens["demo"])
				got, err := http.DefaultClient.Do(r)
				if err != nil || got.StatusCode != 200 {
					b.Fatal(got, err)
				}
				io.Copy(io.Discard, got.Body)
				got.Body.Close()
			}
		})
	}
}
