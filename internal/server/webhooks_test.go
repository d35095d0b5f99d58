package server_test

import (
	"strings"
	"testing"

	"holdline/internal/server"
)

func TestMetricsTellOfWebhooks(t *testing.T) {
	s := start(t, server.Options{Config: settings(t, t.TempDir())})
	defer stop(t, s)
	_, body := get(t, s, "/metrics")
	for _, want := range []string{"holdline_webhook_pending 0", "holdline_webhook_senders 0", "holdline_webhook_delivered_total 0", "holdline_webhook_failed_total 0",
		"holdline_webhook_dead_total 0", `holdline_webhook_latency_seconds_bucket{le="0.1"} 0`, "holdline_webhook_latency_seconds_count 0"} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}
