// Package uapi is the UnifiedAPI dialect (contracts/unifiedapi.md): agents of
// queues, presence of phones and phone call events, in the words and forms of
// the vendor's pages. Every rule is the app package's. All lists obey one
// piece of code (list.go); resources are tables of columns, paths a table of routes.
package uapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"holdline/internal/api/ratelimit"
	"holdline/internal/api/strictjson"
	"holdline/internal/app"
	"holdline/internal/auth"
)

// Base and Alias are the paths everything is below.
const (
	Base  = "/uapi"
	Alias = "/unifiedapi"
)

// tokenParameter may carry the token in the query, as "Bearer T". It is never
// logged, and links in answers leave it out.
const tokenParameter = "accessRequestToken"

// Config is what the dialect needs; all fields are required.
type Config struct {
	App    *app.Service
	Auth   *auth.Server
	Log    *slog.Logger
	Hourly *ratelimit.Limiter // requests of an organisation, those in other dialects included
}

// Handler answers below Base and Alias.
type Handler struct {
	Config
	mux *http.ServeMux
}

// call is one request on its way to a use case.
type call struct {
	ctx     context.Context
	app     *app.Service
	scope   app.Scope
	query   url.Values
	body    strictjson.Object // of POST and PUT
	bodyErr string            // what is wrong with it; "" = nothing
	self    string            // absolute URL of the extension, for links: "https://host/uapi/extensions/@me/0003*212"
	request string            // absolute URL of the request, without its query

	extension app.ExtensionRef // of {extension}; zero for @self
	number    string           // its extended number; "" for @self
	agent     string           // of {agent}
	kind      string           // of {type}
	id        string           // of {id}
}

type endpoint func(*call) (reply, error)

// route is one path below Base: what it does by method, and of which types its extension may be.
type route struct {
	methods map[string]endpoint
	types   []app.ExtensionType
	all     bool // @self may stand for the extension
}

var (
	agentsRoute = route{types: []app.ExtensionType{app.QueueType}, methods: map[string]endpoint{"GET": (*call).listAgents}}
	agentRoute  = route{types: []app.ExtensionType{app.QueueType}, methods: map[string]endpoint{"GET": (*call).getAgent, "PUT": (*call).setAgentStatus}}
	eventTypes  = []app.ExtensionType{app.Phone, app.QueueType}
)

// routes are the paths below Base, without the trailing slash: every path is
// answered with and without it. Whatever else is asked for is not implemented.
var routes = map[string]route{
	"/extensions/{user}/{extension}/queue/agents":         agentsRoute,
	"/extensions/{user}/{extension}/queue/agents/{agent}": agentRoute,
	"/extensions/{user}/{extension}/queueAgent":           agentsRoute,
	"/extensions/{user}/{extension}/queueAgent/{agent}":   agentRoute,

	"/extensions/{user}/{extension}/presence": {types: []app.ExtensionType{app.Phone}, all: true,
		methods: map[string]endpoint{"GET": (*call).listPresence}},

	"/extensions/{user}/{extension}/phoneCallEvents": {types: eventTypes,
		methods: map[string]endpoint{"GET": (*call).listEvents, "POST": (*call).createEvent, "DELETE": (*call).deleteEvents}},
	"/extensions/{user}/{extension}/phoneCallEvents/{type}": {types: eventTypes,
		methods: map[string]endpoint{"GET": (*call).listEvents, "POST": (*call).createEvent, "PUT": (*call).updateEvent, "DELETE": (*call).deleteEvents}},
	"/extensions/{user}/{extension}/phoneCallEvents/{type}/{id}": {types: eventTypes,
		methods: map[string]endpoint{"GET": (*call).listEvents, "PUT": (*call).updateEvent, "DELETE": (*call).deleteEvents}},
}

// New gives the dialect's handler.
func New(c Config) *Handler {
	h := &Handler{Config: c, mux: http.NewServeMux()}
	for _, base := range []string{Base, Alias} {
		for path, r := range routes {
			serve := h.serve(r, base)
			h.mux.Handle(base+path, serve)
			h.mux.Handle(base+path+"/{$}", serve)
		}
	}
	h.mux.Handle("/", h.serve(route{}, Base))
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// serve answers one path. Who may not ask at all, or asks too often, is told
// nothing else; guessing tokens counts as well.
func (h *Handler) serve(path route, base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // the URL may carry a token
		actor, err := h.authenticate(r)
		key := ratelimit.AddressKey(r.RemoteAddr)
		if err == nil {
			key = ratelimit.ClientKey(actor.Org)
		}
		if !h.Hourly.Admit(w.Header(), key) {
			refuse(w, http.StatusTooManyRequests, codeLimit, "the limit of requests an hour is used up; wait until Retry-After seconds have passed")
			return
		}
		if err != nil {
			h.fail(w, r, err)
			return
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		run := path.methods[method]
		if run == nil {
			h.fail(w, r, errNotImplemented)
			return
		}
		c := &call{ctx: r.Context(), app: h.App}
		answer, err := c.run(w, r, actor, path, base, run)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		answer.write(w)
	})
}

var (
	errUnauthorized   = errors.New("uapi: no valid access token")
	errNotImplemented = errors.New("uapi: no such operation")
)

func (h *Handler) authenticate(r *http.Request) (app.Actor, error) {
	credentials := r.Header.Get("Authorization")
	if credentials == "" {
		q, _ := url.ParseQuery(r.URL.RawQuery) // what can be read of it
		credentials = q.Get(tokenParameter)
	}
	scheme, token, _ := strings.Cut(credentials, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return app.Actor{}, errUnauthorized
	}
	grant, err := h.Auth.Lookup(r.Context(), strings.TrimSpace(token))
	if errors.Is(err, auth.ErrInvalidToken) {
		return app.Actor{}, errUnauthorized
	}
	return app.ActorOf(grant), err
}
