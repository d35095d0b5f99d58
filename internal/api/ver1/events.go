package ver1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"

	"holdline/internal/app"
)

// eventFields are a subscription's: exactly the vendor's (contracts/ringme.md, Agent events).
var eventFields = fields[app.Subscription]{
	readOnly("id", func(s *app.Subscription) any { return s.ID }),
	text("url", func(s *app.Subscription) *string { return &s.URL }).must(),
	text("method", func(s *app.Subscription) *string { return &s.Method }).must(),
	eventType.must(),
}

// eventType shows UnifiedAPI's two kinds of answered calls as the one this
// dialect knows. Sending back what was shown changes nothing.
var eventType = textVia("event_type",
	func(s *app.Subscription) string { return eventName(s.Event) },
	renameEvent)

func renameEvent(s *app.Subscription, name string) {
	if name != eventName(s.Event) {
		s.Event = app.Event(name)
	}
}

func eventName(e app.Event) string {
	switch e {
	case app.EventAnswerIn, app.EventAnswerOut:
		return string(app.EventAnswer)
	}
	return string(e)
}

// clientEventFields are those of a list over all agents and extensions.
var clientEventFields = fields[app.OwnedSubscription]{
	readOnly("id", func(s *app.OwnedSubscription) any { return s.ID }),
	readOnly("agent_id", func(s *app.OwnedSubscription) any { return idOrNull(int64(s.Agent)) }),
	readOnly("extension_id", func(s *app.OwnedSubscription) any { return idOrNull(s.Extension) }),
	readOnly("extension_name", func(s *app.OwnedSubscription) any { return orNull(s.ExtensionNumber) }),
	text("url", func(s *app.OwnedSubscription) *string { return &s.URL }),
	text("method", func(s *app.OwnedSubscription) *string { return &s.Method }),
	textVia("event_type",
		func(s *app.OwnedSubscription) string { return eventName(s.Event) },
		func(s *app.OwnedSubscription, name string) { renameEvent(&s.Subscription, name) }),
	boolean("enabled", func(s *app.OwnedSubscription) *bool { return &s.Enabled }),
}

// secretFields show what requests are signed with.
var secretFields = fields[app.Subscription]{
	readOnly("secret", func(s *app.Subscription) any { return s.Secret }),
	readOnly("old_secret_until_gmt", func(s *app.Subscription) any { return gmt(s.OldSecretUntil) }),
}

// subject is whose events the path is about: below a client, whoever has the event.
func (c *call) subject() app.Subject {
	of := app.Subject{Agent: c.agent, Extension: c.extension}
	if of == (app.Subject{}) {
		of.Event = c.event
	}
	return of
}

func (c *call) subscription() app.SubscriptionRef { return app.SubscriptionRef{ID: c.event} }

// parseEvent resolves {event} and {delivery}.
func (c *call) parseEvent(r *http.Request) error {
	for name, into := range map[string]*int64{"event": &c.event, "delivery": &c.delivery} {
		if s := r.PathValue(name); s != "" {
			id, ok := parseID(s)
			if !ok {
				return &app.Error{Code: app.NotFound, Message: fmt.Sprintf("there is no %s %q; use its id", name, shorten(s))}
			}
			*into = id
		}
	}
	return nil
}

func (c *call) listEvents() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListSubscriptions(c.ctx, c.actor, c.subject(), app.SubscriptionFilter{Page: page})
	return listed(eventFields, list, total, err)
}

func (c *call) getEvent() (reply, error) {
	sub, err := c.app.GetSubscription(c.ctx, c.actor, c.subject(), c.subscription())
	return shown(eventFields, sub, err)
}

func (c *call) createEvent() (reply, error) {
	n := app.Subscription{Dialect: app.DialectVer1, Enabled: true}
	if err := eventFields.create(c.body, &n); err != nil {
		return reply{}, err
	}
	sub, err := c.app.CreateSubscription(c.ctx, c.actor, c.subject(), n)
	return created(eventFields, sub, err)
}

func (c *call) updateEvent() (reply, error) {
	sub, err := c.app.UpdateSubscription(c.ctx, c.actor, c.subject(), c.subscription(), func(s *app.Subscription) error {
		return eventFields.update(c.body, s)
	})
	return shown(eventFields, sub, err)
}

func (c *call) deleteEvent() (reply, error) {
	_, err := c.app.DeleteSubscription(c.ctx, c.actor, c.subject(), c.subscription())
	return deleted(err)
}

func (c *call) getSecret() (reply, error) {
	sub, err := c.app.GetSecret(c.ctx, c.actor, c.subject(), c.subscription())
	return shown(secretFields, sub, err)
}

func (c *call) renewSecret() (reply, error) {
	sub, err := c.app.RenewSecret(c.ctx, c.actor, c.subject(), c.subscription())
	return shown(secretFields, sub, err)
}

func (c *call) listClientEvents() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListAllSubscriptions(c.ctx, c.actor, page)
	return listed(clientEventFields, list, total, err)
}

func (c *call) getClientEvent() (reply, error) {
	sub, err := c.app.GetOwnedSubscription(c.ctx, c.actor, c.event)
	return shown(clientEventFields, sub, err)
}

func (c *call) updateClientEvent() (reply, error) {
	sub, err := c.app.UpdateOwnedSubscription(c.ctx, c.actor, c.event, func(s *app.OwnedSubscription) error {
		return clientEventFields.update(c.body, s)
	})
	return shown(clientEventFields, sub, err)
}

