// Package ver1 is the ver1.0 REST API, Holdline's native dialect
// (contracts/ringme.md). It turns requests into use cases and their results
// into JSON; every rule is the app package's. Resources are tables of fields,
// paths a table of routes.
package ver1

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdline/internal/api/ratelimit"
	"holdline/internal/api/strictjson"
	"holdline/internal/app"
	"holdline/internal/auth"
)

// Base is the path all resources are below.
const Base = "/api/ver1.0"

// Config is what the dialect needs; all fields are required.
type Config struct {
	App    *app.Service
	Auth   *auth.Server
	Hourly *ratelimit.Limiter // requests of a client
	Log    *slog.Logger
}

// Handler answers below Base.
type Handler struct {
	Config
	mux *http.ServeMux
}

// call is one request on its way to a use case.
type call struct {
	ctx       context.Context
	app       *app.Service
	actor     app.Actor
	query     url.Values
	body      strictjson.Object // of POST and PUT
	extension app.ExtensionRef  // of {extension}
	agent     app.AgentRef      // of {agent}
	remote    bool              // the path says remote, not local
	sound     int64             // of {sound}
	thing     int64             // of {user}, {application} or {trunk}
	event     int64             // of {event}
	delivery  int64             // of {delivery}
	name      string            // of {call}, {record} or {number}
	upload    app.Sound         // of a form
	lastEvent string            // of a stream that goes on
	again     func() error      // tells whether the request would still be let in
}

type endpoint func(*call) (reply, error)

type methods map[string]endpoint

// routes are the paths below Base, without the trailing slash: every path is answered with and without it.
var routes = map[string]methods{
	"/client/{client}/extension":             {"GET": (*call).listExtensions, "POST": (*call).createExtension},
	"/client/{client}/extension/{extension}": {"GET": (*call).getExtension, "PUT": (*call).updateExtension, "DELETE": (*call).deleteExtension},

	"/client/{client}/agent/local":                  {"GET": (*call).listAgents, "POST": (*call).createAgent},
	"/client/{client}/agent/local/{agent}":          {"GET": (*call).getAgent, "PUT": (*call).updateAgent, "DELETE": (*call).deleteAgent},
	"/client/{client}/agent/local/{agent}/release":  {"POST": (*call).releaseAgent},
	"/client/{client}/agent/remote/{agent}/release": {"POST": (*call).releaseAgent},
	"/client/{client}/agent/local/{agent}/ready":    {"POST": (*call).readyAgent},
	"/client/{client}/agent/remote/{agent}/ready":   {"POST": (*call).readyAgent},
	"/client/{client}/agent/remote":                 {"GET": (*call).listAgents, "POST": (*call).createAgent},
	"/client/{client}/agent/remote/{agent}":         {"GET": (*call).getAgent, "PUT": (*call).updateAgent, "DELETE": (*call).deleteAgent},

	"/client/{client}/current_calls":        {"GET": (*call).listCalls},
	"/client/{client}/call_history":         {"GET": (*call).listHistory},
	"/client/{client}/call_history/{call}":  {"GET": (*call).getHistory},
	"/client/{client}/record":               {"GET": (*call).listRecordings},
	"/client/{client}/record/{record}":      {"GET": (*call).getRecording, "DELETE": (*call).deleteRecording},
	"/client/{client}/record/{record}/file": {"GET": (*call).playRecording},
	"/client/{client}/sound":                {"GET": (*call).listSounds, "POST": (*call).createSound},
	"/client/{client}/sound/{sound}":        {"GET": (*call).getSound, "POST": (*call).replaceSound, "PUT": (*call).updateSound, "DELETE": (*call).deleteSound},
	"/client/{client}/sound/{sound}/file":   {"GET": (*call).playSound},
	"/client/{client}/report/queues":        {"GET": (*call).reportQueues},
	"/client/{client}/report/agents":        {"GET": (*call).reportAgents},
	"/client/{client}/report/ratings":       {"GET": (*call).reportRatings},
	"/client/{client}/rating":               {"GET": (*call).listRatings},
	"/client/{client}/report/staffing":      {"GET": (*call).reportStaffing},
	"/client/{client}/stream":               {"GET": (*call).openStream},
	"/client/{client}/presence":             {"GET": (*call).listPresence},

	"/extension/{extension}/current_calls":        {"GET": (*call).listExtensionCalls},
	"/extension/{extension}/current_calls/{call}": {"GET": (*call).getCall, "PUT": (*call).orderCall, "DELETE": (*call).hangupCall},

	"/extension/{extension}/sip":                         {"GET": (*call).getSIP, "PUT": (*call).updateSIP},
	"/extension/{extension}/sip/provisioning":            {"POST": (*call).makeProvisioning},
	"/extension/{extension}/queue":                       {"GET": (*call).getQueue, "PUT": (*call).updateQueue},
	"/extension/{extension}/queue/status":                {"GET": (*call).getQueueStatus},
	"/extension/{extension}/queue/status/members":        {"GET": (*call).listCallers},
	"/extension/{extension}/queue/agents/local":          {"GET": (*call).listMemberships, "POST": (*call).addMembership},
	"/extension/{extension}/queue/agents/local/{agent}":  {"GET": (*call).getMembership, "PUT": (*call).updateMembership, "DELETE": (*call).removeMembership},
	"/extension/{extension}/queue/agents/remote":         {"GET": (*call).listMemberships, "POST": (*call).addMembership},
	"/extension/{extension}/queue/agents/remote/{agent}": {"GET": (*call).getMembership, "PUT": (*call).updateMembership, "DELETE": (*call).removeMembership},
}

