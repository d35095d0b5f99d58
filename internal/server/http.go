package server

import (
	"fmt"
	"io/fs"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"holdline/internal/api"
	"holdline/internal/api/agentstate"
	"holdline/internal/console"
	"holdline/internal/origin"
	"holdline/web"
)

// routes puts the APIs beside the console, health and metrics.
func (s *Server) routes(apis http.Handler) (http.Handler, error) {
	files, err := fs.Sub(web.Console, "console")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	pages, err := console.New(console.Config{App: s.app, Files: files, Log: s.log})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", apis)
	mux.Handle("GET /{$}", pages)
	mux.Handle("GET /assets/", pages)
	mux.Handle("/console/", pages)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	if s.opts.Config.Metrics {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics(), promhttp.HandlerOpts{}))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !api.IsClean(r.URL.EscapedPath()) { // the mux would redirect it, with a page of HTML
			apis.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// proxies are those that are believed about where requests come from.
func (s *Server) proxies() origin.Proxies {
	p := origin.Proxies{Networks: s.opts.Config.TrustedProxies.Networks}
	if s.opts.Config.ProxyForwarded {
		p.Form = origin.Forwarded
	}
	return p
}

// voiptech gives the settings of that dialect; nil while it is off.
func (s *Server) voiptech() *agentstate.Config {
	if !s.opts.Config.EnableVoiptech {
		return nil
	}
	return &agentstate.Config{}
}
