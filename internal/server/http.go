package server

import (
	_ "embed"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"holdline/internal/api/agentstate"
)

//go:embed welcome.html
var welcome []byte

// routes puts the APIs beside the welcome page, health and metrics.
func (s *Server) routes(apis http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", apis)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = w.Write(welcome) // a browser that has gone needs no page
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	if s.opts.Config.Metrics {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics(), promhttp.HandlerOpts{}))
	}
	return mux
}

// voiptech gives the settings of that dialect; nil while it is off.
func (s *Server) voiptech() *agentstate.Config {
	if !s.opts.Config.EnableVoiptech {
		return nil
	}
	return &agentstate.Config{}
}