// New gives the dialect's handler.
func New(c Config) *Handler {
	h := &Handler{Config: c, mux: http.NewServeMux()}
	for path, m := range routes {
		serve := h.serve(m, strings.Contains(path, "/remote"))
		h.mux.Handle(Base+path, serve)
		h.mux.Handle(Base+path+"/{$}", serve)
	}
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, r, &app.Error{Code: app.NotFound, Message: "there is no such resource; paths begin with " + Base + "/client/ or " + Base + "/extension/"})
	})
	return h
}

type caller struct {
	actor app.Actor
	err   error // why there is no actor
}

type callerKey struct{}

// ServeHTTP finds out who asks and counts the request, whatever it is: so
// every answer carries the limit, and guessing tokens or paths is limited too.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var who caller
	who.actor, who.err = h.authenticate(r)
	key := ratelimit.AddressKey(r.RemoteAddr)
	if who.err == nil {
		key = ratelimit.ClientKey(who.actor.Org)
		if who.actor.Application == 0 { // a browser's session: the applications' share is not its own
			key = "user " + itoa(who.actor.User)
		}
	}
	if !h.Hourly.Admit(w.Header(), key) {
		h.refuse(w, refusal{http.StatusTooManyRequests, "rate_limit_exceeded", "", "the limit of requests an hour is used up; wait until X-RateLimit-Reset seconds have passed"})
		return
	}
	h.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
}

var errUnauthorized = errors.New("ver1: no valid access token")

func (h *Handler) authenticate(r *http.Request) (app.Actor, error) {
	if r.Header.Get("Authorization") == "" {
		return h.signedIn(r)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return app.Actor{}, errUnauthorized
	}
	grant, err := h.Auth.Lookup(r.Context(), strings.TrimSpace(token))
	if errors.Is(err, auth.ErrInvalidToken) {
		return app.Actor{}, errUnauthorized
	}
	return app.ActorOf(grant), err
}

// stillIn tells whether a request that is long under way would be let in as
// the same actor now.
func (h *Handler) stillIn(r *http.Request) error {
	was, _ := r.Context().Value(callerKey{}).(caller)
	now, err := h.authenticate(r)
	if err == nil && now != was.actor {
		return errUnauthorized
	}
	return err
}

// serve answers one path: its methods, HEAD as GET, and OPTIONS.
func (h *Handler) serve(m methods, remote bool) http.Handler {
	allow := allowed(m)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		run := m[method]
		switch {
		case method == http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
		case run == nil:
			w.Header().Set("Allow", allow)
			h.refuse(w, refusal{http.StatusMethodNotAllowed, "method_not_allowed", "", shorten(r.Method) + " is not possible here; allowed are " + allow})
		default:
			c := &call{ctx: r.Context(), app: h.App, remote: remote, again: func() error { return h.stillIn(r) }}
			answer, err := c.run(w, r, run)
			if err != nil {
				h.fail(w, r, err)
				return
			}
			answer.write(w, r)
		}
	})
}

func allowed(m methods) string {
	list := []string{"OPTIONS"}
	for name := range m {
		list = append(list, name)
		if name == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// run reads the request in the order of its refusals: who, what, then how it is said.
func (c *call) run(w http.ResponseWriter, r *http.Request, do endpoint) (reply, error) {
	who, _ := r.Context().Value(callerKey{}).(caller)
	if who.err != nil {
		return reply{}, who.err
	}
	c.actor = who.actor
	c.lastEvent = r.Header.Get("Last-Event-ID")
	if err := c.parsePath(r); err != nil {
		return reply{}, err
	}
	if err := c.parseQuery(r); err != nil {
		return reply{}, err
	}
	read := c.parseBody
	if r.Method == http.MethodPost && uploads(r) {
		read = c.parseUpload
	}
	if r.Method == http.MethodPost && bare(r) {
		read = c.parseNothing
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		if err := read(w, r); err != nil {
			return reply{}, err
		}
	}
	return do(c)
}

// bare tells whether nothing needs to be posted at a path.
func bare(r *http.Request) bool {
	op := operations[http.MethodPost+" "+strings.TrimSuffix(strings.TrimPrefix(r.Pattern, Base), "/{$}")]
	return op.body == "" && op.form == nil
}

// uploads tells whether what is posted at a path is a form with a file.
func uploads(r *http.Request) bool { return strings.Contains(r.Pattern, "/sound") }
