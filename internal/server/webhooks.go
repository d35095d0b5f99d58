package server

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/store"
	"holdline/internal/webhook"
	"holdline/internal/webhook/event"
)

// outbox is app.Outbox: what delivers, and what knows the forms.
type outbox struct {
	*webhook.Outbox
	events *event.Projector
}

// Example implements app.Outbox.
func (o outbox) Example(ctx context.Context, tx store.Tx, sub app.Subscription, at acd.Time) (string, error) {
	return o.events.Example(ctx, tx, sub, at)
}

// buildWebhooks makes the outbox; startWebhooks lets it run.
func (s *Server) buildWebhooks() {
	c := s.opts.Config
	events := event.New(s.dir)
	s.webhooks = outbox{events: events, Outbox: webhook.New(webhook.Config{Store: s.db, Projector: events, Log: s.log,
		Allow: webhook.Allow(c.WebhooksAllow), Keep: time.Duration(c.WebhooksKeep) * 24 * time.Hour})}
}

// startWebhooks comes before calls, so that it stops after them: how they end is told too.
func (s *Server) startWebhooks(ctx context.Context) error {
	if err := s.webhooks.Start(ctx); err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	s.onStop(s.webhooks.Stop)
	return nil
}

// webhookCollector tells of deliveries.
type webhookCollector struct{ outbox *webhook.Outbox }

var (
	webhookPending = prometheus.NewDesc("holdline_webhook_pending", "Webhook deliveries that are still to be made.", nil, nil)
	webhookSenders = prometheus.NewDesc("holdline_webhook_senders", "Subscriptions with deliveries to be made.", nil, nil)
	webhookDone    = prometheus.NewDesc("holdline_webhook_delivered_total", "Webhook deliveries that succeeded.", nil, nil)
	webhookFailed  = prometheus.NewDesc("holdline_webhook_failed_total", "Attempts at webhook deliveries that failed.", nil, nil)
	webhookDead    = prometheus.NewDesc("holdline_webhook_dead_total", "Webhook deliveries given up.", nil, nil)
	webhookLatency = prometheus.NewDesc("holdline_webhook_latency_seconds", "From what happened to its delivery; tests and replays left out.", nil, nil)
)

// Describe implements prometheus.Collector.
func (webhookCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{webhookPending, webhookSenders, webhookDone, webhookFailed, webhookDead, webhookLatency} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c webhookCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if n, err := c.outbox.Pending(ctx); err == nil {
		out <- prometheus.MustNewConstMetric(webhookPending, prometheus.GaugeValue, float64(n))
	} else {
		out <- prometheus.NewInvalidMetric(webhookPending, err)
	}
	n := c.outbox.Stats()
	out <- prometheus.MustNewConstMetric(webhookSenders, prometheus.GaugeValue, float64(n.Senders))
	out <- prometheus.MustNewConstMetric(webhookDone, prometheus.CounterValue, float64(n.Delivered))
	out <- prometheus.MustNewConstMetric(webhookFailed, prometheus.CounterValue, float64(n.Failed))
	out <- prometheus.MustNewConstMetric(webhookDead, prometheus.CounterValue, float64(n.Dead))
	out <- prometheus.MustNewConstHistogram(webhookLatency, n.Latency.Count, n.Latency.Sum, n.Latency.Buckets)
}
