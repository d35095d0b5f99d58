// Package agentstate is the voiptech dialect: the one endpoint
// UpdateAgentState.php, which pauses agents, puts them into queues and tells
// what queues do (contracts/voiptech.md). Its callers prove themselves by the
// organisation's login in the query of every request, so it is off unless
// switched on, nothing of a query is ever logged, and guessing is bounded.
// Every rule is the app package's; actions are a table.
package agentstate

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"holdline/internal/api/ratelimit"
	"holdline/internal/app"
)

// Path is where the endpoint is.
const Path = "/API/UpdateAgentState.php"

// Config is what the dialect needs. App and Log are required; zero limits take the values given here.
type Config struct {
	App   *app.Service
	Log   *slog.Logger
	Clock func() time.Time // default time.Now

	PerAddress      int // requests of an address a second; 100
	PerOrganisation int // requests of an organisation a second; 300
	// Checks is how many passwords an address, and all of them for one
	// organisation, may have checked a minute: those that were not proven a
	// short time ago. 30; twice as many for an organisation.
	Checks int
}

// Handler answers at Path.
type Handler struct {
	cfg    Config
	logins *app.OrganisationLogins
	days   *dayReports

	perAddress, perOrganisation *ratelimit.Limiter
	checksOfAddress, checksOf   *ratelimit.Limiter

	seating sync.Mutex // of two requests that add the same new agent, the second finds it made
}

// New gives the dialect's handler.
func New(c Config) *Handler {
	for limit, byDefault := range map[*int]int{&c.PerAddress: 100, &c.PerOrganisation: 300, &c.Checks: 30} {
		if *limit <= 0 {
			*limit = byDefault
		}
	}
	return &Handler{cfg: c, logins: c.App.OrganisationLogins(), days: newDayReports(c.App, c.Clock),
		perAddress:      ratelimit.New(c.PerAddress, time.Second, c.Clock),
		perOrganisation: ratelimit.New(c.PerOrganisation, time.Second, c.Clock),
		checksOfAddress: ratelimit.New(c.Checks, time.Minute, c.Clock),
		checksOf:        ratelimit.New(2*c.Checks, time.Minute, c.Clock)}
}

// call is one request on its way to a use case.
type call struct {
	ctx   context.Context
	h     *Handler
	app   *app.Service
	actor app.Actor
	query url.Values

	action string
	agent  app.AgentRef
	queue  app.ExtensionRef // zero = all
	number string           // of the queue, short
}

// action is one thing that can be asked for.
type action struct {
	agent bool // needs an agent
	queue bool // needs a queue
	run   func(*call) (any, error)
}

var actions = map[string]action{
	"pause":         {agent: true, run: (*call).pause},
	"unpause":       {agent: true, run: (*call).unpause},
	"add":           {agent: true, queue: true, run: (*call).add},
	"remove":        {agent: true, queue: true, run: (*call).remove},
	"showqueue":     {run: (*call).showQueue},
	"showqueuestat": {run: (*call).showQueueStat},
	"showstate":     {agent: true, run: (*call).showState},
}

const actionNames = "pause, unpause, add, remove, showqueue, showqueuestat, showstate"

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	// What cannot be read of a query is left out, as PHP does.
	query, _ := url.ParseQuery(r.URL.RawQuery)
	name := last(query, "action")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, failure{Action: shorten(name), Error: "method_not_allowed", Message: "only GET is possible here"})
		return
	}
	c := &call{ctx: r.Context(), h: h, app: h.cfg.App, query: query, action: name}
	answer, err := c.answer(r.RemoteAddr)
	if err != nil {
		h.fail(w, r, name, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// answer reads the request in the order of its refusals: who asks, what for, then how it is said.
func (c *call) answer(from string) (any, error) {
	if err := within(c.h.perAddress, ratelimit.AddressKey(from)); err != nil {
		return nil, err
	}
	if err := c.authenticate(from); err != nil {
		return nil, err
	}
	if c.action == "" {
		return nil, missing("action")
	}
	do, ok := actions[c.action]
	if !ok {
		return nil, refusal{http.StatusBadRequest, "unknown_action", "", "action is " + quote(c.action) + "; allowed are " + actionNames}
	}
	if err := c.find(do); err != nil {
		return nil, err
	}
	return do.run(c)
}

// authenticate finds the organisation. Each check of a password that costs
// time is counted: of its address, and of the organisation that is tried.
func (c *call) authenticate(from string) (err error) {
	login, password := last(c.query, "username"), last(c.query, "password")
	switch {
	case login == "":
		return missing("username")
	case password == "":
		return missing("password")
	case len(login) > maxCredential || len(password) > maxCredential:
		return authFailed
	}
	c.actor, err = c.h.logins.Check(c.ctx, login, password, func() error {
		if err := within(c.h.checksOfAddress, ratelimit.AddressKey(from)); err != nil {
			return err
		}
		return within(c.h.checksOf, strings.ToLower(login))
	})
	if refusedAs(err, app.AccessDenied) {
		return authFailed
	}
	if err != nil {
		return err
	}
	return within(c.h.perOrganisation, itoa(c.actor.Org))
}

// maxCredential is far more than any login or password has.
const maxCredential = 512

// within counts a request.
func within(l *ratelimit.Limiter, key string) error {
	if q := l.Take(key); !q.OK {
		return tooMany(q.Reset)
	}
	return nil
}

// find resolves agent and queue, as far as the action takes them. add makes
// its agent itself, once everything else is right.
func (c *call) find(do action) (err error) {
	number := last(c.query, "agent")
	switch {
	case do.agent && number == "":
		return missing("agent")
	case do.queue && last(c.query, "queue") == "":
		return missing("queue")
	}
	if err := c.findQueue(); err != nil {
		return err
	}
	if do.agent && c.action != "add" {
		if c.agent, err = c.app.AgentAt(c.actor, number); err != nil {
			return refusal{http.StatusNotFound, "agent_not_found", "", "there is no agent at " + quote(number) + "; use the number of the phone where the agent sits"}
		}
	}
	return nil
}

func (c *call) findQueue() (err error) {
	number := last(c.query, "queue")
	if number == "" {
		return nil
	}
	if c.queue, err = c.app.QueueAt(c.actor, number); err != nil {
		return refusal{http.StatusNotFound, "queue_not_found", "", "there is no queue " + quote(number) + "; use a queue's short or full number"}
	}
	e, err := c.app.GetExtension(c.ctx, c.actor, c.queue)
	c.number = e.Number
	return err
}

// last gives a parameter's value; sent several times, the last counts, as in PHP.
func last(q url.Values, name string) string {
	if v := q[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}
