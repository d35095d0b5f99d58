package server

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"holdline/internal/sipua"
)

// metrics reads the parts' own counters when asked; nothing is counted twice.
func (s *Server) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, read func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "holdline_" + name, Help: help}, read))
	}
	counter := func(name, help string, read func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "holdline_" + name, Help: help}, read))
	}
	gauge("sip_legs", "Legs that are up or being set up.", func() float64 { return float64(s.sip.Stats().Legs) })
	gauge("sip_bindings", "Registered contacts of phones.", func() float64 { return float64(s.sip.Stats().Bindings) })
	gauge("sip_lag_seconds", "How long the latest SIP message or command waited to be handled.", func() float64 { return s.sip.Stats().Lag.Seconds() })
	gauge("sip_overloaded", "1 while new calls are refused with 503.", func() float64 {
		if s.sip.Stats().Overloaded {
			return 1
		}
		return 0
	})
	counter("sip_incoming_calls_total", "Incoming calls.", func() float64 { return float64(s.sip.Stats().Incoming) })
	counter("sip_outgoing_calls_total", "Calls placed to phones and trunks.", func() float64 { return float64(s.sip.Stats().Outgoing) })
	counter("sip_refused_calls_total", "Calls refused with 503.", func() float64 { return float64(s.sip.Stats().Refused) })
	counter("sip_messages_total", "SIP messages received.", func() float64 { return float64(s.sip.Stats().Received) })
	counter("sip_malformed_total", "SIP messages that could not be read.", func() float64 { return float64(s.sip.Stats().Malformed) })
	counter("sip_dropped_total", "Requests of strangers that were not answered.", func() float64 { return float64(s.sip.Stats().Dropped) })
	counter("sip_bad_passwords_total", "Requests with a wrong password.", func() float64 { return float64(s.sip.Stats().BadPasswords) })
	counter("sip_kernel_drops_total", "SIP packets the kernel dropped because its buffer was full.", func() float64 { return float64(s.sip.Stats().KernelDrops) })
	gauge("media_streams", "RTP streams.", func() float64 { return float64(s.media.Load().Streams) })
	gauge("media_free_ports", "RTP streams that can still be opened.", func() float64 { return float64(s.media.Load().FreePorts) })
	gauge("media_lateness_seconds", "How late the latest packet of the last seconds left.", func() float64 { return s.media.Load().Lateness.Seconds() })
	counter("recordings_failed_total", "Recordings that are not whole, or could not be begun.", func() float64 { return float64(s.engines.RecordingsFailed()) })
	gauge("recordings_free_bytes", "Room on the disk of the recordings.", s.recordings.free)
	gauge("journal_backlog", "Facts waiting to be committed.", func() float64 { return float64(s.db.Journal().Backlog()) })
	gauge("live_watchers", "Open streams of the live feed.", func() float64 { return float64(s.live.Watchers()) })
	r.MustRegister(trunkCollector{s.sip}, webhookCollector{s.webhooks.Outbox})
	return r
}

// trunkCollector tells of the trunks Holdline registers at.
type trunkCollector struct{ sip *sipua.UA }

var trunkRegistered = prometheus.NewDesc("holdline_trunk_registered", "1 while the registration at the trunk's provider holds.", []string{"trunk", "name"}, nil)

// Describe implements prometheus.Collector.
func (trunkCollector) Describe(out chan<- *prometheus.Desc) { out <- trunkRegistered }

// Collect implements prometheus.Collector.
func (c trunkCollector) Collect(out chan<- prometheus.Metric) {
	for _, t := range c.sip.TrunkStatus() {
		holds := 0.0
		if t.State == "registered" {
			holds = 1
		}
		out <- prometheus.MustNewConstMetric(trunkRegistered, prometheus.GaugeValue, holds, strconv.FormatInt(t.ID, 10), t.Name)
	}
}