// eventRoutes are below the paths of agents and of extensions alike.
var eventRoutes = map[string]methods{
	"":                                      {"GET": (*call).listEvents, "POST": (*call).createEvent},
	"/{event}":                              {"GET": (*call).getEvent, "PUT": (*call).updateEvent, "DELETE": (*call).deleteEvent},
	"/{event}/secret":                       {"GET": (*call).getSecret, "POST": (*call).renewSecret},
	"/{event}/test":                         {"POST": (*call).testEvent},
	"/{event}/replay":                       {"POST": (*call).replayEvents},
	"/{event}/deliveries":                   {"GET": (*call).listDeliveries},
	"/{event}/deliveries/{delivery}":        {"GET": (*call).getDelivery},
	"/{event}/deliveries/{delivery}/replay": {"POST": (*call).replayDelivery},
}

// eventOperations are what people read of them.
var eventOperations = map[string]operation{
	"GET ": {summary: "List events", about: "Also those made in UnifiedAPI.", lists: "Event"},
	"POST ": {summary: "Subscribe to an event",
		about: "An HTTP request is sent to `url` whenever it happens: form-encoded, in the query for GET, in the body for POST.",
		body:  "Event", shows: "Event", refuses: []string{"409"}},
	"GET /{event}":        {summary: "Show an event", shows: "Event"},
	"PUT /{event}":        {summary: "Change an event", body: "Event", shows: "Event"},
	"DELETE /{event}":     {summary: "Delete an event with its deliveries"},
	"GET /{event}/secret": {summary: "Show what requests are signed with", about: "Signatures are made as Standard Webhooks says.", shows: "EventSecret"},
	"POST /{event}/secret": {summary: "Renew what requests are signed with", about: "From then on every request is signed with the new secret, and for 24 hours with the one before, too.",
		shows: "EventSecret", replaces: true, refuses: []string{"413", "415"}},
	"POST /{event}/test": {summary: "Send a made-up event", about: "It looks like a real one, goes the same way and stands among the deliveries.",
		shows: "Delivery", refuses: []string{"409", "413", "415"}},
	"POST /{event}/replay": {summary: "Send the events of a period again", about: "Each event once, in order, behind what waits to be sent; not what still waits, and no tests.",
		body: "Replay", shows: "Replayed", refuses: []string{"409"}},
	"GET /{event}/deliveries":            {summary: "List what was sent, newest first", query: []string{"state", "start_datetime", "end_datetime", "order"}, lists: "Delivery"},
	"GET /{event}/deliveries/{delivery}": {summary: "Show a delivery with every attempt at it", shows: "DeliveryWithLog"},
	"POST /{event}/deliveries/{delivery}/replay": {summary: "Send it again", about: "As a delivery of its own, behind what waits to be sent.",
		shows: "Delivery", refuses: []string{"409", "413", "415"}},
}

// clientEventPath has the events of all agents and extensions of a client;
// they are made at what they are of. The rest of its routes are as there.
const clientEventPath = "/client/{client}/event"

var clientEventRoutes = map[string]methods{
	"":         {"GET": (*call).listClientEvents},
	"/{event}": {"GET": (*call).getClientEvent, "PUT": (*call).updateClientEvent, "DELETE": (*call).deleteEvent},
}

var clientEventOperations = map[string]operation{
	"GET ":            {summary: "List the events of all agents and extensions", about: "Also those made in UnifiedAPI. To make one, name its agent or extension.", lists: "ClientEvent"},
	"GET /{event}":    {summary: "Show an event", shows: "ClientEvent"},
	"PUT /{event}":    {summary: "Change an event", about: "Also whether it is `enabled`: nothing is told while it is not, and nothing afterwards.", body: "ClientEvent", shows: "ClientEvent"},
	"DELETE /{event}": {summary: "Delete an event with its deliveries"},
}

// eventPaths are what has events, with what its operations are said to be of.
var eventPaths = map[string]string{
	"/client/{client}/agent/local/{agent}/event":  " (local agent)",
	"/client/{client}/agent/remote/{agent}/event": " (remote agent)",
	"/extension/{extension}/event":                " (extension)",
}

func init() {
	for path, of := range eventPaths {
		for below, m := range eventRoutes {
			route(path, below, of, m, eventOperations)
		}
	}
	for below, m := range eventRoutes {
		if own := clientEventRoutes[below]; own != nil {
			route(clientEventPath, below, " (client)", own, clientEventOperations)
		} else {
			route(clientEventPath, below, " (client)", m, eventOperations)
		}
	}
}

// route adds what is below a path, with what its operations are said to be of.
func route(path, below, of string, m methods, described map[string]operation) {
	routes[path+below] = m
	for method := range m {
		op := described[method+" "+below]
		op.summary += of
		operations[method+" "+path+below] = op
	}
}

// parseNothing reads the body of a POST that needs none: there may be an empty object.
func (c *call) parseNothing(w http.ResponseWriter, r *http.Request) error {
	if isEmpty(r) {
		return nil
	}
	if err := c.parseBody(w, r); err != nil || len(c.body) == 0 {
		return err
	}
	name := shorten(c.body[0].Name)
	return app.Invalidf(name, "%q is not a field here; send no body", name)
}

// isEmpty tells whether a request has no body; one in chunks has to be looked at.
func isEmpty(r *http.Request) bool {
	if r.ContentLength >= 0 {
		return r.ContentLength == 0
	}
	b := bufio.NewReader(r.Body)
	_, err := b.Peek(1)
	r.Body = struct {
		io.Reader
		io.Closer
	}{b, r.Body}
	return errors.Is(err, io.EOF)
}
